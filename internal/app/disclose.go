package app

import (
	"context"
	"errors"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"songtor/domain"
	"songtor/internal/access"
	"songtor/internal/accesslog"
	"songtor/internal/guard"
	"songtor/internal/identity"
	"songtor/internal/telemetry"
	"songtor/internal/vault"
)

// reading is what a reader is about to be shown of one case.
type reading struct {
	action access.Action
	object string         // the file, where it is one
	scopes []domain.Scope // whose keys are about to be fetched
	// outcome is set where the case was turned back to what it was on a day; otherwise it is told from the case.
	outcome accesslog.Outcome
}

// listing is what a reader is about to be shown of many cases: references and where they stand.
type listing struct {
	action  access.Action
	object  string // of what the list is: a stage, a box or an incident
	count   int
	filters []string // the kinds
}

// disclose records that somebody is about to be shown something of a case, and returns when that is on disk. It is called after the
// decision and before any key is fetched: where it fails, nothing may be shown, and the keys are given for the grant that it returns.
//
// What a command answers needs no such record: a receipt repeats what the caller sent and says where the log has it, and a refusal names
// a rule and the commands that the case's state allows.
func (s *Service) disclose(ctx context.Context, p identity.Principal, h *history, r reading) (vault.Grant, error) {
	if r.outcome == "" {
		r.outcome = s.outcomeOf(p, h, r.scopes)
	}
	e := s.entryOn(ctx, p, h, r.action, r.outcome)
	e.Object, e.Classes = r.object, classesOf(r.scopes)
	if err := s.meterOpening(ctx, e); err != nil {
		return vault.Grant{}, err
	}
	position, err := s.recordAccess(ctx, e)
	if err != nil {
		return vault.Grant{}, err
	}
	return vault.Grant{Use: vault.ToShow, Record: e.ID, Position: position, Purpose: string(purposeOf(p)), Demo: p.Demo}, nil
}

// outcomeOf says whether somebody sees the case and the scopes only because they broke the glass.
func (s *Service) outcomeOf(p identity.Principal, h *history, scopes []domain.Scope) accesslog.Outcome {
	now := s.now()
	if !slices.ContainsFunc(h.state.Glass, func(g domain.Glass) bool { return g.Runs(p.UserID, now) }) {
		return accesslog.Shown
	}
	whole := *h
	whole.state.Glass = nil
	asks := s.inquiry(s.subject(p), &whole)
	through := asks.Decide(access.CaseRead) != nil
	for _, class := range classes {
		through = through || slices.Contains(scopes, class.scope) && asks.Decide(class.action) != nil
	}
	if through {
		return accesslog.BrokenGlass
	}
	return accesslog.Shown
}

// meterOpening counts an opening. Where the account has opened too many cases it is stopped, and that is recorded.
func (s *Service) meterOpening(ctx context.Context, e accesslog.Entry) error {
	allowed, err := s.meter.Open(ctx, e.User, e.Case)
	switch {
	case err != nil:
		return unavailable("count what the account opened", err)
	case allowed:
		return nil
	}
	e.Outcome, e.Classes = accesslog.Stopped, nil
	if err := s.access.Note(ctx, e); err != nil {
		return unavailable("record that the account was stopped", err)
	}
	return ErrTooManyOpened
}

// discloseList records that somebody is about to be shown a page of a list, and returns when that is on disk. An empty page shows nothing.
func (s *Service) discloseList(ctx context.Context, p identity.Principal, l listing) error {
	if l.count == 0 {
		return nil
	}
	e := s.entry(ctx, p, l.action, accesslog.Shown)
	e.Object, e.Count, e.Filters, e.Classes = l.object, l.count, l.filters, classesOf(nil)
	_, err := s.recordAccess(ctx, e)
	return err
}

// recordAccess returns the position at which the entries are on disk.
func (s *Service) recordAccess(ctx context.Context, entries ...accesslog.Entry) (uint64, error) {
	ctx, span := s.measured.Start(ctx, telemetry.Record)
	began := time.Now()
	var position uint64
	err := s.guard.Recordable()
	if err == nil {
		position, err = s.access.Record(ctx, entries...)
	}
	s.measured.Recorded(time.Since(began), outcomeOf(err))
	span.End(outcomeOf(err))
	if errors.Is(err, accesslog.ErrUnavailable) || errors.Is(err, guard.ErrReadOnly) {
		return 0, unavailable("record the access", err)
	}
	return position, err
}

// denied records that the policies deny an action on a case, and returns what the caller is to be told. It does not wait for the disk, so
// that the answer takes no longer than that for a case that is not there.
func (s *Service) denied(ctx context.Context, p identity.Principal, h *history, action access.Action, err error) error {
	if !errors.Is(err, ErrNotFound) {
		return err
	}
	if noteErr := s.access.Note(ctx, s.entryOn(ctx, p, h, action, accesslog.Denied)); noteErr != nil {
		return unavailable("record the denial", noteErr)
	}
	return err
}

func (s *Service) entryOn(
	ctx context.Context, p identity.Principal, h *history, action access.Action, outcome accesslog.Outcome,
) accesslog.Entry {
	e := s.entry(ctx, p, action, outcome)
	e.Case, e.Of, e.Province = h.caseID, h.state.Standing.Agency, h.state.Standing.Province
	return e
}

func (s *Service) entry(ctx context.Context, p identity.Principal, action access.Action, outcome accesslog.Outcome) accesslog.Entry {
	return accesslog.Entry{
		ID: uuid.Must(uuid.NewV7()).String(), At: s.now(), User: p.UserID, Agency: p.Agency, Role: p.Role, Session: p.SessionID, Device: p.Device,
		Assurance: int(p.Assurance), Purpose: string(purposeOf(p)), Action: string(action), Outcome: outcome, Policy: s.policies.Hash(),
		Request: accesslog.RequestOf(ctx),
	}
}

// filterKinds are the names of the conditions of a filter, a struct, that are set: what a list was narrowed by, never to what.
func filterKinds(f any) []string {
	var kinds []string
	value := reflect.ValueOf(f)
	for i := range value.NumField() {
		if !value.Field(i).IsZero() {
			kinds = append(kinds, strings.ToLower(value.Type().Field(i).Name))
		}
	}
	return kinds
}

// classWorkflow is the class of what is clear about a case: where it stands and what happened.
const classWorkflow = "workflow"

// classesOf are the field classes that a reader is shown whose sight opens the scopes. What is counted is a coarser form of what is
// sensitive and no class of its own.
func classesOf(scopes []domain.Scope) []string {
	classes := []string{classWorkflow}
	for _, scope := range scopes {
		if scope != domain.ScopeStatistics {
			classes = append(classes, string(scope))
		}
	}
	return classes
}

// WithRequest names the request on whose behalf ctx is used, so that the access record can name it too.
func WithRequest(ctx context.Context, id string) context.Context {
	return accesslog.WithRequest(ctx, id)
}
