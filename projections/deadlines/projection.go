// Package deadlines is what has to be recorded, and when, about tasks that are not done: the work list of the keeper of deadlines.
package deadlines

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"songtor/domain"
	"songtor/projections"
)

//go:embed schema.sql
var schema string

// version rises with every change to the schema or to what the projection does with commits.
const version = 2

// Next gives the moment at which the next step of the ladder falls for a task that has a due date, nil where there is no further step.
// Its answers are part of the rows: a changed ladder shows when the case moves, or after a rebuild.
type Next func(s *domain.Standing, t *domain.Task) *time.Time

// Projection keeps the deadlines.
type Projection struct {
	next      Next
	deadlines *projections.Table
}

// New makes the projection.
func New(next Next) *Projection {
	return &Projection{next: next, deadlines: &projections.Table{Name: "deadlines", Key: 2, Columns: []projections.Column{
		{Name: "case_id", Type: projections.UUID},
		{Name: "task", Type: projections.Text},
		{Name: "kind", Type: projections.Text},
		{Name: "agency", Type: projections.Text},
		{Name: "due", Type: projections.Integer},
		{Name: "missed", Type: projections.Integer},
		{Name: "next_at", Type: projections.Time},
	}}}
}

// Name implements projections.Projection.
func (p *Projection) Name() string { return "deadlines" }

// Version implements projections.Projection.
func (p *Projection) Version() int { return version }

// Schema implements projections.Projection.
func (p *Projection) Schema() string { return schema }

// Apply implements projections.Projection: the rows of a case are those of its latest commit.
func (p *Projection) Apply(_ context.Context, b *projections.Batch, commits []domain.Commit) error {
	for i := range commits {
		c := &commits[i]
		if c.Number > 1 {
			b.Delete(p.deadlines, c.CaseID)
		}
		for n := range c.Standing.Tasks {
			t := &c.Standing.Tasks[n]
			if t.DueAt == nil {
				continue
			}
			if at := p.next(&c.Standing, t); at != nil {
				b.Put(p.deadlines, c.CaseID, t.ID, string(t.Kind), t.Agency, int(t.DueAt.UnixNano()), t.Missed, notBefore(*at))
			}
		}
	}
	return nil
}

// notBefore is a time as the database keeps it, to the microsecond, and never earlier: nothing is recorded before it is due.
func notBefore(t time.Time) time.Time { return t.Add(time.Microsecond - 1).Truncate(time.Microsecond) }

// Deadline is a step that is to be recorded.
type Deadline struct {
	CaseID string          `json:"case_id"`
	Task   string          `json:"task_id"`
	Kind   domain.TaskKind `json:"kind"`
	Agency string          `json:"agency"`  // that should do it
	DueAt  time.Time       `json:"due_at"`  // exactly as the case has it
	Missed int             `json:"missed"`  // steps recorded so far
	NextAt time.Time       `json:"next_at"` // when the next one falls
}

// Due returns at most limit steps that fall at now or before, the earliest first.
func (p *Projection) Due(ctx context.Context, db projections.DB, now time.Time, limit int) ([]Deadline, error) {
	rows, err := db.Query(ctx, `select case_id, task, kind, agency, due, missed, next_at from deadlines.deadlines
		where next_at <= $1 order by next_at, case_id, task limit $2`, now, limit)
	if err != nil {
		return nil, fmt.Errorf("couldn't read what is due: %w", err)
	}
	due, err := pgx.CollectRows(rows, readDeadline)
	if err != nil {
		return nil, fmt.Errorf("couldn't read what is due: %w", err)
	}
	return due, nil
}

func readDeadline(row pgx.CollectableRow) (Deadline, error) {
	var d Deadline
	var due int64
	err := row.Scan(&d.CaseID, &d.Task, &d.Kind, &d.Agency, &due, &d.Missed, &d.NextAt)
	d.DueAt = time.Unix(0, due).UTC()
	return d, err
}

// NextAt returns when the earliest step falls; known is false where none does.
func (p *Projection) NextAt(ctx context.Context, db projections.DB) (at time.Time, known bool, err error) {
	err = db.QueryRow(ctx, "select next_at from deadlines.deadlines order by next_at limit 1").Scan(&at)
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return time.Time{}, false, nil
	case err != nil:
		return time.Time{}, false, fmt.Errorf("couldn't read the next deadline: %w", err)
	}
	return at, true, nil
}
