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

const (
	// leap is by how much the clock may gain at once and still count as running evenly.
	leap = time.Minute
	// evenly is how long the clock has to run after a leap before anything is held against somebody by it.
	evenly = 10 * time.Minute
)

// pace holds the clock, which can be set, against the time that has passed, which cannot. The zero pace has not looked yet.
type pace struct {
	clock, passed time.Time // at the last look
	until         time.Time // by the time that has passed: not steady before
}

// steady reports whether the clock was not set forward lately. The second argument is a reading of time.Now, whose differences do not
// follow the clock. A clock that is set back after it was set forward is taken to be right again.
func (p *pace) steady(clock, now time.Time) bool {
	clock = clock.Round(0) // the clock alone
	if !p.passed.IsZero() {
		switch gained := clock.Sub(p.clock) - now.Sub(p.passed); {
		case gained > leap:
			p.until = now.Add(evenly)
		case gained < -leap:
			p.until = time.Time{}
		}
	}
	p.clock, p.passed = clock, now
	return !now.Before(p.until)
}
