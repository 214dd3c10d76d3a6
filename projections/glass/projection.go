// Package glass is who has broken the glass, and whether that was reviewed. Whose review is overdue breaks no other.
package glass

import (
	"context"
	_ "embed"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"songtor/domain"
	"songtor/projections"
)

//go:embed schema.sql
var schema string

// version rises with every change to the schema or to what the projection does with commits.
const version = 1

// Projection keeps the grants and their reviews.
type Projection struct{ grants, reviews *projections.Table }

// New makes the projection.
func New() *Projection {
	return &Projection{
		grants: &projections.Table{Name: "grants", Key: 2, Columns: []projections.Column{
			{Name: "case_id", Type: projections.UUID},
			{Name: "glass", Type: projections.Text},
			{Name: "account", Type: projections.Text},
			{Name: "agency", Type: projections.Text},
			{Name: "taken_at", Type: projections.Time},
			{Name: "until", Type: projections.Time},
			{Name: "review_by", Type: projections.Time},
			{Name: "reviewer", Type: projections.Text},
			{Name: "position", Type: projections.Integer},
		}},
		reviews: &projections.Table{Name: "reviews", Key: 2, Columns: []projections.Column{
			{Name: "case_id", Type: projections.UUID},
			{Name: "glass", Type: projections.Text},
			{Name: "verdict", Type: projections.Text},
			{Name: "reviewed_at", Type: projections.Time},
			{Name: "position", Type: projections.Integer},
		}},
	}
}

// Name implements projections.Projection.
func (p *Projection) Name() string { return "glass" }

// Version implements projections.Projection.
func (p *Projection) Version() int { return version }

// Schema implements projections.Projection.
func (p *Projection) Schema() string { return schema }

// Apply implements projections.Projection.
func (p *Projection) Apply(_ context.Context, b *projections.Batch, commits []domain.Commit) error {
	for i := range commits {
		c := &commits[i]
		for _, f := range c.Facts {
			switch e := f.Event.(type) {
			case *domain.GlassBroken:
				b.Put(p.grants, c.CaseID, e.Glass, e.User, e.Agency, f.HappenedAt, e.Until, e.ReviewBy, e.Reviewer, c.Position)
			case *domain.GlassReviewed:
				b.Put(p.reviews, c.CaseID, e.Glass, string(e.Verdict), f.HappenedAt, c.Position)
			}
		}
	}
	return nil
}

// Grant is a right to read a case that somebody took.
type Grant struct {
	CaseID     string     `json:"case_id"`
	Glass      string     `json:"glass_id"`
	Account    string     `json:"account"`
	Agency     string     `json:"agency"`
	TakenAt    time.Time  `json:"taken_at"`
	Until      time.Time  `json:"until"`
	ReviewBy   time.Time  `json:"review_by"`
	ReviewedAt *time.Time `json:"reviewed_at"` // null while nobody has
}

// Overdue returns the grants of an account that nobody had reviewed by when they should have been, the oldest first.
func (p *Projection) Overdue(ctx context.Context, db projections.DB, account string, now time.Time) ([]Grant, error) {
	rows, err := db.Query(ctx, `select g.case_id, g.glass, g.account, g.agency, g.taken_at, g.until, g.review_by, r.reviewed_at
		from glass.grants as g left join glass.reviews as r on r.case_id = g.case_id and r.glass = g.glass
		where g.account = $1 and g.review_by <= $2 and r.glass is null order by g.review_by, g.case_id, g.glass`, account, now)
	if err != nil {
		return nil, fmt.Errorf("couldn't read which reviews are overdue: %w", err)
	}
	grants, err := pgx.CollectRows(rows, readGrant)
	if err != nil {
		return nil, fmt.Errorf("couldn't read which reviews are overdue: %w", err)
	}
	return grants, nil
}

func readGrant(row pgx.CollectableRow) (Grant, error) {
	var g Grant
	err := row.Scan(&g.CaseID, &g.Glass, &g.Account, &g.Agency, &g.TakenAt, &g.Until, &g.ReviewBy, &g.ReviewedAt)
	return g, err
}
