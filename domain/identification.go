package domain

import (
	"maps"
	"slices"
	"time"
)

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

// Member is a seat in a multidisciplinary team.
type Member struct {
	Agency string `json:"agency"`
	User   string `json:"user,omitempty"` // account; empty for whoever the agency sends
	Kind   string `json:"kind,omitempty"` // of the agency, such as "msdhs" or "police"
}

func (m Member) key() string { return m.Agency + "/" + m.User }

// MeetingTeam is the team that has been convened for the decision that is due.
type MeetingTeam struct {
	ID      string
	Since   time.Time
	Members []Member
	// Opinions are the members' findings so far, by seat; an opinion is empty while its sealed part has not been opened.
	Opinions map[string]Opinion
}

// Heard reports whether a member has given their finding.
func (t *MeetingTeam) Heard(m Member) bool {
	_, ok := t.Opinions[m.key()]
	return ok
}

// seat is the seat that somebody takes: their own, else the one left open to their agency.
func (t *MeetingTeam) seat(by Actor) (Member, bool) {
	for _, user := range []string{by.User, ""} {
		i := slices.IndexFunc(t.Members, func(m Member) bool { return m.Agency == by.Agency && m.User == user })
		if i >= 0 {
			return t.Members[i], true
		}
	}
	return Member{}, false
}

// TeamConvened says that a multidisciplinary team was called together.
type TeamConvened struct {
	open
	Team    string     `json:"team"`
	Members []Member   `json:"members"`
	MeetsAt *time.Time `json:"meets_at,omitempty"`
	Source  string     `json:"rule_source,omitempty"` // of the rule on how it is made up
}

// InterviewHeld says that the person was heard.
type InterviewHeld struct {
	v1
	Interview string  `json:"interview"`
	Details   Private `json:"details"` // Interview
}

// Interview is what is kept of an interview.
type Interview struct {
	Language    string `json:"language,omitempty"` // ISO 639-3
	Interpreter string `json:"interpreter,omitempty"`
	Present     string `json:"present,omitempty"` // who else was there
	Place       string `json:"place,omitempty"`
	Notes       string `json:"notes"`
	// Adjustments are what was done for the person's difficulties in functioning, as codes of the list.
	Adjustments []string `json:"adjustments,omitempty"`
}

// FindingGiven says that a member of the team gave their finding.
type FindingGiven struct {
	v1
	Team    string  `json:"team"`
	Agency  string  `json:"agency"`
	User    string  `json:"user,omitempty"` // the seat's, as convened
	Finding Private `json:"finding"`        // Opinion
}

// Opinion is a member's finding, element by element.
type Opinion struct {
	Outcome  Outcome                `json:"outcome"`
	Elements map[Element]Assessment `json:"elements"`
	Reasons  string                 `json:"reasons"`
}

// IdentificationDecided is the decision of the identification stage. The standing that follows is clear; under which offence a
// person was identified is not.
type IdentificationDecided struct {
	v1
	Result  Status  `json:"result"` // in_protection, not_identified or undetermined
	Team    string  `json:"team,omitempty"`
	Finding Private `json:"finding"` // Finding
	// Category is the outcome alone, sealed for counting.
	Category Private `json:"category,omitzero"` // Outcome
}

// Finding is the sealed part of the decision.
type Finding struct {
	Outcome Outcome   `json:"outcome"`
	Grounds string    `json:"grounds"`
	Dissent []Dissent `json:"dissent,omitempty"`
}

// Dissent is the finding of a member who did not agree with the decision.
type Dissent struct {
	Agency  string  `json:"agency"`
	User    string  `json:"user,omitempty"`
	Outcome Outcome `json:"outcome"`
	Reasons string  `json:"reasons"`
}

// ReassessReason says why a decision is looked at again.
type ReassessReason string

// The reasons for a reassessment. No right of appeal was found in Thai law; whoever asks is heard.
const (
	AskedByPerson  ReassessReason = "person"
	FactsSince     ReassessReason = "new_information"
	ByCourtOrder   ReassessReason = "court"
	ByLegalReview  ReassessReason = "legal_review"
	ByDisagreement ReassessReason = "disagreement"
)

// ReassessReasons lists the reasons for a reassessment.
func ReassessReasons() []ReassessReason {
	return []ReassessReason{AskedByPerson, FactsSince, ByCourtOrder, ByLegalReview, ByDisagreement}
}

// ReassessmentRequested says that a decision will be made anew. The earlier one stays what it was: a decision of its day.
type ReassessmentRequested struct {
	v1
	Of     Subject        `json:"of"` // the conclusion of the screening or the identification
	Reason ReassessReason `json:"reason"`
	DueAt  *time.Time     `json:"due_at,omitempty"`
	Source string         `json:"limit_source,omitempty"`
	Note   Private        `json:"note,omitzero"` // string
}

// EventType implements Event.
func (*TeamConvened) EventType() string { return "identification.team_convened" }

// EventType implements Event.
func (*InterviewHeld) EventType() string { return "identification.interview_held" }

// Privates implements Event.
func (e *InterviewHeld) Privates() []*Private { return []*Private{&e.Details} }

// EventType implements Event.
func (*FindingGiven) EventType() string { return "identification.finding_given" }

// Privates implements Event.
func (e *FindingGiven) Privates() []*Private { return []*Private{&e.Finding} }

// EventType implements Event.
func (*IdentificationDecided) EventType() string { return "identification.decided" }

// Privates implements Event.
func (e *IdentificationDecided) Privates() []*Private { return []*Private{&e.Finding, &e.Category} }

// EventType implements Event.
func (*ReassessmentRequested) EventType() string { return "identification.reassessment_requested" }

// Privates implements Event.
func (e *ReassessmentRequested) Privates() []*Private { return []*Private{&e.Note} }

// ConveneTeam calls a team together, in the place of one that was called before. Composition is configuration: no national minimum
// was found.
type ConveneTeam struct {
	Members []Member
	MeetsAt *time.Time
}

func (c ConveneTeam) decide(s State, r Request) ([]Event, error) {
	if err := s.mustBeInIdentification(); err != nil {
		return nil, err
	}
	rule := r.Limits.Team
	switch {
	case len(c.Members) == 0 || slices.ContainsFunc(c.Members, func(m Member) bool { return m.Agency == "" }):
		return nil, invalid("team.incomplete")
	case c.twice():
		return nil, invalid("team.member_twice")
	case len(c.Members) < rule.Members || slices.ContainsFunc(rule.Kinds, c.without):
		return nil, invalid("team.composition")
	}
	return []Event{&TeamConvened{Team: r.ID, Members: c.Members, MeetsAt: c.MeetsAt, Source: rule.Source}}, nil
}

func (c ConveneTeam) twice() bool {
	seats := map[string]bool{}
	for _, m := range c.Members {
		seats[m.key()] = true
	}
	return len(seats) < len(c.Members)
}

func (c ConveneTeam) without(kind string) bool {
	return !slices.ContainsFunc(c.Members, func(m Member) bool { return m.Kind == kind })
}

// HoldInterview records an interview with the person.
type HoldInterview struct{ Interview }

func (c HoldInterview) decide(s State, r Request) ([]Event, error) {
	if err := s.mustBeInIdentification(); err != nil {
		return nil, err
	}
	if c.Notes == "" {
		return nil, invalid("identification.no_notes")
	}
	return []Event{&InterviewHeld{Interview: r.ID, Details: private(ScopeSensitive, c.Interview)}}, nil
}

// GiveFinding records a member's finding. Given again it takes the place of the one before, which stays in the log.
type GiveFinding struct{ Opinion }

func (c GiveFinding) decide(s State, r Request) ([]Event, error) {
	if err := s.mustBeInIdentification(); err != nil {
		return nil, err
	}
	if s.Team == nil {
		return nil, refused(s, "team.not_convened")
	}
	seat, ok := s.Team.seat(r.By)
	switch {
	case !ok:
		return nil, refused(s, "team.not_a_member")
	case !slices.Contains(Outcomes(), c.Outcome):
		return nil, invalid("identification.unknown_outcome")
	case c.Reasons == "":
		return nil, invalid("identification.no_grounds")
	}
	if err := checkElements(c.Elements); err != nil {
		return nil, err
	}
	return []Event{&FindingGiven{Team: s.Team.ID, Agency: seat.Agency, User: seat.User, Finding: private(ScopeSensitive, c.Opinion)}}, nil
}

// DecideIdentification records the team's decision with its grounds. Members who found otherwise are recorded as dissenting.
type DecideIdentification struct{ Finding }

func (c DecideIdentification) decide(s State, r Request) ([]Event, error) {
	switch {
	case !slices.Contains(Outcomes(), c.Outcome):
		return nil, invalid("identification.unknown_outcome")
	case c.Grounds == "":
		return nil, invalid("identification.no_grounds")
	}
	if two, ok := s.decidedMeanwhile(r, OnIdentification, string(c.Outcome.status())); ok {
		return []Event{disagree(r, 0, OnIdentification, two)}, nil
	}
	if err := s.mustBeInIdentification(); err != nil {
		return nil, err
	}
	decided := &IdentificationDecided{Result: c.Outcome.status(), Category: private(ScopeStatistics, c.Outcome)}
	if s.Team != nil {
		decided.Team = s.Team.ID
		c.Dissent = append(slices.Clip(c.Dissent), s.Team.dissent(c.Outcome)...)
	}
	if q := r.Limits.Team.Quorum; q > 0 && (s.Team == nil || len(s.Team.Opinions) < q) {
		return nil, refused(s, "team.no_quorum")
	}
	decided.Finding = private(ScopeSensitive, c.Finding)
	return []Event{decided}, nil
}

// dissent lists the members whose finding was another.
func (t *MeetingTeam) dissent(decided Outcome) []Dissent {
	var dissent []Dissent
	for _, m := range t.Members {
		if o := t.Opinions[m.key()]; o.Outcome != "" && o.Outcome != decided {
			dissent = append(dissent, Dissent{Agency: m.Agency, User: m.User, Outcome: o.Outcome, Reasons: o.Reasons})
		}
	}
	return dissent
}

// RequestReassessment asks for a decision to be made anew: of the screening where that found no grounds, else of the identification.
// It can be asked any number of times.
type RequestReassessment struct {
	Reason ReassessReason
	Note   string
}

func (c RequestReassessment) decide(s State, r Request) ([]Event, error) {
	switch {
	case !s.Exists:
		return nil, missing("case.unknown")
	case !s.reassessable():
		return nil, refused(s, "identification.nothing_to_reassess")
	case !slices.Contains(ReassessReasons(), c.Reason):
		return nil, invalid("identification.unknown_reason")
	}
	return []Event{s.reassess(r, c.Reason, c.Note)}, nil
}

func (s State) reassessable() bool {
	return slices.Contains([]Status{NoGrounds, NotIdentified, InProtection}, s.Standing.Status)
}

func (s State) reassess(r Request, reason ReassessReason, note string) Event {
	of := OnIdentification
	if s.last(OnIdentification) == nil {
		of = OnConclusion
	}
	due, source := r.due(s, LimitReassess)
	return &ReassessmentRequested{Of: of, Reason: reason, DueAt: due, Source: source, Note: optionalNote(note)}
}

func (s State) mustBeInIdentification() error {
	if err := s.mustBeOpen(); err != nil {
		return err
	}
	if s.Standing.Stage != Identification {
		return refused(s, "identification.not_in_identification")
	}
	return nil
}

// presumed reports whether there are reasonable grounds to believe that the person is a victim, or more than that.
func (s State) presumed() bool {
	return slices.Contains([]Status{AwaitingDecision, Undetermined, Reassessing, InProtection}, s.Standing.Status)
}

// identified reports whether the person's last identification found a victim. It stays so while it is being reassessed.
func (s State) identified() bool {
	last := s.last(OnIdentification)
	return last != nil && last.Result == string(InProtection)
}

func (s State) heard(e *FindingGiven) State {
	if s.Team == nil || s.Team.ID != e.Team {
		return s
	}
	team := *s.Team
	team.Opinions = maps.Clone(team.Opinions)
	var o Opinion
	if e.Finding.Reveal(&o) != nil {
		o = Opinion{}
	}
	team.Opinions[Member{Agency: e.Agency, User: e.User}.key()] = o
	s.Team = &team
	return s
}

func (s State) identifiedAs(e *IdentificationDecided, at time.Time) State {
	s = s.decided(OnIdentification, string(e.Result), at)
	s.Team = nil
	if e.Result == InProtection {
		return s.enter(Protection, InProtection, at)
	}
	return s.enter(Identification, e.Result, at)
}

func (s State) reassessing(e *ReassessmentRequested, at time.Time) State {
	s.Team = nil
	next := Deadline{Since: at, DueAt: e.DueAt, Source: e.Source}
	waits := func(stage Stage) bool { return s.Standing.Stage == stage && s.Standing.Status.Open() }
	if e.Of == OnConclusion {
		if waits(Screening) {
			next = s.concluded.renewed(next)
		}
		s.concluded = next
		return s.enter(Screening, ToConclude, at)
	}
	if waits(Identification) {
		next = s.decide.renewed(next)
	}
	s.decide = next
	return s.enter(Identification, Reassessing, at)
}
