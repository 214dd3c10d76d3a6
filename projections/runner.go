package projections

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
)

// Options are a runner's settings. The zero value is usable.
type Options struct {
	Log *slog.Logger // nil: slog.Default()
	// Permanent reports whether an error of the Source is one that trying again cannot mend, such as a commit that cannot be
	// decoded. domain.ErrUnknownEvent always is one. nil: no other is.
	Permanent func(error) bool
	// Owner connects as the role that makes and swaps the schemas; nil: as the one that writes the rows.
	Owner *pgxpool.Pool
	// Applied is told of every batch whose rows are committed. It must be quick. nil: nobody is.
	Applied func(Applied)
}

// Applied is a batch that was applied to a group in one transaction. Rebuilds are none.
type Applied struct {
	Group    string
	Began    time.Time
	Took     time.Duration
	Accepted time.Time // when the log took the oldest of its commits
	Commits  int
	First    uint64 // position of the oldest
	Last     uint64 // and of the newest
}

// Runner applies the log to the projections of its groups. Of all runners on one database one at a time is active for a group;
// the others wait and take over. Rows are written as one role and schemas made as another, which owns them. Methods may be called
// concurrently.
type Runner struct {
	pool    *pgxpool.Pool
	owner   *pgxpool.Pool
	made    installed
	source  Source
	groups  []*group
	options Options
	hub     hub
	stops   stops
	busy    atomic.Int64 // when a group without patience last applied a batch, in nanoseconds since 1970
	bulk    uint64       // length of log from which on a projection at its beginning is built as Rebuild does it
	chunk   int          // commits that a rebuild folds at a time, which bounds its memory
	again   retries      // of what has stopped
}

const (
	defaultBulk  = 20_000
	defaultChunk = 5_000
)

// New makes a runner. Names of groups and projections must be unique.
func New(pool *pgxpool.Pool, source Source, groups []Group, o Options) (*Runner, error) {
	if o.Log == nil {
		o.Log = slog.Default()
	}
	if o.Owner == nil {
		o.Owner = pool
	}
	if o.Applied == nil {
		o.Applied = func(Applied) {}
	}
	r := &Runner{pool: pool, owner: o.Owner, source: source, options: o, bulk: defaultBulk, chunk: defaultChunk, again: defaultRetries}
	var seen []string
	for _, g := range groups {
		made := &group{name: g.Name, lock: installing + "/" + g.Name, silent: g.Silent, pace: g.Pace, patience: g.Patience, runner: r, requests: make(chan *request), log: o.Log.With(slog.String("group", g.Name))}
		seen = append(seen, "group "+g.Name)
		if g.Needed != nil {
			made.needed = made.add(g.Needed)
		}
		for _, p := range g.Projections {
			made.add(p)
		}
		seen = append(seen, made.names()...)
		r.groups = append(r.groups, made)
	}
	slices.Sort(seen)
	if len(slices.Compact(slices.Clone(seen))) != len(seen) {
		return nil, errors.New("two groups or projections have the same name")
	}
	return r, nil
}

// Run applies the log until ctx ends and then returns nil. A projection that meets a commit it cannot apply stops by itself and
// shows in Status while the others go on. It is tried again now and then. A log that is shorter than what was applied from it ends Run with ErrLogShorter.
func (r *Runner) Run(ctx context.Context) error {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	var running sync.WaitGroup
	for _, g := range r.groups {
		running.Go(func() {
			if err := g.run(ctx); err != nil {
				stop(err)
			}
		})
	}
	running.Wait()
	if err := context.Cause(ctx); errors.Is(err, ErrLogShorter) {
		return err
	}
	return nil
}

// reach returns the log's head and fails with ErrLogShorter where positions lie beyond it. They were read before: the other way round, a log
// that another process applies meanwhile would look as if it had lost its end.
func (r *Runner) reach(ctx context.Context, found map[string]stored) (head uint64, err error) {
	head, err = r.source.Head(ctx)
	if err != nil {
		return 0, &sourceError{err}
	}
	for name, s := range found {
		if s.position > head {
			return head, fmt.Errorf("%w: its head is %d, %s has applied %d", ErrLogShorter, head, name, s.position)
		}
	}
	return head, nil
}

// Status is how one projection stands.
type Status struct {
	Group    string `json:"group"`
	Name     string `json:"name"`
	Version  int    `json:"version"`
	Position uint64 `json:"position"`
	Head     uint64 `json:"head"`
	Lag      uint64 `json:"lag"`     // positions of the log not yet applied
	Running  bool   `json:"running"` // Run is at work and the projection has not stopped
	Active   bool   `json:"active"`  // this process applies it; otherwise it waits to take over
	Built    bool   `json:"built"`   // its rows are of this program's version or a later one; otherwise they are being built
	Error    string `json:"error,omitempty"`
}

// Status tells how every projection stands. The head is 0 where the log does not answer.
func (r *Runner) Status(ctx context.Context) []Status {
	head, err := r.source.Head(ctx)
	if err != nil {
		head = 0
	}
	var all []Status
	for _, g := range r.groups {
		phase, text := g.state()
		if phase != active {
			g.refresh(ctx)
		}
		halted, built := g.isHalted(), g.isBuilt()
		for _, m := range g.members {
			at, _ := m.at()
			fault := m.aside()
			stopped := halted || fault != ""
			all = append(all, Status{
				Group: g.name, Name: m.Name(), Version: m.Version(), Position: at, Head: head, Lag: max(head, at) - at,
				Running: !stopped && (phase == active || phase == waiting), Active: !stopped && phase == active, Built: built,
				Error: cmp.Or(fault, text),
			})
		}
	}
	return all
}

// Stopped names the projections whose rows stay as they are, stopped by an error that does not pass. The channel is closed when that changes.
func (r *Runner) Stopped() (names []string, changed <-chan struct{}) {
	changed = r.stops.next() // before looking, so that nothing is missed
	for _, g := range r.groups {
		halted := g.isHalted()
		for _, m := range g.members {
			if halted || m.aside() != "" {
				names = append(names, m.Name())
			}
		}
	}
	return names, changed
}

func (r *Runner) member(name string) (*group, *member) {
	for _, g := range r.groups {
		for _, m := range g.members {
			if m.Name() == name {
				return g, m
			}
		}
	}
	return nil, nil
}
