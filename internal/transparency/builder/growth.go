package builder

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/mod/sumdb/tlog"
	"golang.org/x/sync/errgroup"

	"songtor/internal/eventlog"
	"songtor/internal/transparency"
)

// growth is one tree as it grows.
type growth struct {
	builder *Builder
	tree    transparency.Tree
	stream  Stream
	store   store
	book    *book
	log     *slog.Logger
	news    chan struct{} // a checkpoint was signed

	oldest atomic.Int64 // when the log took the oldest message that is not signed for, in ns since 1970; 0 for none

	mu       sync.Mutex
	edge     *frontier // nil until it has been read
	signed   int64     // size of the last signed checkpoint
	signedAt time.Time
	expected transparency.Checkpoint // what the tree has to be once it has that size
}

// run takes the stream into the tree until ctx ends or the log is broken.
func (g *growth) run(ctx context.Context) error {
	for said := ""; ; {
		err := g.follow(ctx)
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case g.builder.breaks(g.tree, err):
			return nil
		case errors.Is(err, errMoved):
			g.log.DebugContext(ctx, "another process keeps the tree as well")
		case err.Error() != said: // an outage is told once
			said = err.Error()
			g.log.WarnContext(ctx, "keeping the tree was interrupted; trying again", slog.Any("error", err))
		}
		if err := sleep(ctx, retry); err != nil {
			return err
		}
	}
}

// follow reads where the tree stands and goes on from there. Two stages run side by side: one takes messages in, one signs.
func (g *growth) follow(ctx context.Context) error {
	if err := g.check(ctx); err != nil {
		return err
	}
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error {
		g.mu.Lock()
		from := g.edge.size
		g.mu.Unlock()
		return g.stream.FollowRaw(ctx, uint64(from), func(batch []eventlog.Raw) error {
			if err := g.take(ctx, batch); err != nil || len(batch) >= large {
				return err
			}
			return sleep(ctx, pace)
		})
	})
	group.Go(func() error {
		for {
			if err := sleep(ctx, signPause); err != nil {
				return err
			}
			if err := g.signWhenDue(ctx); err != nil {
				return err
			}
		}
	})
	return group.Wait()
}

// check reads where the tree stands, and compares it with what was signed.
func (g *growth) check(ctx context.Context) error {
	edge, err := g.store.frontier(ctx)
	if err != nil {
		return err
	}
	last, err := g.lastSigned(ctx)
	if err != nil {
		return err
	}
	if _, err := g.head(ctx, max(last.Size, edge.size)); err != nil {
		return err
	}
	if 0 < last.Size && last.Size <= edge.size {
		root, err := tlog.TreeHash(last.Size, g.store.reader(ctx))
		if err != nil {
			return fmt.Errorf("couldn't compute a root: %w", err)
		}
		if root != last.Root {
			return fmt.Errorf("%w: the stored tree of size %d has another root", ErrBroken, last.Size)
		}
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.edge, g.expected, g.signed = edge, last, last.Size
	return nil
}

// head is the end of the stream. It fails with ErrBroken where that lies before a size which the tree had. It is asked for again as long as a
// server may know less than others.
func (g *growth) head(ctx context.Context, least int64) (uint64, error) {
	for {
		held, err := g.stream.Extent(ctx, uint64(least))
		switch {
		case err == nil && int64(held.Last) < least:
			return 0, fmt.Errorf("%w: it ends at position %d, and a tree of size %d was signed or seen", ErrBroken, held.Last, least)
		case err == nil:
			return held.Last, nil
		case !errors.Is(err, eventlog.ErrSeemsShort):
			return 0, fmt.Errorf("couldn't ask for the end of the log: %w", err)
		}
		if err := sleep(ctx, retry/2); err != nil {
			return 0, err
		}
	}
}

// lastSigned is the largest checkpoint of the book and the database. The one that ends earlier gets it: a database that was put back
// to an earlier time, a new book, or the book of a process that did not sign last.
func (g *growth) lastSigned(ctx context.Context) (transparency.Checkpoint, error) {
	kept, err := g.store.lastSigned(ctx)
	if err != nil {
		return transparency.Checkpoint{}, err
	}
	entries, err := g.book.read(g.builder.config.Keys.Verifier(g.tree))
	if err != nil {
		return transparency.Checkpoint{}, err
	}
	var last written
	if len(entries) > 0 {
		last = entries[len(entries)-1]
	}
	switch {
	case kept.Size > last.Size:
		return kept.Checkpoint, g.book.add(kept.note)
	case kept.Size < last.Size:
		return last.Checkpoint, g.store.sign(ctx, last.Size, last.note, time.Now())
	case kept.Root != last.Root:
		return transparency.Checkpoint{}, fmt.Errorf("%w: the file and the database have two checkpoints of size %d", ErrBroken, last.Size)
	}
	return last.Checkpoint, nil
}

// take takes messages into the tree.
func (g *growth) take(ctx context.Context, batch []eventlog.Raw) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.oldest.CompareAndSwap(0, batch[0].Accepted.UnixNano())
	next := g.edge.clone()
	var hashes []tlog.Hash
	for _, m := range batch {
		hashes = append(hashes, next.append(transparency.LeafOf(g.tree, m.Position, m.Subject, m.Data).Hash())...)
		if next.size == g.expected.Size && next.root() != g.expected.Root {
			return fmt.Errorf("%w: the log up to position %d has another root", ErrBroken, next.size)
		}
	}
	if err := g.store.add(ctx, g.edge.size, next.size, hashes); err != nil {
		return err
	}
	g.edge = next
	return nil
}

// signWhenDue signs the tree where enough is new, or something has waited for long enough.
func (g *growth) signWhenDue(ctx context.Context) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	fresh := g.edge.size - g.signed
	if fresh < 1 || fresh < signAfter && time.Since(g.signedAt) < signEvery {
		return nil
	}
	return g.sign(ctx)
}

// signRest signs what the stream has and no checkpoint covers, without waiting for more.
func (g *growth) signRest(ctx context.Context) error {
	head, err := g.stream.Head(ctx)
	if err != nil {
		return err
	}
	for !g.has(int64(head)) {
		if err := sleep(ctx, restPause); err != nil {
			return err
		}
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.edge.size <= g.signed {
		return nil
	}
	return g.sign(ctx)
}

// restPause is how often it is looked whether the last messages have reached the tree.
const restPause = 10 * time.Millisecond

func (g *growth) has(size int64) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.edge != nil && g.edge.size >= size
}

// sign signs the tree as it is. The caller holds the lock.
func (g *growth) sign(ctx context.Context) error {
	note, err := g.builder.config.Keys.SignCheckpoint(ctx, g.tree, g.edge.size, g.edge.root())
	if err != nil {
		return err
	}
	if err := g.book.add(note); err != nil {
		return err
	}
	now := time.Now()
	if err := g.store.sign(ctx, g.edge.size, note, now); err != nil {
		return err
	}
	g.signed, g.signedAt = g.edge.size, now
	g.oldest.Store(0)
	select {
	case g.news <- struct{}{}:
	default:
	}
	return nil
}
