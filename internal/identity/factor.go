package identity

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"
)

// enrolmentTime is how long a new account, or one whose factors were taken away, may be given factors on its password alone.
const enrolmentTime = 24 * time.Hour

// Factors are what an account can show beside its password.
type Factors struct {
	Codes         bool // one-time codes
	CodesLocked   bool // whether they count for nothing until a recovery code is shown
	RecoveryCodes int  // that are left
	Passkeys      []Passkey
	EnrolUntil    time.Time // until then factors may be added without a stronger one; zero where that is over
}

// strongest is the highest level that the account can reach.
func (f Factors) strongest() Assurance {
	best := PasswordOnly
	if f.Codes {
		best = TwoFactors
	}
	for _, k := range f.Passkeys {
		if !k.Locked {
			best = max(best, k.assurance())
		}
	}
	return best
}

// Next names the factors by which a session of the level given can be raised.
func (f Factors) Next(now Assurance) []string {
	next := []string{}
	if f.Codes && now < TwoFactors {
		next = append(next, "code")
	}
	for _, k := range f.Passkeys {
		if !k.Locked && k.assurance() > now {
			return append(next, "passkey")
		}
	}
	return next
}

// FactorsOf returns what an account can show. Errors: ErrUnavailable.
func (s *Service) FactorsOf(ctx context.Context, account string) (Factors, error) {
	var f Factors
	var until *time.Time
	err := s.db.QueryRow(ctx, `
		select c.account is not null, coalesce(c.wrong >= $2, false), (select count(*) from identity.recovery_code r where r.account = a.id),
			a.enrol_until
		from identity.account a left join identity.code_secret c on c.account = a.id and c.confirmed_at is not null
		where a.id = $1`, account, codeWrongMost).Scan(&f.Codes, &f.CodesLocked, &f.RecoveryCodes, &until)
	if err != nil {
		return Factors{}, couldNot("find the factors of an account", err)
	}
	if until != nil && until.After(s.now()) {
		f.EnrolUntil = *until
	}
	f.Passkeys, err = s.passkeys(ctx, account)
	return f, err
}

// mayEnrol fails where the principal may not add a factor of a level: with *StepUp where the account can show more than this session
// did, and with ErrEnrolmentClosed where the new factor would be stronger than any the account has and nobody has opened enrolment.
// Otherwise whoever has a person's password, or a password and a code that they were tricked out of, could give themselves a passkey.
func (s *Service) mayEnrol(ctx context.Context, p Principal, level Assurance) error {
	f, err := s.FactorsOf(ctx, p.UserID)
	if err != nil {
		return err
	}
	strongest := f.strongest()
	if err := p.Require(strongest, strongest > PasswordOnly, s.now()); err != nil {
		return err
	}
	if level > strongest && f.EnrolUntil.IsZero() && !p.Demo {
		return ErrEnrolmentClosed
	}
	return nil
}

// mayRemove fails with *StepUp where the session does not show as much as the account can.
func (s *Service) mayRemove(ctx context.Context, p Principal) error {
	f, err := s.FactorsOf(ctx, p.UserID)
	if err != nil {
		return err
	}
	return p.Require(f.strongest(), true, s.now())
}

// ResetFactors takes every factor away from an account, its link to the outside provider among them, ends its sessions and opens
// enrolment. Errors: ErrNoAccount, ErrUnavailable.
func (s *Service) ResetFactors(ctx context.Context, username string) error {
	a, err := s.ByUsername(ctx, username)
	if err != nil {
		return err
	}
	return s.endingSessions(ctx, "reset the factors", change{account: a.ID}, func(tx pgx.Tx) error { return s.resetFactors(ctx, tx, a.ID) })
}

// resetFactors begins with the account, as whatever ends sessions does: of two at once, one waits for the other.
func (s *Service) resetFactors(ctx context.Context, tx pgx.Tx, account string) error {
	_, err := tx.Exec(ctx, "update identity.account set enrol_until = $2 where id = $1", account, s.now().Add(enrolmentTime))
	if err != nil {
		return err
	}
	for _, statement := range []string{
		"delete from identity.code_secret where account = $1",
		"delete from identity.recovery_code where account = $1",
		"delete from identity.passkey where account = $1",
		"delete from identity.subject where account = $1",
		"delete from identity.invitation where account = $1",
		"delete from identity.session where account = $1",
	} {
		if _, err := tx.Exec(ctx, statement, account); err != nil {
			return err
		}
	}
	return nil
}

// inTransaction does several things, all or none.
func (s *Service) inTransaction(ctx context.Context, what string, do func(tx pgx.Tx) error) error {
	if err := pgx.BeginFunc(ctx, s.db, do); err != nil {
		return couldNot(what, err)
	}
	return nil
}
