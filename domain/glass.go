package domain

import (
	"slices"
	"time"
)

// Glass is a grant that somebody took by breaking the glass: to read the listed scopes of one case, for a short time, watched by
// others. It permits reading and nothing else.
type Glass struct {
	ID      string
	User    string // account of the person who took it
	Agency  string // theirs
	Scopes  []Scope
	Reason  GlassReason
	Since   time.Time
	Until   time.Time
	Approve time.Time // by when a second person must approve the sealed scopes; zero where there are none
	// ApprovedBy is the account of the second person, ApprovedAt when they approved; zero while nobody has.
	ApprovedBy string
	ApprovedAt time.Time
	Review     Deadline // by when somebody of another line must look at it
	Reviewer   string   // agency in whose inbox the review lies
	ReviewedBy string   // account; empty while nobody has
	ReviewedAt time.Time
	Verdict    Verdict
}

// Runs reports whether the grant is an account's and in force at a moment. A review that found it unjustified ends it.
func (g Glass) Runs(user string, at time.Time) bool {
	return g.User == user && !at.Before(g.Since) && at.Before(g.Until) && g.Verdict != NotJustified
}

// Opens reports whether the grant lets an account read a scope at a moment.
func (g Glass) Opens(user string, scope Scope, at time.Time) bool {
	return g.Runs(user, at) && slices.Contains(g.Scopes, scope) && (!scope.Sealed() || g.ApprovedBy != "")
}

// Overdue reports whether nobody has reviewed the grant by when it should have been.
func (g Glass) Overdue(at time.Time) bool {
	return g.ReviewedBy == "" && g.Review.DueAt != nil && !at.Before(*g.Review.DueAt)
}

// Sealed reports whether a scope is one of those that even a broken glass opens with a second person's approval only.
func (s Scope) Sealed() bool {
	return slices.Contains([]Scope{ScopeLocation, ScopeMedical, ScopeLegal}, s)
}

// GlassScopes lists the scopes that breaking the glass can open.
func GlassScopes() []Scope {
	return []Scope{ScopeIdentity, ScopeSensitive, ScopeLocation, ScopeMedical, ScopeLegal}
}

// GlassReason says why somebody broke the glass.
type GlassReason string

// The reasons for breaking the glass.
const (
	DangerToLife     GlassReason = "danger_to_life"
	MedicalEmergency GlassReason = "medical_emergency"
	PersonMissing    GlassReason = "person_missing"
	ChildAtRisk      GlassReason = "child_at_risk"
	NobodyReached    GlassReason = "responsible_not_reached"
)

// GlassReasons lists the reasons for breaking the glass.
func GlassReasons() []GlassReason {
	return []GlassReason{DangerToLife, MedicalEmergency, PersonMissing, ChildAtRisk, NobodyReached}
}

// Verdict is what a review of a broken glass found.
type Verdict string

// The verdicts.
const (
	Justified    Verdict = "justified"
	NotJustified Verdict = "not_justified"
)

// Verdicts lists the verdicts.
func Verdicts() []Verdict { return []Verdict{Justified, NotJustified} }

// GlassBroken says that somebody without a right to the case took the right to read it for a short time.
type GlassBroken struct {
	v1
	Glass     string      `json:"glass"`
	User      string      `json:"user"`
	Agency    string      `json:"agency"`
	Scopes    []Scope     `json:"scopes"`
	Reason    GlassReason `json:"reason"`
	Until     time.Time   `json:"until"`
	ApproveBy *time.Time  `json:"approve_by,omitempty"` // where a scope is sealed
	ReviewBy  time.Time   `json:"review_by"`
	Source    string      `json:"limit_source"`
	Reviewer  string      `json:"reviewer"` // agency that reviews it
	Text      Private     `json:"text"`     // string
}

// GlassApproved says that a second person let the sealed scopes be opened.
type GlassApproved struct {
	open
	Glass string `json:"glass"`
	User  string `json:"user"`
}

// GlassReviewed says what somebody of another line found.
type GlassReviewed struct {
	v1
	Glass   string  `json:"glass"`
	User    string  `json:"user"`
	Agency  string  `json:"agency"`
	Verdict Verdict `json:"verdict"`
	Text    Private `json:"text"` // string
}

// EventType implements Event.
func (*GlassBroken) EventType() string { return "glass.broken" }

// Privates implements Event.
func (e *GlassBroken) Privates() []*Private { return []*Private{&e.Text} }

// EventType implements Event.
func (*GlassApproved) EventType() string { return "glass.approved" }

// EventType implements Event.
func (*GlassReviewed) EventType() string { return "glass.reviewed" }

// Privates implements Event.
func (e *GlassReviewed) Privates() []*Private { return []*Private{&e.Text} }

// BreakGlass takes the right to read the listed scopes for a short time.
type BreakGlass struct {
	Scopes   []Scope
	Reason   GlassReason
	Text     string
	Reviewer string // agency that reviews it; the caller has found one of another line
	// Suspended says that a grant of theirs in another case was not reviewed in time: until it is they take no other.
	Suspended bool
}

func (c BreakGlass) decide(s State, r Request) ([]Event, error) {
	if err := s.mustBeKept(); err != nil {
		return nil, err
	}
	if err := c.check(); err != nil {
		return nil, err
	}
	if c.Suspended || slices.ContainsFunc(s.Glass, func(g Glass) bool { return g.User == r.By.User && g.Overdue(r.HappenedAt) }) {
		return nil, refused(s, "glass.review_missed")
	}
	until, source := r.Limits.Due(LimitGlass, r.HappenedAt)
	approve, _ := r.Limits.Due(LimitGlassApproval, r.HappenedAt)
	review, _ := r.Limits.Due(LimitGlassReview, r.HappenedAt)
	if until == nil || approve == nil || review == nil {
		return nil, refused(s, "glass.no_limit") // what never ends is no emergency
	}
	if !slices.ContainsFunc(c.Scopes, Scope.Sealed) {
		approve = nil
	}
	return []Event{&GlassBroken{
		Glass: r.ID, User: r.By.User, Agency: r.By.Agency, Scopes: c.Scopes, Reason: c.Reason, Until: *until, ApproveBy: approve,
		ReviewBy: *review, Source: source, Reviewer: c.Reviewer, Text: private(ScopeSensitive, c.Text),
	}}, nil
}

func (c BreakGlass) check() error {
	switch {
	case len(c.Scopes) == 0 || slices.ContainsFunc(c.Scopes, func(s Scope) bool { return !slices.Contains(GlassScopes(), s) }):
		return invalid("glass.unknown_scope")
	case !slices.Contains(GlassReasons(), c.Reason):
		return invalid("glass.unknown_reason")
	case c.Text == "" || c.Reviewer == "":
		return invalid("glass.incomplete")
	}
	return nil
}

// ApproveBreakGlass lets the sealed scopes of a grant be opened: a second person's word, within a few minutes.
type ApproveBreakGlass struct{ Glass string }

func (c ApproveBreakGlass) decide(s State, r Request) ([]Event, error) {
	g, err := s.glass(c.Glass)
	switch {
	case err != nil:
		return nil, err
	case g.Approve.IsZero() || g.ApprovedBy != "":
		return nil, refused(s, "glass.nothing_to_approve")
	case !r.HappenedAt.Before(g.Approve):
		return nil, refused(s, "glass.approval_too_late")
	}
	return []Event{&GlassApproved{Glass: g.ID, User: r.By.User}}, nil
}

// ReviewBreakGlass says whether a grant was justified.
type ReviewBreakGlass struct {
	Glass   string
	Verdict Verdict
	Text    string
}

func (c ReviewBreakGlass) decide(s State, r Request) ([]Event, error) {
	g, err := s.glass(c.Glass)
	switch {
	case err != nil:
		return nil, err
	case !slices.Contains(Verdicts(), c.Verdict):
		return nil, invalid("glass.unknown_verdict")
	case c.Text == "":
		return nil, invalid("glass.incomplete")
	case g.ReviewedBy != "":
		return nil, refused(s, "glass.reviewed_already")
	}
	return []Event{&GlassReviewed{
		Glass: g.ID, User: r.By.User, Agency: r.By.Agency, Verdict: c.Verdict, Text: private(ScopeSensitive, c.Text),
	}}, nil
}

func (s State) glass(id string) (Glass, error) {
	if err := s.mustBeKept(); err != nil {
		return Glass{}, err
	}
	g := s.findGlass(id)
	if g == nil {
		return Glass{}, missing("glass.unknown")
	}
	return *g, nil
}

func (s State) findGlass(id string) *Glass {
	for i := range s.Glass {
		if s.Glass[i].ID == id {
			return &s.Glass[i]
		}
	}
	return nil
}

func evolveGlass(s State, f Fact) (State, bool) {
	switch e := f.Event.(type) {
	case *GlassBroken:
		s.Glass = append(slices.Clip(s.Glass), e.grant(f.HappenedAt))
	case *GlassApproved:
		s = s.withGlass(e.Glass, func(g *Glass) { g.ApprovedBy, g.ApprovedAt = e.User, f.HappenedAt })
	case *GlassReviewed:
		s = s.withGlass(e.Glass, func(g *Glass) { g.ReviewedBy, g.ReviewedAt, g.Verdict = e.User, f.HappenedAt, e.Verdict })
	default:
		return s, false
	}
	return s, true
}

func (e *GlassBroken) grant(at time.Time) Glass {
	g := Glass{
		ID: e.Glass, User: e.User, Agency: e.Agency, Scopes: e.Scopes, Reason: e.Reason, Since: at, Until: e.Until,
		Review: Deadline{Since: at, DueAt: &e.ReviewBy, Source: e.Source}, Reviewer: e.Reviewer,
	}
	if e.ApproveBy != nil {
		g.Approve = *e.ApproveBy
	}
	return g
}

func (s State) withGlass(id string, change func(*Glass)) State {
	s.Glass = slices.Clone(s.Glass)
	if g := s.findGlass(id); g != nil {
		change(g)
	}
	return s
}

// glassTasks are what follows from a broken glass until it has been reviewed: the review, and the word to the responsible agency.
func (s State) glassTasks() []Task {
	var tasks []Task
	for _, g := range s.Glass {
		if g.ReviewedBy != "" {
			continue
		}
		notice := s.own(TaskGlassNotice, g.ID, Deadline{Since: g.Since})
		notice.Other = g.Agency
		tasks = append(tasks, notice, between(TaskGlassReview, g.ID, g.Reviewer, g.Agency, g.Review))
	}
	return tasks
}
