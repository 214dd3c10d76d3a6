// Package files keeps the sealed contents of files that belong to cases.
//
// A content is stored before the event that names it is appended to the log, under an id drawn for it alone, and never changed: what an
// event names is there, and a content that no event names is debris of an attempt that failed. Contents are sealed under the case's
// keys before they come here, so destroying the keys makes them unreadable; Remove takes them away as well.
package files

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"

	"songtor/domain"
	"songtor/internal/database"
)

//go:embed migrations/*.sql
var migrations embed.FS

//go:embed grants.sql
var grants string

// MaxSize is the most that a file may hold, in bytes.
const MaxSize = 10 << 20

// ErrNone says that there is no such content.
var ErrNone = errors.New("no such content")

// ErrUnavailable says that the database does not answer.
var ErrUnavailable = errors.New("the store of files is not available")

// Store keeps contents in PostgreSQL. It adds and removes them; reading one is Get's, for whom its case was opened. Its methods may be called concurrently.
type Store struct{ db *pgxpool.Pool }

// The lock on migrations is tried every lockPeriod seconds, lockTries times.
const (
	lockPeriod = 1
	lockTries  = 60
)

// New brings the tables up to date, as their owner, and returns a Store. The pools stay the caller's to close.
func New(ctx context.Context, owner, db *pgxpool.Pool) (*Store, error) {
	if err := migrate(ctx, owner); err != nil {
		return nil, err
	}
	return &Store{db: db}, nil
}

func migrate(ctx context.Context, owner *pgxpool.Pool) error {
	if err := database.Alone(ctx, owner, "create schema if not exists files"); err != nil {
		return couldNot("make the schema of files", err)
	}
	steps, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return fmt.Errorf("couldn't read the migrations: %w", err)
	}
	locker, err := lock.NewPostgresSessionLocker(lock.WithLockTimeout(lockPeriod, lockTries))
	if err != nil {
		return fmt.Errorf("couldn't lock the migrations: %w", err)
	}
	connections := stdlib.OpenDBFromPool(owner)
	defer func() { _ = connections.Close() }() // the pool behind it stays open
	provider, err := goose.NewProvider(goose.DialectPostgres, connections, steps,
		goose.WithTableName("files.migrations"), goose.WithSessionLocker(locker), goose.WithDisableGlobalRegistry(true))
	if err != nil {
		return fmt.Errorf("couldn't prepare the migrations: %w", err)
	}
	if _, err := provider.Up(ctx); err != nil {
		return couldNot("migrate the tables of files", err)
	}
	if err := database.Alone(ctx, owner, grants); err != nil {
		return couldNot("grant what is done with files", err)
	}
	return nil
}

// Add stores a sealed content of a case and returns the id by which it is found again. Contents are large and few, so each waits for
// the disk by itself.
func (s *Store) Add(ctx context.Context, caseID string, sealed domain.Sealed) (blob string, err error) {
	blob = uuid.NewString()
	_, err = s.db.Exec(ctx, "insert into files.contents (blob, case_id, sealed, key_id) values ($1, $2, $3, $4)",
		blob, caseID, sealed.Ciphertext, sealed.KeyID)
	if err != nil {
		return "", couldNot("store a content", err)
	}
	return blob, nil
}

// Reader is the database as somebody sees it to whom a case was opened.
type Reader interface {
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
}

// Get returns a sealed content of a case, or ErrNone.
func Get(ctx context.Context, db Reader, caseID, blob string) (domain.Sealed, error) {
	var sealed domain.Sealed
	err := db.QueryRow(ctx, "select sealed, key_id from files.contents where blob = $1 and case_id = $2", blob, caseID).
		Scan(&sealed.Ciphertext, &sealed.KeyID)
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return domain.Sealed{}, ErrNone
	case err != nil:
		return domain.Sealed{}, couldNot("read a content", err)
	}
	return sealed, nil
}

// Remove deletes all contents of cases.
func (s *Store) Remove(ctx context.Context, caseIDs ...string) error {
	if _, err := s.db.Exec(ctx, "delete from files.contents where case_id = any($1::uuid[])", caseIDs); err != nil {
		return couldNot("remove the contents of cases", err)
	}
	return nil
}

func couldNot(do string, err error) error {
	return fmt.Errorf("couldn't %s: %w: %w", do, ErrUnavailable, err)
}
