package projections

import (
	"context"
	"log/slog"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"songtor/domain"
	"songtor/internal/lease"
)

// What has stopped is tried again by itself: a group that has halted by a new session, and a member that is set aside beside the others. Both
// go on as well when somebody has built their rows anew.

// retries is how long it takes until what has stopped is tried again. An attempt costs little, but each leaves a line in the log.
type retries struct {
	first time.Duration // doubled by every attempt in vain
	most  time.Duration
}

func (r retries) after(pause time.Duration) time.Duration { return min(2*pause, r.most) }

var defaultRetries = retries{first: 10 * time.Second, most: 2 * time.Minute}

// lookAgain is how often somebody looks at rows that have stopped.
const lookAgain = 2 * time.Second

// rest waits for the next attempt, or until somebody has built other rows.
func (g *group) rest(ctx context.Context, pause time.Duration) {
	until := time.Now().Add(pause) //nolint:forbidigo // paces attempts; no row depends on it
	for ctx.Err() == nil && time.Until(until) > 0 {
		sleep(ctx, min(lookAgain, pause))
		if g.mended(ctx, g.members) {
			return
		}
	}
}

// tend tries again what is set aside, until reading ends or a member has got other rows from another process, which errMended says. What is
// being written when reading ends is written in the session's ctx, since breaking it off would cost the connection.
func (g *group) tend(ctx, reading context.Context, conn *pgx.Conn) error {
	pause := g.runner.again.first
	next := time.Now() //nolint:forbidigo // paces attempts; what an earlier session left is tried at once
	for {
		sleep(reading, min(lookAgain, g.runner.again.first))
		if reading.Err() != nil {
			return reading.Err()
		}
		now := time.Now() //nolint:forbidigo // paces attempts; no row depends on it
		aside := g.setAsides()
		if len(aside) == 0 {
			pause, next = g.runner.again.first, now.Add(g.runner.again.first)
			continue
		}
		if g.mended(reading, aside) {
			return errMended
		}
		if now.Before(next) {
			continue
		}
		g.attempt(ctx, reading, conn, aside)
		next = now.Add(pause)
		pause = g.runner.again.after(pause)
	}
}

// mended reports whether one of some members has other rows than this process left it with.
func (g *group) mended(ctx context.Context, members []*member) bool {
	found, err := positions(ctx, g.runner.pool, g.names())
	if err != nil {
		return false // the session has the same database, and its own way to notice
	}
	for _, m := range members {
		if at, _ := m.at(); found[m.Name()].position != at {
			return true
		}
	}
	return false
}

// attempt tries again what is set aside, unless somebody is building it anew.
func (g *group) attempt(ctx, reading context.Context, conn *pgx.Conn, aside []*member) {
	if !g.holdBuilding(ctx, conn) {
		return
	}
	defer g.freeBuilding(ctx, conn)
	for _, m := range aside {
		switch err := g.catchUp(ctx, reading, conn, m); {
		case err == nil:
			g.log.Info("a projection that had stopped goes on", slog.String("projection", m.Name()))
			if !g.silent { // what it lacked shows now
				g.runner.hub.send(Change{Position: g.lowest(), Stages: domain.Stages()})
			}
		case reading.Err() == nil:
			g.log.Warn("a projection was tried again and is still stopped", slog.String("projection", m.Name()), slog.String("error", text(err)))
			if !g.runner.transient(err) {
				g.noteAside(ctx, m, err)
			}
		}
	}
}

func (g *group) holdBuilding(ctx context.Context, conn *pgx.Conn) (held bool) {
	g.using.Lock()
	defer g.using.Unlock()
	held, err := lease.Try(ctx, conn, g.building())
	return held && err == nil
}

// freeBuilding leaves members to whoever builds them. Where the session is lost, they are left already.
func (g *group) freeBuilding(ctx context.Context, conn *pgx.Conn) {
	g.using.Lock()
	defer g.using.Unlock()
	_ = lease.Free(ctx, conn, g.building())
}

// joining is how long the others may be held up at most while a member catches up with the last that they have.
const joining = time.Second

// catchUp applies to a member what the others have applied already, beside their work, and admits it where they stand.
func (g *group) catchUp(ctx, reading context.Context, conn *pgx.Conn, m *member) error {
	at, _ := m.at()
	for to := g.lowest(); to-at > portion; to = g.lowest() {
		err := g.runner.source.Scan(reading, at, to, func(commits []domain.Commit) error {
			for some := range slices.Chunk(commits, portion) {
				if err := g.writeBeside(ctx, conn, m, some); err != nil {
					return err
				}
				if err := reading.Err(); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
		at = to
	}
	g.using.Lock()
	defer g.using.Unlock()
	brief, cancel := context.WithTimeout(reading, joining)
	defer cancel()
	err := g.runner.source.Scan(brief, at, g.lowest(), func(commits []domain.Commit) error {
		return g.write(ctx, conn, []*member{m}, commits)
	})
	if err != nil {
		return err
	}
	return g.admit(ctx, conn, m)
}

// writeBeside is write for one member between the batches of the others.
func (g *group) writeBeside(ctx context.Context, conn *pgx.Conn, m *member, commits []domain.Commit) error {
	g.using.Lock()
	defer g.using.Unlock()
	return g.write(ctx, conn, []*member{m}, commits)
}
