package domain

import (
	"maps"
	"slices"
	"time"
)

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

// DataClass is a kind of data that may go along with a referral.
type DataClass string

// The kinds of data.
const (
	DataIdentity  DataClass = "identity"  // names and documents
	DataContact   DataClass = "contact"   // how the person may be reached
	DataAnswers   DataClass = "answers"   // the answers of the form but health
	DataHealth    DataClass = "health"    // health and functioning
	DataDecisions DataClass = "decisions" // findings, decisions and their reasons, notes
)

// DataClasses lists the kinds of data.
func DataClasses() []DataClass {
	return []DataClass{DataIdentity, DataContact, DataAnswers, DataHealth, DataDecisions}
}

// Consent is what is so of one purpose.
type Consent string

// The states of a consent. A purpose that was never asked about has none.
const (
	Given     Consent = "given"
	Denied    Consent = "refused"
	Withdrawn Consent = "withdrawn"
)

// Grant is the answer that stands for a purpose and a recipient.
type Grant struct {
	Purpose   Purpose
	Recipient string      // agency code; empty for every agency of the mechanism
	Data      []DataClass // empty for every kind
	Until     *time.Time  // nil for as long as the case lasts
	Answer    Consent
}

// ConsentDetails say how consent was asked for: who else was there is personal data too.
type ConsentDetails struct {
	Language    string `json:"language,omitempty"` // ISO 639-3
	Interpreter string `json:"interpreter,omitempty"`
	Witness     string `json:"witness,omitempty"`
	Reason      string `json:"reason,omitempty"`
}

// ConsentGiven says that the person agreed to a purpose: to all of it, or for one recipient, some kinds of data or some time.
type ConsentGiven struct {
	v1
	Purpose   Purpose     `json:"purpose"`
	Recipient string      `json:"recipient,omitempty"`
	Data      []DataClass `json:"data,omitempty"`
	Until     *time.Time  `json:"until,omitempty"`
	Details   Private     `json:"details"` // ConsentDetails
}

// ConsentRefused says that the person did not agree.
type ConsentRefused struct {
	v1
	Purpose   Purpose `json:"purpose"`
	Recipient string  `json:"recipient,omitempty"`
	// Stops says that the refusal ends the way through the mechanism: an adult's refusal to be screened. It then has no details.
	Stops   bool    `json:"stops"`
	Details Private `json:"details"` // ConsentDetails
}

// NoticeLeft is what remains of an adult who refused: that somebody did, and where. Every part is a code, none can tell who.
type NoticeLeft struct {
	open
	Purpose  Purpose `json:"purpose"`
	Province string  `json:"province"`
}

// EventType implements Event.
func (*ConsentGiven) EventType() string { return "consent.given" }

// Privates implements Event.
func (e *ConsentGiven) Privates() []*Private { return []*Private{&e.Details} }

// EventType implements Event.
func (*ConsentRefused) EventType() string { return "consent.refused" }

// Privates implements Event.
func (e *ConsentRefused) Privates() []*Private { return []*Private{&e.Details} }

// EventType implements Event.
func (*NoticeLeft) EventType() string { return "consent.notice_left" }

// Answer is a person's answer to being asked for consent to one purpose. Recipient, Data and Until narrow what was agreed to.
type Answer struct {
	Purpose   Purpose
	Agreed    bool
	Recipient string
	Data      []DataClass
	Until     *time.Time
	Details   ConsentDetails
}

// RecordConsent records what the person answered for one purpose.
type RecordConsent struct{ Answer }

func (c RecordConsent) decide(s State, r Request) ([]Event, error) {
	if err := s.mustBeOpen(); err != nil {
		return nil, err
	}
	if s.answerTo(c.Purpose, c.Recipient) == Given && !c.Agreed && !c.inDoubt(s, r) {
		return nil, refused(s, "consent.withdraw_instead")
	}
	return c.answered(s, r)
}

// answered turns an answer into events. Who says no to what was agreed to takes it back, so that every recipient learns of it.
func (c RecordConsent) answered(s State, r Request) ([]Event, error) {
	if err := c.check(r); err != nil {
		return nil, err
	}
	switch stands := s.grantTo(c.Purpose, c.Recipient); {
	case c.inDoubt(s, r):
		return c.disagree(s, r, stands)
	case stands.Answer == Given && !c.Agreed:
		return c.withdrawal().decide(s, r)
	}
	return s.answerConsent(r, c.Answer)
}

// inDoubt reports whether somebody else had recorded another answer, of which the caller did not know.
func (c RecordConsent) inDoubt(s State, r Request) bool {
	if r.Seen == nil {
		return false
	}
	stands, seen := s.grantTo(c.Purpose, c.Recipient), r.Seen.grantTo(c.Purpose, c.Recipient)
	return (stands.Answer != seen.Answer || !stands.says(seen)) && !stands.says(c.grant())
}

// says reports whether two grants say the same of the same recipient: no, or yes to the same. A yes to one agency and a yes to all are
// answers to two questions.
func (g Grant) says(other Grant) bool {
	if g.Answer != Given || other.Answer != Given {
		return (g.Answer == Given) == (other.Answer == Given)
	}
	sameUntil := g.Until == other.Until || g.Until != nil && other.Until != nil && g.Until.Equal(*other.Until)
	return g.Recipient != other.Recipient || sameUntil && slices.Equal(g.Data, other.Data)
}

func (c RecordConsent) grant() Grant {
	return Grant{Purpose: c.Purpose, Recipient: c.Recipient, Data: c.Data, Until: c.Until, Answer: c.result()}
}

func (a Answer) result() Consent {
	if a.Agreed {
		return Given
	}
	return Denied
}

// disagree notes two answers that were given independently. A consent in doubt is no consent: a refusal holds whichever came first.
func (c RecordConsent) disagree(s State, r Request, stands Grant) ([]Event, error) {
	if c.Agreed {
		return []Event{noted(r, stands.Answer, c.grant())}, nil
	}
	withdrawn, err := c.withdrawal().decide(s, r)
	stands.Recipient = c.Recipient
	return append(withdrawn, noted(r, Denied, stands)), err
}

func (c RecordConsent) withdrawal() WithdrawConsent {
	return WithdrawConsent{Purpose: c.Purpose, Recipient: c.Recipient, Details: c.Details}
}

func noted(r Request, stands Consent, other Grant) Event {
	return disagree(r, 0, OnConsent, TwoAnswers{
		Question: string(other.Purpose), Of: other.Recipient, Standing: quoted(string(stands)), Other: quoted(string(other.Answer)),
		Data: other.Data, Until: other.Until,
	})
}

func (a Answer) check(r Request) error {
	switch {
	case !slices.Contains(Purposes(), a.Purpose):
		return invalid("consent.unknown_purpose")
	case slices.ContainsFunc(a.Data, func(d DataClass) bool { return !slices.Contains(DataClasses(), d) }):
		return invalid("consent.unknown_data")
	case a.Until != nil && !a.Until.After(r.HappenedAt):
		return invalid("consent.over_already")
	case a.Recipient != "" && a.Purpose == ToScreening:
		return invalid("consent.screening_has_no_recipient")
	}
	return nil
}

// answerConsent turns an answer into events. An adult's refusal to be screened ends the way, and nothing but a notice remains of it.
func (s State) answerConsent(r Request, a Answer) ([]Event, error) {
	if err := a.check(r); err != nil {
		return nil, err
	}
	details := private(ScopeSensitive, a.Details)
	switch {
	case a.Agreed:
		given := &ConsentGiven{Purpose: a.Purpose, Recipient: a.Recipient, Data: a.Data, Until: a.Until, Details: details}
		return append(s.narrowing(r, a), given), nil
	case a.Purpose == ToScreening && s.adult():
		stop := []Event{&ConsentRefused{Purpose: a.Purpose, Stops: true}, &NoticeLeft{Purpose: a.Purpose, Province: s.Standing.Province}}
		return append(s.recall(r), stop...), nil
	}
	return []Event{&ConsentRefused{Purpose: a.Purpose, Recipient: a.Recipient, Details: details}}, nil
}

// answerTo is the answer that stands for a purpose and a recipient: the recipient's own, else the one for every agency.
func (s State) answerTo(p Purpose, recipient string) Consent { return s.grantTo(p, recipient).Answer }

func (s State) grantTo(p Purpose, recipient string) Grant {
	var stands Grant
	for _, g := range s.Grants {
		if g.Purpose != p {
			continue
		}
		if g.Recipient == recipient {
			return g
		}
		if g.Recipient == "" {
			stands = g
		}
	}
	return stands
}

// Allowed lists the kinds of data that may go to an agency at a time. For a child, whose referral is a duty, it is every kind
// unless consent to referral was withdrawn for the child.
func (s State) Allowed(agency string, at time.Time) []DataClass {
	if !s.adult() {
		if s.answerTo(ToReferral, agency) == Withdrawn {
			return nil
		}
		return DataClasses()
	}
	for _, recipient := range []string{agency, ""} {
		i := slices.IndexFunc(s.Grants, func(g Grant) bool { return g.Purpose == ToReferral && g.Recipient == recipient })
		if i < 0 {
			continue
		}
		g := s.Grants[i]
		switch {
		case g.Answer != Given || g.Until != nil && !at.Before(*g.Until):
			return nil
		case len(g.Data) == 0:
			return DataClasses()
		}
		return g.Data
	}
	return nil
}

// goesSomewhere reports whether there is an agency to which something of the case may go, before every end of a consent.
func (s State) goesSomewhere() bool {
	goesTo := func(agency string) bool { return len(s.Allowed(agency, time.Time{})) > 0 }
	return goesTo("") || slices.ContainsFunc(s.Grants, func(g Grant) bool { return g.Purpose == ToReferral && goesTo(g.Recipient) })
}

// Lapsed reports whether the consent by which an agency was sent the case was given for a time that is over.
func (s State) Lapsed(agency string, at time.Time) bool {
	for _, recipient := range []string{agency, ""} {
		i := slices.IndexFunc(s.Grants, func(g Grant) bool { return g.Purpose == ToReferral && g.Recipient == recipient })
		if i >= 0 {
			return s.Grants[i].Until != nil && !at.Before(*s.Grants[i].Until)
		}
	}
	return false
}

// mayReach says why the case may not be brought before an agency, nil where it may.
func (s State) mayReach(agency string, at time.Time) error {
	switch {
	case len(s.Allowed(agency, at)) > 0:
		return nil
	case s.answerTo(ToReferral, agency) == Withdrawn:
		return refused(s, "referral.consent_withdrawn")
	}
	return refused(s, "referral.no_consent")
}

func (s State) withAnswer(g Grant) State {
	s.Grants = slices.Clone(s.Grants)
	s.Grants = slices.DeleteFunc(s.Grants, func(old Grant) bool { return old.Purpose == g.Purpose && old.Recipient == g.Recipient })
	s.Grants = append(s.Grants, g)
	return s.summed(g)
}

// agreed takes a consent to the place of the one before. Where it names fewer kinds of data, the others are closed from now on to whom they
// went along to. For a child too, whose age may lie sealed here; what a child's protection needs goes along with a referral that is sent
// after it.
func (s State) agreed(g Grant) State {
	s = s.withAnswer(g)
	if g.Purpose != ToReferral || len(g.Data) == 0 {
		return s
	}
	return s.leave(g.Data, func(agency string) bool { return s.covers(g.Recipient, agency) })
}

// refusal is the answer that stands after a refusal. What was withdrawn stays withdrawn: that is the stronger word where a child is
// concerned.
func (s State) refusal(e *ConsentRefused) Consent {
	if s.answerTo(e.Purpose, e.Recipient) == Withdrawn {
		return Withdrawn
	}
	return Denied
}

// summed keeps what is so of a purpose as a whole: given where any answer to it is.
func (s State) summed(g Grant) State {
	s.Consents = maps.Clone(s.Consents)
	if s.Consents == nil {
		s.Consents = map[Purpose]Consent{}
	}
	s.Consents[g.Purpose] = g.Answer
	if slices.ContainsFunc(s.Grants, func(other Grant) bool { return other.Purpose == g.Purpose && other.Answer == Given }) {
		s.Consents[g.Purpose] = Given
	}
	return s
}
