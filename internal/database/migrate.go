package database

import (
	"context"
	"fmt"
	"hash/fnv"
	"io/fs"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
)

// Migrations bring the tables of one room up to date. They go forward only.
type Migrations struct {
	Steps  fs.FS  // SQL files in the folder migrations, each beginning with its number
	Schema string // of the tables, made where it is missing; empty where they lie in the database's own
	Table  string // where it is kept which steps were taken
	Grants string // SQL that gives the roles what they do with the tables; empty where their owner alone uses them
}

// The lock on migrations is tried every lockPeriod seconds, lockTries times.
const (
	lockPeriod = 1
	lockTries  = 60
)

// Up takes the steps that were not taken yet, as the owner of the tables. Processes that start together wait for each other. It fails
// where a later version of the program has taken more: this one does not know what they changed.
func (m Migrations) Up(ctx context.Context, owner *pgxpool.Pool) error {
	if m.Schema != "" {
		if err := Alone(ctx, owner, "create schema if not exists "+pgx.Identifier{m.Schema}.Sanitize()); err != nil {
			return fmt.Errorf("couldn't make the schema: %w", err)
		}
	}
	if err := m.take(ctx, owner); err != nil {
		return err
	}
	if err := Alone(ctx, owner, m.Grants); err != nil {
		return fmt.Errorf("couldn't grant what is done with the tables: %w", err)
	}
	return nil
}

func (m Migrations) take(ctx context.Context, owner *pgxpool.Pool) error {
	steps, err := fs.Sub(m.Steps, "migrations")
	if err != nil {
		return fmt.Errorf("couldn't read the migrations: %w", err)
	}
	locker, err := lock.NewPostgresSessionLocker(lock.WithLockID(m.lock()), lock.WithLockTimeout(lockPeriod, lockTries))
	if err != nil {
		return fmt.Errorf("couldn't lock the migrations: %w", err)
	}
	connections := stdlib.OpenDBFromPool(owner)
	defer func() { _ = connections.Close() }() // the pool behind it stays open
	provider, err := goose.NewProvider(goose.DialectPostgres, connections, steps,
		goose.WithTableName(m.Table), goose.WithSessionLocker(locker), goose.WithDisableGlobalRegistry(true))
	if err != nil {
		return fmt.Errorf("couldn't prepare the migrations: %w", err)
	}
	if _, err := provider.Up(ctx); err != nil {
		return fmt.Errorf("couldn't migrate the tables: %w", err)
	}
	current, newest, err := provider.GetVersions(ctx)
	switch {
	case err != nil:
		return fmt.Errorf("couldn't read the version of the tables: %w", err)
	case current > newest:
		return fmt.Errorf("the tables have version %d, which is newer than this program's %d", current, newest)
	}
	return nil
}

// lock is the key of the advisory lock under which one process at a time migrates these tables.
func (m Migrations) lock() int64 {
	h := fnv.New64a()
	_, _ = h.Write([]byte(m.Table)) // never fails
	return int64(h.Sum64())         //nolint:gosec // any 64 bits will do
}
