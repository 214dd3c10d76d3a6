package domain

import (
	"slices"
	"time"
)

// HandOverRequest is an agency's request to be given the case.
type HandOverRequest struct {
	ID     string
	By     string // agency code
	Status ReferralStatus
	Answer Deadline
}

// CaseAssigned says which person of the responsible agency has the case; nobody where Assignee is empty.
type CaseAssigned struct {
	open
	Agency   string `json:"agency"`
	Assignee string `json:"assignee"`
}

// HandOverRequested says that an agency asked for the case.
type HandOverRequested struct {
	v1
	Request string     `json:"request"`
	By      string     `json:"by"`
	From    string     `json:"from"` // the agency responsible when it was asked
	DueAt   *time.Time `json:"due_at,omitempty"`
	Source  string     `json:"limit_source,omitempty"`
	Reason  Private    `json:"reason,omitzero"` // string
}

// HandOverRefused says that the responsible agency keeps the case.
type HandOverRefused struct {
	open
	Request string        `json:"request"`
	By      string        `json:"by"`
	Reason  DeclineReason `json:"reason"`
}

// CaseTransferred says that another agency is responsible now.
type CaseTransferred struct {
	open
	From    string `json:"from"`
	To      string `json:"to"`
	Request string `json:"request,omitempty"` // the request that was granted
}

// EventType implements Event.
func (*CaseAssigned) EventType() string { return "case.assigned" }

// EventType implements Event.
func (*HandOverRequested) EventType() string { return "case.hand_over_requested" }

// Privates implements Event.
func (e *HandOverRequested) Privates() []*Private { return []*Private{&e.Reason} }

// EventType implements Event.
func (*HandOverRefused) EventType() string { return "case.hand_over_refused" }

// EventType implements Event.
func (*CaseTransferred) EventType() string { return "case.transferred" }

// Assign gives the case to a person of the responsible agency, or to nobody. That the account exists and belongs to the agency is
// for the caller to check.
type Assign struct{ Assignee string }

func (c Assign) decide(s State, r Request) ([]Event, error) {
	if err := s.mustBeOpen(); err != nil {
		return nil, err
	}
	switch {
	case c.Assignee == s.Standing.Assignee:
		return nil, refused(s, "case.assigned_already")
	case r.Seen != nil && r.Seen.Standing.Assignee != s.Standing.Assignee:
		return nil, refused(s, "case.assigned_meanwhile")
	}
	return []Event{&CaseAssigned{Agency: s.Standing.Agency, Assignee: c.Assignee}}, nil
}

// RequestHandOver asks the responsible agency for the case.
type RequestHandOver struct{ Reason string }

func (c RequestHandOver) decide(s State, r Request) ([]Event, error) {
	if err := s.mustBeOpen(); err != nil {
		return nil, err
	}
	switch {
	case r.By.Agency == "" || r.By.Agency == s.Standing.Agency:
		return nil, refused(s, "case.responsible_already")
	case slices.ContainsFunc(s.Requests, func(q HandOverRequest) bool { return q.By == r.By.Agency && q.Status == Pending }):
		return nil, refused(s, "case.requested_already")
	case c.Reason == "":
		return nil, invalid("case.no_reason")
	}
	due, source := r.due(s, LimitHandOver)
	return []Event{&HandOverRequested{
		Request: r.ID, By: r.By.Agency, From: s.Standing.Agency, DueAt: due, Source: source, Reason: optionalNote(c.Reason),
	}}, nil
}

// GrantHandOver gives the case to the agency that asked for it.
type GrantHandOver struct{ Request string }

func (c GrantHandOver) decide(s State, r Request) ([]Event, error) {
	q, err := s.request(c.Request, r)
	if err != nil {
		return nil, err
	}
	if err := s.mayReach(q.By, r.HappenedAt); err != nil {
		return nil, err
	}
	return []Event{&CaseTransferred{From: s.Standing.Agency, To: q.By, Request: q.ID}}, nil
}

// RefuseHandOver keeps the case, with a reason of the code list that the caller has checked.
type RefuseHandOver struct {
	Request string
	Reason  DeclineReason
}

func (c RefuseHandOver) decide(s State, r Request) ([]Event, error) {
	q, err := s.request(c.Request, r)
	switch {
	case err != nil:
		return nil, err
	case c.Reason == "":
		return nil, invalid("case.no_reason")
	}
	return []Event{&HandOverRefused{Request: q.ID, By: q.By, Reason: c.Reason}}, nil
}

// request finds a request that waits for the answer of the acting agency.
func (s State) request(id string, r Request) (HandOverRequest, error) {
	if err := s.mustBeOpen(); err != nil {
		return HandOverRequest{}, err
	}
	i := slices.IndexFunc(s.Requests, func(q HandOverRequest) bool { return q.ID == id })
	switch {
	case i < 0:
		return HandOverRequest{}, missing("case.request_unknown")
	case s.Requests[i].Status != Pending:
		return HandOverRequest{}, refused(s, "case.request_answered")
	case r.By.Agency != s.Standing.Agency:
		return HandOverRequest{}, refused(s, "case.not_responsible")
	}
	return s.Requests[i], nil
}

func (s State) withRequest(id string, status ReferralStatus) State {
	s.Requests = slices.Clone(s.Requests)
	for i := range s.Requests {
		if s.Requests[i].ID == id {
			s.Requests[i].Status = status
		}
	}
	return s
}

// handed moves the responsibility. Whoever had the case in the former agency has it no more.
func (s State) handed(to string) State {
	if s.Standing.Agency != to {
		s.Standing.Agency, s.Standing.Assignee = to, ""
	}
	return s
}
