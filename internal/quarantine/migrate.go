package quarantine

import (
	"context"
	"embed"
	"fmt"
	"io/fs"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"

	"songtor/internal/database"
)

//go:embed migrations/*.sql
var migrations embed.FS

//go:embed grants.sql
var grants string

// migrationLock is the key of the advisory lock under which one process at a time migrates. Its bytes spell "quaranti".
const migrationLock = 0x71756172616e7469

// The lock on migrations is tried every lockPeriod seconds, lockTries times.
const (
	lockPeriod = 1
	lockTries  = 60
)

// New brings the tables up to date, as their owner, and returns a Store; now is the clock, time.Now where nil. The pools stay the caller's
// to close.
func New(ctx context.Context, owner, db *pgxpool.Pool, now func() time.Time) (*Store, error) {
	if now == nil {
		now = time.Now
	}
	if err := migrate(ctx, owner); err != nil {
		return nil, err
	}
	return &Store{db: db, now: now}, nil
}

// migrate brings the schema up to date. Migrations go forward only.
func migrate(ctx context.Context, owner *pgxpool.Pool) error {
	if err := createSchema(ctx, owner); err != nil {
		return couldNot("make the schema of the quarantine", err)
	}
	steps, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return fmt.Errorf("couldn't read the migrations of the quarantine: %w", err)
	}
	locker, err := lock.NewPostgresSessionLocker(lock.WithLockID(migrationLock), lock.WithLockTimeout(lockPeriod, lockTries))
	if err != nil {
		return fmt.Errorf("couldn't lock the migrations of the quarantine: %w", err)
	}
	connections := stdlib.OpenDBFromPool(owner)
	defer func() { _ = connections.Close() }() // the pool behind it stays open
	provider, err := goose.NewProvider(goose.DialectPostgres, connections, steps,
		goose.WithTableName("quarantine.migrations"), goose.WithSessionLocker(locker), goose.WithDisableGlobalRegistry(true))
	if err != nil {
		return fmt.Errorf("couldn't prepare the migrations of the quarantine: %w", err)
	}
	if _, err := provider.Up(ctx); err != nil {
		return couldNot("migrate the tables of the quarantine", err)
	}
	if err := database.Alone(ctx, owner, grants); err != nil {
		return couldNot("grant what is done with the quarantine", err)
	}
	return nil
}

// createSchema makes room for goose's version table. "if not exists" alone fails when two processes start together.
func createSchema(ctx context.Context, owner *pgxpool.Pool) error {
	return pgx.BeginFunc(ctx, owner, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, "select pg_advisory_xact_lock($1)", int64(migrationLock)); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, "create schema if not exists quarantine")
		return err
	})
}
