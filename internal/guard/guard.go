package guard

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"songtor/internal/archive"
	"songtor/internal/eventlog"
)

const (
	// tail is how many of the last messages each check compares with the second copy: what a crash or a bad block takes is at the end.
	tail = 5000
	// checkEvery is how often the log is compared while the service runs.
	checkEvery = time.Hour
	// step is how many messages are compared or put back at a time.
	step = 500
	// patience is how long a step may take before its messages are asked for one by one: a reader of a stream whose last message
	// cannot be read waits for it for ever.
	patience = 10 * time.Second
	// copyPatience is how long the second copy may stand still while the log goes on.
	copyPatience = time.Minute
)

// Log is a stream as the guard needs it: eventlog.Log or eventlog.Trail.
type Log interface {
	Source
	At(ctx context.Context, position uint64) (eventlog.Raw, error)
	Refill(ctx context.Context, messages []eventlog.Raw) error
}

// Source is a stream or its copy, as a tree is computed from it.
type Source interface {
	Head(ctx context.Context) (uint64, error)
	Extent(ctx context.Context, least uint64) (eventlog.Extent, error)
	FollowRaw(ctx context.Context, from uint64, fn func([]eventlog.Raw) error) error
	ScanRaw(ctx context.Context, from, to uint64, fn func([]eventlog.Raw) error) error
}

// ErrNotSigned says that messages are not those that were signed.
var ErrNotSigned = errors.New("not what was signed")

// Stream is one stream and all that is known about it elsewhere.
type Stream struct {
	Name string
	Log  Log
	// Applied is the highest position that anything made from the stream has applied.
	Applied func(ctx context.Context) (uint64, error)
	// Signed is how many messages the last signed checkpoint covers.
	Signed func(ctx context.Context) (uint64, error)
	// Prove computes the tree from messages and compares it with every signed checkpoint. It fails with ErrNotSigned.
	Prove func(ctx context.Context, from Source) error
	// Renew keeps the stream's files aside and makes an empty stream in its place; nil where the service may not.
	Renew func(ctx context.Context) error
}

// Guard compares the streams with what is known about them elsewhere and repairs what it can.
type Guard struct {
	State   *State
	Archive *archive.Archive
	Streams []Stream
	Log     *slog.Logger
	// Alone runs work while no other process on the same stores does: two that put the same messages back would be in each other's way.
	Alone func(ctx context.Context, work func(context.Context) error) error
}

// damage is a place at which a stream is not its copy.
type damage struct {
	position uint64
	other    bool // it holds another message; otherwise none
}

// What an operator is told to do.
const (
	restartHint = "Restart the service: before anything is written it puts back what is missing from the second copy."
	restoreHint = "Keep the data folder as it is and restore the last backup into a new one (songtor restore); deployments/README.md says how."
)

// Start compares every stream before anything is written, and repairs it from the second copy where that can be done honestly. What it
// cannot repair makes the State refuse. It fails only where the log or the database do not answer.
func (g *Guard) Start(ctx context.Context) error { return g.Alone(ctx, g.start) }

func (g *Guard) start(ctx context.Context) error {
	for _, s := range g.Streams {
		if err := g.check(ctx, s, true); err != nil {
			return fmt.Errorf("couldn't compare the stream %s with its second copy: %w", s.Name, err)
		}
	}
	return nil
}

// Run copies the streams, and compares them every hour, until ctx ends. What differs makes the State refuse.
func (g *Guard) Run(ctx context.Context) {
	done := make(chan struct{})
	for _, s := range g.Streams {
		go func() {
			defer func() { done <- struct{}{} }()
			if err := g.Archive.Keep(ctx, s.Name, s.Log); err != nil {
				g.refuse(LogDiffers, s, "its second copy cannot go on: "+err.Error()+". "+restartHint)
			}
		}()
	}
	g.watch(ctx)
	for range g.Streams {
		<-done
	}
}

// watch looks after the copies all the time and after the streams every hour.
func (g *Guard) watch(ctx context.Context) {
	often, hourly := time.NewTicker(copyPatience/12), time.NewTicker(checkEvery)
	defer often.Stop()
	defer hourly.Stop()
	held := make([]standstill, len(g.Streams))
	for {
		select {
		case <-ctx.Done():
			return
		case <-often.C:
			away := false
			for i, s := range g.Streams {
				away = held[i].is(ctx, g.Archive, s) || away
			}
			if away {
				g.refuse(ArchiveAway, g.Streams[0], "nothing has come to the second copy for "+copyPatience.String()+". See whether PostgreSQL answers and has space.")
			} else if g.State.Allow(ArchiveAway) {
				g.Log.InfoContext(ctx, "the second copy follows the log again")
			}
		case <-hourly.C:
			for _, s := range g.Streams {
				if err := g.check(ctx, s, false); err != nil && ctx.Err() == nil {
					g.Log.WarnContext(ctx, "couldn't compare the log with its second copy", slog.String("stream", s.Name), slog.Any("error", err))
				}
			}
		}
	}
}

// standstill is since when a copy has not moved although its stream is ahead of it.
type standstill struct {
	at    uint64
	since time.Time
}

func (h *standstill) is(ctx context.Context, a *archive.Archive, s Stream) bool {
	ctx, cancel := context.WithTimeout(ctx, copyPatience/12)
	defer cancel()
	copied, err := a.State(ctx, s.Name)
	held, logErr := s.Log.Extent(ctx, 0)
	if logErr != nil {
		return false // the log's own trouble is told elsewhere
	}
	if err == nil && (copied.Position != h.at || copied.Position >= held.Last) || h.since.IsZero() {
		h.at, h.since = copied.Position, time.Now()
	}
	return time.Since(h.since) > copyPatience
}

func (g *Guard) refuse(r Reason, s Stream, words string) {
	if g.State.Refuse(r, "the stream "+s.Name+": "+words) {
		g.Log.Error("nothing is taken in any more", slog.String("reason", string(r)), slog.String("stream", s.Name), slog.String("error", words))
	}
}

// check compares one stream with its copy, with what was applied and with what was signed.
//
// The copy is asked before the stream, here and wherever the two are compared: it follows the stream and is never ahead of one that is whole.
func (g *Guard) check(ctx context.Context, s Stream, starting bool) error {
	copied, err := g.Archive.State(ctx, s.Name)
	if err != nil {
		return err
	}
	held, err := g.extent(ctx, s, copied.Position)
	if err != nil {
		return err
	}
	if copied.Beyond > 0 {
		return g.badCopy(ctx, s, starting, fmt.Errorf("%w: it has messages after its position %d", archive.ErrDamaged, copied.Position))
	}
	common, from := min(held.Last, copied.Position), uint64(0)
	if common > tail && held.Whole && !copied.Suspect {
		from = common - tail
	}
	found, err := g.compare(ctx, s, from, common)
	switch {
	case errors.Is(err, archive.ErrDamaged):
		return g.badCopy(ctx, s, starting, err)
	case err != nil:
		return err
	case len(found) > 0 && starting:
		return g.rebuild(ctx, s, held, copied.Position)
	case len(found) > 0:
		if err := g.Archive.Suspect(ctx, s.Name, true); err != nil {
			return err
		}
		g.refuse(LogDiffers, s, fmt.Sprintf("position %d is not what the second copy has. %s", found[0].position, restartHint))
		return nil
	case held.Last < copied.Position && !starting:
		g.refuse(LogShort, s, fmt.Sprintf("it ends at position %d and the second copy at %d. %s", held.Last, copied.Position, restartHint))
		return nil
	case held.Last < copied.Position:
		switch err := g.putBack(ctx, s, held.Last, copied.Position); {
		case errors.Is(err, archive.ErrDamaged):
			return g.badCopy(ctx, s, starting, err)
		case err != nil:
			return err
		}
	case copied.Suspect:
		if err := g.Archive.Suspect(ctx, s.Name, false); err != nil {
			return err
		}
	}
	return g.hold(ctx, s)
}

// extent asks how far a stream reaches, and again for as long as a server may know less than what others have of it.
func (g *Guard) extent(ctx context.Context, s Stream, least uint64) (eventlog.Extent, error) {
	for {
		held, err := s.Log.Extent(ctx, least)
		if !errors.Is(err, eventlog.ErrSeemsShort) {
			return held, err
		}
		select {
		case <-ctx.Done():
			return held, ctx.Err()
		case <-time.After(200 * time.Millisecond):
		}
	}
}

// hold compares the end of a stream with what was applied from it and what was signed of it. The end is asked for last: the other way round,
// what is written, applied and signed in between would look as if the stream had lost its end.
func (g *Guard) hold(ctx context.Context, s Stream) error {
	applied, err := s.Applied(ctx)
	if err != nil {
		return err
	}
	signed, err := s.Signed(ctx)
	switch {
	case errors.Is(err, ErrNotSigned):
		g.refuse(SignedMissing, s, "what was signed of it cannot be read: "+err.Error()+". "+restoreHint)
	case err != nil:
		return err
	}
	held, err := g.extent(ctx, s, max(applied, signed))
	if err != nil {
		return err
	}
	if applied > held.Last {
		g.refuse(LogShort, s, fmt.Sprintf("it ends at position %d, %d were applied, and the second copy has no more. %s", held.Last, applied, restoreHint))
	}
	if signed > held.Last {
		g.refuse(SignedMissing, s, fmt.Sprintf("it ends at position %d, %d were signed, and the second copy has no more. %s", held.Last, signed, restoreHint))
	}
	return nil
}

// compare finds where a stream is not its copy, after one position up to another that both reach. It fails with archive.ErrDamaged.
func (g *Guard) compare(ctx context.Context, s Stream, from, to uint64) (found []damage, err error) {
	err = g.Archive.Read(ctx, s.Name, from, to, func(copied []eventlog.Raw) error {
		for len(copied) > 0 {
			n := min(step, len(copied))
			more, err := compareStep(ctx, s.Log, copied[:n])
			if err != nil {
				return err
			}
			found, copied = append(found, more...), copied[n:]
		}
		return nil
	})
	return found, err
}

func compareStep(ctx context.Context, log Log, copied []eventlog.Raw) (found []damage, err error) {
	within, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	var held []eventlog.Raw
	err = log.ScanRaw(within, copied[0].Position-1, copied[len(copied)-1].Position, func(batch []eventlog.Raw) error {
		held = append(held, batch...)
		return nil
	})
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if err != nil || len(held) != len(copied) {
		return compareOneByOne(ctx, log, copied)
	}
	for i, r := range held {
		if !same(r, copied[i]) {
			found = append(found, damage{copied[i].Position, true})
		}
	}
	return found, nil
}

func compareOneByOne(ctx context.Context, log Log, copied []eventlog.Raw) (found []damage, err error) {
	for _, c := range copied {
		r, err := log.At(ctx, c.Position)
		switch {
		case err != nil:
			return nil, err
		case r.Position == 0:
			found = append(found, damage{c.Position, false})
		case !same(r, c):
			found = append(found, damage{c.Position, true})
		}
	}
	return found, nil
}

func same(a, b eventlog.Raw) bool {
	return a.Position == b.Position && a.Subject == b.Subject && bytes.Equal(a.Data, b.Data)
}
