// Package links is which cases belong together, seen from both of them. A link that was undone stays, so that what was known at a
// moment can be told.
package links

import (
	"context"
	_ "embed"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"songtor/domain"
	"songtor/projections"
)

//go:embed schema.sql
var schema string

// version rises with every change to the schema or to what the projection does with commits.
const version = 2

// Projection keeps the links.
type Projection struct{ links, undone *projections.Table }

// New makes the projection.
func New() *Projection {
	return &Projection{
		links: &projections.Table{Name: "links", Key: 2, Columns: []projections.Column{
			{Name: "case_id", Type: projections.UUID},
			{Name: "link", Type: projections.Text},
			{Name: "other", Type: projections.UUID},
			{Name: "kind", Type: projections.Text},
			{Name: "linked_at", Type: projections.Time},
			{Name: "accepted_at", Type: projections.Time},
			{Name: "actor_user", Type: projections.Text},
			{Name: "actor_agency", Type: projections.Text},
			{Name: "position", Type: projections.Integer},
		}},
		undone: &projections.Table{Name: "undone", Key: 2, Columns: []projections.Column{
			{Name: "case_id", Type: projections.UUID},
			{Name: "link", Type: projections.Text},
			{Name: "undone_at", Type: projections.Time},
			{Name: "accepted_at", Type: projections.Time},
			{Name: "actor_user", Type: projections.Text},
			{Name: "actor_agency", Type: projections.Text},
			{Name: "position", Type: projections.Integer},
		}},
	}
}

// Name implements projections.Projection.
func (p *Projection) Name() string { return "links" }

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
			case *domain.CaseLinked:
				b.Put(p.links, c.CaseID, e.Link, e.Other, string(e.Kind), f.HappenedAt, c.AcceptedAt, c.Actor.User, c.Actor.Agency, c.Position)
			case *domain.LinkUndone:
				b.Put(p.undone, c.CaseID, e.Link, f.HappenedAt, c.AcceptedAt, c.Actor.User, c.Actor.Agency, c.Position)
			}
		}
	}
	return nil
}

// Link is a link as one of its cases sees it.
type Link struct {
	ID       string          `json:"link_id"`
	CaseID   string          `json:"case_id"` // on which it was recorded, and on which it can be undone
	Other    string          `json:"other"`   // the case at the other end, seen from the one that was asked about
	Kind     domain.LinkKind `json:"kind"`
	Reverse  bool            `json:"reverse"` // it was recorded on the other case: of kind child_of, the other is the child's
	LinkedAt time.Time       `json:"linked_at"`
	By       domain.Actor    `json:"by"`
	UndoneAt *time.Time      `json:"undone_at"` // null while it stands
	UndoneBy *domain.Actor   `json:"undone_by"`
	Position uint64          `json:"position"` // of the commit that made the link
}

// Of returns the links of a case from both sides, the oldest first, with those that were undone; as they were known at asOf where that
// is not zero. A case that is not known has none.
func (p *Projection) Of(ctx context.Context, db projections.DB, caseID string, asOf time.Time) ([]Link, error) {
	var id pgtype.UUID
	if id.Scan(caseID) != nil {
		return nil, nil
	}
	known := pgtype.Timestamptz{Time: asOf, Valid: true}
	if asOf.IsZero() {
		known.InfinityModifier = pgtype.Infinity
	}
	rows, err := db.Query(ctx, `select l.link, l.case_id, case when l.case_id = $1 then l.other else l.case_id end, l.kind, l.case_id <> $1,
			l.linked_at, l.actor_user, l.actor_agency, u.undone_at, u.actor_user, u.actor_agency, l.position
		from (select * from links.links where case_id = $1 union all select * from links.links where other = $1 and case_id <> $1) as l
		left join links.undone as u on u.case_id = l.case_id and u.link = l.link and u.accepted_at <= $2
		where l.accepted_at <= $2 order by l.position, l.link`, id, known)
	if err != nil {
		return nil, fmt.Errorf("couldn't read links: %w", err)
	}
	links, err := pgx.CollectRows(rows, readLink)
	if err != nil {
		return nil, fmt.Errorf("couldn't read links: %w", err)
	}
	return links, nil
}

func readLink(row pgx.CollectableRow) (Link, error) {
	var l Link
	var user, agency *string
	err := row.Scan(&l.ID, &l.CaseID, &l.Other, &l.Kind, &l.Reverse, &l.LinkedAt, &l.By.User, &l.By.Agency, &l.UndoneAt, &user, &agency, &l.Position)
	if user != nil && agency != nil {
		l.UndoneBy = &domain.Actor{User: *user, Agency: *agency}
	}
	return l, err
}
