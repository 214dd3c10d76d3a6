package app

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"songtor/domain"
	"songtor/internal/access"
	"songtor/internal/identity"
	"songtor/projections/timeline"
)

// CaseView is one case as a reader may see it. Position is that of the case's latest commit: what a command can name as the state
// it was given for.
type CaseView struct {
	CaseID     string                            `json:"case_id"`
	Reference  string                            `json:"case_reference"`
	Stage      domain.Stage                      `json:"stage"`
	Status     domain.Status                     `json:"status"`
	Agency     string                            `json:"agency"`
	Province   string                            `json:"province"`
	Incident   string                            `json:"incident,omitempty"`
	Urgent     bool                              `json:"urgent"`
	Since      time.Time                         `json:"since"`
	DueAt      *time.Time                        `json:"due_at"`
	Open       bool                              `json:"open"`
	Erased     bool                              `json:"erased"`
	Position   uint64                            `json:"position"`
	Digest     string                            `json:"digest"`
	Commits    int                               `json:"commits"`
	Consents   map[domain.Purpose]domain.Consent `json:"consents"`
	Referrals  []ReferralView                    `json:"referrals"`
	Screenings []ScreeningView                   `json:"screenings"`
	Decisions  []DecisionView                    `json:"decisions"`
	Possible   []string                          `json:"possible"` // the commands that the case's state allows
}

// ReferralView is one referral of a case.
type ReferralView struct {
	ID       string                `json:"referral_id"`
	From     string                `json:"from"`
	To       string                `json:"to"`
	Services []string              `json:"services"`
	HandOver bool                  `json:"hand_over"`
	Status   domain.ReferralStatus `json:"status"`
}

// ScreeningView is one filled form in its latest wording. Answers and Findings are null to a reader who may not open sensitive
// data, Identity to one who may not learn who the person is.
type ScreeningView struct {
	ID          string          `json:"screening_id"`
	Form        string          `json:"form"`
	FormVersion int             `json:"form_version"`
	HappenedAt  time.Time       `json:"happened_at"`
	Corrections int             `json:"corrections"`
	Answers     json.RawMessage `json:"answers"`
	Identity    json.RawMessage `json:"identity"`
	Findings    json.RawMessage `json:"findings"`
}

// DecisionView is one decision with its reasons, which are null to a reader who may not open them.
type DecisionView struct {
	Type       string          `json:"type"`
	Result     string          `json:"result"`
	HappenedAt time.Time       `json:"happened_at"`
	Reasons    json.RawMessage `json:"reasons"`
}

// Case returns a case, as it was known at asOf where that is not zero.
func (s *Service) Case(ctx context.Context, p identity.Principal, id string, asOf time.Time) (CaseView, error) {
	h, err := s.load(ctx, id)
	if err != nil {
		return CaseView{}, err
	}
	if err := mayOnCase(p, access.CaseRead, h); err != nil {
		return CaseView{}, err
	}
	scopes := readableScopes(p, h)
	if !asOf.IsZero() {
		h.until(asOf)
		if len(h.commits) == 0 {
			return CaseView{}, ErrNotFound
		}
		h.fold()
	}
	if err := s.open(ctx, h, scopes...); err != nil {
		return CaseView{}, err
	}
	return viewOf(h), nil
}

// Exists reports whether there is a case with this id, whoever may see it. It is for the service's own work, not for answers.
func (s *Service) Exists(ctx context.Context, id string) (bool, error) {
	_, err := s.load(ctx, id)
	if errors.Is(err, ErrNotFound) {
		return false, nil
	}
	return err == nil, err
}

// readableScopes are the kinds of personal data that the reader may open in this case.
func readableScopes(p identity.Principal, h *history) []domain.Scope {
	var scopes []domain.Scope
	if mayOnCase(p, access.CaseReadSensitive, h) == nil {
		scopes = append(scopes, domain.ScopeSensitive)
	}
	if mayOnCase(p, access.CaseReadIdentity, h) == nil {
		scopes = append(scopes, domain.ScopeIdentity)
	}
	return scopes
}

func viewOf(h *history) CaseView {
	st := h.state.Standing
	v := CaseView{
		CaseID: h.caseID, Reference: st.Reference, Stage: st.Stage, Status: st.Status, Agency: st.Agency, Province: st.Province,
		Incident: st.Incident, Urgent: st.Urgent, Since: st.Since, DueAt: st.DueAt, Open: st.Status.Open(),
		Erased: h.keys == nil || st.Status == domain.Erased, Position: h.position(), Digest: h.digest(),
		Commits: len(h.commits), Consents: h.state.Consents, Possible: h.state.Possible(),
		Referrals: []ReferralView{}, Screenings: []ScreeningView{}, Decisions: []DecisionView{},
	}
	for _, r := range h.state.Referrals {
		v.Referrals = append(v.Referrals, ReferralView(r))
	}
	for _, c := range h.commits {
		for _, f := range c.Facts {
			v.add(f)
		}
	}
	return v
}

func (v *CaseView) add(f domain.Fact) {
	switch e := f.Event.(type) {
	case *domain.ScreeningRecorded:
		v.Screenings = append(v.Screenings, ScreeningView{
			ID: e.Screening, Form: e.Form, FormVersion: e.FormVersion, HappenedAt: f.HappenedAt,
			Answers: e.Answers.Plain(), Identity: e.Identity.Plain(), Findings: e.Findings.Plain(),
		})
	case *domain.ScreeningCorrected:
		for i := range v.Screenings {
			if s := &v.Screenings[i]; s.ID == e.Screening {
				s.Form, s.FormVersion, s.Corrections = e.Form, e.FormVersion, s.Corrections+1
				s.Answers, s.Identity, s.Findings = e.Answers.Plain(), e.Identity.Plain(), e.Findings.Plain()
			}
		}
	case *domain.ScreeningConcluded:
		v.Decisions = append(v.Decisions, DecisionView{e.EventType(), string(e.Grounds), f.HappenedAt, e.Reasons.Plain()})
	case *domain.IdentificationDecided:
		v.Decisions = append(v.Decisions, DecisionView{e.EventType(), string(e.Result), f.HappenedAt, e.Finding.Plain()})
	}
}

// TimelineView is the course of a case, event by event.
type TimelineView struct {
	CaseID    string           `json:"case_id"`
	Reference string           `json:"case_reference"`
	Position  uint64           `json:"position"`
	Items     []timeline.Entry `json:"items"`
}

// Timeline returns the course of a case, as it was known at asOf where that is not zero. It waits for the case's latest commit.
func (s *Service) Timeline(ctx context.Context, p identity.Principal, id string, asOf time.Time) (TimelineView, error) {
	h, err := s.load(ctx, id)
	if err != nil {
		return TimelineView{}, err
	}
	if err := mayOnCase(p, access.CaseRead, h); err != nil {
		return TimelineView{}, err
	}
	if err := s.waitFor(ctx, s.models.timeline.Name(), h.position()); err != nil {
		return TimelineView{}, err
	}
	entries, err := s.models.timeline.Entries(ctx, s.views, id, asOf)
	if err != nil {
		return TimelineView{}, unavailable("read the timeline", err)
	}
	return TimelineView{CaseID: id, Reference: h.state.Standing.Reference, Position: h.position(), Items: entries}, nil
}

// FindReference returns the id of the case with a reference. It waits for what the log has so far.
func (s *Service) FindReference(ctx context.Context, reference string) (string, error) {
	if !domain.ValidReference(reference) {
		return "", ErrNotFound
	}
	head, err := s.log.Head(ctx)
	if err != nil {
		return "", unavailable("reach the log", err)
	}
	if err := s.waitFor(ctx, s.models.timeline.Name(), head); err != nil {
		return "", err
	}
	c, err := s.models.timeline.ByReference(ctx, s.views, reference)
	switch {
	case errors.Is(err, timeline.ErrNoCase):
		return "", ErrNotFound
	case err != nil:
		return "", unavailable("look up the reference", err)
	}
	return c.CaseID, nil
}
