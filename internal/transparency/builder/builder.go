// Package builder keeps the trees of a log: it follows both streams, takes every message into its tree, signs the roots and asks the
// witnesses to cosign them.
//
// It stands beside the writes and never in their way: what is accepted is in the log, and the tree follows. Where the log is no longer
// the one that was signed, however, Intact says so, and the service takes nothing more in.
package builder

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"golang.org/x/sync/errgroup"

	"songtor/internal/eventlog"
	"songtor/internal/transparency"
	"songtor/internal/transparency/witness"
)

// ErrBroken says that the log or what is kept of its trees is not what was signed: shorter, or other.
var ErrBroken = errors.New("the log is not the one that was signed")

const (
	// signEvery is how long a message waits at most for a signature, while the database is there.
	signEvery = 10 * time.Second
	// signAfter is how many messages do not wait for that long.
	signAfter = 64
	// pace is how long the tree gathers at least before it takes messages in again. They wait for a signature much longer, and the log needs
	// the disk more than the tree does.
	pace = 100 * time.Millisecond
	// large is the number of messages from which a transaction has little to gain by waiting.
	large = 500
	// signPause keeps a busy log from being signed with every batch.
	signPause = time.Second
	// cosignEvery is how often witnesses are asked again while nothing happens, so that a reader sees that the log is not held back.
	cosignEvery = time.Hour
	// guardEvery is how often the whole log is read again.
	guardEvery = time.Hour
	// retry is the pause after a fault that may pass.
	retry = time.Second
)

// Stream is a stream of the log, as eventlog has it.
type Stream interface {
	Head(ctx context.Context) (uint64, error)
	Extent(ctx context.Context, least uint64) (eventlog.Extent, error)
	FollowRaw(ctx context.Context, from uint64, fn func([]eventlog.Raw) error) error
	ScanRaw(ctx context.Context, from, to uint64, fn func([]eventlog.Raw) error) error
}

// Config is what a Builder needs. Every field but Witnesses and Alone is required.
type Config struct {
	DB        *pgxpool.Pool // with the tables that Migrate makes
	Keys      *transparency.Keys
	Streams   map[transparency.Tree]Stream
	Book      string // file of the checkpoints, apart from the database
	Witnesses []*witness.Client
	Log       *slog.Logger
	// Alone runs work while no other process does, and again where it comes to do so anew; nil: at once. Two that keep one tree do no
	// harm, since one of them always finds that the tree has moved; but they are in each other's way.
	Alone func(ctx context.Context, work func(context.Context) error) error
}

// Builder keeps the trees. Its methods may be called concurrently.
type Builder struct {
	config  Config
	growth  map[transparency.Tree]*growth
	growing atomic.Bool // this process is the one that keeps the trees

	mu     sync.Mutex
	broken error
}

// New returns a Builder, which works once Run is called.
func New(c Config) (*Builder, error) {
	checkpoints, err := openBook(c.Book)
	if err != nil {
		return nil, err
	}
	if c.Alone == nil {
		c.Alone = func(ctx context.Context, work func(context.Context) error) error { return work(ctx) }
	}
	b := &Builder{config: c, growth: map[transparency.Tree]*growth{}}
	for tree, stream := range c.Streams {
		b.growth[tree] = &growth{
			builder: b, tree: tree, stream: stream, store: store{c.DB, tree}, book: checkpoints, news: make(chan struct{}, 1),
			log: c.Log.With(slog.String("tree", string(tree))),
		}
	}
	return b, nil
}

// Run grows the trees until ctx ends. A database or a witness that is away makes it wait. It returns nil also where the log is broken:
// Intact says that.
func (b *Builder) Run(ctx context.Context) error {
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return b.config.Alone(ctx, b.grow) })
	group.Go(func() error { return b.guard(ctx) })
	if err := group.Wait(); err != nil && !errors.Is(err, context.Canceled) {
		return err
	}
	return nil
}

// grow takes the streams into the trees, and signs them.
func (b *Builder) grow(ctx context.Context) error {
	b.growing.Store(true)
	defer b.growing.Store(false)
	group, ctx := errgroup.WithContext(ctx)
	for _, g := range b.growth {
		group.Go(func() error { return g.run(ctx) })
		group.Go(func() error { return g.gatherCosignatures(ctx) })
	}
	return group.Wait()
}

// Intact says why nothing may be written: ErrBroken once the log was found not to be the one that was signed, nil before. It is quick.
func (b *Builder) Intact() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.broken
}

// breaks keeps an error that no waiting mends, and reports whether it was one.
func (b *Builder) breaks(tree transparency.Tree, err error) bool {
	if !errors.Is(err, ErrBroken) && !errors.Is(err, eventlog.ErrGap) {
		return false
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.broken == nil {
		b.broken = fmt.Errorf("%w (tree %s): %w", ErrBroken, tree, err)
		b.config.Log.Error("the log is not the one that was signed: nothing is written any more", slog.String("tree", string(tree)), slog.Any("error", err))
	}
	return true
}

// Check compares each stream's end, and what is kept of its tree, with the last signed checkpoints. It is quick and for the start: it
// fails with ErrBroken where the log is shorter than what was signed or the stored tree has another root.
func (b *Builder) Check(ctx context.Context) error {
	for tree, g := range b.growth {
		if err := g.check(ctx); err != nil {
			b.breaks(tree, err)
			return err
		}
	}
	return nil
}

// guard reads the whole log again now and then.
func (b *Builder) guard(ctx context.Context) error {
	for wait := time.Duration(0); ; wait = guardEvery {
		if err := sleep(ctx, wait); err != nil {
			return err
		}
		for tree := range b.growth {
			if _, err := b.Verify(ctx, tree, func(uint64, uint64) {}); err != nil && !b.breaks(tree, err) && ctx.Err() == nil {
				b.config.Log.WarnContext(ctx, "couldn't compare the log with what was signed", slog.String("tree", string(tree)), slog.Any("error", err))
			}
		}
	}
}

// SignRest signs what no checkpoint covers yet, while Run is still at work. It is for the end. Where another process keeps the trees there
// is nothing to do.
func (b *Builder) SignRest(ctx context.Context) error {
	if err := b.Intact(); err != nil || !b.growing.Load() {
		return err
	}
	group, ctx := errgroup.WithContext(ctx)
	for _, g := range b.growth {
		group.Go(func() error { return g.signRest(ctx) })
	}
	return group.Wait()
}

// Waiting is how long the oldest message that no signed checkpoint covers has waited since the log took it; 0 where there is none.
func (b *Builder) Waiting(tree transparency.Tree) time.Duration {
	oldest := b.growth[tree].oldest.Load()
	if oldest == 0 {
		return 0
	}
	return time.Since(time.Unix(0, oldest))
}

// Signed is a checkpoint that was signed.
type Signed struct {
	Size     int64 // messages that it covers; 0 where none was signed yet
	SignedAt time.Time
}

// SignedSize is how many messages the largest checkpoint covers that the file or the database has. It fails with ErrBroken where these are
// damaged or contradict each other.
func (b *Builder) SignedSize(ctx context.Context, tree transparency.Tree) (int64, error) {
	last, err := b.growth[tree].lastSigned(ctx)
	return last.Size, err
}

// LastSigned is the last checkpoint that any process signed.
func (b *Builder) LastSigned(ctx context.Context, tree transparency.Tree) (Signed, error) {
	return b.growth[tree].store.lastSignedAt(ctx)
}

func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
