package projections

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5"

	"songtor/domain"
)

// A projection that cannot apply a batch is set aside: its rows and its position stay, and the others of its group go on. Nothing of it is
// stepped over. It is tried again by every new session, and when somebody has built its rows anew. The note of it stands in the
// database, so that every process knows, and none waits for it.

// lookAside is how often the active session looks whether what it has set aside was built anew by another process.
const lookAside = 2 * time.Second

// errMended ends a session so that the next one tries again what was set aside.
var errMended = errors.New("what was set aside has been built anew")

// working are the members that are not set aside.
func (g *group) working() []*member {
	working := make([]*member, 0, len(g.members))
	for _, m := range g.members {
		if m.aside() == "" {
			working = append(working, m)
		}
	}
	return working
}

// applyEach applies a batch, which cannot be applied to all of the members in one transaction, to one after the other, and sets aside whom it
// cannot be applied to. It fails where nobody or not the one whom the others need is left.
func (g *group) applyEach(ctx context.Context, conn *pgx.Conn, members []*member, commits []domain.Commit) error {
	left := len(members)
	for _, m := range members {
		err := g.write(ctx, conn, []*member{m}, commits)
		if err == nil {
			continue
		}
		if left--; left == 0 || m == g.needed || ctx.Err() != nil || g.runner.transient(err) {
			return err
		}
		g.setAside(ctx, m, err)
	}
	return nil
}

// setAside leaves a member as it is. Where the database does not take the note, other processes do not learn of it.
func (g *group) setAside(ctx context.Context, m *member, why error) {
	g.log.Error("a projection has stopped; the others go on", slog.String("projection", m.Name()), slog.String("error", text(why)))
	if err := noteFault(ctx, g.runner.pool, m.Name(), text(why)); err != nil {
		g.log.Warn("couldn't tell the other processes", slog.String("error", text(err)))
	}
	g.stands(m, text(why))
}

// tryAgain takes back everybody who was set aside.
func (g *group) tryAgain(ctx context.Context, db DB) error {
	if err := forgetFaults(ctx, db, g.names()); err != nil {
		return err
	}
	for _, m := range g.members {
		g.stands(m, "")
	}
	return nil
}

// stands notes why a member's rows stay as they are, nothing where they move.
func (g *group) stands(m *member, fault string) {
	if m.stand(fault) {
		g.runner.stops.tell()
	}
}

// awaitMending returns when a member that is set aside has got other rows, or when ctx ends.
func (g *group) awaitMending(ctx context.Context) error {
	for {
		sleep(ctx, lookAside)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if len(g.working()) == len(g.members) {
			continue
		}
		found, err := positions(ctx, g.runner.pool, g.names())
		if err != nil {
			continue // the session has the same database, and its own way to notice
		}
		for _, m := range g.members {
			if at, _ := m.at(); m.aside() != "" && found[m.Name()].position != at {
				return errMended
			}
		}
	}
}

func noteFault(ctx context.Context, db DB, name, fault string) error {
	_, err := db.Exec(ctx, `insert into projections.faults (name, fault) values ($1, $2) on conflict (name) do update set fault = excluded.fault, since = now()`, name, fault)
	if err != nil {
		return fmt.Errorf("couldn't note that %s has stopped: %w", name, err)
	}
	return nil
}

func forgetFaults(ctx context.Context, db DB, names []string) error {
	if _, err := db.Exec(ctx, "delete from projections.faults where name = any($1)", names); err != nil {
		return fmt.Errorf("couldn't forget what has stopped: %w", err)
	}
	return nil
}
