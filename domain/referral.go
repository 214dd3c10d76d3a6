package domain

import "slices"

// Referral is one request by an agency to another to take up a case or serve the person.
type Referral struct {
	ID       string
	From, To string // agency codes
	Services []string
	HandOver bool // the receiver becomes responsible for the case when it accepts
	Status   ReferralStatus
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

// reached reports whether the receiver has been given data of the case.
func (s ReferralStatus) reached() bool { return s == Pending || s == Accepted || s == Done }

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

// ReferralSent says that an agency asked another to take up the case or give services.
type ReferralSent struct {
	Referral string   `json:"referral"`
	From     string   `json:"from"`
	To       string   `json:"to"`
	Services []string `json:"services"`
	HandOver bool     `json:"hand_over"`
	Note     Private  `json:"note"` // string
}

// ReferralAccepted says that the receiver took it on.
type ReferralAccepted struct {
	Referral string `json:"referral"`
	From     string `json:"from"`
	To       string `json:"to"`
}

// ReferralDeclined says that the receiver did not.
type ReferralDeclined struct {
	Referral string        `json:"referral"`
	From     string        `json:"from"`
	To       string        `json:"to"`
	Reason   DeclineReason `json:"reason"`
	Note     Private       `json:"note"` // string
}

// ReferralRevoked says that the sender took it back.
type ReferralRevoked struct {
	Referral string       `json:"referral"`
	From     string       `json:"from"`
	To       string       `json:"to"`
	Reason   RevokeReason `json:"reason"`
}

// ReferralDone says that what was asked for has been given: the sender learns the outcome.
type ReferralDone struct {
	Referral string  `json:"referral"`
	From     string  `json:"from"`
	To       string  `json:"to"`
	Outcome  Private `json:"outcome"` // string
}

// EventType implements Event.
func (*ReferralSent) EventType() string { return "referral.sent" }

// EventVersion implements Event.
func (*ReferralSent) EventVersion() int { return 1 }

// Privates implements Event.
func (e *ReferralSent) Privates() []*Private { return []*Private{&e.Note} }

// EventType implements Event.
func (*ReferralAccepted) EventType() string { return "referral.accepted" }

// EventVersion implements Event.
func (*ReferralAccepted) EventVersion() int { return 1 }

// Privates implements Event.
func (*ReferralAccepted) Privates() []*Private { return nil }

// EventType implements Event.
func (*ReferralDeclined) EventType() string { return "referral.declined" }

// EventVersion implements Event.
func (*ReferralDeclined) EventVersion() int { return 1 }

// Privates implements Event.
func (e *ReferralDeclined) Privates() []*Private { return []*Private{&e.Note} }

// EventType implements Event.
func (*ReferralRevoked) EventType() string { return "referral.revoked" }

// EventVersion implements Event.
func (*ReferralRevoked) EventVersion() int { return 1 }

// Privates implements Event.
func (*ReferralRevoked) Privates() []*Private { return nil }

// EventType implements Event.
func (*ReferralDone) EventType() string { return "referral.done" }

// EventVersion implements Event.
func (*ReferralDone) EventVersion() int { return 1 }

// Privates implements Event.
func (e *ReferralDone) Privates() []*Private { return []*Private{&e.Outcome} }

// Refer sends a referral from the acting person's agency.
type Refer struct {
	Referral string
	To       string
	Services []string
	HandOver bool
	Note     string
}

func (c Refer) decide(s State, r Request) ([]Event, error) {
	if err := s.mustBeOpen(); err != nil {
		return nil, err
	}
	switch {
	case c.Referral == "" || c.To == "" || len(c.Services) == 0:
		return nil, invalid("referral.incomplete")
	case c.To == r.By.Agency:
		return nil, invalid("referral.to_itself")
	case s.find(c.Referral) != nil:
		return nil, refused(s, "referral.exists")
	case s.pendingTo(c.To):
		return nil, refused(s, "referral.pending_already")
	case s.adult() && s.Consents[ToReferral] != Given:
		return nil, refused(s, "referral.no_consent")
	case s.Consents[ToReferral] == Withdrawn:
		return nil, refused(s, "referral.consent_withdrawn")
	case len(s.Screenings) == 0:
		return nil, refused(s, "referral.not_screened")
	}
	note, err := optionalNote(c.Note)
	if err != nil {
		return nil, err
	}
	return []Event{&ReferralSent{
		Referral: c.Referral, From: r.By.Agency, To: c.To, Services: c.Services, HandOver: c.HandOver, Note: note,
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
	note, err := optionalNote(c.Note)
	if err != nil {
		return nil, err
	}
	return []Event{&ReferralDeclined{Referral: ref.ID, From: ref.From, To: ref.To, Reason: c.Reason, Note: note}}, nil
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
	outcome, err := optionalNote(c.Outcome)
	if err != nil {
		return nil, err
	}
	return []Event{&ReferralDone{Referral: ref.ID, From: ref.From, To: ref.To, Outcome: outcome}}, nil
}

func optionalNote(text string) (Private, error) {
	if text == "" {
		return Private{}, nil
	}
	return NewPrivate(ScopeSensitive, text)
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

// withReferral returns the state with one referral moved to status, leaving the given state's slice alone.
func (s State) withReferral(id string, status ReferralStatus) State {
	s.Referrals = slices.Clone(s.Referrals)
	if r := s.find(id); r != nil {
		r.Status = status
	}
	return s
}
