package projections_test

import (
	"context"
	"errors"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"songtor/domain"
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

// reached waits until a projection has reached a position.
func (b *bench) reached(r *projections.Runner, name string, position uint64) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.t.Context(), 20*time.Second)
	defer cancel()
	if err := r.WaitFor(ctx, name, position); err != nil {
		b.t.Error(err)
	}
}

// status is how a projection stands by name.
func status(t testing.TB, r *projections.Runner, name string) projections.Status {
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

// What comes while the rows are built anew, by the process whose session goes on with the others, is not missing in them. The old
// rows are not tried again meanwhile.
func TestWhatComesDuringARebuildOfWhatWasSetAsideIsApplied(t *testing.T) {
	t.Parallel()
	w := newWorld(34)
	b := setUp(t, w.history(200)...)
	r := b.runner()
	r.TryAgainAfter(time.Millisecond)
	b.start(r)
	b.waitAll(r)
	allow := b.refuse("timeline.entries", "201")
	b.log.add(w.history(20)...)
	testenv.Eventually(t, 20*time.Second, func() bool { stopped, _ := r.Stopped(); return slices.Equal(stopped, []string{"timeline"}) })
	err := r.Rebuild(t.Context(), []string{"timeline"}, func(done, total uint64) {
		allow()                     // the old rows could go on now
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

// soon is the pause between attempts in tests of what is tried again. In between somebody else can get the lease.
const soon = 100 * time.Millisecond

// needy is a group whose one half stands on the other.
func needy() projections.Group {
	return projections.Group{Name: "views", Needed: screening.New(), Projections: []projections.Projection{timeline.New()}}
}

// two are two processes that apply one group.
type two struct {
	*bench
	source    *attempted // of the first
	processes []*projections.Runner
}

// halted are two processes whose group has halted, the first of them, and what ends that. They try again after a pause.
func halted(t *testing.T, pause time.Duration) (b *two, w *world, first *projections.Runner, allow func()) {
	t.Helper()
	w = newWorld(37)
	b = &two{bench: setUp(t, w.history(10)...)}
	b.log.step = 50
	b.source = &attempted{memoryLog: b.log}
	b.processes = []*projections.Runner{b.runnerOn(b.source, needy()), b.runner(needy())}
	for _, r := range b.processes {
		r.TryAgainAfter(pause)
		b.start(r)
		b.waitAll(r)
	}
	allow = b.refuse("screening.cases", "11")
	b.log.add(w.history(2000)...)
	for _, r := range b.processes {
		testenv.Eventually(t, 20*time.Second, func() bool { stopped, _ := r.Stopped(); return len(stopped) == 2 })
	}
	return b, w, b.processes[0], allow
}

// mustGoOn fails where one of the processes does not come to know that the group goes on, or its rows are not those of the log.
func (b *two) mustGoOn(w *world) {
	b.t.Helper()
	for _, r := range b.processes {
		testenv.Eventually(b.t, 20*time.Second, func() bool { stopped, _ := r.Stopped(); return len(stopped) == 0 })
		if s := status(b.t, r, "screening"); s.Lag > 500 {
			b.t.Errorf("it counts as going on at %+v", s)
		}
	}
	b.log.add(w.history(5)...)
	for _, r := range b.processes {
		b.waitAll(r)
	}
	fresh := setUp(b.t, b.log.commits...)
	if err := fresh.runner(needy()).Rebuild(b.t.Context(), nil, nil); err != nil {
		b.t.Fatal(err)
	}
	mustEqual(b.t, b.dumpOf("screening", "timeline"), fresh.dumpOf("screening", "timeline"))
}

// attempted counts how often the log was read by an attempt, and where sessions began.
type attempted struct {
	*memoryLog
	scans atomic.Int64
	reads atomic.Int64
	began atomic.Uint64 // from where the last session followed
}

func (a *attempted) Scan(ctx context.Context, from, to uint64, fn func([]domain.Commit) error) error {
	a.scans.Add(1)
	return a.memoryLog.Scan(ctx, from, to, fn)
}

func (a *attempted) Follow(ctx context.Context, from uint64, fn func([]domain.Commit) error) error {
	a.reads.Add(1)
	a.began.Store(from)
	return a.memoryLog.Follow(ctx, from, fn)
}

// What was set aside goes on by itself when what was in its way is gone, also where much has come meanwhile and more comes. Until then nobody
// is told that it does.
func TestWhatWasSetAsideGoesOnByItself(t *testing.T) {
	t.Parallel()
	w := newWorld(35)
	b := setUp(t, w.history(10)...)
	source := &attempted{memoryLog: b.log}
	r, waiting := b.runnerOn(source), b.runner()
	r.TryAgainAfter(soon)
	b.start(r)
	b.waitAll(r)
	b.start(waiting)
	allow := b.refuse("timeline.entries", "11")
	b.log.add(w.history(1500)...)
	testenv.Eventually(t, 20*time.Second, func() bool { stopped, _ := r.Stopped(); return slices.Equal(stopped, []string{"timeline"}) })
	_, changed := r.Stopped()
	before := source.scans.Load()
	testenv.Eventually(t, 20*time.Second, func() bool { return source.scans.Load() >= before+3 })
	select {
	case <-changed:
		t.Error("an attempt in vain counts as an end")
	default:
	}

	head, _ := b.log.Head(t.Context())
	b.reached(r, "screening", head)
	allow()
	for range 40 { // while it catches up
		b.log.add(w.history(10)...)
		head, _ = b.log.Head(t.Context())
		b.reached(r, "screening", head)
	}
	testenv.Eventually(t, 20*time.Second, func() bool {
		stopped, _ := r.Stopped()
		elsewhere, _ := waiting.Stopped()
		return len(stopped) == 0 && len(elsewhere) == 0
	})
	b.waitAll(r)
	if n := source.reads.Load(); n != 2 { // one for each group
		t.Errorf("the groups began to read %d times: it did not catch up beside the others", n)
	}
	b.mustEqualRebuilt(w)
}

// A session that finds something set aside does not hold up the others with what that lacks.
func TestASessionBeginsWhereTheOthersAre(t *testing.T) {
	t.Parallel()
	w := newWorld(36)
	b := setUp(t, w.history(10)...)
	first := b.runner()
	stop := b.start(first)
	b.waitAll(first)
	b.refuse("timeline.entries", "11")
	b.log.add(w.history(30)...)
	head, _ := b.log.Head(t.Context())
	b.reached(first, "screening", head)
	testenv.Eventually(t, 20*time.Second, func() bool { stopped, _ := first.Stopped(); return len(stopped) > 0 })
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	source := &attempted{memoryLog: b.log}
	second := b.runnerOn(source, b.groups()[0])
	b.start(second)
	testenv.Eventually(t, 20*time.Second, func() bool { return source.reads.Load() > 0 })
	if from := source.began.Load(); from != head {
		t.Errorf("it began to read at %d, the others are at %d", from, head)
	}
	if stopped, _ := second.Stopped(); !slices.Equal(stopped, []string{"timeline"}) {
		t.Errorf("%v have stopped", stopped)
	}
}

// A group that has halted is tried again by itself, by whoever comes first, and counts as halted until its rows have caught
// up.
func TestAGroupThatHaltedGoesOnByItself(t *testing.T) {
	t.Parallel()
	b, w, r, allow := halted(t, soon)
	_, changed := r.Stopped()
	before := b.source.reads.Load()
	testenv.Eventually(t, 20*time.Second, func() bool { return b.source.reads.Load() >= before+3 })
	select {
	case <-changed:
		t.Error("an attempt in vain counts as an end")
	default:
	}
	if err := r.WaitFor(t.Context(), "screening", 30); !errors.Is(err, projections.ErrBehind) {
		t.Errorf("waiting for it gives %v", err)
	}
	if s := status(t, r, "screening"); s.Running || s.Active || s.Error == "" {
		t.Errorf("it stands at %+v", s)
	}
	allow()
	b.mustGoOn(w)
}

// A group that has halted goes on when its rows are built anew, without waiting for the next attempt.
func TestAGroupThatHaltedGoesOnWithNewRows(t *testing.T) {
	t.Parallel()
	b, w, _, allow := halted(t, time.Hour)
	allow()
	if err := b.runner(needy()).Rebuild(t.Context(), nil, nil); err != nil {
		t.Fatal(err)
	}
	b.mustGoOn(w)
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
