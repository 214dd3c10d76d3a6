package projections

import (
	"context"
	"sync"
	"time"

	"songtor/domain"
)

// shared is a source for groups that are built side by side. The log is read and decoded once for all of them, which is a good part of what
// a build costs, and each gets commits of its own: what one opens stays closed to the others. The reading waits for the slowest.
//
// It begins when as many scans as expected have come, or those that came have waited long enough. Who comes later reads alone.
type shared struct {
	Source
	expected int

	mu      sync.Mutex
	readers []*reader
	waiting *time.Timer // begins without those who have not come
	begun   bool
	to      uint64 // the last position of the reading: what all readers want
}

// reader is a scan that takes part in the reading.
type reader struct {
	ctx     context.Context // ends when it wants no more
	commits chan []domain.Commit
	err     error // why the reading ended; set before commits is closed
}

// sharedBy returns a source for so many builds of the whole log.
func sharedBy(builds int, source Source) Source {
	if builds < 2 {
		return source
	}
	return &shared{Source: source, expected: builds}
}

// Scan implements Source.
func (s *shared) Scan(ctx context.Context, from, to uint64, fn func([]domain.Commit) error) error {
	ctx, leave := context.WithCancel(ctx)
	defer leave()
	r := s.join(ctx, from, to)
	if r == nil {
		return s.Source.Scan(ctx, from, to, fn)
	}
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case commits, more := <-r.commits:
			switch {
			case more:
				if err := fn(commits); err != nil {
					return err
				}
			case r.err != nil:
				return r.err
			default:
				return s.Source.Scan(ctx, s.to, to, fn)
			}
		}
	}
}

// join takes a scan of the whole log into the reading, nil where it has begun.
func (s *shared) join(ctx context.Context, from, to uint64) *reader {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.begun || from > 0 {
		return nil
	}
	r := &reader{ctx: ctx, commits: make(chan []domain.Commit)}
	if s.waiting == nil {
		s.to, s.waiting = to, time.AfterFunc(patience, s.begin)
	}
	s.readers, s.to = append(s.readers, r), min(s.to, to)
	if len(s.readers) == s.expected {
		s.waiting.Reset(0)
	}
	return r
}

// begin reads the log for those who have come.
func (s *shared) begin() {
	s.mu.Lock()
	if s.begun {
		s.mu.Unlock()
		return
	}
	s.begun = true
	s.mu.Unlock()
	ctx, end := context.WithCancel(context.Background())
	defer end()
	var present sync.WaitGroup
	for _, r := range s.readers {
		present.Go(func() { <-r.ctx.Done() })
	}
	go func() { present.Wait(); end() }()
	err := s.Source.Scan(ctx, 0, s.to, s.hand)
	for _, r := range s.readers {
		r.err = err
		close(r.commits)
	}
}

// hand gives commits to everybody who still wants them.
func (s *shared) hand(commits []domain.Commit) error {
	for _, r := range s.readers {
		select {
		case r.commits <- apart(commits):
		case <-r.ctx.Done():
		}
	}
	return nil
}

// apart are the commits with events of their own.
func apart(commits []domain.Commit) []domain.Commit {
	own := make([]domain.Commit, len(commits))
	for i := range commits {
		own[i] = commits[i].Apart()
	}
	return own
}
