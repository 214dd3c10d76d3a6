package domain

import "slices"

// LinkKind says how two cases belong together.
type LinkKind string

// The kinds of link. The case from which a link of kind ChildOf starts is the child's.
const (
	Family       LinkKind = "family"
	ChildOf      LinkKind = "child_of"
	SameEmployer LinkKind = "same_employer"
	MetTogether  LinkKind = "met_together"
	SamePerson   LinkKind = "same_person" // two cases of one person; both stay, and the link can be undone
)

// LinkKinds lists the kinds of link.
func LinkKinds() []LinkKind {
	return []LinkKind{Family, ChildOf, SameEmployer, MetTogether, SamePerson}
}

// Link is a link from this case to another.
type Link struct {
	ID    string
	Other string // case id
	Kind  LinkKind
}

// CaseLinked says that two cases belong together. It is recorded once, on the case from which it was made.
type CaseLinked struct {
	open
	Link  string   `json:"link"`
	Other string   `json:"other"` // case id
	Kind  LinkKind `json:"kind"`
}

// LinkUndone says that a link was wrong or is so no longer. Nothing was merged, so nothing is lost.
type LinkUndone struct {
	open
	Link string `json:"link"`
}

// DuplicateRefused says that a person looked at a proposed duplicate and found it to be somebody else.
type DuplicateRefused struct {
	open
	Other string `json:"other"` // case id
}

// EventType implements Event.
func (*CaseLinked) EventType() string { return "case.linked" }

// EventType implements Event.
func (*LinkUndone) EventType() string { return "case.link_undone" }

// EventType implements Event.
func (*DuplicateRefused) EventType() string { return "case.duplicate_refused" }

// LinkCase links the case to another. That the other exists and may be seen is for the caller to check.
type LinkCase struct {
	Case  string // the id of this case, which it must not be linked to
	Other string
	Kind  LinkKind
}

func (c LinkCase) decide(s State, r Request) ([]Event, error) {
	if err := s.mustBeKept(); err != nil {
		return nil, err
	}
	switch {
	case !slices.Contains(LinkKinds(), c.Kind):
		return nil, invalid("link.unknown_kind")
	case c.Other == "" || c.Other == c.Case:
		return nil, invalid("link.to_itself")
	case slices.ContainsFunc(s.Links, func(l Link) bool { return l.Other == c.Other && l.Kind == c.Kind }):
		return nil, refused(s, "link.exists")
	}
	return []Event{&CaseLinked{Link: r.ID, Other: c.Other, Kind: c.Kind}}, nil
}

// UndoLink takes a link back.
type UndoLink struct{ Link string }

func (c UndoLink) decide(s State, _ Request) ([]Event, error) {
	if err := s.mustBeKept(); err != nil {
		return nil, err
	}
	if !slices.ContainsFunc(s.Links, func(l Link) bool { return l.ID == c.Link }) {
		return nil, missing("link.unknown")
	}
	return []Event{&LinkUndone{Link: c.Link}}, nil
}

// RefuseDuplicate says that a proposed duplicate is somebody else.
type RefuseDuplicate struct{ Other string }

func (c RefuseDuplicate) decide(s State, _ Request) ([]Event, error) {
	if err := s.mustBeKept(); err != nil {
		return nil, err
	}
	switch {
	case c.Other == "":
		return nil, invalid("link.to_itself")
	case slices.Contains(s.Refused, c.Other):
		return nil, refused(s, "link.refused_already")
	}
	return []Event{&DuplicateRefused{Other: c.Other}}, nil
}
