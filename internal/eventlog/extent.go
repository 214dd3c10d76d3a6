package eventlog

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// Extent is what the server believes a stream to hold.
type Extent struct {
	Last  uint64 // position of the last message; 0 where there is none
	Whole bool   // every position from 1 to Last has its message, as far as the server knows
}

// Extent asks for the extent of a stream that has reached a position as far as the caller knows, 0 where that knows nothing. A message whose
// bytes the server can no longer read counts as there until it is asked for. It fails with ErrUnavailable, and with ErrSeemsShort too for
// a while where the stream seems to end before that.
func (s *stream) Extent(ctx context.Context, least uint64) (Extent, error) {
	info, err := s.info(ctx)
	if err != nil {
		return Extent{}, err
	}
	held := info.State
	if err := s.end.hears(held.LastSeq, least, time.Now(), s.patience()); err != nil {
		return Extent{}, unavailable("ask for the stream "+s.name, err)
	}
	return Extent{held.LastSeq, held.LastSeq == 0 || held.FirstSeq == 1 && held.Msgs == held.LastSeq}, nil
}

// At returns the message at a position as the stream's leader has it; one without a position where the leader has none there. It fails
// with ErrUnavailable.
func (s *stream) At(ctx context.Context, position uint64) (Raw, error) {
	return s.ask(ctx, leaderQuestion{Position: position})
}

// Renew takes a stream away and makes an empty one in its place, which is then refilled. The name is StreamName or TrailName. It needs
// rights that the running service does not have on an outside server.
func Renew(ctx context.Context, nc *nats.Conn, name string, replicas int) error {
	js, err := jetstream.New(nc)
	if err != nil {
		return fmt.Errorf("couldn't use JetStream: %w", err)
	}
	if err := js.DeleteStream(ctx, name); err != nil && !errors.Is(err, jetstream.ErrStreamNotFound) {
		return fmt.Errorf("couldn't take the stream %s away: %w", name, err)
	}
	return CreateStream(ctx, nc, replicas)
}
