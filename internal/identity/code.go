package identity

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base32"
	"encoding/hex"
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/pquerna/otp"
	"github.com/pquerna/otp/hotp"
)

// One-time codes by the time: RFC 6238 with the parameters that every authenticator program understands.
const (
	codeStep        = 30 * time.Second
	codeSkew        = 1 // steps that a clock may be off, either way
	codeSecretBytes = 20
	codeWrongMost   = 20 // wrong codes in a row after which codes of the account count for nothing until a recovery code is shown
	codeDigits      = otp.DigitsSix
)

// Sealer seals secrets under a key that lies outside the database. The place says whose a secret is; what is sealed for one opens for
// no other.
type Sealer interface {
	Seal(ctx context.Context, place string, plain []byte) ([]byte, error)
	Open(ctx context.Context, place string, sealed []byte) ([]byte, error)
}

// errNoSealer says that the service was set up without a key for secrets.
var errNoSealer = errors.New("there is no key to seal secrets with")

func codePlace(account string) string { return "one-time codes of " + account }

// CodeSecret is what a person puts into their authenticator program. It is shown once.
type CodeSecret struct {
	Secret string // base32
	URI    string // otpauth:, the same for a program to read
	SetUp  string // names it in the confirmation
}

// BeginCodes makes a new secret for one-time codes. It counts from ConfirmCodes on; until then one that was confirmed before stays.
// The principal has to be allowed to add a factor of this strength. Errors: *StepUp, ErrEnrolmentClosed, ErrFactorExists,
// ErrUnavailable.
func (s *Service) BeginCodes(ctx context.Context, p Principal) (CodeSecret, error) {
	if s.options.Sealer == nil {
		return CodeSecret{}, fmt.Errorf("couldn't make one-time codes: %w", errNoSealer)
	}
	if err := s.mayEnrol(ctx, p, TwoFactors); err != nil {
		return CodeSecret{}, err
	}
	raw := make([]byte, codeSecretBytes)
	rand.Read(raw) // never fails since Go 1.24
	sealed, err := s.options.Sealer.Seal(ctx, codePlace(p.UserID), raw)
	if err != nil {
		return CodeSecret{}, fmt.Errorf("couldn't seal a secret: %w", err)
	}
	tag, err := s.db.Exec(ctx, `
		insert into identity.code_secret (account, sealed) values ($1, $2)
		on conflict (account) do update set sealed = excluded.sealed, last_step = 0, wrong = 0
			where code_secret.confirmed_at is null`, p.UserID, sealed)
	switch {
	case err != nil:
		return CodeSecret{}, couldNot("keep the secret of one-time codes", err)
	case tag.RowsAffected() == 0:
		return CodeSecret{}, ErrFactorExists
	}
	secret := base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(raw)
	uri := url.URL{
		Scheme: "otpauth", Host: "totp", Path: "/Songtor:" + p.Username,
		RawQuery: url.Values{"secret": {secret}, "issuer": {"Songtor"}}.Encode(),
	}
	return CodeSecret{Secret: secret, URI: uri.String(), SetUp: setUpOf(sealed)}, nil
}

// setUpOf names a secret that was sealed, and tells nothing of it.
func setUpOf(sealed []byte) string {
	sum := sha256.Sum256(sealed)
	return hex.EncodeToString(sum[:])
}

// ConfirmCodes makes the secret of BeginCodes count, by a first code of it, and returns the account's recovery codes where it had
// none. Where the set-up is named, it is the one that is confirmed: its person may have begun another in a second window. Errors:
// ErrBadCredentials, ErrSetUpOver, *TooMany, *StepUp, ErrEnrolmentClosed, ErrUnavailable.
func (s *Service) ConfirmCodes(ctx context.Context, p Principal, setUp, code string) ([]string, error) {
	if err := s.mayEnrol(ctx, p, TwoFactors); err != nil {
		return nil, err
	}
	err := s.limited(p.counted(), netip.Addr{}, func() error { return s.confirmCode(ctx, p.UserID, setUp, code) })
	if err != nil {
		return nil, err
	}
	return s.firstRecoveryCodes(ctx, p.UserID)
}

func (s *Service) confirmCode(ctx context.Context, account, setUp, code string) error {
	var sealed []byte
	err := s.db.QueryRow(ctx, "select sealed from identity.code_secret where account = $1 and confirmed_at is null and wrong < $2",
		account, codeWrongMost).Scan(&sealed)
	switch {
	case errors.Is(err, pgx.ErrNoRows), err == nil && setUp != "" && setUp != setUpOf(sealed):
		return ErrSetUpOver
	case err != nil:
		return couldNot("find the secret of one-time codes", err)
	}
	return s.takeCode(ctx, account, sealed, code)
}

// RemoveCodes takes one-time codes away from the account, and its recovery codes with them. Errors: *StepUp, ErrUnavailable.
func (s *Service) RemoveCodes(ctx context.Context, p Principal) error {
	if err := s.mayRemove(ctx, p); err != nil {
		return err
	}
	return s.inTransaction(ctx, "take one-time codes away", func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, "delete from identity.code_secret where account = $1", p.UserID); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, "delete from identity.recovery_code where account = $1", p.UserID)
		return err
	})
}

// acceptCode takes a one-time code of an account, once. It fails with ErrBadCredentials where it is wrong or was used before, and with
// ErrCodesLocked where too many wrong ones went before it.
func (s *Service) acceptCode(ctx context.Context, account, code string) error {
	var sealed []byte
	var locked bool
	err := s.db.QueryRow(ctx, "select sealed, wrong >= $2 from identity.code_secret where account = $1 and confirmed_at is not null",
		account, codeWrongMost).Scan(&sealed, &locked)
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return s.countWrongCode(ctx, account) // which takes as long as for an account that has one
	case err != nil:
		return couldNot("find the secret of one-time codes", err)
	case locked:
		return ErrCodesLocked
	}
	return s.takeCode(ctx, account, sealed, code)
}

// takeCode takes a code of a secret, once; the first confirms it.
func (s *Service) takeCode(ctx context.Context, account string, sealed []byte, code string) error {
	step, right, err := s.stepOf(ctx, account, sealed, plainDigits(code))
	if err != nil {
		return err
	}
	if !right {
		return s.countWrongCode(ctx, account)
	}
	// The step moves in the same statement that looks at it: of two requests with one code, in any two processes, one is refused. So is a
	// code of a secret that another has replaced meanwhile.
	tag, err := s.db.Exec(ctx, `
		update identity.code_secret set last_step = $2, wrong = 0, confirmed_at = coalesce(confirmed_at, $4)
		where account = $1 and last_step < $2 and sealed = $3`, account, step, sealed, s.now())
	switch {
	case err != nil:
		return couldNot("take a one-time code", err)
	case tag.RowsAffected() == 0:
		return ErrBadCredentials
	}
	return nil
}

func (s *Service) countWrongCode(ctx context.Context, account string) error {
	if _, err := s.db.Exec(ctx, "update identity.code_secret set wrong = wrong + 1 where account = $1", account); err != nil {
		return couldNot("count a wrong code", err)
	}
	return ErrBadCredentials
}

// plainDigits is what was meant by a one-time code as a person typed it: programs show it in two groups, and Thai keyboards have digits of
// their own.
func plainDigits(code string) string { return fold(ungrouped(code)) }

// stepOf finds the step whose code this is among those that a clock may show now.
func (s *Service) stepOf(ctx context.Context, account string, sealed []byte, code string) (step int64, right bool, err error) {
	if s.options.Sealer == nil {
		return 0, false, errNoSealer
	}
	raw, err := s.options.Sealer.Open(ctx, codePlace(account), sealed)
	if err != nil {
		return 0, false, fmt.Errorf("couldn't open the secret of one-time codes: %w", err)
	}
	secret := base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(raw)
	now := s.now().Unix() / int64(codeStep/time.Second)
	for candidate := now - codeSkew; candidate <= now+codeSkew; candidate++ {
		want, err := hotp.GenerateCodeCustom(secret, uint64(candidate), //nolint:gosec // steps since 1970
			hotp.ValidateOpts{Digits: codeDigits, Algorithm: otp.AlgorithmSHA1})
		if err != nil {
			return 0, false, fmt.Errorf("couldn't compute a one-time code: %w", err)
		}
		if subtle.ConstantTimeCompare([]byte(want), []byte(code)) == 1 {
			step, right = candidate, true
		}
	}
	return step, right, nil
}
