package domain

import "slices"

// Outcome is what a multidisciplinary team decided. Trafficking and forced labour are separate offences and may both be found.
type Outcome string

// The outcomes.
const (
	VictimOfTrafficking  Outcome = "tip_s6"
	VictimOfForcedLabour Outcome = "forced_labour_s6_1"
	VictimOfBoth         Outcome = "both"
	NotAVictim           Outcome = "not_identified"
	CannotTell           Outcome = "undetermined"
)

// Outcomes lists the outcomes.
func Outcomes() []Outcome {
	return []Outcome{VictimOfTrafficking, VictimOfForcedLabour, VictimOfBoth, NotAVictim, CannotTell}
}

func (o Outcome) status() Status {
	switch o {
	case NotAVictim:
		return NotIdentified
	case CannotTell:
		return Undetermined
	}
	return InProtection
}

// IdentificationDecided is the decision of the identification stage. The standing that follows is clear; under which offence a
// person was identified is not.
type IdentificationDecided struct {
	Result  Status  `json:"result"` // in_protection, not_identified or undetermined
	Finding Private `json:"finding"`
}

// Finding is the sealed part of the decision.
type Finding struct {
	Outcome Outcome `json:"outcome"`
	Grounds string  `json:"grounds"`
}

// EventType implements Event.
func (*IdentificationDecided) EventType() string { return "identification.decided" }

// EventVersion implements Event.
func (*IdentificationDecided) EventVersion() int { return 1 }

// Privates implements Event.
func (e *IdentificationDecided) Privates() []*Private { return []*Private{&e.Finding} }

// DecideIdentification records the team's decision with its grounds.
type DecideIdentification struct{ Finding }

func (c DecideIdentification) decide(s State, _ Request) ([]Event, error) {
	if err := s.mustBeOpen(); err != nil {
		return nil, err
	}
	switch {
	case s.Standing.Stage != Identification:
		return nil, refused(s, "identification.not_in_identification")
	case !slices.Contains(Outcomes(), c.Outcome):
		return nil, invalid("identification.unknown_outcome")
	case c.Grounds == "":
		return nil, invalid("identification.no_grounds")
	}
	finding, err := NewPrivate(ScopeSensitive, c.Finding)
	if err != nil {
		return nil, err
	}
	return []Event{&IdentificationDecided{Result: c.Outcome.status(), Finding: finding}}, nil
}
