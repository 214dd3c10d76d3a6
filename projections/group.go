package projections

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"maps"
	"math"
	"slices"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"songtor/domain"
	"songtor/internal/lease"
)

// group is a Group at work.
type group struct {
	name     string
	lock     string // name of the lease that one runner holds
	silent   bool
	pace     time.Duration
	patience time.Duration
	runner   *Runner
	members  []*member
	needed   *member       // by all others; nil for none
	requests chan *request // rebuilds for the active session
	using    sync.Mutex    // held by who uses the connection of the active session
	until    time.Time     // when its patience is over; zero while the others rest
	log      *slog.Logger

	mu       sync.Mutex
	phase    phase
	text     string // the last error, without data
	halted   bool   // by an error that does not pass
	haltedAt uint64 // the lowest position when that began
	built    bool   // the rows are of this program's version, or of a later one

	refreshing sync.Mutex
}

// phase is what a group is doing in this process.
type phase int

const (
	idle    phase = iota // Run has not been called or has returned
	waiting              // for the database, the log, another process or the next attempt
	active               // applying
)

// The pauses between attempts to go on after an error that may pass.
const (
	firstPause = 50 * time.Millisecond
	lastPause  = 5 * time.Second
)

// run applies until ctx ends. It returns an error only where the whole runner has to stop.
func (g *group) run(ctx context.Context) error {
	pause, again := firstPause, g.runner.again.first
	for {
		g.enter(waiting, nil)
		worked, err := g.session(ctx)
		switch {
		case ctx.Err() != nil:
			g.enter(idle, nil)
			return nil
		case errors.Is(err, ErrNewerVersion):
			err = g.yield(ctx, err)
		case !g.runner.transient(err):
			if g.halt(err) {
				again = g.runner.again.first
			}
			if errors.Is(err, ErrLogShorter) {
				return err
			}
			g.rest(ctx, again)
			again = g.runner.again.after(again)
			continue
		case worked:
			pause = firstPause
		}
		g.enter(waiting, err)
		g.log.Warn("projections pause", slog.String("error", text(err)), slog.Duration("pause", pause))
		sleep(ctx, pause)
		pause = min(2*pause, lastPause)
	}
}

func sleep(ctx context.Context, d time.Duration) {
	if d == 0 {
		return
	}
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}

// enter notes what the group is doing. The text of an error stays until the next batch has been applied, and that of a halt as long as it
// lasts.
func (g *group) enter(p phase, err error) {
	g.mu.Lock()
	g.phase = p
	if err != nil && !g.halted {
		g.text = text(err)
	}
	g.mu.Unlock()
	g.nudge()
}

// nudge wakes those who wait for a member.
func (g *group) nudge() {
	for _, m := range g.members {
		m.nudge()
	}
}

// applied notes that commits were applied, since they came.
func (g *group) applied(began time.Time, commits []domain.Commit) {
	g.mu.Lock()
	if !g.halted {
		g.text = ""
	}
	g.mu.Unlock()
	first, last := &commits[0], &commits[len(commits)-1]
	g.runner.options.Applied(Applied{
		Group: g.name, Began: began, Took: time.Since(began), Accepted: first.AcceptedAt,
		Commits: len(commits), First: first.Position, Last: last.Position,
	})
}

func (g *group) state() (phase, string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.phase, g.text
}

func (g *group) isBuilt() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.built
}

// add makes a projection a member.
func (g *group) add(p Projection) *member {
	m := &member{Projection: p}
	g.members = append(g.members, m)
	return m
}

func (g *group) names() []string {
	names := make([]string, len(g.members))
	for i, m := range g.members {
		names[i] = m.Name()
	}
	return names
}

// session applies over one connection, whose end also ends the lock that makes this runner the only one. It always returns an
// error, and whether it came as far as applying.
func (g *group) session(ctx context.Context) (worked bool, err error) {
	conn, err := g.acquire(ctx)
	if err != nil {
		return false, err
	}
	defer lease.Close(conn)
	ctx, stop := lease.Keep(ctx, conn, &g.using)
	defer stop()
	g.enter(active, nil)
	if err := g.open(ctx, conn); err != nil {
		return false, g.lost(conn, err)
	}
	if err := g.prove(ctx); err != nil {
		return false, err
	}
	for {
		wanted, err := g.follow(ctx, conn)
		if cause := context.Cause(ctx); errors.Is(cause, lease.ErrLost) {
			err = fmt.Errorf("%w: %w", errLost, cause)
		}
		if wanted == nil {
			return true, err
		}
		wanted.done <- g.serve(ctx, wanted)
	}
}

// lost is transaction.lost for the connection of the active session, which is used to keep it as well.
func (g *group) lost(conn *pgx.Conn, err error) error {
	g.using.Lock()
	defer g.using.Unlock()
	return (&transaction{conn: conn}).lost(err)
}

// acquire connects and waits until no other runner applies the group. Meanwhile it tells subscribers of the other one's work.
func (g *group) acquire(ctx context.Context) (*pgx.Conn, error) {
	conn, err := g.connect(ctx)
	if err != nil {
		return nil, err
	}
	held, err := g.tryLock(ctx, conn)
	if err == nil && !held {
		err = g.await(ctx, conn)
	}
	if err != nil {
		lease.Close(conn)
		return nil, err
	}
	return conn, nil
}

func (g *group) await(ctx context.Context, conn *pgx.Conn) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	before := g.lowest()
	if err := g.observe(ctx, conn, nil); err != nil {
		return err
	}
	if err := g.buildBeside(ctx, conn); err != nil {
		return err
	}
	if g.lowest() != before && !g.silent { // nobody knows what happened since
		g.runner.hub.send(Change{Position: g.lowest(), Stages: domain.Stages()})
	}
	news := &elsewhere{told: g.lowest()}
	if !g.silent {
		go news.follow(ctx, g.runner.source, g.lowest())
	}
	for {
		if err := g.observe(ctx, conn, news); err != nil {
			return err
		}
		sleep(ctx, lease.Retry)
		if err := ctx.Err(); err != nil {
			return err
		}
		if held, err := g.tryLock(ctx, conn); err != nil || held {
			return err
		}
	}
}

func (g *group) connect(ctx context.Context) (*pgx.Conn, error) {
	if err := g.runner.install(ctx); err != nil {
		return nil, err
	}
	return lease.Connect(ctx, g.runner.pool, careless)
}

// asOwner runs fn on a connection of the role that owns the schemas.
func (r *Runner) asOwner(ctx context.Context, fn func(*pgx.Conn) error) error {
	conn, err := connect(ctx, r.owner)
	if err != nil {
		return err
	}
	defer lease.Close(conn)
	if err := fn(conn); err != nil {
		return (&transaction{conn: conn}).lost(err)
	}
	return nil
}

// careless are settings of the connections that write rows. Rows and position move together and come from the log: what a crash takes from
// the end of the read models is applied again from the position that is left. So their commits need not wait for the disk, which the
// log needs more.
var careless = map[string]string{"synchronous_commit": "off"}

// connect opens a connection of a pool's own, outside the pool.
func connect(ctx context.Context, pool *pgxpool.Pool) (*pgx.Conn, error) {
	config := pool.Config().ConnConfig
	lease.Noticed(config)
	maps.Copy(config.RuntimeParams, careless)
	conn, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		return nil, fmt.Errorf("couldn't connect: %w", err)
	}
	return conn, nil
}

func (g *group) tryLock(ctx context.Context, conn *pgx.Conn) (bool, error) {
	held, err := lease.Try(ctx, conn, g.lock)
	if err != nil {
		return false, (&transaction{conn: conn}).lost(err)
	}
	return held, nil
}

// observe reads how far the runner of another process has come and tells subscribers what has changed.
func (g *group) observe(ctx context.Context, db DB, news *elsewhere) error {
	found, err := positions(ctx, db, g.names())
	if err != nil {
		return err
	}
	g.mu.Lock()
	g.note(found)
	g.mu.Unlock()
	if err := g.prove(ctx); err != nil {
		return err
	}
	if g.silent || news == nil {
		return nil
	}
	if change, any := news.until(g.lowest()); any {
		g.runner.hub.send(change)
	}
	return nil
}

// note takes over positions from the database. Rows of an older version are not those of this projection; a later version's are read
// as they are (Projection.Version). The caller holds mu.
func (g *group) note(found map[string]stored) {
	built := true
	for _, m := range g.members {
		s, known := found[m.Name()]
		if s.version < m.Version() {
			s.position = 0
		}
		built = built && known && s.version >= m.Version()
		m.set(s.position)
		g.stands(m, s.fault)
	}
	g.built = built
}

// yield follows the work of a program with a later version of a projection, whose rows this one does not write, until ctx ends or there
// are no such rows any more.
func (g *group) yield(ctx context.Context, why error) error {
	g.enter(waiting, why)
	g.log.Info("a later version of the program applies the log", slog.String("reason", text(why)))
	conn, err := g.connect(ctx)
	if err != nil {
		return err
	}
	defer lease.Close(conn)
	news := &elsewhere{deaf: true}
	for {
		if err := g.observe(ctx, conn, news); err != nil {
			return (&transaction{conn: conn}).lost(err)
		}
		found, err := positions(ctx, conn, g.names())
		if err != nil {
			return (&transaction{conn: conn}).lost(err)
		}
		if g.newer(found) == nil {
			return errVersionsChanged
		}
		sleep(ctx, lease.Retry)
		if ctx.Err() != nil {
			return ctx.Err()
		}
	}
}

// newer fails with ErrNewerVersion where rows are of a later version than this program's.
func (g *group) newer(found map[string]stored) error {
	for _, m := range g.members {
		if v := found[m.Name()].version; v > m.Version() {
			return fmt.Errorf("%w: %s is of version %d, this program has %d", ErrNewerVersion, m.Name(), v, m.Version())
		}
	}
	return nil
}

// older are the members whose rows are of an earlier version than this program's.
func (g *group) older(found map[string]stored) []*member {
	var old []*member
	for _, m := range g.members {
		if s, known := found[m.Name()]; known && s.version < m.Version() {
			old = append(old, m)
		}
	}
	return old
}

// buildBeside builds the members of which the database has an earlier version, while a program of that version goes on with its own rows.
// When the new ones take their place, that program finds that it is not the latest any more, and gives way.
func (g *group) buildBeside(ctx context.Context, db DB) error {
	found, err := positions(ctx, db, g.names())
	if err != nil {
		return err
	}
	if old := g.older(found); len(old) > 0 && g.newer(found) == nil {
		g.log.Info("building a new version of the rows beside the old ones", slog.Int("count", len(old)))
		return g.build(ctx, order{members: old, seen: found, source: g.runner.source, progress: untold})
	}
	return nil
}

// open brings the schemas and the positions in order: unknown projections begin, and those of an earlier version are built anew.
func (g *group) open(ctx context.Context, conn *pgx.Conn) error {
	g.using.Lock()
	found, err := positions(ctx, conn, g.names())
	g.using.Unlock()
	if err != nil {
		return err
	}
	head, err := g.runner.reach(ctx, found)
	if err := errors.Join(err, g.newer(found)); err != nil {
		return err
	}
	far := g.older(found)
	for _, m := range g.members {
		s, known := found[m.Name()]
		if !known {
			if err := g.runner.asOwner(ctx, func(conn *pgx.Conn) error { return create(ctx, conn, m) }); err != nil {
				return err
			}
		}
		if s.version == m.Version() {
			m.set(s.position)
		}
		g.stands(m, s.fault)
		if s.position == 0 && s.fault == "" && head > g.runner.bulk && !slices.Contains(far, m) {
			far = append(far, m)
		}
	}
	if err := g.takeBack(ctx, conn); err != nil {
		return err
	}
	if len(far) > 0 {
		err = g.build(ctx, order{members: far, source: g.runner.source, progress: untold})
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.built = err == nil
	return err
}

// follow applies what comes until ctx ends, something fails or somebody wants a rebuild, which it returns.
func (g *group) follow(ctx context.Context, conn *pgx.Conn) (*request, error) {
	reading, end := context.WithCancel(ctx)
	var wanted *request
	var listening sync.WaitGroup
	listening.Go(func() {
		select {
		case wanted = <-g.requests:
			end()
		case <-reading.Done():
		}
	})
	var mended error
	listening.Go(func() {
		if mended = g.tend(ctx, reading, conn); errors.Is(mended, errMended) {
			end()
		}
	})
	var failed error
	err := g.runner.source.Follow(reading, g.lowest(), func(commits []domain.Commit) error {
		for portion := range g.portions(reading, commits) {
			if failed = g.apply(ctx, conn, portion); failed == nil {
				failed = g.prove(ctx)
			}
			if failed != nil {
				return failed
			}
		}
		if len(commits) < large {
			sleep(reading, g.pace)
		}
		return nil
	})
	end()
	listening.Wait()
	switch {
	case failed != nil:
		err = failed
	case errors.Is(mended, errMended):
		err = mended
	case err == nil:
		err = &sourceError{errReaderEnded}
	default:
		err = &sourceError{err}
	}
	if wanted != nil && failed != nil {
		wanted.done <- failed
		wanted = nil
	}
	return wanted, err
}

// How a group for whose rows nobody waits lets the others go first.
const (
	portion = 64                     // commits that it applies at a time, which is about how long somebody who comes meanwhile waits
	gap     = 5 * time.Millisecond   // the pause of one with a pace before each portion
	quiet   = 300 * time.Millisecond // how long the others have had nothing to do when one with patience goes on
	breath  = 30 * time.Millisecond  // its pause before each portion when its patience is over and they still work
)

// portions cuts up a batch of a group for whose rows nobody waits, which gives way before each portion.
func (g *group) portions(ctx context.Context, commits []domain.Commit) iter.Seq[[]domain.Commit] {
	if g.pace == 0 && g.patience == 0 {
		return slices.Values([][]domain.Commit{commits})
	}
	return func(yield func([]domain.Commit) bool) {
		for some := range slices.Chunk(commits, portion) {
			if g.giveWay(ctx); !yield(some) {
				return
			}
		}
	}
}

// giveWay pauses. A group with patience waits while the others work, as long as its patience lasts, and from then on for a breath at a time.
func (g *group) giveWay(ctx context.Context) {
	if g.patience == 0 {
		sleep(ctx, gap)
		return
	}
	for ctx.Err() == nil {
		now := time.Now() //nolint:forbidigo // measures a pause; no row depends on it
		rest := quiet - now.Sub(time.Unix(0, g.runner.busy.Load()))
		if rest <= 0 {
			g.until = time.Time{}
			return
		}
		if g.until.IsZero() {
			g.until = now.Add(g.patience)
		}
		left := g.until.Sub(now)
		if left <= 0 {
			sleep(ctx, breath)
			return
		}
		sleep(ctx, min(rest, left))
	}
}

func (g *group) lowest() uint64 {
	low := uint64(math.MaxUint64)
	for _, m := range g.working() {
		at, _ := m.at()
		low = min(low, at)
	}
	return low
}

// large is the number of commits from which a batch has little to gain by waiting for more.
const large = 500

// apply applies one batch to the members that are not set aside: to all of them in one transaction, or to each in its own where that
// fails for good.
func (g *group) apply(ctx context.Context, conn *pgx.Conn, commits []domain.Commit) error {
	g.using.Lock()
	defer g.using.Unlock()
	began := time.Now() //nolint:forbidigo // measures; no row depends on it
	working := g.working()
	fresh := after(commits, g.lowest())
	if len(fresh) == 0 {
		return nil
	}
	err := g.write(ctx, conn, working, fresh)
	if err != nil && len(working) > 1 && ctx.Err() == nil && !g.runner.transient(err) {
		err = g.applyEach(ctx, conn, working, fresh)
	}
	if err != nil {
		return err
	}
	g.applied(began, fresh)
	if g.patience == 0 {
		g.runner.busy.Store(time.Now().UnixNano()) //nolint:forbidigo // measures a pause; no row depends on it
	}
	if !g.silent {
		g.runner.hub.send(changeOf(commits))
	}
	return nil
}

// write writes a batch in one transaction: each of the members gets the commits that it has not seen.
func (g *group) write(ctx context.Context, conn *pgx.Conn, members []*member, commits []domain.Commit) error {
	tx := &transaction{conn: conn}
	var batches []*Batch
	var moves []move
	var behind []*member
	for _, m := range members {
		at, _ := m.at()
		unseen := after(commits, at)
		if len(unseen) == 0 {
			continue
		}
		b := &Batch{schema: m.Name(), tx: tx}
		if err := m.fold(ctx, b, unseen); err != nil {
			return errors.Join(tx.lost(err), tx.rollback(ctx))
		}
		batches, behind = append(batches, b), append(behind, m)
		moves = append(moves, move{m.Name(), m.Version(), at, unseen[len(unseen)-1].Position})
	}
	if len(moves) == 0 {
		return nil
	}
	if err := tx.commit(ctx, batches, moves); err != nil {
		return errors.Join(err, tx.rollback(ctx))
	}
	for i, m := range behind {
		m.set(moves[i].to)
	}
	return nil
}

func (m *member) fold(ctx context.Context, b *Batch, commits []domain.Commit) error {
	err := m.Apply(ctx, b, commits)
	if err == nil {
		err = b.err
	}
	if err != nil {
		return fmt.Errorf("couldn't apply positions %d to %d to %s: %w", commits[0].Position, commits[len(commits)-1].Position, m.Name(), err)
	}
	return nil
}

func after(commits []domain.Commit, position uint64) []domain.Commit {
	for i := range commits {
		if commits[i].Position > position {
			return commits[i:]
		}
	}
	return nil
}
