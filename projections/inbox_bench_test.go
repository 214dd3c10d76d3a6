package projections_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"songtor/projections/inbox"
)

// now is the present of the benchmarks.
var now = time.Date(2026, 6, 15, 3, 0, 0, 0, time.UTC)

// crowd fills the inbox: 200,000 items of forty agencies, 50,000 of one more, a million past rows over two years, and as many closed
// referrals.
func (r *rooms) crowd() {
	r.t.Helper()
	ctx, cancel := context.WithTimeout(r.t.Context(), 10*time.Minute)
	defer cancel()
	item := `gen_random_uuid(), 'screening_to_conclude', %s, (array['screening_to_conclude', 'identification_to_decide', 'referral_to_answer', 'period_ends'])[1 + n %% 4],
		'a', case when n %% 20 = 0 then 'anong' || n %% 60 else '' end, '', '', %[2]s - interval '5 days',
		case when n %% 10 < 6 then %[2]s + interval '20 days' end, '', 0, '', '', false, 'TH-' || n, 'screening', 'to_conclude', 'TH-10', '', n %% 9 = 0, %[2]s, n`
	present := `timestamptz '2026-06-15' - (n % 60 * 86400 + n % 86400) * interval '1 second'`
	before := `timestamptz '2026-06-10' - (n % 730 * 86400 + n % 86400) * interval '1 second'`
	for _, sql := range []string{
		"insert into inbox.items select " + fmt.Sprintf(item, "'a' || n % 40", present) + " from generate_series(1, 200000) n",
		"insert into inbox.items select " + fmt.Sprintf(item, "'big'", present) + " from generate_series(1, 50000) n",
		"insert into inbox.past_items select " + fmt.Sprintf(item, "case when n % 5 = 0 then 'big' else 'a' || n % 40 end", before) +
			fmt.Sprintf(", extract(year from %[1]s) * 12 + extract(month from %[1]s), %[1]s + interval '5 days' from generate_series(1, 1000000) n", before),
		`insert into inbox.referrals select gen_random_uuid(), 'r', case when n % 2 = 0 then 'to' else 'from' end, 'referral', 'a' || n % 40, 'b', false, 1,
			case when n % 6 = 0 then 'pending' else 'done' end, '', ` + before + `, null, null, null,
			case when n % 6 = 0 then 'pending' else 'closed' end, 'TH-' || n, 'screening', 'to_conclude', 'TH-10', '', false, ` + before + `, n
			from generate_series(1, 1200000) n`,
		"insert into inbox.counts select agency, 'referrals', 'closed', 'referral', count(*) from inbox.referrals where state = 'closed' group by agency",
		"insert into inbox.counts select agency, 'items', 'own', kind, count(*) from inbox.items group by agency, kind",
	} {
		if _, err := r.pool.Exec(ctx, sql); err != nil {
			r.t.Fatal(err)
		}
	}
	if _, err := r.pool.Exec(ctx, "vacuum analyze"); err != nil {
		r.t.Fatal(err)
	}
}

func measure(b *testing.B, name string, read func() error) {
	b.Helper()
	b.Run(name, func(b *testing.B) {
		for b.Loop() {
			if err := read(); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// BenchmarkInboxPages reads pages and counts of agencies with 5,000 and with 50,000 items, now and as of moments in the past.
func BenchmarkInboxPages(b *testing.B) {
	r := newRooms(b)
	r.empty()
	r.crowd()
	list := func(f inbox.Filter, after string) func() error {
		return func() error {
			_, err := r.inbox.List(b.Context(), r.pool, f, inbox.Page{After: after})
			return err
		}
	}
	for _, agency := range []string{"a7", "big"} {
		of := inbox.Filter{Agencies: []string{agency}}
		late, pages := "", 0
		for ; pages < 50; pages++ {
			page, err := r.inbox.List(b.Context(), r.pool, of, inbox.Page{After: late})
			if err != nil {
				b.Fatal(err)
			}
			late = page.Next
		}
		measure(b, agency+"/first", list(of, ""))
		measure(b, agency+"/page50", list(of, late))
		measure(b, agency+"/mine", list(inbox.Filter{Agencies: of.Agencies, Assignee: "anong20"}, ""))
		measure(b, agency+"/box", list(inbox.Filter{Agencies: of.Agencies, Box: inbox.Incoming}, ""))
		measure(b, agency+"/rare", list(inbox.Filter{Agencies: of.Agencies, Province: "TH-50"}, ""))
		for _, days := range []int{1, 20, 100, 600} {
			measure(b, fmt.Sprintf("%s/%d days ago", agency, days), list(inbox.Filter{Agencies: of.Agencies, AsOf: now.AddDate(0, 0, -days)}, ""))
		}
		for name, of := range map[string]inbox.Whose{"agency": {Agency: agency}, "person": {Agency: agency, Assignee: "anong20"}} {
			measure(b, agency+"/counts of "+name, func() error {
				_, err := r.inbox.Counts(b.Context(), r.pool, of, now)
				return err
			})
		}
	}
	measure(b, "every agency", list(inbox.Filter{}, ""))
	for _, box := range inbox.ReferralBoxes() {
		for name, at := range map[string]time.Time{"now": {}, "100 days ago": now.AddDate(0, 0, -100)} {
			measure(b, fmt.Sprintf("box/%s/%s", box, name), func() error {
				_, err := r.inbox.Referrals(b.Context(), r.pool, inbox.BoxFilter{Agency: "a6", Box: box, AsOf: at}, inbox.Page{})
				return err
			})
		}
	}
	measure(b, "box/counts", func() error {
		_, err := r.inbox.BoxCounts(b.Context(), r.pool, "a6", nil)
		return err
	})
}

// BenchmarkRooms follows random histories in batches as they come from a log, and rebuilds from them.
func BenchmarkRooms(b *testing.B) {
	const n = 20_000
	commits := newCaseload(1).history(n)
	b.Run("follow", func(b *testing.B) {
		for b.Loop() {
			b.StopTimer()
			r := newRooms(b)
			r.log.step = 500
			r.follow(commits[0])
			b.StartTimer()
			r.follow(commits[1:]...)
		}
		b.ReportMetric(n*float64(b.N)/b.Elapsed().Seconds(), "commits/s")
	})
	b.Run("rebuild", func(b *testing.B) {
		r := newRooms(b, commits...)
		r.log.step = 2000
		for b.Loop() {
			r.rebuild()
		}
		b.ReportMetric(n*float64(b.N)/b.Elapsed().Seconds(), "commits/s")
	})
}
