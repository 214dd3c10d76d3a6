package accesslog_test

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/nats-io/nats.go"

	"songtor/domain"
	"songtor/internal/accesslog"
	"songtor/internal/database"
	"songtor/internal/eventlog"
	"songtor/internal/testenv"
)

var quiet = slog.New(slog.DiscardHandler)

func must(tb testing.TB, err error) {
	tb.Helper()
	if err != nil {
		tb.Fatal(err)
	}
}

// openTrail returns a trail on a server of its own, and the server.
func openTrail(tb testing.TB) (*eventlog.Trail, *testenv.NATSServer) {
	tb.Helper()
	s := testenv.NATS(tb)
	nc, err := eventlog.Dial(s.URL)
	must(tb, err)
	tb.Cleanup(nc.Close)
	must(tb, eventlog.CreateStream(tb.Context(), nc, 1))
	return bind(tb, nc), s
}

func bind(tb testing.TB, nc *nats.Conn) *eventlog.Trail {
	tb.Helper()
	trail, err := eventlog.OpenTrail(tb.Context(), nc, eventlog.Options{
		Logger: quiet,
		ServerReport: func(context.Context) ([]eventlog.ServerReport, error) {
			return []eventlog.ServerReport{{Name: nc.ConnectedServerName(), SyncAlways: true}}, nil
		},
	})
	must(tb, err)
	return trail
}

func openJournal(tb testing.TB, trail accesslog.Trail) *accesslog.Journal {
	tb.Helper()
	j := accesslog.NewJournal(trail, quiet)
	tb.Cleanup(j.Close)
	return j
}

// openIndex returns an index that follows the trail until the end of the test.
func openIndex(tb testing.TB, pools *database.Pools, trail *eventlog.Trail) *accesslog.Index {
	tb.Helper()
	x := newIndex(tb, pools, trail)
	follow(tb, x)
	return x
}

// follow runs an index until the end of the test.
func follow(tb testing.TB, x *accesslog.Index) {
	tb.Helper()
	running, stop := context.WithCancel(context.WithoutCancel(tb.Context()))
	var stopped sync.WaitGroup
	stopped.Go(func() { x.Run(running) })
	tb.Cleanup(func() { stop(); stopped.Wait() })
}

func newIndex(tb testing.TB, pools *database.Pools, trail *eventlog.Trail) *accesslog.Index {
	tb.Helper()
	x, err := accesslog.NewIndex(tb.Context(), accesslog.IndexConfig{Owner: pools.Migrate, Audit: pools.Audit, Trail: trail, Log: quiet})
	must(tb, err)
	return x
}

var noon = time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)

// entry is an opening of a case by an account at a time.
func entry(account, caseID string, at time.Time) accesslog.Entry {
	return accesslog.Entry{
		ID: uuid.NewString(), At: at, User: account, Agency: "datip", Role: domain.CaseManager, Session: "s-" + account, Device: "d-" + account,
		Assurance: 3, Purpose: "protection", Case: caseID, Of: "datip", Province: "TH-10", Action: "case.read",
		Classes: []string{"workflow", "identity"}, Outcome: accesslog.Shown, Policy: "ab12", Request: "R1",
	}
}

func with(e accesslog.Entry, change func(*accesslog.Entry)) accesslog.Entry {
	change(&e)
	return e
}

// caseNumber is the id of a made-up case.
func caseNumber(n int) string { return fmt.Sprintf("00000000-0000-4000-8000-%012x", n) }

func record(tb testing.TB, j *accesslog.Journal, entries ...accesslog.Entry) uint64 {
	tb.Helper()
	position, err := j.Record(tb.Context(), entries...)
	must(tb, err)
	return position
}

// inTrail are the entries that lie in the trail.
func inTrail(tb testing.TB, trail *eventlog.Trail) []accesslog.Entry {
	tb.Helper()
	head, err := trail.Head(tb.Context())
	must(tb, err)
	var all []accesslog.Entry
	must(tb, trail.ScanRaw(tb.Context(), 0, head, func(batch []eventlog.Raw) error {
		for _, r := range batch {
			found, err := accesslog.Decode(r.Data)
			if err != nil {
				return err
			}
			all = append(all, found...)
		}
		return nil
	}))
	return all
}

func contextOf(tb testing.TB) (context.Context, context.CancelFunc) {
	tb.Helper()
	return context.WithCancel(tb.Context())
}
