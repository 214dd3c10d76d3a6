package stage

import (
	"slices"
	"strings"
	"time"

	"songtor/domain"
	"songtor/projections"
)

// never stands in due_at where a case has no date, so that such cases sort last and compare like the others.
var never = time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC)

// shared are the columns of a case that every stage shows, between its id and the room's own columns.
var shared = []projections.Column{
	{Name: "case_reference", Type: projections.Text},
	{Name: "status", Type: projections.Text},
	{Name: "agency", Type: projections.Text},
	{Name: "province", Type: projections.Text},
	{Name: "incident", Type: projections.Text},
	{Name: "entry", Type: projections.Integer},
	{Name: "assignee", Type: projections.Text},
	{Name: "urgent", Type: projections.Flag},
	{Name: "ended", Type: projections.Flag},
	{Name: "rank", Type: projections.Integer},
	{Name: "opened_at", Type: projections.Time},
	{Name: "since", Type: projections.Time},
	{Name: "due_at", Type: projections.Time},
	{Name: "tasks", Type: projections.Text},
	{Name: "missed", Type: projections.Integer},
	{Name: "rung", Type: projections.Text},
	{Name: "excluded", Type: projections.Text},
}

// columns are those of cases.
func (v *View) columns() []projections.Column {
	all := append([]projections.Column{{Name: "case_id", Type: projections.UUID}}, shared...)
	for _, o := range v.own {
		all = append(all, projections.Column{Name: o.Name, Type: o.Type})
	}
	return append(all, projections.Column{Name: "known_from", Type: projections.Time}, projections.Column{Name: "position", Type: projections.Integer})
}

// record is a row of cases.
type record struct {
	status     string
	agency     string
	province   string
	unassigned bool
	urgent     bool
	excludes   bool  // it names somebody who may not know of the case
	shown      []any // the values of shared and of the room's own columns
	from       time.Time
	position   int64
}

// record makes the row of a case after a commit that became known at a moment.
func (v *View) record(c *domain.Commit, known time.Time) *record {
	s := &c.Standing
	missed, rung := climbed(s.Tasks)
	shown := []any{
		s.Reference, string(s.Status), s.Agency, s.Province, s.Incident, int64(s.Entry), s.Assignee, s.Urgent, !s.Status.Open(), v.rank(s),
		s.OpenedAt, s.Since, due(s), kinds(s.Tasks), int64(missed), string(rung),
		strings.Join(s.Excluded, " "),
	}
	for _, o := range v.own {
		shown = append(shown, o.Of(s))
	}
	for i := range shown {
		shown[i] = plain(shown[i])
	}
	return &record{
		status: string(s.Status), agency: s.Agency, province: s.Province, unassigned: s.Assignee == "", urgent: s.Urgent,
		excludes: len(s.Excluded) > 0, shown: shown, from: known, position: int64(c.Position), // positions stay far below 2^63
	}
}

// recorded makes the row of a case from the values of its columns after the id.
func recorded(values []any) *record {
	shown := values[:len(values)-2]
	for i := range shown {
		shown[i] = plain(shown[i])
	}
	text := func(name string) string { s, _ := shown[place(name)].(string); return s }
	urgent, _ := shown[place("urgent")].(bool)
	from, _ := values[len(values)-2].(time.Time)
	position, _ := values[len(values)-1].(int64)
	return &record{
		status: text("status"), agency: text("agency"), province: text("province"), unassigned: text("assignee") == "", urgent: urgent,
		excludes: text("excluded") != "", shown: shown, from: from.UTC(), position: position,
	}
}

func place(name string) int {
	return slices.IndexFunc(shared, func(c projections.Column) bool { return c.Name == name })
}

// values are those of the columns of cases.
func (r *record) values(caseID string) []any {
	all := append(make([]any, 0, len(r.shown)+5), caseID)
	all = append(all, r.shown...)
	return append(all, r.from, r.position)
}

// same reports whether two rows, either of which may be none, show the same.
func same(a, b *record) bool {
	if a == nil || b == nil {
		return a == b
	}
	return slices.EqualFunc(a.shown, b.shown, func(x, y any) bool {
		at, ok := x.(time.Time)
		bt, too := y.(time.Time)
		return ok && too && at.Equal(bt) || !ok && !too && x == y
	})
}

// plain turns a value into what the database gives back for it.
func plain(v any) any {
	switch v := v.(type) {
	case int:
		return int64(v)
	case time.Time:
		return micro(v)
	case *time.Time:
		if v == nil {
			return nil
		}
		return micro(*v)
	}
	return v
}

// micro is a time at the resolution of the database.
func micro(t time.Time) time.Time { return t.UTC().Truncate(time.Microsecond) }

func (v *View) rank(s *domain.Standing) int64 {
	if v.queue.UrgentFirst && s.Urgent {
		return 0
	}
	return 1
}

func due(s *domain.Standing) time.Time {
	if s.DueAt == nil {
		return never
	}
	return *s.DueAt
}

// kinds are the kinds of tasks, each once, in alphabetical order.
func kinds(tasks []domain.Task) string {
	names := make([]string, len(tasks))
	for i, t := range tasks {
		names[i] = string(t.Kind)
	}
	slices.Sort(names)
	return strings.Join(slices.Compact(names), " ")
}

// climbed is the highest step of the ladder that one of the tasks has reached, and who learned of it.
func climbed(tasks []domain.Task) (missed int, rung domain.Rung) {
	for _, t := range tasks {
		if t.Missed > missed {
			missed, rung = t.Missed, t.Rung
		}
	}
	return missed, rung
}
