package domain

import (
	"cmp"
	"maps"
	"slices"
	"time"
)

// Withdrawal is a consent taken back, all of it or in part, and the agencies that have yet to say that they know.
type Withdrawal struct {
	ID      string
	Purpose Purpose
	Left    []DataClass // the kinds of data that the person still agrees to; empty where the consent is gone
	By      string      // the agency that the person told
	Waiting []string    // agency codes
	Untold  []string    // agencies that the case accuses and that would have to know: they are told when it no longer does
	Answer  Deadline
	Later   map[string]Deadline // of the agencies that the case had accused
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
func (*ConsentWithdrawn) EventType() string { return "consent.withdrawn" }

// Privates implements Event.
func (e *ConsentWithdrawn) Privates() []*Private { return []*Private{&e.Details} }

// EventType implements Event.
func (*WithdrawalAcknowledged) EventType() string { return "consent.withdrawal_acknowledged" }

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

func (s State) revokePending(to string) []Event {
	var events []Event
	for _, r := range s.Referrals {
		if r.Status == Pending && (to == "" || r.To == to) {
			events = append(events, &ReferralRevoked{Referral: r.ID, From: r.From, To: r.To, Reason: ConsentTakenBack})
		}
	}
	return events
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

// owes reports whether an agency has yet to give word of a withdrawal, whether or not it was told.
func (w Withdrawal) owes(agency string) bool {
	return slices.Contains(w.Untold, agency) || slices.Contains(w.Waiting, agency)
}

func (s State) owesWord(agency string) bool {
	return slices.ContainsFunc(s.Withdrawn, func(w Withdrawal) bool { return w.owes(agency) })
}

// toldLater lets an agency give word, which could not while the case accused it: of what was taken back meanwhile, and of what it was told
// before and had not answered.
func (s State) toldLater(agency string, answer Deadline) State {
	without := func(agencies []string) []string {
		return slices.DeleteFunc(slices.Clone(agencies), func(a string) bool { return a == agency })
	}
	s.Withdrawn = slices.Clone(s.Withdrawn)
	for i, w := range s.Withdrawn {
		if !w.owes(agency) {
			continue
		}
		w.Untold, w.Waiting = without(w.Untold), append(without(w.Waiting), agency)
		later := map[string]Deadline{agency: answer}
		maps.Copy(later, w.Later)
		w.Later = later
		s.Withdrawn[i] = w
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

// held returns the state in which an agency has been given data of the case.
func (s State) held(agency string) State {
	if !slices.Contains(s.holders, agency) {
		s.holders = append(slices.Clip(s.holders), agency)
	}
	return s
}
