package embedded

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"sync"
)

// messagePrefix has the server write the SQLSTATE before each message.
const messagePrefix = "%e "

// keptLines is how many lines of a failed start its error repeats.
const keptLines = 8

// messages takes what the server writes and hands its messages to the log,
// without the lines that follow a message (DETAIL, STATEMENT, CONTEXT), which
// may quote values.
type messages struct {
	log *slog.Logger

	mu      sync.Mutex
	partial []byte
	started bool
	kept    []string
}

func newMessages(log *slog.Logger) *messages { return &messages{log: log} }

// Write never fails: the server must not be stopped by its log.
func (m *messages) Write(data []byte) (int, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.partial = append(m.partial, data...)
	for {
		line, rest, found := bytes.Cut(m.partial, []byte("\n"))
		if !found {
			return len(data), nil
		}
		m.line(string(line))
		m.partial = rest
	}
}

// ready ends the time in which nobody but ourselves was connected.
func (m *messages) ready() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.started, m.kept = true, nil
}

// startup is what the server last wrote before it was ready.
func (m *messages) startup() string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return strings.Join(m.kept, "; ")
}

func (m *messages) line(line string) {
	if !m.started {
		m.kept = append(m.kept, strings.TrimSpace(line))
		m.kept = m.kept[max(0, len(m.kept)-keptLines):]
	}
	state, rest, _ := strings.Cut(line, " ")
	severity, text, found := strings.Cut(rest, ":  ")
	level, known := messageLevel(state, severity)
	if !found || !known {
		return
	}
	m.log.LogAttrs(context.Background(), level, "postgres: "+text, slog.String("sqlstate", state))
}

// messageLevel gives the level of a message, and false for what is none. The
// refusals of a server that is starting or stopping are no news.
func messageLevel(state, severity string) (slog.Level, bool) {
	switch severity {
	case "PANIC":
		return slog.LevelError, true
	case "FATAL":
		if strings.HasPrefix(state, "57P0") {
			return slog.LevelDebug, true
		}
		return slog.LevelWarn, true
	case "LOG":
		return slog.LevelDebug, true
	}
	return 0, false
}
