// Package quarantine keeps finished forms that did not come from a device in use: from one that was reported lost, from one of an account
// that was shut, or in a file that was exported from a phone. Each is kept once, by its screening and its digest, until a person decides.
//
// A form lies here as the device sealed it, to a key of the service that is in no database. It lies in PostgreSQL and not on the log for
// two reasons: it is no case yet, so there is no key of a case that could be destroyed to erase it, and the log never deletes; and who has
// stolen a phone must not be able to write to the log by it. A rebuild of the read models does not touch this table, and backups of the
// database have it.
package quarantine

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"songtor/domain"
)

// MostHeld is how many forms of one account wait at once. An officer meets fewer people while nobody looks.
const MostHeld = 200

// KeepRejected is how long the sealed content of a rejected form is kept, so that a mistaken rejection can be mended.
const KeepRejected = 90 * 24 * time.Hour

// What callers decide on.
var (
	// ErrNone says that there is no such form for the one who asks.
	ErrNone = errors.New("no such form in quarantine")
	// ErrFull says that MostHeld forms of the account wait already.
	ErrFull = errors.New("too many forms of this account are in quarantine")
	// ErrDecided says that a decision was made that the one asked for cannot follow.
	ErrDecided = errors.New("the form was decided on")
	// ErrUnavailable says that the database does not answer. Nothing is known to be kept; the same call may be repeated.
	ErrUnavailable = errors.New("the quarantine is not available")
)

// State says what became of a form.
type State string

// The states.
const (
	Held     State = "held"     // waits for a decision
	Released State = "released" // the log has it
	Rejected State = "rejected" // not taken; until KeepRejected has passed it may still be released
)

// Source says how a form came.
type Source string

// The sources.
const (
	FromDevice Source = "device" // by itself, with a proof of the device's key
	FromFile   Source = "file"   // somebody brought the file that a phone had exported
)

// Reason says why a form was rejected.
type Reason string

// The reasons for a rejection.
const (
	NotTheirs Reason = "not_theirs" // the officer says that the form is not theirs
	Recorded  Reason = "recorded"   // the interview was recorded in another way
	Trial     Reason = "trial"      // it was filled to try the form out
	Damaged   Reason = "damaged"    // it cannot be read or is not valid
)

// Reasons lists the reasons for a rejection.
func Reasons() []Reason { return []Reason{NotTheirs, Recorded, Trial, Damaged} }

// Sealed is a form as a device sealed it.
type Sealed struct {
	Key        string
	Enc        []byte
	Ciphertext []byte
}

// digest tells one sealing from another. The key's name and enc have lengths of their own, which keep the parts apart.
func (s Sealed) digest() []byte {
	h := sha256.New()
	for _, part := range [][]byte{[]byte(s.Key), s.Enc, s.Ciphertext} {
		fmt.Fprintf(h, "%d\n", len(part))
		h.Write(part)
	}
	return h.Sum(nil)
}

// Arrival is a form on its way into quarantine.
type Arrival struct {
	Screening string
	Sealed    Sealed
	Source    Source
	Device    string // empty for a file
	Officer   domain.Actor
	Username  string // of the officer
	BroughtBy string // account of who took a file in
}

// Form is what may be known of a form in quarantine without opening it.
type Form struct {
	ID        string
	Screening string
	Digest    []byte
	Bytes     int // that are sealed; 0 where they are no longer kept
	Source    Source
	Device    string
	Officer   domain.Actor
	Username  string
	BroughtBy string
	HeldAt    time.Time
	State     State
	DecidedBy string
	DecidedAt time.Time // zero while it is held
	Reason    Reason
}

// Keeps are the forms that somebody decides on: those of the officers of one agency, or of all.
type Keeps struct {
	All    bool
	Agency string
}

// Store keeps the forms. Its methods may be called concurrently.
type Store struct {
	db  *pgxpool.Pool
	now func() time.Time
}

// Hold keeps a form. The second result is false where it was kept before: then it is as it stands now. When Hold returns, the database
// has the form on disk. Errors: ErrFull, ErrUnavailable.
func (s *Store) Hold(ctx context.Context, a Arrival) (Form, bool, error) {
	var kept Form
	isNew := false
	err := pgx.BeginFunc(ctx, s.db, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, "select pg_advisory_xact_lock(hashtextextended($1, 0))", "songtor/quarantine/"+a.Officer.User); err != nil {
			return err
		}
		var err error
		kept, err = one(ctx, tx, "screening = $1 and digest = $2", a.Screening, a.Sealed.digest())
		if !errors.Is(err, ErrNone) {
			return err
		}
		isNew = true
		kept, err = s.insert(ctx, tx, a)
		return err
	})
	switch {
	case errors.Is(err, ErrFull):
		return Form{}, false, err
	case err != nil:
		return Form{}, false, couldNot("keep a form", err)
	}
	return kept, isNew, nil
}

func (s *Store) insert(ctx context.Context, tx pgx.Tx, a Arrival) (Form, error) {
	var waiting int
	if err := tx.QueryRow(ctx, "select count(*) from quarantine.form where account = $1 and state = 'held'", a.Officer.User).Scan(&waiting); err != nil {
		return Form{}, err
	}
	if waiting >= MostHeld {
		return Form{}, ErrFull
	}
	rows, _ := tx.Query(ctx, `
		insert into quarantine.form (screening, digest, seal_key, enc, ciphertext, source, device, account, username, agency, role, brought_by, held_at)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) returning `+columns,
		a.Screening, a.Sealed.digest(), a.Sealed.Key, a.Sealed.Enc, a.Sealed.Ciphertext, string(a.Source), a.Device,
		a.Officer.User, a.Username, a.Officer.Agency, string(a.Officer.Role), a.BroughtBy, s.clock())
	return pgx.CollectExactlyOneRow(rows, scanForm)
}

// LetRejectedGo lets go what is sealed of the forms that were rejected longer than KeepRejected ago. Errors: ErrUnavailable.
func (s *Store) LetRejectedGo(ctx context.Context) error {
	_, err := s.db.Exec(ctx, "update quarantine.form set ciphertext = null where state = 'rejected' and ciphertext is not null and decided_at < $1",
		s.clock().Add(-KeepRejected))
	if err != nil {
		return couldNot("let rejected forms go", err)
	}
	return nil
}

// List returns the forms that somebody decides on: those that wait first, then the latest. Errors: ErrUnavailable.
func (s *Store) List(ctx context.Context, of Keeps) ([]Form, error) {
	rows, _ := s.db.Query(ctx, "select "+columns+` from quarantine.form where $1 or agency = $2
		order by (state = 'held') desc, coalesce(decided_at, held_at) desc, id limit 500`, of.All, of.Agency)
	forms, err := pgx.CollectRows(rows, scanForm)
	if err != nil {
		return nil, couldNot("list the quarantine", err)
	}
	return forms, nil
}

// Get returns a form that somebody decides on, and what is sealed of it. Errors: ErrNone, ErrUnavailable.
func (s *Store) Get(ctx context.Context, of Keeps, id string) (Form, Sealed, error) {
	form, err := one(ctx, s.db, "id = $1 and ($2 or agency = $3)", id, of.All, of.Agency)
	if errors.Is(err, ErrNone) {
		return Form{}, Sealed{}, err
	}
	var sealed Sealed
	if err == nil {
		err = s.db.QueryRow(ctx, "select seal_key, enc, ciphertext from quarantine.form where id = $1", id).Scan(
			&sealed.Key, &sealed.Enc, &sealed.Ciphertext)
	}
	if err != nil {
		return Form{}, Sealed{}, couldNot("read a form in quarantine", err)
	}
	return form, sealed, nil
}

// Release notes that the log has a form, and lets its sealed content go. To release a released one is no error, and changes nothing.
// Errors: ErrUnavailable.
func (s *Store) Release(ctx context.Context, id, by string) error {
	_, err := s.db.Exec(ctx, `update quarantine.form set state = 'released', decided_by = $2, decided_at = $3, reason = '', ciphertext = null
		where id = $1 and state <> 'released'`, id, by, s.clock())
	if err != nil {
		return couldNot("note a release", err)
	}
	return nil
}

// Reject notes that a form is not taken. To reject a rejected one is no error, and changes nothing. Errors: ErrDecided where the log has
// it, ErrUnavailable.
func (s *Store) Reject(ctx context.Context, id, by string, reason Reason) error {
	tag, err := s.db.Exec(ctx, `update quarantine.form set state = 'rejected', decided_by = $2, decided_at = $3, reason = $4
		where id = $1 and state = 'held'`, id, by, s.clock(), string(reason))
	if err != nil {
		return couldNot("note a rejection", err)
	}
	if tag.RowsAffected() == 1 {
		return nil
	}
	form, err := one(ctx, s.db, "id = $1", id)
	switch {
	case err != nil:
		return couldNot("read a form in quarantine", err)
	case form.State == Released:
		return ErrDecided
	}
	return nil
}

// clock is the time at the resolution of the database.
func (s *Store) clock() time.Time { return s.now().UTC().Truncate(time.Microsecond) }

const columns = `id, screening, digest, coalesce(octet_length(ciphertext), 0), source, device, account, agency, role, username, brought_by,
	held_at, state, decided_by, decided_at, reason`

func scanForm(row pgx.CollectableRow) (Form, error) {
	var f Form
	var decided *time.Time
	err := row.Scan(&f.ID, &f.Screening, &f.Digest, &f.Bytes, &f.Source, &f.Device, &f.Officer.User, &f.Officer.Agency, &f.Officer.Role,
		&f.Username, &f.BroughtBy, &f.HeldAt, &f.State, &f.DecidedBy, &decided, &f.Reason)
	if decided != nil {
		f.DecidedAt = *decided
	}
	return f, err
}

// querier is the pool or a transaction.
type querier interface {
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
}

func one(ctx context.Context, db querier, condition string, args ...any) (Form, error) {
	rows, _ := db.Query(ctx, "select "+columns+" from quarantine.form where "+condition, args...)
	form, err := pgx.CollectExactlyOneRow(rows, scanForm)
	if errors.Is(err, pgx.ErrNoRows) {
		return Form{}, ErrNone
	}
	return form, err
}

func couldNot(do string, err error) error {
	return fmt.Errorf("couldn't %s: %w: %w", do, ErrUnavailable, err)
}
