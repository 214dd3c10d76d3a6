// Package statistics keeps one row a person of coarse categories and publishes counts of them.
//
// A person is counted once, with the first screening of the case, in the month in which it was held. A correction of that
// screening changes the row. The row of a case whose keys were destroyed is deleted, and where the keys are gone already it is
// never made. None of this changes what was published before: a form that arrives after its half-year was published is in no
// release.
//
// The categories are opened under a scope of their own, ScopeStatistics, by a function that the caller passes in; rows carry a
// keyed pseudonym in place of the case id. Nothing exported reads the rows: Publish alone counts them.
package statistics

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"songtor/domain"
	"songtor/projections"
)

//go:embed schema.sql
var schema string

// version rises with every change to the schema or to what the projection does with commits.
const version = 2

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
		{Name: "screening", Type: projections.Bytes},
		{Name: "period", Type: projections.Text},
		{Name: "region", Type: projections.Text},
		{Name: "sex", Type: projections.Text},
		{Name: "age_band", Type: projections.Text},
		{Name: "nationality_group", Type: projections.Text},
		{Name: "exploitation", Type: projections.Text},
		{Name: "disability", Type: projections.Text},
		{Name: "reached", Type: projections.Text},
	}}}
}

// Name implements projections.Projection.
func (p *Projection) Name() string { return "statistics" }

// Version implements projections.Projection.
func (p *Projection) Version() int { return version }

// Schema implements projections.Projection.
func (p *Projection) Schema() string { return schema }

// person is a row.
type person struct {
	screening  string // bytes, as a string so that persons compare
	period     string
	region     string
	categories Categories
	reached    string
}

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
		pseudonym := names[c.CaseID]
		was := known[string(pseudonym)]
		now, err := names.fold(was, c)
		if err != nil {
			return err
		}
		switch {
		case now != nil && (was == nil || *now != *was):
			known[string(pseudonym)] = now
			p.put(b, pseudonym, now)
		case now == nil && was != nil:
			delete(known, string(pseudonym))
			b.Delete(p.persons, pseudonym)
		}
	}
	return nil
}

// pseudonyms are those of a batch's cases and screenings, by id.
type pseudonyms map[string][]byte

// names makes the pseudonyms of a batch with one call.
func (p *Projection) names(ctx context.Context, commits []domain.Commit) (pseudonyms, error) {
	names := pseudonyms{}
	for _, c := range commits {
		names[c.CaseID] = nil
		for _, f := range c.Facts {
			switch e := f.Event.(type) {
			case *domain.ScreeningRecorded:
				names[e.Screening] = nil
			case *domain.ScreeningCorrected:
				names[e.Screening] = nil
			}
		}
	}
	ids := slices.Collect(maps.Keys(names))
	made, err := p.name(ctx, ids...)
	if err != nil {
		return nil, fmt.Errorf("couldn't name cases: %w: %w", projections.ErrRetry, err)
	}
	for i, id := range ids {
		names[id] = made[i]
	}
	return names, nil
}

// load reads the rows of the cases that were known before these commits.
func (p *Projection) load(ctx context.Context, b *projections.Batch, names pseudonyms, commits []domain.Commit) (map[string]*person, error) {
	known := map[string]*person{}
	var older [][]byte
	for i := range commits {
		if commits[i].Number > 1 {
			older = append(older, names[commits[i].CaseID])
		}
	}
	if len(older) == 0 {
		return known, nil
	}
	rows, err := b.Query(ctx, `select pseudonym, screening, period, region, sex, age_band, nationality_group, exploitation,
		disability, reached from `+b.Table(p.persons)+` where pseudonym = any($1)`, older)
	if err != nil {
		return nil, fmt.Errorf("couldn't read persons: %w", err)
	}
	var pseudonym, screening []byte
	var row person
	c := &row.categories
	_, err = pgx.ForEachRow(rows, []any{
		&pseudonym, &screening, &row.period, &row.region, &c.Sex, &c.AgeBand, &c.NationalityGroup,
		&c.Exploitation, &c.Disability, &row.reached,
	}, func() error {
		found := row
		found.screening = string(screening)
		known[string(pseudonym)] = &found
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("couldn't read persons: %w", err)
	}
	return known, nil
}

// fold is the person after a commit, nil for none.
func (n pseudonyms) fold(was *person, c *domain.Commit) (*person, error) {
	now := was
	for _, f := range c.Facts {
		var err error
		switch e := f.Event.(type) {
		case *domain.ScreeningRecorded:
			if now == nil {
				now, err = n.counted(e, f.HappenedAt, c)
			}
		case *domain.ScreeningCorrected:
			now, err = n.corrected(now, e)
		case *domain.KeysDestroyed:
			now = nil
		}
		if err != nil {
			return nil, err
		}
	}
	if now != nil {
		now = now.at(c.Standing.Stage)
	}
	return now, nil
}

// counted is the person of a first screening, nil where it cannot be opened any more.
func (n pseudonyms) counted(e *domain.ScreeningRecorded, held time.Time, c *domain.Commit) (*person, error) {
	categories, err := reveal(e.Categories)
	if err != nil || categories == nil {
		return nil, err
	}
	return &person{
		screening: string(n[e.Screening]), period: month(held),
		region: regionOf(c.Standing.Province), categories: *categories,
	}, nil
}

// corrected is the person after a correction of the screening that was counted.
func (n pseudonyms) corrected(was *person, e *domain.ScreeningCorrected) (*person, error) {
	if was == nil || was.screening != string(n[e.Screening]) {
		return was, nil
	}
	categories, err := reveal(e.Categories)
	if err != nil || categories == nil {
		return was, err
	}
	now := *was
	now.categories = *categories
	return &now, nil
}

// reveal is the content of an opened value, nil for one that is closed.
func reveal(private domain.Private) (*Categories, error) {
	var c Categories
	err := private.Reveal(&c)
	if errors.Is(err, domain.ErrClosed) {
		return nil, nil // closed for ever is no error and no value
	}
	if err == nil {
		err = c.Check()
	}
	if err != nil {
		return nil, fmt.Errorf("couldn't read categories: %w", err)
	}
	return &c, nil
}

// at is the person with the furthest of the stages reached so far and the one given.
func (p *person) at(stage domain.Stage) *person {
	order := domain.Stages()
	if slices.Index(order, stage) <= slices.Index(order, domain.Stage(p.reached)) {
		return p
	}
	now := *p
	now.reached = string(stage)
	return &now
}

func (p *Projection) put(b *projections.Batch, pseudonym []byte, now *person) {
	c := &now.categories
	b.Put(p.persons, pseudonym, []byte(now.screening), now.period, now.region, c.Sex, c.AgeBand, c.NationalityGroup,
		c.Exploitation, c.Disability, now.reached)
}

// thailand is the time zone of the months: UTC+7 all year.
var thailand = time.FixedZone("Asia/Bangkok", 7*60*60)

func month(t time.Time) string { return t.In(thailand).Format("2006-01") }

// Forget removes the rows of people, by the pseudonyms of their cases. It is for a database that was restored from before the cases'
// keys were destroyed. Where the projection has not been made yet there is nothing to forget.
func Forget(ctx context.Context, db projections.DB, pseudonyms [][]byte) error {
	_, err := db.Exec(ctx, `delete from statistics.persons where pseudonym = any($1)`, pseudonyms)
	if err != nil && !projections.NotMade(err) {
		return fmt.Errorf("couldn't forget the people of erased cases: %w", err)
	}
	return nil
}
