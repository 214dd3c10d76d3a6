package guard

import (
	"context"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"
)

// Limits are what has to be free where the log, the database and the rest of the data lie, in per cent of each file system.
//
// Warn is early enough for somebody to make space on a working day. Refuse leaves room for what is still written while nothing is taken
// in: the access record, without which nothing is shown, and the database's own log and checkpoints. Stop is where even that ends, before
// the servers meet a full disk: a nats-server that did answers nothing any more, also after space is back, until it is started anew.
type Limits struct{ Warn, Refuse, Stop float64 }

// Check refuses limits that do not come in their order.
func (l Limits) Check() error {
	if l.Stop < 0 || l.Refuse < l.Stop || l.Warn < l.Refuse || l.Warn >= 100 {
		return fmt.Errorf("the limits of free space must be stop %g %% ≤ refuse %g %% ≤ warn %g %% < 100 %%", l.Stop, l.Refuse, l.Warn)
	}
	return nil
}

const (
	// lookEvery is how often the space is measured. A busy service writes some megabytes in this time.
	lookEvery = 100 * time.Millisecond
	// relief is how many points more than a limit must be free until what it forbade is allowed again: nothing flutters around a limit.
	relief = 0.5
)

// Folder is one of the folders that are watched.
type Folder struct {
	Name string // data, log or database
	Path string

	free  atomic.Uint64 // bytes
	share atomic.Uint64 // parts of ten thousand
}

// Free is what was free when it was last looked, in bytes.
func (f *Folder) Free() uint64 { return f.free.Load() }

// Space watches the file systems of folders.
type Space struct {
	State   *State
	Folders []*Folder
	Limits  Limits
	Log     *slog.Logger

	warned bool
}

// Run watches until ctx ends. Refusing ends by itself when there is space again.
func (s *Space) Run(ctx context.Context) {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			s.Look(ctx)
		}
	}
}

// Look measures once. What cannot be measured counts as it was.
func (s *Space) Look(ctx context.Context) {
	var tightest *Folder
	for _, f := range s.Folders {
		var fs unix.Statfs_t
		if err := unix.Statfs(f.Path, &fs); err != nil || fs.Blocks == 0 {
			continue
		}
		f.free.Store(fs.Bavail * uint64(fs.Bsize)) // the type of a size differs between systems
		f.share.Store(fs.Bavail * 10_000 / fs.Blocks)
		if tightest == nil || f.share.Load() < tightest.share.Load() {
			tightest = f
		}
	}
	if tightest == nil {
		return
	}
	free := float64(tightest.share.Load()) / 100
	words := fmt.Sprintf("only %.1f %% of the space of the folder of the %s is free. Make space; writing goes on by itself from %.1f %% on.",
		free, tightest.Name, s.Limits.Refuse+relief)
	s.hold(ctx, DiskLow, free, s.Limits.Refuse, words)
	s.hold(ctx, DiskFull, free, s.Limits.Stop, words)
	switch {
	case free < s.Limits.Warn && !s.warned:
		s.warned = true
		s.Log.WarnContext(ctx, "space is getting short", slog.String("folder", tightest.Name), slog.Float64("free_percent", free))
	case free > s.Limits.Warn+relief:
		s.warned = false
	}
}

func (s *Space) hold(ctx context.Context, r Reason, free, limit float64, words string) {
	switch {
	case free < limit:
		if s.State.Refuse(r, words) {
			s.Log.ErrorContext(ctx, "nothing is taken in until there is space", slog.String("reason", string(r)), slog.Float64("free_percent", free))
		}
	case free > limit+relief && s.State.Allow(r):
		s.Log.InfoContext(ctx, "there is space again", slog.String("reason", string(r)), slog.Float64("free_percent", free))
	}
}
