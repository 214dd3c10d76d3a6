package projections

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"github.com/jackc/pgx/v5"

	"songtor/domain"
)

// A projection that cannot apply a batch is set aside: its rows and its position stay, and the others of its group go on. Nothing of it is
// stepped over. It is tried again by itself, beside the others, and counts among them when it has caught up with them or somebody has
// built its rows anew. The note of it stands in the database, so that every process knows, and none waits for it.

// errMended ends a session so that the next one begins with the new rows.
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

// setAsides are the members that are set aside.
func (g *group) setAsides() []*member {
	var aside []*member
	for _, m := range g.members {
		if m.aside() != "" {
			aside = append(aside, m)
		}
	}
	return aside
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

// setAside leaves a member as it is.
func (g *group) setAside(ctx context.Context, m *member, why error) {
	g.log.Error("a projection has stopped; the others go on", slog.String("projection", m.Name()), slog.String("error", text(why)))
	g.noteAside(ctx, m, why)
}

// noteAside notes why a member is set aside. Where the database does not take the note, other processes do not learn of it.
func (g *group) noteAside(ctx context.Context, m *member, why error) {
	if err := noteFault(ctx, g.runner.pool, m.Name(), text(why)); err != nil {
		g.log.Warn("couldn't tell the other processes", slog.String("error", text(err)))
	}
	g.stands(m, text(why))
}

// takeBack takes back everybody where nobody can go on without those who are set aside.
func (g *group) takeBack(ctx context.Context, conn *pgx.Conn) error {
	if len(g.working()) > 0 && (g.needed == nil || g.needed.aside() == "") {
		return nil
	}
	g.using.Lock()
	defer g.using.Unlock()
	return g.admit(ctx, conn, g.members...)
}

// admit counts members among those who work. The caller holds using.
func (g *group) admit(ctx context.Context, conn *pgx.Conn, members ...*member) error {
	names := make([]string, len(members))
	for i, m := range members {
		names[i] = m.Name()
	}
	if err := forgetFaults(ctx, conn, names); err != nil {
		return err
	}
	for _, m := range members {
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

func noteFault(ctx context.Context, db DB, name, fault string) error {
	_, err := db.Exec(ctx, `insert into projections.faults (name, fault) values ($1, $2) on conflict (name) do update set fault = excluded.fault`, name, fault)
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
