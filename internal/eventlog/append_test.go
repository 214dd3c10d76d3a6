package eventlog

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"songtor/domain"
	"songtor/internal/testenv"
)

func TestACaseGrowsByItsCommits(t *testing.T) {
	t.Parallel()
	l, _ := openLog(t)
	before := time.Now().Add(-time.Second)
	first := mustAppend(t, l, next(nil), 0)
	other := mustAppend(t, l, next(nil), 0)
	second := mustAppend(t, l, next(first), first.Position)
	if first.Position != 1 || other.Position != 2 || second.Position != 3 {
		t.Fatalf("positions %d, %d, %d", first.Position, other.Position, second.Position)
	}
	got := mustLoad(t, l, first.CaseID)
	if len(got) != 2 || got[0].ID != first.ID || got[1].ID != second.ID {
		t.Fatalf("loaded %+v", got)
	}
	if got[1].Position != 3 || got[1].Digest != second.Digest || got[1].Previous != first.Digest {
		t.Fatalf("loaded %+v, appended %+v", got[1], second)
	}
	if at := got[1].AcceptedAt; at.Before(before) || at.After(time.Now().Add(time.Second)) || at.Location() != time.UTC {
		t.Fatalf("accepted at %v", at)
	}
	if head, err := l.Head(t.Context()); err != nil || head != 3 {
		t.Fatalf("head %d, %v", head, err)
	}
}

func TestACaseWithoutCommitsIsEmpty(t *testing.T) {
	t.Parallel()
	l, _ := openLog(t)
	if got := mustLoad(t, l, newID()); len(got) != 0 {
		t.Fatalf("loaded %d commits", len(got))
	}
	if head, err := l.Head(t.Context()); err != nil || head != 0 {
		t.Fatalf("head %d, %v", head, err)
	}
}

func TestACaseIDIsALowerCaseUUID(t *testing.T) {
	t.Parallel()
	l := &Log{}
	good := newID()
	for _, id := range []string{"", "*", ">", good + ".x", strings.ToUpper(good[:35]) + "A", strings.Replace(good, "-", "0", 1), good[:35] + "*", good[:35] + " "} {
		if _, err := l.Load(t.Context(), id); !errors.Is(err, ErrBadCaseID) {
			t.Errorf("Load(%q): %v", id, err)
		}
		c := next(nil)
		c.CaseID = id
		if err := l.Append(t.Context(), c, 0); !errors.Is(err, ErrBadCaseID) {
			t.Errorf("Append(%q): %v", id, err)
		}
	}
}

func TestOneWriterWinsEachRace(t *testing.T) {
	t.Parallel()
	const writers, rounds = 8, 200
	l, s := openLog(t)
	last := next(nil)
	last.Number = 0
	for range rounds {
		won := race(t, writers, func() (*domain.Commit, error) {
			c := next(nil)
			c.CaseID, c.Number, c.Previous = last.CaseID, last.Number+1, last.Digest
			return c, l.Append(t.Context(), c, last.Position)
		})
		if len(won) != 1 {
			t.Fatalf("%d writers won", len(won))
		}
		last = won[0]
	}
	if got := mustLoad(t, l, last.CaseID); len(got) != rounds {
		t.Fatalf("the case has %d commits", len(got))
	}
	// The control: without the expectation the same race is lost by nobody, and updates are lost for good.
	js := jetStream(t, dial(t, s.URL))
	won := race(t, writers, func() (*domain.Commit, error) {
		c := next(last)
		data, err := Encode(c)
		if err != nil {
			return nil, err
		}
		_, err = js.Publish(t.Context(), casePrefix+c.CaseID, data)
		return c, err
	})
	if len(won) != writers {
		t.Fatalf("the control shows %d winners", len(won))
	}
	if _, err := l.Load(t.Context(), last.CaseID); !errors.Is(err, ErrBrokenChain) {
		t.Fatalf("the broken case loads with %v", err)
	}
}

// race lets writers do the same at once and returns the commits of those that succeeded. The others must have met a conflict.
func race(t *testing.T, writers int, write func() (*domain.Commit, error)) []*domain.Commit {
	t.Helper()
	var mu sync.Mutex
	var won []*domain.Commit
	var all sync.WaitGroup
	for range writers {
		all.Go(func() {
			c, err := write()
			mu.Lock()
			defer mu.Unlock()
			switch {
			case err == nil:
				won = append(won, c)
			case !errors.Is(err, ErrConflict):
				t.Errorf("lost with %v", err)
			}
		})
	}
	all.Wait()
	return won
}

func TestTheSameCommitAgainIsTheSameCommit(t *testing.T) {
	t.Parallel()
	single, _ := openLog(t)
	cluster, _ := openClusterLog(t)
	for name, l := range map[string]*Log{"one server": single, "three replicas": cluster} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := mustAppend(t, l, next(nil), 0)
			again := *c
			again.Position, again.Digest = 0, ""
			mustAppend(t, l, &again, 0)
			if again.Position != c.Position || again.Digest != c.Digest {
				t.Fatalf("got position %d, want %d", again.Position, c.Position)
			}
			if got := mustLoad(t, l, c.CaseID); len(got) != 1 {
				t.Fatalf("%d commits", len(got))
			}
		})
	}
}

// A command that is given again is sealed anew: same id, other bytes. Neither JetStream's duplicate window nor the retry of a lost
// answer may pass the one off as the other.
func TestTheSameCommandSealedAnewIsAConflict(t *testing.T) {
	t.Parallel()
	single, _ := openLog(t)
	cluster, _ := openClusterLog(t)
	for name, l := range map[string]*Log{"one server": single, "three replicas": cluster} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := mustAppend(t, l, next(nil), 0)
			again := *c
			again.Fingerprint = sealed(domain.ScopeSensitive, []byte("sealed anew"))
			if err := l.Append(t.Context(), &again, 0); !errors.Is(err, ErrConflict) {
				t.Fatalf("got %v, want ErrConflict", err)
			}
			if got := mustLoad(t, l, c.CaseID); len(got) != 1 || got[0].ID != again.ID {
				t.Fatalf("the id is not found: %+v", got)
			}
		})
	}
}

func TestWhatAnAcknowledgementMeans(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		answer   string
		position uint64
		want     error
	}{
		{`{"stream":"NRM","seq":7}`, 7, nil},
		{`{"stream":"NRM","seq":7,"duplicate":true,"domain":"hub"}`, 7, nil},
		{`{"stream":"","seq":0,"error":{"code":400,"err_code":10071,"description":"wrong last sequence: 6"}}`, 0, errMoved},
		{`{"stream":"","seq":0,"error":{"code":400,"err_code":10164,"description":"wrong last sequence"}}`, 0, errInFlight},
		{`{"stream":"","seq":0,"error":{"code":409,"err_code":10158,"description":"duplicate message id is in process"}}`, 0, errInFlight},
		{`{"stream":"","seq":0,"error":{"code":400,"err_code":10054,"description":"message size exceeds maximum allowed"}}`, 0, ErrTooLarge},
	} {
		if position, err := casesPlace.readAck([]byte(tt.answer)); position != tt.position || !errors.Is(err, tt.want) {
			t.Errorf("%s: got %d, %v", tt.answer, position, err)
		}
	}
	for _, answer := range []string{``, `{}`, `x`, `{"stream":"OTHER","seq":7}`, `{"stream":"NRM","seq":0}`, `{"error":{"code":503,"err_code":10008,"description":"not available"}}`} {
		_, err := casesPlace.readAck([]byte(answer))
		if err == nil || errors.Is(err, errMoved) || errors.Is(err, errInFlight) || errors.Is(err, ErrTooLarge) {
			t.Errorf("%s tells what came of the publish: %v", answer, err)
		}
	}
}

func TestACommitOverTheLimitIsRefused(t *testing.T) {
	t.Parallel()
	l, s := openLog(t)
	for name, size := range map[string]int{"over the connection's limit": 1 << 20, "over the stream's limit": 700 << 10} {
		if name == "over the stream's limit" {
			l = smallStreamLog(t, s)
		}
		c := next(nil, &domain.ReferralSent{Note: sealed(domain.ScopeSensitive, make([]byte, size))})
		if err := l.Append(t.Context(), c, 0); !errors.Is(err, ErrTooLarge) {
			t.Errorf("%s: got %v, want ErrTooLarge", name, err)
		}
	}
}

// smallStreamLog returns a log whose stream takes less than the log demands, as if it had been changed after Open.
func smallStreamLog(t *testing.T, s *testenv.NATSServer) *Log {
	t.Helper()
	nc := dial(t, s.URL)
	js := jetStream(t, nc)
	config := casesPlace.config(1)
	config.MaxMsgSize = 1 << 10
	if _, err := js.UpdateStream(t.Context(), config); err != nil {
		t.Fatal(err)
	}
	return &Log{&stream{place: casesPlace, nc: nc, js: js}}
}

func TestALogThatIsDownIsUnavailable(t *testing.T) {
	t.Parallel()
	l, s := openLog(t)
	c := mustAppend(t, l, next(nil), 0)
	s.Stop()
	if err := l.Append(t.Context(), next(c), c.Position); !errors.Is(err, ErrUnavailable) {
		t.Errorf("Append: %v", err)
	}
	if _, err := l.Load(t.Context(), c.CaseID); !errors.Is(err, ErrUnavailable) {
		t.Errorf("Load: %v", err)
	}
	if _, err := l.Head(t.Context()); !errors.Is(err, ErrUnavailable) {
		t.Errorf("Head: %v", err)
	}
	s.Restart(t)
	testenv.Eventually(t, 10*time.Second, l.nc.IsConnected)
	if got := mustLoad(t, l, c.CaseID); len(got) != 1 {
		t.Fatalf("%d commits after the restart", len(got))
	}
}

// openClusterLog returns a log on three replicas, and the servers.
func openClusterLog(t testing.TB) (*Log, []*server.Server) {
	t.Helper()
	servers := startCluster(t, "always", "always")
	url := servers[0].ClientURL()
	if err := CreateStream(t.Context(), dial(t, url, as("admin")), 3); err != nil {
		t.Fatal(err)
	}
	return open(t, dial(t, url, as("service")), Options{Replicas: 3, ServerReport: SystemReport(dial(t, url, as("sys")))}), servers
}

func TestALoadSeesWhatWasJustAppended(t *testing.T) {
	t.Parallel()
	l, servers := openClusterLog(t)
	readers := []*Log{l}
	for _, s := range servers[1:] {
		readers = append(readers, open(t, dial(t, s.ClientURL(), as("service")), l.options))
	}
	last := mustAppend(t, l, next(nil), 0)
	for i := range 200 {
		last = mustAppend(t, l, next(last), last.Position)
		if got := mustLoad(t, readers[i%len(readers)], last.CaseID); len(got) != last.Number {
			t.Fatalf("loaded %d commits of %d", len(got), last.Number)
		}
	}
}

func TestALongCaseLoadsWhole(t *testing.T) {
	t.Parallel()
	l, _ := openLog(t)
	last := mustAppend(t, l, next(nil), 0)
	for last.Number < 2*loadBatch+1 {
		last = mustAppend(t, l, next(last), last.Position)
	}
	if got := mustLoad(t, l, last.CaseID); len(got) != last.Number {
		t.Fatalf("loaded %d commits of %d", len(got), last.Number)
	}
}

func TestABrokenChainDoesNotLoad(t *testing.T) {
	t.Parallel()
	tests := map[string]func(second *domain.Commit){
		"a number is missing":     func(c *domain.Commit) { c.Number = 3 },
		"another commit before":   func(c *domain.Commit) { c.Previous = Digest([]byte("another")) },
		"a commit of another one": func(c *domain.Commit) { c.CaseID = newID() },
	}
	for name, spoil := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l, _ := openLog(t)
			first := mustAppend(t, l, next(nil), 0)
			second := next(first)
			spoil(second)
			data, err := Encode(second)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := l.js.Publish(t.Context(), casePrefix+first.CaseID, data); err != nil {
				t.Fatal(err)
			}
			if _, err := l.Load(t.Context(), first.CaseID); !errors.Is(err, ErrBrokenChain) {
				t.Fatalf("got %v, want ErrBrokenChain", err)
			}
		})
	}
}

// A server that cannot read a message answers as if there were none. A case whose messages it counts is not taken for one that does not exist.
func TestACaseThatCannotBeReadIsNotEmpty(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	first := startServer(t, dir, "always", anyPort)
	l := prepare(t, first.ClientURL(), 1)
	c := mustAppend(t, l, next(nil), 0)
	stopServer(first)
	damage(t, dir, []byte(c.CaseID))
	second := startServer(t, dir, "always", anyPort)
	nc := dial(t, second.ClientURL(), as("admin"))
	l = open(t, nc, Options{ServerReport: always(nc), Logger: discard})

	got, err := l.Load(t.Context(), c.CaseID)
	if !errors.Is(err, ErrUnavailable) {
		t.Errorf("a case that cannot be read loads as %d commits: %v", len(got), err)
	}
	if got, err := l.Load(t.Context(), newID()); err != nil || len(got) != 0 {
		t.Errorf("a case that does not exist loads as %d commits: %v", len(got), err)
	}
}

// damage flips a bit after every place of the stored messages that holds the bytes.
func damage(t *testing.T, dir string, near []byte) {
	t.Helper()
	blocks, err := filepath.Glob(filepath.Join(dir, "jetstream", "*", "streams", StreamName, "msgs", "*.blk"))
	if err != nil || len(blocks) == 0 {
		t.Fatalf("no blocks in %s: %v", dir, err)
	}
	for _, block := range blocks {
		data, err := os.ReadFile(block)
		if err != nil {
			t.Fatal(err)
		}
		for from := 0; ; {
			at := bytes.Index(data[from:], near)
			if at < 0 {
				break
			}
			from += at + len(near)
			data[from] ^= 1
		}
		if err := os.WriteFile(block, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}
