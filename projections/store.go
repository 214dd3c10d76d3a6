package projections

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"strings"
	"sync"

	"github.com/jackc/pgx/v5"
)

//go:embed schema.sql
var ownSchema string

// installing is the advisory lock under which the runner's own schema is made.
const installing = "songtor/projections"

// installed notes that a runner has found or made its own schema.
type installed struct {
	mu   sync.Mutex
	done bool
}

// install makes the runner's own schema where it is missing.
func (r *Runner) install(ctx context.Context) error {
	r.made.mu.Lock()
	defer r.made.mu.Unlock()
	if r.made.done {
		return nil
	}
	err := r.asOwner(ctx, func(conn *pgx.Conn) error {
		return pgx.BeginFunc(ctx, conn, func(tx pgx.Tx) error {
			if _, err := tx.Exec(ctx, "select pg_advisory_xact_lock(hashtextextended($1, 0))", installing); err != nil {
				return err
			}
			_, err := tx.Exec(ctx, ownSchema)
			return err
		})
	})
	if err != nil {
		return fmt.Errorf("couldn't make the schema of positions: %w", err)
	}
	r.made.done = true
	return nil
}

// stored is what the database knows of a projection.
type stored struct {
	version  int
	position uint64
	fault    string // why it is set aside
}

// positions reads where the projections stand, without those that it does not know.
func positions(ctx context.Context, db DB, names []string) (map[string]stored, error) {
	rows, err := db.Query(ctx, `select p.name, p.version, p.position, coalesce(f.fault, '')
		from projections.positions p left join projections.faults f using (name) where p.name = any($1)`, names)
	if err != nil {
		return nil, fmt.Errorf("couldn't read positions: %w", err)
	}
	found := map[string]stored{}
	var name string
	var s stored
	_, err = pgx.ForEachRow(rows, []any{&name, &s.version, &s.position, &s.fault}, func() error {
		found[name] = s
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("couldn't read positions: %w", err)
	}
	return found, nil
}

// QueuePosition adds to a pipeline the reading of a projection's position into at. Put before a query of rows it gives a
// position that the rows have at least reached.
func QueuePosition(pipeline *pgx.Batch, name string, at *uint64) {
	pipeline.Queue("select position from projections.positions where name = $1", name).QueryRow(func(row pgx.Row) error {
		if err := row.Scan(at); err != nil && !errors.Is(err, pgx.ErrNoRows) {
			return fmt.Errorf("couldn't read the position of %s: %w", name, err)
		}
		return nil
	})
}

// makeTables makes a schema anew with the tables of a projection and leaves the indexes to the caller.
func makeTables(ctx context.Context, tx pgx.Tx, schema string, p Projection) error {
	quoted := pgx.Identifier{schema}.Sanitize()
	tables, _, _ := strings.Cut(p.Schema(), indexMark)
	_, err := tx.Exec(ctx, fmt.Sprintf("drop schema if exists %[1]s cascade; create schema %[1]s; set local search_path = %[1]s;\n%[2]s", quoted, tables))
	if err != nil {
		return fmt.Errorf("couldn't make the tables of %s: %w", p.Name(), err)
	}
	return nil
}

// indexMark parts the tables of a projection's DDL from its indexes.
const indexMark = "\n-- indexes\n"

func makeIndexes(ctx context.Context, tx pgx.Tx, schema string, p Projection) error {
	_, indexes, _ := strings.Cut(p.Schema(), indexMark)
	_, err := tx.Exec(ctx, fmt.Sprintf("set local search_path = %s;\n%s", pgx.Identifier{schema}.Sanitize(), indexes))
	if err != nil {
		return fmt.Errorf("couldn't make the indexes of %s: %w", p.Name(), err)
	}
	return nil
}

// create makes a projection's empty schema, in place of one of an older version, and sets its position to 0.
func create(ctx context.Context, conn *pgx.Conn, p Projection) error {
	return pgx.BeginFunc(ctx, conn, func(tx pgx.Tx) error {
		if err := makeTables(ctx, tx, p.Name(), p); err != nil {
			return err
		}
		if err := makeIndexes(ctx, tx, p.Name(), p); err != nil {
			return err
		}
		return setPosition(ctx, tx, p, 0)
	})
}

func setPosition(ctx context.Context, tx pgx.Tx, p Projection, position uint64) error {
	_, err := tx.Exec(ctx, `insert into projections.positions (name, version, position) values ($1, $2, $3)
		on conflict (name) do update set version = excluded.version, position = excluded.position, updated_at = now()`,
		p.Name(), p.Version(), position)
	if err != nil {
		return fmt.Errorf("couldn't set the position of %s: %w", p.Name(), err)
	}
	return nil
}

// replacePosition sets the position of rows that were built anew. Rows of the same version may stand no further, and no later version may
// have come.
func replacePosition(ctx context.Context, tx pgx.Tx, p Projection, position uint64) error {
	tag, err := tx.Exec(ctx, `insert into projections.positions as p (name, version, position) values ($1, $2, $3)
		on conflict (name) do update set version = excluded.version, position = excluded.position, updated_at = now()
		where p.version < excluded.version or p.version = excluded.version and p.position <= excluded.position`,
		p.Name(), p.Version(), position)
	if err != nil {
		return fmt.Errorf("couldn't set the position of %s: %w", p.Name(), err)
	}
	if tag.RowsAffected() != 1 {
		return fmt.Errorf("couldn't put new rows in place of those of %s: %w", p.Name(), errOvertaken)
	}
	return nil
}
