package vault

import (
	"context"
	"embed"
	"fmt"
	"io/fs"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
)

//go:embed migrations/*.sql
var migrations embed.FS

// The lock on migrations is tried every lockPeriod seconds, lockTries times.
const (
	lockPeriod = 1
	lockTries  = 60
)

// Migrate brings the tables up to date. Processes that start together wait for each other.
func Migrate(ctx context.Context, pool *pgxpool.Pool) error {
	steps, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return fmt.Errorf("couldn't read the migrations: %w", err)
	}
	locker, err := lock.NewPostgresSessionLocker(lock.WithLockTimeout(lockPeriod, lockTries))
	if err != nil {
		return fmt.Errorf("couldn't lock the migrations: %w", err)
	}
	db := stdlib.OpenDBFromPool(pool)
	defer func() { _ = db.Close() }() // the pool behind it stays open
	provider, err := goose.NewProvider(goose.DialectPostgres, db, steps,
		goose.WithTableName("vault_migrations"), goose.WithSessionLocker(locker), goose.WithDisableGlobalRegistry(true))
	if err != nil {
		return fmt.Errorf("couldn't prepare the migrations: %w", err)
	}
	if _, err := provider.Up(ctx); err != nil {
		return queryError("migrate the tables of the keys", err)
	}
	return nil
}
