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

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"songtor/domain"
	"songtor/internal/database"
)

//go:embed migrations/*.sql
var steps embed.FS

//go:embed grants.sql
var grants string

var migrations = database.Migrations{Steps: steps, Schema: "files", Table: "files.migrations", Grants: grants}

// MaxSize is the most that a file may hold, in bytes.
const MaxSize = 10 << 20

// ErrNone says that there is no such content.
var ErrNone = errors.New("no such content")

// ErrUnavailable says that the database does not answer.
var ErrUnavailable = errors.New("the store of files is not available")

// Store keeps contents in PostgreSQL. It adds and removes them; reading one is Get's, for whom its case was opened. Its methods may be called concurrently.
type Store struct{ db *pgxpool.Pool }

// New brings the tables up to date, as their owner, and returns a Store. The pools stay the caller's to close.
func New(ctx context.Context, owner, db *pgxpool.Pool) (*Store, error) {
	if err := migrations.Up(ctx, owner); err != nil {
		return nil, couldNot("migrate the tables of files", err)
	}
	return &Store{db: db}, nil
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
