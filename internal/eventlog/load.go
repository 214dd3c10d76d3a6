package eventlog

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"songtor/domain"
)

// loadBatch is how many commits one request asks for. A case has tens.
const loadBatch = 500

// Load returns all commits of a case, the first one first; none is no error. It sees every commit that Append has returned before.
// It fails with ErrBrokenChain, an error of Decode, ErrBadCaseID or ErrUnavailable.
func (l *Log) Load(ctx context.Context, caseID string) ([]domain.Commit, error) {
	records, err := l.LoadRaw(ctx, caseID)
	if err != nil {
		return nil, err
	}
	commits, err := chain(records)
	if err != nil {
		return nil, fmt.Errorf("couldn't load a case: %w", err)
	}
	return commits, nil
}

// NextCommit tells where the first commit after a position lies and when the log took it; the position is 0 where there is none. It fails
// with ErrUnavailable.
func (l *Log) NextCommit(ctx context.Context, after uint64) (position uint64, accepted time.Time, err error) {
	r, err := l.ask(ctx, leaderQuestion{Position: after + 1, Next: casePrefix + "*"})
	return r.Position, r.Accepted, err
}

// LoadRaw returns all messages of a case as they were stored, the first one first; none is no error. It sees every commit that
// Append has returned before. It fails with ErrBadCaseID or ErrUnavailable.
func (l *Log) LoadRaw(ctx context.Context, caseID string) ([]Raw, error) {
	subject, err := subjectOf(caseID)
	if err != nil {
		return nil, fmt.Errorf("couldn't load a case: %w", err)
	}
	records, err := l.stored(ctx, subject, 0)
	if err != nil {
		return nil, fmt.Errorf("couldn't load a case: %w", err)
	}
	return records, nil
}

// stored reads the messages of a subject after a position. It fails with ErrUnavailable where a server does not give what it has.
func (s *stream) stored(ctx context.Context, subject string, after uint64) ([]Raw, error) {
	records, err := s.given(ctx, subject, after)
	if err != nil || len(records) > 0 || after > 0 {
		return records, err
	}
	count, err := s.count(ctx, subject)
	if err != nil || count == 0 {
		return nil, err
	}
	// Either the first message came meanwhile, or it cannot be read.
	if records, err = s.given(ctx, subject, after); err == nil && len(records) == 0 {
		err = unavailable("read from the log", errWithheld)
	}
	return records, err
}

// given are the messages of a subject after a position that the servers give.
func (s *stream) given(ctx context.Context, subject string, after uint64) ([]Raw, error) {
	records, err := s.direct(ctx, subject, after)
	if err != nil || s.single.Load() {
		return records, err
	}
	return s.catchUp(ctx, subject, after, records)
}

// errWithheld says that a server has messages which it does not give. One whose disk fails answers as if there were none.
var errWithheld = errors.New("the server has messages that it does not give")

// count is how many messages a subject has, which the leader knows without its disk. A leader that was parted from the others may know of
// none where there are some: its word is believed no more than that on the end of the stream.
func (s *stream) count(ctx context.Context, subject string) (uint64, error) {
	info, err := s.info(ctx, jetstream.WithSubjectFilter(subject))
	if err != nil {
		return 0, unavailable("read from the log", err)
	}
	return info.State.Subjects[subject], nil
}

// direct asks whichever server is nearest, in as few requests as it takes.
func (s *stream) direct(ctx context.Context, subject string, after uint64) ([]Raw, error) {
	ctx, cancel := context.WithTimeout(ctx, readTimeout)
	defer cancel()
	inbox := s.nc.NewInbox()
	// A subscription of the library's own queue makes room for 65,536 messages, half a megabyte for each case that is loaded.
	answers := make(chan *nats.Msg, loadBatch+1)
	subscription, err := s.nc.ChanSubscribe(inbox, answers)
	if err != nil {
		return nil, unavailable("read from the log", err)
	}
	defer func() { _ = subscription.Unsubscribe() }()
	var records []Raw
	for next := after + 1; ; next = records[len(records)-1].Position + 1 {
		question := fmt.Sprintf(`{"seq":%d,"next_by_subj":%q,"batch":%d}`, next, subject, loadBatch)
		if err := s.nc.PublishRequest("$JS.API.DIRECT.GET."+s.name, inbox, []byte(question)); err != nil {
			return nil, unavailable("read from the log", err)
		}
		before := len(records)
		var more bool
		if records, more, err = receive(ctx, answers, records); err != nil {
			return nil, err
		}
		switch {
		case len(records) == before && (more || before > 0): // it had said that there are more
			return nil, unavailable("read from the log", errWithheld)
		case !more:
			return records, nil
		}
	}
}

// receive adds the records of one batch. The second result says that the batch did not hold all there is.
func receive(ctx context.Context, answers <-chan *nats.Msg, records []Raw) ([]Raw, bool, error) {
	for {
		var m *nats.Msg
		select {
		case m = <-answers:
		case <-ctx.Done():
			return nil, false, unavailable("read from the log", ctx.Err())
		}
		switch status := m.Header.Get("Status"); status {
		case "":
			r, err := directRaw(m)
			if err != nil {
				return nil, false, err
			}
			records = append(records, r)
		case "204":
			if n := len(records); n > 0 && m.Header.Get(headerLast) != strconv.FormatUint(records[n-1].Position, 10) {
				return nil, false, unavailable("read from the log", errors.New("an answer is incomplete"))
			}
			return records, m.Header.Get(headerPending) != "0", nil
		case "404":
			return records, false, nil
		default:
			return nil, false, unavailable("read from the log", errors.New("status "+status))
		}
	}
}

// Headers of an answer to a batch of direct gets that the client library has no names for.
const (
	headerPending = "Nats-Num-Pending"
	headerLast    = "Nats-Last-Sequence"
)

func directRaw(m *nats.Msg) (Raw, error) {
	position, err := strconv.ParseUint(m.Header.Get(jetstream.SequenceHeader), 10, 64)
	if err != nil {
		return Raw{}, unavailable("read from the log", errors.New("an answer without a position"))
	}
	accepted, err := time.Parse(time.RFC3339Nano, m.Header.Get(jetstream.TimeStampHeaer))
	if err != nil {
		return Raw{}, unavailable("read from the log", errors.New("an answer without a time"))
	}
	return Raw{position, m.Header.Get(jetstream.SubjectHeader), acceptedAt(m.Header, accepted), m.Data}, nil
}

// catchUp adds what the leader has and the server that answered has not yet: right after an acknowledgement a replica can be behind.
func (s *stream) catchUp(ctx context.Context, subject string, after uint64, records []Raw) ([]Raw, error) {
	tail, err := s.ask(ctx, leaderQuestion{Last: subject})
	if err != nil {
		return nil, err
	}
	for last := max(after, lastPosition(records)); last < tail.Position; last = lastPosition(records) {
		r, err := s.ask(ctx, leaderQuestion{Position: last + 1, Next: subject})
		switch {
		case err != nil:
			return nil, err
		case r.Position == 0:
			return nil, unavailable("read from the log", errors.New("the leader contradicts itself"))
		}
		records = append(records, r)
	}
	return records, nil
}

func lastPosition(records []Raw) uint64 {
	if len(records) == 0 {
		return 0
	}
	return records[len(records)-1].Position
}

// chain decodes a case's records and checks that each follows from the one before.
func chain(records []Raw) ([]domain.Commit, error) {
	var commits []domain.Commit
	previous := ""
	for i, r := range records {
		c, err := r.commit()
		if err != nil {
			return nil, err
		}
		if c.Number != i+1 || c.Previous != previous {
			return nil, fmt.Errorf("%w: the commit at position %d does not follow from the one before", ErrBrokenChain, r.Position)
		}
		previous = c.Digest
		commits = append(commits, c)
	}
	return commits, nil
}
