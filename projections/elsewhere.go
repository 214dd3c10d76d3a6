package projections

import (
	"context"
	"sync"

	"songtor/domain"
)

// elsewhere is what commits touch that the runner of another process applies: it is told here once their rows are there.
type elsewhere struct {
	mu      sync.Mutex
	pending []Change // in the order of their positions
	told    uint64   // how far subscribers here were told
	deaf    bool     // the log cannot be read here, so that nobody knows what was touched
}

// mostPending bounds what is kept while the other runner does not get on.
const mostPending = 1000

// follow reads the log after a position until ctx ends.
func (e *elsewhere) follow(ctx context.Context, source Source, from uint64) {
	err := source.Follow(ctx, from, func(commits []domain.Commit) error {
		e.add(changeOf(commits))
		return nil
	})
	if err != nil && ctx.Err() == nil {
		e.mu.Lock()
		defer e.mu.Unlock()
		e.deaf = true
	}
}

func (e *elsewhere) add(c Change) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if len(e.pending) == mostPending {
		all := e.pending[0]
		for _, p := range e.pending[1:] {
			all = all.merge(p)
		}
		e.pending = append(e.pending[:0], all)
	}
	e.pending = append(e.pending, c)
}

// until is everything that was touched up to a position whose rows are there, and that has not been told.
func (e *elsewhere) until(position uint64) (c Change, any bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.deaf && position > e.told {
		e.told, e.pending = position, nil
		return Change{Position: position, Stages: domain.Stages()}, true
	}
	n := 0
	for ; n < len(e.pending) && e.pending[n].Position <= position; n++ {
		if n == 0 {
			c = e.pending[0]
		} else {
			c = c.merge(e.pending[n])
		}
	}
	if n > 0 {
		e.told, e.pending = e.pending[n-1].Position, e.pending[n:]
	}
	return c, n > 0
}
