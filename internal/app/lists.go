package app

import (
	"context"
	"errors"
	"fmt"
	"time"

	"songtor/domain"
	"songtor/internal/access"
	"songtor/internal/identity"
	"songtor/projections"
)

// patience is how long a read waits for a read model to reach the position that the caller names.
const patience = 2 * time.Second

// ErrCursor says that a page's cursor is not one that this service gave out.
var ErrCursor = errors.New("unknown cursor")

// waitFor waits until a read model has reached a position. One that stays behind is no error: the answer carries its position, and
// the caller sees that it is older.
func (s *Service) waitFor(ctx context.Context, name string, position uint64) error {
	if position == 0 {
		return nil
	}
	waiting, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	err := s.runner.WaitFor(waiting, name, position)
	if err == nil || errors.Is(err, projections.ErrBehind) {
		return nil
	}
	return unavailable("wait for the read model", err)
}

// waitForAll waits, as long as waitFor does, until a read model has every commit that the log has by now, and returns where the log ends. It
// fails with projections.ErrBehind where the model stays behind, and with ErrUnavailable. The log may end with what is no commit, such as a
// release: no read model ever reaches that.
func (s *Service) waitForAll(ctx context.Context, name string) (head uint64, err error) {
	head, err = s.log.Head(ctx)
	if err != nil {
		return 0, unavailable("reach the log", err)
	}
	waiting, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for at := s.runner.Position(name); at < head; at = s.runner.Position(name) {
		next, _, err := s.log.NextCommit(waiting, at)
		switch {
		case waiting.Err() != nil && ctx.Err() == nil:
			return head, fmt.Errorf("%w: %s is at %d", projections.ErrBehind, name, at)
		case err != nil:
			return head, unavailable("look for the next commit", err)
		case next == 0 || next > head:
			return head, nil
		}
		if err := s.runner.WaitFor(waiting, name, next); err != nil {
			return head, err
		}
	}
	return head, nil
}

// abreast is waitForAll where a model that stays behind is an error of its own: what it does not show may be there.
func (s *Service) abreast(ctx context.Context, name string) error {
	if _, err := s.waitForAll(ctx, name); err != nil {
		return unavailable("wait for the read model", err)
	}
	return nil
}

// Stale names the lists that stay as they were, and none where all show what happens. The channel is closed when that changes.
func (s *Service) Stale() ([]string, <-chan struct{}) { return s.runner.Stopped() }

// Change says that queues changed.
type Change struct {
	Position uint64         `json:"position"`
	Stages   []domain.Stage `json:"stages"`
}

// Subscribe returns a channel of the changes in what the caller may list. It is closed when ctx ends.
func (s *Service) Subscribe(ctx context.Context, p identity.Principal) (<-chan Change, error) {
	if err := s.May(p, access.EventsRead); err != nil {
		return nil, err
	}
	changes := make(chan Change)
	go func() {
		defer close(changes)
		for c := range s.runner.Subscribe(ctx) {
			visible := s.visibleStages(p, c.For(s.tokens(p)))
			if len(visible) == 0 {
				continue
			}
			select {
			case changes <- Change{Position: c.Position, Stages: visible}:
			case <-ctx.Done():
				return
			}
		}
	}()
	return changes, nil
}

// visibleStages are the stages of a change in which the caller could list one of the agencies concerned.
func (s *Service) visibleStages(p identity.Principal, c projections.Change) []domain.Stage {
	var visible []domain.Stage
	for _, st := range c.Stages {
		scope := s.policies.ListScope(s.subject(p), st)
		if scope.All || !scope.None && (c.Agencies == nil || intersects(scope.Agencies, c.Agencies)) {
			visible = append(visible, st)
		}
	}
	return visible
}

func intersects(a, b []string) bool {
	for _, x := range a {
		for _, y := range b {
			if x == y {
				return true
			}
		}
	}
	return false
}
