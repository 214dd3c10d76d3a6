package domain

import (
	"slices"
	"time"
)

// Content is what a screening form said, split by who may open it.
type Content struct {
	Answers    Private // the answers as given, ScopeSensitive
	Identity   Private // names, documents, contacts, ScopeIdentity
	Categories Private // coarse categories for counting, ScopeStatistics
	Findings   Findings
}

// ScreeningRecorded says that a form was filled in.
type ScreeningRecorded struct {
	Screening   string  `json:"screening"` // id chosen by the device that filled the form
	Form        string  `json:"form"`
	FormVersion int     `json:"form_version"`
	FormHash    string  `json:"form_hash"`
	Answers     Private `json:"answers"`
	Identity    Private `json:"identity"`
	Categories  Private `json:"categories"`
	Findings    Private `json:"findings"` // Findings
}

// ScreeningCorrected says that a form was filled in again because something in it was wrong. What stood before stays in the log.
type ScreeningCorrected struct {
	Screening   string           `json:"screening"`
	Form        string           `json:"form"`
	FormVersion int              `json:"form_version"`
	FormHash    string           `json:"form_hash"`
	Reason      CorrectionReason `json:"reason"`
	Answers     Private          `json:"answers"`
	Identity    Private          `json:"identity"`
	Categories  Private          `json:"categories"`
	Findings    Private          `json:"findings"` // Findings
}

// CorrectionReason says why a screening was corrected.
type CorrectionReason string

// The reasons for a correction.
const (
	WrongEntry      CorrectionReason = "wrong_entry"
	PersonCorrected CorrectionReason = "person_corrected"
	NewInformation  CorrectionReason = "new_information"
	Interpretation  CorrectionReason = "interpretation"
)

// CorrectionReasons lists the reasons for a correction.
func CorrectionReasons() []CorrectionReason {
	return []CorrectionReason{WrongEntry, PersonCorrected, NewInformation, Interpretation}
}

// Grounds is the answer to: are there reasonable grounds to believe that this person is a victim?
type Grounds string

// The answers.
const (
	GroundsYes     Grounds = "yes"
	GroundsNo      Grounds = "no"
	GroundsUnclear Grounds = "unclear"
)

// ScreeningConcluded is the decision of the screening stage. It is not identification.
type ScreeningConcluded struct {
	Grounds Grounds    `json:"grounds"`
	DueAt   *time.Time `json:"due_at,omitempty"` // by when the team should decide, where a limit is set
	Source  string     `json:"limit_source,omitempty"`
	Reasons Private    `json:"reasons"` // Reasons
}

// Reasons are why a screening was concluded as it was, element by element.
type Reasons struct {
	Elements  map[Element]Assessment `json:"elements"`
	Narrative string                 `json:"narrative,omitempty"`
}

// EventType implements Event.
func (*ScreeningRecorded) EventType() string { return "screening.recorded" }

// EventVersion implements Event.
func (*ScreeningRecorded) EventVersion() int { return 1 }

// Privates implements Event.
func (e *ScreeningRecorded) Privates() []*Private {
	return []*Private{&e.Answers, &e.Identity, &e.Categories, &e.Findings}
}

// EventType implements Event.
func (*ScreeningCorrected) EventType() string { return "screening.corrected" }

// EventVersion implements Event.
func (*ScreeningCorrected) EventVersion() int { return 1 }

// Privates implements Event.
func (e *ScreeningCorrected) Privates() []*Private {
	return []*Private{&e.Answers, &e.Identity, &e.Categories, &e.Findings}
}

// EventType implements Event.
func (*ScreeningConcluded) EventType() string { return "screening.concluded" }

// EventVersion implements Event.
func (*ScreeningConcluded) EventVersion() int { return 1 }

// Privates implements Event.
func (e *ScreeningConcluded) Privates() []*Private { return []*Private{&e.Reasons} }

// FormRef names the form and version with which answers were taken; old cases keep the version they were taken with.
type FormRef struct {
	Name    string
	Version int
	Hash    string
}

// RecordScreening records a filled form. On a case that does not exist yet it opens the case with Opening; on one that does,
// Opening stays nil.
type RecordScreening struct {
	Opening   *OpenCase
	Screening string
	Form      FormRef
	Content   Content
	Consents  []Answer
	Needs     []Need
}

func (c RecordScreening) decide(s State, r Request) ([]Event, error) {
	events, err := c.open(s, r)
	if err != nil {
		return nil, err
	}
	adult := c.Content.Findings.Branch == AdultBranch
	agreed := s.Consents[ToScreening] == Given
	for _, a := range c.Consents {
		es, err := a.event(adult)
		if err != nil {
			return nil, err
		}
		events = append(events, es...)
		if a.Purpose == ToScreening {
			agreed = a.Agreed
		}
	}
	needs, err := urgent(c.Needs)
	if err != nil {
		return nil, err
	}
	events = append(events, needs...)
	if adult && !agreed {
		return c.anonymous(s, events)
	}
	recorded, err := c.recorded()
	if err != nil {
		return nil, err
	}
	return append(events, recorded), nil
}

func (c RecordScreening) open(s State, r Request) ([]Event, error) {
	if c.Opening != nil {
		return c.Opening.decide(s, r)
	}
	if err := s.mustBeOpen(); err != nil {
		return nil, err
	}
	if slices.Contains(s.Screenings, c.Screening) {
		return nil, refused(s, "screening.recorded_already")
	}
	return nil, nil
}

// anonymous lets nothing of a form through that an adult did not agree to have taken. A refusal is counted and the person is not
// kept; an adult who could not be asked stays a first contact, to be asked later.
func (c RecordScreening) anonymous(s State, events []Event) ([]Event, error) {
	if len(events) == 0 {
		return nil, refused(s, "screening.no_consent")
	}
	if !c.Content.Identity.Empty() {
		return nil, invalid("consent.identity_without_consent")
	}
	return events, nil
}

func (c RecordScreening) recorded() (Event, error) {
	findings, err := NewPrivate(ScopeSensitive, c.Content.Findings)
	if err != nil {
		return nil, err
	}
	return &ScreeningRecorded{
		Screening: c.Screening, Form: c.Form.Name, FormVersion: c.Form.Version, FormHash: c.Form.Hash,
		Answers: c.Content.Answers, Identity: c.Content.Identity, Categories: c.Content.Categories, Findings: findings,
	}, nil
}

// CorrectScreening replaces the answers of a screening.
type CorrectScreening struct {
	Screening string
	Form      FormRef
	Content   Content
	Reason    CorrectionReason
}

func (c CorrectScreening) decide(s State, _ Request) ([]Event, error) {
	if err := s.mustBeOpen(); err != nil {
		return nil, err
	}
	switch {
	case !slices.Contains(s.Screenings, c.Screening):
		return nil, missing("screening.unknown")
	case !slices.Contains(CorrectionReasons(), c.Reason):
		return nil, invalid("screening.unknown_reason")
	}
	findings, err := NewPrivate(ScopeSensitive, c.Content.Findings)
	if err != nil {
		return nil, err
	}
	return []Event{&ScreeningCorrected{
		Screening: c.Screening, Form: c.Form.Name, FormVersion: c.Form.Version, FormHash: c.Form.Hash, Reason: c.Reason,
		Answers: c.Content.Answers, Identity: c.Content.Identity, Categories: c.Content.Categories, Findings: findings,
	}}, nil
}

// ConcludeScreening decides on reasonable grounds.
type ConcludeScreening struct {
	Grounds Grounds
	Reasons Reasons
}

func (c ConcludeScreening) decide(s State, r Request) ([]Event, error) {
	if err := s.mustBeOpen(); err != nil {
		return nil, err
	}
	if s.Standing.Stage != Screening {
		return nil, refused(s, "screening.not_in_screening")
	}
	if !slices.Contains([]Grounds{GroundsYes, GroundsNo, GroundsUnclear}, c.Grounds) {
		return nil, invalid("screening.unknown_grounds")
	}
	if err := c.Reasons.check(c.Grounds, s.adult()); err != nil {
		return nil, err
	}
	reasons, err := NewPrivate(ScopeSensitive, c.Reasons)
	if err != nil {
		return nil, err
	}
	concluded := &ScreeningConcluded{Grounds: c.Grounds, Reasons: reasons}
	if c.Grounds == GroundsYes {
		concluded.DueAt, concluded.Source = r.Limits.Identification.after(r.HappenedAt), r.Limits.Identification.Source
	}
	return []Event{concluded}, nil
}

// check holds the reasons to the law: no negative conclusion may rest on missing means where the person may be a child, and no
// conclusion stands without a reason.
func (rs Reasons) check(g Grounds, adult bool) error {
	if len(rs.Elements) == 0 && rs.Narrative == "" {
		return invalid("screening.no_reason")
	}
	for e, a := range rs.Elements {
		if !slices.Contains(Elements(), e) || !slices.Contains([]Assessment{Present, Absent, NotClear, NotAsked, NotNeeded}, a) {
			return invalid("screening.unknown_element")
		}
	}
	if g == GroundsNo && !adult && rs.onlyMeansAbsent() {
		return invalid("screening.child_needs_no_means")
	}
	return nil
}

func (rs Reasons) onlyMeansAbsent() bool {
	if rs.Elements[Means] != Absent {
		return false
	}
	for e, a := range rs.Elements {
		if e != Means && a == Absent {
			return false
		}
	}
	return true
}
