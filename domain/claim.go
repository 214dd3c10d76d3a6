package domain

import (
	"slices"
	"time"
)

// ClaimKind is whom a claim for money is made of.
type ClaimKind string

// The kinds of claim: the Anti-Human Trafficking Fund, damages that the prosecutor claims for the person (s.35 of the Act),
// restitution, and wages that were withheld.
const (
	FromFund      ClaimKind = "fund"
	ByProsecutor  ClaimKind = "prosecutor_claim"
	Restitution   ClaimKind = "restitution"
	WithheldWages ClaimKind = "wage_recovery"
)

// ClaimKinds lists the kinds of claim.
func ClaimKinds() []ClaimKind { return []ClaimKind{FromFund, ByProsecutor, Restitution, WithheldWages} }

// ClaimStep is how far a claim has come.
type ClaimStep string

// The steps of a claim. Those of a claim on the fund are the parts of its form: the applicant applies, an officer checks that they
// are entitled, a social worker sets the amounts, a superior approves or rejects. Other claims go before whoever decides on them.
const (
	ClaimMade      ClaimStep = "filed"
	StatusChecked  ClaimStep = "status_checked"
	AmountsSet     ClaimStep = "amounts_set"
	ClaimSubmitted ClaimStep = "submitted"
	ClaimApproved  ClaimStep = "approved"
	ClaimRejected  ClaimStep = "rejected"
	ClaimPaid      ClaimStep = "paid"
)

// ClaimSteps lists the steps.
func ClaimSteps() []ClaimStep {
	return []ClaimStep{ClaimMade, StatusChecked, AmountsSet, ClaimSubmitted, ClaimApproved, ClaimRejected, ClaimPaid}
}

func (c ClaimStep) last() bool { return c == ClaimRejected || c == ClaimPaid }

// Claim is a claim for money and how far it has come.
type Claim struct {
	ID    string
	Kind  ClaimKind
	Step  ClaimStep
	By    string // account of the person who took the last step
	Since time.Time
}

// next are the steps that may follow.
func (c Claim) next() []ClaimStep {
	switch c.Step {
	case ClaimMade:
		if c.Kind == FromFund {
			return []ClaimStep{StatusChecked, ClaimRejected}
		}
		return []ClaimStep{ClaimSubmitted}
	case StatusChecked:
		return []ClaimStep{AmountsSet}
	case AmountsSet, ClaimSubmitted:
		return []ClaimStep{ClaimApproved, ClaimRejected}
	case ClaimApproved:
		return []ClaimStep{ClaimPaid}
	case ClaimRejected, ClaimPaid:
	}
	return nil
}

// ClaimFiled says that money was claimed for the person.
type ClaimFiled struct {
	v1
	Claim   string    `json:"claim"`
	Kind    ClaimKind `json:"kind"`
	User    string    `json:"user"`    // account of the person who filed it
	Details Private   `json:"details"` // ClaimDetails
}

// ClaimAdvanced says that a claim came one step further.
type ClaimAdvanced struct {
	v1
	Claim   string    `json:"claim"`
	Step    ClaimStep `json:"step"`
	User    string    `json:"user"` // account of the person who took the step
	Details Private   `json:"details,omitzero"`
}

// ClaimDetails say what is claimed, set, approved or paid.
type ClaimDetails struct {
	Items []ClaimItem `json:"items,omitempty"`
	Note  string      `json:"note,omitempty"`
}

// ClaimItem is one thing for which money is claimed.
type ClaimItem struct {
	Code   string `json:"code"`             // of the list of what the fund pays for
	Amount int64  `json:"amount,omitempty"` // in satang, a hundredth of a baht
}

// EventType implements Event.
func (*ClaimFiled) EventType() string { return "protection.claim_filed" }

// Privates implements Event.
func (e *ClaimFiled) Privates() []*Private { return []*Private{&e.Details} }

// EventType implements Event.
func (*ClaimAdvanced) EventType() string { return "protection.claim_advanced" }

// Privates implements Event.
func (e *ClaimAdvanced) Privates() []*Private { return []*Private{&e.Details} }

// FileClaim claims money for an identified person.
type FileClaim struct {
	Kind ClaimKind
	ClaimDetails
}

func (c FileClaim) decide(s State, r Request) ([]Event, error) {
	if err := s.mustBeOpen(); err != nil {
		return nil, err
	}
	switch {
	case !slices.Contains(ClaimKinds(), c.Kind):
		return nil, invalid("claim.unknown_kind")
	case len(c.Items) == 0:
		return nil, invalid("claim.no_items")
	case slices.ContainsFunc(c.Items, func(i ClaimItem) bool { return i.Amount < 0 }):
		return nil, invalid("claim.negative_amount")
	case !s.identified():
		return nil, refused(s, "service.not_entitled")
	}
	return []Event{&ClaimFiled{Claim: r.ID, Kind: c.Kind, User: r.By.User, Details: private(ScopeLegal, c.ClaimDetails)}}, nil
}

// AdvanceClaim takes a claim one step further.
type AdvanceClaim struct {
	Claim string
	Step  ClaimStep
	ClaimDetails
}

func (c AdvanceClaim) decide(s State, r Request) ([]Event, error) {
	if err := s.mustBeOpen(); err != nil {
		return nil, err
	}
	i := slices.IndexFunc(s.Claims, func(other Claim) bool { return other.ID == c.Claim })
	switch {
	case i < 0:
		return nil, missing("claim.unknown")
	case !slices.Contains(ClaimSteps(), c.Step):
		return nil, invalid("claim.unknown_step")
	case !slices.Contains(s.Claims[i].next(), c.Step):
		return nil, refused(s, "claim.not_next")
	case c.Step == AmountsSet && len(c.Items) == 0:
		return nil, invalid("claim.no_items")
	case c.Step == ClaimRejected && c.Note == "":
		return nil, invalid("claim.no_reason")
	case slices.ContainsFunc(c.Items, func(i ClaimItem) bool { return i.Amount < 0 }):
		return nil, invalid("claim.negative_amount")
	}
	return []Event{&ClaimAdvanced{Claim: c.Claim, Step: c.Step, User: r.By.User, Details: private(ScopeLegal, c.ClaimDetails)}}, nil
}

func (s State) advanced(e *ClaimAdvanced, at time.Time) State {
	s.Claims = slices.Clone(s.Claims)
	for i := range s.Claims {
		if c := &s.Claims[i]; c.ID == e.Claim {
			c.Step, c.By, c.Since = e.Step, e.User, at
		}
	}
	return s
}
