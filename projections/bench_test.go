package projections_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"songtor/domain"
	"songtor/projections"
	"songtor/projections/frontline"
	"songtor/projections/identification"
	"songtor/projections/inbox"
	"songtor/projections/protection"
	"songtor/projections/screening"
	"songtor/projections/stage"
	"songtor/projections/statistics"
	"songtor/projections/timeline"
)

// views are the groups of one benchmark: the stage views with inbox and timeline, or statistics.
func views() projections.Group {
	return projections.Group{Name: "views", Projections: []projections.Projection{
		frontline.New(), screening.New(), identification.New(), protection.New(), inbox.New(), timeline.New(),
	}}
}

func screenings(n int) []domain.Commit {
	w := newWorld(1)
	commits := make([]domain.Commit, n)
	for i := range commits {
		commits[i] = w.screened(agencies[i%len(agencies)])
	}
	return commits
}

// BenchmarkLive applies new screenings in batches of 500 as they come from a log.
func BenchmarkLive(b *testing.B) {
	const n = 20_000
	commits := screenings(n)
	for _, name := range []string{"views", "statistics"} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				b.StopTimer()
				t := setUp(b)
				t.log.step = 500
				group := views()
				if name == "statistics" {
					group = projections.Group{Name: name, Projections: []projections.Projection{statistics.New(pseudonym, t.vault.open)}}
				}
				r := t.runner(group)
				stop := t.start(r)
				t.log.add(commits[0])
				t.waitAll(r)
				b.StartTimer()
				t.log.add(commits[1:]...)
				t.waitAll(r)
				b.StopTimer()
				if err := stop(); err != nil {
					b.Fatal(err)
				}
				b.StartTimer()
			}
			b.ReportMetric(n*float64(b.N)/b.Elapsed().Seconds(), "commits/s")
		})
	}
}

// BenchmarkRebuild folds a log into the views, beside a plain COPY of the rows that come out.
func BenchmarkRebuild(b *testing.B) {
	const n = 40_000
	t := setUp(b, newWorld(2).history(n)...)
	t.log.step = 2000
	events := 0
	for _, c := range t.log.commits {
		events += len(c.Facts)
	}
	r := t.runner(views())
	b.Run("rebuild", func(b *testing.B) {
		for b.Loop() {
			if err := r.Rebuild(b.Context(), nil, nil); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64(events)*float64(b.N)/b.Elapsed().Seconds(), "events/s")
	})
	b.Run("copy", func(b *testing.B) {
		var tables []rowsOf
		for table := range t.dump() {
			tables = append(tables, t.rows(b, table))
		}
		for b.Loop() {
			for _, rows := range tables {
				t.copy(b, rows)
			}
		}
		b.ReportMetric(float64(events)*float64(b.N)/b.Elapsed().Seconds(), "events/s")
	})
}

// rowsOf are the rows of a table.
type rowsOf struct {
	table   string
	columns []string
	rows    [][]any
}

func (b *bench) rows(t testing.TB, table string) rowsOf {
	t.Helper()
	rows, err := b.pool.Query(t.Context(), "select * from "+table)
	if err != nil {
		t.Fatal(err)
	}
	of := rowsOf{table: table}
	for _, f := range rows.FieldDescriptions() {
		of.columns = append(of.columns, f.Name)
	}
	if of.rows, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) ([]any, error) { return row.Values() }); err != nil {
		t.Fatal(err)
	}
	return of
}

// copy writes rows into a new table like their own, without its indexes.
func (b *bench) copy(t testing.TB, of rowsOf) {
	t.Helper()
	err := pgx.BeginFunc(t.Context(), b.pool, func(tx pgx.Tx) error {
		if _, err := tx.Exec(t.Context(), "drop table if exists plain; create table plain (like "+of.table+")"); err != nil {
			return err
		}
		_, err := tx.CopyFrom(t.Context(), pgx.Identifier{"plain"}, of.columns, pgx.CopyFromRows(of.rows))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// BenchmarkList reads the first page and a late one of a stage with few and with many cases.
func BenchmarkList(b *testing.B) {
	v := screening.New()
	for _, cases := range []int{10_000, 1_000_000} {
		t := setUp(b, newWorld(3).screened("police"))
		r := t.runner(views())
		stop := t.start(r)
		t.waitAll(r)
		_ = stop()
		t.fill(b, cases)
		scopes := map[string]stage.Filter{"all": {OpenOnly: true}, "agency": {OpenOnly: true, AgencyScope: []string{"a3"}}}
		for name, f := range scopes {
			late, page := "", 0
			for ; page < min(400, cases/2500); page++ {
				list, err := v.List(b.Context(), t.pool, f, stage.Page{After: late})
				if err != nil {
					b.Fatal(err)
				}
				late = list.Next
			}
			for _, p := range []struct {
				name, after string
			}{{"first", ""}, {fmt.Sprint("page", page), late}} {
				b.Run(fmt.Sprintf("cases=%d/%s/%s", cases, name, p.name), func(b *testing.B) {
					for b.Loop() {
						if _, err := v.List(b.Context(), t.pool, f, stage.Page{After: p.after}); err != nil {
							b.Fatal(err)
						}
					}
				})
			}
		}
		b.Run(fmt.Sprintf("cases=%d/counts", cases), func(b *testing.B) {
			for b.Loop() {
				if _, err := v.Counts(b.Context(), t.pool, nil); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// fill adds cases of forty agencies to the screening stage.
func (b *bench) fill(t testing.TB, cases int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	_, err := b.pool.Exec(ctx, `insert into screening.cases (case_id, case_reference, status, agency, province, incident, urgent, rank,
			moment, since, updated_at, position)
		select gen_random_uuid(), 'TH-' || n, 'to_conclude', 'a' || n % 40, 'TH-' || 10 + n % 77, '', n % 9 = 0,
			case when n % 10 = 0 then 2 when n % 9 = 0 then 0 else 1 end, at, at, at, n
		from (select n, timestamptz '2024-01-01' + n * interval '1 minute' as at from generate_series(1, $1) n) s`, cases)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.pool.Exec(ctx, "vacuum analyze screening.cases"); err != nil {
		t.Fatal(err)
	}
}
