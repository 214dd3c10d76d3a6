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
	NotIdentified    Status = "not_identified"    // identification: decided, not a victim
	InProtection     Status = "in_protection"     // protection: identified as a victim
	Closed           Status = "closed"
	Erased           Status = "erased" // the case's keys were destroyed
)

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
	Since     time.Time  `json:"since"` // when the case came into this stage
	DueAt     *time.Time `json:"due_at,omitempty"`
}

// State is what is so of a case after its events so far. The zero State is a case that was never opened.
type State struct {
	Exists     bool
	Standing   Standing
	Screenings []string // ids, in the order recorded
	Referrals  []Referral
	Consents   map[Purpose]Consent

	// Findings are those of the latest screening, nil while its sealed part has not been opened. Rules that need them treat
	// nil as a person who may be a child.
	Findings *Findings
}

// CaseOpened is the first event of every case.
type CaseOpened struct {
	Reference string `json:"reference"`
	Agency    string `json:"agency"`
	Province  string `json:"province"`
	Incident  string `json:"incident,omitempty"`
}

// CaseClosed ends the work on a case.
type CaseClosed struct {
	Reason CloseReason `json:"reason"`
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

// KeysDestroyed records that the case's keys are gone: what was sealed under them can never be opened again.
type KeysDestroyed struct {
	Reason string `json:"reason"` // a code such as "retention" or "erasure_request"
}

// EventType implements Event.
func (*CaseOpened) EventType() string { return "case.opened" }

// EventVersion implements Event.
func (*CaseOpened) EventVersion() int { return 1 }

// Privates implements Event.
func (*CaseOpened) Privates() []*Private { return nil }

// EventType implements Event.
func (*CaseClosed) EventType() string { return "case.closed" }

// EventVersion implements Event.
func (*CaseClosed) EventVersion() int { return 1 }

// Privates implements Event.
func (*CaseClosed) Privates() []*Private { return nil }

// EventType implements Event.
func (*KeysDestroyed) EventType() string { return "case.keys_destroyed" }

// EventVersion implements Event.
func (*KeysDestroyed) EventVersion() int { return 1 }

// Privates implements Event.
func (*KeysDestroyed) Privates() []*Private { return nil }

func (s State) enter(stage Stage, status Status, at time.Time) State {
	if s.Standing.Stage != stage {
		s.Standing.Stage, s.Standing.Since = stage, at
	}
	s.Standing.Status = status
	s.Standing.DueAt = nil
	return s
}
