package app

import (
	"context"
	"sync/atomic"
	"time"

	"songtor/domain"
)

// latest is the latest moment that is known to have been: a time at which the log accepted something.
type latest struct{ micros atomic.Int64 }

func (l *latest) saw(t time.Time) {
	for {
		old := l.micros.Load()
		if t.UnixMicro() <= old || l.micros.CompareAndSwap(old, t.UnixMicro()) {
			return
		}
	}
}

// Now is the time against which what devices say is held: that of the clock, or of the log's latest commit where the clock was set
// back. Nothing that a right clock wrote down is refused as lying in the future because this machine's clock is wrong.
func (s *Service) Now() time.Time {
	now := s.now()
	if seen := time.UnixMicro(s.latest.micros.Load()); seen.After(now) {
		return seen
	}
	return now
}

// Prepare learns from the log how late it is.
func (s *Service) Prepare(ctx context.Context) error {
	head, err := s.log.Head(ctx)
	if err != nil || head == 0 {
		return err
	}
	return s.log.Scan(ctx, head-1, head, func(commits []domain.Commit) error {
		for _, c := range commits {
			s.latest.saw(c.AcceptedAt)
		}
		return nil
	})
}
