package api

import (
	"fmt"
	"net/http"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/labstack/echo/v4"

	"songtor/internal/app"
	"songtor/internal/guard"
)

const heartbeatInterval = 15 * time.Second

// events answers GET /events: a change in the caller's queues is told as it happens, by position and stage. It says that
// something changed, never what: the caller asks for what it may see. The stream ends with the session, and when the server
// shuts down; a browser opens it again by itself.
func (s *server) events(c echo.Context) error {
	changes, err := s.app.Subscribe(c.Request().Context(), principal(c))
	if err != nil {
		return err
	}
	out := newStream(c, "text/event-stream")
	c.Response().WriteHeader(http.StatusOK)
	if c.Request().Method == http.MethodHead {
		return nil
	}
	out.letBeSilent()
	s.metrics.streams.Inc()
	defer s.metrics.streams.Dec()
	if err := out.write([]byte(": open\n\n")); err != nil {
		return nil
	}
	alerts, err := s.app.SubscribeAlerts(c.Request().Context(), principal(c))
	if err != nil {
		alerts = nil // they are not this reader's
	}
	s.follow(c, out, changes, alerts)
	return nil
}

// follow ends without an error whatever the reason: the answer has begun, so there is nobody to tell.
func (s *server) follow(c echo.Context, out stream, changes <-chan app.Change, alerts <-chan struct{}) {
	heartbeat := time.NewTicker(heartbeatInterval)
	defer heartbeat.Stop()
	shut, standing := s.app.ReadOnly()
	if len(shut) > 0 && writeReadOnly(out, shut) != nil {
		return
	}
	stale, changed := s.app.Stale()
	if len(stale) > 0 && writeStale(out, stale) != nil {
		return
	}
	for {
		var err error
		select {
		case <-standing:
			shut, standing = s.app.ReadOnly()
			err = writeReadOnly(out, shut)
		case <-changed:
			stale, changed = s.app.Stale()
			err = writeStale(out, stale)
		case <-c.Request().Context().Done():
			return
		case <-s.stopping:
			return
		case <-heartbeat.C:
			err = out.write([]byte(": still here\n\n"))
		case change, open := <-changes:
			if !open {
				return
			}
			err = writeChange(out, change)
		case _, open := <-alerts:
			if !open {
				return
			}
			err = s.writeAlerts(c, out)
		}
		if err != nil {
			return
		}
	}
}

// writeReadOnly tells why nothing is taken in, with an empty list where everything is.
func writeReadOnly(out stream, shut []guard.Reason) error {
	return writeEvent(out, "read-only", struct {
		Reasons []guard.Reason `json:"reasons"`
	}{shut})
}

// writeStale tells which lists stay as they were, with an empty list where none does.
func writeStale(out stream, lists []string) error {
	return writeEvent(out, "stale", struct {
		Lists []string `json:"lists"`
	}{lists})
}

func writeEvent(out stream, name string, content any) error {
	data, err := json.Marshal(content)
	if err != nil {
		return err
	}
	return out.write(fmt.Appendf(nil, "event: %s\ndata: %s\n\n", name, data))
}

// writeAlerts tells how many alerts nobody has acknowledged.
func (s *server) writeAlerts(c echo.Context, out stream) error {
	unread, err := s.app.UnreadAlerts(c.Request().Context(), principal(c))
	if err != nil {
		return err
	}
	return out.write(fmt.Appendf(nil, "event: alerts\ndata: {\"unread\":%d}\n\n", unread))
}

func writeChange(out stream, change app.Change) error {
	data, err := json.Marshal(change)
	if err != nil {
		return err
	}
	return out.write(fmt.Appendf(nil, "id: %d\nevent: change\ndata: %s\n\n", change.Position, data))
}
