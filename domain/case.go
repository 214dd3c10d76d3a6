package domain

import (
	"slices"
	"time"
)

// Stage is the part of the mechanism in which a case is worked on.
type Stage string

// The stages, in their order.
const (
	Frontline      Stage = "frontline"
	Screening      Stage = "screening"
	Identification Stage = "identification"
	Protection     Stage = "protection"
)

// Stages lists the stages in their order.
func Stages() []Stage { return []Stage{Frontline, Screening, Identification, Protection} }

// Status says what a case waits for inside its stage.
type Status string

// The statuses. Those for which Open is false wait for nothing.
const (
	FirstContact     Status = "first_contact"     // frontline: met, not yet screened
	ConsentDenied    Status = "consent_refused"   // frontline: an adult refused; nothing but an anonymous count remains
	ToConclude       Status = "to_conclude"       // screening: form received, reasonable grounds not yet decided
	Unclear          Status = "unclear"           // screening: grounds undecided, more is needed
	NoGrounds        Status = "no_grounds"        // screening: concluded without reasonable grounds
	AwaitingDecision Status = "awaiting_decision" // identification: presumed victim, the team has yet to decide
	Undetermined     Status = "undetermined"      // identification: the team could not tell yet
	Reassessing      Status = "reassessing"       // identification: decided, and asked to be decided anew
	NotIdentified    Status = "not_identified"    // identification: decided, not a victim
	InProtection     Status = "in_protection"     // protection: identified as a victim
	Closed           Status = "closed"
	Erased           Status = "erased" // two people agreed to its erasure: nobody reads it any more
)

// Statuses lists the statuses, in the order of the stages.
func Statuses() []Status {
	return []Status{
		FirstContact, ConsentDenied, ToConclude, Unclear, NoGrounds, AwaitingDecision, Undetermined, NotIdentified, Reassessing,
		InProtection, Closed, Erased,
	}
}

// Open reports whether a case of this status waits for somebody.
func (s Status) Open() bool {
	return !slices.Contains([]Status{ConsentDenied, NoGrounds, NotIdentified, Closed, Erased}, s)
}

// Standing is how a case stands, in terms that may lie in clear. Every commit carries the standing after it, so that a
// projection can place a case without remembering the events before.
type Standing struct {
	Reference string     `json:"reference"`
	Stage     Stage      `json:"stage"`
	Status    Status     `json:"status"`
	Agency    string     `json:"agency"` // the agency responsible now
	Province  string     `json:"province"`
	Incident  string     `json:"incident,omitempty"`
	Urgent    bool       `json:"urgent"`
	Since     time.Time  `json:"since"`            // when the case came into this stage
	DueAt     *time.Time `json:"due_at,omitempty"` // when the first of its tasks is due
	OpenedAt  time.Time  `json:"opened_at,omitzero"`
	Entry     int        `json:"entry,omitzero"`     // number on the incident's list, from 1; 0 for none
	Assignee  string     `json:"assignee,omitempty"` // account of the person who has the case; empty for nobody
	Tasks     []Task     `json:"tasks,omitempty"`    // what the case waits for
	// Excluded names who may not know of the case because it accuses them: keyed digests of agencies and accounts, so that the log
	// does not tell whom a case accuses.
	Excluded []string     `json:"excluded,omitempty"`
	Held     bool         `json:"legal_hold,omitzero"` // a proceeding needs the case: nobody erases it
	Erasing  ErasureStage `json:"erasure,omitempty"`   // how far its erasure has come; empty where none is asked for
	// After is when the commits before this one were known, where there are any: the latest moment at which the log accepted one of
	// them. What a commit says was not known before that, even where the log's clock was set back in between.
	After time.Time `json:"after,omitzero"`
}

// KnownAt is when a commit became known that the log accepted at a moment.
func (s Standing) KnownAt(accepted time.Time) time.Time { return later(s.After, accepted) }

// State is what is so of a case after its events so far. The zero State is a case that was never opened.
type State struct {
	Exists     bool
	Standing   Standing
	Screenings []string // ids, in the order recorded
	Decisions  []Decision
	Referrals  []Referral
	Requests   []HandOverRequest
	Consents   map[Purpose]Consent
	Grants     []Grant
	Withdrawn  []Withdrawal
	Periods    map[PeriodName]Period
	Team       *MeetingTeam
	Services   []Service
	Placement  *Placement
	Plan       *Review
	Risk       *Review
	FollowUp   *Review
	Claims     []Claim
	Return     ReturnStatus
	Links      []Link
	Refused    []string // cases that a person found to be of somebody else
	Disputes   []Dispute
	Files      []string
	Hold       bool // non-punishment: no step against the person
	LegalHold  *LegalHold
	Exclusions []Exclusion
	Glass      []Glass
	Erasure    *Erasure // nil where none is asked for, or it was refused

	// Findings are those of the latest screening, nil while its sealed part has not been opened. Rules that need them treat
	// nil as a person who may be a child.
	Findings *Findings
	// Guardian and BestInterests say that somebody stands by a child and that the child's interests were assessed. They lie
	// sealed in the log, because they tell that the person is a child.
	Guardian      bool
	BestInterests bool

	holders   []string // agencies that have been given data of the case, each once
	concluded Deadline // the screening's conclusion
	decide    Deadline // the team's decision
	missed    map[string]miss
	beforeEnd Status // the status in which the case was closed
	destroyed bool   // the keys are gone
}

// Deadline is since when something waits, by when it should be done, and the source of the limit behind that.
type Deadline struct {
	Since  time.Time
	DueAt  *time.Time // nil where no limit is set
	Source string
}

// renewed is the deadline that takes the place of d, which is the next one unless that is due before d: a form or a request that
// carries an earlier time takes nothing from the time that people count on.
func (d Deadline) renewed(next Deadline) Deadline {
	if d.DueAt != nil && next.DueAt != nil && next.DueAt.Before(*d.DueAt) {
		return d
	}
	return next
}

// CaseOpened is the first event of every case.
type CaseOpened struct {
	open
	Reference string `json:"reference"`
	Agency    string `json:"agency"`
	Province  string `json:"province"`
	Incident  string `json:"incident,omitempty"`
	// Entry is the person's number on the list of the incident, from 1; 0 where there is no list. It tells who is meant on the
	// paper that stays with the officers, and nothing else.
	Entry int `json:"entry,omitzero"`
	// Released is who let the form out of quarantine that opened the case: it came from a device that was reported lost, or in a file.
	Released *Actor `json:"released_by,omitempty"`
}

// CaseClosed ends the work on a case.
type CaseClosed struct {
	open
	Reason CloseReason `json:"reason"`
}

// CaseReopened takes the work on a closed case up again where it ended.
type CaseReopened struct {
	v1
	Reason ReopenReason `json:"reason"`
	Note   Private      `json:"note,omitzero"` // string
}

// CloseReason says why a case was closed.
type CloseReason string

// The reasons for closing a case.
const (
	SupportComplete CloseReason = "support_complete"
	PersonLeft      CloseReason = "person_left"
	Returned        CloseReason = "returned"
	TransferredOut  CloseReason = "transferred_out"
	OpenedInError   CloseReason = "opened_in_error"
	OtherReason     CloseReason = "other"
)

// CloseReasons lists the reasons for closing a case.
func CloseReasons() []CloseReason {
	return []CloseReason{SupportComplete, PersonLeft, Returned, TransferredOut, OpenedInError, OtherReason}
}

// ReopenReason says why a closed case was taken up again.
type ReopenReason string

// The reasons for reopening a case.
const (
	PersonBack     ReopenReason = "person_returned"
	NewFacts       ReopenReason = "new_information"
	ClosedInError  ReopenReason = "closed_in_error"
	RiskAgain      ReopenReason = "new_risk"
	SupportNeeded  ReopenReason = "support_needed"
	ReviewRequired ReopenReason = "review"
)

// ReopenReasons lists the reasons for reopening a case.
func ReopenReasons() []ReopenReason {
	return []ReopenReason{PersonBack, NewFacts, ClosedInError, RiskAgain, SupportNeeded, ReviewRequired}
}

// EventType implements Event.
func (*CaseOpened) EventType() string { return "case.opened" }

// EventType implements Event.
func (*CaseClosed) EventType() string { return "case.closed" }

// EventType implements Event.
func (*CaseReopened) EventType() string { return "case.reopened" }

// Privates implements Event.
func (e *CaseReopened) Privates() []*Private { return []*Private{&e.Note} }

// CloseCase ends the work on a case. Nothing is deleted by it.
type CloseCase struct{ Reason CloseReason }

func (c CloseCase) decide(s State, _ Request) ([]Event, error) {
	if err := s.mustBeOpen(); err != nil {
		return nil, err
	}
	switch {
	case !slices.Contains(CloseReasons(), c.Reason):
		return nil, invalid("case.unknown_reason")
	case slices.ContainsFunc(s.Referrals, func(r Referral) bool { return r.Status == Pending }):
		return nil, refused(s, "case.referral_pending")
	case c.Reason == SupportComplete && slices.ContainsFunc(s.Services, func(v Service) bool { return v.Status.open() }):
		return nil, refused(s, "case.service_open")
	}
	return []Event{&CaseClosed{Reason: c.Reason}}, nil
}

// ReopenCase takes up a closed case.
type ReopenCase struct {
	Reason ReopenReason
	Note   string
}

func (c ReopenCase) decide(s State, _ Request) ([]Event, error) {
	switch {
	case !s.Exists:
		return nil, missing("case.unknown")
	case s.Standing.Status != Closed:
		return nil, refused(s, "case.not_closed")
	case !slices.Contains(ReopenReasons(), c.Reason):
		return nil, invalid("case.unknown_reason")
	}
	return []Event{&CaseReopened{Reason: c.Reason, Note: optionalNote(c.Note)}}, nil
}

// enter moves the case to a stage and status. A clock that was set back never makes a stage begin before the one it follows.
func (s State) enter(stage Stage, status Status, at time.Time) State {
	if s.Standing.Stage != stage {
		s.Standing.Stage, s.Standing.Since = stage, later(s.Standing.Since, at)
	}
	s.Standing.Status = status
	return s
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

func (s State) mustBeOpen() error {
	switch {
	case !s.Exists:
		return missing("case.unknown")
	case !s.Standing.Status.Open():
		return refused(s, "case.ended")
	}
	return nil
}

// mustBeKept refuses what can be said of every case but one whose keys are gone: nothing could be sealed any more.
func (s State) mustBeKept() error {
	switch {
	case !s.Exists:
		return missing("case.unknown")
	case s.Standing.Status == Erased:
		return refused(s, "case.erased")
	}
	return nil
}
