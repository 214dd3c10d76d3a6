package stage

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"songtor/domain"
	"songtor/projections"
)

// Count is how many cases of one status one agency has.
type Count struct {
	Status     domain.Status `json:"status"`
	Agency     string        `json:"agency"`
	Open       bool          `json:"open"` // whether they wait for somebody
	Cases      int           `json:"cases"`
	Unassigned int           `json:"unassigned"` // of them nobody has
	Urgent     int           `json:"urgent"`
}

// Counts are the lengths of a stage's queues.
type Counts struct {
	Rows     []Count // by status and agency; what has no case is left out
	Overdue  int     // cases that wait for somebody and whose date has passed, but no more than MostOverdue
	More     bool    // there are more of these
	Position uint64  // the counts hold at least everything up to it
}

// MostOverdue is how far Counts.Overdue counts.
const MostOverdue = 1000

// Totals are Counts taken together over the cases that wait for somebody.
type Totals struct {
	Open       int                   `json:"open"`
	Unassigned int                   `json:"unassigned"`
	Urgent     int                   `json:"urgent"`
	ByStatus   map[domain.Status]int `json:"by_status"`
	ByAgency   map[string]int        `json:"by_agency"`
}

// Totals adds up.
func (c Counts) Totals() Totals {
	t := Totals{ByStatus: map[domain.Status]int{}, ByAgency: map[string]int{}}
	for _, r := range c.Rows {
		if !r.Open {
			continue
		}
		t.Open += r.Cases
		t.Unassigned += r.Unassigned
		t.Urgent += r.Urgent
		t.ByStatus[r.Status] += r.Cases
		t.ByAgency[r.Agency] += r.Cases
	}
	return t
}

// Counts returns how many cases the stage has, of the agencies and provinces that the filter lets through: of a Filter only AgencyScope,
// Provinces, Tokens, Agency, Province and Now count. The cost does not grow with the cases: the numbers are kept, and changed by the
// same transaction that changes the rows. Cases that name somebody who may not know of them are few, and counted one by one.
func (v *View) Counts(ctx context.Context, db projections.DB, f Filter) (Counts, error) {
	var counts Counts
	var err error
	pipeline := &pgx.Batch{}
	projections.QueuePosition(pipeline, v.Name(), &counts.Position)
	sql, args := v.countRows(&f)
	pipeline.Queue(sql, args...).Query(func(rows pgx.Rows) error {
		counts.Rows, err = pgx.CollectRows(rows, readCount)
		return err
	})
	sql, args = v.countOverdue(&f)
	pipeline.Queue(sql, args...).QueryRow(func(row pgx.Row) error { return row.Scan(&counts.Overdue) })
	if err := db.SendBatch(ctx, pipeline).Close(); err != nil {
		return Counts{}, fmt.Errorf("couldn't count cases in %s: %w", v.stage, err)
	}
	counts.More = counts.Overdue > MostOverdue
	counts.Overdue = min(counts.Overdue, MostOverdue)
	return counts, nil
}

func readCount(row pgx.CollectableRow) (Count, error) {
	var c Count
	err := row.Scan(&c.Status, &c.Agency, &c.Cases, &c.Unassigned, &c.Urgent)
	c.Open = c.Status.Open()
	return c, err
}

// placed adds the conditions on agency and province.
func (w *where) placed(f *Filter) {
	among(w, "agency", f.agencies())
	among(w, "province", f.provinces())
}

func (v *View) countRows(f *Filter) (string, []any) {
	w := &where{}
	w.placed(f)
	placed := w.text()
	w.admitted(f)
	return fmt.Sprintf(`select status, agency, sum(cases)::bigint, sum(unassigned)::bigint, sum(urgent)::bigint from (
			select status, agency, cases, unassigned, urgent from %s where cases > 0 and %s
			union all
			select status, agency, 1, (assignee = '')::int, urgent::int from %s where excluded <> '' and %s
		) rows group by status, agency order by status, agency`,
		pgx.Identifier{v.Name(), "counts"}.Sanitize(), placed, pgx.Identifier{v.Name(), "cases"}.Sanitize(), w.text()), w.args
}

func (v *View) countOverdue(f *Filter) (string, []any) {
	w := &where{}
	w.placed(f)
	w.admitted(f)
	w.add("due_at < %s", f.Now)
	return fmt.Sprintf("select count(*) from (select from %s where not ended and %s limit %d) few",
		pgx.Identifier{v.Name(), "cases"}.Sanitize(), w.text(), MostOverdue+1), w.args
}
