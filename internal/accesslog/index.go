package accesslog

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"songtor/internal/eventlog"
	"songtor/internal/lease"
)

//go:embed schema.sql
var schema string

// indexVersion rises with every change to the schema or to what apply does; the rows are then built anew from the trail.
const indexVersion = 2

// Source is the trail as the index reads it: eventlog.Trail.
type Source interface {
	Head(ctx context.Context) (uint64, error)
	FollowRaw(ctx context.Context, from uint64, fn func([]eventlog.Raw) error) error
	ScanRaw(ctx context.Context, from, to uint64, fn func([]eventlog.Raw) error) error
}

// Rules say what an auditor is told of. The zero value of a field stands for its default.
type Rules struct {
	Opens   int // different cases that an account may open in an hour before it is told: 60
	Denials int // denials to one account in ten minutes: 3
	Strange int // different cases of one agency and province of which the account had never opened any, in an hour: 10
}

func (r Rules) withDefaults() Rules {
	for _, d := range []struct {
		value    *int
		standard int
	}{{&r.Opens, 60}, {&r.Denials, 3}, {&r.Strange, 10}} {
		if *d.value == 0 {
			*d.value = d.standard
		}
	}
	return r
}

// Index is the access record in PostgreSQL. Its methods may be called concurrently.
type Index struct {
	owner *pgxpool.Pool
	db    *pgxpool.Pool
	trail Source
	log   *slog.Logger
	state *folded

	applying sync.Mutex // held by who applies in this process

	mu       sync.Mutex
	position uint64
	moved    chan struct{} // closed at the next change of position
	stopped  error
	hints    hints

	again time.Duration // how long after it has stopped it is tried again first
}

// IndexConfig is what an index needs. Log may be nil.
type IndexConfig struct {
	Owner *pgxpool.Pool // may make and change the schema
	Audit *pgxpool.Pool // may add to it and read it
	Trail Source
	Rules Rules
	Log   *slog.Logger
}

// NewIndex makes the tables where they are missing or of another version, and returns an index.
func NewIndex(ctx context.Context, c IndexConfig) (*Index, error) {
	x := &Index{owner: c.Owner, db: c.Audit, trail: c.Trail, log: c.Log, state: newFolded(c.Rules.withDefaults()), moved: make(chan struct{}), again: firstAgain}
	if x.log == nil {
		x.log = slog.Default()
	}
	if err := x.install(ctx, false); err != nil {
		return nil, err
	}
	return x, nil
}

// installing is the advisory lock under which the schema is made, applyingLock the one that makes one process the only one to apply.
const (
	installing   = "songtor/access"
	applyingLock = "songtor/access/apply"
)

// install makes the schema anew where anew is set, or where it is missing or of another version.
func (x *Index) install(ctx context.Context, anew bool) error {
	err := pgx.BeginFunc(ctx, x.owner, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, "select pg_advisory_xact_lock(hashtextextended($1, 0))", installing); err != nil {
			return err
		}
		if current, err := isCurrent(ctx, tx); err != nil || current && !anew {
			return err
		}
		if _, err := tx.Exec(ctx, "drop schema if exists access cascade;\n"+schema); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, "insert into access.progress (version, position) values ($1, 0)", indexVersion)
		return err
	})
	if err != nil {
		return fmt.Errorf("couldn't make the tables of the access record: %w", err)
	}
	return nil
}

func isCurrent(ctx context.Context, tx pgx.Tx) (bool, error) {
	var there bool
	if err := tx.QueryRow(ctx, "select to_regclass('access.progress') is not null").Scan(&there); err != nil || !there {
		return false, err
	}
	var version int
	if err := tx.QueryRow(ctx, "select version from access.progress").Scan(&version); err != nil {
		return false, err
	}
	return version == indexVersion, nil
}

// errMoved says that the index does not stand where this process believed: another applied, or it is being built anew.
var errMoved = errors.New("the index of the access record was moved by another")

// lookAgain is how long a process that is not the one to apply waits before it asks again, and how long after an error.
const lookAgain = 250 * time.Millisecond

// How long after it has stopped the index is tried again: what was in its way may have been mended, or a newer program applies.
const (
	firstAgain = 10 * time.Second // doubled by every attempt in vain
	lastAgain  = 2 * time.Minute
)

// Run follows the trail until ctx ends. Of all processes on one database one applies; the others wait and take over. Where the trail is not
// what it was, by a gap or a message that this build does not know, the index stops and says so in Err until it can go on: entries are
// still written, but no question is answered as if they had been counted.
func (x *Index) Run(ctx context.Context) {
	again := x.again
	for failing := false; ctx.Err() == nil; {
		err := x.lead(ctx, true, x.follow)
		pause := lookAgain
		switch {
		case ctx.Err() != nil:
			return
		case errors.Is(err, eventlog.ErrGap) || errors.Is(err, ErrMalformed):
			if x.stop(err) {
				again = x.again
			}
			pause, again = again, min(2*again, lastAgain)
		case err != nil && !errors.Is(err, errMoved) && !failing:
			x.log.Warn("the index of the access record pauses", slog.Any("error", err))
			failing = true
		case err == nil || errors.Is(err, errMoved):
			failing = false
		}
		select {
		case <-ctx.Done():
		case <-time.After(pause):
		}
	}
}

// stop notes why the index cannot go on, and reports whether that is new.
func (x *Index) stop(err error) (begun bool) {
	x.mu.Lock()
	begun, x.stopped = x.stopped == nil, err
	x.mu.Unlock()
	if begun {
		x.log.Error("the index of the access record has stopped", slog.Any("error", err))
	} else {
		x.log.Warn("the index of the access record was tried again and is still stopped", slog.Any("error", err))
	}
	return begun
}

// goOn notes that somebody applies.
func (x *Index) goOn() {
	x.mu.Lock()
	ended := x.stopped != nil
	if ended {
		x.stopped, x.position = nil, 0 // a position that stopped it may have been none of the trail's
	}
	x.mu.Unlock()
	if ended {
		x.log.Info("the index of the access record goes on")
	}
}

// Err returns why the index has stopped, and nil where it has not.
func (x *Index) Err() error {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.stopped
}

// lead runs fn while no other process applies. Where one does, it waits for its turn if it is patient, and returns nil at once if not.
func (x *Index) lead(ctx context.Context, patient bool, fn func(context.Context) error) error {
	x.applying.Lock()
	defer x.applying.Unlock()
	conn, err := lease.Connect(ctx, x.db, nil)
	if err != nil {
		return err
	}
	defer lease.Close(conn)
	held, err := lease.Try(ctx, conn, applyingLock)
	if err == nil && !held && patient {
		err = x.await(ctx, conn)
		held = err == nil
	}
	if err != nil || !held {
		return err
	}
	ctx, stop := lease.Keep(ctx, conn, new(sync.Mutex))
	defer stop()
	return fn(ctx)
}

// await waits for its turn, and tells meanwhile of the alerts that the other process raises.
func (x *Index) await(ctx context.Context, conn *pgx.Conn) error {
	waiting, stop := context.WithCancel(ctx)
	defer stop()
	go x.observe(waiting)
	return lease.Await(ctx, conn, applyingLock)
}

func (x *Index) observe(ctx context.Context) {
	var before string
	for known := false; wait(ctx, time.Second) == nil; {
		x.goOn() // who stops holds the lease for a moment only
		var now string
		err := x.db.QueryRow(ctx, "select count(*) || ' ' || coalesce(max(at)::text, '') from access.alerts where acknowledged_at is null").Scan(&now)
		if err != nil {
			continue
		}
		if known && now != before {
			x.hints.send()
		}
		before, known = now, true
	}
}

func (x *Index) follow(ctx context.Context) error {
	from, err := x.stored(ctx)
	if err != nil {
		return err
	}
	head, err := x.trail.Head(ctx)
	if err != nil {
		return err
	}
	x.state.forget()
	x.reach(from)
	if from == head {
		x.goOn()
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	go x.watch(ctx, stop)
	return x.trail.FollowRaw(ctx, from, func(batch []eventlog.Raw) error {
		err := x.apply(ctx, batch)
		if err == nil {
			x.goOn()
		}
		return err
	})
}

// watch stops the following where somebody has begun to build the index anew: the trail may have nothing new for long.
func (x *Index) watch(ctx context.Context, stop func()) {
	for wait(ctx, lookAgain) == nil {
		known, _ := x.at()
		if stored, err := x.stored(ctx); err == nil && stored < known {
			x.reset()
			stop()
		}
	}
}

// Rebuild builds the index anew from the trail, as far as it reached when Rebuild began. While it runs, questions are not answered.
func (x *Index) Rebuild(ctx context.Context, tell func(done, total uint64)) error {
	head, err := x.trail.Head(ctx)
	if err != nil {
		return fmt.Errorf("couldn't rebuild the index of the access record: %w", err)
	}
	if err := x.install(ctx, true); err != nil {
		return err
	}
	return x.reachEnd(ctx, head, tell)
}

// CatchUp brings the index to where the trail ends now, also where no process follows it.
func (x *Index) CatchUp(ctx context.Context) error {
	head, err := x.trail.Head(ctx)
	if err != nil {
		return fmt.Errorf("couldn't bring the index of the access record up to date: %w", err)
	}
	return x.reachEnd(ctx, head, func(uint64, uint64) {})
}

// reachEnd returns when the index stands at a position that the trail has.
func (x *Index) reachEnd(ctx context.Context, head uint64, tell func(done, total uint64)) error {
	for {
		at, err := x.stored(ctx)
		if err != nil {
			return err
		}
		tell(min(at, head), head)
		if at >= head {
			return nil
		}
		if err := x.step(ctx, at, head, tell); err != nil && !errors.Is(err, errMoved) {
			return err
		}
	}
}

// step applies what is missing where nobody else does, and otherwise gives the one who does some time.
func (x *Index) step(ctx context.Context, at, head uint64, tell func(done, total uint64)) error {
	if !x.applying.TryLock() {
		return wait(ctx, 20*time.Millisecond)
	}
	x.applying.Unlock()
	return x.lead(ctx, false, func(ctx context.Context) error {
		x.state.forget()
		return x.trail.ScanRaw(ctx, at, head, func(batch []eventlog.Raw) error {
			err := x.apply(ctx, batch)
			tell(batch[len(batch)-1].Position, head)
			return err
		})
	})
}

func wait(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}

func (x *Index) stored(ctx context.Context) (uint64, error) {
	var at uint64
	if err := x.db.QueryRow(ctx, "select position from access.progress").Scan(&at); err != nil {
		return 0, fmt.Errorf("couldn't read the position of the access record's index: %w", err)
	}
	return at, nil
}

// reach notes a position that is in the database.
func (x *Index) reach(position uint64) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if position > x.position {
		x.position = position
		close(x.moved)
		x.moved = make(chan struct{})
	}
}

// reset forgets the position: the index begins again.
func (x *Index) reset() {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.position = 0
}

func (x *Index) at() (uint64, <-chan struct{}) {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.position, x.moved
}

// lookEvery is how often a wait looks into the database: another process may be the one that applies.
const lookEvery = 10 * time.Millisecond

// WaitFor returns when the index has reached the position, or with ErrBehind when ctx ends before.
func (x *Index) WaitFor(ctx context.Context, position uint64) error {
	for {
		at, moved := x.at()
		if at >= position {
			return nil
		}
		select {
		case <-moved:
			continue
		case <-ctx.Done():
			return fmt.Errorf("%w: it is at %d, not at %d", ErrBehind, at, position)
		case <-time.After(lookEvery):
		}
		if stored, err := x.stored(ctx); err == nil {
			x.reach(stored)
		}
	}
}

// Head returns the position that the trail has reached.
func (x *Index) Head(ctx context.Context) (uint64, error) { return x.trail.Head(ctx) }

// read asks the database as it is once it has reached a position. The position is read in the same snapshot as the rows: an answer is never
// taken from an index that is being built anew.
func (x *Index) read(ctx context.Context, after uint64, fn func(pgx.Tx) error) error {
	if err := x.WaitFor(ctx, after); err != nil {
		return err
	}
	snapshot := pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}
	return pgx.BeginTxFunc(ctx, x.db, snapshot, func(tx pgx.Tx) error {
		var at uint64
		if err := tx.QueryRow(ctx, "select position from access.progress").Scan(&at); err != nil {
			return fmt.Errorf("couldn't read the position of the access record's index: %w", err)
		}
		if at < after {
			return fmt.Errorf("%w: it is at %d, not at %d", ErrBehind, at, after)
		}
		return fn(tx)
	})
}
