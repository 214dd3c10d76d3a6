package stage_test

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"testing"
	"time"

	"songtor/domain"
	"songtor/internal/database"
	"songtor/projections"
	"songtor/projections/stage"
)

// fill adds cases to a stage, each with so many versions of its row in the past. Forty agencies and 77 provinces; one agency has a tenth of
// the cases; of ten cases four have ended; the cases come in over two years.
func (b *bench) fill(schema string, cases, versions int) {
	b.Helper()
	const shown = `case_id, case_reference, status, agency, province, incident, assignee, urgent, ended, rank, opened_at, since, due_at, tasks, known_from, position`
	status := map[string]string{"frontline": "first_contact", "screening": "to_conclude", "identification": "awaiting_decision", "protection": "in_protection"}[schema]
	b.exec(fmt.Sprintf(`create temporary table made as
		select md5(n::text)::uuid as case_id, 'TH-' || lpad((n::bigint * 7919 %% $1)::text, 8, '0') as case_reference,
			case when n %% 10 < 4 then 'closed' when n %% 200 = 5 then 'unclear' else '%s' end as status,
			case when n %% 10 = 9 then 'a0' else 'a' || n %% 39 + 1 end as agency, 'TH-' || 10 + n %% 77 as province,
			case when n %% 5 = 0 then 'raid-' || n / 1000 else '' end as incident,
			case when n %% 3 = 0 then '' else 'person-' || n %% 2000 end as assignee, n %% 9 = 0 as urgent, n %% 10 < 4 as ended,
			case when n %% 9 = 0 then 0 else 1 end as rank, at as opened_at, at as since,
			case when n %% 2 = 0 or n %% 10 < 4 then timestamptz '9999-12-31 00:00:00+00' else at + n %% 100 * interval '1 day' end as due_at,
			case when n %% 5000 = 5 then 'disagreement_to_settle screening_to_conclude' else 'screening_to_conclude' end as tasks, at, n
		from (select n, timestamptz '2024-01-01' + n * (interval '730 days' / $1) as at from generate_series(1, $1) n) s`, status), cases)
	// Half of the past versions of a case last for hours, the others for weeks.
	b.exec(fmt.Sprintf(`create temporary table spans as
		select *, at + v / 2 * interval '30 days' + v %% 2 * interval '5 hours' as known_from,
			at + (v + 1) / 2 * interval '30 days' + (v + 1) %% 2 * interval '5 hours' as known_until
		from made cross join generate_series(0, $1) v`), versions)
	b.exec(fmt.Sprintf(`insert into %s.cases (%s) select %s from (select *, n as position from spans where v = %d) s`, schema, shown, shown, versions))
	b.exec(fmt.Sprintf(`insert into %s.past (%s, known_until, node) select %s, known_until,
			((lf / (1::bigint << lv) * 2 + 1) << lv)
		from (select *, n as position, (extract(epoch from known_from) * 1000000)::bigint >> 20 as lf,
			length(ltrim(((((extract(epoch from known_from) * 1000000)::bigint >> 20) # ((extract(epoch from known_until) * 1000000)::bigint >> 20)))::bit(40)::text, '0')) as lv
			from spans where v < %d) s`, schema, shown, shown, versions))
	b.exec(fmt.Sprintf(`insert into %s.counts select status, agency, province, count(*), count(*) filter (where assignee = ''), count(*) filter (where urgent)
		from %[1]s.cases group by 1, 2, 3`, schema))
	b.exec("drop table made, spans")
	b.exec(fmt.Sprintf("vacuum analyze %s.cases", schema))
	b.exec(fmt.Sprintf("vacuum analyze %s.past", schema))
}

// usual are filters that people have set.
func usual() map[string]stage.Filter {
	now := time.Date(2025, 12, 1, 5, 0, 0, 0, time.UTC)
	all := map[string]stage.Filter{
		"all":               {},
		"open":              {OpenOnly: true},
		"big agency":        {OpenOnly: true, AgencyScope: []string{"a0"}},
		"agency":            {OpenOnly: true, AgencyScope: []string{"a7"}},
		"three agencies":    {OpenOnly: true, AgencyScope: []string{"a7", "a8", "a9"}},
		"province":          {OpenOnly: true, Provinces: []string{"TH-10"}},
		"agency, provinces": {OpenOnly: true, AgencyScope: []string{"a0"}, Provinces: []string{"TH-10", "TH-11", "TH-12"}},
		"unassigned":        {OpenOnly: true, Assignee: []string{""}},
		"mine":              {OpenOnly: true, Assignee: []string{"person-17"}},
		"unclear":           {OpenOnly: true, Status: []domain.Status{domain.Unclear}},
		"overdue":           {OpenOnly: true, Due: stage.Overdue},
		"urgent":            {OpenOnly: true, Urgent: true},
		"incident":          {Incident: "raid-7"},
		"rare task":         {OpenOnly: true, Task: domain.TaskDisagreement},
		"common task":       {OpenOnly: true, Task: domain.TaskConclude},
		"nothing to find":   {OpenOnly: true, AgencyScope: []string{"a7"}, Provinces: []string{"TH-99"}},
	}
	for name, f := range all {
		f.Now = now
		all[name] = f
	}
	return all
}

// medians are the middle of the times that some things take, each done in turn so that what else the machine does meets all of them.
func medians(tb testing.TB, do ...func() error) []float64 {
	tb.Helper()
	times := make([][]time.Duration, len(do))
	for i := range 27 {
		for n, one := range do {
			start := time.Now()
			if err := one(); err != nil {
				tb.Fatal(err)
			}
			if i >= 6 { // by then the database has made up its mind about the plan
				times[n] = append(times[n], time.Since(start))
			}
		}
	}
	middle := make([]float64, len(do))
	for n := range do {
		slices.Sort(times[n])
		middle[n] = ms(times[n][len(times[n])/2])
	}
	return middle
}

// size is how many cases the measurements are made with.
func size(tb testing.TB) int {
	tb.Helper()
	n, err := strconv.Atoi(os.Getenv("SONGTOR_BENCH_CASES"))
	if err != nil {
		return 200_000
	}
	return n
}

// BenchmarkPages prints the first page of every list against a late one: the 1,000th, or the last full one where there are fewer.
func BenchmarkPages(tb *testing.B) {
	n := size(tb)
	for _, v := range views() {
		if only := os.Getenv("SONGTOR_BENCH_STAGE"); only != "" && only != v.Name() {
			continue
		}
		b := rebuilt(tb, newLog(10))
		b.fill(v.Name(), n, 0)
		for _, o := range stage.Orders() {
			for name, f := range usual() {
				tb.Run(fmt.Sprintf("%s/%s/%s", v.Name(), o, name), func(tb *testing.B) {
					for tb.Loop() {
						after, pages := b.turn(v, f, o)
						took := medians(tb, func() error { return b.page(v, f, o, "") }, func() error { return b.page(v, f, o, after) })
						tb.ReportMetric(took[0], "first-ms")
						tb.ReportMetric(float64(pages), "page")
						tb.ReportMetric(took[1], "late-ms")
						tb.ReportMetric(took[1]/took[0], "late/first")
						tb.ReportMetric(0, "ns/op")
					}
				})
			}
		}
	}
}

// BenchmarkWall prints the first and a late page of a list as songtor_query reads it, behind row-level security, against the same query by
// who passes over it.
func BenchmarkWall(tb *testing.B) {
	v := views()[1]
	b := rebuilt(tb, newLog(10))
	b.fill(v.Name(), size(tb), 1)
	at := time.Date(2025, 6, 1, 5, 0, 0, 0, time.UTC)
	for name, f := range usual() {
		f.Tokens = []string{"one", "two"}
		behind := b.roles.Views.For(database.Viewer{Everywhere: f.AgencyScope == nil, Agencies: f.AgencyScope, Tokens: f.Tokens})
		tb.Run(name, func(tb *testing.B) {
			for tb.Loop() {
				after, _ := b.turn(v, f, stage.ByQueue)
				list := func(db projections.DB, after string) func() error {
					return func() error {
						_, err := v.List(b.Context(), db, f, stage.Page{After: after})
						return err
					}
				}
				past := func(db projections.DB) func() error {
					return func() error {
						_, err := v.AsOf(b.Context(), db, at, f, stage.Page{})
						return err
					}
				}
				took := medians(tb, list(b.pool, ""), list(behind, ""), list(b.pool, after), list(behind, after), past(b.pool), past(behind))
				for i, page := range []string{"first", "late", "past"} {
					tb.ReportMetric(took[2*i], page+"-ms")
					tb.ReportMetric(took[2*i+1]/took[2*i], page+"-behind/before")
				}
				tb.ReportMetric(0, "ns/op")
			}
		})
	}
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

func (b *bench) page(v *stage.View, f stage.Filter, o stage.Order, after string) error {
	_, err := v.List(b.Context(), b.pool, f, stage.Page{Order: o, After: after})
	return err
}

// turn goes to the cursor before the 1,000th page, or the last but one, in steps of four pages.
func (b *bench) turn(v *stage.View, f stage.Filter, o stage.Order) (after string, pages int) {
	b.Helper()
	for pages = 1; pages < 1000; pages += 4 {
		list, err := v.List(b.Context(), b.pool, f, stage.Page{Order: o, Limit: 200, After: after})
		if err != nil {
			b.Fatal(err)
		}
		if list.Next == "" {
			return after, pages
		}
		after = list.Next
	}
	return after, pages
}

// BenchmarkAsOf prints the first page as of several moments, of cases with five versions each.
func BenchmarkAsOf(tb *testing.B) {
	n := size(tb)
	b := rebuilt(tb, newLog(10))
	v := views()[1]
	b.fill(v.Name(), n, 4)
	begin := time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)
	for _, o := range stage.Orders() {
		for _, name := range []string{"all", "open", "agency", "big agency", "province", "unassigned", "overdue", "rare task"} {
			f := usual()[name]
			tb.Run(fmt.Sprintf("%s/%s", o, name), func(tb *testing.B) {
				for tb.Loop() {
					tb.ReportMetric(medians(tb, func() error { return b.page(v, f, o, "") })[0], "present-ms")
					for _, part := range []int{1, 5, 25, 50, 75, 99, 110} {
						at := begin.Add(time.Duration(part) * 730 * 24 * time.Hour / 100)
						took := medians(tb, func() error {
							_, err := v.AsOf(b.Context(), b.pool, at, f, stage.Page{Order: o})
							return err
						})
						tb.ReportMetric(took[0], fmt.Sprintf("at-%d%%-ms", part))
					}
					tb.ReportMetric(0, "ns/op")
				}
			})
		}
	}
}

// BenchmarkCounts prints what the counts of a stage cost.
func BenchmarkCounts(tb *testing.B) {
	n := size(tb)
	b := rebuilt(tb, newLog(10))
	v := views()[1]
	b.fill(v.Name(), n, 0)
	for _, name := range []string{"all", "agency", "province", "three agencies"} {
		f := usual()[name]
		tb.Run(name, func(tb *testing.B) {
			for tb.Loop() {
				took := medians(tb, func() error { _, err := v.Counts(b.Context(), b.pool, f); return err },
					func() error { _, err := v.Next(b.Context(), b.pool, f, 5); return err })
				tb.ReportMetric(took[0], "counts-ms")
				tb.ReportMetric(took[1], "next-ms")
				tb.ReportMetric(0, "ns/op")
			}
		})
	}
}

// BenchmarkApply gives the four views a log of random standings, as it comes and in a rebuild.
func BenchmarkApply(tb *testing.B) {
	const n = 40_000
	commits := newWorld(9).history(n)
	tb.Run("live", func(tb *testing.B) {
		for tb.Loop() {
			tb.StopTimer()
			l := newLog(1000, commits[0])
			b := follow(tb, l)
			tb.StartTimer()
			l.add(commits[1:]...)
			b.wait()
		}
		tb.ReportMetric(n*float64(tb.N)/tb.Elapsed().Seconds(), "commits/s")
	})
	tb.Run("rebuild", func(tb *testing.B) {
		b := setUp(tb, newLog(2000, commits...))
		for tb.Loop() {
			if err := b.runner.Rebuild(tb.Context(), nil, nil); err != nil {
				tb.Fatal(err)
			}
		}
		tb.ReportMetric(n*float64(tb.N)/tb.Elapsed().Seconds(), "commits/s")
	})
}
