package domain

import (
	"cmp"
	"slices"
	"strconv"
	"time"
)

// Subject is what two answers disagree on.
type Subject string

// The subjects.
const (
	OnAnswer         Subject = "answer" // of a screening form
	OnConsent        Subject = "consent"
	OnConclusion     Subject = "screening_conclusion"
	OnIdentification Subject = "identification"
)

// Dispute is a disagreement between two people who answered the same question without knowing of each other, and whether somebody
// has settled it.
type Dispute struct {
	ID      string
	Subject Subject
	Since   time.Time
	Settled bool
	Two     *TwoAnswers // nil while its sealed part has not been opened
}

// TwoAnswers are a question with the answer that stands and the one that came later from somebody who had not seen it.
type TwoAnswers struct {
	Question string `json:"question"`     // an item of the form, a purpose, or empty for a decision
	Of       string `json:"of,omitempty"` // the screening
	Standing string `json:"standing"`     // as JSON
	Other    string `json:"other"`        // as JSON
	// Scope is the one in which the answers to the question are sealed, which the caller knows; sensitive where it is empty.
	Scope Scope `json:"-"`
	// Data and Until narrow the other answer where it is a consent.
	Data  []DataClass `json:"data,omitempty"`
	Until *time.Time  `json:"until,omitempty"`
}

// DisagreementNoted says that two answers to one question were given independently. The first stays in force until a person settles it.
type DisagreementNoted struct {
	v1
	Disagreement string  `json:"disagreement"`
	Subject      Subject `json:"subject"`
	Two          Private `json:"two"` // TwoAnswers
}

// Kept says which of two answers stands.
type Kept string

// The answers that can be kept.
const (
	KeepStanding Kept = "standing"
	KeepOther    Kept = "other"
)

// DisagreementSettled says which answer stands. Where it is the other one, the event that changes the case follows in the same commit.
type DisagreementSettled struct {
	v1
	Disagreement string  `json:"disagreement"`
	Kept         Kept    `json:"kept"`
	Reason       Private `json:"reason,omitzero"` // string
}

// EventType implements Event.
func (*DisagreementNoted) EventType() string { return "case.disagreement_noted" }

// Privates implements Event.
func (e *DisagreementNoted) Privates() []*Private { return []*Private{&e.Two} }

// EventType implements Event.
func (*DisagreementSettled) EventType() string { return "case.disagreement_settled" }

// Privates implements Event.
func (e *DisagreementSettled) Privates() []*Private { return []*Private{&e.Reason} }

// disagree notes the nth disagreement of a request.
func disagree(r Request, n int, on Subject, two TwoAnswers) Event {
	id := r.ID
	if n > 0 {
		id += "/" + strconv.Itoa(n)
	}
	return &DisagreementNoted{Disagreement: id, Subject: on, Two: private(cmp.Or(two.Scope, ScopeSensitive), two)}
}

// SettleDisagreement decides between two answers. Where the other answer to a form's question is kept, Correction is the form with
// it. A decision on the case is not changed by settling: it is followed by another decision (request a reassessment). It can be settled
// on a case that a decision has ended, or the person would be turned away by the answer that came first.
type SettleDisagreement struct {
	Disagreement string
	Keep         Kept
	Reason       string
	Correction   *CorrectScreening
}

func (c SettleDisagreement) decide(s State, r Request) ([]Event, error) {
	if err := s.mustBeKept(); err != nil {
		return nil, err
	}
	i := slices.IndexFunc(s.Disputes, func(d Dispute) bool { return d.ID == c.Disagreement })
	switch {
	case i < 0:
		return nil, missing("disagreement.unknown")
	case s.Disputes[i].Settled:
		return nil, refused(s, "disagreement.settled_already")
	case c.Keep != KeepStanding && c.Keep != KeepOther:
		return nil, invalid("disagreement.unknown_answer")
	case c.Reason == "":
		return nil, invalid("disagreement.no_reason")
	}
	settled := []Event{&DisagreementSettled{Disagreement: c.Disagreement, Kept: c.Keep, Reason: optionalNote(c.Reason)}}
	if c.Keep == KeepStanding {
		return settled, nil
	}
	change, err := c.change(s, r, s.Disputes[i])
	return append(settled, change...), err
}

// change is what follows from keeping the other answer.
func (c SettleDisagreement) change(s State, r Request, d Dispute) ([]Event, error) {
	switch {
	case s.Standing.Status == Closed:
		return nil, refused(s, "case.ended")
	case d.Two == nil:
		return nil, refused(s, "disagreement.closed")
	}
	switch d.Subject {
	case OnAnswer:
		if c.Correction == nil {
			return nil, invalid("disagreement.no_correction")
		}
		return c.Correction.decide(s, r)
	case OnConsent:
		return s.answerConsent(r, Answer{
			Purpose: Purpose(d.Two.Question), Recipient: d.Two.Of, Agreed: d.Two.Other == quoted(string(Given)),
			Data: d.Two.Data, Until: d.Two.Until,
		})
	case OnConclusion, OnIdentification:
		return []Event{s.reassess(r, ByDisagreement, "")}, nil
	}
	return nil, refused(s, "disagreement.closed")
}

func quoted(s string) string { return strconv.Quote(s) }

func (s State) disputed(e *DisagreementNoted, at time.Time) State {
	d := Dispute{ID: e.Disagreement, Subject: e.Subject, Since: at}
	var two TwoAnswers
	if e.Two.Reveal(&two) == nil {
		d.Two = &two
	}
	s.Disputes = append(slices.Clip(s.Disputes), d)
	return s
}

func (s State) settled(id string) State {
	s.Disputes = slices.Clone(s.Disputes)
	for i := range s.Disputes {
		if s.Disputes[i].ID == id {
			s.Disputes[i].Settled = true
		}
	}
	return s
}
