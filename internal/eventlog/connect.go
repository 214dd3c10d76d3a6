package eventlog

import (
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/nats-io/nats.go"
)

// Dial connects to a server in the way that the log wants it: it looks for the server for ever once it had found it, notices a
// dead connection within 15 s, and keeps nothing back for later while disconnected, so that a caller learns at once that the log
// is not there. What a server does not take is given up as soon as an answer would be: nobody else can ask or leave meanwhile. The
// options of the caller come after these and may override them.
func Dial(url string, options ...nats.Option) (*nats.Conn, error) {
	nc, err := nats.Connect(url, append([]nats.Option{
		nats.Name("songtor"),
		nats.MaxReconnects(-1),
		nats.ReconnectWait(250 * time.Millisecond),
		nats.ReconnectJitter(100*time.Millisecond, time.Second),
		nats.ReconnectBufSize(-1),
		nats.PingInterval(5 * time.Second),
		nats.MaxPingsOutstanding(2),
		nats.FlusherTimeout(publishTimeout),
	}, options...)...)
	if err != nil {
		return nil, fmt.Errorf("couldn't connect to the log: %w", err)
	}
	return nc, nil
}

// Noticing is the option by which a connection tells the log of the service what went wrong where no caller could be told, such as a right
// that is missing. The library would print it as the server put it, with the subject, and a subject has the id of a case in it.
func Noticing(log *slog.Logger) nats.Option {
	return nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) {
		log.Warn("the connection to the log noticed an error", slog.String("error", withoutSubject(err)))
	})
}

// withoutSubject is the kind of an error that the library notices.
func withoutSubject(err error) string {
	for _, kind := range []error{nats.ErrPermissionViolation, nats.ErrSlowConsumer, nats.ErrAuthExpired, nats.ErrAuthRevoked, nats.ErrStaleConnection} {
		if errors.Is(err, kind) {
			return kind.Error()
		}
	}
	return "nats: another error"
}
