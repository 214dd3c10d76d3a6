package app

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"

	"songtor/domain"
	"songtor/internal/access"
	"songtor/internal/eventlog"
	"songtor/internal/identity"
	"songtor/internal/telemetry"
	"songtor/internal/vault"
)

// history is a case as it lies in the log.
type history struct {
	caseID  string
	commits []domain.Commit
	keys    *vault.CaseKeys // nil where the keys were destroyed, or nothing was opened
	state   domain.State
	erased  bool // two people have agreed to its erasure, or it was carried out; at any moment, not only as of one
}

func (h *history) position() uint64 {
	if len(h.commits) == 0 {
		return 0
	}
	return h.commits[len(h.commits)-1].Position
}

func (h *history) digest() string {
	if len(h.commits) == 0 {
		return ""
	}
	return h.commits[len(h.commits)-1].Digest
}

// after is when the commits so far were known.
func (h *history) after() time.Time {
	var latest time.Time
	for _, c := range h.commits {
		if c.AcceptedAt.After(latest) {
			latest = c.AcceptedAt
		}
	}
	return latest
}

// next is how the case stands after facts that follow its history.
func (h *history) next(facts []domain.Fact) domain.Standing {
	standing := domain.Fold(h.state, facts).Standing
	standing.After = h.after()
	return standing
}

func (h *history) find(command string) *domain.Commit {
	for i := range h.commits {
		if h.commits[i].ID == command {
			return &h.commits[i]
		}
	}
	return nil
}

func (h *history) fold() { h.state = stateOf(h.commits) }

func stateOf(commits []domain.Commit) domain.State {
	var facts []domain.Fact
	for _, c := range commits {
		facts = append(facts, c.Facts...)
	}
	return domain.Fold(domain.State{}, facts)
}

// seen is the case as it was at a position, nil where nothing came after it.
func (h *history) seen(position uint64) *domain.State {
	if position == 0 || position >= h.position() {
		return nil
	}
	n := 0
	for n < len(h.commits) && h.commits[n].Position <= position {
		n++
	}
	return new(stateOf(h.commits[:n]))
}

// until forgets what the log accepted after a moment: the case as it was known then. What came after a commit of a later moment is
// not known either: a clock that was set back does not bring it forward.
func (h *history) until(asOf time.Time) {
	for i, c := range h.commits {
		if c.AcceptedAt.After(asOf) {
			h.commits = h.commits[:i]
			return
		}
	}
}

// load reads a case from the log with its personal parts closed. A case without commits gives ErrNotFound.
func (s *Service) load(ctx context.Context, caseID string) (h *history, err error) {
	ctx, span := s.measured.Start(ctx, telemetry.Load)
	defer func() { span.End(outcomeOf(err)) }()
	commits, err := s.log.Load(ctx, caseID)
	switch {
	case errors.Is(err, eventlog.ErrUnavailable):
		return nil, unavailable("load the case", err)
	case errors.Is(err, eventlog.ErrBadCaseID):
		return nil, ErrNotFound
	case err != nil:
		return nil, err
	case len(commits) == 0:
		return nil, ErrNotFound
	}
	s.latest.saw(commits[len(commits)-1].AcceptedAt)
	s.lately.Store(&caseID)
	h = &history{caseID: caseID, commits: commits}
	h.fold()
	h.erased = h.state.Standing.Status == domain.Erased
	return h, nil
}

// loadToRead reads a case, with its personal parts closed, for somebody who asks for an action on it that is yet to be decided on. That a
// case is not there is recorded as a denial is, and takes as long: the case that was read last is read in its place.
func (s *Service) loadToRead(ctx context.Context, p identity.Principal, caseID string, action access.Action) (*history, error) {
	if err := s.mustBeSure(p, action); err != nil {
		return nil, err
	}
	h, err := s.load(ctx, caseID)
	if _, bad := uuid.Parse(caseID); errors.Is(err, ErrNotFound) && bad == nil {
		if other := s.lately.Load(); other != nil {
			if h, err := s.load(ctx, *other); err == nil {
				_ = s.mayOnCase(p, action, h) // for the time that it takes
			}
		}
		return nil, s.denied(ctx, p, &history{caseID: caseID}, action, err)
	}
	return h, err
}

// loadOpen reads a case with the keys of what an operation may seal, and opens what decisions rest on.
func (s *Service) loadOpen(ctx context.Context, op operation) (*history, error) {
	h, err := s.load(ctx, op.caseID)
	if err != nil {
		return nil, err
	}
	return h, s.openToDecide(ctx, op, h)
}

func (s *Service) openToDecide(ctx context.Context, op operation, h *history) error {
	scopes := []domain.Scope{domain.ScopeIdentity, domain.ScopeSensitive, domain.ScopeStatistics}
	if op.amends {
		scopes = append(scopes, domain.ScopeMedical)
	}
	if err := s.unlock(ctx, h, op.grant(), scopes...); err != nil {
		return err
	}
	return s.open(h, domain.ScopeSensitive, domain.ScopeStatistics)
}

// grant is why the keys are given that the operation needs.
func (op operation) grant() vault.Grant {
	if op.amends {
		return vault.Grant{Use: vault.ToAmend, Demo: op.by.Demo}
	}
	return vault.Grant{Use: vault.ToDecide, Demo: op.by.Demo}
}

// show fetches the keys that a reader was granted and opens what they open.
func (s *Service) show(ctx context.Context, h *history, g vault.Grant, scopes ...domain.Scope) error {
	if err := s.unlock(ctx, h, g, scopes...); err != nil {
		return err
	}
	return s.open(h, scopes...)
}

// unlock fetches keys. Where they were destroyed, or are about to be, there are none, which is no error: the case's course remains.
func (s *Service) unlock(ctx context.Context, h *history, g vault.Grant, scopes ...domain.Scope) error {
	if h.erased {
		return nil
	}
	keys, err := s.vault.Keys(ctx, h.caseID, g, scopes...)
	switch {
	case errors.Is(err, vault.ErrDestroyed):
		return nil
	case errors.Is(err, vault.ErrUnavailable):
		return unavailable("read the case's keys", err)
	case err != nil:
		return s.damaged(err)
	}
	h.keys = keys
	return nil
}

// open opens the given scopes of a history with the keys at hand. It fails with ErrDamaged.
func (s *Service) open(h *history, scopes ...domain.Scope) error { return s.damaged(h.open(scopes...)) }

// open opens the given scopes with the keys at hand. Without any everything stays closed.
func (h *history) open(scopes ...domain.Scope) error {
	if h.keys == nil {
		return nil
	}
	for i := range h.commits {
		if err := vault.OpenCommit(h.keys, &h.commits[i], scopes...); err != nil {
			return err
		}
	}
	h.fold()
	return nil
}
