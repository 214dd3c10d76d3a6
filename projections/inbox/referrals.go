package inbox

import (
	"slices"
	"time"

	"songtor/domain"
	"songtor/projections"
)

// ReferralKind is what one agency asked of another.
type ReferralKind string

// The kinds.
const (
	ToRefer    ReferralKind = "referral"
	ToHandOver ReferralKind = "hand_over_request" // from the agency that wants the case
	ToServe    ReferralKind = "service"
)

// ReferralKinds lists the kinds.
func ReferralKinds() []ReferralKind { return []ReferralKind{ToRefer, ToHandOver, ToServe} }

// waits are the kinds of task with which a case waits for a referral of a kind to be answered, to be done, and to be tried anew.
var waits = map[ReferralKind]struct{ answer, give, anew domain.TaskKind }{
	ToRefer:    {domain.TaskAnswer, domain.TaskComplete, domain.TaskReferAnew},
	ToHandOver: {domain.TaskHandOver, "", ""},
	ToServe:    {domain.TaskService, domain.TaskDeliver, domain.TaskServiceAnew},
}

// refusedByPerson is the reason of a request for a service that was revoked because the person did not want it.
const refusedByPerson = "refused_by_person"

// The sides of a referral.
const (
	sideFrom = "from"
	sideTo   = "to"
)

// What a referral waits for on one side.
const (
	statePending  = "pending"  // to be answered
	stateRunning  = "running"  // accepted: to be done
	stateAnswered = "answered" // declined: to be followed up by the sender
	stateClosed   = "closed"   // nothing
)

// exchange is a referral, or what is like one, with what came of it.
type exchange struct {
	kind                      ReferralKind
	from, to                  string
	handOver                  bool
	services                  int
	status                    domain.ReferralStatus
	reason                    string
	sent, answered, done, due time.Time // zero where it has not happened, or there is no limit
}

// sideKey identifies an exchange in its case as one of its agencies sees it.
type sideKey struct{ referral, side string }

// side is what a row of referrals says.
type side struct {
	exchange      exchange
	agency, other string
	state         string
	about         about
}

func referralColumns() []projections.Column {
	return []projections.Column{
		{Name: "case_id", Type: projections.UUID},
		{Name: "referral", Type: projections.Text},
		{Name: "side", Type: projections.Text},
		{Name: "kind", Type: projections.Text},
		{Name: "agency", Type: projections.Text},
		{Name: "other", Type: projections.Text},
		{Name: "hand_over", Type: projections.Flag},
		{Name: "services", Type: projections.Integer},
		{Name: "status", Type: projections.Text},
		{Name: "reason", Type: projections.Text},
		{Name: "sent_at", Type: projections.Time},
		{Name: "answered_at", Type: projections.Time},
		{Name: "done_at", Type: projections.Time},
		{Name: "due_at", Type: projections.Time},
		{Name: "state", Type: projections.Text},
		{Name: "reference", Type: projections.Text},
		{Name: "stage", Type: projections.Text},
		{Name: "case_status", Type: projections.Text},
		{Name: "province", Type: projections.Text},
		{Name: "incident", Type: projections.Text},
		{Name: "urgent", Type: projections.Flag},
		{Name: "excluded", Type: projections.Text},
		{Name: "known_from", Type: projections.Time},
		{Name: "position", Type: projections.Integer},
	}
}

func sideValues(caseID string, k sideKey, r revision[side]) []any {
	s := &r.row
	x := &s.exchange
	return slices.Concat(
		[]any{
			caseID, k.referral, k.side, string(x.kind), s.agency, s.other, x.handOver, x.services, string(x.status), x.reason,
			x.sent, nullable(x.answered), nullable(x.done), nullable(x.due), s.state,
		},
		s.about.values(), []any{r.from, r.position})
}

func (p *Projection) applyReferrals(b *projections.Batch, f *file, c *domain.Commit) {
	for _, fact := range c.Facts {
		f.exchange(fact.Event, moment(fact.HappenedAt))
	}
	if len(f.exchanges) == 0 {
		return
	}
	book[sideKey, side]{
		rows: f.sides,
		put:  func(k sideKey, r revision[side]) { b.Put(p.referrals, sideValues(c.CaseID, k, r)...) },
		drop: func(k sideKey) { b.Delete(p.referrals, c.CaseID, k.referral, k.side) },
		retire: func(k sideKey, r revision[side], until time.Time) {
			putPast(b, p.pastReferrals, sideValues(c.CaseID, k, r), r.from, until)
		},
		counted: func(k sideKey, row side, change int) { p.count(b, k, row, change) },
	}.revise(f.wantedSides(&c.Standing), f.known, c.Position)
}

// exchange takes an event in. at is when it happened.
func (f *file) exchange(e domain.Event, at time.Time) {
	switch e := e.(type) {
	case *domain.ReferralSent:
		f.exchanges[e.Referral] = exchange{
			kind: ToRefer, from: e.From, to: e.To, handOver: e.HandOver, services: len(e.Services), status: domain.Pending, sent: at, due: optional(e.DueAt),
		}
	case *domain.ReferralAccepted:
		f.answer(e.Referral, domain.Accepted, "", at)
	case *domain.ReferralDeclined:
		f.answer(e.Referral, domain.Declined, string(e.Reason), at)
	case *domain.ReferralRevoked:
		f.answer(e.Referral, domain.Revoked, string(e.Reason), at)
	case *domain.ReferralDone:
		f.finish(e.Referral, domain.Done, "", at)
	case *domain.HandOverRequested:
		f.exchanges[e.Request] = exchange{
			kind: ToHandOver, from: e.By, to: e.From, handOver: true, status: domain.Pending, sent: at, due: optional(e.DueAt),
		}
	case *domain.HandOverRefused:
		f.answer(e.Request, domain.Declined, string(e.Reason), at)
	case *domain.CaseTransferred:
		f.answer(e.Request, domain.Accepted, "", at)
	case *domain.ServiceRequested:
		f.exchanges[e.Service] = exchange{kind: ToServe, from: e.By, to: e.Provider, services: 1, status: domain.Pending, sent: at, due: optional(e.DueAt)}
	case *domain.ServiceAccepted:
		f.answer(e.Service, domain.Accepted, "", at)
	case *domain.ServiceDeclined:
		f.answer(e.Service, domain.Declined, string(e.Reason), at)
	case *domain.ServiceDelivered:
		f.finish(e.Service, domain.Done, "", at)
	case *domain.ServiceRefusedByPerson:
		f.finish(e.Service, domain.Revoked, refusedByPerson, at)
	}
}

func (f *file) answer(id string, status domain.ReferralStatus, reason string, at time.Time) {
	if x, known := f.exchanges[id]; known {
		x.status, x.reason, x.answered = status, reason, at
		f.exchanges[id] = x
	}
}

func (f *file) finish(id string, status domain.ReferralStatus, reason string, at time.Time) {
	if x, known := f.exchanges[id]; known {
		x.status, x.reason, x.done = status, reason, at
		f.exchanges[id] = x
	}
}

// wantedSides lists both sides of every exchange of a case that stands so.
func (f *file) wantedSides(s *domain.Standing) map[sideKey]side {
	want := make(map[sideKey]side, 2*len(f.exchanges))
	for id, x := range f.exchanges {
		x, from, to := x.states(id, s.Tasks)
		f.exchanges[id] = x
		f.want(want, sideKey{id, sideFrom}, side{x, x.from, x.to, from, aboutCase(s)})
		f.want(want, sideKey{id, sideTo}, side{x, x.to, x.from, to, aboutCase(s)})
	}
	return want
}

// want adds a row. What became of the case after the referral was closed is no longer told: it concerns the agency no more. Whom the
// case names since then is no exception to be told, and holds.
func (f *file) want(want map[sideKey]side, key sideKey, row side) {
	if old, had := f.sides[key]; had && old.row.state == stateClosed && row.state == stateClosed {
		excluded := row.about.excluded
		row.about = old.row.about
		row.about.excluded = excluded
	}
	want[key] = row
}

// states says what an exchange waits for on each side, by the tasks of its case: a case that has ended waits for no answer. Who has
// to answer a request for hand-over is who has the case now.
func (x exchange) states(id string, tasks []domain.Task) (now exchange, from, to string) {
	kinds := waits[x.kind]
	for i := range tasks {
		t := &tasks[i]
		switch {
		case t.Ref != id:
		case t.Kind == kinds.answer:
			x.to = t.Agency
			return x, statePending, statePending
		case t.Kind == kinds.give:
			return x, stateRunning, stateRunning
		case t.Kind == kinds.anew && t.Agency == x.from:
			return x, stateAnswered, stateClosed
		}
	}
	return x, stateClosed, stateClosed
}
