package domain

import (
	"slices"
	"time"
)

// Erasure is the erasure of a case on its way: asked for, agreed to by two people, carried out.
type Erasure struct {
	ID     string
	Reason ErasureReason
	By     Actor // who asked: a person, or the keeper of retention, whose role is empty
	Since  time.Time
	// Approvals are who agreed besides, each another person in another role or agency.
	Approvals   []Approval
	Approved    bool // two people have agreed: nothing can be read from then on
	DestroyedAt time.Time
}

// ErasureStage says how far an erasure has come.
type ErasureStage string

// The stages of an erasure.
const (
	ErasureWaits  ErasureStage = "requested" // for people to agree
	ErasureAgreed ErasureStage = "approved"  // nobody reads the case any more; the keys are about to be destroyed
	ErasureDone   ErasureStage = "destroyed"
)

// Approval is one person's word for an erasure.
type Approval struct {
	By Actor
	At time.Time
}

// people are the persons who have agreed so far.
func (e Erasure) people() []Actor {
	var people []Actor
	if e.By.Role != "" {
		people = append(people, e.By)
	}
	for _, a := range e.Approvals {
		people = append(people, a.By)
	}
	return people
}

// LegalHold keeps a case from being erased while a proceeding needs it.
type LegalHold struct {
	ID    string
	By    string // account
	Since time.Time
}

// ErasureReason says why a case is erased.
type ErasureReason string

// The reasons for an erasure. RetentionOver is the keeper's.
const (
	ErasureAsked  ErasureReason = "erasure_request" // by the person: PDPA s.33
	OpenedWrongly ErasureReason = "opened_in_error"
	RetentionOver ErasureReason = "retention"
)

// ErasureReasons lists the reasons that a request can have.
func ErasureReasons() []ErasureReason {
	return []ErasureReason{ErasureAsked, OpenedWrongly, RetentionOver}
}

// LegalHoldSet says that a proceeding needs the case.
type LegalHoldSet struct {
	v1
	Hold  string  `json:"hold"`
	User  string  `json:"user"`
	Basis Private `json:"basis"` // string, ScopeLegal
}

// LegalHoldLifted says that it no longer does.
type LegalHoldLifted struct {
	v1
	Hold   string  `json:"hold"`
	User   string  `json:"user"`
	Reason Private `json:"reason"` // string, ScopeLegal
}

// ErasureRequested says that somebody asked for the case to be erased.
type ErasureRequested struct {
	open
	Erasure string        `json:"erasure"`
	Reason  ErasureReason `json:"reason"`
	By      Actor         `json:"by"`
}

// ErasureApproved says that a person agreed. Final is set where they are the second: the case can be read no more.
type ErasureApproved struct {
	open
	Erasure string `json:"erasure"`
	By      Actor  `json:"by"`
	Final   bool   `json:"final"`
}

// ErasureRefused says that the case is kept.
type ErasureRefused struct {
	v1
	Erasure string  `json:"erasure"`
	By      Actor   `json:"by"`
	Note    Private `json:"note"` // string
}

// KeysDestroyed records that the case's keys are gone: what was sealed under them can never be opened again.
type KeysDestroyed struct {
	open
	Reason  string `json:"reason"`            // a code such as "retention" or "erasure_request"
	Erasure string `json:"erasure,omitempty"` // the erasure that two people agreed to; empty where none was asked for
	// Synthetic says that nobody had to agree, because the keys were of the kind that seals nothing but invented people.
	Synthetic bool `json:"synthetic,omitzero"`
	// Ledger says that the keys were destroyed before, as the ledger of erasures tells, and that this log was restored from before that:
	// who agreed stood in the part that is gone.
	Ledger bool `json:"ledger,omitzero"`
}

// EventType implements Event.
func (*LegalHoldSet) EventType() string { return "legal_hold.set" }

// Privates implements Event.
func (e *LegalHoldSet) Privates() []*Private { return []*Private{&e.Basis} }

// EventType implements Event.
func (*LegalHoldLifted) EventType() string { return "legal_hold.lifted" }

// Privates implements Event.
func (e *LegalHoldLifted) Privates() []*Private { return []*Private{&e.Reason} }

// EventType implements Event.
func (*ErasureRequested) EventType() string { return "erasure.requested" }

// EventType implements Event.
func (*ErasureApproved) EventType() string { return "erasure.approved" }

// EventType implements Event.
func (*ErasureRefused) EventType() string { return "erasure.refused" }

// Privates implements Event.
func (e *ErasureRefused) Privates() []*Private { return []*Private{&e.Note} }

// EventType implements Event.
func (*KeysDestroyed) EventType() string { return "case.keys_destroyed" }

// SetLegalHold keeps the case from being erased.
type SetLegalHold struct{ Basis string }

func (c SetLegalHold) decide(s State, r Request) ([]Event, error) {
	if err := s.mustBeKept(); err != nil {
		return nil, err
	}
	switch {
	case s.LegalHold != nil:
		return nil, refused(s, "legal_hold.set_already")
	case c.Basis == "":
		return nil, invalid("legal_hold.no_basis")
	}
	return []Event{&LegalHoldSet{Hold: r.ID, User: r.By.User, Basis: private(ScopeLegal, c.Basis)}}, nil
}

// LiftLegalHold says that no proceeding needs the case any more.
type LiftLegalHold struct{ Reason string }

func (c LiftLegalHold) decide(s State, r Request) ([]Event, error) {
	if err := s.mustBeKept(); err != nil {
		return nil, err
	}
	switch {
	case s.LegalHold == nil:
		return nil, refused(s, "legal_hold.not_set")
	case c.Reason == "":
		return nil, invalid("legal_hold.no_reason")
	}
	return []Event{&LegalHoldLifted{Hold: s.LegalHold.ID, User: r.By.User, Reason: private(ScopeLegal, c.Reason)}}, nil
}

// RequestErasure asks for the case to be erased.
type RequestErasure struct{ Reason ErasureReason }

func (c RequestErasure) decide(s State, r Request) ([]Event, error) {
	if err := s.mustBeKept(); err != nil {
		return nil, err
	}
	switch {
	case !slices.Contains(ErasureReasons(), c.Reason):
		return nil, invalid("erasure.unknown_reason")
	case s.Erasure != nil:
		return nil, refused(s, "erasure.requested_already")
	}
	return []Event{&ErasureRequested{Erasure: r.ID, Reason: c.Reason, By: r.By}}, nil
}

// ApproveErasure agrees to an erasure. With the second person's word it can no longer be stopped.
type ApproveErasure struct{ Erasure string }

func (c ApproveErasure) decide(s State, r Request) ([]Event, error) {
	if err := s.mustHaveErasure(c.Erasure); err != nil {
		return nil, err
	}
	if slices.ContainsFunc(s.Glass, func(g Glass) bool { return g.ReviewedBy == "" }) {
		return nil, refused(s, "erasure.glass_not_reviewed") // an erasure must not take the evidence away
	}
	return []Event{&ErasureApproved{Erasure: c.Erasure, By: r.By, Final: len(s.Erasure.people()) > 0}}, nil
}

// RefuseErasure keeps the case.
type RefuseErasure struct {
	Erasure string
	Note    string
}

func (c RefuseErasure) decide(s State, r Request) ([]Event, error) {
	if err := s.mustHaveErasure(c.Erasure); err != nil {
		return nil, err
	}
	if c.Note == "" {
		return nil, invalid("erasure.no_reason")
	}
	return []Event{&ErasureRefused{Erasure: c.Erasure, By: r.By, Note: private(ScopeSensitive, c.Note)}}, nil
}

func (s State) mustHaveErasure(id string) error {
	if err := s.mustBeKept(); err != nil {
		return err
	}
	if s.Erasure == nil || s.Erasure.ID != id {
		return missing("erasure.unknown")
	}
	return nil
}

// DestroyKeys records that the keys of the case were destroyed: at the end of an erasure that two people agreed to, or at once where
// the keys seal invented people only. Ledger is for keys that are gone already, of which a restored log does not know.
type DestroyKeys struct {
	Reason    ErasureReason
	Synthetic bool
	Ledger    bool
}

func (c DestroyKeys) decide(s State, _ Request) ([]Event, error) {
	switch {
	case !s.Exists:
		return nil, missing("case.unknown")
	case s.destroyed:
		return nil, refused(s, "case.erased")
	case s.Erasure != nil && s.Erasure.Approved:
		return []Event{&KeysDestroyed{Reason: string(s.Erasure.Reason), Erasure: s.Erasure.ID}}, nil
	case c.Reason == "":
		return nil, invalid("case.no_reason")
	}
	return []Event{&KeysDestroyed{Reason: string(c.Reason), Synthetic: c.Synthetic, Ledger: c.Ledger}}, nil
}

func evolveErasure(s State, f Fact) (State, bool) {
	switch e := f.Event.(type) {
	case *LegalHoldSet:
		s.LegalHold, s.Standing.Held = &LegalHold{ID: e.Hold, By: e.User, Since: f.HappenedAt}, true
	case *LegalHoldLifted:
		s.LegalHold, s.Standing.Held = nil, false
	case *ErasureRequested:
		s.Erasure = &Erasure{ID: e.Erasure, Reason: e.Reason, By: e.By, Since: f.HappenedAt}
		s.Standing.Erasing = ErasureWaits
	case *ErasureApproved:
		return s.approved(e, f.HappenedAt), true
	case *ErasureRefused:
		s.Erasure, s.Standing.Erasing = nil, ""
	case *KeysDestroyed:
		return s.erased(f.HappenedAt), true
	default:
		return s, false
	}
	return s, true
}

func (s State) approved(e *ErasureApproved, at time.Time) State {
	if s.Erasure == nil {
		return s
	}
	erasure := *s.Erasure
	erasure.Approvals = append(slices.Clip(erasure.Approvals), Approval{By: e.By, At: at})
	erasure.Approved = e.Final
	s.Erasure = &erasure
	if e.Final {
		s.Findings, s.Standing.Erasing = nil, ErasureAgreed
		return s.enter(s.Standing.Stage, Erased, at)
	}
	return s
}

func (s State) erased(at time.Time) State {
	s.Findings, s.destroyed, s.Standing.Erasing = nil, true, ErasureDone
	if s.Erasure != nil {
		erasure := *s.Erasure
		erasure.DestroyedAt = at
		s.Erasure = &erasure
	}
	return s.enter(s.Standing.Stage, Erased, at)
}
