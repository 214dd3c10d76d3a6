package projections_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"songtor/internal/testenv"
	"songtor/projections"
	"songtor/projections/exclusions"
	"songtor/projections/screening"
	"songtor/projections/timeline"
)

// refuse has the database refuse every row of a table from a position on, for good, and returns what ends that.
func (b *bench) refuse(table string, position string) (allow func()) {
	b.t.Helper()
	exec := func(sql string) {
		if _, err := b.pool.Exec(b.t.Context(), sql); err != nil {
			b.t.Fatal(err)
		}
	}
	exec("alter table " + table + " add constraint refused check (position < " + position + ") not valid")
	return func() { exec("alter table " + table + " drop constraint refused") }
}

// status is how a projection stands by name.
func status(t *testing.T, r *projections.Runner, name string) projections.Status {
	t.Helper()
	all := r.Status(t.Context())
	return all[slices.IndexFunc(all, func(s projections.Status) bool { return s.Name == name })]
}

// A projection that cannot apply a commit stops alone: the others of its group go on, every process knows, and who waits for it is told. It is
// built anew without making anybody stop, and goes on.
func TestAProjectionThatCannotApplyStopsAlone(t *testing.T) {
	t.Parallel()
	w := newWorld(31)
	b := setUp(t, w.history(10)...)
	r, waiting := b.runner(), b.runner()
	b.start(r)
	b.waitAll(r)
	b.start(waiting)
	testenv.Eventually(t, 10*time.Second, func() bool { return status(t, waiting, "timeline").Running })
	allow := b.refuse("timeline.entries", "11")
	_, changed := waiting.Stopped()
	b.log.add(w.history(20)...)
	head, _ := b.log.Head(t.Context())

	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	for _, name := range names {
		err := r.WaitFor(ctx, name, head)
		if name == "timeline" && !errors.Is(err, projections.ErrBehind) || name != "timeline" && err != nil {
			t.Errorf("waiting for %s: %v", name, err)
		}
	}
	if s := status(t, r, "timeline"); s.Position != 10 || s.Running || s.Active || s.Error == "" {
		t.Errorf("it stands at %+v", s)
	}
	if s := status(t, r, "screening"); !s.Running || !s.Active || s.Error != "" {
		t.Errorf("another one stands at %+v", s)
	}
	select {
	case <-changed:
	case <-ctx.Done():
		t.Fatal("another process was not told")
	}
	for _, process := range []*projections.Runner{r, waiting} {
		if stopped, _ := process.Stopped(); !slices.Equal(stopped, []string{"timeline"}) {
			t.Errorf("%v have stopped", stopped)
		}
	}

	allow()
	if err := b.runner().Rebuild(t.Context(), []string{"timeline"}, nil); err != nil {
		t.Fatalf("couldn't build it anew beside the runners: %v", err)
	}
	b.log.add(w.history(5)...)
	testenv.Eventually(t, 20*time.Second, func() bool {
		stopped, _ := r.Stopped()
		elsewhere, _ := waiting.Stopped()
		return len(stopped) == 0 && len(elsewhere) == 0
	})
	b.waitAll(r)
	b.mustEqualRebuilt(w)
}

// What comes while the rows are built anew, by the process whose session goes on with the others, is not missing in them.
func TestWhatComesDuringARebuildOfWhatWasSetAsideIsApplied(t *testing.T) {
	t.Parallel()
	w := newWorld(34)
	b := setUp(t, w.history(200)...)
	r := b.runner()
	b.start(r)
	b.waitAll(r)
	allow := b.refuse("timeline.entries", "201")
	b.log.add(w.history(20)...)
	testenv.Eventually(t, 20*time.Second, func() bool { stopped, _ := r.Stopped(); return slices.Equal(stopped, []string{"timeline"}) })
	allow()
	err := r.Rebuild(t.Context(), []string{"timeline"}, func(done, total uint64) {
		b.log.add(w.history(20)...) // after what the rebuild reads
		head, _ := b.log.Head(t.Context())
		if err := r.WaitFor(t.Context(), "screening", head); err != nil {
			t.Errorf("the others do not go on: %v", err)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	b.log.add(w.history(5)...)
	testenv.Eventually(t, 20*time.Second, func() bool { stopped, _ := r.Stopped(); return len(stopped) == 0 })
	b.waitAll(r)
	b.mustEqualRebuilt(w)
}

// What was set aside is tried again by the next session, here that of the process that takes over.
func TestWhatWasSetAsideIsTriedAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(32)
	b := setUp(t, w.history(10)...)
	first := b.runner()
	stop := b.start(first)
	b.waitAll(first)
	allow := b.refuse("timeline.entries", "11")
	b.log.add(w.history(10)...)
	testenv.Eventually(t, 20*time.Second, func() bool {
		stopped, _ := first.Stopped()
		return slices.Equal(stopped, []string{"timeline"})
	})
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	allow()
	second := b.runner()
	b.start(second)
	testenv.Eventually(t, 20*time.Second, func() bool { return status(t, second, "timeline").Position == 20 })
	if stopped, _ := second.Stopped(); len(stopped) > 0 {
		t.Errorf("%v still count as stopped", stopped)
	}
	b.mustEqualRebuilt(w)
}

// Where the one stops that the others need, all of them do, and none is ahead of it. The control is the same group without the need.
func TestNobodyGoesOnWithoutTheOneThatIsNeeded(t *testing.T) {
	t.Parallel()
	for name, group := range map[string]projections.Group{
		"needed":  {Name: "views", Needed: screening.New(), Projections: []projections.Projection{exclusions.New(), timeline.New()}},
		"control": {Name: "views", Projections: []projections.Projection{screening.New(), exclusions.New(), timeline.New()}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(33)
			b := setUp(t, w.history(10)...)
			r := b.runner(group)
			b.start(r)
			b.waitAll(r)
			b.refuse("screening.cases", "11")
			b.log.add(w.history(20)...)
			testenv.Eventually(t, 20*time.Second, func() bool { stopped, _ := r.Stopped(); return len(stopped) > 0 })
			needed, other := status(t, r, "screening"), status(t, r, "timeline")
			if name == "needed" && (other.Running || other.Position != needed.Position) {
				t.Errorf("it stands at %d, the needed one at %d", other.Position, needed.Position)
			}
			if name == "control" && !other.Running {
				t.Error("the other one stops without the need too, so that the above shows nothing")
			}
		})
	}
}
