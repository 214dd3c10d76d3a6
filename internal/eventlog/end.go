package eventlog

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

// staleFor is for how long a stream on several servers may seem to end before what was read from it or acknowledged. A leader that was
// parted from the others takes itself for the leader for up to 20 seconds, also when it can be reached again, and tells of the end that
// it knew; one that is new may not have applied everything yet. Nobody but time tells either from a loss.
const staleFor = time.Minute

// ErrSeemsShort says that the server tells of an end before one that the stream had. It comes with ErrUnavailable and passes: either a
// server answers that knows more, or within a minute the stream counts as shorter.
var ErrSeemsShort = errors.New("the stream seems to end before where it ended")

// end is how far a stream reaches. What it gave and acknowledged is known; what somebody else says, such as a database that may be damaged, is
// heard, and nothing is refused for it. Its methods may be called concurrently.
type end struct {
	mu    sync.Mutex
	known uint64
	since time.Time // since when it seems to end before that; zero while it does not
	heard time.Time // since when it seems to end before what was heard; zero while it does not
}

// knows notes that the stream gave or acknowledged a position.
func (e *end) knows(position uint64) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.known = max(e.known, position)
}

// reached is the highest position that is known.
func (e *end) reached() uint64 {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.known
}

// told compares where a server says at a moment that the stream ends with what was known when it was asked: what was acknowledged since
// says nothing about the answer. It fails with ErrSeemsShort as long as that may be the word of a server that knows less, and believes it
// afterwards.
func (e *end) told(last, reached uint64, at time.Time, patience time.Duration) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if last >= reached {
		e.known, e.since = max(e.known, last), time.Time{}
		return nil
	}
	return doubted(&e.since, last, reached, at, patience)
}

// hears compares likewise with a position that somebody else has of the stream.
func (e *end) hears(last, position uint64, at time.Time, patience time.Duration) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	switch {
	case last >= position:
		e.heard = time.Time{}
		return nil
	case position <= e.known: // told has believed it
		return nil
	}
	return doubted(&e.heard, last, position, at, patience)
}

// doubted fails until patience has gone by since an end was doubted first.
func doubted(since *time.Time, last, position uint64, at time.Time, patience time.Duration) error {
	if since.IsZero() {
		*since = at
	}
	if at.Sub(*since) < patience {
		return fmt.Errorf("%w: at position %d, not at %d", ErrSeemsShort, last, position)
	}
	return nil
}

// short reports whether the stream ended before what is known when a server said so last.
func (e *end) short() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return !e.since.IsZero()
}

// whole fails with ErrUnavailable while the stream ends, or seems to end, before where it ended: what were appended then could get a position
// that was given out before.
func (s *stream) whole(ctx context.Context) error {
	if !s.end.short() {
		return nil
	}
	if _, err := s.info(ctx); err != nil {
		return err
	}
	if s.end.short() {
		return unavailable("append", ErrSeemsShort)
	}
	return nil
}

// patience is for how long a server's word that the stream is shorter is not believed. A stream on one server has nobody who knows more.
func (s *stream) patience() time.Duration {
	if s.single.Load() {
		return 0
	}
	return staleFor
}
