package projections_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"songtor/domain"
	"songtor/internal/testenv"
	"songtor/projections"
	"songtor/projections/screening"
	"songtor/projections/timeline"
)

func TestLiveRowsEqualRebuiltRows(t *testing.T) {
	t.Parallel()
	for seed := range uint64(4) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			w := newWorld(seed)
			b := setUp(t)
			b.log.step = 1 + int(seed)*37
			r := b.runner()
			stop := b.start(r)
			for range 15 {
				b.log.add(w.history(60)...)
			}
			b.waitAll(r)
			live := b.dump()
			mustHaveRows(t, live)
			if err := stop(); err != nil {
				t.Fatal(err)
			}
			b.vault.erased = w.erased
			var last, total uint64
			if err := r.Rebuild(t.Context(), nil, func(d, n uint64) { last, total = d, n }); err != nil {
				t.Fatal(err)
			}
			if last != 900 || total != 900 {
				t.Errorf("progress ended at %d of %d", last, total)
			}
			mustEqual(t, b.dump(), live)
		})
	}
}

// A log that is long when a runner begins is built in chunks, which go through temporary tables; the rows are those of a log
// applied batch by batch.
func TestALongLogIsBuiltInChunks(t *testing.T) {
	t.Parallel()
	w := newWorld(9)
	b := setUp(t, w.history(3000)...)
	b.vault.erased = w.erased
	r := b.runner()
	r.BuildInChunks(2999, 250)
	b.start(r)
	b.waitAll(r)
	built := b.dump()
	mustHaveRows(t, built)

	live := setUp(t, b.log.commits[:1000]...)
	live.vault.erased = w.erased
	lr := live.runner()
	live.start(lr)
	live.waitAll(lr)
	live.log.add(b.log.commits[1000:]...)
	live.waitAll(lr)
	mustEqual(t, live.dump(), built)
}

func TestRestartInMidStream(t *testing.T) {
	t.Parallel()
	w := newWorld(11)
	b := setUp(t)
	b.log.step = 7
	for range 8 {
		r := b.runner()
		stop := b.start(r)
		b.log.add(w.history(60)...)
		head, _ := b.log.Head(t.Context())
		b.wait(r, head-50)
		if err := stop(); err != nil {
			t.Fatal(err)
		}
	}
	r := b.runner()
	b.start(r)
	b.waitAll(r)
	b.mustEqualRebuilt(w)
}

// mustEqualRebuilt compares the rows with those that a fresh database gets from the same log.
func (b *bench) mustEqualRebuilt(w *world) {
	b.t.Helper()
	fresh := setUp(b.t, b.log.commits...)
	fresh.vault.erased = w.erased
	if err := fresh.runner().Rebuild(b.t.Context(), nil, nil); err != nil {
		b.t.Fatal(err)
	}
	mustEqual(b.t, b.dump(), fresh.dump())
}

func TestConnectionsCutBetweenAndInBatches(t *testing.T) {
	t.Parallel()
	w := newWorld(12)
	b := setUp(t)
	b.log.step = 3
	r := b.runner()
	b.start(r)
	for range 10 {
		b.log.add(w.history(60)...)
		head, _ := b.log.Head(t.Context())
		b.wait(r, head-55)
		_, err := b.pool.Exec(t.Context(), `select pg_terminate_backend(l.pid) from pg_locks l join pg_database d on d.oid = l.database
			where l.locktype = 'advisory' and d.datname = current_database() and l.pid <> pg_backend_pid()`)
		if err != nil {
			t.Fatal(err)
		}
	}
	b.waitAll(r)
	b.mustEqualRebuilt(w)
}

func TestTwoRunnersShareTheWork(t *testing.T) {
	t.Parallel()
	w := newWorld(13)
	b := setUp(t)
	b.log.step = 5
	first, second := b.runner(), b.runner()
	changes := second.Subscribe(t.Context())
	stop := b.start(first)
	b.log.add(w.history(100)...)
	b.waitAll(first)
	b.start(second)
	b.waitAll(second)                                   // by the rows that the first one wrote
	testenv.Eventually(t, 10*time.Second, func() bool { // it is running, and waits for its turn
		s := second.Status(t.Context())[0]
		return s.Running && !s.Active
	})
	testenv.Eventually(t, 10*time.Second, func() bool { // at first it knows only that something has changed
		b.log.add(w.screened("police"))
		c := <-changes
		return slices.Equal(c.Agencies, []string{"police"}) && len(c.Stages) < 4
	})
	b.log.add(w.history(300)...)
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	b.waitAll(second)
	if s := second.Status(t.Context())[0]; !s.Active || s.Lag != 0 {
		t.Errorf("the second runner is %+v, want it to have taken over", s)
	}
	b.mustEqualRebuilt(w)
}

func TestWhatCannotBeReadStopsTheGroup(t *testing.T) {
	t.Parallel()
	w := newWorld(14)
	b := setUp(t, w.history(40)...)
	b.log.broken[31] = fmt.Errorf("position 31: %w", domain.ErrUnknownEvent)
	r := b.runner()
	stop := b.start(r)
	b.wait(r, 30)
	testenv.Eventually(t, 10*time.Second, func() bool { return !r.Status(t.Context())[0].Running })
	s := r.Status(t.Context())[0]
	if s.Position != 30 || s.Head != 40 || s.Lag != 10 || !strings.Contains(s.Error, "unknown event") {
		t.Errorf("status is %+v", s)
	}
	if err := r.WaitFor(t.Context(), "screening", 40); !errors.Is(err, projections.ErrBehind) {
		t.Errorf("waiting for a stopped projection gives %v", err)
	}
	if err := stop(); err != nil {
		t.Errorf("Run returned %v: one stopped group is not the end", err)
	}
}

func TestWhatCannotBeAppliedStopsNoOtherGroup(t *testing.T) {
	t.Parallel()
	w := newWorld(15)
	b := setUp(t, w.history(10)...)
	odd := w.random()
	odd.CaseID = "ZZ-not-a-uuid"
	b.log.add(odd)
	b.log.add(w.history(5)...)
	r := b.runner()
	names, changed := r.Stopped()
	if len(names) > 0 {
		t.Errorf("%v have stopped before anything was applied", names)
	}
	b.start(r)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	if err := r.WaitFor(ctx, "statistics", 16); err != nil {
		t.Fatal(err)
	}
	select {
	case <-changed:
	case <-ctx.Done():
		t.Fatal("nobody was told that projections stopped")
	}
	testenv.Eventually(t, 10*time.Second, func() bool { names, _ := r.Stopped(); return slices.Contains(names, "screening") })
	if names, _ := r.Stopped(); slices.Contains(names, "statistics") {
		t.Errorf("%v have stopped", names)
	}
	s := status(t, r, "screening")
	if s.Position != 0 && s.Position != 10 || !strings.Contains(s.Error, "UUID") || strings.Contains(s.Error, "ZZ") {
		t.Errorf("status is %+v", s)
	}
}

func TestKeysThatDoNotAnswerHoldStatisticsAlone(t *testing.T) {
	t.Parallel()
	w := newWorld(16)
	b := setUp(t, w.history(50)...)
	b.vault.set(errDown)
	r := b.runner()
	b.start(r)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	if err := r.WaitFor(ctx, "timeline", 50); err != nil {
		t.Fatal(err)
	}
	statistics := func() projections.Status { return r.Status(t.Context())[7] }
	testenv.Eventually(t, 10*time.Second, func() bool { return statistics().Error != "" })
	if s := statistics(); s.Position != 0 || !s.Running {
		t.Errorf("statistics stands at %+v, want it to wait", s)
	}
	b.vault.set(nil)
	b.waitAll(r)
	if s := statistics(); s.Error != "" {
		t.Errorf("the error stays after it has passed: %+v", s)
	}
}

// versioned is a projection of another version.
type versioned struct {
	projections.Projection
	version int
}

func (v versioned) Version() int { return v.version }

func versionGroups(version int) projections.Group {
	return projections.Group{Name: "views", Projections: []projections.Projection{versioned{screening.New(), version}, timeline.New()}}
}

func TestANewVersionIsBuiltAnewAndAnOlderOneGivesWay(t *testing.T) {
	t.Parallel()
	w := newWorld(17)
	b := setUp(t, w.history(200)...)
	r := b.runner(versionGroups(1))
	stop := b.start(r)
	b.waitAll(r)
	want := b.dump()
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	if _, err := b.pool.Exec(t.Context(), "alter table screening.cases drop column province cascade"); err != nil {
		t.Fatal(err)
	}
	r = b.runner(versionGroups(2))
	stop = b.start(r)
	b.waitAll(r)
	mustEqual(t, b.dump(), want)
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	r = b.runner(versionGroups(1))
	b.start(r)
	testenv.Eventually(t, 10*time.Second, func() bool { return r.Status(t.Context())[0].Error != "" })
	if s := r.Status(t.Context())[0]; !s.Running || s.Active || !s.Built || !strings.Contains(s.Error, "newer version") {
		t.Errorf("status is %+v", s)
	}
	b.waitAll(r) // it reads the rows of the later version
	mustEqual(t, b.dump(), want)
	if err := r.Rebuild(t.Context(), nil, nil); !errors.Is(err, projections.ErrNewerVersion) {
		t.Errorf("rebuilding with an older version gives %v", err)
	}
}

// A program of a new version starts while one of the old version is at work and commits come. Nobody ever sees a table that is not there or
// holds half; then the old one gives way, and both show what comes.
func TestANewVersionIsBuiltBesideTheOldOne(t *testing.T) {
	t.Parallel()
	w := newWorld(23)
	b := setUp(t, w.history(1500)...)
	old, made := b.runner(versionGroups(1)), b.runner(versionGroups(2))
	b.start(old)
	b.waitAll(old)
	least := len(b.dump()["screening.cases"])
	reading, end := context.WithCancel(t.Context())
	defer end()
	var readers sync.WaitGroup
	var wrong atomic.Int64
	readers.Go(func() {
		for reading.Err() == nil {
			var n int
			if err := b.pool.QueryRow(t.Context(), "select count(*) from screening.cases").Scan(&n); err != nil || n < least*9/10 {
				wrong.Add(1)
			}
		}
	})
	readers.Go(func() {
		for reading.Err() == nil {
			b.log.add(w.screened("police"))
			time.Sleep(5 * time.Millisecond) // a pace, not a wait
		}
	})
	if made.Status(t.Context())[0].Built {
		t.Error("the rows of the new version count as built before it has begun")
	}
	b.start(made)
	testenv.Eventually(t, time.Minute, func() bool { s := made.Status(t.Context())[0]; return s.Built && s.Active })
	end()
	readers.Wait()
	if n := wrong.Load(); n > 0 {
		t.Errorf("%d reads found no table, or half of one", n)
	}
	b.log.add(w.history(50)...)
	b.waitAll(made)
	b.waitAll(old)
	if s := old.Status(t.Context())[0]; s.Active || !s.Running {
		t.Errorf("the old runner is %+v, want it to read what the new one applies", s)
	}
	fresh := setUp(t, b.log.commits...)
	if err := fresh.runner(versionGroups(2)).Rebuild(t.Context(), nil, nil); err != nil {
		t.Fatal(err)
	}
	mustEqual(t, b.dumpOf("screening", "timeline"), fresh.dumpOf("screening", "timeline"))
}

// tally counts commits: applied twice they are counted twice.
type tally struct{}

var tallies = &projections.Table{Name: "tally", Key: 1, Columns: []projections.Column{
	{Name: "one", Type: projections.Integer}, {Name: "commits", Type: projections.Integer, Add: true},
}}

func (tally) Name() string { return "tally" }
func (tally) Version() int { return 1 }
func (tally) Schema() string {
	return "create table tally (one bigint primary key, commits bigint not null);\n-- indexes\nselect wall.keep('tally');\n"
}

func (tally) Apply(_ context.Context, b *projections.Batch, commits []domain.Commit) error {
	b.Put(tallies, 1, len(commits))
	return nil
}

// Two runners that both believe that they are the one: where only the lock is gone, the position in the transaction of the rows lets one of
// them through. The control takes that away too, and shows that the rows tell of it.
func TestTheFenceHoldsWithoutTheLock(t *testing.T) {
	t.Parallel()
	for name, fenced := range map[string]bool{"fenced": true, "control": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(24)
			b := setUp(t)
			b.log.step = 3
			group := projections.Group{Name: "views", Projections: []projections.Projection{tally{}}}
			first, second := b.runner(group), b.runner(group)
			second.WithoutLock()
			b.start(first)
			b.log.add(w.history(50)...)
			b.waitAll(first)
			b.start(second)
			testenv.Eventually(t, 20*time.Second, func() bool {
				return first.Status(t.Context())[0].Active && second.Status(t.Context())[0].Active
			})
			if !fenced {
				_, err := b.pool.Exec(t.Context(), `create or replace function projections.advance(names text[], versions integer[], olds bigint[], news bigint[])
					returns void language plpgsql as $f$ begin update projections.positions p set position = m.new
						from unnest(names, news) as m (name, new) where p.name = m.name; end $f$`)
				if err != nil {
					t.Fatal(err)
				}
			}
			for range 20 {
				b.log.add(w.history(10)...)
				b.waitAll(first)
				b.waitAll(second)
			}
			var commits int
			if err := b.pool.QueryRow(t.Context(), "select commits from tally.tally").Scan(&commits); err != nil {
				t.Fatal(err)
			}
			if once := commits == len(b.log.commits); once != fenced {
				t.Errorf("%d commits were counted %d times, with the fence: %v", len(b.log.commits), commits, fenced)
			}
		})
	}
}

func TestAShorterLogIsRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(18)
	b := setUp(t, w.history(30)...)
	r := b.runner()
	stop := b.start(r)
	b.waitAll(r)
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	before := b.dump()
	r = b.runnerOn(newLog(b.log.commits[:29]...))
	if err := r.Run(t.Context()); !errors.Is(err, projections.ErrLogShorter) {
		t.Errorf("Run gives %v", err)
	}
	if err := r.Rebuild(t.Context(), nil, nil); !errors.Is(err, projections.ErrLogShorter) {
		t.Errorf("Rebuild gives %v", err)
	}
	mustEqual(t, b.dump(), before)
}

// pausing is a log that tells where it ends only when it is let.
type pausing struct {
	*memoryLog
	asked, let chan struct{}
	once       sync.Once
}

func (l *pausing) Head(ctx context.Context) (uint64, error) {
	head, err := l.memoryLog.Head(ctx)
	l.once.Do(func() { close(l.asked) })
	<-l.let
	return head, err
}

// A runner that begins while another one is at work reads where the rows stand and where the log ends. What comes in between is no loss.
func TestALogThatIsAppliedMeanwhileIsNotShorter(t *testing.T) {
	t.Parallel()
	w := newWorld(25)
	b := setUp(t, w.history(30)...)
	group := projections.Group{Name: "views", Projections: []projections.Projection{tally{}}}
	first := b.runner(group)
	b.start(first)
	b.waitAll(first)
	log := &pausing{memoryLog: b.log, asked: make(chan struct{}), let: make(chan struct{})}
	second := b.runnerOn(log, group)
	second.WithoutLock()
	ended := make(chan error, 1)
	go func() { ended <- second.Run(t.Context()) }()
	<-log.asked
	b.log.add(w.history(10)...)
	b.waitAll(first)
	close(log.let)
	testenv.Eventually(t, 20*time.Second, func() bool {
		select {
		case err := <-ended:
			t.Fatalf("the second runner has ended with %v", err)
		default:
		}
		s := second.Status(t.Context())[0]
		return s.Active && s.Built && s.Lag == 0
	})
}

func TestWaitFor(t *testing.T) {
	t.Parallel()
	w := newWorld(19)
	b := setUp(t, w.history(20)...)
	r, elsewhere := b.runner(), b.runner()
	b.start(r)
	b.waitAll(r)
	b.waitAll(elsewhere) // which does not run itself
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if err := r.WaitFor(ctx, "inbox", 21); !errors.Is(err, projections.ErrBehind) {
		t.Errorf("a position that does not come gives %v", err)
	}
	if err := r.WaitFor(t.Context(), "nobody", 1); !errors.Is(err, projections.ErrUnknownName) {
		t.Errorf("an unknown name gives %v", err)
	}
}

func TestSubscribersGetWhatTheyMissedAsOne(t *testing.T) {
	t.Parallel()
	w := newWorld(20)
	b := setUp(t)
	b.log.step = 1
	r := b.runner()
	changes := r.Subscribe(t.Context())
	b.start(r)
	b.log.add(w.screened("police"), w.screened("ngo"), w.screened("labour"))
	b.waitAll(r)
	var got projections.Change
	for got.Position < 3 {
		c := <-changes
		got.Agencies = append(got.Agencies, c.Agencies...)
		got.Position, got.Stages = c.Position, c.Stages
	}
	if len(got.Agencies) != 3 || len(got.Stages) != 2 {
		t.Errorf("changes sum to %+v", got)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := r.Subscribe(ctx)
	cancel()
	for range ended { // until it is closed
	}
}

func TestRebuildBesideARunningService(t *testing.T) {
	t.Parallel()
	w := newWorld(21)
	b := setUp(t, w.history(2000)...)
	r, cli := b.runner(), b.runner()
	stop := b.start(r)
	b.waitAll(r)
	if err := cli.Rebuild(t.Context(), []string{"screening"}, nil); !errors.Is(err, projections.ErrBusy) {
		t.Errorf("rebuilding beside another process gives %v", err)
	}
	if err := cli.Rebuild(t.Context(), []string{"nobody"}, nil); !errors.Is(err, projections.ErrUnknownName) {
		t.Errorf("rebuilding what is not there gives %v", err)
	}
	want := b.dump()
	var half atomic.Int64
	reading, end := context.WithCancel(t.Context())
	read := make(chan struct{})
	go func() {
		defer close(read)
		for reading.Err() == nil {
			var n int
			err := b.pool.QueryRow(t.Context(), "select count(*) from timeline.entries").Scan(&n)
			if err != nil || n != len(want["timeline.entries"]) {
				half.Add(1)
			}
		}
	}()
	b.vault.mu.Lock()
	b.vault.erased = w.erased
	b.vault.mu.Unlock()
	if err := r.Rebuild(t.Context(), nil, nil); err != nil {
		t.Fatal(err)
	}
	end()
	<-read
	if n := half.Load(); n > 0 {
		t.Errorf("%d reads saw half a table", n)
	}
	mustEqual(t, b.dump(), want)
	b.log.add(w.history(50)...)
	b.waitAll(r)
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	b.mustEqualRebuilt(w)
}

func TestACancelledRebuildLeavesTheOldRows(t *testing.T) {
	t.Parallel()
	w := newWorld(22)
	b := setUp(t, w.history(500)...)
	r := b.runner()
	b.start(r)
	b.waitAll(r)
	want := b.dump()
	ctx, cancel := context.WithCancel(t.Context())
	if err := r.Rebuild(ctx, []string{"timeline"}, func(uint64, uint64) { cancel() }); err == nil {
		t.Error("a cancelled rebuild reports success")
	}
	mustEqual(t, b.dump(), want)
	b.log.add(w.history(50)...)
	b.waitAll(r)
}

// A group with patience goes on when the others rest, and when its patience is over though they never do.
func TestAPatientGroupGivesWayAndStillArrives(t *testing.T) {
	t.Parallel()
	t.Run("when the others rest", func(t *testing.T) {
		t.Parallel()
		w := newWorld(31)
		b := setUp(t)
		b.start(b.patient(time.Hour))
		b.log.add(w.history(20)...)
		b.waitApplied("statistics", 20)
	})
	t.Run("when its patience is over", func(t *testing.T) {
		t.Parallel()
		w := newWorld(32)
		b := setUp(t)
		b.start(b.patient(time.Second))
		restless, stop := context.WithCancel(t.Context())
		var adding sync.WaitGroup
		often := time.NewTicker(5 * time.Millisecond)
		defer often.Stop()
		adding.Go(func() {
			for restless.Err() == nil {
				b.log.add(w.history(1)...)
				<-often.C
			}
		})
		b.waitApplied("statistics", 1)
		stop()
		adding.Wait()
	})
}

// patient is a runner whose statistics let the views go first.
func (b *bench) patient(patience time.Duration) *projections.Runner {
	groups := b.groups()
	groups[1].Patience = patience
	return b.runner(groups...)
}

// A group for whose rows nobody waits applies what has gathered in small portions, between which whoever comes meanwhile goes first. The
// control: one without pace and patience takes it as it comes.
func TestAGroupThatNobodyWaitsForWorksInPortions(t *testing.T) {
	t.Parallel()
	const commits, most = 300, 64
	for name, set := range map[string]func(*projections.Group){
		"patient": func(g *projections.Group) { g.Patience = time.Second },
		"paced":   func(g *projections.Group) { g.Pace = time.Millisecond },
		"control": func(*projections.Group) {},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setUp(t, newWorld(33).history(commits)...)
			b.log.step = commits
			groups := b.groups()
			set(&groups[1])
			var mu sync.Mutex
			largest, all := map[string]int{}, map[string]int{}
			r, err := projections.New(b.roles.Projector, b.log, groups, projections.Options{
				Log: slog.New(slog.DiscardHandler), Owner: b.roles.Migrate,
				Applied: func(a projections.Applied) {
					mu.Lock()
					defer mu.Unlock()
					largest[a.Group], all[a.Group] = max(largest[a.Group], a.Commits), all[a.Group]+a.Commits
				},
			})
			if err != nil {
				t.Fatal(err)
			}
			stop := b.start(r)
			b.waitAll(r)
			if err := stop(); err != nil {
				t.Fatal(err)
			}
			if largest["statistics"] > most != (name == "control") || largest["views"] <= most {
				t.Errorf("the largest batches are %v", largest)
			}
			if all["statistics"] != commits || all["views"] != commits {
				t.Errorf("applied are %v", all)
			}
		})
	}
}

// waitApplied waits until the rows of a projection hold a position.
func (b *bench) waitApplied(name string, position uint64) {
	testenv.Eventually(b.t, time.Minute, func() bool {
		var at uint64
		err := b.pool.QueryRow(context.Background(), "select position from projections.positions where name = $1", name).Scan(&at)
		return err == nil && at >= position
	})
}
