package eventlog

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"songtor/domain"
)

// A batch ends at so many commits or bytes. Larger ones make a transaction longer without making it cheaper.
const (
	batchCommits = 2000
	batchBytes   = 8 << 20
)

// How much a reader asks the server for ahead of what it has handed over.
const (
	pullMessages = 2000
	pullBytes    = 8 << 20
)

const (
	// heartbeat is how often the server says that it is there while it has nothing to deliver. Two missed ones count as a loss.
	heartbeat = 2 * time.Second
	// consumerLife is how long the server keeps a consumer that nobody reads. A reader that was away for longer makes a new one.
	consumerLife = time.Minute
)

// errInterrupted says that the connection or the consumer was lost, and that another one may do.
var errInterrupted = errors.New("the reading was interrupted")

// Follow hands over every commit after the position, in order, for ever: what has gathered while fn ran is the next batch, which is
// never empty and belongs to fn. It survives the loss of the connection and of the server.
//
// It ends with ctx.Err() when ctx ends; with fn's error; with domain.ErrUnknownEvent, ErrUnknownCommit or ErrBrokenChain at a
// commit that cannot be read, after all before it were handed over; with ErrGap where positions are missing, where the log is
// shorter than the position, or where the last message read before an interruption is no longer the same; with ErrNoStream; and
// with ErrUnavailable when the connection was closed for good.
func (l *Log) Follow(ctx context.Context, from uint64, fn func([]domain.Commit) error) error {
	return read(ctx, l.stream, from, math.MaxUint64, commitsOnly, fn)
}

// Scan hands over the commits after one position up to another, which the log must have reached, and returns nil after the last.
// Otherwise it is as Follow.
func (l *Log) Scan(ctx context.Context, from, to uint64, fn func([]domain.Commit) error) error {
	return scan(ctx, l.stream, from, to, commitsOnly, fn)
}

// FollowRaw hands over every message of the stream after the position, as it was stored: none is decoded and none is left out.
// Otherwise it is as Follow.
func (s *stream) FollowRaw(ctx context.Context, from uint64, fn func([]Raw) error) error {
	return read(ctx, s, from, math.MaxUint64, asStored, fn)
}

// ScanRaw hands over the messages after one position up to another, which the stream must have reached, and returns nil after the
// last. Otherwise it is as FollowRaw.
func (s *stream) ScanRaw(ctx context.Context, from, to uint64, fn func([]Raw) error) error {
	return scan(ctx, s, from, to, asStored, fn)
}

// A decoder says what a message is to a reader, or that the reader leaves it out.
type decoder[T any] func(Raw) (item T, wanted bool, err error)

func asStored(r Raw) (Raw, bool, error) { return r, true, nil }

func commitsOnly(r Raw) (domain.Commit, bool, error) {
	if !strings.HasPrefix(r.Subject, casePrefix) {
		return domain.Commit{}, false, nil
	}
	c, err := r.commit()
	return c, err == nil, err
}

func scan[T any](ctx context.Context, s *stream, from, to uint64, decode decoder[T], fn func([]T) error) error {
	if to <= from {
		return nil
	}
	head, err := s.Head(ctx)
	if err != nil {
		return fmt.Errorf("couldn't scan the log: %w", err)
	}
	if head < to {
		return fmt.Errorf("couldn't scan the log: %w: it ends at position %d, not %d", ErrGap, head, to)
	}
	return read(ctx, s, from, to, decode, fn)
}

// batch is what one call of a reader's function is given.
type batch[T any] struct {
	items       []T
	size        int // bytes of the messages
	first, last uint64
}

func (b *batch[T]) add(item T, r Raw) {
	if len(b.items) == 0 {
		b.first = r.Position
	}
	b.items, b.size, b.last = append(b.items, item), b.size+len(r.Data), r.Position
}

func (b *batch[T]) full() bool { return len(b.items) >= batchCommits || b.size >= batchBytes }

// read runs three stages side by side: one takes messages from the server, one decodes and gathers, and the caller's goroutine
// runs fn. Each waits for the next only when that one is busy.
func read[T any](ctx context.Context, s *stream, from, to uint64, decode decoder[T], fn func([]T) error) error {
	inner, stop := context.WithCancel(ctx)
	var stages sync.WaitGroup
	defer stages.Wait()
	defer stop()
	records := make(chan Raw, 256)
	batches := make(chan batch[T])
	var takeErr, gatherErr error // each set before its stage closes its channel
	stages.Go(func() {
		defer close(records)
		takeErr = s.take(inner, from, to, records)
	})
	stages.Go(func() {
		defer close(batches)
		if gatherErr = gather(inner, records, decode, batches); gatherErr == nil {
			gatherErr = takeErr
		}
	})
	for b := range batches {
		if err := fn(b.items); err != nil {
			return fmt.Errorf("couldn't apply positions %d to %d: %w", b.first, b.last, err)
		}
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if gatherErr != nil {
		return fmt.Errorf("couldn't read the log: %w", gatherErr)
	}
	return nil
}

// gather decodes messages and hands over what it has whenever the receiver is free. At an undecodable one it first hands over
// what came before, so that what is readable is applied.
func gather[T any](ctx context.Context, records <-chan Raw, decode decoder[T], batches chan<- batch[T]) error {
	var gathered batch[T]
	var failed error
	for records != nil || len(gathered.items) > 0 {
		in, out := records, batches
		if len(gathered.items) == 0 {
			out = nil
		}
		if gathered.full() {
			in = nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case out <- gathered:
			gathered = batch[T]{}
		case r, open := <-in:
			if !open {
				records = nil
				break
			}
			item, wanted, err := decode(r)
			if err != nil {
				failed, records = err, nil
				break
			}
			if wanted {
				gathered.add(item, r)
			}
		}
	}
	return failed
}

// cursor is how far a reader has come.
type cursor struct {
	position uint64
	last     []byte // the message at position, nil where none has been read yet
}

// take sends the log's records after a position up to another, opening a new session whenever one was interrupted.
func (s *stream) take(ctx context.Context, from, to uint64, records chan<- Raw) error {
	at := &cursor{position: from}
	for failing := false; ; {
		before := at.position
		err := s.session(ctx, at, to, records)
		switch {
		case err == nil:
			return nil
		case ctx.Err() != nil:
			return ctx.Err()
		case s.nc.IsClosed():
			return unavailable("read from the log", nats.ErrConnectionClosed)
		case !errors.Is(err, errInterrupted) && !errors.Is(err, ErrUnavailable):
			return err
		case at.position != before:
			failing = false
			continue
		}
		if !failing {
			s.options.Logger.LogAttrs(ctx, slog.LevelWarn, "reading the log was interrupted; trying again",
				slog.Uint64("position", at.position), slog.Any("error", err))
			failing = true
		}
		if err := pause(ctx, 50*time.Millisecond, 250*time.Millisecond); err != nil {
			return err
		}
	}
}

// session reads with one consumer until it is interrupted. It begins at the last message that was read: that this is still the
// same shows that the log is still the same.
func (s *stream) session(ctx context.Context, at *cursor, to uint64, records chan<- Raw) error {
	connected, stop := s.untilReconnect(ctx)
	defer stop()
	if err := s.checkEnd(connected, at); err != nil {
		return err
	}
	messages, err := s.consume(connected, at)
	if err != nil {
		return err
	}
	defer messages.Stop()
	for delivered := uint64(1); at.position < to; delivered++ {
		m, err := messages.Next(jetstream.NextContext(connected))
		if err != nil {
			return fmt.Errorf("%w: %w", errInterrupted, err)
		}
		r, err := received(m, delivered)
		if err != nil {
			return err
		}
		fresh, err := at.advance(r)
		if err != nil {
			return err
		}
		if !fresh {
			continue
		}
		select {
		case records <- r:
		case <-ctx.Done(): // a reconnect is no reason: the cursor is past the record already
			return ctx.Err()
		}
	}
	return nil
}

// untilReconnect returns a context that ends when the connection was lost and has come back: what was under way to the reader may
// be lost, and the consumer with it.
func (s *stream) untilReconnect(ctx context.Context) (context.Context, func()) {
	ctx, cancel := context.WithCancel(ctx)
	connected := s.nc.StatusChanged(nats.CONNECTED)
	go func() {
		defer cancel()
		select {
		case <-connected:
		case <-ctx.Done():
		}
	}()
	return ctx, func() {
		cancel()
		s.nc.RemoveStatusListener(connected)
	}
}

// checkEnd makes sure that the log still reaches as far as it has been read. A consumer that starts behind the end would wait for
// positions that were given out before.
func (s *stream) checkEnd(ctx context.Context, at *cursor) error {
	if at.last != nil {
		s.end.knows(at.position)
	}
	held, err := s.Extent(ctx, at.position)
	if err == nil && held.Last < at.position {
		err = fmt.Errorf("%w: it ends at position %d and has been read to %d", ErrGap, held.Last, at.position)
	}
	return err
}

// consume makes a consumer without a filter. Filters are slow, and without one every position must come.
func (s *stream) consume(ctx context.Context, at *cursor) (jetstream.MessagesContext, error) {
	start := at.position
	if at.last == nil {
		start++
	}
	create, cancel := context.WithTimeout(ctx, readTimeout)
	defer cancel()
	consumer, err := s.js.CreateConsumer(create, s.name, jetstream.ConsumerConfig{
		DeliverPolicy: jetstream.DeliverByStartSequencePolicy, OptStartSeq: start,
		AckPolicy: jetstream.AckNonePolicy, MemoryStorage: true, Replicas: 1, InactiveThreshold: consumerLife,
	})
	if err != nil {
		return nil, unavailable("make a consumer", err)
	}
	messages, err := consumer.Messages(
		jetstream.PullMaxMessagesWithBytesLimit(pullMessages, pullBytes),
		jetstream.PullHeartbeat(heartbeat), jetstream.WithMessagesErrOnMissingHeartbeat(true),
	)
	if err != nil {
		return nil, unavailable("read from a consumer", err)
	}
	return messages, nil
}

// received reads a delivery. Deliveries are counted: one that got lost on its way is no gap in the log.
func received(m jetstream.Msg, delivered uint64) (Raw, error) {
	meta, err := m.Metadata()
	if err != nil {
		return Raw{}, fmt.Errorf("%w: %w", errInterrupted, err)
	}
	if meta.Sequence.Consumer != delivered {
		return Raw{}, fmt.Errorf("%w: a delivery was lost", errInterrupted)
	}
	return Raw{meta.Sequence.Stream, m.Subject(), acceptedAt(m.Headers(), meta.Timestamp), m.Data()}, nil
}

// advance moves the cursor over a record, and reports whether it is a new one. A consumer on a replica that is behind may begin
// before the place it was asked to.
func (at *cursor) advance(r Raw) (bool, error) {
	switch {
	case r.Position == at.position && at.last != nil && !bytes.Equal(r.Data, at.last):
		return false, fmt.Errorf("%w: position %d is no longer what it was", ErrGap, r.Position)
	case r.Position <= at.position:
		return false, nil
	case r.Position != at.position+1:
		return false, fmt.Errorf("%w: position %d comes after position %d", ErrGap, r.Position, at.position)
	}
	at.position, at.last = r.Position, r.Data
	return true, nil
}
