package eventlog

import (
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"

	"github.com/nats-io/nats.go"
)

// What a connection notices by itself reaches the log of the service without the subject, which has the id of a case in it. The library's
// own way is the control.
func TestWhatAConnectionNoticesNamesNoCase(t *testing.T) {
	t.Parallel()
	s := startServer(t, t.TempDir(), "always", anyPort)
	notice := func(option func(told *lines) nats.Option) string {
		told := &lines{more: make(chan struct{}, 1)}
		nc := dial(t, s.ClientURL(), as("service"), option(told))
		if err := errors.Join(nc.Publish("$JS.API.STREAM.DELETE.case-4711", nil), nc.FlushWithContext(patience(t))); err != nil {
			t.Fatal(err)
		}
		select {
		case <-told.more:
		case <-patience(t).Done():
			t.Fatal("nothing was noticed")
		}
		return told.text()
	}
	said := notice(func(told *lines) nats.Option { return Noticing(slog.New(slog.NewTextHandler(told, nil))) })
	if !strings.Contains(said, nats.ErrPermissionViolation.Error()) || strings.Contains(said, "4711") {
		t.Errorf("the log says %q", said)
	}
	control := notice(func(told *lines) nats.Option {
		return nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) { fmt.Fprint(told, err) })
	})
	if !strings.Contains(control, "4711") {
		t.Errorf("the control sees no subject: %q", control)
	}
}

// lines keeps what is written, and tells that something was.
type lines struct {
	mu   sync.Mutex
	all  strings.Builder
	more chan struct{}
}

func (l *lines) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	select {
	case l.more <- struct{}{}:
	default:
	}
	return l.all.Write(b)
}

func (l *lines) text() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.all.String()
}
