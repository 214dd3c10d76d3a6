package eventlog

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"songtor/domain"
	"songtor/internal/testenv"
)

// The stream's leader goes away between two writes. Nothing that was acknowledged is missing afterwards, nothing is there twice,
// and who follows gets all of it in order.
func TestTheLossOfTheLeaderLosesNothing(t *testing.T) {
	t.Parallel()
	const commits = 60
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	l, servers := openClusterLog(t)
	done := make(chan error, 1)
	var followed []domain.Commit
	go func() { done <- l.Follow(ctx, 0, collect(&followed, commits)) }()
	last := mustAppend(t, l, next(nil), 0)
	for last.Number < commits {
		if last.Number == commits/2 {
			stopServer(leaderOf(t, l, servers))
		}
		last = persist(ctx, t, l, next(last), last.Position)
	}
	if got := mustLoad(t, l, last.CaseID); len(got) != commits {
		t.Fatalf("loaded %d commits", len(got))
	}
	if err := <-done; !errors.Is(err, errEnough) {
		t.Fatal(err)
	}
	if _, err := chain(recordsOf(t, followed)); err != nil {
		t.Fatal(err)
	}
}

// persist does what a caller does: it repeats what was not available, and looks for its own commit when the case has moved.
func persist(ctx context.Context, t *testing.T, l *Log, c *domain.Commit, expected uint64) *domain.Commit {
	t.Helper()
	testenv.Eventually(t, 90*time.Second, func() bool {
		err := l.Append(ctx, c, expected)
		switch {
		case err == nil:
			return true
		case errors.Is(err, ErrUnavailable):
			return false
		case !errors.Is(err, ErrConflict):
			t.Fatal(err)
		}
		loaded, err := l.Load(ctx, c.CaseID)
		if err != nil || len(loaded) == 0 || loaded[len(loaded)-1].ID != c.ID {
			return false
		}
		*c = loaded[len(loaded)-1]
		return true
	})
	return c
}

func leaderOf(t *testing.T, l *Log, servers []*server.Server) *server.Server {
	t.Helper()
	info, err := l.info(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range servers {
		if s.Name() == info.Cluster.Leader {
			return s
		}
	}
	t.Fatalf("no server is %s", info.Cluster.Leader)
	return nil
}

func recordsOf(t *testing.T, commits []domain.Commit) []Raw {
	t.Helper()
	var records []Raw
	for i := range commits {
		c := commits[i]
		data, err := Encode(&c)
		if err != nil {
			t.Fatal(err)
		}
		records = append(records, Raw{c.Position, casePrefix + c.CaseID, c.AcceptedAt, data})
	}
	return records
}
