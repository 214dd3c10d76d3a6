package identity

import (
	"context"
	"log/slog"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// channel is where every process that keeps sessions in this database tells the others what it has ended or changed.
const channel = "songtor_identity"

// listenAgain is how long after it broke off the listening is taken up again. Meanwhile Options.Staleness bounds what goes unnoticed.
const listenAgain = time.Second

// change is what has happened to sessions: who has to look again. Exactly one member is set.
type change struct {
	session, account, device, agency string
	all                              bool
}

func (c change) String() string {
	switch {
	case c.session != "":
		return "session " + c.session
	case c.account != "":
		return "account " + c.account
	case c.device != "":
		return "device " + c.device
	case c.agency != "":
		return "agency " + c.agency
	}
	return "all"
}

// parseChange reads what String wrote. What it does not understand, as of a newer version, concerns everybody.
func parseChange(s string) change {
	kind, value, _ := strings.Cut(s, " ")
	switch kind {
	case "session":
		return change{session: value}
	case "account":
		return change{account: value}
	case "device":
		return change{device: value}
	case "agency":
		return change{agency: value}
	}
	return change{all: true}
}

// concerns reports whether a principal may have changed.
func (c change) concerns(p Principal) bool {
	switch {
	case c.session != "":
		return p.SessionID == c.session
	case c.account != "":
		return p.UserID == c.account
	case c.device != "":
		return p.Device == c.device
	case c.agency != "":
		return p.Agency == c.agency
	}
	return c.all
}

// executor is a transaction or the pool.
type executor interface {
	Exec(ctx context.Context, sql string, arguments ...any) (pgconn.CommandTag, error)
}

// tell lets the other processes know of a change, in a transaction when it is committed.
func tell(ctx context.Context, tx executor, c change) error {
	_, err := tx.Exec(ctx, "select pg_notify($1, $2)", channel, c.String())
	return err
}

// noticed makes this process look again at whoever a change concerns.
func (s *Service) noticed(c change) {
	s.cache.forget(c.concerns)
	s.watches.look(c)
}

// Listen takes in what other processes do to the sessions of this database until ctx ends, so that it counts here at once. Without
// it, it counts within Options.Staleness.
func (s *Service) Listen(ctx context.Context) {
	for ctx.Err() == nil {
		err := s.listen(ctx)
		if ctx.Err() != nil {
			return
		}
		s.options.Logger.WarnContext(ctx, "couldn't listen for ended sessions; trying again", slog.Any("error", err))
		select {
		case <-time.After(listenAgain):
		case <-ctx.Done():
		}
	}
}

func (s *Service) listen(ctx context.Context) error {
	pooled, err := s.db.Acquire(ctx)
	if err != nil {
		return err
	}
	conn := pooled.Hijack() // it is not given back: the pool must not lend a connection that listens
	defer conn.Close(context.WithoutCancel(ctx))
	if _, err := conn.Exec(ctx, "listen "+pgx.Identifier{channel}.Sanitize()); err != nil {
		return err
	}
	s.noticed(change{all: true}) // what was told before nobody listened
	for {
		n, err := conn.WaitForNotification(ctx)
		if err != nil {
			return err
		}
		s.noticed(parseChange(n.Payload))
	}
}
