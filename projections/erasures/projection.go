// Package erasures is which cases are to be erased: those of which nobody needs to keep anything any more, and those whose erasure is on
// its way.
package erasures

import (
	"context"
	_ "embed"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"songtor/domain"
	"songtor/projections"
)

//go:embed schema.sql
var schema string

// version rises with every change to the schema or to what the projection does with commits.
const version = 1

// Projection keeps where each case stands.
type Projection struct{ cases *projections.Table }

// New makes the projection.
func New() *Projection {
	return &Projection{cases: &projections.Table{Name: "cases", Key: 1, Columns: []projections.Column{
		{Name: "case_id", Type: projections.UUID},
		{Name: "reference", Type: projections.Text},
		{Name: "agency", Type: projections.Text},
		{Name: "province", Type: projections.Text},
		{Name: "ending", Type: projections.Text},
		{Name: "last_at", Type: projections.Time},
		{Name: "legal_hold", Type: projections.Flag},
		{Name: "erasure", Type: projections.Text},
		{Name: "excluded", Type: projections.Text},
		{Name: "position", Type: projections.Integer},
	}}}
}

// Name implements projections.Projection.
func (p *Projection) Name() string { return "erasures" }

// Version implements projections.Projection.
func (p *Projection) Version() int { return version }

// Schema implements projections.Projection.
func (p *Projection) Schema() string { return schema }

// Apply implements projections.Projection: a case stands as its latest commit says.
func (p *Projection) Apply(_ context.Context, b *projections.Batch, commits []domain.Commit) error {
	for i := range commits {
		c := &commits[i]
		s := &c.Standing
		b.Put(p.cases, c.CaseID, s.Reference, s.Agency, s.Province, string(s.Ending()), s.KnownAt(c.AcceptedAt), s.Held, string(s.Erasing),
			strings.Join(s.Excluded, " "), c.Position)
	}
	return nil
}

// Case is a case that has ended, or whose erasure is on its way.
type Case struct {
	CaseID    string              `json:"case_id"`
	Reference string              `json:"case_reference"`
	Agency    string              `json:"agency"`
	Province  string              `json:"province"`
	Ending    domain.Ending       `json:"ending,omitempty"`
	LastAt    time.Time           `json:"last_at"` // when something was recorded of it last
	Erasure   domain.ErasureStage `json:"erasure,omitempty"`
}

const columns = "case_id, reference, agency, province, ending, last_at, erasure"

// Filter says which ended cases are looked for.
type Filter struct {
	Ending domain.Ending
	Before time.Time // nothing was recorded of them since
	// Agencies and Provinces are those whose cases are listed, nil for every one; Tokens are those under which cases name who asks as one
	// who may not know of them.
	Agencies, Provinces, Tokens []string
	Limit                       int
}

// Ended lists the cases that ended so, that nobody asked to erase yet and that no proceeding needs; the oldest first.
func (p *Projection) Ended(ctx context.Context, db projections.DB, f Filter) ([]Case, error) {
	return p.read(ctx, db, `where ending = $1 and last_at <= $2 and erasure = '' and not legal_hold
		and ($3::text[] is null or agency = any ($3)) and ($4::text[] is null or province = any ($4))
		and not string_to_array(excluded, ' ') && $5::text[]
		order by last_at, case_id limit $6`, string(f.Ending), f.Before, f.Agencies, f.Provinces, append([]string{}, f.Tokens...), f.Limit)
}

// Erasing returns at most limit cases whose erasure has come to a stage.
func (p *Projection) Erasing(ctx context.Context, db projections.DB, at domain.ErasureStage, limit int) ([]Case, error) {
	return p.read(ctx, db, `where erasure = $1 and erasure <> '' order by case_id limit $2`, string(at), limit)
}

func (p *Projection) read(ctx context.Context, db projections.DB, where string, args ...any) ([]Case, error) {
	rows, err := db.Query(ctx, "select "+columns+" from erasures.cases "+where, args...)
	if err != nil {
		return nil, fmt.Errorf("couldn't read which cases are to be erased: %w", err)
	}
	cases, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (c Case, err error) {
		return c, row.Scan(&c.CaseID, &c.Reference, &c.Agency, &c.Province, &c.Ending, &c.LastAt, &c.Erasure)
	})
	if err != nil {
		return nil, fmt.Errorf("couldn't read which cases are to be erased: %w", err)
	}
	return cases, nil
}
