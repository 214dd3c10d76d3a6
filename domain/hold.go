package domain

// HoldSet says that no step may be taken against the person for what they were made to do: s.41 of the Anti-Trafficking in Persons
// Act, and the ASEAN guideline on non-punishment of 27 May 2025. The hold goes with every referral.
type HoldSet struct {
	v1
	Basis Private `json:"basis"` // string
}

// HoldLifted says that the hold no longer stands.
type HoldLifted struct {
	v1
	Authority Private `json:"authority"` // Authority
	Reason    Private `json:"reason"`    // string
}

// EventType implements Event.
func (*HoldSet) EventType() string { return "hold.set" }

// Privates implements Event.
func (e *HoldSet) Privates() []*Private { return []*Private{&e.Basis} }

// EventType implements Event.
func (*HoldLifted) EventType() string { return "hold.lifted" }

// Privates implements Event.
func (e *HoldLifted) Privates() []*Private { return []*Private{&e.Authority, &e.Reason} }

// SetHold sets the non-punishment hold. It needs no proof: a reason to think of it is enough.
type SetHold struct{ Basis string }

func (c SetHold) decide(s State, _ Request) ([]Event, error) {
	if err := s.mustBeOpen(); err != nil {
		return nil, err
	}
	switch {
	case s.Hold:
		return nil, refused(s, "hold.set_already")
	case c.Basis == "":
		return nil, invalid("hold.no_basis")
	}
	return []Event{&HoldSet{Basis: private(ScopeLegal, c.Basis)}}, nil
}

// LiftHold lifts the hold, by an authority that is named.
type LiftHold struct {
	Authority Authority
	Reason    string
}

func (c LiftHold) decide(s State, _ Request) ([]Event, error) {
	if err := s.mustBeOpen(); err != nil {
		return nil, err
	}
	switch {
	case !s.Hold:
		return nil, refused(s, "hold.not_set")
	case c.Reason == "" || c.Authority.Name == "" || c.Authority.Reference == "":
		return nil, invalid("hold.no_authority")
	}
	return []Event{&HoldLifted{Authority: private(ScopeLegal, c.Authority), Reason: private(ScopeLegal, c.Reason)}}, nil
}
