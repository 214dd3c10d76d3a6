package domain

import (
	"slices"
	"time"
)

// Referral is one request by an agency to another to take up a case or serve the person.
type Referral struct {
	ID       string
	From, To string // agency codes
	Services []string
	HandOver bool        // the receiver becomes responsible for the case when it accepts
	Data     []DataClass // what the receiver may open when it has accepted; no more of it than a later consent names, none after a withdrawal
	Status   ReferralStatus

	Answer     Deadline // from when it was sent
	AnsweredAt time.Time
}

// ReferralStatus says how far a referral has come.
type ReferralStatus string

// The statuses of a referral.
const (
	Pending  ReferralStatus = "pending"
	Accepted ReferralStatus = "accepted"
	Declined ReferralStatus = "declined"
	Revoked  ReferralStatus = "revoked"
	Done     ReferralStatus = "done"
)

// DeclineReason says why a receiver declined.
type DeclineReason string

// RevokeReason says why a sender took a referral back.
type RevokeReason string

// The reasons for taking a referral back. ConsentTakenBack follows from a withdrawal and is given by the domain alone.
const (
	ConsentTakenBack RevokeReason = "consent_withdrawn"
	SentInError      RevokeReason = "sent_in_error"
	NoLongerNeeded   RevokeReason = "no_longer_needed"
	NoAnswer         RevokeReason = "no_answer"
)

// RevokeReasons lists the reasons that a sender may give.
func RevokeReasons() []RevokeReason { return []RevokeReason{SentInError, NoLongerNeeded, NoAnswer} }

// otherDecline is the reason of the code list that says nothing.
const otherDecline DeclineReason = "other"

// ReferralSent says that an agency asked another to take up the case or give services.
type ReferralSent struct {
	v1
	Referral string   `json:"referral"`
	From     string   `json:"from"`
	To       string   `json:"to"`
	Services []string `json:"services"`
	HandOver bool     `json:"hand_over"`
	// Data are the kinds of data that go along, chosen by the sender from what the person's consent allows.
	Data   []DataClass `json:"data,omitempty"`
	DueAt  *time.Time  `json:"due_at,omitempty"` // by when it should be answered, where a limit is set
	Source string      `json:"limit_source,omitempty"`
	Note   Private     `json:"note"` // string
}

// ReferralAccepted says that the receiver took it on.
type ReferralAccepted struct {
	open
	Referral string `json:"referral"`
	From     string `json:"from"`
	To       string `json:"to"`
}

// ReferralDeclined says that the receiver did not.
type ReferralDeclined struct {
	v1
	Referral string        `json:"referral"`
	From     string        `json:"from"`
	To       string        `json:"to"`
	Reason   DeclineReason `json:"reason"`
	Note     Private       `json:"note"` // string
}

// ReferralRevoked says that the sender took it back.
type ReferralRevoked struct {
	open
	Referral string       `json:"referral"`
	From     string       `json:"from"`
	To       string       `json:"to"`
	Reason   RevokeReason `json:"reason"`
}

// ReferralDone says that what was asked for has been given: the sender learns the outcome.
type ReferralDone struct {
	v1
	Referral string  `json:"referral"`
	From     string  `json:"from"`
	To       string  `json:"to"`
	Outcome  Private `json:"outcome"` // string
}

// EventType implements Event.
func (*ReferralSent) EventType() string { return "referral.sent" }

// Privates implements Event.
func (e *ReferralSent) Privates() []*Private { return []*Private{&e.Note} }

// EventType implements Event.
func (*ReferralAccepted) EventType() string { return "referral.accepted" }

// EventType implements Event.
func (*ReferralDeclined) EventType() string { return "referral.declined" }

// Privates implements Event.
func (e *ReferralDeclined) Privates() []*Private { return []*Private{&e.Note} }

// EventType implements Event.
func (*ReferralRevoked) EventType() string { return "referral.revoked" }

// EventType implements Event.
func (*ReferralDone) EventType() string { return "referral.done" }

// Privates implements Event.
func (e *ReferralDone) Privates() []*Private { return []*Private{&e.Outcome} }

// Refer asks another agency to take up the case or to give services. Data are the kinds of data that go along; where none is named,
// all that the person's consent allows for that agency.
type Refer struct {
	Referral string // id chosen by the caller
	To       string
	Services []string
	HandOver bool
	Data     []DataClass
	Note     string
}

func (c Refer) decide(s State, r Request) ([]Event, error) {
	if err := s.mustBeOpen(); err != nil {
		return nil, err
	}
	switch {
	case c.Referral == "" || c.To == "" || len(c.Services) == 0:
		return nil, invalid("referral.incomplete")
	case slices.ContainsFunc(c.Data, func(d DataClass) bool { return !slices.Contains(DataClasses(), d) }):
		return nil, invalid("consent.unknown_data")
	case c.To == r.By.Agency:
		return nil, invalid("referral.to_itself")
	case s.find(c.Referral) != nil:
		return nil, refused(s, "referral.exists")
	case s.pendingTo(c.To):
		return nil, refused(s, "referral.pending_already")
	case len(s.Screenings) == 0:
		return nil, refused(s, "referral.not_screened")
	}
	data := c.Data
	if len(data) == 0 {
		data = s.Allowed(c.To, r.HappenedAt)
	}
	due, source := r.due(s, LimitAccept)
	return []Event{&ReferralSent{
		Referral: c.Referral, From: r.By.Agency, To: c.To, Services: c.Services, HandOver: c.HandOver, Data: data,
		DueAt: due, Source: source, Note: optionalNote(c.Note),
	}}, nil
}

// AcceptReferral takes a referral on. Only the agency to which it was sent can.
type AcceptReferral struct{ Referral string }

func (c AcceptReferral) decide(s State, r Request) ([]Event, error) {
	ref, err := s.referral(c.Referral, Pending)
	if err != nil {
		return nil, err
	}
	if r.By.Agency != ref.To {
		return nil, refused(s, "referral.not_receiver")
	}
	return []Event{&ReferralAccepted{Referral: ref.ID, From: ref.From, To: ref.To}}, nil
}

// DeclineReferral refuses a referral with a reason. The reason is a code of the code list that the caller has checked.
type DeclineReferral struct {
	Referral string
	Reason   DeclineReason
	Note     string
}

func (c DeclineReferral) decide(s State, r Request) ([]Event, error) {
	ref, err := s.referral(c.Referral, Pending)
	if err != nil {
		return nil, err
	}
	switch {
	case r.By.Agency != ref.To:
		return nil, refused(s, "referral.not_receiver")
	case c.Reason == "":
		return nil, invalid("referral.no_reason")
	}
	return []Event{&ReferralDeclined{Referral: ref.ID, From: ref.From, To: ref.To, Reason: c.Reason, Note: optionalNote(c.Note)}}, nil
}

// RevokeReferral takes a referral back before it was answered. Only the agency that sent it can.
type RevokeReferral struct {
	Referral string
	Reason   RevokeReason
}

func (c RevokeReferral) decide(s State, r Request) ([]Event, error) {
	ref, err := s.referral(c.Referral, Pending)
	if err != nil {
		return nil, err
	}
	switch {
	case r.By.Agency != ref.From:
		return nil, refused(s, "referral.not_sender")
	case !slices.Contains(RevokeReasons(), c.Reason):
		return nil, invalid("referral.unknown_reason")
	}
	return []Event{&ReferralRevoked{Referral: ref.ID, From: ref.From, To: ref.To, Reason: c.Reason}}, nil
}

// CompleteReferral reports that what a referral asked for has been given.
type CompleteReferral struct {
	Referral string
	Outcome  string
}

func (c CompleteReferral) decide(s State, r Request) ([]Event, error) {
	ref, err := s.referral(c.Referral, Accepted)
	if err != nil {
		return nil, err
	}
	if r.By.Agency != ref.To {
		return nil, refused(s, "referral.not_receiver")
	}
	return []Event{&ReferralDone{Referral: ref.ID, From: ref.From, To: ref.To, Outcome: optionalNote(c.Outcome)}}, nil
}

func (s State) find(id string) *Referral {
	for i := range s.Referrals {
		if s.Referrals[i].ID == id {
			return &s.Referrals[i]
		}
	}
	return nil
}

func (s State) referral(id string, want ReferralStatus) (*Referral, error) {
	if err := s.mustBeOpen(); err != nil {
		return nil, err
	}
	ref := s.find(id)
	switch {
	case ref == nil:
		return nil, missing("referral.unknown")
	case ref.Status != want:
		return nil, refused(s, "referral.not_"+string(want))
	}
	return ref, nil
}

func (s State) pendingTo(agency string) bool {
	return slices.ContainsFunc(s.Referrals, func(r Referral) bool { return r.To == agency && r.Status == Pending })
}

// answered returns the state with one referral moved to status, leaving the given state's slice alone.
func (s State) answered(id string, status ReferralStatus, at time.Time) State {
	s.Referrals = slices.Clone(s.Referrals)
	if r := s.find(id); r != nil {
		r.Status, r.AnsweredAt = status, at
	}
	return s
}
