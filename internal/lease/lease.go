// Package lease lets one process at a time, of all that share a database, do a piece of work.
//
// A lease is an advisory lock of PostgreSQL that a session of its own holds. It ends with the session, and the server ends the session:
// at once where the process dies, within Silence where its machine or the network to it does, or where the process stands still. So there
// are no clocks to compare and nothing to clean up. Whoever writes through the session that holds the lease cannot write without it; work
// that writes elsewhere must be safe to do twice for the moment in which a holder has not noticed yet that it is one no longer.
package lease

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"strconv"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

const (
	// Silence is how long the server waits for a session that says nothing.
	Silence = 4 * time.Second
	// Retry is how often who waits asks for a lease. A blocking request would keep a snapshot open and vacuum from working.
	Retry = 250 * time.Millisecond
	// busy is how long a transaction may stand still. It is longer, since it may wait for something else, such as keys.
	busy = 30 * time.Second
	// beat is how often a session is used though there is nothing to do.
	beat = time.Second
)

var (
	// ErrLost says that the session which held a lease has ended.
	ErrLost = errors.New("the lease was lost")
	// ErrTaken says that another session holds a lease.
	ErrTaken = errors.New("another one holds the lease")
)

// Connect opens a session of a pool's own, outside the pool, that can hold leases. Somebody has to keep it: Keep.
func Connect(ctx context.Context, pool *pgxpool.Pool, settings map[string]string) (*pgx.Conn, error) {
	config := pool.Config().ConnConfig
	Noticed(config)
	config.RuntimeParams["idle_session_timeout"] = milliseconds(Silence)
	config.RuntimeParams["idle_in_transaction_session_timeout"] = milliseconds(busy)
	maps.Copy(config.RuntimeParams, settings)
	conn, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		return nil, fmt.Errorf("couldn't connect: %w", err)
	}
	return conn, nil
}

// Noticed makes the server notice within Silence that the machine at the other end of a connection is gone: it sends nothing that would
// end the connection, and what its transaction holds would stay held.
func Noticed(config *pgx.ConnConfig) {
	maps.Copy(config.RuntimeParams, map[string]string{
		"tcp_keepalives_idle": "2", "tcp_keepalives_interval": "1", "tcp_keepalives_count": "2", "tcp_user_timeout": milliseconds(Silence),
	})
}

func milliseconds(d time.Duration) string { return strconv.FormatInt(d.Milliseconds(), 10) }

// Close ends a session and what it holds, without waiting for a server that may not answer.
func Close(conn *pgx.Conn) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	_ = conn.Close(ctx)
}

// Try asks for the lease of a name and reports whether the session holds it now.
func Try(ctx context.Context, conn *pgx.Conn, name string) (held bool, err error) {
	err = conn.QueryRow(ctx, "select pg_try_advisory_lock(hashtextextended($1, 0))", name).Scan(&held)
	if err != nil {
		return false, fmt.Errorf("couldn't ask for the lease of %s: %w", name, err)
	}
	return held, nil
}

// Free gives a lease back before its session ends.
func Free(ctx context.Context, conn *pgx.Conn, name string) error {
	if _, err := conn.Exec(ctx, "select pg_advisory_unlock(hashtextextended($1, 0))", name); err != nil {
		return fmt.Errorf("couldn't give back the lease of %s: %w", name, err)
	}
	return nil
}

// Await returns when the session holds the lease of a name.
func Await(ctx context.Context, conn *pgx.Conn, name string) error {
	for {
		held, err := Try(ctx, conn, name)
		if err != nil || held {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(Retry):
		}
	}
}

// Keep uses a session now and then, so that the server does not end it, until stop is called or ctx ends. Whoever else uses the session
// meanwhile holds use. The context that it returns ends with ErrLost as its cause where the session is gone.
func Keep(ctx context.Context, conn *pgx.Conn, use *sync.Mutex) (held context.Context, stop func()) {
	held, lose := context.WithCancelCause(ctx)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		ticks := time.NewTicker(beat)
		defer ticks.Stop()
		for {
			select {
			case <-held.Done():
				return
			case <-ticks.C:
			}
			if err := touch(held, conn, use); err != nil {
				lose(fmt.Errorf("%w: %w", ErrLost, err))
				return
			}
		}
	}()
	return held, func() {
		lose(context.Canceled)
		<-ended
	}
}

// touch uses the session, unless it is in use.
func touch(ctx context.Context, conn *pgx.Conn, use *sync.Mutex) error {
	if !use.TryLock() {
		return nil
	}
	defer use.Unlock()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), Silence) // an end in between would cost the connection
	defer cancel()
	return conn.Ping(ctx)
}

// Hold runs work whenever this process holds the lease of a name, until ctx ends. The context that work gets ends where the lease is lost;
// work that returns without an error is done for good. An error is logged and work tried again.
func Hold(ctx context.Context, pool *pgxpool.Pool, name string, log *slog.Logger, work func(context.Context) error) error {
	for said := ""; ; {
		switch err := Once(ctx, pool, name, work); {
		case ctx.Err() != nil, err == nil:
			return nil
		case err.Error() != said: // an outage is told once
			said = err.Error()
			log.WarnContext(ctx, "work that one process does for all pauses", slog.String("group", name), slog.Any("error", err))
		}
		select {
		case <-ctx.Done():
		case <-time.After(Retry):
		}
	}
}

// Once waits for the lease of a name and runs work under it. The context that work gets ends where the lease is lost, and Once then fails
// with ErrLost; otherwise it returns what work does.
func Once(ctx context.Context, pool *pgxpool.Pool, name string, work func(context.Context) error) error {
	return once(ctx, pool, name, work, func(conn *pgx.Conn) error { return Await(ctx, conn, name) })
}

// IfFree is Once for work that is not to be done after another has done it: it fails with ErrTaken where another session holds the lease.
func IfFree(ctx context.Context, pool *pgxpool.Pool, name string, work func(context.Context) error) error {
	return once(ctx, pool, name, work, func(conn *pgx.Conn) error {
		held, err := Try(ctx, conn, name)
		if err == nil && !held {
			return ErrTaken
		}
		return err
	})
}

func once(ctx context.Context, pool *pgxpool.Pool, name string, work func(context.Context) error, take func(*pgx.Conn) error) error {
	conn, err := Connect(ctx, pool, nil)
	if err != nil {
		return err
	}
	defer Close(conn)
	if err := take(conn); err != nil {
		return err
	}
	held, stop := Keep(ctx, conn, new(sync.Mutex))
	defer func() {
		stop()
		giveBack(ctx, conn, name)
	}()
	err = work(held)
	if cause := context.Cause(held); errors.Is(cause, ErrLost) {
		return cause
	}
	return err
}

// giveBack frees a lease whose session is about to end. The server does so too, but a moment after the session has gone: whoever asks at once
// would be refused.
func giveBack(ctx context.Context, conn *pgx.Conn, name string) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
	defer cancel()
	_ = Free(ctx, conn, name)
}
