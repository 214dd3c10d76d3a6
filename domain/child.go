package domain

import "slices"

// RepresentativeKind says in what capacity somebody stands by the person.
type RepresentativeKind string

// The kinds of representative.
const (
	ParentOrGuardian RepresentativeKind = "guardian"
	AppointedByState RepresentativeKind = "state_guardian" // an officer who takes the guardian's part for a child without one
	SupportPerson    RepresentativeKind = "support_person" // chosen by an adult
)

// RepresentativeKinds lists the kinds of representative.
func RepresentativeKinds() []RepresentativeKind {
	return []RepresentativeKind{ParentOrGuardian, AppointedByState, SupportPerson}
}

// Representative is somebody who stands by the person.
type Representative struct {
	Name    string `json:"name"`
	Contact string `json:"contact,omitempty"`
}

// RepresentativeAppointed says that somebody stands by the person. In what capacity is sealed: a guardian tells that the person is
// a child.
type RepresentativeAppointed struct {
	v1
	Kind Private `json:"kind"` // RepresentativeKind
	Who  Private `json:"who"`  // Representative
}

// InterestsAssessed says that the person's best interests were assessed: for a child before anything is decided (Convention on the
// Rights of the Child, art. 3).
type InterestsAssessed struct {
	v1
	Assessment Private `json:"assessment"` // Interests
}

// Interests are the outcome of an assessment of best interests.
type Interests struct {
	Summary string `json:"summary"`
	// Views are what the person said they want. A child is heard too (art. 12).
	Views string `json:"views"`
}

// EventType implements Event.
func (*RepresentativeAppointed) EventType() string { return "support.representative_appointed" }

// Privates implements Event.
func (e *RepresentativeAppointed) Privates() []*Private { return []*Private{&e.Kind, &e.Who} }

// EventType implements Event.
func (*InterestsAssessed) EventType() string { return "support.interests_assessed" }

// Privates implements Event.
func (e *InterestsAssessed) Privates() []*Private { return []*Private{&e.Assessment} }

// AppointRepresentative records who stands by the person.
type AppointRepresentative struct {
	Kind RepresentativeKind
	Representative
}

func (c AppointRepresentative) decide(s State, _ Request) ([]Event, error) {
	if err := s.mustBeOpen(); err != nil {
		return nil, err
	}
	switch {
	case !slices.Contains(RepresentativeKinds(), c.Kind):
		return nil, invalid("support.unknown_kind")
	case c.Name == "":
		return nil, invalid("support.no_name")
	}
	return []Event{&RepresentativeAppointed{Kind: private(ScopeSensitive, c.Kind), Who: private(ScopeIdentity, c.Representative)}}, nil
}

// AssessInterests records an assessment of best interests.
type AssessInterests struct{ Interests }

func (c AssessInterests) decide(s State, _ Request) ([]Event, error) {
	if err := s.mustBeOpen(); err != nil {
		return nil, err
	}
	if c.Summary == "" || c.Views == "" {
		return nil, invalid("support.incomplete_assessment")
	}
	return []Event{&InterestsAssessed{Assessment: private(ScopeSensitive, c.Interests)}}, nil
}

// represented reports whether the representative is one that a child needs.
func (e *RepresentativeAppointed) represented() bool {
	var kind RepresentativeKind
	return e.Kind.Reveal(&kind) == nil && kind != SupportPerson
}
