package projections_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"songtor/internal/database"
	"songtor/internal/testenv"
	"songtor/projections"
	"songtor/projections/screening"
	"songtor/projections/timeline"
)

// limit sets how long a role's new connections to the test's database wait for a lock.
func (b *bench) limit(role database.Role, setting, most string) {
	b.t.Helper()
	_, err := b.pool.Exec(b.t.Context(), fmt.Sprintf(`do $$ begin execute format('alter role %s in database %%I set %s = %%L', current_database(), '%s'); end $$`, role, setting, most))
	if err != nil {
		b.t.Fatal(err)
	}
}

// readAll begins a transaction that has read every table of some projections, as a backup does, and goes on until end is called.
func (b *bench) readAll(projections ...string) (end func()) {
	b.t.Helper()
	tx, err := b.pool.BeginTx(b.t.Context(), pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly})
	if err != nil {
		b.t.Fatal(err)
	}
	end = func() { _ = tx.Rollback(context.Background()) }
	b.t.Cleanup(end)
	for table := range b.dumpOf(projections...) {
		if _, err := tx.Exec(b.t.Context(), "select from "+table); err != nil {
			b.t.Fatal(err)
		}
	}
	return end
}

// standing reports whether somebody stands in line to have a table for itself.
func (b *bench) standing() (yes bool) {
	b.t.Helper()
	err := b.pool.QueryRow(b.t.Context(), `select exists (select from pg_locks l join pg_database d on d.oid = l.database
		where d.datname = current_database() and l.mode = 'AccessExclusiveLock' and not l.granted)`).Scan(&yes)
	if err != nil {
		b.t.Fatal(err)
	}
	return yes
}

// mustNotKeepReadersWaiting reads the old rows while somebody stands in line for them. Readers give up after two seconds.
func (b *bench) mustNotKeepReadersWaiting() {
	b.t.Helper()
	const more = 3 // turns that it takes and leaves again
	for range more {
		testenv.Eventually(b.t, 20*time.Second, b.standing)
		var n int
		err := b.roles.Views.For(database.Viewer{Everywhere: true}).QueryRow(b.t.Context(), "select count(*) from timeline.entries").Scan(&n)
		if err != nil {
			b.t.Errorf("a reader of the old rows gets %v", err)
		}
		testenv.Eventually(b.t, 20*time.Second, func() bool { return !b.standing() })
	}
}

// mustNotHaveStopped fails where some projection has stopped since somebody began to listen.
func mustNotHaveStopped(t *testing.T, r *projections.Runner, changed <-chan struct{}) {
	t.Helper()
	select {
	case <-changed:
		t.Error("projections have stopped meanwhile")
	default:
	}
	if stopped, _ := r.Stopped(); len(stopped) > 0 {
		t.Errorf("%v have stopped", stopped)
	}
}

// A backup reads the read models for minutes, in one transaction. A rebuild waits for its end without being in anybody's way: the other groups
// go on, and readers see the old rows.
func TestARebuildWaitsForABackupWithoutHoldingUpOthers(t *testing.T) {
	t.Parallel()
	w := newWorld(61)
	b := setUp(t, w.history(200)...)
	b.vault.erased = w.erased
	b.limit(database.Projector, "lock_timeout", "500ms")
	r := b.runner()
	b.start(r)
	b.waitAll(r)
	_, changed := r.Stopped()
	end := b.readAll(names...)
	rebuilt := make(chan error, 1)
	go func() { rebuilt <- r.Rebuild(t.Context(), []string{"timeline"}, nil) }()

	for range 3 {
		testenv.Eventually(t, 20*time.Second, b.standing)
		b.log.add(w.history(20)...)
		head, _ := b.log.Head(t.Context())
		b.reached(r, "statistics", head)
	}
	mustNotHaveStopped(t, r, changed)
	b.mustNotKeepReadersWaiting()
	select {
	case err := <-rebuilt:
		t.Fatalf("the rebuild has ended with %v while the old rows are read", err)
	default:
	}

	end()
	if err := <-rebuilt; err != nil {
		t.Fatal(err)
	}
	b.waitAll(r)
	mustNotHaveStopped(t, r, changed)
	b.mustEqualRebuilt(w)
}

// A rebuild that waits for a backup can be called off, and the old rows go on at once.
func TestARebuildThatWaitsCanBeCalledOff(t *testing.T) {
	t.Parallel()
	w := newWorld(65)
	b := setUp(t, w.history(100)...)
	r := b.runner()
	b.start(r)
	b.waitAll(r)
	b.readAll(names...)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	rebuilt := make(chan error, 1)
	go func() { rebuilt <- r.Rebuild(ctx, []string{"timeline"}, nil) }()
	testenv.Eventually(t, 20*time.Second, b.standing)
	cancel()
	if err := <-rebuilt; err == nil {
		t.Error("a rebuild that was called off reports success")
	}
	b.log.add(w.history(20)...)
	b.waitAll(r)
	b.mustEqualRebuilt(w)
}

// The program of the earlier version goes on with its rows for as long as a backup keeps those of the new version waiting, and what it
// applies meanwhile is not missing in them.
func TestANewVersionWaitsForABackupWithoutHoldingUpTheOldOne(t *testing.T) {
	t.Parallel()
	w := newWorld(62)
	b := setUp(t, w.history(200)...)
	b.limit(database.Projector, "lock_timeout", "500ms")
	old, made := b.runner(versionGroups(1)), b.runner(versionGroups(2))
	b.start(old)
	b.waitAll(old)
	_, changed := old.Stopped()
	end := b.readAll("screening", "timeline")
	b.start(made)
	for range 3 {
		testenv.Eventually(t, 20*time.Second, b.standing)
		b.log.add(w.history(20)...)
		b.waitAll(old)
	}
	b.mustNotKeepReadersWaiting()
	if s := status(t, made, "screening"); s.Built {
		t.Errorf("the new version is %+v while the old rows are read", s)
	}
	mustNotHaveStopped(t, old, changed)

	end()
	testenv.Eventually(t, 20*time.Second, func() bool { return status(t, made, "screening").Built })
	b.log.add(w.history(20)...)
	b.waitAll(made)
	mustNotHaveStopped(t, old, changed)
	fresh := setUp(t, b.log.commits...)
	if err := fresh.runner(versionGroups(2)).Rebuild(t.Context(), nil, nil); err != nil {
		t.Fatal(err)
	}
	mustEqual(t, b.dumpOf("screening", "timeline"), fresh.dumpOf("screening", "timeline"))
}

// A build waits until another one of its group ends, for longer than the server lets anybody wait.
func TestABuildWaitsForAnotherOneAsLongAsItTakes(t *testing.T) {
	t.Parallel()
	w := newWorld(63)
	b := setUp(t, w.history(50)...)
	group := projections.Group{Name: "views", Projections: []projections.Projection{screening.New(), timeline.New()}}
	r := b.runner(group)
	stop := b.start(r)
	b.waitAll(r)
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	b.limit(database.Migrate, "lock_timeout", "200ms")
	b.limit(database.Migrate, "statement_timeout", "700ms")
	other, err := b.pool.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = other.Rollback(context.Background()) }()
	if _, err := other.Exec(t.Context(), "select pg_advisory_xact_lock(hashtextextended('songtor/projections/views/build', 0))"); err != nil {
		t.Fatal(err)
	}
	rebuilt := make(chan error, 1)
	go func() { rebuilt <- r.Rebuild(t.Context(), nil, nil) }()
	testenv.Eventually(t, 20*time.Second, func() bool {
		select {
		case err := <-rebuilt:
			t.Fatalf("the rebuild has ended with %v while another one goes on", err)
		default:
		}
		var long bool
		err := b.pool.QueryRow(t.Context(), `select exists (select from pg_locks l join pg_database d on d.oid = l.database
			where d.datname = current_database() and l.locktype = 'advisory' and l.waitstart < clock_timestamp() - interval '1 s')`).Scan(&long)
		if err != nil {
			t.Fatal(err)
		}
		return long
	})
	if err := other.Rollback(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := <-rebuilt; err != nil {
		t.Fatal(err)
	}
}

// Whoever cannot have a lock in time tries again, and nobody is called.
func TestALockThatOthersHoldStopsNobody(t *testing.T) {
	t.Parallel()
	w := newWorld(64)
	b := setUp(t, w.history(20)...)
	b.limit(database.Projector, "lock_timeout", "50ms")
	r := b.runner()
	b.start(r)
	b.waitAll(r)
	_, changed := r.Stopped()
	holder, err := b.pool.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = holder.Rollback(context.Background()) }()
	if _, err := holder.Exec(t.Context(), "lock table projections.positions in share row exclusive mode"); err != nil {
		t.Fatal(err)
	}
	b.log.add(w.history(20)...)
	testenv.Eventually(t, 20*time.Second, func() bool {
		return !slices.ContainsFunc(r.Status(t.Context()), func(s projections.Status) bool { return s.Error == "" })
	})
	mustNotHaveStopped(t, r, changed)
	if err := holder.Rollback(t.Context()); err != nil {
		t.Fatal(err)
	}
	b.waitAll(r)
	mustNotHaveStopped(t, r, changed)
}
