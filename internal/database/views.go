package database

import (
	"context"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

// Viewer is for whom the database is asked. The zero Viewer sees no row of a case.
type Viewer struct {
	Everywhere bool     // may list the cases of every agency
	Agencies   []string // may list the cases of these
	Tokens     []string // digests under which cases name the viewer as one who may not know of them
	Case       string   // the one case that a decision has opened to the viewer; empty for none

	service bool
}

// Service is the viewer of work that the service does by itself and shows to nobody, such as keeping deadlines.
func Service() Viewer { return Viewer{Everywhere: true, service: true} }

// On returns the viewer with a case that a decision has opened.
func (v Viewer) On(caseID string) Viewer {
	v.Case = caseID
	return v
}

// scope is the text of songtor.scope.
func (v Viewer) scope() string {
	switch {
	case v.service:
		return "service"
	case v.Everywhere:
		return "everywhere"
	}
	return "agencies"
}

// Views is the door to what people read.
type Views struct{ pool *pgxpool.Pool }

// Ping reports whether the database answers.
func (d *Views) Ping(ctx context.Context) error { return d.pool.Ping(ctx) }

// For returns the database as a viewer sees it. It is a projections.DB.
func (d *Views) For(v Viewer) *Reading { return &Reading{pool: d.pool, viewer: v} }

// Reading is the database as one viewer sees it. Its methods may be called concurrently.
//
// Whatever is asked goes to the server in one pipeline behind the statement that says for whom, without a round trip more: the
// statements of a pipeline are one transaction, the viewer is set for that transaction alone, and no later user of the connection
// inherits it.
type Reading struct {
	pool   *pgxpool.Pool
	viewer Viewer
}

// enter says for whom the rest of the transaction is asked.
const enter = `select set_config('songtor.scope', $1, true), set_config('songtor.agencies', $2, true),
	set_config('songtor.tokens', $3, true), set_config('songtor.case', $4, true)`

// SendBatch asks several things at once.
func (r *Reading) SendBatch(ctx context.Context, b *pgx.Batch) pgx.BatchResults {
	whole := &pgx.Batch{}
	v := r.viewer
	whole.Queue(enter, v.scope(), strings.Join(v.Agencies, ","), strings.Join(v.Tokens, ","), v.Case)
	whole.QueuedQueries = append(whole.QueuedQueries, b.QueuedQueries...)
	results := r.pool.SendBatch(ctx, whole)
	_, _ = results.Exec() // where it fails, so does everything after it, with the same error
	return results
}

// Exec runs a statement.
func (r *Reading) Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error) {
	results := r.one(ctx, sql, args)
	tag, err := results.Exec()
	if closed := results.Close(); err == nil {
		err = closed
	}
	return tag, err
}

// Query asks for rows. They must be read to their end or closed.
func (r *Reading) Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error) {
	results := r.one(ctx, sql, args)
	found, err := results.Query()
	asked := &rows{Rows: found, results: results}
	if err != nil {
		asked.Close() // whoever gets an error leaves the rows alone
	}
	return asked, err
}

// QueryRow asks for one row. It must be scanned.
func (r *Reading) QueryRow(ctx context.Context, sql string, args ...any) pgx.Row {
	results := r.one(ctx, sql, args)
	return &row{row: results.QueryRow(), results: results}
}

func (r *Reading) one(ctx context.Context, sql string, args []any) pgx.BatchResults {
	b := &pgx.Batch{}
	b.Queue(sql, args...)
	return r.SendBatch(ctx, b)
}

// rows give the connection back with their end.
type rows struct {
	pgx.Rows
	results pgx.BatchResults
	err     error
}

// Next implements pgx.Rows.
func (r *rows) Next() bool {
	if r.Rows.Next() {
		return true
	}
	r.Close()
	return false
}

// Close implements pgx.Rows.
func (r *rows) Close() {
	r.Rows.Close()
	r.err = r.results.Close()
}

// Err implements pgx.Rows.
func (r *rows) Err() error {
	if err := r.Rows.Err(); err != nil {
		return err
	}
	return r.err
}

// row gives the connection back when it is scanned.
type row struct {
	row     pgx.Row
	results pgx.BatchResults
}

// Scan implements pgx.Row.
func (r *row) Scan(into ...any) error {
	err := r.row.Scan(into...)
	if closed := r.results.Close(); err == nil {
		err = closed
	}
	return err
}
