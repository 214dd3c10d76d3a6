package eventlog

import (
	"context"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"songtor/internal/testenv"
)

// A server is left when questions have had no answer for a while, later and later while no other answers either, and at no other time.
func TestPatience(t *testing.T) {
	t.Parallel()
	at := func(seconds int) time.Time { return time.Unix(1_000_000+int64(seconds), 0) }
	type question struct {
		second, took int  // when it was asked, and how long it had no answer
		read         bool // and not a write
		answered     bool
		reconnects   uint64
		leaves       bool
	}
	for name, questions := range map[string][]question{
		"one that is not answered":         {{second: 0, took: 2}},
		"one after the other":              {{second: 0, took: 2}, {second: 2, took: 2, leaves: true}},
		"one that takes long enough":       {{second: 0, took: 4, leaves: true}},
		"an answer between":                {{second: 0, took: 2}, {second: 2, answered: true}, {second: 3, took: 2}},
		"now and then":                     {{second: 0, took: 2}, {second: 40, took: 2}, {second: 80, took: 2}},
		"readings answered, writings not":  {{second: 0, took: 2}, {second: 2, read: true, answered: true}, {second: 2, took: 2, leaves: true}},
		"the library left meanwhile":       {{second: 0, took: 2}, {second: 3, took: 2, reconnects: 1}, {second: 5, took: 4, reconnects: 1, leaves: true}},
		"no other server answers either":   {{second: 0, took: 4, leaves: true}, {second: 5, took: 4, reconnects: 1}, {second: 9, took: 8, reconnects: 1, leaves: true}},
		"and again after one has answered": {{second: 0, took: 4, leaves: true}, {second: 5, answered: true}, {second: 6, reconnects: 1}, {second: 6, took: 4, reconnects: 1, leaves: true}},
	} {
		p := new(outages)
		for _, q := range questions {
			kind := &p.writes
			if q.read {
				kind = &p.reads
			}
			if q.answered {
				p.answered(kind)
				continue
			}
			if leaves := p.failed(kind, at(q.second), at(q.second+q.took), q.reconnects); leaves != q.leaves {
				t.Errorf("%s: at %d s: leaves %v", name, q.second+q.took, leaves)
			}
		}
	}
}

// A server that does not answer is left for another one of those that are known. Where there is one only, leaving is of no use.
func TestOnlyAServerOfSeveralIsLeft(t *testing.T) {
	t.Parallel()
	several, _ := openClusterLog(t)
	one, _ := openLog(t)
	for _, l := range []*Log{several, one} {
		known := len(l.nc.Servers())
		before := l.nc.ConnectedServerName()
		l.unanswered(t.Context(), &l.outages.writes, time.Now().Add(-silence), context.DeadlineExceeded)
		if known == 1 {
			if l.nc.Status() != nats.CONNECTED || l.nc.Stats().Reconnects != 0 {
				t.Error("the only server was left")
			}
			continue
		}
		testenv.Eventually(t, 10*time.Second, func() bool { return l.nc.Stats().Reconnects == 1 && l.nc.Status() == nats.CONNECTED })
		if after := l.nc.ConnectedServerName(); after == before {
			t.Errorf("still with %s", after)
		}
	}
}
