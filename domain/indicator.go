package domain

import "slices"

// Element is one element of an offence as the screener assesses it.
type Element string

// The elements: act, means and purpose of trafficking (s.6 of the Act, Palermo Protocol art. 3), and compulsion to work or
// serve (s.6/1).
const (
	Act        Element = "act"
	Means      Element = "means"
	Exploiting Element = "purpose"
	Compulsion Element = "s6_1_compulsion"
)

// Elements lists the elements.
func Elements() []Element { return []Element{Act, Means, Exploiting, Compulsion} }

// Assessment says what was found of an element.
type Assessment string

// The assessments.
const (
	Present   Assessment = "present"
	Absent    Assessment = "absent"
	NotClear  Assessment = "unclear"
	NotAsked  Assessment = "not_asked"
	NotNeeded Assessment = "not_needed" // means, in the child's branch
)

// AgeBranch is the branch of the form and of the law that a person takes.
type AgeBranch string

// The branches. A person whose age is in doubt gets the benefit of the doubt: the child's branch, until the age is settled.
const (
	AdultBranch AgeBranch = "adult"
	ChildBranch AgeBranch = "child"
	MayBeChild  AgeBranch = "may_be_child"
)

// BranchOf decides the branch from the answer to "is the person under 18" ("yes", "no", anything else is unsure) and the age in
// years where one was given. Where the two disagree, the age is in doubt.
func BranchOf(under18 string, age *int) AgeBranch {
	switch {
	case under18 == "yes" && (age == nil || *age < 18):
		return ChildBranch
	case under18 == "no" && (age == nil || *age >= 18):
		return AdultBranch
	}
	return MayBeChild
}

// Observations are the answers of a screening from which findings are derived. Each list holds the codes of indicators that were
// answered with yes; an element in Asked was asked about at all.
type Observations struct {
	Under18    string
	Age        *int // in completed years
	WG         WGAnswers
	Indicators map[Element][]string
	Asked      []Element
	ILO        []string // the ILO's indicators of forced labour that were seen, by code
}

// Findings are what the domain and the statistics decide on. They say things about a person, so they lie sealed in the event.
type Findings struct {
	Branch   AgeBranch              `json:"branch"`
	Elements map[Element]Assessment `json:"elements"`
	// Support names the indicators behind each element that is present, so that a reviewer sees what a finding rests on.
	Support map[Element][]string `json:"support,omitempty"`
	ILO     []string             `json:"ilo,omitempty"`
	WG      WGResult             `json:"wg"`
}

// Derive turns observations into findings.
func Derive(o Observations) Findings {
	f := Findings{
		Branch:   BranchOf(o.Under18, o.Age),
		Elements: make(map[Element]Assessment, len(Elements())),
		Support:  map[Element][]string{},
		ILO:      o.ILO,
		WG:       ScoreWG(o.Age, o.WG),
	}
	for _, e := range Elements() {
		f.Elements[e] = assess(o, e)
		if len(o.Indicators[e]) > 0 {
			f.Support[e] = o.Indicators[e]
		}
	}
	if f.Branch != AdultBranch {
		f.Elements[Means] = NotNeeded
	}
	return f
}

func assess(o Observations, e Element) Assessment {
	switch {
	case len(o.Indicators[e]) > 0:
		return Present
	case slices.Contains(o.Asked, e):
		return NotClear // nothing seen is not the same as nothing there
	}
	return NotAsked
}

// adult reports whether the person is known to be an adult. Unopened findings count as not known.
func (s State) adult() bool { return s.Findings != nil && s.Findings.Branch == AdultBranch }
