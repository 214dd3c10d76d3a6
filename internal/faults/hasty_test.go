//go:build linux

package faults

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"
)

// liar is a small service that keeps its word or breaks it in one way. It is killed by forgetting what it has not written yet.
type liar struct {
	lie string

	mu      sync.Mutex
	log     []entry
	pending []entry // acknowledged, and not written
	calls   int
}

// The ways to break one's word.
const (
	honest  = "keeps its word"
	hasty   = "acknowledges before it appends"
	forgets = "does not know a command again"
	stale   = "reads what is over"
)

// ServeHTTP answers the three calls of the clients.
func (s *liar) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls++
	parts := strings.Split(strings.TrimPrefix(r.URL.Path, "/api/v1/"), "/")
	switch {
	case r.Method == http.MethodGet:
		s.show(w, parts[1])
	case parts[0] == "screenings":
		s.take(w, "case-"+parts[1], parts[1], 0)
	default:
		var ifMatch uint64
		if _, err := fmt.Sscanf(r.Header.Get("If-Match"), `"%d"`, &ifMatch); err != nil {
			ifMatch = 0
		}
		s.take(w, parts[1], r.Header.Get("Idempotency-Key"), ifMatch)
	}
}

// all is what the service believes to have: in the log or not.
func (s *liar) all() []entry { return append(s.log[:len(s.log):len(s.log)], s.pending...) }

func (s *liar) take(w http.ResponseWriter, caseID, id string, ifMatch uint64) {
	var last entry
	for _, e := range s.all() {
		if e.command == id && (s.lie != forgets || s.calls%3 != 0) {
			s.receipt(w, http.StatusOK, e)
			return
		}
		if e.caseID == caseID {
			last = e
		}
	}
	if ifMatch != 0 && last.position != ifMatch {
		w.WriteHeader(http.StatusPreconditionFailed)
		return
	}
	position := uint64(len(s.all()) + 1)
	made := entry{position, caseID, id, fmt.Sprint("digest of ", position), last.number + 1, last.digest}
	s.pending = append(s.pending, made)
	if s.lie != hasty || s.calls%40 == 0 {
		s.write()
	}
	s.receipt(w, http.StatusCreated, made)
}

func (s *liar) write() { s.log, s.pending = s.all(), nil }

func (s *liar) receipt(w http.ResponseWriter, status int, e entry) {
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(receipt{CommandID: e.command, CaseID: e.caseID, Position: e.position, Digest: e.digest})
}

func (s *liar) show(w http.ResponseWriter, caseID string) {
	var positions []uint64
	for _, e := range s.all() {
		if e.caseID == caseID {
			positions = append(positions, e.position)
		}
	}
	positions = append([]uint64{0}, positions...) // a case that was forgotten has never been written
	at := len(positions) - 1
	if s.lie == stale && at > 1 && s.calls%5 == 0 {
		at--
	}
	w.Header().Set("ETag", fmt.Sprintf("%q", fmt.Sprint(positions[at])))
}

// kill loses what was not written.
func (s *liar) kill() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.pending = nil
}

// TestTheJudgesCatchALiar is the control of the whole chain: the same clients, the same judges, and services that break their word.
func TestTheJudgesCatchALiar(t *testing.T) {
	t.Parallel()
	for lie, caught := range map[string]func(l *load, log []entry) bool{
		honest: func(l *load, log []entry) bool {
			return len(judge(l.operations)) > 0 || len(audit(l.receipts, log).faults) > 0
		},
		hasty: func(l *load, log []entry) bool {
			return audit(l.receipts, log).lost > 0 && len(judge(l.operations)) > 0
		},
		forgets: func(l *load, log []entry) bool {
			return audit(l.receipts, log).doubled > 0 && len(judge(l.operations)) > 0
		},
		stale: func(l *load, log []entry) bool {
			return len(judge(l.operations)) > 0 && len(audit(l.receipts, log).faults) == 0
		},
	} {
		t.Run(lie, func(t *testing.T) {
			t.Parallel()
			s := &liar{lie: lie}
			server := httptest.NewServer(s)
			defer server.Close()
			l := newLoad(server.URL, "", "", 7)
			l.work(context.Background(), 4, 7)
			for range 3 {
				before := l.written()
				within(t, 20*time.Second, "some work", func() bool { return l.written() > before+150 })
				s.kill()
			}
			l.stop()
			s.write()
			if got := caught(l, s.log); got != (lie != honest) {
				t.Errorf("caught: %v; %q, %q", got, judge(l.operations), audit(l.receipts, s.log).faults)
			}
		})
	}
}

// written counts what the clients have written down.
func (l *load) written() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.operations)
}
