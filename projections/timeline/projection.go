// Package timeline is the history of each case, event by event, how each case stands now, and what was known of it on a day.
package timeline

import (
	"context"
	_ "embed"
	"encoding/json"
	"fmt"

	"songtor/domain"
	"songtor/projections"
)

//go:embed schema.sql
var schema string

// version rises with every change to the schema or to what the projection does with commits.
const version = 1

// Projection keeps the timelines.
type Projection struct{ entries, cases *projections.Table }

// New makes the projection.
func New() *Projection {
	return &Projection{
		entries: &projections.Table{Name: "entries", Columns: []projections.Column{
			{Name: "case_id", Type: projections.UUID},
			{Name: "number", Type: projections.Integer},
			{Name: "index", Type: projections.Integer},
			{Name: "position", Type: projections.Integer},
			{Name: "type", Type: projections.Text},
			{Name: "version", Type: projections.Integer},
			{Name: "happened_at", Type: projections.Time},
			{Name: "recorded_at", Type: projections.Time},
			{Name: "accepted_at", Type: projections.Time},
			{Name: "actor_user", Type: projections.Text},
			{Name: "actor_agency", Type: projections.Text},
			{Name: "actor_role", Type: projections.Text},
			{Name: "command", Type: projections.Text},
			{Name: "facts", Type: projections.JSON},
			{Name: "stage", Type: projections.Text},
			{Name: "status", Type: projections.Text},
		}},
		cases: &projections.Table{Name: "cases", Key: 1, Columns: []projections.Column{
			{Name: "case_id", Type: projections.UUID},
			{Name: "reference", Type: projections.Text},
			{Name: "standing", Type: projections.JSON},
			{Name: "commits", Type: projections.Integer},
			{Name: "position", Type: projections.Integer},
			{Name: "digest", Type: projections.Text},
			{Name: "opened_at", Type: projections.Time, Keep: true},
			{Name: "updated_at", Type: projections.Time},
		}},
	}
}

// Name implements projections.Projection.
func (p *Projection) Name() string { return "timeline" }

// Version implements projections.Projection.
func (p *Projection) Version() int { return version }

// Schema implements projections.Projection.
func (p *Projection) Schema() string { return schema }

// Apply implements projections.Projection.
func (p *Projection) Apply(_ context.Context, b *projections.Batch, commits []domain.Commit) error {
	for i := range commits {
		c := &commits[i]
		standing, err := json.Marshal(c.Standing)
		if err != nil {
			return fmt.Errorf("couldn't encode a standing: %w", err)
		}
		b.Put(p.cases, c.CaseID, c.Standing.Reference, standing, c.Number, c.Position, c.Digest, openedAt(c), c.AcceptedAt)
		if err := p.add(b, c); err != nil {
			return err
		}
	}
	return nil
}

func (p *Projection) add(b *projections.Batch, c *domain.Commit) error {
	for n, f := range c.Facts {
		facts, err := clearFields(f.Event)
		if err != nil {
			return err
		}
		b.Put(p.entries, c.CaseID, c.Number, n, c.Position, f.Event.EventType(), f.Event.EventVersion(),
			f.HappenedAt, c.RecordedAt, c.AcceptedAt, c.Actor.User, c.Actor.Agency, string(c.Actor.Role), c.Command,
			facts, string(c.Standing.Stage), string(c.Standing.Status))
	}
	return nil
}

// openedAt is when the case was opened, where the commit did so.
func openedAt(c *domain.Commit) any {
	for _, f := range c.Facts {
		if _, ok := f.Event.(*domain.CaseOpened); ok {
			return f.HappenedAt
		}
	}
	return nil
}
