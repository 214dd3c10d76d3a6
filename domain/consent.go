package domain

import (
	"cmp"
	"encoding/json"
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

// Withdrawal is a consent taken back, all of it or in part, and the agencies that have yet to say that they know.
type Withdrawal struct {
	ID      string
	Purpose Purpose
	Left    []DataClass // the kinds of data that the person still agrees to; empty where the consent is gone
	By      string      // the agency that the person told
	Waiting []string    // agency codes
	Untold  []string    // agencies that the case accuses and that would have to know: they are told when it no longer does
	Answer  Deadline
	Later   map[string]Deadline // of the agencies that were told later than the others
}

// AnswerOf is when an agency was told, and by when it has to give word.
func (w Withdrawal) AnswerOf(agency string) Deadline {
	if later, ok := w.Later[agency]; ok {
		return later
	}
	return w.Answer
}

// Due is by when the next of the agencies that are waited for has to give word, where a limit is set. Where all have, it is when those who
// were told at once had to.
func (w Withdrawal) Due() *time.Time {
	var next *time.Time
	for _, agency := range w.Waiting {
		if due := w.AnswerOf(agency).DueAt; due != nil && (next == nil || due.Before(*next)) {
			next = due
		}
	}
	return cmp.Or(next, w.Answer.DueAt)
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

// ConsentWithdrawn says that the person took a consent back. Recipients are the agencies that hold data because of it; each must learn of it.
// Where kinds of data are left, it was taken back but for these: the consent that names them follows it.
type ConsentWithdrawn struct {
	v1
	Withdrawal string      `json:"withdrawal,omitempty"`
	Purpose    Purpose     `json:"purpose"`
	Recipient  string      `json:"recipient,omitempty"` // of the consent that was taken back; empty for all
	Left       []DataClass `json:"left,omitempty"`
	Recipients []string    `json:"recipients"`
	DueAt      *time.Time  `json:"due_at,omitempty"`
	Source     string      `json:"limit_source,omitempty"`
	Details    Private     `json:"details"` // ConsentDetails
}

// WithdrawalAcknowledged says that a recipient knows of a withdrawal and keeps to it.
type WithdrawalAcknowledged struct {
	open
	Withdrawal string `json:"withdrawal"`
	Agency     string `json:"agency"`
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

// EventType implements Event.
func (*ConsentWithdrawn) EventType() string { return "consent.withdrawn" }

// Privates implements Event.
func (e *ConsentWithdrawn) Privates() []*Private { return []*Private{&e.Details} }

// EventType implements Event.
func (*WithdrawalAcknowledged) EventType() string { return "consent.withdrawal_acknowledged" }

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

// WithdrawConsent takes a consent back: one recipient's, or all of a purpose where Recipient is empty.
type WithdrawConsent struct {
	Purpose   Purpose
	Recipient string
	Details   ConsentDetails
}

func (c WithdrawConsent) decide(s State, r Request) ([]Event, error) {
	if err := s.mustBeKept(); err != nil {
		return nil, err
	}
	if s.answerTo(c.Purpose, c.Recipient) != Given && (c.Recipient != "" || s.Consents[c.Purpose] != Given) {
		return nil, refused(s, "consent.not_given")
	}
	withdrawn := s.withdrawal(r, c.Purpose, c.Recipient)
	withdrawn.Details = private(ScopeSensitive, c.Details)
	if c.Purpose != ToReferral {
		return []Event{withdrawn}, nil
	}
	return append([]Event{withdrawn}, s.revokePending(c.Recipient)...), nil
}

func (s State) withdrawal(r Request, p Purpose, recipient string) *ConsentWithdrawn {
	return s.telling(r, ConsentWithdrawn{Purpose: p, Recipient: recipient, Recipients: s.withoutAccusedOf(s.informed(recipient))})
}

// narrowing takes back what went along to agencies beyond what the person agrees to now. Nothing where no agency holds more than that.
func (s State) narrowing(r Request, a Answer) []Event {
	losing := s.losing(a.Purpose, a.Recipient, a.Data)
	if len(losing) == 0 {
		return nil
	}
	return []Event{s.telling(r, ConsentWithdrawn{
		Purpose: a.Purpose, Recipient: a.Recipient, Left: a.Data, Recipients: s.withoutAccusedOf(losing), Details: private(ScopeSensitive, a.Details),
	})}
}

// telling sets when the recipients of a withdrawal have to give word: where there are none, nobody has to.
func (s State) telling(r Request, w ConsentWithdrawn) *ConsentWithdrawn {
	w.Withdrawal = r.ID
	if len(w.Recipients) > 0 {
		w.DueAt, w.Source = r.due(s, LimitAcknowledge)
	}
	return &w
}

// recall takes back what went out about somebody who turns out to be an adult and refuses: nothing in most cases.
func (s State) recall(r Request) []Event {
	if len(s.informed("")) == 0 {
		return nil
	}
	return append([]Event{s.withdrawal(r, ToReferral, "")}, s.revokePending("")...)
}

// AcknowledgeWithdrawal is a recipient's word that it knows of a withdrawal and keeps to it.
type AcknowledgeWithdrawal struct{ Withdrawal string }

func (c AcknowledgeWithdrawal) decide(s State, r Request) ([]Event, error) {
	if err := s.mustBeKept(); err != nil {
		return nil, err
	}
	i := slices.IndexFunc(s.Withdrawn, func(w Withdrawal) bool { return w.ID == c.Withdrawal })
	switch {
	case i < 0:
		return nil, missing("consent.withdrawal_unknown")
	case !slices.Contains(s.Withdrawn[i].Waiting, r.By.Agency):
		return nil, refused(s, "consent.not_waited_for")
	}
	return []Event{&WithdrawalAcknowledged{Withdrawal: c.Withdrawal, Agency: r.By.Agency}}, nil
}

// informed are the agencies that have been given data of the case, or are asked to take it on now, each once: all, or the one named.
// Who once had it may hold it still: a service that the person refused later, a shelter that they left, an agency that passed the
// case on.
func (s State) informed(only string) []string {
	agencies := []string{}
	add := func(agency string) {
		if (only == "" || only == agency) && !slices.Contains(agencies, agency) {
			agencies = append(agencies, agency)
		}
	}
	for _, agency := range s.holders {
		add(agency)
	}
	for _, r := range s.Referrals {
		if r.Status == Pending {
			add(r.To)
		}
	}
	for _, v := range s.Services {
		if v.Status == ServicePending {
			add(v.Provider)
		}
	}
	return agencies
}

// withoutAccusedOf leaves out of agencies whom the case accuses, who learn nothing of it.
func (s State) withoutAccusedOf(agencies []string) []string {
	return slices.DeleteFunc(slices.Clone(agencies), s.ExcludesAgency)
}

// losing are those of the informed to whom more went along than the kinds of data that a consent to referral names.
func (s State) losing(p Purpose, recipient string, kinds []DataClass) []string {
	if p != ToReferral || len(kinds) == 0 {
		return nil
	}
	loses := func(agency string) bool {
		return s.covers(recipient, agency) &&
			(slices.ContainsFunc(s.Referrals, func(r Referral) bool { return r.To == agency && beyond(r.Data, kinds) }) ||
				slices.ContainsFunc(s.Services, func(v Service) bool { return v.Provider == agency && beyond(v.Data, kinds) }))
	}
	return slices.DeleteFunc(s.informed(recipient), func(agency string) bool { return !loses(agency) })
}

// concerned are the agencies that have to learn of a withdrawal, whether or not the case accuses them.
func (s State) concerned(e *ConsentWithdrawn) []string {
	if len(e.Left) > 0 {
		return s.losing(e.Purpose, e.Recipient, e.Left)
	}
	return s.informed(e.Recipient)
}

// beyond reports whether some data is of none of the kinds.
func beyond(data, kinds []DataClass) bool {
	return slices.ContainsFunc(data, func(d DataClass) bool { return !slices.Contains(kinds, d) })
}

// covers reports whether a consent to referral for a recipient is the one that holds for an agency: its own or, of one for every agency,
// that of an agency without its own.
func (s State) covers(recipient, agency string) bool {
	return recipient == agency || recipient == "" && !slices.ContainsFunc(s.Grants, func(own Grant) bool {
		return own.Purpose == ToReferral && own.Recipient == agency
	})
}

// held returns the state in which an agency has been given data of the case.
func (s State) held(agency string) State {
	if !slices.Contains(s.holders, agency) {
		s.holders = append(slices.Clip(s.holders), agency)
	}
	return s
}

func (s State) revokePending(to string) []Event {
	var events []Event
	for _, r := range s.Referrals {
		if r.Status == Pending && (to == "" || r.To == to) {
			events = append(events, &ReferralRevoked{Referral: r.ID, From: r.From, To: r.To, Reason: ConsentTakenBack})
		}
	}
	return events
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

// withdrawn takes a consent back. What went along is closed from now on, but for the kinds of data that are left: to the recipients, and to
// those who are not told of it yet.
func (s State) withdrawn(e *ConsentWithdrawn, by string, since time.Time) State {
	untold := slices.DeleteFunc(s.concerned(e), func(agency string) bool { return slices.Contains(e.Recipients, agency) })
	if len(e.Left) == 0 {
		s = s.takenBack(e)
	}
	id := e.Withdrawal
	if id == "" {
		id = string(e.Purpose)
	}
	s.Withdrawn = append(slices.Clip(s.Withdrawn), Withdrawal{
		ID: id, Purpose: e.Purpose, Left: e.Left, By: by, Waiting: e.Recipients, Untold: untold,
		Answer: Deadline{Since: since, DueAt: e.DueAt, Source: e.Source},
	})
	if e.Purpose == ToReferral || e.Purpose == ToSharing {
		s = s.leave(e.Left, func(agency string) bool {
			return slices.Contains(e.Recipients, agency) || slices.Contains(untold, agency)
		})
	}
	return s
}

// untold reports whether consents were taken back of which an agency has not been told.
func (s State) untold(agency string) bool {
	return slices.ContainsFunc(s.Withdrawn, func(w Withdrawal) bool { return slices.Contains(w.Untold, agency) })
}

// toldLater lets an agency give word of what was taken back while the case accused it.
func (s State) toldLater(agency string, answer Deadline) State {
	s.Withdrawn = slices.Clone(s.Withdrawn)
	for i, w := range s.Withdrawn {
		if !slices.Contains(w.Untold, agency) {
			continue
		}
		w.Untold = slices.DeleteFunc(slices.Clone(w.Untold), func(a string) bool { return a == agency })
		w.Waiting = append(slices.Clip(w.Waiting), agency)
		w.Later = maps.Clone(w.Later)
		if w.Later == nil {
			w.Later = map[string]Deadline{}
		}
		w.Later[agency] = answer
		s.Withdrawn[i] = w
	}
	return s
}

// takenBack puts a withdrawal into the place of the consent, and of every recipient's own where it is for all.
func (s State) takenBack(e *ConsentWithdrawn) State {
	if e.Recipient == "" {
		s.Grants = slices.DeleteFunc(slices.Clone(s.Grants), func(g Grant) bool { return g.Purpose == e.Purpose })
	}
	return s.withAnswer(Grant{Purpose: e.Purpose, Recipient: e.Recipient, Answer: Withdrawn})
}

// leave closes to agencies what went along to them, but for some kinds.
func (s State) leave(kinds []DataClass, to func(agency string) bool) State {
	left := func(went []DataClass) []DataClass {
		var data []DataClass
		for _, d := range went {
			if slices.Contains(kinds, d) {
				data = append(data, d)
			}
		}
		return data
	}
	s.Referrals, s.Services = slices.Clone(s.Referrals), slices.Clone(s.Services)
	for i, r := range s.Referrals {
		if to(r.To) {
			s.Referrals[i].Data = left(r.Data)
		}
	}
	for i, v := range s.Services {
		if to(v.Provider) {
			s.Services[i].Data = left(v.Data)
		}
	}
	return s
}

func (s State) acknowledged(e *WithdrawalAcknowledged) State {
	s.Withdrawn = slices.Clone(s.Withdrawn)
	for i, w := range s.Withdrawn {
		if w.ID == e.Withdrawal {
			s.Withdrawn[i].Waiting = slices.DeleteFunc(slices.Clone(w.Waiting), func(a string) bool { return a == e.Agency })
		}
	}
	return s
}

// private makes a Private of plain values, which always encode.
func private(scope Scope, v any) Private {
	plain, err := json.Marshal(v)
	if err != nil {
		panic("domain: a value that cannot be encoded: " + err.Error())
	}
	return PrivateJSON(scope, plain)
}

// optional is empty for nil.
func optional[T any](v *T) Private {
	if v == nil {
		return Private{}
	}
	return private(ScopeSensitive, *v)
}

func optionalNote(text string) Private {
	if text == "" {
		return Private{}
	}
	return private(ScopeSensitive, text)
}
