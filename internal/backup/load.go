package backup

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// RequireEmpty fails with ErrNotEmpty where one of the tables has a row.
func RequireEmpty(ctx context.Context, owner *pgxpool.Pool, names []string) error {
	for _, name := range names {
		var there, filled bool
		if err := owner.QueryRow(ctx, "select to_regclass($1) is not null", name).Scan(&there); err != nil {
			return fmt.Errorf("couldn't look into %s: %w", name, err)
		}
		if !there {
			continue
		}
		// The statistics of the storage count what row-level security hides from the owner.
		err := owner.QueryRow(ctx, "select pg_relation_size($1::regclass) > 0", name).Scan(&filled)
		if err != nil {
			return fmt.Errorf("couldn't look into %s: %w", name, err)
		}
		if filled {
			return fmt.Errorf("%w: %s has rows, or has had some", ErrNotEmpty, name)
		}
	}
	return nil
}

// Loader puts the rows of a backup into tables, as a Visitor gets them. It takes tables that it is told of and no others.
type Loader struct {
	ctx   context.Context
	owner *pgxpool.Pool
	known []string

	pipe *io.PipeWriter
	done chan error
}

// NewLoader returns a Loader for tables of a database. owner owns them.
func NewLoader(ctx context.Context, owner *pgxpool.Pool, known []string) *Loader {
	return &Loader{ctx: ctx, owner: owner, known: known}
}

// Visitor gives the Loader the tables of a backup.
func (l *Loader) Visitor() Visitor {
	return Visitor{Table: l.table, Rows: l.rows, EndTable: l.endTable}
}

func (l *Loader) table(name string, columns []string) error {
	if !slices.Contains(l.known, name) {
		return fmt.Errorf("%w: it has the table %s, which this program does not know", ErrDamaged, name)
	}
	rows, pipe := io.Pipe()
	l.pipe, l.done = pipe, make(chan error, 1)
	go func() {
		err := l.load(name, columns, rows)
		rows.CloseWithError(errors.Join(err, io.ErrClosedPipe)) // whoever still writes learns of it
		l.done <- err
	}()
	return nil
}

func (l *Loader) rows(rows []byte) error {
	if _, err := l.pipe.Write(rows); err != nil {
		return fmt.Errorf("couldn't restore rows: %w", err)
	}
	return nil
}

// endTable returns when the rows of the table are in the database.
func (l *Loader) endTable() error {
	_ = l.pipe.Close()
	return <-l.done
}

// load copies rows into an empty table. Row-level security is lifted for the owner meanwhile: it has no policy.
func (l *Loader) load(name string, columns []string, rows io.Reader) error {
	err := pgx.BeginFunc(l.ctx, l.owner, func(tx pgx.Tx) error {
		var forced bool
		if err := tx.QueryRow(l.ctx, "select relforcerowsecurity from pg_class where oid = $1::regclass", name).Scan(&forced); err != nil {
			return err
		}
		force := func(word string) error {
			if !forced {
				return nil
			}
			_, err := tx.Exec(l.ctx, "alter table "+quoted(name)+" "+word+" row level security")
			return err
		}
		if err := force("no force"); err != nil {
			return err
		}
		if _, err := tx.Exec(l.ctx, "set local statement_timeout = 0; delete from "+quoted(name)); err != nil { // what a migration put there
			return err
		}
		if _, err := tx.Conn().PgConn().CopyFrom(l.ctx, rows, "copy "+quoted(name)+" ("+list(columns)+") from stdin"); err != nil {
			return err
		}
		return force("force")
	})
	if err != nil {
		return fmt.Errorf("couldn't restore the table %s: %w", name, err)
	}
	return nil
}

// Differences compares read models with those of a backup and says what differs, a line for each table.
func Differences(saved, made []Model) []string {
	var found []string
	for _, was := range saved {
		i := slices.IndexFunc(made, func(m Model) bool { return m.Name == was.Name })
		switch {
		case i < 0:
			found = append(found, was.Name+": this program has no such read model")
			continue
		case made[i].Version != was.Version:
			found = append(found, fmt.Sprintf("%s: this program has version %d, the backup version %d", was.Name, made[i].Version, was.Version))
			continue
		case made[i].Position != was.Position:
			found = append(found, fmt.Sprintf("%s: it stands at %d, not at %d", was.Name, made[i].Position, was.Position))
			continue
		}
		found = append(found, differentTables(was, made[i])...)
	}
	return found
}

func differentTables(was, made Model) []string {
	var found []string
	if len(was.Tables) != len(made.Tables) {
		return []string{fmt.Sprintf("%s: it has %d tables, not %d", was.Name, len(made.Tables), len(was.Tables))}
	}
	for i, t := range was.Tables {
		if made.Tables[i] != t {
			found = append(found, fmt.Sprintf("%s.%s: %d rows, and %d were saved; their digests differ", was.Name, t.Name, made.Tables[i].Rows, t.Rows))
		}
	}
	return found
}

// Differ is an error that names differences, nil where there are none.
func Differ(lines []string) error {
	if len(lines) == 0 {
		return nil
	}
	return fmt.Errorf("%w:\n  %s", ErrDiffers, strings.Join(lines, "\n  "))
}
