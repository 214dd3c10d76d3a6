package eventlog

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// headerAccepted is when a message that was put back had been accepted first: the server's own time is that of the putting back.
const headerAccepted = "Songtor-Accepted"

// refillTime bounds the putting back of one batch.
const refillTime = 2 * time.Minute

// OpenToRefill binds to the streams of the log and the trail on a server that does not sync its writes, so that they are filled quickly:
// whoever fills them puts the server's files on disk afterwards, and nothing counts as accepted before. Nothing is appended to what it
// returns.
func OpenToRefill(nc *nats.Conn, o Options) (*Log, *Trail, error) {
	cases, err := unchecked(nc, casesPlace, o)
	if err != nil {
		return nil, nil, err
	}
	trail, err := unchecked(nc, trailPlace, o)
	if err != nil {
		return nil, nil, err
	}
	return &Log{cases}, &Trail{trail}, nil
}

// Refill puts messages back onto the positions that they had, with the times at which they were accepted: into a stream that ends right
// before the first of them. They must follow each other without a gap. All of them are on disk when it returns nil.
//
// It is for a stream that lost its end, or that is filled from a backup, while nothing else is written. It fails with ErrConflict where
// the stream ends elsewhere, with ErrGap where the messages do not follow each other, with ErrTooLarge, and with ErrUnavailable where it
// is not known how far it came: Head tells.
func (s *stream) Refill(ctx context.Context, messages []Raw) error {
	ctx, cancel := context.WithTimeout(ctx, refillTime)
	defer cancel()
	inbox := s.nc.NewInbox()
	answers, err := s.nc.SubscribeSync(inbox)
	if err != nil {
		return unavailable("put messages back", err)
	}
	defer func() { _ = answers.Unsubscribe() }()
	if err := answers.SetPendingLimits(-1, -1); err != nil {
		return unavailable("put messages back", err)
	}
	for i, r := range messages {
		if r.Position != messages[0].Position+uint64(i) {
			return fmt.Errorf("couldn't put messages back: %w: position %d comes after %d", ErrGap, r.Position, messages[i-1].Position)
		}
		m := &nats.Msg{Subject: r.Subject, Reply: inbox, Data: r.Data, Header: nats.Header{
			jetstream.ExpectedLastSeqHeader: {strconv.FormatUint(r.Position-1, 10)},
			headerAccepted:                  {r.Accepted.UTC().Format(time.RFC3339Nano)},
		}}
		switch err := s.nc.PublishMsg(m); {
		case errors.Is(err, nats.ErrMaxPayload):
			return fmt.Errorf("couldn't put position %d back: %w", r.Position, ErrTooLarge)
		case err != nil:
			return unavailable("put messages back", err)
		}
	}
	return s.refilled(ctx, answers, messages)
}

// refilled waits for the answers. They come in the order of the messages, which the server takes from one connection one by one.
func (s *stream) refilled(ctx context.Context, answers *nats.Subscription, messages []Raw) error {
	for _, r := range messages {
		answer, err := answers.NextMsgWithContext(ctx)
		if err != nil {
			return unavailable("put messages back", err)
		}
		position, err := s.readAck(answer.Data)
		switch {
		case errors.Is(err, errMoved), err == nil && position != r.Position:
			return fmt.Errorf("couldn't put position %d back: %w", r.Position, ErrConflict)
		case errors.Is(err, ErrTooLarge):
			return fmt.Errorf("couldn't put position %d back: %w", r.Position, err)
		case err != nil:
			return unavailable("put messages back", err)
		}
	}
	return nil
}

// acceptedAt is when a message was accepted: when the server stored it, unless it was put back.
func acceptedAt(header nats.Header, stored time.Time) time.Time {
	if said := header.Get(headerAccepted); said != "" {
		if first, err := time.Parse(time.RFC3339Nano, said); err == nil {
			return first.UTC()
		}
	}
	return stored.UTC()
}
