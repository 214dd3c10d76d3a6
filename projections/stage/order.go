package stage

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgtype"

	"songtor/domain"
	"songtor/internal/paging"
	"songtor/projections"
)

// Order is one of the orders in which a stage can be read. Ties go by case id.
type Order string

// The orders. In the first two every case that waits for somebody comes before those that do not.
const (
	ByQueue     Order = "queue"     // the one that the room of the stage describes
	ByDue       Order = "due"       // what is due first, then what has no date; then who has been in the stage longest
	Newest      Order = "newest"    // by when the case was opened
	Oldest      Order = "oldest"    // by when the case was opened
	ByReference Order = "reference" // by code points
)

// Orders lists the orders; the first is that of a Page that names none.
func Orders() []Order { return []Order{ByQueue, ByDue, Newest, Oldest, ByReference} }

// ErrCursor says that Page.After is not the Next of a list of this stage in this order.
var ErrCursor = errors.New("not a cursor of this list")

// ErrOrder says that there is no order of that name.
var ErrOrder = errors.New("unknown order")

// sorting is how the database puts an order into practice.
type sorting struct {
	order Order
	keys  []string // columns, after ended and before the case id
	parts bool     // whether those that wait and those that do not are mixed: read apart, and merged
	desc  bool
	only  []bool // the values of ended that the filter lets through
}

// sorting finds out how an order is kept. A queue by due date has the index of that order.
func (v *View) sorting(o Order) (sorting, error) {
	switch o {
	case "", ByQueue:
		if v.queue.ByDue {
			return sorting{order: ByQueue, keys: []string{"due_at", "since"}}, nil
		}
		return sorting{order: ByQueue, keys: []string{"rank", "since"}}, nil
	case ByDue:
		return sorting{order: o, keys: []string{"due_at", "since"}}, nil
	case Newest:
		return sorting{order: o, keys: []string{"opened_at"}, parts: true, desc: true}, nil
	case Oldest:
		return sorting{order: o, keys: []string{"opened_at"}, parts: true}, nil
	case ByReference:
		return sorting{order: o, keys: []string{"case_reference"}, parts: true}, nil
	}
	return sorting{}, ErrOrder
}

// columns are those by which rows are sorted. A column that is the same in all of them is none: a comparison that began with it would
// be read from its first row on.
func (s sorting) columns() []string {
	all := make([]string, 0, 4)
	if !s.parts && len(s.only) > 1 {
		all = append(all, "ended")
	}
	return append(append(all, s.keys...), "case_id")
}

// clause is the "order by" of a list with at most so many rows.
func (s sorting) clause(limit int) string {
	columns := s.columns()
	if s.desc {
		for i := range columns {
			columns[i] += " desc"
		}
	}
	return fmt.Sprintf("order by %s limit %d", strings.Join(columns, ", "), limit)
}

// cursor is the place of a row in an order. It holds what the order needs of these.
type cursor struct {
	Stage     domain.Stage `json:"g"`
	Order     Order        `json:"o"`
	Ended     bool         `json:"e,omitempty"`
	Rank      int64        `json:"r,omitempty"`
	Since     time.Time    `json:"s,omitzero"`
	DueAt     time.Time    `json:"d,omitzero"`
	OpenedAt  time.Time    `json:"n,omitzero"`
	Reference string       `json:"t,omitempty"`
	Case      string       `json:"c"`
}

func (s sorting) cursor(r *Row) string {
	c := cursor{Stage: r.Stage, Order: s.order, Case: r.CaseID}
	if !s.parts {
		c.Ended = !r.Open
	}
	for _, key := range s.keys {
		switch key {
		case "rank":
			c.Rank = r.rank
		case "since":
			c.Since = r.Since
		case "due_at":
			c.DueAt = never
			if r.DueAt != nil {
				c.DueAt = *r.DueAt
			}
		case "opened_at":
			c.OpenedAt = r.OpenedAt
		case "case_reference":
			c.Reference = r.Reference
		}
	}
	return paging.Cursor(c)
}

// after adds the condition that rows come after a cursor, where there is one.
func (s sorting) after(w *where, stage domain.Stage, text string) error {
	if text == "" {
		return nil
	}
	var c cursor
	var id pgtype.UUID
	if !paging.Parse(text, &c) || id.Scan(c.Case) != nil || c.Stage != stage || c.Order != s.order ||
		!projections.FitsText(c.Reference) {
		return ErrCursor
	}
	values := map[string]any{
		"ended": c.Ended, "rank": c.Rank, "since": c.Since, "due_at": c.DueAt, "opened_at": c.OpenedAt, "case_reference": c.Reference, "case_id": id,
	}
	if !s.parts && len(s.only) == 1 && c.Ended != s.only[0] {
		w.conditions = append(w.conditions, fmt.Sprint(s.only[0])) // all that have ended come after every one that has not
		return nil
	}
	columns := s.columns()
	args := make([]string, len(columns))
	for i, column := range columns {
		args[i] = w.arg(values[column])
	}
	beyond := ">"
	if s.desc {
		beyond = "<"
	}
	w.conditions = append(w.conditions, fmt.Sprintf("(%s) %s (%s)", strings.Join(columns, ", "), beyond, strings.Join(args, ", ")))
	return nil
}
