package guard

import (
	"sync"
	"time"
)

const (
	// stuckAfter is for how long appends go without an answer until the log counts as stuck; so many of them, and the last so lately, make
	// sure that somebody still asks.
	stuckAfter  = 15 * time.Second
	stuckFrom   = 3
	stuckLately = 10 * time.Second
)

// silence is for how long the log has left appends without an answer.
type silence struct {
	mu          sync.Mutex
	since, last time.Time // of appends without an answer; zero where the last one had one
	count       int
}

// Appended takes note of what came of an append: it is on disk, or the log gave no answer.
func (s *State) Appended(ok, silent bool) {
	if !ok && !silent {
		return
	}
	q := &s.silent
	q.mu.Lock()
	defer q.mu.Unlock()
	if ok {
		q.since, q.count = time.Time{}, 0
		return
	}
	q.last = time.Now()
	if q.count++; q.since.IsZero() {
		q.since = q.last
	}
}

// Stuck reports whether the log has left every append without an answer for long, although nothing was refused for lack of space. A
// server whose disk was full stays so after space is back, until it is started anew.
func (s *State) Stuck() bool {
	if s.refusing.Load() != nil {
		return false
	}
	q := &s.silent
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.count >= stuckFrom && q.last.Sub(q.since) > stuckAfter && time.Since(q.last) < stuckLately
}
