package stage

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"songtor/domain"
	"songtor/internal/paging"
	"songtor/projections"
)

// Page is a place in a list.
type Page struct {
	Order Order  // empty is ByQueue
	Limit int    // rows, as paging.Limit understands it, at most paging.MaxLimit
	After string // Next of the page before; empty for the first
}

// Row is a case in a stage.
type Row struct {
	CaseID    string         `json:"case_id"`
	Reference string         `json:"case_reference"`
	Stage     domain.Stage   `json:"stage"`
	Status    domain.Status  `json:"status"`
	Open      bool           `json:"open"`
	Agency    string         `json:"agency"`
	Province  string         `json:"province"`
	Incident  string         `json:"incident,omitempty"`
	Entry     int            `json:"entry,omitempty"` // number on the incident's list, from 1
	Assignee  string         `json:"assignee,omitempty"`
	Urgent    bool           `json:"urgent"`
	OpenedAt  time.Time      `json:"opened_at"`
	Since     time.Time      `json:"since"`
	DueAt     *time.Time     `json:"due_at"`  // when the first of its tasks is due
	Overdue   bool           `json:"overdue"` // DueAt is before the moment of the list
	Missed    int            `json:"missed,omitempty"`
	Rung      domain.Rung    `json:"rung,omitempty"` // who learned of what was missed: the highest of its tasks
	Tasks     []string       `json:"tasks"`          // the kinds of what it waits for, each once
	Own       map[string]any `json:"own,omitempty"`  // what the room of the stage shows beside: a date that is not set is left out
	UpdatedAt time.Time      `json:"updated_at"`     // since when the row is known to be so
	Position  uint64         `json:"position"`       // of the commit that made the row so

	rank int64
}

// List is a page of a stage view.
type List struct {
	Items    []Row  `json:"items"`
	Next     string `json:"next"` // empty on the last page
	Position uint64 `json:"-"`    // the rows hold at least everything up to it
}

// List returns a page of the stage's cases. Every page costs the same: it starts in the index of its order where the one before
// ended. It fails with ErrOrder or ErrCursor.
func (v *View) List(ctx context.Context, db projections.DB, f Filter, p Page) (List, error) {
	return v.read(ctx, db, time.Time{}, f, p)
}

// AsOf returns a page of the list as it was known at a moment: what List would have said then, Filter.Now being that moment. A moment
// that is still to come gives what is known now.
func (v *View) AsOf(ctx context.Context, db projections.DB, at time.Time, f Filter, p Page) (List, error) {
	f.Now = at
	return v.read(ctx, db, at, f, p)
}

// Next returns the first cases of the queue that wait for somebody and that nobody has, of those that the filter chooses: what to take
// next. It returns at most n.
func (v *View) Next(ctx context.Context, db projections.DB, f Filter, n int) ([]Row, error) {
	f.OpenOnly, f.EndedOnly, f.Assignee = true, false, []string{""}
	list, err := v.read(ctx, db, time.Time{}, f, Page{Limit: n})
	return list.Items, err
}

func (v *View) read(ctx context.Context, db projections.DB, at time.Time, f Filter, p Page) (List, error) {
	s, err := v.sorting(p.Order)
	if err != nil {
		return List{}, err
	}
	s.only = f.ended()
	limit := paging.Limit(p.Limit, paging.MaxLimit)
	q := query{view: v, sorting: s, filter: &f, at: at, limit: limit + 1}
	sql, err := q.sql(p.After)
	if err != nil {
		return List{}, err
	}
	var list List
	pipeline := &pgx.Batch{}
	projections.QueuePosition(pipeline, v.Name(), &list.Position)
	pipeline.Queue(sql, q.where.args...).Query(func(rows pgx.Rows) error {
		list.Items, err = pgx.CollectRows(rows, v.scan(f.Now))
		return err
	})
	if err := db.SendBatch(ctx, pipeline).Close(); err != nil {
		return List{}, fmt.Errorf("couldn't list cases in %s: %w", v.stage, err)
	}
	list.Items, list.Next = paging.Cut(list.Items, limit, s.cursor)
	return list, nil
}

// query is the statement of one page.
type query struct {
	view    *View
	sorting sorting
	filter  *Filter
	at      time.Time // zero for now
	limit   int
	where   where
}

// sql builds the statement: the first rows of each part that an index can give in order, and of those the first.
func (q *query) sql(after string) (string, error) {
	if err := q.sorting.after(&q.where, q.view.stage, after); err != nil {
		return "", err
	}
	q.where.filter(q.filter)
	columns := q.view.list("", 0)
	from := q.present(columns)
	if !q.at.IsZero() {
		from = fmt.Sprintf("(%s) union all (%s)", from, q.past(columns))
	}
	return fmt.Sprintf("select %s from (%s) page %s", columns, from, q.sorting.clause(q.limit)), nil
}

// present reads the rows that are so now. Several agencies are read one by one, because the index leads with the agency: the page then
// costs its length times the agencies. So are those that wait and those that do not, in an order that mixes them.
func (q *query) present(columns string) string {
	parts, conditions := []string{}, []string{q.where.text()}
	switch agencies := q.filter.agencies(); {
	case len(agencies) == 1:
		conditions = append(conditions, "agency = "+q.where.arg(agencies[0]))
	case agencies != nil:
		parts = append(parts, fmt.Sprintf("(select distinct unnest(%s::text[]) as one) as agencies", q.where.arg(agencies)))
		conditions = append(conditions, "agency = agencies.one")
	}
	conditions = append(conditions, q.ending())
	if q.sorting.parts && len(q.sorting.only) > 1 {
		parts = append(parts, "(values (false), (true)) as endings (one)")
		conditions = append(conditions, "ended = endings.one")
	}
	if !q.at.IsZero() {
		conditions = append(conditions, "known_from <= "+q.where.arg(q.at))
	}
	rows := q.rows(columns, q.few(), conditions)
	if len(parts) == 0 {
		return rows
	}
	return fmt.Sprintf("select page.* from %s cross join lateral (%s) page %s", strings.Join(parts, " cross join "), rows, q.sorting.clause(q.limit))
}

// ending is the condition that the filter puts on whether the case waits for somebody.
func (q *query) ending() string {
	switch only := q.sorting.only; len(only) {
	case 0:
		return "false"
	case 1:
		return fmt.Sprintf("ended = %t", only[0])
	}
	return "true"
}

// past reads the rows that were so at the moment and are not so now, node by node of its path through the tree.
func (q *query) past(columns string) string {
	at := q.where.arg(q.at)
	conditions := []string{
		q.where.text(), "node = nodes.one", "known_from <= " + at, "known_until > " + at,
		"not ((select wall.named()) and wall.hides(case_id))", // by what the case says today
	}
	switch agencies := q.filter.agencies(); {
	case len(agencies) == 1:
		conditions = append(conditions, "agency = "+q.where.arg(agencies[0]))
	case agencies != nil:
		conditions = append(conditions, fmt.Sprintf("agency = any(%s)", q.where.arg(agencies)))
	}
	conditions = append(conditions, q.ending())
	return fmt.Sprintf("select page.* from unnest(%s::bigint[]) as nodes (one) cross join lateral (%s) page %s",
		q.where.arg(path(q.at)), q.rows(columns, q.table("past"), conditions), q.sorting.clause(q.limit))
}

func (q *query) rows(columns, from string, conditions []string) string {
	return fmt.Sprintf("select %s from %s c where %s %s", columns, from, strings.Join(conditions, " and "), q.sorting.clause(q.limit))
}

func (q *query) table(name string) string { return pgx.Identifier{q.view.Name(), name}.Sanitize() }

// few is the table of cases, or where the filter names people or an incident the cases of these alone: they are few, and sorting them
// costs less than looking for them along an order. "offset 0" keeps the database from weighing that anew for every page.
func (q *query) few() string {
	f, table := q.filter, q.table("cases")
	switch {
	case len(f.Assignee) > 0 && !slices.Contains(f.Assignee, ""):
		return fmt.Sprintf("(select * from %s where assignee = any(%s) and assignee <> '' offset 0)", table, q.where.arg(f.Assignee))
	case f.Incident != "":
		return fmt.Sprintf("(select * from %s where incident = %s and incident <> '' offset 0)", table, q.where.arg(f.Incident))
	}
	return table
}

// scan makes a Row of the columns of cases.
func (v *View) scan(now time.Time) pgx.RowToFunc[Row] {
	return func(rows pgx.CollectableRow) (Row, error) {
		r := Row{Stage: v.stage}
		var ended bool
		var due time.Time
		var tasks, excluded string
		own := make([]any, len(v.own))
		into := []any{
			&r.CaseID, &r.Reference, &r.Status, &r.Agency, &r.Province, &r.Incident, &r.Entry, &r.Assignee, &r.Urgent, &ended, &r.rank,
			&r.OpenedAt, &r.Since, &due, &tasks, &r.Missed, &r.Rung, &excluded,
		}
		for i := range own {
			into = append(into, &own[i])
		}
		if err := rows.Scan(append(into, &r.UpdatedAt, &r.Position)...); err != nil {
			return Row{}, err
		}
		r.Open, r.Tasks = !ended, strings.Fields(tasks)
		if !due.Equal(never) {
			r.DueAt, r.Overdue = &due, due.Before(now)
		}
		for i, o := range v.own {
			if own[i] != nil {
				if r.Own == nil {
					r.Own = make(map[string]any, len(own))
				}
				r.Own[o.Name] = own[i]
			}
		}
		return r, nil
	}
}
