package projections_test

import (
	"testing"

	"github.com/jackc/pgx/v5"

	"songtor/domain"
	"songtor/projections"
	"songtor/projections/frontline"
	"songtor/projections/identification"
	"songtor/projections/inbox"
	"songtor/projections/protection"
	"songtor/projections/screening"
	"songtor/projections/statistics"
	"songtor/projections/timeline"
)

// views are the groups of one benchmark: the stage views with inbox and timeline, or statistics.
func views() projections.Group {
	return projections.Group{Name: "views", Projections: []projections.Projection{
		frontline.New(), screening.New(), identification.New(), protection.New(), inbox.New(office), timeline.New(),
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
					group = projections.Group{Name: name, Projections: []projections.Projection{statistics.New(pseudonyms, t.vault.open)}}
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
