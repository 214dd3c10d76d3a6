package projections

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// transaction writes one batch of a group: the rows of all its members and their positions.
type transaction struct {
	conn  *pgx.Conn
	begun bool
}

// move is a position that goes from one place in the log to another.
type move struct {
	name     string
	version  int
	from, to uint64
}

func (tx *transaction) begin(ctx context.Context) error {
	if tx.begun {
		return nil
	}
	if _, err := tx.conn.Exec(ctx, "begin"); err != nil {
		return tx.lost(fmt.Errorf("couldn't begin a transaction: %w", err))
	}
	tx.begun = true
	return nil
}

// commit writes the batches and the moves in one round trip: the statements of one pipeline are one transaction by themselves, where
// no read has begun it. If the process dies here, either all of it is in the database or nothing.
func (tx *transaction) commit(ctx context.Context, batches []*Batch, moves []move) error {
	pipeline := &pgx.Batch{}
	queueMoves(pipeline, moves)
	for _, b := range batches {
		for _, c := range b.tables {
			c.queue(b.schema, pipeline)
		}
	}
	if tx.begun {
		pipeline.Queue("commit")
	}
	if err := tx.conn.SendBatch(ctx, pipeline).Close(); err != nil {
		return tx.lost(fmt.Errorf("couldn't write a batch: %w", err))
	}
	return nil
}

// rollback ends a transaction that failed, so that the connection can begin another. Nothing is left to end where none was begun or the
// connection is gone.
func (tx *transaction) rollback(ctx context.Context) error {
	if !tx.begun || tx.conn.IsClosed() {
		return nil
	}
	tx.begun = false
	if _, err := tx.conn.Exec(ctx, "rollback"); err != nil {
		return tx.lost(fmt.Errorf("couldn't roll a transaction back: %w", err))
	}
	return nil
}

func (tx *transaction) copy(ctx context.Context, schema string, t *Table, rows [][]any) error {
	names := make([]string, len(t.Columns))
	for i, c := range t.Columns {
		names[i] = c.Name
	}
	if _, err := tx.conn.CopyFrom(ctx, pgx.Identifier{schema, t.Name}, names, pgx.CopyFromRows(rows)); err != nil {
		return tx.lost(fmt.Errorf("couldn't copy rows: %w", err))
	}
	return nil
}

// lost marks an error after which the connection is gone, whatever the error says about it.
func (tx *transaction) lost(err error) error {
	if tx.conn.IsClosed() {
		return fmt.Errorf("%w: %w", errLost, err)
	}
	return err
}

// queueMoves adds the one statement that moves all positions, and fails the transaction where one is not where it should be.
func queueMoves(pipeline *pgx.Batch, moves []move) {
	var names []string
	var versions []int32
	var olds, news []int64
	for _, m := range moves {
		names = append(names, m.name)
		versions = append(versions, int32(m.version))                       // versions are small constants
		olds, news = append(olds, int64(m.from)), append(news, int64(m.to)) // positions stay far below 2^63
	}
	pipeline.Queue("select projections.advance($1, $2, $3, $4)", names, versions, olds, news)
}
