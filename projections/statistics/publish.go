package statistics

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"songtor/projections"
)

// This file is the only way by which counts leave the schema. What it publishes of a period:
//
//   - the total and one-way tables, nothing crossed with anything;
//   - no count from 1 to 10: such a cell is withheld (k = 11, the threshold of the Counter-Trafficking Data Collaborative);
//   - nothing from which such a count follows by subtraction: the withheld cells of a table are at least two and sum to at
//     least k, for which the smallest other cells are withheld too;
//   - nothing at all beside the method where the total itself is below k;
//   - a period only when it has been over for a month, so that forms written offline have come in;
//   - each period once: a second call returns what was published, whatever has been corrected or erased since.
//
// Periods do not overlap, so that no two releases can be subtracted from each other.

// k is the smallest count above zero that is published.
const k = 11

// grace is how long after its end a period is published.
const grace = 31 * 24 * time.Hour

// methodText is the key of the explanation that goes with every release.
const methodText = "statistics.method.withheld_small_counts"

// AsOf says what a release may rest on.
type AsOf struct {
	Now  time.Time // the period must have been over for a month then
	Head uint64    // head of the log, read at Now or later: everything up to it must have been counted
}

// Begin is what Publish needs of a database: a pool or a connection.
type Begin interface {
	projections.DB
	Begin(ctx context.Context) (pgx.Tx, error)
}

// Publish makes the release of a half-year that has ended, or returns the one made before. It fails with ErrPeriodUnknown,
// ErrPeriodOpen or ErrNotCaughtUp. Install must have been called.
func Publish(ctx context.Context, db Begin, period string, at AsOf) (Release, error) {
	r := Release{Period: period, PublishedAt: at.Now, Method: Method{Text: methodText, K: k, Complementary: true}}
	var err error
	if r.From, r.Until, err = bounds(period); err != nil {
		return Release{}, err
	}
	if at.Now.Before(r.Until.Add(grace)) {
		return Release{}, fmt.Errorf("%w: %s", ErrPeriodOpen, period)
	}
	err = pgx.BeginFunc(ctx, db, func(tx pgx.Tx) error { return freeze(ctx, tx, r, at.Head) })
	if err != nil {
		return Release{}, fmt.Errorf("couldn't publish %s: %w", period, err)
	}
	return Find(ctx, db, period)
}

// PublishEnded publishes every half-year that can be published, from the first with a person in it. It fails with ErrNotCaughtUp
// where the projection is behind.
func PublishEnded(ctx context.Context, db Begin, at AsOf) error {
	var first *string
	if err := db.QueryRow(ctx, "select min(period) from statistics.persons").Scan(&first); err != nil {
		return fmt.Errorf("couldn't find the first period: %w", err)
	}
	if first == nil {
		return nil
	}
	since, err := time.ParseInLocation("2006-01", *first, thailand)
	if err != nil {
		return fmt.Errorf("couldn't read the first period: %w", err)
	}
	for _, period := range periods(since, at.Now.Add(-grace)) {
		if _, err := Publish(ctx, db, period, at); err != nil {
			return err
		}
	}
	return nil
}

// freeze makes and stores the release unless there is one. The lock makes two callers at once publish the same.
func freeze(ctx context.Context, tx pgx.Tx, r Release, head uint64) error {
	if _, err := tx.Exec(ctx, "select pg_advisory_xact_lock(hashtextextended($1, 0))", "songtor/published"); err != nil {
		return err
	}
	var made bool
	if err := tx.QueryRow(ctx, "select exists (select from published.releases where period = $1)", r.Period).Scan(&made); err != nil || made {
		return err
	}
	if err := tx.QueryRow(ctx, "select coalesce(max(position), 0) from projections.positions where name = 'statistics'").Scan(&r.Position); err != nil {
		return err
	}
	if r.Position < head {
		return fmt.Errorf("%w: at %d of %d", ErrNotCaughtUp, r.Position, head)
	}
	people, err := people(ctx, tx, r.From, r.Until)
	if err != nil {
		return err
	}
	r.Total, r.Tables = publishable(people, true)
	encoded, err := json.Marshal(r)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, "insert into published.releases (period, published_at, release) values ($1, $2, $3)", r.Period, r.PublishedAt, encoded)
	return err
}

// people reads the rows of a period.
func people(ctx context.Context, tx pgx.Tx, from, until time.Time) ([]person, error) {
	rows, err := tx.Query(ctx, `select region, sex, age_band, nationality_group, exploitation, disability
		from statistics.persons where period >= $1 and period < $2`, month(from), month(until))
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (person, error) {
		var p person
		c := &p.categories
		if err := row.Scan(&p.region, &c.Sex, &c.AgeBand, &c.NationalityGroup, &c.Exploitation, &c.Disability); err != nil {
			return p, err
		}
		if !slices.Contains(regions.values, p.region) {
			return p, errors.New("a row has an unknown region")
		}
		return p, c.Check()
	})
}

// by lists the tables: a dimension and a person's value in it.
var by = []struct {
	dimension
	of func(person) string
}{
	{sexes, func(p person) string { return p.categories.Sex }},
	{ageGroups, func(p person) string { return ageGroup(p.categories.AgeBand) }},
	{nationalities, func(p person) string { return p.categories.NationalityGroup }},
	{exploitations, func(p person) string { return p.categories.Exploitation }},
	{disabilities, func(p person) string { return p.categories.Disability }},
	{regions, func(p person) string { return p.region }},
}

// publishable counts people and withholds what must not be published. Without the complementary step single small counts
// follow by subtraction: it can be left out so that a test can show that.
func publishable(people []person, complementary bool) (Cell, []Table) {
	if len(people) < k {
		return Cell{Withheld: true}, nil
	}
	tables := make([]Table, len(by))
	for i, d := range by {
		counts := make([]int, len(d.values))
		for _, p := range people {
			counts[slices.Index(d.values, d.of(p))]++
		}
		tables[i] = table(d.dimension, counts, withhold(counts, complementary))
	}
	total := len(people)
	return Cell{Count: &total}, tables
}

// withhold chooses the cells of a table that are not published.
func withhold(counts []int, complementary bool) []bool {
	withheld := make([]bool, len(counts))
	cells, sum := 0, 0
	for i, n := range counts {
		if n > 0 && n < k {
			withheld[i], cells, sum = true, cells+1, sum+n
		}
	}
	for complementary && cells > 0 && (cells < 2 || sum < k) {
		next := smallest(counts, withheld)
		if next < 0 {
			return allOf(withheld)
		}
		withheld[next], cells, sum = true, cells+1, sum+counts[next]
	}
	return withheld
}

// smallest is the place of the smallest count above zero that is still published, -1 for none. A zero would hide nothing.
func smallest(counts []int, withheld []bool) int {
	found := -1
	for i, n := range counts {
		if n > 0 && !withheld[i] && (found < 0 || n < counts[found]) {
			found = i
		}
	}
	return found
}

func allOf(withheld []bool) []bool {
	for i := range withheld {
		withheld[i] = true
	}
	return withheld
}

func table(d dimension, counts []int, withheld []bool) Table {
	t := Table{Name: d.name, Withheld: !slices.Contains(withheld, false), Cells: make([]Cell, len(counts))}
	for i, value := range d.values {
		t.Cells[i] = Cell{Value: value, Withheld: withheld[i]}
		if !withheld[i] {
			t.Cells[i].Count = &counts[i]
		}
	}
	return t
}
