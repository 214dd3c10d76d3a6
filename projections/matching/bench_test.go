package matching_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"songtor/domain"
)

// names draws whole names of given and family names from pools of a size.
func names(rnd *rand.Rand, given, family int) func() string {
	part := func() string {
		name := ""
		for range 2 + rnd.IntN(2) {
			name += pick(rnd, []string{"som", "chai", "boon", "mee", "phon", "thip", "wan", "kan", "ruk", "pat", "dao", "lek", "nit", "yut", "sak", "rat"})
		}
		return name
	}
	draw := func(n int) []string {
		all := make([]string, n)
		for i := range all {
			all[i] = part()
		}
		return all
	}
	givens, families := draw(given), draw(family)
	return func() string { return pick(rnd, givens) + " " + pick(rnd, families) }
}

// caseload is n cases, of which one in five is corrected; one in twenty people is there before.
func caseload(n int, name func(*world) string) []domain.Commit {
	w := newWorld(uint64(n))
	var people []told
	var commits []domain.Commit
	for range n {
		p := told{name: name(w), sex: pick(w.rnd, []string{"male", "female"}), age: 15 + w.rnd.IntN(50), language: "tha", phone: fmt.Sprintf("08%08d", w.rnd.IntN(50_000_000))}
		if len(people) > 0 && w.rnd.IntN(20) == 0 {
			p = pick(w.rnd, people)
		}
		people = append(people, p)
		h, c := w.screened(pick(w.rnd, []string{"police", "ngo"}), p)
		commits = append(commits, c)
		if w.rnd.IntN(5) == 0 {
			commits = append(commits, w.corrected(h, p))
		}
		commits = append(commits, w.commit(h, &domain.CaseClosed{}))
	}
	return commits
}

// BenchmarkCaseload follows 50,000 cases and builds them anew: with names as people have them, and with a few names that are shared by
// hundreds each.
func BenchmarkCaseload(bench *testing.B) {
	const cases = 50_000
	rnd := rand.New(rand.NewPCG(1, 1))
	various, few := names(rnd, 800, 3000), names(rnd, 10, 25)
	for _, load := range []struct {
		name string
		draw func() string
	}{{"various", various}, {"few", few}} {
		bench.Run(load.name, func(bench *testing.B) {
			commits := caseload(cases, func(*world) string { return load.draw() })
			b := setUp(bench, func() int { return 500 })
			for bench.Loop() {
				stop := b.start()
				began := time.Now()
				for len(commits) > 0 {
					n := min(5000, len(commits))
					b.add(commits[:n]...)
					commits = commits[n:]
				}
				head, _ := b.log.Head(bench.Context())
				bench.ReportMetric(float64(head)/time.Since(began).Seconds(), "commits/s")
				stop()
				began = time.Now()
				b.rebuild()
				bench.ReportMetric(float64(head)/time.Since(began).Seconds(), "rebuilt/s")
			}
			bench.ReportMetric(float64(len(b.strings(`select case_a::text from matching.proposals`))), "proposals")
		})
	}
}

// BenchmarkIncident takes in 260 people of one operation who share few names, over 5,000 cases that are there.
func BenchmarkIncident(bench *testing.B) {
	rnd := rand.New(rand.NewPCG(2, 2))
	various, few := names(rnd, 800, 3000), names(rnd, 60, 15)
	b := setUp(bench, func() int { return 500 })
	b.start()
	b.add(caseload(5_000, func(*world) string { return various() })...)
	for bench.Loop() {
		b.add(caseload(260, func(*world) string { return few() })...)
	}
}
