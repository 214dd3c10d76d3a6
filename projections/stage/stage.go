// Package stage is what the four stage views have in common: a table of the cases that stand in one stage, in the order in
// which they should be looked at, and the queries of a queue. What is particular to a stage is in its own room.
package stage

import (
	"context"
	"time"

	"songtor/domain"
	"songtor/projections"
)

// Order says how the open cases of a stage are sorted. Ended cases come after all open ones; ties go to the case that has been
// in the stage longer.
type Order struct {
	UrgentFirst bool
	ByDue       bool // those that are due first come first, those without a date last
}

// View is the projection of one stage.
type View struct {
	stage   domain.Stage
	version int
	schema  string
	order   Order
	table   *projections.Table
}

// New makes the view of a stage. The schema must have the table cases with the columns of Columns.
func New(stage domain.Stage, version int, schema string, order Order) *View {
	return &View{stage: stage, version: version, schema: schema, order: order, table: &projections.Table{Name: "cases", Columns: Columns(), Key: 1}}
}

// Columns are the columns of the table of cases. rank and moment hold the order of the queue: rank is 0 for urgent cases where
// these come first, 1 for other open ones and 2 for ended ones; moment is when the case is due or came in.
func Columns() []projections.Column {
	return []projections.Column{
		{Name: "case_id", Type: projections.UUID},
		{Name: "case_reference", Type: projections.Text},
		{Name: "status", Type: projections.Text},
		{Name: "agency", Type: projections.Text},
		{Name: "province", Type: projections.Text},
		{Name: "incident", Type: projections.Text},
		{Name: "urgent", Type: projections.Flag},
		{Name: "rank", Type: projections.Integer},
		{Name: "moment", Type: projections.Time},
		{Name: "since", Type: projections.Time},
		{Name: "due_at", Type: projections.Time},
		{Name: "updated_at", Type: projections.Time},
		{Name: "position", Type: projections.Integer},
	}
}

// Name implements projections.Projection.
func (v *View) Name() string { return string(v.stage) }

// Version implements projections.Projection.
func (v *View) Version() int { return v.version }

// Schema implements projections.Projection.
func (v *View) Schema() string { return v.schema }

// Apply implements projections.Projection: a case has a row where it stands and nowhere else.
func (v *View) Apply(_ context.Context, b *projections.Batch, commits []domain.Commit) error {
	for i := range commits {
		c := &commits[i]
		switch {
		case c.Standing.Stage == v.stage:
			v.put(b, c)
		case c.Number > 1:
			b.Delete(v.table, c.CaseID)
		}
	}
	return nil
}

func (v *View) put(b *projections.Batch, c *domain.Commit) {
	s := &c.Standing
	rank, moment := v.place(s)
	b.Put(v.table, c.CaseID, s.Reference, string(s.Status), s.Agency, s.Province, s.Incident, s.Urgent,
		rank, moment, s.Since, s.DueAt, c.AcceptedAt, c.Position)
}

// The ranks.
const (
	urgent = 0
	open   = 1
	ended  = 2
)

// never is when a case without a date is due, for sorting.
var never = time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC)

func (v *View) place(s *domain.Standing) (rank int, moment time.Time) {
	rank, moment = open, s.Since
	switch {
	case !s.Status.Open():
		rank = ended
	case v.order.UrgentFirst && s.Urgent:
		rank = urgent
	}
	if !v.order.ByDue {
		return rank, moment
	}
	if s.DueAt == nil {
		return rank, never
	}
	return rank, *s.DueAt
}
