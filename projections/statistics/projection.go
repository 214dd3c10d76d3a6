// Package statistics keeps one row a case of what is counted: coarse categories, days and decisions.
//
// A person is counted once, with all cases that are linked as theirs, and with the first screening; a correction of it changes the row. The
// row of a case whose keys were destroyed is deleted, and where the keys are gone already none stays. None of this changes what was
// published before: a release is an event on the log by itself.
//
// What is counted is opened under a scope of its own, ScopeStatistics, by a function that the caller passes in; rows carry a keyed
// pseudonym in place of the case id. Only whoever builds a release reads them, with Extract.
package statistics

import (
	"context"
	_ "embed"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/jackc/pgx/v5"

	"songtor/domain"
	"songtor/projections"
)

//go:embed schema.sql
var schema string

// version rises with every change to the schema or to what the projection does with commits.
const version = 5

// Opener opens what is sealed under ScopeStatistics in the commits, in place. It leaves closed what belongs to a case whose
// keys were destroyed, and fails only where trying again may help.
type Opener func(ctx context.Context, commits []domain.Commit) error

// Projection keeps the rows.
type Projection struct {
	name    func(ctx context.Context, ids ...string) ([][]byte, error)
	open    Opener
	persons *projections.Table
}

// New makes the projection. name makes the pseudonyms of ids in order: keyed digests, the same for the same id for ever. It fails only
// where trying again may help.
func New(name func(ctx context.Context, ids ...string) ([][]byte, error), open Opener) *Projection {
	return &Projection{name: name, open: open, persons: &projections.Table{Name: "persons", Key: 1, Columns: []projections.Column{
		{Name: "pseudonym", Type: projections.Bytes},
		{Name: "facts", Type: projections.JSON},
	}}}
}

// Name implements projections.Projection.
func (p *Projection) Name() string { return "statistics" }

// Version implements projections.Projection.
func (p *Projection) Version() int { return version }

// Schema implements projections.Projection.
func (p *Projection) Schema() string { return schema }

// Apply implements projections.Projection.
func (p *Projection) Apply(ctx context.Context, b *projections.Batch, commits []domain.Commit) error {
	if err := p.open(ctx, commits); err != nil {
		return fmt.Errorf("couldn't open categories: %w: %w", projections.ErrRetry, err)
	}
	names, err := p.names(ctx, commits)
	if err != nil {
		return err
	}
	known, err := p.load(ctx, b, names, commits)
	if err != nil {
		return err
	}
	for i := range commits {
		c := &commits[i]
		pseudonym := string(names[c.CaseID])
		if known[pseudonym], err = names.fold(known[pseudonym], c); err != nil {
			return err
		}
	}
	for _, pseudonym := range slices.Sorted(maps.Keys(known)) {
		if err := p.keep(b, []byte(pseudonym), known[pseudonym]); err != nil {
			return err
		}
	}
	return nil
}

// pseudonyms are those of a batch's cases and of what their events name, by id.
type pseudonyms map[string][]byte

func (n pseudonyms) text(id string) string { return base64.RawURLEncoding.EncodeToString(n[id]) }

// names makes the pseudonyms of a batch with one call.
func (p *Projection) names(ctx context.Context, commits []domain.Commit) (pseudonyms, error) {
	names := pseudonyms{}
	for _, c := range commits {
		names[c.CaseID] = nil
		for _, f := range c.Facts {
			for _, id := range ids(f.Event) {
				names[id] = nil
			}
		}
	}
	asked := slices.Collect(maps.Keys(names))
	made, err := p.name(ctx, asked...)
	if err != nil {
		return nil, fmt.Errorf("couldn't name cases: %w: %w", projections.ErrRetry, err)
	}
	for i, id := range asked {
		names[id] = made[i]
	}
	return names, nil
}

// load reads the rows of the cases that were known before these commits.
func (p *Projection) load(ctx context.Context, b *projections.Batch, names pseudonyms, commits []domain.Commit) (map[string]*Person, error) {
	known := map[string]*Person{}
	var older [][]byte
	for i := range commits {
		if commits[i].Number > 1 {
			older = append(older, names[commits[i].CaseID])
		}
	}
	if len(older) == 0 {
		return known, nil
	}
	rows, err := b.Query(ctx, `select pseudonym, facts from `+b.Table(p.persons)+` where pseudonym = any($1)`, older)
	if err != nil {
		return nil, fmt.Errorf("couldn't read persons: %w", err)
	}
	var pseudonym, facts []byte
	_, err = pgx.ForEachRow(rows, []any{&pseudonym, &facts}, func() error {
		person := new(Person)
		known[string(pseudonym)] = person
		return json.Unmarshal(facts, person)
	})
	if err != nil {
		return nil, fmt.Errorf("couldn't read persons: %w", err)
	}
	return known, nil
}

// fold is the person after a commit, nil for none.
func (n pseudonyms) fold(p *Person, c *domain.Commit) (*Person, error) {
	if p == nil && c.Number > 1 {
		return nil, nil // forgotten, by an erasure that the log has yet to tell of
	}
	if p == nil {
		p = new(Person)
	}
	for _, f := range c.Facts {
		if _, gone := f.Event.(*domain.KeysDestroyed); gone {
			return nil, nil
		}
		if err := p.apply(step{f, c.Position, n}); err != nil {
			return nil, err
		}
	}
	p.stands(c.Standing)
	return p, nil
}

// keep writes the row of a person, or removes it.
func (p *Projection) keep(b *projections.Batch, pseudonym []byte, now *Person) error {
	if now == nil {
		b.Delete(p.persons, pseudonym)
		return nil
	}
	facts, err := json.Marshal(now)
	if err != nil {
		return fmt.Errorf("couldn't write a person: %w", err)
	}
	b.Put(p.persons, pseudonym, facts)
	return nil
}

// Begin is what Extract needs of a database: a pool or a connection.
type Begin interface {
	BeginTx(ctx context.Context, o pgx.TxOptions) (pgx.Tx, error)
}

// ErrFormerReleases says that the database holds what a version of the program published that kept releases in a table and not on the log. No
// audit knows of these counts, so that nothing more may be published beside them.
var ErrFormerReleases = errors.New("the database has releases in published.releases, which are not in the ledger")

// formerReleases asks whether the table was ever written to. Nothing of it is read, and no right to it is needed.
const formerReleases = `select exists (select from pg_class c join pg_namespace n on n.oid = c.relnamespace
	where n.nspname = 'published' and c.relname = 'releases' and pg_relation_size(c.oid) > 0)`

// Extract reads everybody, the cases of one person together, and the position of the log up to which they tell, both as of one moment. It is
// for whoever builds a release, and for nobody else. It fails with ErrFormerReleases.
func Extract(ctx context.Context, db Begin) (people []Person, position uint64, err error) {
	moment := pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}
	err = pgx.BeginTxFunc(ctx, db, moment, func(tx pgx.Tx) error {
		var former bool
		if err := tx.QueryRow(ctx, formerReleases).Scan(&former); err != nil {
			return err
		}
		if former {
			return ErrFormerReleases
		}
		err := tx.QueryRow(ctx, "select coalesce(max(position), 0) from projections.positions where name = 'statistics' and version = $1", version).Scan(&position)
		if err != nil {
			return err
		}
		found, err := tx.Query(ctx, "select pseudonym, facts from statistics.persons order by pseudonym")
		if err != nil {
			return err
		}
		rows, err := pgx.CollectRows(found, pgx.RowToStructByPos[row])
		people = persons(rows)
		return err
	})
	if err != nil {
		return nil, 0, fmt.Errorf("couldn't read whom to count: %w", err)
	}
	return people, position, nil
}

// Forget removes the rows of people, by the pseudonyms of their cases. It is for a database that was restored from before the cases'
// keys were destroyed. Where the projection has not been made yet there is nothing to forget.
func Forget(ctx context.Context, db projections.DB, pseudonyms [][]byte) error {
	_, err := db.Exec(ctx, `delete from statistics.persons where pseudonym = any($1)`, pseudonyms)
	if err != nil && !projections.NotMade(err) {
		return fmt.Errorf("couldn't forget the people of erased cases: %w", err)
	}
	return nil
}
