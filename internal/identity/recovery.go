package identity

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"strings"

	"github.com/jackc/pgx/v5"
)

// Recovery codes stand in for a one-time code when the device that makes them is gone. Each has 80 bits of chance, so a plain hash
// of it tells nothing, and is good once.
const (
	recoveryCodes = 10
	recoveryBytes = 10
	recoveryChars = recoveryBytes * 8 / 5
)

var recoveryAlphabet = base32.StdEncoding.WithPadding(base32.NoPadding)

// RenewRecoveryCodes gives the account new recovery codes in the place of those that are left. Errors: *StepUp, ErrUnavailable.
func (s *Service) RenewRecoveryCodes(ctx context.Context, p Principal) ([]string, error) {
	if err := s.mayRemove(ctx, p); err != nil {
		return nil, err
	}
	return s.replaceRecoveryCodes(ctx, p.UserID)
}

func (s *Service) firstRecoveryCodes(ctx context.Context, account string) ([]string, error) {
	var left int
	if err := s.db.QueryRow(ctx, "select count(*) from identity.recovery_code where account = $1", account).Scan(&left); err != nil {
		return nil, couldNot("count recovery codes", err)
	}
	if left > 0 {
		return nil, nil
	}
	return s.replaceRecoveryCodes(ctx, account)
}

func (s *Service) replaceRecoveryCodes(ctx context.Context, account string) ([]string, error) {
	codes, hashes := make([]string, recoveryCodes), make([][]byte, recoveryCodes)
	for i := range codes {
		raw := make([]byte, recoveryBytes)
		rand.Read(raw) // never fails since Go 1.24
		plain := recoveryAlphabet.EncodeToString(raw)
		hash := sha256.Sum256([]byte(plain))
		codes[i], hashes[i] = grouped(plain), hash[:]
	}
	err := s.inTransaction(ctx, "make recovery codes", func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, "delete from identity.recovery_code where account = $1", account); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, "insert into identity.recovery_code (account, hash) select $1, unnest($2::bytea[])", account, hashes)
		return err
	})
	return codes, err
}

// grouped writes a code in fours, as people copy it.
func grouped(code string) string {
	var groups []string
	for ; len(code) > 4; code = code[4:] {
		groups = append(groups, code[:4])
	}
	return strings.Join(append(groups, code), "-")
}

// ungrouped is what was meant by a code as a person typed it.
func ungrouped(code string) string {
	return strings.ToUpper(strings.Map(func(r rune) rune {
		if r == '-' || r == ' ' {
			return -1
		}
		return r
	}, code))
}

// isRecoveryCode tells a recovery code from a one-time code by its length.
func isRecoveryCode(code string) bool { return len(ungrouped(code)) == recoveryChars }

// acceptRecoveryCode takes a recovery code, once. The wrong one-time codes before it are forgotten, as they are by a right one: it is shown
// beside the password, and nobody guesses it. It fails with ErrBadCredentials where there is no such code.
func (s *Service) acceptRecoveryCode(ctx context.Context, account, code string) error {
	hash := sha256.Sum256([]byte(ungrouped(code)))
	var taken bool
	err := s.db.QueryRow(ctx, `
		with taken as (
			delete from identity.recovery_code where account = $1 and hash = $2 returning account
		), forgotten as (
			update identity.code_secret c set wrong = 0 from taken where c.account = taken.account
		)
		select exists (select from taken)`, account, hash[:]).Scan(&taken)
	switch {
	case err != nil:
		return couldNot("take a recovery code", err)
	case !taken:
		return ErrBadCredentials
	}
	return nil
}
