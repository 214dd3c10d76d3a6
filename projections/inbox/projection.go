// Package inbox is what each agency has to do or to know, and by when: the tasks that the standing of a case lists, and the referrals
// that it sent and was sent.
//
// An item is a task as the latest commit of its case lists it; the rules of what a case waits for are the domain's alone. A task that
// was not done in time lies also in the inboxes of those who learned of it:
//
//	rung        where the item shows besides
//	assignee    nowhere
//	supervisor  in the same inbox, marked as for the supervisor, from then on
//	province    in the inbox of the provincial office, until it is done
//	ministry    in the inbox of the ministry, until it is done
//
// A referral, a request for hand-over and a request for a service lie in a box of each of the two agencies until nobody waits any more,
// and then in the box of closed ones, where the sender finds the outcome:
//
//	box       at the sender                                             at the receiver
//	incoming  -                                                         not answered, or accepted and not done
//	outgoing  the same, and declined without another attempt            -
//	pending   not answered                                              not answered
//	closed    everything else                                           everything else
//
// Every row is known from when the log accepted the commit that made it what it is, and not before any earlier commit of its case.
// What it said before stays as a past row, so that inboxes and boxes can be read as they were known at a moment.
package inbox

import (
	"context"
	_ "embed"
	"strings"
	"time"

	"songtor/domain"
	"songtor/projections"
)

//go:embed schema.sql
var schema string

// version rises with every change to the schema or to what the projection does with commits.
const version = 3

// Office gives the code of the agency whose inbox stands for a rung of the ladder in a province; empty for none. It is asked for
// domain.ToProvince and domain.ToMinistry, and its answers are part of the rows: they change with a rebuild only.
type Office func(rung domain.Rung, province string) string

// Projection keeps the inboxes and the boxes of referrals.
type Projection struct {
	office Office

	cases, items, pastItems, referrals, pastReferrals, counts *projections.Table
}

// New makes the projection. Without offices nothing leaves the inbox of the agency that has to do it.
func New(office Office) *Projection {
	return &Projection{
		office: office,
		cases: &projections.Table{Name: "cases", Key: 1, Columns: []projections.Column{
			{Name: "case_id", Type: projections.UUID},
			{Name: "known_at", Type: projections.Time},
		}},
		items:         &projections.Table{Name: "items", Key: 3, Columns: itemColumns()},
		pastItems:     &projections.Table{Name: "past_items", Columns: past(itemColumns())},
		referrals:     &projections.Table{Name: "referrals", Key: 3, Columns: referralColumns()},
		pastReferrals: &projections.Table{Name: "past_referrals", Columns: past(referralColumns())},
		counts: &projections.Table{Name: "counts", Key: 4, Columns: []projections.Column{
			{Name: "agency", Type: projections.Text},
			{Name: "list", Type: projections.Text},
			{Name: "box", Type: projections.Text},
			{Name: "kind", Type: projections.Text},
			{Name: "number", Type: projections.Integer, Add: true},
		}},
	}
}

// Name implements projections.Projection.
func (p *Projection) Name() string { return "inbox" }

// Version implements projections.Projection.
func (p *Projection) Version() int { return version }

// Schema implements projections.Projection.
func (p *Projection) Schema() string { return schema }

// Apply implements projections.Projection.
func (p *Projection) Apply(ctx context.Context, b *projections.Batch, commits []domain.Commit) error {
	files, err := p.load(ctx, b, commits)
	if err != nil {
		return err
	}
	for i := range commits {
		c := &commits[i]
		f := files[c.CaseID]
		f.known = latest(f.known, moment(c.AcceptedAt))
		b.Put(p.cases, c.CaseID, f.known)
		p.applyItems(b, f, c)
		p.applyReferrals(b, f, c)
	}
	return nil
}

// file is what the tables hold of a case.
type file struct {
	known     time.Time
	items     map[itemKey]revision[item]
	exchanges map[string]exchange
	sides     map[sideKey]revision[side]
}

// moment is a time as the database keeps it: to the microsecond. Rows are compared, so that what was read back must equal what was
// written.
func moment(t time.Time) time.Time { return t.UTC().Truncate(time.Microsecond) }

func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// optional is a moment that may be missing: zero then.
func optional(t *time.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return moment(*t)
}

// nullable is the column value of an optional moment.
func nullable(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t
}

// about is what rows tell of their case.
type about struct {
	reference          string
	stage              domain.Stage
	status             domain.Status
	province, incident string
	urgent             bool
	excluded           string // who may not know of the case: digests with a space between
}

func aboutCase(s *domain.Standing) about {
	return about{s.Reference, s.Stage, s.Status, s.Province, s.Incident, s.Urgent, strings.Join(s.Excluded, " ")}
}

func (a *about) values() []any {
	return []any{a.reference, string(a.stage), string(a.status), a.province, a.incident, a.urgent, a.excluded}
}

func (a *about) places() []any {
	return []any{&a.reference, &a.stage, &a.status, &a.province, &a.incident, &a.urgent, &a.excluded}
}
