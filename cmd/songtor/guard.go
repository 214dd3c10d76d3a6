package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/sync/errgroup"

	"songtor/internal/archive"
	"songtor/internal/eventlog"
	"songtor/internal/guard"
	"songtor/internal/lease"
	"songtor/internal/transparency"
	"songtor/internal/transparency/builder"
)

// guardFlags bound what may be written.
type guardFlags struct {
	SpaceWarn   float64 `name:"space-warn" env:"SONGTOR_SPACE_WARN" default:"15" help:"Per cent of free space of the folders of the data, the log and the database below which the operator is warned."`
	SpaceRefuse float64 `name:"space-refuse" env:"SONGTOR_SPACE_REFUSE" default:"8" help:"Per cent of free space below which nothing is taken in; 0 for never."`
	SpaceStop   float64 `name:"space-stop" env:"SONGTOR_SPACE_STOP" default:"3" help:"Per cent of free space below which not even the access record is written, so that no case is shown; 0 for never."`
	MostInside  int64   `name:"most-inside" env:"SONGTOR_MOST_INSIDE" default:"512" help:"Commands that may be on their way to the log at a time; 0 for any number."`
	MostBehind  uint64  `name:"most-behind" env:"SONGTOR_MOST_BEHIND" default:"4000" help:"Messages by which the read models may be behind the log before nothing more is taken in; 0 for any number."`
}

// guarding is what holds the log against all that is known of it elsewhere. A test puts nothing in its place, to show what is lost then.
var guarding = struct {
	start  func(*guard.Guard, context.Context) error
	run    func(*guard.Guard, context.Context)
	trees  func(context.Context, *builder.Builder) error
	models func(*operator, context.Context) error
}{(*guard.Guard).Start, (*guard.Guard).Run, keepTrees, (*operator).keepReadModels}

// openArchive opens the second copy of the log.
func (s *stores) openArchive(ctx context.Context, logger *slog.Logger) (err error) {
	s.archive, err = archive.New(ctx, s.pools.Migrate, s.pools.Archive, logger)
	return err
}

// watchOver makes what compares the streams of the log with what is known about them elsewhere.
func (s *stores) watchOver(logger *slog.Logger) *guard.Guard {
	g := &guard.Guard{State: s.guard, Archive: s.archive, Log: logger, Alone: func(ctx context.Context, work func(context.Context) error) error {
		return lease.Once(ctx, s.pools.Store, "songtor/repair", work)
	}}
	for _, of := range []struct {
		name, positions string
		log             guard.Log
		tree            transparency.Tree
	}{
		{eventlog.StreamName, "projections.positions", s.log, transparency.Cases},
		{eventlog.TrailName, "access.progress", s.trail, transparency.Access},
	} {
		stream := guard.Stream{
			Name: of.name, Log: of.log,
			Applied: func(ctx context.Context) (uint64, error) { return s.applied(ctx, of.positions) },
			Signed: func(ctx context.Context) (uint64, error) {
				size, err := s.trees.SignedSize(ctx, of.tree)
				return uint64(size), notSigned(err)
			},
			Prove: func(ctx context.Context, from guard.Source) error { return s.prove(ctx, of.tree, from) },
		}
		if s.renew != nil {
			stream.Renew = func(ctx context.Context) error { return s.renew(ctx, of.name) }
		}
		g.Streams = append(g.Streams, stream)
	}
	return g
}

// applied is the highest position in a table of positions; 0 where there is no such table yet.
func (s *stores) applied(ctx context.Context, table string) (at uint64, err error) {
	var there bool
	err = s.pools.Migrate.QueryRow(ctx, "select to_regclass($1) is not null", table).Scan(&there)
	if err == nil && there {
		err = s.pools.Migrate.QueryRow(ctx, "select coalesce(max(position), 0) from "+table).Scan(&at)
	}
	if err != nil {
		return 0, fmt.Errorf("couldn't ask how far the read models are: %w", err)
	}
	return at, nil
}

// prove computes a tree from messages and compares it with every signed checkpoint.
func (s *stores) prove(ctx context.Context, tree transparency.Tree, from guard.Source) error {
	b, err := builder.New(builder.Config{
		DB: s.pools.Store, Keys: s.logKeys, Book: s.book, Log: quiet(), Streams: map[transparency.Tree]builder.Stream{tree: from},
	})
	if err != nil {
		return err
	}
	_, err = b.Verify(ctx, tree, func(uint64, uint64) {})
	return notSigned(err)
}

func notSigned(err error) error {
	if errors.Is(err, builder.ErrBroken) {
		return fmt.Errorf("%w: %w", guard.ErrNotSigned, err)
	}
	return err
}

// renewIn returns what keeps the files of a stream aside and makes an empty stream, on the server in this process. Nothing that the files
// still hold is thrown away: somebody may want to look at what happened.
func renewIn(dir string, nc *nats.Conn) func(context.Context, string) error {
	return func(ctx context.Context, name string) error {
		files := filepath.Join(dir, "jetstream", "$G", "streams", name)
		aside := filepath.Join(filepath.Dir(dir), "damaged", name+"-"+time.Now().UTC().Format("20060102T150405.000000000"))
		if err := os.MkdirAll(filepath.Dir(aside), 0o700); err != nil {
			return fmt.Errorf("couldn't make a folder for the damaged files: %w", err)
		}
		if err := os.CopyFS(aside, os.DirFS(files)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("couldn't keep the damaged files: %w", err)
		}
		return eventlog.Renew(ctx, nc, name, 1)
	}
}

// space watches the folders in which something of this service lies on this machine.
func (c *serveCmd) space(s *stores, logger *slog.Logger) *guard.Space {
	folders := []*guard.Folder{{Name: "data", Path: c.Data}}
	if c.NATS.Empty() {
		folders = append(folders, &guard.Folder{Name: "log", Path: filepath.Join(c.Data, "nats")})
	}
	if c.Database.Empty() {
		folders = append(folders, &guard.Folder{Name: "database", Path: filepath.Join(c.Data, "postgres")})
	}
	return &guard.Space{
		State: s.guard, Folders: folders, Log: logger,
		Limits: guard.Limits{Warn: c.SpaceWarn, Refuse: c.SpaceRefuse, Stop: c.SpaceStop},
	}
}

// watch runs what decides whether anything may be written, until ctx ends.
func (c *serveCmd) watch(ctx context.Context, group *errgroup.Group, s *stores, o *operator) {
	group.Go(func() error { guarding.run(o.guard, ctx); return nil })
	group.Go(func() error { o.space.Run(ctx); return nil })
	queue := &guard.Queue{State: s.guard, Inside: c.MostInside, Behind: c.MostBehind, Lag: o.lag}
	group.Go(func() error { queue.Run(ctx); return nil })
	if c.NATS.Empty() {
		group.Go(func() error { return unlessStuck(ctx, s.guard) })
	}
}

// errStuck ends the service, so that whoever supervises it starts it anew: nothing else brings such a server back.
var errStuck = errors.New("the nats-server in this process answers no write any more, as after a full disk; the service ends so that it is started again")

func unlessStuck(ctx context.Context, state *guard.State) error {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
			if state.Stuck() {
				return errStuck
			}
		}
	}
}

// lag is by how many messages the read models are behind that people wait for; those that take their time on purpose are not meant, nor
// those that have stopped, which somebody has to look at.
func (o *operator) lag(ctx context.Context) (most uint64, err error) {
	for _, m := range o.runner.Status(ctx) {
		if m.Group == "views" && m.Running {
			most = max(most, m.Lag)
		}
	}
	return most, nil
}

// guardFigures tell whether anything is taken in.
type guardFigures struct {
	state *guard.State
	space *guard.Space
}

var (
	readOnlyNow = describe("songtor_read_only", "1 while nothing is taken in for the reason, otherwise 0.", "reason")
	freeBytes   = describe("songtor_free_bytes", "Free space of the file system of a folder.", "folder")
	turnedAway  = describe("songtor_turned_away_total", "Commands that were answered with 503 before anything was written: read_only, or busy.", "why")
	insideNow   = describe("songtor_commands_inside", "Commands on their way to the log.")
)

// Describe implements prometheus.Collector.
func (guardFigures) Describe(to chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{readOnlyNow, freeBytes, turnedAway, insideNow} {
		to <- d
	}
}

// Collect implements prometheus.Collector.
func (f guardFigures) Collect(to chan<- prometheus.Metric) {
	standing, _ := f.state.Standing()
	for _, r := range guard.Reasons() {
		_, stands := standing[r]
		to <- prometheus.MustNewConstMetric(readOnlyNow, prometheus.GaugeValue, oneIf(stands), string(r))
	}
	for _, folder := range f.space.Folders {
		to <- prometheus.MustNewConstMetric(freeBytes, prometheus.GaugeValue, float64(folder.Free()), folder.Name)
	}
	counts := f.state.Counts()
	to <- prometheus.MustNewConstMetric(turnedAway, prometheus.CounterValue, float64(counts.ReadOnly), "read_only")
	to <- prometheus.MustNewConstMetric(turnedAway, prometheus.CounterValue, float64(counts.Busy), "busy")
	to <- prometheus.MustNewConstMetric(insideNow, prometheus.GaugeValue, float64(counts.Inside))
}
