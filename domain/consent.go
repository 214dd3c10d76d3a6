package domain

import "slices"

// Purpose is what a person agrees to. Each purpose is asked for by itself: help is never tied to cooperation with a prosecution.
type Purpose string

// The purposes.
const (
	ToScreening   Purpose = "screening"
	ToReferral    Purpose = "referral"
	ToSupport     Purpose = "support"
	ToCooperation Purpose = "police_cooperation"
	ToSharing     Purpose = "data_sharing"
)

// Purposes lists the purposes.
func Purposes() []Purpose {
	return []Purpose{ToScreening, ToReferral, ToSupport, ToCooperation, ToSharing}
}

// Consent is what is so of one purpose.
type Consent string

// The states of a consent. A purpose that was never asked about has none.
const (
	Given     Consent = "given"
	Denied    Consent = "refused"
	Withdrawn Consent = "withdrawn"
)

// ConsentDetails say how consent was asked for: who else was there is personal data too.
type ConsentDetails struct {
	Language    string `json:"language,omitempty"` // ISO 639-3
	Interpreter string `json:"interpreter,omitempty"`
	Witness     string `json:"witness,omitempty"`
	Reason      string `json:"reason,omitempty"`
}

// ConsentGiven says that the person agreed to a purpose.
type ConsentGiven struct {
	Purpose Purpose `json:"purpose"`
	Details Private `json:"details"` // ConsentDetails
}

// ConsentRefused says that the person did not agree.
type ConsentRefused struct {
	Purpose Purpose `json:"purpose"`
	// Stops says that the refusal ends the way through the mechanism: an adult's refusal to be screened.
	Stops   bool    `json:"stops"`
	Details Private `json:"details"` // ConsentDetails
}

// ConsentWithdrawn says that the person took a consent back. Recipients are the agencies that hold data because of it; each must learn of it.
type ConsentWithdrawn struct {
	Purpose    Purpose  `json:"purpose"`
	Recipients []string `json:"recipients"`
	Details    Private  `json:"details"` // ConsentDetails
}

// EventType implements Event.
func (*ConsentGiven) EventType() string { return "consent.given" }

// EventVersion implements Event.
func (*ConsentGiven) EventVersion() int { return 1 }

// Privates implements Event.
func (e *ConsentGiven) Privates() []*Private { return []*Private{&e.Details} }

// EventType implements Event.
func (*ConsentRefused) EventType() string { return "consent.refused" }

// EventVersion implements Event.
func (*ConsentRefused) EventVersion() int { return 1 }

// Privates implements Event.
func (e *ConsentRefused) Privates() []*Private { return []*Private{&e.Details} }

// EventType implements Event.
func (*ConsentWithdrawn) EventType() string { return "consent.withdrawn" }

// EventVersion implements Event.
func (*ConsentWithdrawn) EventVersion() int { return 1 }

// Privates implements Event.
func (e *ConsentWithdrawn) Privates() []*Private { return []*Private{&e.Details} }

// Answer is a person's answer to being asked for consent to one purpose.
type Answer struct {
	Purpose Purpose
	Agreed  bool
	Details ConsentDetails
}

// RecordConsent records what the person answered for one purpose.
type RecordConsent struct{ Answer }

func (c RecordConsent) decide(s State, _ Request) ([]Event, error) {
	if err := s.mustBeOpen(); err != nil {
		return nil, err
	}
	if s.Consents[c.Purpose] == Given && !c.Agreed {
		return nil, refused(s, "consent.withdraw_instead")
	}
	return c.event(s.adult())
}

func (a Answer) event(adult bool) ([]Event, error) {
	if !slices.Contains(Purposes(), a.Purpose) {
		return nil, invalid("consent.unknown_purpose")
	}
	details, err := NewPrivate(ScopeSensitive, a.Details)
	if err != nil {
		return nil, err
	}
	if a.Agreed {
		return []Event{&ConsentGiven{Purpose: a.Purpose, Details: details}}, nil
	}
	stops := adult && a.Purpose == ToScreening
	return []Event{&ConsentRefused{Purpose: a.Purpose, Stops: stops, Details: details}}, nil
}

// WithdrawConsent takes a consent back.
type WithdrawConsent struct {
	Purpose Purpose
	Details ConsentDetails
}

func (c WithdrawConsent) decide(s State, _ Request) ([]Event, error) {
	if !s.Exists {
		return nil, missing("case.unknown")
	}
	if s.Consents[c.Purpose] != Given {
		return nil, refused(s, "consent.not_given")
	}
	details, err := NewPrivate(ScopeSensitive, c.Details)
	if err != nil {
		return nil, err
	}
	withdrawn := &ConsentWithdrawn{Purpose: c.Purpose, Recipients: s.recipients(), Details: details}
	if c.Purpose != ToReferral {
		return []Event{withdrawn}, nil
	}
	return append([]Event{withdrawn}, s.revokePending()...), nil
}

// recipients are the agencies that have been sent data of the case and may still hold it, each once.
func (s State) recipients() []string {
	agencies := []string{}
	for _, r := range s.Referrals {
		if r.Status.reached() && !slices.Contains(agencies, r.To) {
			agencies = append(agencies, r.To)
		}
	}
	return agencies
}

func (s State) revokePending() []Event {
	var events []Event
	for _, r := range s.Referrals {
		if r.Status == Pending {
			events = append(events, &ReferralRevoked{Referral: r.ID, From: r.From, To: r.To, Reason: ConsentTakenBack})
		}
	}
	return events
}
