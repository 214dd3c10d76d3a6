// Package logging makes the logger of the service: lines of attributes from a closed list of keys.
//
// A key says what its values may be; a list of keys is how a name, a note or a path with an id stays out of the log although somebody once
// wrote a line with it. An attribute under any other key is left away and counted, so that the operator sees that a line lacks something
// and no reader sees what.
package logging

import (
	"context"
	"io"
	"log/slog"
	"slices"
	"sync/atomic"
)

// keys are those that a line may carry. None of them is for what anybody sent or what a case holds.
var keys = []string{
	slog.TimeKey, slog.LevelKey, slog.MessageKey, slog.SourceKey,
	"method", "route", "status", "duration", "request", "instance", // of a request: pattern, never path
	"error",              // of our own wording; sqlstate where the database refused
	"sqlstate", "detail", // detail: of an error of configuration
	"group", "projection", "position", "pause", "took", "period", "step", "done", "total", "people", "entries", "count", "days", "tree", "version", "pid", "address", "reason", "action", "policies", "hash",
	"stream", "first", "last", "messages", "folder", "free_percent",
	"account_id", "device_id", "session_id", // opaque
}

// Handler passes on lines without the attributes whose keys are not of the list.
type Handler struct {
	next    slog.Handler
	dropped *atomic.Uint64
}

// NewHandler returns a Handler before next.
func NewHandler(next slog.Handler) *Handler { return &Handler{next, new(atomic.Uint64)} }

// New returns a Handler that writes to w: lines for people, or of JSON for a collector of logs.
func New(w io.Writer, forPeople bool) *Handler {
	if forPeople {
		return NewHandler(slog.NewTextHandler(w, nil))
	}
	return NewHandler(slog.NewJSONHandler(w, nil))
}

// Dropped is how many attributes were left away, by this handler and all that were made from it.
func (h *Handler) Dropped() uint64 { return h.dropped.Load() }

// Enabled implements slog.Handler.
func (h *Handler) Enabled(ctx context.Context, level slog.Level) bool {
	return h.next.Enabled(ctx, level)
}

// Handle implements slog.Handler.
func (h *Handler) Handle(ctx context.Context, r slog.Record) error {
	passed := slog.NewRecord(r.Time, r.Level, r.Message, r.PC)
	r.Attrs(func(a slog.Attr) bool {
		if kept, ok := h.keep(a); ok {
			passed.AddAttrs(kept)
		}
		return true
	})
	return h.next.Handle(ctx, passed)
}

// WithAttrs implements slog.Handler.
func (h *Handler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return &Handler{h.next.WithAttrs(h.kept(attrs)), h.dropped}
}

// WithGroup implements slog.Handler.
func (h *Handler) WithGroup(name string) slog.Handler {
	if !slices.Contains(keys, name) {
		h.dropped.Add(1)
		return h // the attributes stand without their group
	}
	return &Handler{h.next.WithGroup(name), h.dropped}
}

func (h *Handler) kept(attrs []slog.Attr) []slog.Attr {
	var all []slog.Attr
	for _, a := range attrs {
		if kept, ok := h.keep(a); ok {
			all = append(all, kept)
		}
	}
	return all
}

// keep returns an attribute as it may be written. A group is held to the list inside; one without a name is not there.
func (h *Handler) keep(a slog.Attr) (slog.Attr, bool) {
	value := a.Value.Resolve()
	if value.Kind() == slog.KindGroup && (a.Key == "" || slices.Contains(keys, a.Key)) {
		return slog.Attr{Key: a.Key, Value: slog.GroupValue(h.kept(value.Group())...)}, true
	}
	if !slices.Contains(keys, a.Key) {
		h.dropped.Add(1)
		return slog.Attr{}, false
	}
	return slog.Attr{Key: a.Key, Value: value}, true
}
