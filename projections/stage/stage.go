// Package stage is what the four stage views have in common: a table of the cases that stand in one stage, how it was in the past,
// how many cases it has, and the queries of a queue. What is particular to a stage is in its own room.
//
//	cases   the rows as they are known now, with an index for every order that is offered
//	past    the rows as they were known before, so that a list can be read as of a moment
//	counts  how many cases there are by status, agency and province
//
// A row is written when something in it changes: a commit of which the row shows nothing, such as a note, does not touch it.
//
// When something was known: from the moment at which the log accepted the commit that says so, and never before an earlier commit of the
// same case, even where the log's clock was set back between the two.
package stage

import (
	_ "embed"
	"strings"

	"songtor/domain"
	"songtor/projections"
)

//go:embed schema.sql
var schema string

// version rises with every change to what all stages have in common. It counts in hundreds so that each room can count below it.
const version = 500

// Queue says how the open cases of a stage are sorted in the order that is offered first. Ties go to the case that has been in the
// stage longer.
type Queue struct {
	UrgentFirst bool
	ByDue       bool // those that are due first come first, those without a date last; UrgentFirst does not count then
}

// Own is a column that one room shows beside those of every stage. It follows from the standing, mostly from its tasks.
type Own struct {
	Name string
	Type projections.Type // Integer, Flag, Time or Text
	Of   func(*domain.Standing) any
}

// View is the projection of one stage.
type View struct {
	stage   domain.Stage
	version int
	schema  string
	queue   Queue
	own     []Own
	cases   *projections.Table
	past    *projections.Table
	counts  *projections.Table
}

// New makes the view of a stage. The room's version, below 100, rises with every change to its own part. The room's schema adds its own
// columns to the table cases and, after the line "-- indexes", the indexes cases_by_queue, cases_of_agency_by_queue, past_by_queue and
// cases_to_take of its queue where that is not sorted by due date.
func New(stage domain.Stage, own int, room string, queue Queue, columns ...Own) *View {
	v := &View{stage: stage, version: version + own, schema: compose(room), queue: queue, own: columns}
	shown := v.columns()
	v.cases = &projections.Table{Name: "cases", Columns: shown, Key: 1}
	v.past = &projections.Table{Name: "past", Columns: append(shown[:len(shown):len(shown)],
		projections.Column{Name: "known_until", Type: projections.Time}, projections.Column{Name: "node", Type: projections.Integer})}
	v.counts = &projections.Table{Name: "counts", Key: 3, Columns: []projections.Column{
		{Name: "status", Type: projections.Text},
		{Name: "agency", Type: projections.Text},
		{Name: "province", Type: projections.Text},
		{Name: "cases", Type: projections.Integer, Add: true},
		{Name: "unassigned", Type: projections.Integer, Add: true},
		{Name: "urgent", Type: projections.Integer, Add: true},
	}}
	return v
}

// compose puts the room's own tables and indexes into those of every stage.
func compose(room string) string {
	const mark = "-- indexes\n"
	tables, indexes, _ := strings.Cut(room, mark)
	whole := strings.Replace(schema, "-- own columns\n", tables, 1)
	return strings.Replace(whole, "-- wall\n", indexes+"\n-- wall\n", 1)
}

// Name implements projections.Projection.
func (v *View) Name() string { return string(v.stage) }

// Version implements projections.Projection.
func (v *View) Version() int { return v.version }

// Schema implements projections.Projection.
func (v *View) Schema() string { return v.schema }
