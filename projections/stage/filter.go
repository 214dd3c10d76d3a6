package stage

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"songtor/domain"
	"songtor/projections/matching"
)

// Filter chooses cases. The zero Filter chooses all. Conditions on different things must all hold; of several values for one thing any.
type Filter struct {
	AgencyScope []string // the agencies whose cases may be seen: nil is every agency, an empty one none
	Provinces   []string // the provinces whose cases may be seen: nil is every province, an empty one none
	Tokens      []string // digests under which cases name who asks as one who may not know of them

	Agency    []string // each of the following is no condition where it is zero
	Province  []string
	Status    []domain.Status
	Assignee  []string // accounts; "" among them chooses cases that nobody has
	Incident  string
	Task      domain.TaskKind // a kind that the case waits for
	Due       Due
	DueBefore time.Time
	Urgent    bool   // only urgent ones
	OpenOnly  bool   // only those that wait for somebody
	EndedOnly bool   // only those that do not
	Language  []byte // token of a language that the person needs, as the room of matching keeps it; it is the present one in AsOf too

	Now time.Time // what Due and Row.Overdue count from; the zero one makes nothing overdue
}

// Due chooses cases by the first of the dates on which their tasks are due.
type Due string

// The choices. A day is one in Thailand. A date at midnight is of the day that ends then: a limit in working days is over with its last day.
const (
	Overdue  Due = "overdue" // the date has passed, to the second
	DueToday Due = "today"   // the date is today, passed or not
	DueWeek  Due = "week"    // the date is today or one of the six days after it
	DueNone  Due = "none"    // there is no date
)

// Dues lists the choices.
func Dues() []Due { return []Due{Overdue, DueToday, DueWeek, DueNone} }

// agencies are those whose cases a list shows, nil for every one.
func (f *Filter) agencies() []string { return both(f.AgencyScope, f.Agency) }

// provinces are those whose cases a list shows, nil for every one.
func (f *Filter) provinces() []string { return both(f.Provinces, f.Province) }

// both is what is in a scope, nil for everything, and among what was asked for, empty for everything.
func both(scope, asked []string) []string {
	if len(asked) == 0 {
		return scope
	}
	left := []string{}
	for _, a := range asked {
		if (scope == nil || slices.Contains(scope, a)) && !slices.Contains(left, a) {
			left = append(left, a)
		}
	}
	return left
}

// ended are the values of that column that the filter lets through.
func (f *Filter) ended() []bool {
	switch {
	case f.OpenOnly && f.EndedOnly:
		return []bool{}
	case f.OpenOnly:
		return []bool{false}
	case f.EndedOnly:
		return []bool{true}
	}
	return []bool{false, true}
}

// where gathers conditions with their arguments.
type where struct {
	conditions []string
	args       []any
}

func (w *where) arg(v any) string {
	w.args = append(w.args, v)
	return fmt.Sprintf("$%d", len(w.args))
}

func (w *where) add(format string, values ...any) {
	names := make([]any, len(values))
	for i, v := range values {
		names[i] = w.arg(v)
	}
	w.conditions = append(w.conditions, fmt.Sprintf(format, names...))
}

func (w *where) text() string {
	if len(w.conditions) == 0 {
		return "true"
	}
	return strings.Join(w.conditions, " and ")
}

// among adds the condition that a column has one of the values, nil for any. One value is compared as such: then an index can check the
// column, wherever it stands in it, and keeps its order.
func among[T ~string](w *where, column string, values []T) {
	switch {
	case values == nil:
	case len(values) == 1:
		w.add(column+" = %s", string(values[0]))
	default:
		texts := make([]string, len(values))
		for i, v := range values {
			texts[i] = string(v)
		}
		w.add(column+" = any(%s)", texts)
	}
}

// filter adds the conditions that are neither on the agency nor on whether the case waits for somebody.
func (w *where) filter(f *Filter) {
	w.admitted(f)
	among(w, "province", f.provinces())
	if len(f.Status) > 0 {
		among(w, "status", f.Status)
	}
	if len(f.Assignee) > 0 {
		among(w, "assignee", f.Assignee)
	}
	if f.Incident != "" {
		w.add("incident = %s", f.Incident)
	}
	if f.Task != "" {
		w.add("string_to_array(tasks, ' ') @> array[%s::text]", string(f.Task))
	}
	if f.Urgent {
		w.add("urgent")
	}
	if f.Language != nil {
		w.add(matching.CasesOfLanguage("c.case_id", "%s"), f.Language)
	}
	w.due(f)
}

// admitted leaves out the cases that name who asks.
func (w *where) admitted(f *Filter) { w.add("wall.admits(excluded, %s::text[])", f.tokens()) }

// tokens are never null: what is compared with null is neither so nor not.
func (f *Filter) tokens() []string { return append([]string{}, f.Tokens...) }

func (w *where) due(f *Filter) {
	day := domain.StartOfDay(f.Now)
	switch f.Due {
	case Overdue:
		w.add("due_at < %s", f.Now)
	case DueToday:
		w.add("due_at > %s and due_at <= %s", day, day.AddDate(0, 0, 1))
	case DueWeek:
		w.add("due_at > %s and due_at <= %s", day, day.AddDate(0, 0, 7))
	case DueNone:
		w.add("due_at = %s", never)
	}
	if !f.DueBefore.IsZero() {
		w.add("due_at < %s", f.DueBefore)
	}
}
