package projections_test

import (
	"context"
	"errors"
	"sync"
	"testing"

	"songtor/domain"
	"songtor/projections"
	"songtor/projections/screening"
	"songtor/projections/timeline"
)

// The control rebuilds the groups one after the other: the log is then read for each.
func TestGroupsThatAreRebuiltTogetherReadTheLogOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(51)
	b := setUp(t, w.history(900)...)
	b.vault.erased = w.erased
	log := &countedLog{memoryLog: b.log}
	r := b.runnerOn(log)
	if err := r.Rebuild(t.Context(), nil, nil); err != nil {
		t.Fatal(err)
	}
	if n := log.read.Load(); n != 900 {
		t.Errorf("%d commits were read to rebuild two groups from 900", n)
	}
	together := b.dump()
	mustHaveRows(t, together)

	log.read.Store(0)
	for _, group := range b.groups() {
		var members []string
		for _, p := range group.Projections {
			members = append(members, p.Name())
		}
		if err := r.Rebuild(t.Context(), members, nil); err != nil {
			t.Fatal(err)
		}
	}
	if n := log.read.Load(); n != 2*900 {
		t.Errorf("%d commits were read to rebuild two groups one after the other", n)
	}
	mustEqual(t, b.dump(), together)
}

// spied is a projection of whose commits somebody learns before they are applied.
type spied struct {
	projections.Projection
	told func([]domain.Commit) error
}

func (s spied) Apply(ctx context.Context, b *projections.Batch, commits []domain.Commit) error {
	if err := s.told(commits); err != nil {
		return err
	}
	return s.Projection.Apply(ctx, b, commits)
}

// twoGroups are two groups of one projection each.
func twoGroups(one, other func([]domain.Commit) error) []projections.Group {
	return []projections.Group{
		{Name: "one", Projections: []projections.Projection{spied{timeline.New(), one}}},
		{Name: "other", Projections: []projections.Projection{spied{screening.New(), other}}},
	}
}

// That opening a commit is seen where the events are the same is shown by TestACommitStandsApart of the domain.
func TestWhatOneGroupOpensStaysClosedToTheOthers(t *testing.T) {
	t.Parallel()
	b := setUp(t, newWorld(52).history(300)...)
	opened := make(chan struct{})
	open, seen := 0, 0
	r := b.runner(twoGroups(
		func(commits []domain.Commit) error {
			defer close(opened)
			return b.vault.open(t.Context(), commits)
		},
		func(commits []domain.Commit) error {
			<-opened
			for i := range commits {
				for _, p := range commits[i].Privates() {
					seen++
					if p.Plain() != nil {
						open++
					}
				}
			}
			return nil
		},
	)...)
	if err := r.Rebuild(t.Context(), nil, nil); err != nil {
		t.Fatal(err)
	}
	if open > 0 || seen == 0 {
		t.Errorf("%d of %d personal parts had been opened by another group", open, seen)
	}
}

func TestAGroupThatFailsDoesNotHoldUpTheOthers(t *testing.T) {
	t.Parallel()
	b := setUp(t, newWorld(53).history(300)...)
	broken := errors.New("broken")
	r := b.runner(twoGroups(
		func([]domain.Commit) error { return broken },
		func([]domain.Commit) error { return nil },
	)...)
	if err := r.Rebuild(t.Context(), nil, nil); !errors.Is(err, broken) {
		t.Errorf("rebuilding gives %v", err)
	}
	found := map[string]uint64{}
	for _, s := range b.runner(b.groups()...).Status(t.Context()) {
		found[s.Name] = s.Position
	}
	if found["screening"] != 300 || found["timeline"] != 0 {
		t.Errorf("screening stands at %d and timeline, which failed, at %d", found["screening"], found["timeline"])
	}
}

// A log that grows while it is read is read on to its end by each, and one that breaks fails all.
func TestASharedReadingEndsAsOneAloneDoes(t *testing.T) {
	t.Parallel()
	w := newWorld(54)
	b := setUp(t, w.history(300)...)
	more := sync.OnceFunc(func() { b.log.add(w.history(700)...) })
	grow := func([]domain.Commit) error {
		more()
		return nil
	}
	r := b.runner(twoGroups(grow, grow)...)
	if err := r.Rebuild(t.Context(), nil, nil); err != nil {
		t.Fatal(err)
	}
	for _, s := range r.Status(t.Context()) {
		if s.Position < 1000 {
			t.Errorf("%s was built up to %d of 1000", s.Name, s.Position)
		}
	}
	torn := errors.New("torn")
	b.log.mu.Lock()
	b.log.broken[400] = torn
	b.log.mu.Unlock()
	if err := r.Rebuild(t.Context(), nil, nil); !errors.Is(err, torn) {
		t.Errorf("rebuilding from a log that cannot be read gives %v", err)
	}
}

// Where another process applies one of the groups, the other is rebuilt without it.
func TestAGroupThatDoesNotComeIsNotWaitedForLong(t *testing.T) {
	t.Parallel()
	b := setUp(t, newWorld(55).history(300)...)
	nothing := func([]domain.Commit) error { return nil }
	groups := twoGroups(nothing, nothing)
	elsewhere := b.runner(groups[0])
	b.start(elsewhere)
	b.waitAll(elsewhere)
	r := b.runner(groups...)
	if err := r.Rebuild(t.Context(), nil, nil); !errors.Is(err, projections.ErrBusy) {
		t.Errorf("rebuilding beside another process gives %v", err)
	}
	for _, s := range r.Status(t.Context()) {
		if s.Position != 300 {
			t.Errorf("%s stands at %d", s.Name, s.Position)
		}
	}
}
