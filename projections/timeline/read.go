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

// Case is how a case stands, or stood.
type Case struct {
	CaseID    string          `json:"case_id"`
	Standing  domain.Standing `json:"standing"`
	Commits   int             `json:"commits"`
	Position  uint64          `json:"position"`   // of the latest commit
	Digest    string          `json:"digest"`     // of the latest commit
	UpdatedAt time.Time       `json:"updated_at"` // when the log accepted the latest commit
}

// ErrNoCase says that no case of that id or reference is known here.
var ErrNoCase = errors.New("no such case")

// known is the condition that a row of case $1 was known at $2, or that $2 is null: no commit up to it was accepted later.
const known = `number < coalesce((select min(number) from timeline.standings where case_id = $1 and accepted_at > $2), 9223372036854775807)`

// Entries returns the events of a case in their order: all, or those that were known at asOf where it is not zero. A case that is
// not known has none.
func (p *Projection) Entries(ctx context.Context, db projections.DB, caseID string, asOf time.Time) ([]Entry, error) {
	var id pgtype.UUID
	if id.Scan(caseID) != nil {
		return nil, nil
	}
	rows, err := db.Query(ctx, `select case_id, number, index, position, type, version, happened_at, recorded_at, accepted_at,
			actor_user, actor_agency, actor_role, command, facts, stage, status
		from timeline.entries where case_id = $1 and `+known+` order by number, index`, id, moment(asOf))
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

// EntriesOf returns what Entries does, from all commits of a case: for one of which the rows lack some.
func EntriesOf(commits []domain.Commit, asOf time.Time) ([]Entry, error) {
	entries := []Entry{}
	for i := range commits {
		if !asOf.IsZero() && kept(commits[i].AcceptedAt).After(kept(asOf)) {
			break // what follows is not known either
		}
		more, err := entriesOf(&commits[i])
		if err != nil {
			return nil, err
		}
		entries = append(entries, more...)
	}
	return entries, nil
}

// moment is a parameter for a time, null for the zero one.
func moment(t time.Time) pgtype.Timestamptz { return pgtype.Timestamptz{Time: t, Valid: !t.IsZero()} }

// Find returns a case by its id, as it stands or as it was known at asOf where that is not zero. It fails with ErrNoCase.
func (p *Projection) Find(ctx context.Context, db projections.DB, caseID string, asOf time.Time) (Case, error) {
	var id pgtype.UUID
	if id.Scan(caseID) != nil {
		return Case{}, ErrNoCase
	}
	return find(ctx, db, "case_id = $1 and "+known, id, moment(asOf))
}

// ByReference returns a case by its reference, as it stands. It fails with ErrNoCase.
func (p *Projection) ByReference(ctx context.Context, db projections.DB, reference string) (Case, error) {
	return find(ctx, db, `case_id = (select case_id from timeline.standings where reference = $1 and number = 1 order by position limit 1)`, reference)
}

func find(ctx context.Context, db projections.DB, condition string, args ...any) (Case, error) {
	var c Case
	err := db.QueryRow(ctx, `select case_id, standing, number, position, digest, accepted_at
		from timeline.standings where `+condition+` order by number desc limit 1`, args...).
		Scan(&c.CaseID, &c.Standing, &c.Commits, &c.Position, &c.Digest, &c.UpdatedAt)
	if errors.Is(err, pgx.ErrNoRows) {
		return Case{}, ErrNoCase
	}
	if err != nil {
		return Case{}, fmt.Errorf("couldn't find a case: %w", err)
	}
	return c, nil
}
