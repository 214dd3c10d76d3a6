// Package timeline is the history of each case, event by event, and how each case stood after every commit, now or as it was known
// at a moment in the past.
//
// A commit is known from when the log accepted it, and not before any earlier commit of its case: a clock that was set back makes
// no hole in what was known.
package timeline

import (
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"time"

	"songtor/domain"
	"songtor/projections"
)

//go:embed schema.sql
var schema string

// version rises with every change to the schema or to what the projection does with commits.
const version = 3

// Projection keeps the timelines.
type Projection struct{ entries, standings *projections.Table }

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
		standings: &projections.Table{Name: "standings", Columns: []projections.Column{
			{Name: "case_id", Type: projections.UUID},
			{Name: "number", Type: projections.Integer},
			{Name: "position", Type: projections.Integer},
			{Name: "accepted_at", Type: projections.Time},
			{Name: "digest", Type: projections.Text},
			{Name: "reference", Type: projections.Text},
			{Name: "standing", Type: projections.JSON},
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
		b.Put(p.standings, c.CaseID, c.Number, c.Position, c.AcceptedAt, c.Digest, c.Standing.Reference, standing)
		if err := p.add(b, c); err != nil {
			return err
		}
	}
	return nil
}

func (p *Projection) add(b *projections.Batch, c *domain.Commit) error {
	entries, err := entriesOf(c)
	if err != nil {
		return err
	}
	for _, e := range entries {
		b.Put(p.entries, e.CaseID, e.Number, e.Index, e.Position, e.Type, e.Version, e.HappenedAt, e.RecordedAt, e.AcceptedAt,
			e.Actor.User, e.Actor.Agency, string(e.Actor.Role), e.Command, []byte(e.Facts), string(e.Stage), string(e.Status))
	}
	return nil
}

// kept is a time as a row keeps it.
func kept(t time.Time) time.Time { return t.Truncate(time.Microsecond) }

func entriesOf(c *domain.Commit) ([]Entry, error) {
	entries := make([]Entry, len(c.Facts))
	for n, f := range c.Facts {
		facts, err := clearFields(f.Event)
		if err != nil {
			return nil, err
		}
		entries[n] = Entry{
			CaseID: c.CaseID, Number: c.Number, Index: n, Position: c.Position, Type: f.Event.EventType(), Version: f.Event.EventVersion(),
			HappenedAt: kept(f.HappenedAt), RecordedAt: kept(c.RecordedAt), AcceptedAt: kept(c.AcceptedAt), Actor: c.Actor, Command: c.Command,
			Facts: facts, Stage: c.Standing.Stage, Status: c.Standing.Status,
		}
	}
	return entries, nil
}
