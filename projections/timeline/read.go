package timeline

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"songtor/domain"
	"songtor/projections"
)

// Entry is one event of a case.
type Entry struct {
	CaseID     string          `json:"case_id"`
	Number     int             `json:"number"` // of the commit in the case, from 1
	Index      int             `json:"index"`  // of the event in the commit, from 0
	Position   uint64          `json:"position"`
	Type       string          `json:"type"`
	Version    int             `json:"version"`
	HappenedAt time.Time       `json:"happened_at"`
	RecordedAt time.Time       `json:"recorded_at"`
	AcceptedAt time.Time       `json:"accepted_at"`
	Actor      domain.Actor    `json:"actor"`
	Command    string          `json:"command"`
	Facts      json.RawMessage `json:"facts"`  // the event's clear fields
	Stage      domain.Stage    `json:"stage"`  // how the case stood after the commit
	Status     domain.Status   `json:"status"` // how the case stood after the commit
}

// Case is how a case stands.
type Case struct {
	CaseID    string          `json:"case_id"`
	Standing  domain.Standing `json:"standing"`
	Commits   int             `json:"commits"`
	Position  uint64          `json:"position"` // of the latest commit
	Digest    string          `json:"digest"`   // of the latest commit
	OpenedAt  time.Time       `json:"opened_at"`
	UpdatedAt time.Time       `json:"updated_at"` // when the log accepted the latest commit
}

// ErrNoCase says that no case of that id or reference is known here.
var ErrNoCase = errors.New("no such case")

// Entries returns the events of a case in their order: all, or those that the log had accepted at asOf where it is not zero.
// A case that is not known has none.
func (p *Projection) Entries(ctx context.Context, db projections.DB, caseID string, asOf time.Time) ([]Entry, error) {
	var id pgtype.UUID
	if id.Scan(caseID) != nil {
		return nil, nil
	}
	limit := pgtype.Timestamptz{Time: asOf, Valid: !asOf.IsZero()}
	rows, err := db.Query(ctx, `select case_id, number, index, position, type, version, happened_at, recorded_at, accepted_at,
			actor_user, actor_agency, actor_role, command, facts, stage, status
		from timeline.entries where case_id = $1 and ($2::timestamptz is null or accepted_at <= $2) order by number, index`, id, limit)
	if err != nil {
		return nil, fmt.Errorf("couldn't read a timeline: %w", err)
	}
	entries, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (Entry, error) {
		var e Entry
		err := row.Scan(&e.CaseID, &e.Number, &e.Index, &e.Position, &e.Type, &e.Version, &e.HappenedAt, &e.RecordedAt, &e.AcceptedAt,
			&e.Actor.User, &e.Actor.Agency, &e.Actor.Role, &e.Command, &e.Facts, &e.Stage, &e.Status)
		return e, err
	})
	if err != nil {
		return nil, fmt.Errorf("couldn't read a timeline: %w", err)
	}
	return entries, nil
}

// Find returns a case by its id, or ErrNoCase.
func (p *Projection) Find(ctx context.Context, db projections.DB, caseID string) (Case, error) {
	var id pgtype.UUID
	if id.Scan(caseID) != nil {
		return Case{}, ErrNoCase
	}
	return find(ctx, db, "case_id = $1", id)
}

// ByReference returns a case by its reference, or ErrNoCase.
func (p *Projection) ByReference(ctx context.Context, db projections.DB, reference string) (Case, error) {
	return find(ctx, db, "reference = $1", reference)
}

func find(ctx context.Context, db projections.DB, condition string, arg any) (Case, error) {
	var c Case
	var opened pgtype.Timestamptz
	err := db.QueryRow(ctx, `select case_id, standing, commits, position, digest, opened_at, updated_at
		from timeline.cases where `+condition+` order by position limit 1`, arg).
		Scan(&c.CaseID, &c.Standing, &c.Commits, &c.Position, &c.Digest, &opened, &c.UpdatedAt)
	if errors.Is(err, pgx.ErrNoRows) {
		return Case{}, ErrNoCase
	}
	if err != nil {
		return Case{}, fmt.Errorf("couldn't find a case: %w", err)
	}
	c.OpenedAt = opened.Time
	return c, nil
}
