package eventlog

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
)

// A server that is parted from the others of its cluster still holds its connections and answers pings, but it can store nothing. Whoever
// is connected to it has to leave by themselves.
const (
	// silence is how long a stream may go without the answer it is asked for before another server is tried. One slow answer is no reason.
	silence = 4 * time.Second
	// longestSilence is what silence grows to, doubling, while no other server answers either.
	longestSilence = time.Minute
	// forgotten is after how long without another failure a failure no longer counts.
	forgotten = 30 * time.Second
)

// outage is how long one kind of question has had no answer.
type outage struct{ since, last time.Time }

// outages decide when a connection is worth leaving for another server.
type outages struct {
	mu         sync.Mutex
	writes     outage // messages to be stored: what a parted leader cannot do, though it still answers what it is asked
	reads      outage // questions that the stream's leader or the cluster has to answer
	reconnects uint64 // of the connection when it was looked at last
	limit      time.Duration
}

// answered ends an outage.
func (p *outages) answered(o *outage) {
	p.mu.Lock()
	defer p.mu.Unlock()
	*o, p.limit = outage{}, silence
}

// failed counts a question asked at began that had no answer at now, and reports whether it is time to leave. The last argument is how
// often the connection has changed its server: what failed with another one does not count.
func (p *outages) failed(o *outage, began, now time.Time, reconnects uint64) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if reconnects != p.reconnects {
		p.writes, p.reads, p.reconnects, began = outage{}, outage{}, reconnects, now
	}
	if o.last.IsZero() || now.Sub(o.last) > forgotten {
		o.since = began
	}
	o.last = now
	p.limit = max(p.limit, silence)
	if now.Sub(o.since) < p.limit {
		return false
	}
	p.writes, p.reads = outage{}, outage{}
	p.limit = min(2*p.limit, longestSilence)
	return true
}

// unanswered notes that a question asked at began had no answer, and leaves a server for another one of those that are known when that
// has been so for too long. While disconnected the client library looks for one by itself.
func (s *stream) unanswered(ctx context.Context, o *outage, began time.Time, err error) {
	if errors.Is(err, context.Canceled) || s.nc.Status() != nats.CONNECTED || len(s.nc.Servers()) < 2 {
		return
	}
	if !s.outages.failed(o, began, time.Now(), s.nc.Stats().Reconnects) {
		return
	}
	s.options.Logger.LogAttrs(ctx, slog.LevelWarn, "the log's server does not answer; trying another one", slog.String("stream", s.name), slog.Any("error", err))
	if err := s.nc.ForceReconnect(); err != nil {
		s.options.Logger.LogAttrs(ctx, slog.LevelWarn, "couldn't leave the log's server", slog.String("stream", s.name), slog.Any("error", err))
	}
}
