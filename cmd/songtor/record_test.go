package main

import (
	"context"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"songtor/internal/accesslog"
	"songtor/internal/app"
	"songtor/internal/eventlog"
	"songtor/internal/testenv"
)

// asCareless makes the program acknowledge an opening before it is written: the fault that the test below is there to find.
const asCareless = "SONGTOR_TEST_CARELESS_RECORD"

func init() {
	if os.Getenv(asCareless) != "" {
		openRecorder = func(j *accesslog.Journal) accesslog.Recorder { return careless{j} }
	}
}

type careless struct{ *accesslog.Journal }

func (c careless) Record(_ context.Context, entries ...accesslog.Entry) (uint64, error) {
	go func() {
		time.Sleep(200 * time.Millisecond) // as if the disk were slow
		_, _ = c.Journal.Record(context.Background(), entries...)
	}()
	return 1, nil
}

// Every answer that shows something of a case has its entry on disk before it leaves, whenever the process is killed (security.md,
// promise 10). The same test finds a service that acknowledges an opening before it is written.
func TestNothingIsShownWithoutARecord(t *testing.T) {
	t.Parallel()
	t.Run("under kill -9", func(t *testing.T) {
		t.Parallel()
		shown, interrupted, entries := readUnderKills(t, 6)
		for request, caseID := range shown {
			found := entries[request]
			if len(found) != 1 || found[0].Case != caseID || found[0].Outcome != accesslog.Shown {
				t.Errorf("an answer of %s has the entries %+v", caseID, found)
			}
		}
		if extra := len(entries) - len(shown); extra < 0 || extra > interrupted {
			t.Errorf("%d answers and %d broken off, but %d openings", len(shown), interrupted, len(entries))
		}
		if len(shown) < 100 {
			t.Errorf("only %d answers: the test proves little", len(shown))
		}
		t.Logf("%d answers, %d broken off, %d openings in the record", len(shown), interrupted, len(entries))
	})
	t.Run("the control acknowledges before it writes", func(t *testing.T) {
		t.Parallel()
		shown, _, entries := readUnderKills(t, 2, asCareless+"=1")
		missing := 0
		for request := range shown {
			if len(entries[request]) == 0 {
				missing++
			}
		}
		if missing == 0 {
			t.Errorf("none of %d answers is without an entry: the test would not find the fault", len(shown))
		}
		t.Logf("%d of %d answers have no entry", missing, len(shown))
	})
}

// readUnderKills has clients read cases while the service is killed and started again. It returns the cases of the answers that arrived by
// the ids of their requests, how many requests were broken off, and the entries of the record by request.
func readUnderKills(t *testing.T, kills int, environment ...string) (shown map[string]string, interrupted int, entries map[string][]accesslog.Entry) {
	t.Helper()
	in := install(t)
	officer := in.signIn(t, "officer")
	var cases []string
	for seed := range uint64(8) {
		id, body := screeningFor(t, seed+1)
		mustStatus(t, in.call(t, officer, http.MethodPut, "/api/v1/screenings/"+id, body), http.StatusCreated)
		cases = append(cases, app.CaseID(id))
	}
	in.environment = environment
	must(t, in.end(syscall.SIGTERM))
	shown = map[string]string{}
	for range kills {
		in.start(t)
		interrupted += in.readUntilKilled(t, officer, cases, shown)
	}
	return shown, interrupted, in.recorded(t)
}

// readUntilKilled reads until the service is killed at a moment that nobody chose.
func (in *installation) readUntilKilled(t *testing.T, token string, cases []string, shown map[string]string) (interrupted int) {
	t.Helper()
	var mu sync.Mutex
	var clients sync.WaitGroup
	var answers atomic.Int64
	for n := range 4 {
		clients.Go(func() {
			for i := n; ; i++ {
				caseID := cases[i%len(cases)]
				path := "/api/v1/cases/" + caseID
				if i%3 == 0 {
					path += "/timeline"
				}
				request, status, err := in.read(t, token, path)
				mu.Lock()
				switch {
				case status == http.StatusOK:
					shown[request] = caseID
					answers.Add(1)
				case err != nil:
					interrupted++
				case status != http.StatusServiceUnavailable:
					t.Errorf("GET %s: %d", path, status)
				}
				mu.Unlock()
				if err != nil {
					return
				}
			}
		})
	}
	enough := 20 + rand.Int64N(40) // six times the least is more than the test asks for
	testenv.Eventually(t, time.Minute, func() bool { return answers.Load() >= enough })
	_ = in.end(syscall.SIGKILL)
	clients.Wait()
	return interrupted
}

// read returns the id of the request and the status as soon as the answer has begun: from then on something was shown.
func (in *installation) read(t *testing.T, token, path string) (request string, status int, err error) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, in.url+path, nil)
	if err != nil {
		return "", 0, err
	}
	req.Header.Set("Authorization", "Bearer "+token)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return "", 0, err
	}
	defer resp.Body.Close()
	_, err = io.Copy(io.Discard, resp.Body)
	return resp.Header.Get("X-Request-Id"), resp.StatusCode, err
}

// recorded are the openings of cases in the record, by request.
func (in *installation) recorded(t *testing.T) map[string][]accesslog.Entry {
	t.Helper()
	s, err := openStores(t.Context(), storeFlags{Data: in.data, keyFlags: keyFlags{KEK: in.kek}, Replicas: 1}, false, slog.New(slog.DiscardHandler))
	must(t, err)
	defer s.Close()
	head, err := s.trail.Head(t.Context())
	must(t, err)
	entries := map[string][]accesslog.Entry{}
	ids := map[string]bool{}
	must(t, s.trail.ScanRaw(t.Context(), 0, head, func(batch []eventlog.Raw) error {
		for _, r := range batch {
			found, err := accesslog.Decode(r.Data)
			if err != nil {
				return err
			}
			for _, e := range found {
				if e.Case != "" && strings.HasPrefix(e.Action, "case.") && !ids[e.ID] {
					ids[e.ID] = true
					entries[e.Request] = append(entries[e.Request], e)
				}
			}
		}
		return nil
	}))
	return entries
}
