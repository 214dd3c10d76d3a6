package domain

import (
	"slices"
	"strconv"
	"time"
)

// Content is what a screening form said, split by who may open it.
type Content struct {
	Answers    Private // the answers as given, ScopeSensitive
	Health     Private // those on injuries, illness, pregnancy and treatment, ScopeMedical; empty where none was given
	Identity   Private // names, documents, contacts, ScopeIdentity
	Categories Private // coarse categories for counting, ScopeStatistics
	Findings   Findings
}

// ScreeningRecorded says that a form was filled in.
type ScreeningRecorded struct {
	v1
	Screening   string     `json:"screening"` // id chosen by the device that filled the form
	Form        string     `json:"form"`
	FormVersion int        `json:"form_version"`
	FormHash    string     `json:"form_hash"`
	DueAt       *time.Time `json:"due_at,omitempty"` // by when it should be concluded, where a limit is set
	Source      string     `json:"limit_source,omitempty"`
	Answers     Private    `json:"answers"`
	// Health is apart since answers on health have a key of their own; in events of before they are among Answers.
	Health     Private `json:"health,omitzero"`
	Identity   Private `json:"identity"`
	Categories Private `json:"categories"`
	Findings   Private `json:"findings"` // Findings
}

// ScreeningCorrected says that a form was filled in again because something in it was wrong. What stood before stays in the log.
type ScreeningCorrected struct {
	v1
	Screening   string           `json:"screening"`
	Form        string           `json:"form"`
	FormVersion int              `json:"form_version"`
	FormHash    string           `json:"form_hash"`
	Reason      CorrectionReason `json:"reason"`
	Answers     Private          `json:"answers"`
	Health      Private          `json:"health,omitzero"`
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
	Disagreement    CorrectionReason = "disagreement"
)

// CorrectionReasons lists the reasons for a correction.
func CorrectionReasons() []CorrectionReason {
	return []CorrectionReason{WrongEntry, PersonCorrected, NewInformation, Interpretation, Disagreement}
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
	v1
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

// Privates implements Event.
func (e *ScreeningRecorded) Privates() []*Private {
	return []*Private{&e.Answers, &e.Identity, &e.Categories, &e.Findings, &e.Health}
}

func (*ScreeningRecorded) later() int { return 1 } // Health

// EventType implements Event.
func (*ScreeningCorrected) EventType() string { return "screening.corrected" }

// Privates implements Event.
func (e *ScreeningCorrected) Privates() []*Private {
	return []*Private{&e.Answers, &e.Identity, &e.Categories, &e.Findings, &e.Health}
}

func (*ScreeningCorrected) later() int { return 1 } // Health

// EventType implements Event.
func (*ScreeningConcluded) EventType() string { return "screening.concluded" }

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
	events, s, err := c.open(s, r)
	if err != nil {
		return nil, err
	}
	s.Findings = &c.Content.Findings
	answers, s, err := c.consents(s, r)
	if err != nil {
		return nil, err
	}
	events = append(events, answers...)
	if s.adult() && s.Consents[ToScreening] != Given {
		return c.unkept(s, events)
	}
	needs, err := urgent(c.Needs)
	if err != nil {
		return nil, err
	}
	return slices.Concat(events, needs, []Event{c.recorded(s, r)}), nil
}

// open returns the events and the state with which the form begins.
func (c RecordScreening) open(s State, r Request) ([]Event, State, error) {
	if c.Opening != nil {
		events, err := c.Opening.decide(s, r)
		if err != nil {
			return nil, s, err
		}
		return events, Evolve(s, Fact{HappenedAt: r.HappenedAt, Event: events[0]}), nil
	}
	if err := s.mustBeOpen(); err != nil {
		return nil, s, err
	}
	if slices.Contains(s.Screenings, c.Screening) {
		return nil, s, refused(s, "screening.recorded_already")
	}
	return nil, s, nil
}

// consents returns the events of the form's answers on consent, and the state after them. Who refused to be screened is asked
// nothing more.
func (c RecordScreening) consents(s State, r Request) (events []Event, after State, err error) {
	id := r.ID
	for i, a := range c.Consents {
		if i > 0 {
			r.ID = id + "/" + strconv.Itoa(i)
		}
		answer, err := RecordConsent{a}.answered(s, r)
		if err != nil {
			return nil, s, err
		}
		for _, e := range answer {
			s = Evolve(s, Fact{HappenedAt: r.HappenedAt, Event: e})
		}
		events = append(events, answer...)
		if slices.ContainsFunc(answer, stops) {
			break
		}
	}
	return events, s, nil
}

// unkept lets nothing of a form through that an adult did not agree to have taken. Of a refusal a notice remains that cannot tell who
// it was; an adult who could not be asked stays a first contact, with what cannot wait, to be asked later.
func (c RecordScreening) unkept(s State, events []Event) ([]Event, error) {
	if !c.Content.Identity.Empty() {
		return nil, invalid("consent.identity_without_consent")
	}
	if slices.ContainsFunc(events, stops) {
		return anonymous(events), nil
	}
	needs, err := urgent(c.Needs)
	if err != nil {
		return nil, err
	}
	if len(events)+len(needs) == 0 {
		return nil, refused(s, "screening.no_consent")
	}
	return append(events, needs...), nil
}

func stops(e Event) bool {
	refused, ok := e.(*ConsentRefused)
	return ok && refused.Stops
}

// anonymous keeps of the events of a refusal what cannot tell who refused: not the number on the list, not who interpreted, not what
// the person needed.
func anonymous(events []Event) []Event {
	var kept []Event
	for _, e := range events {
		switch e := e.(type) {
		case *CaseOpened:
			e.Entry = 0
		case *ConsentWithdrawn:
			e.Details = Private{}
		case *ConsentRefused:
			if !e.Stops {
				continue
			}
		case *NoticeLeft, *ReferralRevoked:
		default:
			continue
		}
		kept = append(kept, e)
	}
	return kept
}

func (c RecordScreening) recorded(s State, r Request) Event {
	due, source := r.due(s, LimitConclude)
	return &ScreeningRecorded{
		Screening: c.Screening, Form: c.Form.Name, FormVersion: c.Form.Version, FormHash: c.Form.Hash, DueAt: due, Source: source,
		Answers: c.Content.Answers, Health: c.Content.Health, Identity: c.Content.Identity, Categories: c.Content.Categories,
		Findings: private(ScopeSensitive, c.Content.Findings),
	}
}

// CorrectScreening replaces the answers of a screening. Disputed are the answers that somebody else had given otherwise in the
// meantime: they stay as they stood, and a person settles them.
type CorrectScreening struct {
	Screening string
	Form      FormRef
	Content   Content
	Reason    CorrectionReason
	Disputed  []TwoAnswers
}

func (c CorrectScreening) decide(s State, r Request) ([]Event, error) {
	if err := s.mustBeOpen(); err != nil {
		return nil, err
	}
	switch {
	case !slices.Contains(s.Screenings, c.Screening):
		return nil, missing("screening.unknown")
	case !slices.Contains(CorrectionReasons(), c.Reason):
		return nil, invalid("screening.unknown_reason")
	}
	events := []Event{&ScreeningCorrected{
		Screening: c.Screening, Form: c.Form.Name, FormVersion: c.Form.Version, FormHash: c.Form.Hash, Reason: c.Reason,
		Answers: c.Content.Answers, Health: c.Content.Health, Identity: c.Content.Identity, Categories: c.Content.Categories,
		Findings: private(ScopeSensitive, c.Content.Findings),
	}}
	for i, two := range c.Disputed {
		events = append(events, disagree(r, i, OnAnswer, two))
	}
	return events, nil
}

// ConcludeScreening decides on reasonable grounds.
type ConcludeScreening struct {
	Grounds Grounds
	Reasons Reasons
}

func (c ConcludeScreening) decide(s State, r Request) ([]Event, error) {
	if err := c.check(); err != nil {
		return nil, err
	}
	if two, ok := s.decidedMeanwhile(r, OnConclusion, string(c.Grounds)); ok {
		return []Event{disagree(r, 0, OnConclusion, two)}, nil
	}
	if err := s.mustBeOpen(); err != nil {
		return nil, err
	}
	if s.Standing.Stage != Screening {
		return nil, refused(s, "screening.not_in_screening")
	}
	concluded := &ScreeningConcluded{Grounds: c.Grounds, Reasons: private(ScopeSensitive, c.Reasons)}
	if c.Grounds == GroundsYes {
		concluded.DueAt, concluded.Source = r.due(s, LimitIdentify)
	}
	return []Event{concluded}, nil
}

func (c ConcludeScreening) check() error {
	switch {
	case !slices.Contains([]Grounds{GroundsYes, GroundsNo, GroundsUnclear}, c.Grounds):
		return invalid("screening.unknown_grounds")
	case len(c.Reasons.Elements) == 0 && c.Reasons.Narrative == "":
		return invalid("screening.no_reason")
	}
	return checkElements(c.Reasons.Elements)
}

func checkElements(elements map[Element]Assessment) error {
	for e, a := range elements {
		if !slices.Contains(Elements(), e) || !slices.Contains([]Assessment{Present, Absent, NotClear, NotAsked, NotNeeded}, a) {
			return invalid("screening.unknown_element")
		}
	}
	return nil
}

// onlyMeansAbsent reports whether nothing but the means was found absent.
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

// Decision is a decision that was made. It is never taken back: another may follow it.
type Decision struct {
	On     Subject // OnConclusion or OnIdentification
	Result string
	At     time.Time
}

// last is the latest decision on a subject, nil for none.
func (s State) last(on Subject) *Decision {
	for i := len(s.Decisions) - 1; i >= 0; i-- {
		if s.Decisions[i].On == on {
			return &s.Decisions[i]
		}
	}
	return nil
}

// decidedMeanwhile reports whether somebody else decided otherwise after the caller had looked.
func (s State) decidedMeanwhile(r Request, on Subject, result string) (TwoAnswers, bool) {
	latest := s.last(on)
	if r.Seen == nil || latest == nil || s.mustBeKept() != nil || s.count(on) == r.Seen.count(on) || latest.Result == result {
		return TwoAnswers{}, false
	}
	return TwoAnswers{Standing: quoted(latest.Result), Other: quoted(result)}, true
}

func (s State) count(on Subject) int {
	n := 0
	for _, d := range s.Decisions {
		if d.On == on {
			n++
		}
	}
	return n
}

func (s State) decided(on Subject, result string, at time.Time) State {
	s.Decisions = append(slices.Clip(s.Decisions), Decision{On: on, Result: result, At: at})
	return s
}
