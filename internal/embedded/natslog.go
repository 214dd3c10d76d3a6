package embedded

import (
	"fmt"
	"log/slog"
	"sync"
)

// natsLog hands the server's warnings and errors to slog and drops the rest.
// The server's messages name streams and subjects, never what a message holds.
type natsLog struct {
	log *slog.Logger

	mu     sync.Mutex
	gaveUp error
}

// Noticef drops what a healthy server says.
func (l *natsLog) Noticef(string, ...any) {}

// Debugf drops the server's debug messages.
func (l *natsLog) Debugf(string, ...any) {}

// Tracef drops the server's traces, which hold payloads.
func (l *natsLog) Tracef(string, ...any) {}

// Warnf logs a warning.
func (l *natsLog) Warnf(format string, values ...any) {
	l.log.Warn("nats-server: " + fmt.Sprintf(format, values...))
}

// Errorf logs an error.
func (l *natsLog) Errorf(format string, values ...any) {
	l.log.Error("nats-server: " + fmt.Sprintf(format, values...))
}

// Fatalf logs and keeps an error because of which the server gave up. In a
// process of its own nats-server would exit here.
func (l *natsLog) Fatalf(format string, values ...any) {
	l.Errorf(format, values...)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.gaveUp = fmt.Errorf(format, values...)
}

// fatal is why the server gave up, or nil.
func (l *natsLog) fatal() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.gaveUp
}
