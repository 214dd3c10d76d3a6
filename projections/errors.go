package projections

import (
	"errors"
	"fmt"
	"net"

	"github.com/jackc/pgx/v5/pgconn"

	"songtor/domain"
	"songtor/internal/database"
)

// What callers decide on.
var (
	// ErrLogShorter says that a projection has applied more than the log holds: the log lost something, or it is another log.
	ErrLogShorter = errors.New("the log is shorter than what has been applied from it")
	// ErrBehind says that a projection did not reach a position in time.
	ErrBehind = errors.New("the projection is behind")
	// ErrBusy says that another process applies the projection and did not make room.
	ErrBusy = errors.New("another process is applying the projection")
	// ErrNewerVersion says that the rows were made by a newer version of the projection than this one.
	ErrNewerVersion = errors.New("the rows are of a newer version")
	// ErrUnknownName says that there is no projection of that name.
	ErrUnknownName = errors.New("unknown projection")
	// ErrRetry marks an error of Apply that may pass, such as a key store that does not answer.
	ErrRetry = errors.New("may pass")
)

var (
	errReaderEnded     = errors.New("the reader of the log ended")
	errVersionsChanged = errors.New("the rows are of another version now")
	errOvertaken       = errors.New("another process has applied more meanwhile")
)

// sourceError is an error that came from reading the log.
type sourceError struct{ err error }

func (e *sourceError) Error() string { return "couldn't read the log: " + e.err.Error() }
func (e *sourceError) Unwrap() error { return e.err }

// transient reports whether an error is known to pass. What is not stops the projection: no commit is stepped over, and somebody has to
// look.
func (r *Runner) transient(err error) bool {
	var pg *pgconn.PgError
	var source *sourceError
	switch {
	case errors.Is(err, domain.ErrUnknownEvent), errors.Is(err, ErrLogShorter), errors.Is(err, ErrNewerVersion):
		return false
	case errors.As(err, &source):
		return r.options.Permanent == nil || !r.options.Permanent(err)
	case errors.Is(err, ErrRetry), errors.Is(err, errOvertaken), errors.Is(err, errVersionsChanged), errors.Is(err, errMended):
		return true
	case errors.As(err, &pg):
		return passing(pg.Code)
	}
	return connection(err)
}

// NotMade reports whether a statement failed because the rows that it names have not been made yet, as before a runner's first start.
func NotMade(err error) bool {
	var pg *pgconn.PgError
	return errors.As(err, &pg) && (pg.Code == "42P01" || pg.Code == "3F000")
}

// passing reports whether an SQLSTATE is of a kind that passes for a runner: beside what passes for everybody, a schema that was swapped
// under a prepared statement (0A000), and another runner that is ahead of this one (SG001).
func passing(sqlstate string) bool {
	return database.Passing(sqlstate) || sqlstate == "0A000" || sqlstate == "SG001"
}

func connection(err error) bool {
	var network net.Error
	var connect *pgconn.ConnectError
	return errors.As(err, &network) || errors.As(err, &connect) || errors.Is(err, errLost)
}

// errLost marks every error after which the connection turned out to be closed.
var errLost = errors.New("the connection was lost")

// text is an error without data: the server's messages may quote values, so only their code and the place are kept.
func text(err error) string {
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		return fmt.Sprintf("SQLSTATE %s in table %q, constraint %q", pg.Code, pg.TableName, pg.ConstraintName)
	}
	return err.Error()
}
