package app

import (
	"context"
	"errors"
	"time"

	"songtor/domain"
	"songtor/internal/access"
	"songtor/internal/identity"
	"songtor/projections"
	"songtor/projections/inbox"
	"songtor/projections/stage"
	"songtor/projections/statistics"
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

// StageCases lists the cases of a stage that the caller may see, after waiting for a position where one is given.
func (s *Service) StageCases(ctx context.Context, p identity.Principal, st domain.Stage, f stage.Filter, page stage.Page, after uint64) (stage.List, error) {
	view, known := s.models.stages[st]
	if !known {
		return stage.List{}, ErrNotFound
	}
	scope, err := listScope(p, st)
	if err != nil {
		return stage.List{}, err
	}
	if err := s.waitFor(ctx, view.Name(), after); err != nil {
		return stage.List{}, err
	}
	f.AgencyScope = scope
	list, err := view.List(ctx, s.views, f, page)
	switch {
	case errors.Is(err, stage.ErrCursor):
		return stage.List{}, ErrCursor
	case err != nil:
		return stage.List{}, unavailable("list the stage", err)
	}
	return list, nil
}

// StageCount says how many open cases of a stage the caller can see.
type StageCount struct {
	Stage    domain.Stage          `json:"stage"`
	Open     int                   `json:"open"`
	ByStatus map[domain.Status]int `json:"by_status"`
}

// StageCounts counts the open cases that the caller may list. These are queue lengths for the people who work the queues; they are
// no statistics and never shown to those who read only statistics.
func (s *Service) StageCounts(ctx context.Context, p identity.Principal, after uint64) ([]StageCount, error) {
	counts := []StageCount{}
	for _, st := range domain.Stages() {
		scope, err := listScope(p, st)
		if errors.Is(err, ErrDenied) {
			continue
		}
		if err != nil {
			return nil, err
		}
		if err := s.waitFor(ctx, s.models.stages[st].Name(), after); err != nil {
			return nil, err
		}
		rows, err := s.models.stages[st].Counts(ctx, s.views, scope)
		if err != nil {
			return nil, unavailable("count a stage", err)
		}
		count := StageCount{Stage: st, ByStatus: map[domain.Status]int{}}
		for _, r := range rows {
			count.Open += r.Cases
			count.ByStatus[r.Status] = r.Cases
		}
		counts = append(counts, count)
	}
	if len(counts) == 0 {
		return nil, ErrDenied
	}
	return counts, nil
}

// listScope returns the agencies whose cases the caller may list in a stage, nil for all of them.
func listScope(p identity.Principal, st domain.Stage) ([]string, error) {
	scope := access.ListScope(subject(p), st)
	switch {
	case scope.None:
		return nil, ErrDenied
	case scope.All:
		return nil, nil
	}
	return scope.Agencies, nil
}

// Inbox lists what the caller's agency has to do.
func (s *Service) Inbox(ctx context.Context, p identity.Principal, page inbox.Page, after uint64) (inbox.List, error) {
	if err := may(p, access.InboxRead); err != nil {
		return inbox.List{}, err
	}
	if err := s.waitFor(ctx, s.models.inbox.Name(), after); err != nil {
		return inbox.List{}, err
	}
	list, err := s.models.inbox.List(ctx, s.views, []string{p.Agency}, page)
	switch {
	case errors.Is(err, inbox.ErrCursor):
		return inbox.List{}, ErrCursor
	case err != nil:
		return inbox.List{}, unavailable("list the inbox", err)
	}
	return list, nil
}

// Releases lists the statistics that are published. Periods that have become ready since the last call are published first.
func (s *Service) Releases(ctx context.Context, p identity.Principal) ([]statistics.Release, error) {
	if err := may(p, access.StatisticsRead); err != nil {
		return nil, err
	}
	head, err := s.log.Head(ctx)
	if err != nil {
		return nil, unavailable("reach the log", err)
	}
	if err := s.waitFor(ctx, s.models.statistics.Name(), head); err != nil {
		return nil, err
	}
	err = statistics.PublishEnded(ctx, s.views, statistics.AsOf{Now: s.now(), Head: head})
	if err != nil && !errors.Is(err, statistics.ErrNotCaughtUp) {
		return nil, unavailable("publish statistics", err)
	}
	releases, err := statistics.Releases(ctx, s.views)
	if err != nil {
		return nil, unavailable("list the releases", err)
	}
	return releases, nil
}

// Release returns one published release.
func (s *Service) Release(ctx context.Context, p identity.Principal, period string) (statistics.Release, error) {
	if err := may(p, access.StatisticsRead); err != nil {
		return statistics.Release{}, err
	}
	release, err := statistics.Find(ctx, s.views, period)
	switch {
	case errors.Is(err, statistics.ErrNoRelease):
		return statistics.Release{}, ErrNotFound
	case err != nil:
		return statistics.Release{}, unavailable("read the release", err)
	}
	return release, nil
}

// Change says that queues changed.
type Change struct {
	Position uint64         `json:"position"`
	Stages   []domain.Stage `json:"stages"`
}

// Subscribe returns a channel of the changes in what the caller may list. It is closed when ctx ends.
func (s *Service) Subscribe(ctx context.Context, p identity.Principal) (<-chan Change, error) {
	if err := may(p, access.EventsRead); err != nil {
		return nil, err
	}
	changes := make(chan Change)
	go func() {
		defer close(changes)
		for c := range s.runner.Subscribe(ctx) {
			visible := visibleStages(p, c)
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
func visibleStages(p identity.Principal, c projections.Change) []domain.Stage {
	var visible []domain.Stage
	for _, st := range c.Stages {
		scope := access.ListScope(subject(p), st)
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
