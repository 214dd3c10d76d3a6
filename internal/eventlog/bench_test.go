package eventlog

import (
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"songtor/domain"
)

func BenchmarkEncode(b *testing.B) {
	c := benchCommit(b)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Encode(c); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkDecode(b *testing.B) {
	data, err := Encode(benchCommit(b))
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Decode(data); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkAppend compares Append with a bare publish of as many bytes on the same server: each new case, no reading before it. The
// two take turns in short rounds, so that a noisy machine treats them alike.
func BenchmarkAppend(b *testing.B) {
	for _, clients := range []int{1, 64} {
		b.Run(fmt.Sprintf("clients=%d", clients), func(b *testing.B) {
			l, _ := openLog(b)
			data, err := Encode(benchCommit(b))
			if err != nil {
				b.Fatal(err)
			}
			var ours, raw []time.Duration
			const round = 256
			for done := 0; done < b.N; done += round {
				commits := make([]*domain.Commit, round)
				for i := range commits {
					commits[i] = benchCommit(b)
				}
				ours = append(ours, timed(b, clients, round, func(i int) error { return l.Append(b.Context(), commits[i], 0) })...)
				raw = append(raw, timed(b, clients, round, func(int) error {
					_, err := l.js.Publish(b.Context(), casePrefix+newID(), data)
					return err
				})...)
			}
			report(b, clients, ours, raw)
		})
	}
}

// timed does something n times from so many goroutines and returns how long each took.
func timed(b *testing.B, clients, n int, do func(i int) error) []time.Duration {
	b.Helper()
	took := make([]time.Duration, n)
	var at atomic.Int64
	var all sync.WaitGroup
	for range clients {
		all.Go(func() {
			for i := at.Add(1) - 1; i < int64(n); i = at.Add(1) - 1 {
				start := time.Now()
				if err := do(int(i)); err != nil {
					b.Error(err)
				}
				took[i] = time.Since(start)
			}
		})
	}
	all.Wait()
	return took
}

func report(b *testing.B, clients int, ours, raw []time.Duration) {
	b.Helper()
	median := func(d []time.Duration) float64 {
		slices.Sort(d)
		return float64(d[len(d)/2])
	}
	sum := func(d []time.Duration) (s float64) {
		for _, t := range d {
			s += float64(t)
		}
		return s
	}
	b.ReportMetric(float64(len(ours)*clients)/sum(ours)*1e9, "appends/s")
	b.ReportMetric(float64(len(raw)*clients)/sum(raw)*1e9, "publishes/s")
	b.ReportMetric(median(ours)/1e3, "append-µs")
	b.ReportMetric(median(raw)/1e3, "publish-µs")
	b.ReportMetric(median(ours)/median(raw), "ratio")
}

func BenchmarkLoad(b *testing.B) {
	l, _ := openLog(b)
	last := mustAppend(b, l, benchCommit(b), 0)
	for last.Number < 5 {
		last = mustAppend(b, l, next(last), last.Position)
	}
	for b.Loop() {
		if got := mustLoad(b, l, last.CaseID); len(got) != 5 {
			b.Fatal(len(got))
		}
	}
}

func BenchmarkFollow(b *testing.B) {
	const commits = 4000
	l, _ := openLog(b)
	timed(b, 64, commits, func(int) error { return l.Append(b.Context(), benchCommit(b), 0) })
	for b.Loop() {
		n := 0
		if err := l.Scan(b.Context(), 0, commits, func(batch []domain.Commit) error { n += len(batch); return nil }); err != nil || n != commits {
			b.Fatal(n, err)
		}
	}
	b.ReportMetric(float64(b.N*commits)/b.Elapsed().Seconds(), "commits/s")
}
