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

// untilStopped waits until each of some processes says that these have stopped, and no others.
func (b *bench) untilStopped(names []string, processes ...*projections.Runner) {
	b.t.Helper()
	for _, r := range processes {
		testenv.Eventually(b.t, 20*time.Second, func() bool {
			stopped, _ := r.Stopped()
			return slices.Equal(stopped, names)
		})
	}
}

// mustStay fails where somebody was told of a change.
func mustStay(t *testing.T, changed <-chan struct{}) {
	t.Helper()
	select {
	case <-changed:
		t.Error("an attempt in vain counts as an end")
	default:
	}
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
	b.untilStopped(nil, r, waiting)
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
	b.untilStopped([]string{"timeline"}, r)
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
	b.untilStopped(nil, r)
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
	b.untilStopped([]string{"timeline"}, first)
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	allow()
	second := b.runner()
	b.start(second)
	testenv.Eventually(t, 20*time.Second, func() bool { return status(t, second, "timeline").Position == 20 })
	b.untilStopped(nil, second) // its last rows are there before it counts among the others again
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
	world     *world
	source    *countedLog // of the first
	processes []*projections.Runner
}

// halted are two processes whose group has halted, and what takes away the reason. They try again after a pause.
func halted(t *testing.T, pause time.Duration) (b *two, allow func()) {
	t.Helper()
	w := newWorld(37)
	b = &two{world: w, bench: setUp(t, w.history(10)...)}
	b.log.step = 50
	b.source = &countedLog{memoryLog: b.log}
	b.processes = []*projections.Runner{b.runnerOn(b.source, needy()), b.runner(needy())}
	for _, r := range b.processes {
		r.TryAgainAfter(pause)
		b.start(r)
		b.waitAll(r)
	}
	allow = b.refuse("screening.cases", "11")
	b.log.add(w.history(2000)...)
	b.untilStopped([]string{"screening", "timeline"}, b.processes...)
	return b, allow
}

// mustGoOn fails where one of the processes does not come to know that the group goes on, or its rows are not those of the log.
func (b *two) mustGoOn() {
	b.t.Helper()
	for _, r := range b.processes {
		b.untilStopped(nil, r)
		if s := status(b.t, r, "screening"); s.Lag > 500 {
			b.t.Errorf("it counts as going on at %+v", s)
		}
	}
	b.log.add(b.world.history(5)...)
	for _, r := range b.processes {
		b.waitAll(r)
	}
	fresh := setUp(b.t, b.log.commits...)
	if err := fresh.runner(needy()).Rebuild(b.t.Context(), nil, nil); err != nil {
		b.t.Fatal(err)
	}
	mustEqual(b.t, b.dumpOf("screening", "timeline"), fresh.dumpOf("screening", "timeline"))
}

// What was set aside goes on by itself when what was in its way is gone, also where much has come meanwhile and more comes. Until then nobody
// is told that it does.
func TestWhatWasSetAsideGoesOnByItself(t *testing.T) {
	t.Parallel()
	w := newWorld(35)
	b := setUp(t, w.history(10)...)
	source := &countedLog{memoryLog: b.log}
	r, waiting := b.runnerOn(source), b.runner()
	r.TryAgainAfter(soon)
	b.start(r)
	b.waitAll(r)
	b.start(waiting)
	allow := b.refuse("timeline.entries", "11")
	b.log.add(w.history(1500)...)
	b.untilStopped([]string{"timeline"}, r)
	_, changed := r.Stopped()
	before := source.scans.Load()
	testenv.Eventually(t, 20*time.Second, func() bool { return source.scans.Load() >= before+3 })
	mustStay(t, changed)

	head, _ := b.log.Head(t.Context())
	b.reached(r, "screening", head)
	allow()
	for range 40 { // while it catches up
		b.log.add(w.history(10)...)
		head, _ = b.log.Head(t.Context())
		b.reached(r, "screening", head)
	}
	b.untilStopped(nil, r, waiting)
	b.waitAll(r)
	if n := source.follows.Load(); n != 2 { // one for each group
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
	b.untilStopped([]string{"timeline"}, first)
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	source := &countedLog{memoryLog: b.log}
	second := b.runnerOn(source, b.groups()[0])
	b.start(second)
	testenv.Eventually(t, 20*time.Second, func() bool { return source.follows.Load() > 0 })
	if from := source.began.Load(); from != head {
		t.Errorf("it began to read at %d, the others are at %d", from, head)
	}
	if stopped, _ := second.Stopped(); !slices.Equal(stopped, []string{"timeline"}) {
		t.Errorf("%v have stopped", stopped)
	}
}

// Where nobody is left, or not the one whom the others need, a session takes everybody back: there is nobody beside whom to try them.
func TestASessionTakesBackWhomItCannotDoWithout(t *testing.T) {
	t.Parallel()
	for name, noted := range map[string][]string{"all": {"screening", "timeline"}, "the one that is needed": {"screening"}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(38)
			b := setUp(t, w.history(10)...)
			first := b.runner(needy())
			stop := b.start(first)
			b.waitAll(first)
			if err := stop(); err != nil {
				t.Fatal(err)
			}
			_, err := b.pool.Exec(t.Context(), "insert into projections.faults (name, fault) select unnest($1::text[]), 'of another program'", noted)
			if err != nil {
				t.Fatal(err)
			}
			b.log.add(w.history(20)...)
			second := b.runner(needy())
			second.TryAgainAfter(time.Hour)
			b.start(second)
			testenv.Eventually(t, 20*time.Second, func() bool {
				var needed, other uint64
				err := b.pool.QueryRow(t.Context(), `select s.position, t.position from projections.positions s, projections.positions t
					where s.name = 'screening' and t.name = 'timeline'`).Scan(&needed, &other)
				if err != nil || other > needed {
					t.Fatalf("the other one is at %d, the needed one at %d, %v", other, needed, err)
				}
				return needed == 30 && other == 30
			})
			b.untilStopped(nil, second)
		})
	}
}

// A group that has halted is tried again by itself, by whoever comes first, and counts as halted until its rows
// have caught up.
func TestAGroupThatHaltedGoesOnByItself(t *testing.T) {
	t.Parallel()
	b, allow := halted(t, soon)
	r := b.processes[0]
	_, changed := r.Stopped()
	before := b.source.follows.Load()
	testenv.Eventually(t, 20*time.Second, func() bool { return b.source.follows.Load() >= before+3 })
	mustStay(t, changed)
	if err := r.WaitFor(t.Context(), "screening", 30); !errors.Is(err, projections.ErrBehind) {
		t.Errorf("waiting for it gives %v", err)
	}
	if s := status(t, r, "screening"); s.Running || s.Active || s.Error == "" {
		t.Errorf("it stands at %+v", s)
	}
	allow()
	b.mustGoOn()
}

// A group that has halted goes on when its rows are built anew, without waiting for the next attempt.
func TestAGroupThatHaltedGoesOnWithNewRows(t *testing.T) {
	t.Parallel()
	b, allow := halted(t, time.Hour)
	allow()
	if err := b.runner(needy()).Rebuild(t.Context(), nil, nil); err != nil {
		t.Fatal(err)
	}
	b.mustGoOn()
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
