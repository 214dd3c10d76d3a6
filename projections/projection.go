// Package projections follows the log into PostgreSQL.
//
// A projection is a fold: it takes commits in the order of the log and says which rows to put and which to delete. The runner
// applies the changes of a batch and moves the projection's position in one transaction, so that after a crash at any line the
// rows are exactly those of the commits up to the position. Nothing is ever stepped over: a projection to which a commit cannot be
// applied stops, keeps its rows and its position, and shows in Status, while the others of its group go on. It is tried again by itself, in
// case what was in its way has been mended.
//
// Each room below this one is a projection with its whole self: what it does with events, its schema and its queries.
//
//	log ──► group "views":      frontline screening identification protection inbox timeline   one transaction a batch
//	    └─► group "statistics": statistics                                                      waits for keys by itself
package projections

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"songtor/domain"
)

// Source is the log as a runner reads it. Commits come in the order of their positions, each exactly once a call.
type Source interface {
	// Follow calls fn with what the log holds after a position and then with what is appended, as much at a time as has
	// gathered while fn was busy. It returns when ctx ends, when reading fails, or with fn's error.
	Follow(ctx context.Context, from uint64, fn func([]domain.Commit) error) error
	// Head is the position of the last commit, 0 for an empty log.
	Head(ctx context.Context) (uint64, error)
	// Scan calls fn with the commits whose position is greater than from and at most to, and returns. fn may keep the slice.
	Scan(ctx context.Context, from, to uint64, fn func([]domain.Commit) error) error
}

// Projection turns commits into rows of its own schema.
type Projection interface {
	// Name is the projection's name and that of its schema.
	Name() string
	// Version rises with every change to the schema or to what Apply does; the rows are then built anew from the log, beside those of
	// the version before, and take their place in one transaction. Programs of the version before that still run read the new rows from
	// then on: a version may add columns and tables, and takes away only what the version before does not read any more.
	Version() int
	// Schema is the DDL of the tables and, after a line "-- indexes", of the indexes. Names are not qualified: the runner sets
	// the search path. It runs once, on an empty schema.
	Schema() string
	// Apply adds to the batch what follows from the commits. It is a function of the commits and the projection's own rows. An
	// error that may pass wraps ErrRetry; every other one stops the projection.
	Apply(ctx context.Context, b *Batch, commits []domain.Commit) error
}

// Group is a set of projections that share one reader of the log and one transaction a batch. One that cannot apply a batch is set aside until
// it can, and the others go on.
type Group struct {
	Name        string
	Projections []Projection
	// Needed is one that the others stand on, nil for none: where it stops, all of the group do, and none is ever ahead of it. It is not
	// among Projections.
	Needed Projection
	Silent bool // its batches are not told to subscribers
	// Pace is the least time from one small batch to the next, zero for none. A batch costs much the same for one commit as for
	// ten: where nobody waits for the rows, a pause under load makes batches grow instead of their number. What is large is applied a
	// small portion at a time, so that it holds up nobody else.
	Pace time.Duration
	// Patience is how long the group lets the others go first while they have work, zero for not at all. It too makes it apply a small
	// portion at a time. It is for what nobody waits for from one moment to the next.
	Patience time.Duration
}

// DB is what queries need of a database: a pool, a connection or a transaction.
type DB interface {
	Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error)
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
	SendBatch(ctx context.Context, b *pgx.Batch) pgx.BatchResults
}
