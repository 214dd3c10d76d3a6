package identity

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
)

// tokenBytes of chance make a token: 256 bits.
const tokenBytes = 32

// touchEvery is how often the use of a session is noted.
const touchEvery = time.Minute

// purgeMost bounds the work that a sign-in does for sessions of others that have run out.
const purgeMost = 1000

// Session is one sign-in. It ends by End, when it is not used for Options.IdleLimit, and at ExpiresAt.
type Session struct {
	ID              string
	Token           string // only in what Start returns: it is kept nowhere
	StartedAt       time.Time
	LastSeenAt      time.Time // exact to a minute
	ExpiresAt       time.Time
	AuthenticatedAt time.Time // when the person last showed who they are
	Assurance       Assurance
	Client          Client
	Device          string // id of the enrolled device that it is bound to; empty for none
}

// Start begins a session of an account as Authenticate returned it, on the evidence given. If the account has too many, the oldest
// end. Errors: ErrBadCredentials where the account was disabled or its password changed since, ErrUnavailable.
func (s *Service) Start(ctx context.Context, a Account, e Evidence) (Session, error) {
	token := newToken()
	var started Session
	err := pgx.BeginFunc(ctx, s.db, func(tx pgx.Tx) (err error) {
		if err := s.lockAccount(ctx, tx, a); err != nil {
			return err
		}
		if err := s.endOldest(ctx, tx, a.ID); err != nil {
			return err
		}
		if started, err = s.insertSession(ctx, tx, a, e, token); err != nil {
			return err
		}
		return tell(ctx, tx, change{account: a.ID})
	})
	s.noticed(change{account: a.ID}) // of the oldest sessions
	switch {
	case errors.Is(err, ErrBadCredentials):
		return Session{}, ErrBadCredentials
	case err != nil:
		return Session{}, couldNot("start a session", err)
	}
	started.Token = token
	return started, nil
}

func newToken() string {
	b := make([]byte, tokenBytes)
	rand.Read(b) // never fails since Go 1.24
	return base64.RawURLEncoding.EncodeToString(b)
}

func hashToken(token string) tokenHash { return sha256.Sum256([]byte(token)) }

// lockAccount keeps others from starting or ending the account's sessions at the same time.
func (s *Service) lockAccount(ctx context.Context, tx pgx.Tx, a Account) error {
	var id string
	err := tx.QueryRow(ctx, `
		select id from identity.account
		where id = $1 and password_changed_at = $2 and active and (not demo or $3)
		for no key update`, a.ID, a.PasswordChangedAt, s.options.AllowDemo).Scan(&id)
	if errors.Is(err, pgx.ErrNoRows) {
		return ErrBadCredentials
	}
	return err
}

// endOldest makes room for one more session, and clears away sessions of anybody that have run out.
func (s *Service) endOldest(ctx context.Context, tx pgx.Tx, account string) error {
	now := s.now()
	_, err := tx.Exec(ctx, `
		delete from identity.session where id in (
			select id from identity.session where expires_at <= $1 or last_seen_at <= $2 limit $3 for update skip locked)`,
		now, now.Add(-s.options.IdleLimit), purgeMost)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `
		delete from identity.session where id in (
			select id from identity.session where account = $1 order by started_at desc, id offset $2)`,
		account, s.options.MaxSessions-1)
	return err
}

func (s *Service) insertSession(ctx context.Context, tx pgx.Tx, a Account, e Evidence, token string) (Session, error) {
	now, hash := s.now(), hashToken(token)
	if e.Client == "" {
		e.Client = Program
	}
	rows, _ := tx.Query(ctx, `
		insert into identity.session
			(token_hash, account, started_at, last_seen_at, authenticated_at, expires_at, methods, assurance, client, demo, device,
			issuer, subject, provider_id)
		values ($1, $2, $3, $3, $3, $4, $5, $6, $7, $8, nullif($9, '')::uuid, nullif($10, ''), nullif($11, ''), nullif($12, ''))
		returning `+sessionColumns,
		hash[:], a.ID, now, now.Add(s.options.AbsoluteLimit), e.Methods, a.assurance(e), e.Client, s.options.AllowDemo, e.Device,
		e.issuer, e.subject, e.providerID)
	return pgx.CollectExactlyOneRow(rows, scanSession)
}

// assurance is what the evidence amounts to for this account. Those of the demonstration have nothing but a password that
// everybody knows and may do everything with it, since what they reach is made up.
func (a Account) assurance(e Evidence) Assurance {
	if a.Demo {
		return DeviceBound
	}
	return e.assurance()
}

// End ends the session of a token. To end none is no error. Errors: ErrUnavailable.
func (s *Service) End(ctx context.Context, token string) error {
	hash := hashToken(token)
	err := s.inTransaction(ctx, "end a session", func(tx pgx.Tx) error {
		var id string
		err := tx.QueryRow(ctx, "delete from identity.session where token_hash = $1 returning id", hash[:]).Scan(&id)
		switch {
		case errors.Is(err, pgx.ErrNoRows):
			return nil
		case err != nil:
			return err
		}
		return tell(ctx, tx, change{session: id})
	})
	s.cache.forgetToken(hash)
	return err
}

// EndSession ends one session of an account. Errors: ErrNoSession where the account has no such session, ErrUnavailable.
func (s *Service) EndSession(ctx context.Context, userID, sessionID string) error {
	if uuid.Validate(sessionID) != nil {
		return ErrNoSession
	}
	found := false
	err := s.endingSessions(ctx, "end a session", change{session: sessionID}, func(tx pgx.Tx) error {
		tag, err := tx.Exec(ctx, "delete from identity.session where id = $1 and account = $2", sessionID, userID)
		found = tag.RowsAffected() == 1
		return err
	})
	if err == nil && !found {
		return ErrNoSession
	}
	return err
}

// EndAll ends every session of an account, named by its id. Errors: ErrUnavailable.
func (s *Service) EndAll(ctx context.Context, userID string) error {
	return s.changeAccount(ctx, userID, "end the sessions of an account", func(pgx.Tx) error { return nil })
}

// EndAllOfAgency ends every session of everybody of an agency. Errors: ErrUnavailable.
func (s *Service) EndAllOfAgency(ctx context.Context, agency string) error {
	return s.endingSessions(ctx, "end the sessions of an agency", change{agency: agency}, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `
			delete from identity.session s using identity.account a where a.id = s.account and a.agency = $1`, agency)
		return err
	})
}

// EndEverybody ends every session there is. Errors: ErrUnavailable.
func (s *Service) EndEverybody(ctx context.Context) error {
	return s.endingSessions(ctx, "end all sessions", change{all: true}, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, "delete from identity.session")
		return err
	})
}

// Sessions returns the sessions of an account that stand, the latest first. Errors: ErrUnavailable.
func (s *Service) Sessions(ctx context.Context, userID string) ([]Session, error) {
	now := s.now()
	rows, _ := s.db.Query(ctx, `
		select `+sessionColumns+` from identity.session
		where account = $1 and expires_at > $2 and last_seen_at > $3
		order by started_at desc, id`, userID, now, now.Add(-s.options.IdleLimit))
	sessions, err := pgx.CollectRows(rows, scanSession)
	if err != nil {
		return nil, couldNot("list the sessions of an account", err)
	}
	return sessions, nil
}

const sessionColumns = "id, started_at, last_seen_at, expires_at, authenticated_at, assurance, client, coalesce(device::text, '')"

func scanSession(row pgx.CollectableRow) (Session, error) {
	var s Session
	err := row.Scan(&s.ID, &s.StartedAt, &s.LastSeenAt, &s.ExpiresAt, &s.AuthenticatedAt, &s.Assurance, &s.Client, &s.Device)
	return s, err
}
