package matching_test

import (
	"testing"

	"github.com/jackc/pgx/v5"

	"songtor/internal/database"
	"songtor/internal/paging"
	"songtor/projections/matching"
)

// Behind the wall a page of pairs reads little more than it shows, whoever looks, and not every case that there is. The control are
// policies that do not say that they are looked up row by row.
func TestAPageOfPairsReadsWhatItShows(t *testing.T) {
	t.Parallel()
	w, b := newWorld(1), running(t)
	_, first := w.screened("police", thai)
	b.add(first)
	b.exec(`insert into matching.agencies select gen_random_uuid(), case when n % 200 = 0 then 'ngo' else 'police' end, '' from generate_series(1, 20000) as n`)
	b.exec(`insert into matching.proposals
		select least(x.case_id, y.case_id), greatest(x.case_id, y.case_id), 60, '{"agree": [], "differ": []}', x.n
		from (select row_number() over (order by case_id) as n, * from matching.agencies) as x
		join (select row_number() over (order by case_id) as n, * from matching.agencies) as y on y.n = x.n + 1`)
	b.exec("analyze matching.agencies, matching.proposals, matching.settled")
	viewers := map[string]struct {
		database.Viewer
		matching.Scope
	}{
		"everybody's":       {Viewer: database.Viewer{Everywhere: true}},
		"of many cases":     {database.Viewer{Agencies: []string{"police"}}, matching.Scope{Agencies: []string{"police"}}},
		"of few cases":      {database.Viewer{Agencies: []string{"ngo"}}, matching.Scope{Agencies: []string{"ngo"}}},
		"of no case at all": {database.Viewer{}, matching.Scope{Agencies: []string{}}},
	}
	const little = 1000
	for whose, v := range viewers {
		if n := b.read(v.Viewer, v.Scope); n > little {
			t.Errorf("for a page %s %d rows are read", whose, n)
		}
	}
	for _, table := range []string{"proposals", "settled"} {
		b.exec(`do $do$ begin execute (select 'alter policy shown on matching.` + table + ` using (' || replace(pg_get_expr(polqual, polrelid), 'OFFSET 0', '') || ')'
			from pg_policy where polrelid = 'matching.` + table + `'::regclass and polname = 'shown'); end $do$`)
	}
	if n := b.read(viewers["everybody's"].Viewer, matching.Scope{}); n < 10*little {
		t.Errorf("with policies that are looked up for all cases at once %d rows are read", n)
	}
}

// The list of an agency is planned for that agency however often it was asked for others. The control is the same question by itself, for
// which the database soon keeps one plan for all.
func TestTheListOfAnAgencyIsPlannedForIt(t *testing.T) {
	t.Parallel()
	w, b := newWorld(1), running(t)
	_, first := w.screened("police", thai)
	b.add(first)
	scope := matching.Scope{Agencies: []string{"police"}}
	sql, args, err := matching.OpenQuery(scope, matching.Page{}, paging.DefaultLimit+1)
	if err != nil {
		t.Fatal(err)
	}
	plansForAll := func(ask func(*pgx.Conn) error) (n int) {
		conn, err := pgx.ConnectConfig(t.Context(), b.pool.Config().ConnConfig)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close(t.Context())
		for range 20 {
			if err := ask(conn); err != nil {
				t.Fatal(err)
			}
		}
		err = conn.QueryRow(t.Context(), "select generic_plans from pg_prepared_statements where statement = $1", sql).Scan(&n)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	if n := plansForAll(func(conn *pgx.Conn) error {
		_, err := matching.Open(t.Context(), conn, scope, matching.Page{})
		return err
	}); n > 0 {
		t.Errorf("%d of 20 lists were made by a plan for all agencies", n)
	}
	if n := plansForAll(func(conn *pgx.Conn) error {
		_, err := conn.Exec(t.Context(), sql, args...)
		return err
	}); n == 0 {
		t.Error("the database plans each question anew by itself")
	}
}

// plan is a step of what the database did, with those before it.
type plan struct {
	Rows    float64 `json:"Actual Rows"` // of a loop
	Removed float64 `json:"Rows Removed by Filter"`
	Loops   float64 `json:"Actual Loops"`
	Plans   []plan  `json:"Plans"`
}

func (p plan) rows() float64 {
	n := (p.Rows + p.Removed) * p.Loops
	for _, before := range p.Plans {
		n += before.rows()
	}
	return n
}

// read is how many rows all steps of the first page read.
func (b *bench) read(v database.Viewer, scope matching.Scope) int {
	b.t.Helper()
	sql, args, err := matching.OpenQuery(scope, matching.Page{}, paging.DefaultLimit)
	if err != nil {
		b.t.Fatal(err)
	}
	var done []struct{ Plan plan }
	if err := b.roles.Views.For(v).QueryRow(b.t.Context(), "explain (analyze, format json) "+sql, args...).Scan(&done); err != nil {
		b.t.Fatal(err)
	}
	return int(done[0].Plan.rows())
}

func (b *bench) exec(sql string) {
	b.t.Helper()
	if _, err := b.pool.Exec(b.t.Context(), sql); err != nil {
		b.t.Fatal(err)
	}
}
