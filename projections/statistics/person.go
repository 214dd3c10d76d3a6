package statistics

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"songtor/domain"
)

// Person is what is kept of a case for counting, and of all cases of one person when they are counted. Days are those of Thailand, as
// 2026-03-31; an empty one says that it has not happened.
type Person struct {
	Met      string      `json:"met,omitempty"` // day of the first contact
	Province string      `json:"province,omitempty"`
	Agency   string      `json:"agency,omitempty"` // that met the person
	Batch    bool        `json:"batch,omitempty"`  // met with others in one incident
	Reached  string      `json:"reached,omitempty"`
	Open     bool        `json:"open,omitempty"` // the case waits for something
	Refused  []string    `json:"refused,omitempty"`
	Stopped  bool        `json:"stopped,omitempty"`  // an adult who refused to be screened
	Disputed bool        `json:"disputed,omitempty"` // two people answered one question differently
	Screened string      `json:"screened,omitempty"`
	Said     *Categories `json:"said,omitempty"` // nil before a screening, and where it cannot be opened any more
	Revised  []uint64    `json:"revised,omitempty"`

	Conclusions []Decision `json:"conclusions,omitempty"` // of the screening: yes, no, unclear
	Decisions   []Decision `json:"decisions,omitempty"`   // of the team: an outcome
	Reviews     []Review   `json:"reviews,omitempty"`
	Referrals   []Request  `json:"referrals,omitempty"`
	Services    []Request  `json:"services,omitempty"`

	Same []Same `json:"same,omitempty"` // other cases of the same person, as long as the links stand

	Screening string     `json:"screening,omitempty"` // keyed digest of the one that is counted
	From      *time.Time `json:"from,omitempty"`      // since when the next decision is waited for
	By        *time.Time `json:"by,omitempty"`        // when it is due, where a limit is set
}

// Decision is a decision on a person.
type Decision struct {
	On     string `json:"on"`
	Result string `json:"result"`
	Timely string `json:"timely"` // yes, no, no_limit
	Days   int    `json:"days"`   // that it took
	At     uint64 `json:"at"`     // position in the log, by which it was known
}

// Review is a request that a decision is made anew.
type Review struct {
	On      string         `json:"on"`
	Subject domain.Subject `json:"subject"`          // which decision: the conclusion of the screening or the identification
	Of      string         `json:"of"`               // what the decision was
	Result  string         `json:"result,omitempty"` // changed or upheld
}

// Request is a referral or a service that was asked for, and what came of it.
type Request struct {
	ID     string     `json:"id"` // keyed digest
	On     string     `json:"on"`
	What   string     `json:"what,omitempty"` // code of the service
	Status string     `json:"status"`
	By     *time.Time `json:"by,omitempty"`
	Late   bool       `json:"late,omitempty"` // answered after it was due
}

func dayOf(t time.Time) string { return t.In(domain.Thailand).Format(time.DateOnly) }

// ids lists what of an event is named in a person by a keyed digest.
func ids(e domain.Event) []string {
	switch e := e.(type) {
	case *domain.ScreeningRecorded:
		return []string{e.Screening}
	case *domain.ScreeningCorrected:
		return []string{e.Screening}
	case *domain.CaseLinked:
		return []string{e.Link, e.Other}
	case *domain.LinkUndone:
		return []string{e.Link}
	}
	if id := requestID(e); id != "" {
		return []string{id}
	}
	return nil
}

// requestID is the id of the referral or the service that an event speaks of.
func requestID(e domain.Event) string {
	switch e := e.(type) {
	case *domain.ReferralSent:
		return e.Referral
	case *domain.ReferralAccepted:
		return e.Referral
	case *domain.ReferralDeclined:
		return e.Referral
	case *domain.ReferralRevoked:
		return e.Referral
	case *domain.ReferralDone:
		return e.Referral
	case *domain.ServiceRequested:
		return e.Service
	case *domain.ServiceAccepted:
		return e.Service
	case *domain.ServiceDeclined:
		return e.Service
	case *domain.ServiceDelivered:
		return e.Service
	case *domain.ServiceRefusedByPerson:
		return e.Service
	case *domain.ServiceWithdrawn:
		return e.Service
	}
	return ""
}

// step is an event on its way into a person.
type step struct {
	domain.Fact

	position uint64
	names    pseudonyms
}

// apply adds an event to the person.
func (p *Person) apply(s step) error {
	switch e := s.Event.(type) {
	case *domain.CaseOpened:
		p.Met, p.Province, p.Agency, p.Batch = dayOf(s.HappenedAt), e.Province, e.Agency, e.Incident != ""
	case *domain.ConsentRefused:
		if !slices.Contains(p.Refused, string(e.Purpose)) {
			p.Refused = append(p.Refused, string(e.Purpose))
		}
		p.Stopped = p.Stopped || e.Stops
	case *domain.DisagreementNoted:
		p.Disputed = true
	case *domain.ScreeningRecorded:
		return p.screened(s, e)
	case *domain.ScreeningCorrected:
		return p.revised(s, e)
	case *domain.ScreeningConcluded:
		p.Conclusions = append(p.Conclusions, p.decision(s, string(e.Grounds)))
		p.answer(domain.OnConclusion, string(e.Grounds))
		p.From, p.By = &s.HappenedAt, e.DueAt
	case *domain.IdentificationDecided:
		return p.decided(s, e)
	case *domain.ReassessmentRequested:
		p.reviewed(s, e)
	case *domain.CaseLinked:
		if e.Kind == domain.SamePerson {
			p.Same = append(p.Same, Same{Link: s.names.text(e.Link), Other: s.names.text(e.Other)})
		}
	case *domain.LinkUndone:
		p.Same = slices.DeleteFunc(p.Same, func(same Same) bool { return same.Link == s.names.text(e.Link) })
	default:
		return p.asked(s)
	}
	return nil
}

// screened takes over the first screening of the case.
func (p *Person) screened(s step, e *domain.ScreeningRecorded) error {
	if p.Screened != "" {
		return nil
	}
	said, err := reveal[Categories](e.Categories)
	if err != nil {
		return err
	}
	p.Screened, p.Said, p.Screening = dayOf(s.HappenedAt), said, s.names.text(e.Screening)
	p.From, p.By = &s.HappenedAt, e.DueAt
	return checked(said)
}

// revised takes over a correction of the screening that is counted.
func (p *Person) revised(s step, e *domain.ScreeningCorrected) error {
	if p.Screening != s.names.text(e.Screening) {
		return nil
	}
	said, err := reveal[Categories](e.Categories)
	if err != nil || said == nil {
		return err
	}
	p.Said, p.Revised = said, append(p.Revised, s.position)
	return checked(said)
}

func checked(said *Categories) error {
	if said == nil {
		return nil
	}
	return said.Check()
}

func (p *Person) decided(s step, e *domain.IdentificationDecided) error {
	outcome, err := reveal[domain.Outcome](e.Category)
	if err != nil {
		return err
	}
	result := string(e.Result) // a decision from before outcomes were sealed for counting
	if outcome != nil {
		result = string(*outcome)
	}
	p.Decisions = append(p.Decisions, p.decision(s, result))
	p.answer(domain.OnIdentification, result)
	return nil
}

// answer closes the reviews of a decision with the one that was made anew. There are several where a disagreement was settled while a
// review was open: the new decision answers them all.
func (p *Person) answer(subject domain.Subject, result string) {
	for i := range p.Reviews {
		r := &p.Reviews[i]
		if r.Subject != subject || r.Result != "" {
			continue
		}
		r.Result = "changed"
		if r.Of == result {
			r.Result = "upheld"
		}
	}
}

// decision is a decision that was just made, with the time that it took.
func (p *Person) decision(s step, result string) Decision {
	d := Decision{On: dayOf(s.HappenedAt), Result: result, Timely: "no_limit", At: s.position}
	if p.From != nil {
		d.Days = max(0, int(s.HappenedAt.Sub(*p.From)/(24*time.Hour)))
	}
	switch {
	case p.By != nil && s.HappenedAt.After(*p.By):
		d.Timely = "no"
	case p.By != nil:
		d.Timely = "yes"
	}
	return d
}

func (p *Person) reviewed(s step, e *domain.ReassessmentRequested) {
	r := Review{On: dayOf(s.HappenedAt), Subject: e.Of}
	made := p.Decisions
	if e.Of == domain.OnConclusion {
		made = p.Conclusions
	}
	if n := len(made); n > 0 {
		r.Of = made[n-1].Result
	}
	p.Reviews = append(p.Reviews, r)
	p.From, p.By = &s.HappenedAt, e.DueAt
}

// asked takes over what is asked of an agency, and its answer.
func (p *Person) asked(s step) error {
	switch e := s.Event.(type) {
	case *domain.ReferralSent:
		p.Referrals = append(p.Referrals, Request{
			ID: s.names.text(e.Referral), On: dayOf(s.HappenedAt), Status: string(domain.Pending), By: e.DueAt,
		})
	case *domain.ServiceRequested:
		code, err := reveal[string](e.Code)
		if err != nil {
			return err
		}
		r := Request{ID: s.names.text(e.Service), On: dayOf(s.HappenedAt), Status: string(domain.ServicePending), By: e.DueAt}
		if code != nil {
			r.What = *code
		}
		p.Services = append(p.Services, r)
	default:
		if id := requestID(e); id != "" {
			answered(p.Referrals, s.names.text(id), statusAfter(e), s.HappenedAt)
			answered(p.Services, s.names.text(id), statusAfter(e), s.HappenedAt)
		}
	}
	return nil
}

// answered notes what came of a request.
func answered(all []Request, id, status string, at time.Time) {
	for i := range all {
		if r := &all[i]; r.ID == id {
			first := r.Status == string(domain.Pending) || r.Status == string(domain.ServicePending)
			r.Late = r.Late || first && r.By != nil && at.After(*r.By)
			r.Status = status
		}
	}
}

func statusAfter(e domain.Event) string {
	switch e.(type) {
	case *domain.ReferralAccepted:
		return string(domain.Accepted)
	case *domain.ReferralDeclined:
		return string(domain.Declined)
	case *domain.ReferralRevoked:
		return string(domain.Revoked)
	case *domain.ReferralDone:
		return string(domain.Done)
	case *domain.ServiceAccepted:
		return string(domain.ServiceTaken)
	case *domain.ServiceDeclined:
		return string(domain.ServiceUnavailable)
	case *domain.ServiceDelivered:
		return string(domain.ServiceGiven)
	case *domain.ServiceRefusedByPerson:
		return string(domain.ServiceUnwanted)
	}
	return string(domain.ServiceTakenBack)
}

// stands takes over how the case stands after a commit.
func (p *Person) stands(at domain.Standing) {
	order := domain.Stages()
	if slices.Index(order, at.Stage) > slices.Index(order, domain.Stage(p.Reached)) {
		p.Reached = string(at.Stage)
	}
	p.Open = at.Status.Open()
}

// reveal is the content of an opened value, nil for one that is closed for ever: that is no error and no value.
func reveal[T any](private domain.Private) (*T, error) {
	var v T
	err := private.Reveal(&v)
	switch {
	case errors.Is(err, domain.ErrClosed):
		return nil, nil
	case err != nil:
		return nil, fmt.Errorf("couldn't read what is counted: %w", err)
	}
	return &v, nil
}
