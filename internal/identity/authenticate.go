package identity

import (
	"context"
	"errors"
	"log/slog"
	"net/netip"

	"github.com/jackc/pgx/v5"
)

// Authenticate returns the account whose username and password these are. The address is the client's; its zero value stands for
// none, as on the terminal.
//
// Five failed attempts in a minute on an account, or twenty from an address, give *TooMany until the oldest is a minute past. An
// attempt under way counts as failed. The limits hold for names that no account bears, too, and are kept by this process alone.
//
// Errors: ErrBadCredentials, *TooMany, ErrBusy, ErrUnavailable.
func (s *Service) Authenticate(ctx context.Context, username, password string, from netip.Addr) (Account, error) {
	a, _, err := s.SignIn(ctx, Credentials{Username: username, Password: password, From: from})
	return a, err
}

func (s *Service) authenticate(ctx context.Context, username, password string) (Account, error) {
	a, hash, err := s.credentials(ctx, username)
	if err != nil {
		return Account{}, err
	}
	password, possible := normalise(password)
	right, better, err := s.hasher.verify(ctx, hash, password)
	switch {
	case err != nil:
		return Account{}, err
	case !right || !possible || !a.Active || a.Demo && !s.options.AllowDemo:
		return Account{}, ErrBadCredentials
	}
	if better != "" {
		s.strengthen(ctx, a.ID, hash, better)
	}
	return a, nil
}

// credentials returns the account and its hash, both zero where there is none.
func (s *Service) credentials(ctx context.Context, username string) (a Account, hash string, err error) {
	err = s.db.QueryRow(ctx, "select password_hash, "+accountColumns+" from identity.account where username = $1", username).Scan(
		&hash, &a.ID, &a.Username, &a.Role, &a.Agency, &a.Provinces, &a.Active, &a.Demo, &a.CreatedAt, &a.PasswordChangedAt)
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return Account{}, "", couldNot("find the account", err)
	}
	return a, hash, nil
}

// strengthen replaces a hash by one of the same password that costs more to guess. The sign-in does not depend on it: the next one
// tries again.
func (s *Service) strengthen(ctx context.Context, id, old, better string) {
	_, err := s.db.Exec(ctx,
		"update identity.account set password_hash = $3 where id = $1 and password_hash = $2", id, old, better)
	if err != nil {
		s.options.Logger.WarnContext(ctx, "couldn't keep the stronger hash of a password", slog.String("account_id", id), slog.Any("error", err))
	}
}
