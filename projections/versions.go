package projections

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"

	"github.com/jackc/pgx/v5"

	"songtor/internal/lease"
)

// The version of the rows says whose they are: those of an earlier version are built anew, and where they are of a later one, this program
// leaves them alone and reads.

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
