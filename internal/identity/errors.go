package identity

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"songtor/internal/database"
)

// Errors that callers decide on.
var (
	// ErrBadCredentials says that nobody was signed in. It does not say why.
	ErrBadCredentials = errors.New("wrong username or password")
	// ErrTooMany is what every *TooMany is, for errors.Is.
	ErrTooMany = errors.New("too many attempts to sign in")
	// ErrCodesLocked says that too many wrong one-time codes of an account were given in a row. Its codes count again once its person has
	// shown a recovery code.
	ErrCodesLocked = errors.New("too many wrong one-time codes were given; show a recovery code")
	// ErrBusy says that the caller's time ran out while others were signing in. The same call may be repeated.
	ErrBusy = errors.New("too many people are signing in at once")
	// ErrNoSession says that a token belongs to no session that stands: unknown, ended, run out, or of a disabled account.
	ErrNoSession = errors.New("no session")
	// ErrUnavailable says that the database does not answer. The same call may be repeated.
	ErrUnavailable = errors.New("accounts are not available")

	ErrNoAccount     = errors.New("there is no such account")
	ErrUsername      = errors.New("a username has 2 to 64 of the characters a-z, 0-9, dot, underscore and hyphen")
	ErrUsernameTaken = errors.New("there is an account of this name already")
	ErrRole          = errors.New("there is no such role")
	ErrAgency        = errors.New("an account needs an agency")

	ErrPasswordTooShort = errors.New("a password has at least 8 characters; 15 or more are better")
	ErrPasswordTooLong  = errors.New("a password has at most 128 characters")
	ErrPasswordCommon   = errors.New("this password is among the first that are guessed; take several unrelated words")

	// ErrCeremony says that a challenge is unknown, was answered, or has run out.
	ErrCeremony = errors.New("this challenge can't be answered any more; begin again")
	// ErrSetUpOver says that a secret for one-time codes was replaced, was confirmed, or had too many wrong codes.
	ErrSetUpOver = errors.New("this secret can't be confirmed any more; begin again")
	// ErrEnrolmentClosed says that a factor may not be added to this account on what its person can show.
	ErrEnrolmentClosed = errors.New("a stronger factor is added only after an administrator has opened enrolment")
	ErrFactorExists    = errors.New("there are one-time codes already; take them away first")
	ErrTooManyFactors  = errors.New("an account has at most ten passkeys")
	ErrNoFactor        = errors.New("there is no such factor")
	ErrLabel           = errors.New("there is no such label")
	ErrPasskey         = errors.New("this passkey can't be taken")
	ErrPasskeyCopied   = errors.New("an administrator's passkey must not be one that can be copied to other devices")
	ErrOrigin          = errors.New("the public address has to be http:// or https:// and a name, such as https://songtor.example")

	// ErrInvitation says that an invitation is unknown, was redeemed, or has run out.
	ErrInvitation = errors.New("this invitation is not good; ask for another")
	ErrOwnAccount = errors.New("this takes somebody else: nobody does it to their own account, or confirms what they asked for")
	// ErrNoAdministrator says that whoever asks was shut out, or is no administrator any more, since the request was let in.
	ErrNoAdministrator = errors.New("who asks is no administrator any more")
	// ErrOtherRequest says that what waits for a confirmation is not what the one who confirms has looked at.
	ErrOtherRequest = errors.New("something else waits to be confirmed now; look at it first")

	// ErrProof says that a request was not shown to come from the device that its session is bound to.
	ErrProof        = errors.New("the proof of the device is missing or wrong")
	ErrTicket       = errors.New("this enrolment ticket is not good; ask for another")
	ErrDeviceExists = errors.New("this key is a device's already")
	ErrNoDevice     = errors.New("there is no such device")

	ErrNoProvider = errors.New("nobody signs in here from outside")

	// ErrDemoRefused says that demo accounts are not allowed here: the service does not run in demo mode.
	ErrDemoRefused = errors.New("demo accounts are for demo mode only")
)

// TooMany says that a limit of failed attempts was reached.
type TooMany struct {
	// RetryAfter is the time until the next attempt is allowed.
	RetryAfter time.Duration
}

// Error implements error.
func (e *TooMany) Error() string {
	return fmt.Sprintf("%v; the next is allowed in %v", ErrTooMany, e.RetryAfter.Round(time.Second))
}

// Is reports whether target is ErrTooMany.
func (e *TooMany) Is(target error) bool { return target == ErrTooMany }

// couldNot wraps an error of the database. One that a repeat of the same call may mend becomes ErrUnavailable.
func couldNot(do string, err error) error {
	if transient(err) {
		return fmt.Errorf("couldn't %s: %w: %w", do, ErrUnavailable, err)
	}
	return fmt.Errorf("couldn't %s: %w", do, err)
}

// transient tells an answer of the server that would be the same again from everything that is the moment's: no connection, a
// server that starts or stops, a deadlock.
func transient(err error) bool {
	if errors.Is(err, pgx.ErrNoRows) || errors.Is(err, context.Canceled) {
		return false
	}
	answer, ok := errors.AsType[*pgconn.PgError](err)
	if !ok {
		return true
	}
	return database.Passing(answer.Code)
}

// undoneForAnother reports whether the server undid a transaction that waited for another one, which waited for it.
func undoneForAnother(err error) bool {
	answer, ok := errors.AsType[*pgconn.PgError](err)
	return ok && answer.Code == "40P01"
}

// violates reports whether the server refused a row because of the named constraint.
func violates(err error, constraint string) bool {
	answer, ok := errors.AsType[*pgconn.PgError](err)
	return ok && answer.ConstraintName == constraint
}
