package projections

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"songtor/internal/lease"
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
