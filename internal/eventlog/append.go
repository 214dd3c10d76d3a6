package eventlog

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strconv"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"songtor/domain"
)

const (
	// publishTimeout bounds the wait for one acknowledgement. After it the answer counts as lost.
	publishTimeout = 2 * time.Second
	// publishAttempts bounds how often a message whose answer was lost is sent again.
	publishAttempts = 5
	// inFlightAttempts bounds how often a message is sent while another to its subject is still being written.
	inFlightAttempts = 4
)

// Codes of JetStream's answers to a publish that the client library has no names for.
const (
	codeInFlight          = jetstream.ErrorCode(10164) // another message to the subject is being written
	codeDuplicateInFlight = jetstream.ErrorCode(10158) // this very message is being written
	codeTooLarge          = jetstream.ErrorCode(10054) // over max_msg_size
)

// What can come of one publish, beside the position and ErrTooLarge. Any other error means that it is not known what came of it.
var (
	errMoved    = errors.New("the subject's last position is another")
	errInFlight = errors.New("a message to the subject is in flight")
)

// entry is a commit on its way into the log. Its message never changes: what is sent again is the same bytes under the same
// expectation, so the server can store them once at most.
type entry struct {
	message  *nats.Msg
	digest   string
	expected uint64
}

// Append writes a commit to the log. Expected is the position of the case's last commit on which the decision rests, 0 where the
// case has none. On success the commit's Position and Digest are set and it is on disk; AcceptedAt stays zero, since the server
// tells the time only to readers.
//
// It fails with ErrConflict where the case has moved, with ErrUnavailable where it cannot be known what happened before ctx ends,
// with ErrTooLarge, ErrBadCaseID, or an error of Encode.
func (l *Log) Append(ctx context.Context, c *domain.Commit, expected uint64) error {
	subject, err := subjectOf(c.CaseID)
	if err != nil {
		return fmt.Errorf("couldn't append a commit: %w", err)
	}
	data, err := Encode(c)
	if err != nil {
		return err
	}
	e := newEntry(subject, data, expected)
	position, err := l.store(ctx, e)
	if err != nil {
		return fmt.Errorf("couldn't append a commit: %w", err)
	}
	c.Position, c.Digest = position, e.digest
	return nil
}

// newEntry makes the message of a commit. The message id is the digest and not the command's id: a command that is repeated after
// its answer was lost is sealed anew, and JetStream must not take the one for the other.
func newEntry(subject string, data []byte, expected uint64) entry {
	digest := Digest(data)
	return entry{
		message: &nats.Msg{
			Subject: subject,
			Data:    data,
			Header: nats.Header{
				jetstream.ExpectedLastSubjSeqHeader: {strconv.FormatUint(expected, 10)},
				jetstream.MsgIDHeader:               {digest},
			},
		},
		digest:   digest,
		expected: expected,
	}
}

// store publishes until it is known what happened, or no longer worth trying.
func (l *Log) store(ctx context.Context, e entry) (uint64, error) {
	var err error
	for range publishAttempts {
		var position uint64
		position, err = l.publish(ctx, e.message)
		if err == nil || errors.Is(err, ErrTooLarge) {
			return position, err
		}
		tail, readErr := l.ask(ctx, leaderQuestion{Last: e.message.Subject})
		switch {
		case readErr != nil:
			return 0, readErr
		case tail.Position != 0 && Digest(tail.Data) == e.digest:
			return tail.Position, nil
		case errors.Is(err, errMoved) || tail.Position != e.expected:
			return 0, ErrConflict
		}
		if waitErr := pause(ctx, 5*time.Millisecond, 50*time.Millisecond); waitErr != nil {
			return 0, unavailable("publish", waitErr)
		}
	}
	return 0, unavailable("publish", err)
}

// publish sends the message, and again while the server says that another one to the subject is in flight. On three replicas that
// answer comes even to a single writer right after its own acknowledgement; a few milliseconds later it is gone.
func (s *stream) publish(ctx context.Context, m *nats.Msg) (uint64, error) {
	if err := s.whole(ctx); err != nil {
		return 0, err
	}
	for range inFlightAttempts {
		position, err := s.publishOnce(ctx, m)
		if !errors.Is(err, errInFlight) {
			return position, err
		}
		if err := pause(ctx, time.Millisecond, 4*time.Millisecond); err != nil {
			return 0, err
		}
	}
	return 0, errMoved
}

func (s *stream) publishOnce(ctx context.Context, m *nats.Msg) (uint64, error) {
	ctx, cancel := context.WithTimeout(ctx, publishTimeout)
	defer cancel()
	began := time.Now()
	answer, err := s.nc.RequestMsgWithContext(ctx, m)
	switch {
	case errors.Is(err, nats.ErrMaxPayload):
		return 0, ErrTooLarge
	case err != nil:
		s.unanswered(ctx, &s.outages.writes, began, err)
		return 0, err
	}
	position, err := s.readAck(answer.Data)
	switch {
	case err == nil:
		s.outages.answered(&s.outages.writes)
		s.end.knows(position)
	case !errors.Is(err, errMoved) && !errors.Is(err, errInFlight) && !errors.Is(err, ErrTooLarge):
		s.unanswered(ctx, &s.outages.writes, began, err)
	}
	return position, err
}

func (p place) readAck(data []byte) (uint64, error) {
	var ack struct {
		Stream   string              `json:"stream"`
		Position uint64              `json:"seq"`
		Error    *jetstream.APIError `json:"error"`
	}
	if err := json.Unmarshal(data, &ack); err != nil {
		return 0, errors.New("malformed acknowledgement")
	}
	switch {
	case ack.Error == nil && ack.Stream == p.name && ack.Position > 0:
		return ack.Position, nil
	case ack.Error == nil:
		return 0, errors.New("the acknowledgement is another stream's")
	}
	switch ack.Error.ErrorCode {
	case jetstream.JSErrCodeStreamWrongLastSequence:
		return 0, errMoved
	case codeInFlight, codeDuplicateInFlight:
		return 0, errInFlight
	case codeTooLarge:
		return 0, ErrTooLarge
	}
	return 0, ack.Error
}

// pause waits for a random time between the two, or until ctx ends.
func pause(ctx context.Context, least, most time.Duration) error {
	timer := time.NewTimer(least + rand.N(most-least))
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
