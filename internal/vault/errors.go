package vault

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"songtor/internal/database"
)

// The errors that callers tell apart, by errors.Is.
var (
	// ErrUnavailable says that the database of the keys did not answer or could not work. The call may be repeated.
	ErrUnavailable = errors.New("the keys are unavailable")
	// ErrDestroyed says that the case's keys were destroyed, on purpose and for ever.
	ErrDestroyed = errors.New("the case's keys were destroyed")
	// ErrNoKey says that there is no trace of a key that must be there. It is a fault, such as a restored database that is older
	// than the log, and never means erased: whoever meets it stops.
	ErrNoKey = errors.New("the key is missing")
	// ErrScope says that the keys at hand were fetched for another scope.
	ErrScope = errors.New("the keys do not cover this scope")
	// ErrWrongKey says that a value was sealed under another key than the case's own.
	ErrWrongKey = errors.New("sealed under another key")
	// ErrNotAuthentic says that a sealed value was altered, or was sealed for another case, scope or place.
	ErrNotAuthentic = errors.New("the sealed value is not authentic")
	// ErrWrongKEK says that a key was wrapped by another key-encryption key than the one at hand, or was altered.
	ErrWrongKEK = errors.New("wrapped by another key-encryption key")
	// ErrRotating says that the key-encryption key is being turned over already, in this process or in another.
	ErrRotating = errors.New("the key-encryption key is being turned over already")
	// ErrNotDurable says that the database server may lose keys that it reported as stored.
	ErrNotDurable = errors.New("the database server does not keep what it commits")
)

// The errors of key files.
var (
	// ErrDevKEK says that a key of the demonstration was met where none may be used, or another key where only such a one may.
	ErrDevKEK = errors.New("keys of type dev and keys of other types do not mix")
	// ErrWrongPassphrase says that the passphrase does not open the key file, or that the file was altered.
	ErrWrongPassphrase = errors.New("wrong passphrase")
	// ErrExposed says that others than the owner may use the key file.
	ErrExposed = errors.New("the key file may be read or written by others than its owner")
)

// queryError wraps what the database answered, with ErrUnavailable where a repetition may succeed.
func queryError(doing string, err error) error {
	if unavailable(err) {
		return fmt.Errorf("couldn't %s: %w: %w", doing, ErrUnavailable, err)
	}
	return fmt.Errorf("couldn't %s: %w", doing, err)
}

// unavailable tells an absent or overloaded server from a refused statement. A caller who gave up is neither.
func unavailable(err error) bool {
	var refused *pgconn.PgError
	var misread pgx.ScanArgError
	switch {
	case errors.As(err, &refused):
		return database.Passing(refused.Code)
	case errors.Is(err, context.Canceled), errors.As(err, &misread), errors.Is(err, pgx.ErrNoRows):
		return false
	}
	return true
}
