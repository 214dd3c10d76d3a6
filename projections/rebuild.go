package projections

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"songtor/domain"
	"songtor/internal/lease"
)

// patience is how long a rebuild waits for another process to make room.
const patience = 2 * time.Second

// order is what a group is to build anew.
type order struct {
	members  []*member
	seen     map[string]stored // the versions to be replaced, and none that came meanwhile; nil for whatever there is
	aside    bool              // they have to be set aside: nobody moves them meanwhile
	source   Source
	progress func(done, total uint64)
}

// request gives an order to the active session of a group.
type request struct {
	order
	ctx  context.Context
	done chan error
}

// Rebuild makes the rows of the projections named, or of all, anew from the log alone. Readers see the old rows until the new
// ones take their place, in one transaction. The running group of this process makes room and goes on afterwards; where another
// process applies the group, Rebuild fails with ErrBusy, unless all that is to be built has been set aside there. Groups are built side
// by side, each for itself: where one fails, the others stand. progress may be nil; it gets positions of the log, and is not called
// concurrently.
func (r *Runner) Rebuild(ctx context.Context, names []string, progress func(done, total uint64)) error {
	if progress == nil {
		progress = untold
	}
	for _, name := range names {
		if _, m := r.member(name); m == nil {
			return fmt.Errorf("%w: %s", ErrUnknownName, name)
		}
	}
	chosen := make([][]*member, len(r.groups))
	tell := &joint{progress: progress, done: make([]uint64, len(r.groups))}
	builds := 0
	for i, g := range r.groups {
		for _, m := range g.members {
			if len(names) == 0 || slices.Contains(names, m.Name()) {
				chosen[i] = append(chosen[i], m)
			}
		}
		if len(chosen[i]) == 0 {
			tell.done[i] = math.MaxUint64
		} else {
			builds++
		}
	}
	source := sharedBy(builds, r.source)
	var building sync.WaitGroup
	failed := make([]error, len(r.groups))
	for i, g := range r.groups {
		if len(chosen[i]) == 0 {
			continue
		}
		building.Go(func() {
			if err := g.rebuild(ctx, order{members: chosen[i], source: source, progress: tell.of(i)}); err != nil {
				failed[i] = fmt.Errorf("couldn't rebuild %s: %w", g.name, err)
			}
		})
	}
	building.Wait()
	return errors.Join(failed...)
}

// untold is progress that nobody wants to know.
func untold(_, _ uint64) {}

// joint is the progress of groups that are built side by side: that of the one that is least far.
type joint struct {
	progress func(done, total uint64)

	mu   sync.Mutex
	done []uint64 // the greatest number for a group that is not built
}

// of takes the progress of one group.
func (j *joint) of(group int) func(done, total uint64) {
	return func(done, total uint64) {
		j.mu.Lock()
		defer j.mu.Unlock()
		before := slices.Min(j.done)
		j.done[group] = done
		if least := slices.Min(j.done); least > before {
			j.progress(least, total)
		}
	}
}

// rebuild finds who may build: this call where no runner holds the group or applies the members, or the active session of this process.
func (g *group) rebuild(ctx context.Context, o order) error {
	conn, err := g.connect(ctx)
	if err != nil {
		return err
	}
	defer lease.Close(conn)
	patient, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	found, err := positions(ctx, conn, g.names())
	if err != nil {
		return err
	}
	applied := slices.ContainsFunc(o.members, func(m *member) bool { return found[m.Name()].fault == "" })
	for {
		ok, err := g.tryLock(ctx, conn)
		if err != nil {
			return err
		}
		if ok {
			return g.buildAlone(ctx, conn, o, g.build)
		}
		if !applied {
			return g.buildAlone(ctx, conn, o, g.buildAside)
		}
		req := &request{order: o, ctx: ctx, done: make(chan error, 1)}
		select {
		case g.requests <- req:
			return <-req.done
		case <-time.After(lease.Retry / 5):
		case <-patient.Done():
			if err := ctx.Err(); err != nil {
				return err
			}
			return ErrBusy
		}
	}
}

// buildAlone builds where no session applies what is to be built. The log is checked first, as a session does.
func (g *group) buildAlone(ctx context.Context, conn *pgx.Conn, o order, build func(context.Context, order) error) error {
	found, err := positions(ctx, conn, g.names())
	if err != nil {
		return err
	}
	if _, err := g.runner.reach(ctx, found); err != nil {
		return err
	}
	if err := g.newer(found); err != nil {
		return err
	}
	held, stop := lease.Keep(ctx, conn, new(sync.Mutex))
	defer stop()
	return build(held, o)
}

// serve builds in the active session, for as long as both it and who asked go on.
func (g *group) serve(ctx context.Context, req *request) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(req.ctx, cancel)()
	return g.build(ctx, req.order)
}

// build makes scratch schemas, fills them from the log and lets them take the place of the old ones. All of it is one
// transaction: if the process dies here, the old rows and positions stand. It is the owner's: the rows come before the policies that
// would keep it from writing them. Members whose version is another than the one seen are left alone: another process has built them meanwhile.
func (g *group) build(ctx context.Context, o order) error {
	var last uint64
	var built []*member
	err := g.runner.asOwner(ctx, func(conn *pgx.Conn) (err error) {
		last, built, err = g.buildOn(ctx, conn, o)
		return err
	})
	if err != nil {
		return err
	}
	for _, m := range built {
		m.set(last)
		g.stands(m, "")
	}
	return nil
}

// buildAside is build for members that a session, here or elsewhere, has set aside. Nothing is noted here: that session has gone on meanwhile
// and has to begin again where the new rows end, or they would lack what it has read since.
func (g *group) buildAside(ctx context.Context, o order) error {
	o.aside = true
	return g.runner.asOwner(ctx, func(conn *pgx.Conn) error {
		_, _, err := g.buildOn(ctx, conn, o)
		return err
	})
}

func (g *group) buildOn(ctx context.Context, conn *pgx.Conn, o order) (last uint64, built []*member, err error) {
	err = pgx.BeginFunc(ctx, conn, func(tx pgx.Tx) error {
		if err := g.awaitBuilding(ctx, tx); err != nil {
			return err
		}
		found, err := positions(ctx, tx, g.names())
		if err != nil {
			return err
		}
		for _, m := range o.members {
			if o.aside && found[m.Name()].fault == "" {
				return fmt.Errorf("%s is not set aside any more: %w", m.Name(), ErrBusy)
			}
			if o.seen == nil || found[m.Name()].version == o.seen[m.Name()].version {
				built = append(built, m)
			}
		}
		if len(built) == 0 {
			return nil
		}
		b := &builder{conn: conn, tx: tx, members: built, chunk: g.runner.chunk, filled: map[*Table]bool{}, merging: map[*Table]string{}}
		for _, m := range built {
			if err := makeTables(ctx, tx, scratch(m), m); err != nil {
				return err
			}
		}
		if last, err = b.fillUp(ctx, o.source, o.progress); err != nil {
			return err
		}
		return b.swap(ctx, last)
	})
	return last, built, err
}

// awaitBuilding waits until nobody else builds members of the group. That takes as long as reading the log, and so may this build: no limit of
// the server's, which are there for statements of people, ends one of its statements.
func (g *group) awaitBuilding(ctx context.Context, tx pgx.Tx) error {
	if _, err := tx.Exec(ctx, "set local lock_timeout = 0; set local statement_timeout = 0"); err != nil {
		return fmt.Errorf("couldn't lift the limits for a build: %w", err)
	}
	if _, err := tx.Exec(ctx, "select pg_advisory_xact_lock(hashtextextended($1, 0))", g.building()); err != nil {
		return fmt.Errorf("couldn't wait for another build: %w", err)
	}
	return nil
}

// building names the lock of whoever builds members of the group anew, or brings them back from where they were set aside.
func (g *group) building() string { return installing + "/" + g.name + "/build" }

func scratch(m *member) string { return m.Name() + "_new" }

// builder fills the scratch schemas of members.
type builder struct {
	conn    *pgx.Conn
	tx      pgx.Tx
	members []*member
	chunk   int
	filled  map[*Table]bool   // tables that have rows
	merging map[*Table]string // temporary tables through which rows go into those
}

// fillUp reads the log until little has come meanwhile, and returns the last position.
func (b *builder) fillUp(ctx context.Context, source Source, progress func(done, total uint64)) (last uint64, err error) {
	for read := uint64(0); ; {
		head, err := source.Head(ctx)
		if err != nil {
			return 0, &sourceError{err}
		}
		if read > 0 && head < read+large || head == 0 {
			return last, nil
		}
		at, err := b.fill(ctx, source, read, head, progress)
		if err != nil {
			return 0, err
		}
		last, read = max(last, at), head
	}
}

// fill reads the log from after one position to another and applies it in chunks, reading on while a chunk is being written. It returns
// the last position.
func (b *builder) fill(
	ctx context.Context, source Source, from, head uint64, progress func(done, total uint64),
) (last uint64, err error) {
	reading, end := context.WithCancel(ctx)
	defer end()
	chunks := make(chan []domain.Commit)
	read := make(chan error, 1)
	go func() {
		defer close(chunks)
		read <- scan(reading, source, from, head, b.chunk, chunks)
	}()
	for commits := range chunks {
		if err = b.add(ctx, commits); err != nil {
			break
		}
		last = commits[len(commits)-1].Position
		progress(last, head)
	}
	end()
	if failed := <-read; err == nil && failed != nil {
		err = &sourceError{failed}
	}
	return last, err
}

// scan gathers the log into chunks.
func scan(ctx context.Context, source Source, from, head uint64, chunk int, chunks chan<- []domain.Commit) error {
	var gathered []domain.Commit
	hand := func() error {
		select {
		case chunks <- gathered:
			gathered = nil
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	err := source.Scan(ctx, from, head, func(commits []domain.Commit) error {
		gathered = append(gathered, commits...)
		if len(gathered) < chunk {
			return nil
		}
		return hand()
	})
	if err == nil && len(gathered) > 0 {
		err = hand()
	}
	return err
}

// add applies a chunk to every member.
func (b *builder) add(ctx context.Context, commits []domain.Commit) error {
	for _, m := range b.members {
		batch := &Batch{schema: scratch(m), tx: &transaction{conn: b.conn, begun: true}}
		if err := m.fold(ctx, batch, commits); err != nil {
			return err
		}
		for _, c := range batch.tables {
			if err := b.write(ctx, batch, c); err != nil {
				return err
			}
		}
	}
	return nil
}

// write brings the changes of one table in. What goes into an empty table is copied; later rows go through a temporary table.
func (b *builder) write(ctx context.Context, batch *Batch, c *changes) error {
	if b.filled[c.table] {
		deletes := &pgx.Batch{}
		c.queueDeletes(batch.schema, deletes)
		if err := b.conn.SendBatch(ctx, deletes).Close(); err != nil {
			return batch.tx.lost(fmt.Errorf("couldn't delete rows: %w", err))
		}
	}
	rows := c.live()
	if len(rows) == 0 {
		return nil
	}
	if c.table.Key == 0 || !b.filled[c.table] {
		b.filled[c.table] = true
		return batch.tx.copy(ctx, batch.schema, c.table, rows)
	}
	return b.merge(ctx, batch, c.table, rows)
}

func (b *builder) merge(ctx context.Context, batch *Batch, t *Table, rows [][]any) error {
	name := b.merging[t]
	prepare := fmt.Sprintf("truncate %s", name)
	if name == "" {
		name = pgx.Identifier{"merge_" + batch.schema + "_" + t.Name}.Sanitize()
		prepare = fmt.Sprintf("create temporary table %s (like %s) on commit drop", name, t.in(batch.schema))
		b.merging[t] = name
	}
	if _, err := b.tx.Exec(ctx, prepare); err != nil {
		return batch.tx.lost(fmt.Errorf("couldn't prepare a merge: %w", err))
	}
	temporary := &Table{Name: "merge_" + batch.schema + "_" + t.Name, Columns: t.Columns}
	if err := batch.tx.copy(ctx, "pg_temp", temporary, rows); err != nil {
		return err
	}
	if _, err := b.tx.Exec(ctx, t.insert(batch.schema, name)); err != nil {
		return batch.tx.lost(fmt.Errorf("couldn't merge rows: %w", err))
	}
	return nil
}

// How a build waits for whoever reads the old rows, such as a backup, which reads all of them for minutes.
const (
	// turn is how long it stands in line for a lock, and whoever comes after it as well. It is shorter than the lock_timeout of any role and
	// than deadlock_timeout: where somebody holds what the build wants and waits for what it holds, the build steps back.
	turn = 250 * time.Millisecond
	// aloof is how long the others have the old rows to themselves before it stands in line again.
	aloof = time.Second
)

// swap gives the scratch schemas their indexes and their names, as soon as nobody reads the old rows. It fails with errOvertaken where another
// process has applied more to rows of the same version: it took the group over, and its rows stand.
func (b *builder) swap(ctx context.Context, last uint64) error {
	for _, m := range b.members {
		if err := makeIndexes(ctx, b.tx, scratch(m), m); err != nil {
			return err
		}
	}
	if _, err := b.tx.Exec(ctx, "savepoint built"); err != nil {
		return fmt.Errorf("couldn't keep what has been built: %w", err)
	}
	for {
		err := b.replace(ctx, last)
		if !lockTimedOut(err) {
			return err
		}
		if _, err := b.tx.Exec(ctx, "rollback to savepoint built"); err != nil {
			return fmt.Errorf("couldn't step back from the old rows: %w", err)
		}
		sleep(ctx, aloof)
		if err := ctx.Err(); err != nil {
			return err
		}
	}
}

func lockTimedOut(err error) bool {
	var pg *pgconn.PgError
	return errors.As(err, &pg) && pg.Code == "55P03"
}

// replace lets the scratch schemas take the place of the old ones.
func (b *builder) replace(ctx context.Context, last uint64) error {
	if err := b.hold(ctx); err != nil {
		return err
	}
	for _, m := range b.members {
		old, made := pgx.Identifier{m.Name()}.Sanitize(), pgx.Identifier{scratch(m)}.Sanitize()
		if err := replacePosition(ctx, b.tx, m, last); err != nil {
			return err
		}
		if err := forgetFaults(ctx, b.tx, []string{m.Name()}); err != nil {
			return err
		}
		_, err := b.tx.Exec(ctx, fmt.Sprintf("drop schema if exists %[1]s cascade; alter schema %[2]s rename to %[1]s", old, made))
		if err != nil {
			return fmt.Errorf("couldn't swap the schemas of %s: %w", m.Name(), err)
		}
	}
	return nil
}

// hold keeps everybody from the old rows, and then from the positions. These come last: every group moves them, and none is to wait for as long
// as somebody reads these rows. They are asked for in the same message, so that a program of an earlier version, which moves its positions
// first and then writes the rows, is less likely to come in between. Who applies moves several positions in one statement: only a lock on all
// of them is sure to come before or after it.
func (b *builder) hold(ctx context.Context) error {
	names := make([]string, len(b.members))
	for i, m := range b.members {
		names[i] = m.Name()
	}
	var tables string
	err := b.tx.QueryRow(ctx, `select coalesce(string_agg(format('lock table %I.%I in access exclusive mode;', n.nspname, c.relname), ' '), '')
		from pg_class c join pg_namespace n on n.oid = c.relnamespace where n.nspname = any($1) and c.relkind in ('r', 'p')`, names).Scan(&tables)
	if err != nil {
		return fmt.Errorf("couldn't find the old rows: %w", err)
	}
	limit := fmt.Sprintf("set local lock_timeout = %d;", turn.Milliseconds())
	_, err = b.tx.Exec(ctx, limit+tables+"lock table projections.positions in share row exclusive mode")
	if err != nil {
		return fmt.Errorf("couldn't hold the old rows and the positions: %w", err)
	}
	return nil
}
