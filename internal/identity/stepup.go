package identity

import (
	"context"
	"errors"
	"net/netip"
	"slices"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
)

// Credentials are what a person signs in with by hand.
type Credentials struct {
	Username string
	Password string
	Code     string     // a one-time code or a recovery code; empty for none
	From     netip.Addr // the client's; its zero value stands for none, as on the terminal
}

// SignIn returns the account whose credentials these are, and the methods that they show. Where a code is given it has to be right.
// Its limits and errors are those of Authenticate, and ErrCodesLocked.
func (s *Service) SignIn(ctx context.Context, c Credentials) (Account, []Method, error) {
	username, valid := canonicalUsername(c.Username)
	if !valid {
		username = "" // which no account bears: the same work is done for it
	}
	var a Account
	var methods []Method
	err := s.limited(username, c.From, func() (err error) {
		a, methods, err = s.signIn(ctx, username, c)
		return err
	})
	if err != nil {
		return Account{}, nil, err
	}
	return a, methods, nil
}

// signIn does the same work for a wrong password as for a wrong code: what is wrong cannot be told from the time that it takes.
func (s *Service) signIn(ctx context.Context, username string, c Credentials) (Account, []Method, error) {
	a, err := s.authenticate(ctx, username, c.Password)
	if err != nil && !errors.Is(err, ErrBadCredentials) {
		return Account{}, nil, err
	}
	if c.Code == "" {
		return a, []Method{ByPassword}, err
	}
	account := a.ID
	if err != nil {
		account = uuid.Nil.String()
	}
	second, codeErr := s.acceptSecond(ctx, account, c.Code)
	if err == nil && errors.Is(codeErr, ErrCodesLocked) {
		return Account{}, nil, ErrCodesLocked // that the password is right is told without a code, too
	}
	if err := errors.Join(err, codeErr); err != nil {
		return Account{}, nil, badUnlessUnavailable(err)
	}
	return a, []Method{ByPassword, second}, nil
}

// acceptSecond takes a code of either kind.
func (s *Service) acceptSecond(ctx context.Context, account, code string) (Method, error) {
	if isRecoveryCode(code) {
		return ByRecoveryCode, s.acceptRecoveryCode(ctx, account, code)
	}
	return ByCode, s.acceptCode(ctx, account, code)
}

// counted is whose attempts those of a signed-in person are. They are not counted with attempts to sign in: whoever knows a name could use
// those up from anywhere, and keep its person from what needs a fresh sign-in.
func (p Principal) counted() string { return "signed in " + p.UserID }

// limited lets credentials of an account be tried within the limits on failed attempts.
func (s *Service) limited(username string, from netip.Addr, try func() error) error {
	giveBack, err := s.limits.take(username, from)
	if err != nil {
		return err
	}
	err = try()
	if !errors.Is(err, ErrBadCredentials) {
		giveBack()
	}
	return err
}

// ShowAgain returns the methods that a signed-in person shows by a password, a code or both. A code alone adds to a password that the
// session has shown just before. Its limit is the signed-in person's own, five failed attempts in a minute. Errors: ErrBadCredentials,
// ErrCodesLocked,
// *TooMany, *StepUp where a code alone comes too late, ErrBusy, ErrUnavailable.
func (s *Service) ShowAgain(ctx context.Context, p Principal, c Credentials) ([]Method, error) {
	if c.Password != "" {
		var methods []Method
		err := s.limited(p.counted(), netip.Addr{}, func() (err error) {
			_, methods, err = s.signIn(ctx, p.Username, c)
			return err
		})
		return methods, err
	}
	if p.Assurance != PasswordOnly || !p.Fresh(s.now()) {
		return nil, &StepUp{Need: TwoFactors, Fresh: true}
	}
	var second Method
	err := s.limited(p.counted(), netip.Addr{}, func() (err error) {
		second, err = s.acceptSecond(ctx, p.UserID, c.Code)
		return err
	})
	return []Method{ByPassword, second}, err
}

// Raise gives a session another token and the level of what its person has shown anew. The old token counts no more. It refuses
// with *StepUp what is less than the session had: its age would otherwise be made new by a weaker factor. Errors: ErrNoSession,
// ErrUnavailable.
func (s *Service) Raise(ctx context.Context, p Principal, methods []Method) (Session, error) {
	a, err := s.ByID(ctx, p.UserID)
	if err != nil {
		return Session{}, err
	}
	level := a.assurance(Evidence{Methods: methods})
	if level < p.Assurance {
		return Session{}, &StepUp{Need: p.Assurance, Fresh: true}
	}
	token := newToken()
	now, hash := s.now(), hashToken(token)
	var raised Session
	err = pgx.BeginFunc(ctx, s.db, func(tx pgx.Tx) error {
		rows, _ := tx.Query(ctx, `
			update identity.session set token_hash = $2, methods = $3, assurance = $4, authenticated_at = $5, last_seen_at = $5
			where id = $1 and account = $6 and expires_at > $5 and last_seen_at > $7
			returning `+sessionColumns,
			p.SessionID, hash[:], slices.Compact(methods), level, now, p.UserID, now.Add(-s.options.IdleLimit))
		if raised, err = pgx.CollectExactlyOneRow(rows, scanSession); err != nil {
			return err
		}
		return tell(ctx, tx, change{session: p.SessionID})
	})
	s.noticed(change{session: p.SessionID})
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return Session{}, ErrNoSession
	case err != nil:
		return Session{}, couldNot("raise a session", err)
	}
	raised.Token = token
	return raised, nil
}
