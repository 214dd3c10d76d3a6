package eventlog

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// The stream of the trail. Everything in it lies on one literal subject.
const (
	TrailName     = "ACCESS"
	TrailSubjects = "access.>"

	trailSubject = "access.record"
)

var trailPlace = place{TrailName, "Songtor's access record: who opened what, for ever", TrailSubjects}

// Trail is the record of who opened what, on a stream of its own beside the log. It is written far more often than the log, and
// nothing in it may be missing: before something is shown, that it will be is on disk. Its methods may be called concurrently.
type Trail struct{ *stream }

// OpenTrail binds to the trail's stream, with the checks and errors of Open.
func OpenTrail(ctx context.Context, nc *nats.Conn, o Options) (*Trail, error) {
	s, err := bind(ctx, nc, trailPlace, o)
	if err != nil {
		return nil, err
	}
	return &Trail{s}, nil
}

// Append writes one message and returns its position once it is on disk. Where the answer is lost the same bytes are sent again, and
// the server takes them once within its duplicate window of two minutes; bytes that are given to Append again later may lie in the
// trail twice, so a reader has to tell by their content that they are the same.
//
// It fails with ErrTooLarge, and with ErrUnavailable where it cannot be known before ctx ends whether the bytes were written.
func (t *Trail) Append(ctx context.Context, data []byte) (uint64, error) {
	m := &nats.Msg{Subject: trailSubject, Data: data, Header: nats.Header{jetstream.MsgIDHeader: {Digest(data)}}}
	var err error
	for range publishAttempts {
		var position uint64
		position, err = t.publish(ctx, m)
		switch {
		case err == nil:
			return position, nil
		case errors.Is(err, ErrTooLarge):
			return 0, fmt.Errorf("couldn't append to the trail: %w", err)
		}
		if waitErr := pause(ctx, 5*time.Millisecond, 50*time.Millisecond); waitErr != nil {
			break
		}
	}
	return 0, unavailable("append to the trail", err)
}
