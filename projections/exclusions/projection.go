// Package exclusions is who may not know of which case because it accuses them. Nobody reads it but the wall of package database, which
// asks it about one case at a time: a list of what somebody may not see would tell them.
package exclusions

import (
	"context"
	_ "embed"

	"songtor/domain"
	"songtor/projections"
)

//go:embed schema.sql
var schema string

// version rises with every change to the schema or to what the projection does with commits.
const version = 1

// Projection keeps the exclusions.
type Projection struct{ cases *projections.Table }

// New makes the projection.
func New() *Projection {
	return &Projection{cases: &projections.Table{Name: "cases", Key: 2, Columns: []projections.Column{
		{Name: "case_id", Type: projections.UUID},
		{Name: "token", Type: projections.Text},
	}}}
}

// Name implements projections.Projection.
func (p *Projection) Name() string { return "exclusions" }

// Version implements projections.Projection.
func (p *Projection) Version() int { return version }

// Schema implements projections.Projection.
func (p *Projection) Schema() string { return schema }

// Apply implements projections.Projection: the rows of a case are those of its latest standing.
func (p *Projection) Apply(_ context.Context, b *projections.Batch, commits []domain.Commit) error {
	for i := range commits {
		c := &commits[i]
		if !concerns(c) {
			continue
		}
		b.Delete(p.cases, c.CaseID)
		for _, token := range c.Standing.Excluded {
			b.Put(p.cases, c.CaseID, token)
		}
	}
	return nil
}

// concerns reports whether a commit may have changed whom its case names.
func concerns(c *domain.Commit) bool {
	for _, f := range c.Facts {
		switch f.Event.(type) {
		case *domain.ExclusionSet, *domain.ExclusionLifted:
			return true
		}
	}
	return c.Number == 1 && len(c.Standing.Excluded) > 0
}
