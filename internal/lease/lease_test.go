package lease_test

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"songtor/internal/lease"
	"songtor/internal/testenv"
)

const name = "songtor/test"

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// session is one of a process of its own.
func session(t *testing.T, pool *pgxpool.Pool) *pgx.Conn {
	t.Helper()
	conn, err := lease.Connect(t.Context(), pool, nil)
	must(t, err)
	t.Cleanup(func() { lease.Close(conn) })
	return conn
}

func try(t *testing.T, conn *pgx.Conn) bool {
	t.Helper()
	held, err := lease.Try(t.Context(), conn, name)
	must(t, err)
	return held
}

// waitsFor waits for the lease for no longer than a while, and reports whether it came.
func waitsFor(t *testing.T, conn *pgx.Conn, while time.Duration) bool {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), while)
	defer cancel()
	err := lease.Await(ctx, conn, name)
	if err != nil && ctx.Err() == nil {
		t.Fatal(err)
	}
	return err == nil
}

// breakOff ends the session that holds a lease from the server's side, as an administrator or a failing server does.
func breakOff(t *testing.T, pool *pgxpool.Pool) {
	t.Helper()
	testenv.Eventually(t, 20*time.Second, func() bool {
		ended, err := pool.Exec(t.Context(), `select pg_terminate_backend(pid) from pg_locks, (select hashtextextended($1, 0) as key) k
			where locktype = 'advisory' and granted and database = (select oid from pg_database where datname = current_database())
			and classid::bigint = (key >> 32) & 4294967295 and objid::bigint = key & 4294967295`, name)
		return err == nil && ended.RowsAffected() == 1
	})
}

func TestALeaseIsHeldByOneAndReleasedAtTheEnd(t *testing.T) {
	t.Parallel()
	pool := testenv.Database(t).Store
	first, second := session(t, pool), session(t, pool)
	if !try(t, first) {
		t.Fatal("a free lease is not given")
	}
	if try(t, second) {
		t.Fatal("two hold one lease")
	}
	if other, err := lease.Try(t.Context(), second, name+"/other"); err != nil || !other {
		t.Fatalf("leases of two names are one: %v", err)
	}
	if err := lease.Free(t.Context(), first, name); err != nil || !try(t, second) {
		t.Fatalf("a lease that was given back is not free: %v", err)
	}
	if err := lease.Free(t.Context(), second, name); err != nil || !try(t, first) {
		t.Fatalf("the first does not get it again: %v", err)
	}
	lease.Close(first)
	if !waitsFor(t, second, lease.Silence-time.Second) { // at once, and not only when the server misses the session
		t.Fatal("a lease outlives the session that held it")
	}
}

// A holder that stands still loses its lease, and finds that out before it does anything more with it. The control: one that is kept alive
// keeps it for longer than that.
func TestWhoStandsStillLosesTheLease(t *testing.T) {
	t.Parallel()
	for kept, lost := range map[bool]bool{false: true, true: false} {
		t.Run(map[bool]string{false: "stands still", true: "control"}[kept], func(t *testing.T) {
			t.Parallel()
			pool := testenv.Database(t).Store
			holder, other := session(t, pool), session(t, pool)
			if !try(t, holder) {
				t.Fatal("a free lease is not given")
			}
			held := t.Context()
			if kept {
				var stop func()
				held, stop = lease.Keep(t.Context(), holder, new(sync.Mutex))
				defer stop()
			}
			while := 5 * lease.Silence
			if kept {
				while = 2 * lease.Silence
			}
			if waitsFor(t, other, while) != lost {
				t.Fatalf("the lease changed its holder: %v", !lost)
			}
			if held.Err() != nil {
				t.Fatalf("it was lost: %v", context.Cause(held))
			}
			if !kept {
				if err := holder.Ping(t.Context()); err == nil {
					t.Error("the session goes on without its lease")
				}
			}
		})
	}
}

// Whoever writes through the session that holds the lease writes nothing without it. The control: through another connection of the same
// process a row of the former holder comes behind the new one's back.
func TestNothingIsWrittenWithoutTheLease(t *testing.T) {
	t.Parallel()
	pools := testenv.Database(t)
	pool := pools.Store
	_, err := pools.Migrate.Exec(t.Context(), `create schema work; create table work.written (by text);
		grant usage on schema work to songtor_store; grant select, insert on work.written to songtor_store`)
	must(t, err)
	holder, other := session(t, pool), session(t, pool)
	if !try(t, holder) {
		t.Fatal("a free lease is not given")
	}
	var use sync.Mutex
	held, stop := lease.Keep(t.Context(), holder, &use)
	defer stop()
	breakOff(t, pool)
	if !waitsFor(t, other, time.Minute) {
		t.Fatal("nobody takes over")
	}
	const insert = "insert into work.written values ('former holder')"
	use.Lock()
	_, err = holder.Exec(t.Context(), insert)
	use.Unlock()
	if err == nil {
		t.Error("the former holder wrote")
	}
	count := func() (rows int) {
		must(t, pool.QueryRow(t.Context(), "select count(*) from work.written").Scan(&rows))
		return rows
	}
	if count() != 0 {
		t.Error("the former holder's row is there")
	}
	if _, err := pool.Exec(t.Context(), insert); err != nil || count() != 1 {
		t.Errorf("the control does not write: %v", err)
	}
	testenv.Eventually(t, 20*time.Second, func() bool { return held.Err() != nil })
	if !errors.Is(context.Cause(held), lease.ErrLost) {
		t.Errorf("the holder was told %v", context.Cause(held))
	}
}

// worker is a process that does a piece of work for all. What it is to return is sent to ends.
type worker struct {
	began chan context.Context
	ends  chan error
	done  chan error
	stop  context.CancelFunc
}

func hold(t *testing.T, pool *pgxpool.Pool) *worker {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	w := &worker{make(chan context.Context), make(chan error), make(chan error, 1), stop}
	go func() {
		w.done <- lease.Hold(ctx, pool, name, slog.New(slog.DiscardHandler), func(ctx context.Context) error {
			w.began <- ctx
			select {
			case err := <-w.ends:
				return err
			case <-ctx.Done():
				return ctx.Err()
			}
		})
	}()
	t.Cleanup(func() { stop(); <-w.done })
	return w
}

// begins waits until the worker works and returns the context of its work.
func (w *worker) begins(t *testing.T) context.Context {
	t.Helper()
	select {
	case ctx := <-w.began:
		return ctx
	case <-time.After(time.Minute):
		t.Fatal("nobody works")
		return nil
	}
}

func (w *worker) idle(t *testing.T) {
	t.Helper()
	select {
	case <-w.began:
		t.Fatal("two work at a time")
	default:
	}
}

// Work is taken over when its holder's connection breaks, when it fails, and when its process stops; never before.
func TestWorkIsTakenOver(t *testing.T) {
	t.Parallel()
	pool := testenv.Database(t).Store
	one := hold(t, pool)
	work := one.begins(t)
	two := hold(t, pool)
	two.idle(t)
	breakOff(t, pool)
	var now *worker // whoever was faster
	select {
	case <-two.began:
		now = two
	case <-one.began:
		now = one
	case <-time.After(time.Minute):
		t.Fatal("nobody works")
	}
	if work.Err() == nil && context.Cause(work) == nil {
		testenv.Eventually(t, 20*time.Second, func() bool { return work.Err() != nil })
	}
	if !errors.Is(context.Cause(work), lease.ErrLost) {
		t.Errorf("the work that lost its lease was ended by %v", context.Cause(work))
	}
	now.ends <- errors.New("a fault")
	var next context.Context
	select {
	case next = <-two.began:
		now = two
	case next = <-one.began:
		now = one
	case <-time.After(time.Minute):
		t.Fatal("work that failed is not done again")
	}
	other := map[*worker]*worker{one: two, two: one}[now]
	other.idle(t)
	now.stop()
	<-next.Done()
	at := time.Now()
	other.begins(t)
	if took := time.Since(at); took > lease.Silence {
		t.Errorf("taken over %s after an orderly end", took)
	}
	other.ends <- nil
	select {
	case err := <-other.done:
		if err != nil {
			t.Errorf("work that is done for good ends with %v", err)
		}
		other.done <- nil // for the end of the test
	case <-time.After(time.Minute):
		t.Error("work that is done for good is done again")
	}
}

// Once hands on what work returns, and says so where the lease was lost meanwhile.
func TestWorkIsDoneOnce(t *testing.T) {
	t.Parallel()
	pool := testenv.Database(t).Store
	fault := errors.New("a fault")
	if err := lease.Once(t.Context(), pool, name, func(context.Context) error { return fault }); !errors.Is(err, fault) {
		t.Errorf("got %v", err)
	}
	must(t, lease.Once(t.Context(), pool, name, func(context.Context) error { return nil }))
	err := lease.Once(t.Context(), pool, name, func(ctx context.Context) error {
		breakOff(t, pool)
		<-ctx.Done()
		return nil
	})
	if !errors.Is(err, lease.ErrLost) {
		t.Errorf("lost meanwhile: %v", err)
	}
}

// Work that is not to be done twice is refused while somebody does it, and done when nobody does.
func TestWorkIsDoneWhereNobodyDoesIt(t *testing.T) {
	t.Parallel()
	pool := testenv.Database(t).Store
	must(t, lease.IfFree(t.Context(), pool, name, func(context.Context) error {
		err := lease.IfFree(t.Context(), pool, name, func(context.Context) error {
			t.Error("it is done twice at a time")
			return nil
		})
		if !errors.Is(err, lease.ErrTaken) {
			t.Errorf("while it is done: %v", err)
		}
		return nil
	}))
	fault := errors.New("a fault")
	for range 30 { // right after each other: the lease is free when the work is done, and not only when its session is gone
		if err := lease.IfFree(t.Context(), pool, name, func(context.Context) error { return fault }); !errors.Is(err, fault) {
			t.Fatalf("when it was done: %v", err)
		}
	}
}
