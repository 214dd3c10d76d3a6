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
	// shortAnswers is how often the log may seem shorter than what has been read from it. A server that has just become leader may
	// say so once or twice while it catches up.
	shortAnswers = 5
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
	return l.read(ctx, from, math.MaxUint64, fn)
}

// Scan hands over the commits after one position up to another, which the log must have reached, and returns nil after the last.
// Otherwise it is as Follow.
func (l *Log) Scan(ctx context.Context, from, to uint64, fn func([]domain.Commit) error) error {
	if to <= from {
		return nil
	}
	head, err := l.Head(ctx)
	if err != nil {
		return fmt.Errorf("couldn't scan the log: %w", err)
	}
	if head < to {
		return fmt.Errorf("couldn't scan the log: %w: it ends at position %d, not %d", ErrGap, head, to)
	}
	return l.read(ctx, from, to, fn)
}

// read runs three stages side by side: one takes messages from the server, one decodes and gathers, and the caller's goroutine
// runs fn. Each waits for the next only when that one is busy.
func (l *Log) read(ctx context.Context, from, to uint64, fn func([]domain.Commit) error) error {
	inner, stop := context.WithCancel(ctx)
	var stages sync.WaitGroup
	defer stages.Wait()
	defer stop()
	records := make(chan record, 256)
	batches := make(chan []domain.Commit)
	var takeErr, gatherErr error // each set before its stage closes its channel
	stages.Go(func() {
		defer close(records)
		takeErr = l.take(inner, from, to, records)
	})
	stages.Go(func() {
		defer close(batches)
		if gatherErr = gather(inner, records, batches); gatherErr == nil {
			gatherErr = takeErr
		}
	})
	for batch := range batches {
		if err := fn(batch); err != nil {
			return fmt.Errorf("couldn't apply positions %d to %d: %w", batch[0].Position, batch[len(batch)-1].Position, err)
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

// gather decodes records and hands over what it has whenever the receiver is free. At an undecodable record it first hands over
// what came before, so that what is readable is applied.
func gather(ctx context.Context, records <-chan record, batches chan<- []domain.Commit) error {
	var batch []domain.Commit
	var size int
	var failed error
	for records != nil || len(batch) > 0 {
		in, out := records, batches
		if len(batch) == 0 {
			out = nil
		}
		if len(batch) >= batchCommits || size >= batchBytes {
			in = nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case out <- batch:
			batch, size = nil, 0
		case r, open := <-in:
			if !open {
				records = nil
				break
			}
			c, err := r.commit()
			if err != nil {
				failed, records = err, nil
				break
			}
			batch, size = append(batch, c), size+len(r.data)
		}
	}
	return failed
}

// cursor is how far a reader has come.
type cursor struct {
	position uint64
	last     []byte // the message at position, nil where none has been read yet
	short    int    // how often in a row the log seemed to end before position
}

// take sends the log's records after a position up to another, opening a new session whenever one was interrupted.
func (l *Log) take(ctx context.Context, from, to uint64, records chan<- record) error {
	at := &cursor{position: from}
	for failing := false; ; {
		before := at.position
		err := l.session(ctx, at, to, records)
		switch {
		case err == nil:
			return nil
		case ctx.Err() != nil:
			return ctx.Err()
		case l.nc.IsClosed():
			return unavailable("read from the log", nats.ErrConnectionClosed)
		case !errors.Is(err, errInterrupted) && !errors.Is(err, ErrUnavailable):
			return err
		case at.position != before:
			failing = false
			continue
		}
		if !failing {
			l.options.Logger.LogAttrs(ctx, slog.LevelWarn, "reading the log was interrupted; trying again",
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
func (l *Log) session(ctx context.Context, at *cursor, to uint64, records chan<- record) error {
	connected, stop := l.untilReconnect(ctx)
	defer stop()
	if err := l.checkEnd(connected, at); err != nil {
		return err
	}
	messages, err := l.consume(connected, at)
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
		if !fresh || !strings.HasPrefix(r.subject, casePrefix) {
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
func (l *Log) untilReconnect(ctx context.Context) (context.Context, func()) {
	ctx, cancel := context.WithCancel(ctx)
	connected := l.nc.StatusChanged(nats.CONNECTED)
	go func() {
		defer cancel()
		select {
		case <-connected:
		case <-ctx.Done():
		}
	}()
	return ctx, func() {
		cancel()
		l.nc.RemoveStatusListener(connected)
	}
}

// checkEnd makes sure that the log still reaches as far as it has been read. A consumer that starts behind the end would wait for
// positions that were given out before.
func (l *Log) checkEnd(ctx context.Context, at *cursor) error {
	head, err := l.Head(ctx)
	switch {
	case err != nil:
		return err
	case head >= at.position:
		at.short = 0
		return nil
	}
	if at.short++; at.short < shortAnswers {
		return fmt.Errorf("%w: the log seems to end at position %d", errInterrupted, head)
	}
	return fmt.Errorf("%w: it ends at position %d and has been read to %d", ErrGap, head, at.position)
}

// consume makes a consumer without a filter. Filters are slow, and without one every position must come.
func (l *Log) consume(ctx context.Context, at *cursor) (jetstream.MessagesContext, error) {
	start := at.position
	if at.last == nil {
		start++
	}
	create, cancel := context.WithTimeout(ctx, readTimeout)
	defer cancel()
	consumer, err := l.js.CreateConsumer(create, StreamName, jetstream.ConsumerConfig{
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
func received(m jetstream.Msg, delivered uint64) (record, error) {
	meta, err := m.Metadata()
	if err != nil {
		return record{}, fmt.Errorf("%w: %w", errInterrupted, err)
	}
	if meta.Sequence.Consumer != delivered {
		return record{}, fmt.Errorf("%w: a delivery was lost", errInterrupted)
	}
	return record{m.Subject(), meta.Sequence.Stream, meta.Timestamp.UTC(), m.Data()}, nil
}

// advance moves the cursor over a record, and reports whether it is a new one. A consumer on a replica that is behind may begin
// before the place it was asked to.
func (at *cursor) advance(r record) (bool, error) {
	switch {
	case r.position == at.position && at.last != nil && !bytes.Equal(r.data, at.last):
		return false, fmt.Errorf("%w: position %d is no longer what it was", ErrGap, r.position)
	case r.position <= at.position:
		return false, nil
	case r.position != at.position+1:
		return false, fmt.Errorf("%w: position %d comes after position %d", ErrGap, r.position, at.position)
	}
	at.position, at.last = r.position, r.data
	return true, nil
}
