package projections_test

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"time"

	"songtor/internal/eventlog"
	"songtor/internal/testenv"
	"songtor/projections"
)

// The same as with the log in memory, with the log that the service uses: appended while the runner follows, a restart of the
// broker in between, then rebuilt.
func TestOnTheRealLog(t *testing.T) {
	t.Parallel()
	server := testenv.NATS(t)
	log := openLog(t, server)
	w := newWorld(53)
	b := setUp(t)
	r, err := projections.New(b.roles.Projector, log, b.groups(), projections.Options{
		Owner:     b.roles.Migrate,
		Log:       slog.New(slog.DiscardHandler),
		Permanent: func(err error) bool { return errors.Is(err, eventlog.ErrUnknownCommit) },
	})
	if err != nil {
		t.Fatal(err)
	}
	stop := b.start(r)
	last := map[string]uint64{}
	digest := map[string]string{}
	var head uint64
	for i := range 600 {
		if i == 300 {
			server.Restart(t)
		}
		c := w.random()
		c.Previous = digest[c.CaseID]
		appendTo(t, func(ctx context.Context) error { return log.Append(ctx, &c, last[c.CaseID]) })
		last[c.CaseID], digest[c.CaseID], head = c.Position, c.Digest, c.Position
	}
	b.wait(r, head)
	live := b.dump()
	mustHaveRows(t, live)
	b.vault.mu.Lock()
	b.vault.erased = w.erased
	b.vault.mu.Unlock()
	if err := r.Rebuild(t.Context(), nil, nil); err != nil {
		t.Fatal(err)
	}
	mustEqual(t, b.dump(), live)
	if err := stop(); err != nil {
		t.Fatal(err)
	}
}

func openLog(t *testing.T, server *testenv.NATSServer) *eventlog.Log {
	t.Helper()
	conn := server.Connect(t)
	if err := eventlog.CreateStream(t.Context(), conn, 1); err != nil {
		t.Fatal(err)
	}
	report := func(context.Context) ([]eventlog.ServerReport, error) {
		return []eventlog.ServerReport{{Name: conn.ConnectedServerName(), SyncAlways: true}}, nil
	}
	log, err := eventlog.Open(t.Context(), conn, eventlog.Options{ServerReport: report})
	if err != nil {
		t.Fatal(err)
	}
	return log
}

// appendTo repeats an append while the broker is away.
func appendTo(t *testing.T, add func(context.Context) error) {
	t.Helper()
	testenv.Eventually(t, 20*time.Second, func() bool {
		err := add(t.Context())
		if err != nil && !errors.Is(err, eventlog.ErrUnavailable) {
			t.Fatal(err)
		}
		return err == nil
	})
}
