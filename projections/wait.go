package projections

import (
	"context"
	"fmt"
	"time"
)

// lookEvery is how often a wait looks into the database while another process is applying.
const lookEvery = 10 * time.Millisecond

// WaitFor returns when the projection has applied the log up to the position, or with ErrBehind when ctx ends before or the
// projection has stopped.
func (r *Runner) WaitFor(ctx context.Context, name string, position uint64) error {
	g, m := r.member(name)
	if m == nil {
		return fmt.Errorf("%w: %s", ErrUnknownName, name)
	}
	for looked := false; ; {
		at, moved := m.at()
		if at >= position {
			return nil
		}
		phase, _ := g.state()
		if (g.isHalted() || m.aside() != "") && (looked || phase == active) {
			return fmt.Errorf("%w: %s has stopped at %d", ErrBehind, name, at)
		}
		if phase != active {
			looked = g.refresh(ctx) || looked
		}
		select {
		case <-moved:
		case <-ctx.Done():
			return fmt.Errorf("%w: %s is at %d, not at %d", ErrBehind, name, at, position)
		case <-time.After(lookEvery):
		}
	}
}

// Position is how far a projection is known to have come: its rows hold at least the log up to there. It is 0 where the name is unknown.
func (r *Runner) Position(name string) uint64 {
	_, m := r.member(name)
	if m == nil {
		return 0
	}
	at, _ := m.at()
	return at
}

// WaitForAll returns when every projection has applied the log up to the position. Otherwise it is as WaitFor.
func (r *Runner) WaitForAll(ctx context.Context, position uint64) error {
	for _, g := range r.groups {
		for _, name := range g.names() {
			if err := r.WaitFor(ctx, name, position); err != nil {
				return err
			}
		}
	}
	return nil
}

// refresh reads the positions of a group that this process does not apply. Of callers at the same time one reads for all; it
// reports whether this one did.
func (g *group) refresh(ctx context.Context) bool {
	if !g.refreshing.TryLock() {
		return false
	}
	defer g.refreshing.Unlock()
	found, err := positions(ctx, g.runner.pool, g.names())
	g.mu.Lock()
	defer g.mu.Unlock()
	if err != nil || g.phase == active {
		return false
	}
	g.note(found)
	return true
}
