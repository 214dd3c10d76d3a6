package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"songtor/internal/backup"
	"songtor/internal/eventlog"
	"songtor/internal/transparency"
	"songtor/internal/vault"
)

// refilling puts the log back and builds the read models from it. A backup is taken while the service works, so that read models stood at
// different positions when their rows were added up: the log is put back as far as each of these, and there the rows are compared.
type refilling struct {
	*restoring

	ctx       context.Context
	stores    *stores
	operator  *operator
	destroyed []vault.Destruction
	stops     map[string][]uint64 // by stream, in order
	built     bool                // the read models of the log have been built
	follow    func()              // makes the runner follow the log
	position  map[string]uint64
}

// fillLog restores both streams.
func (r *restoring) fillLog(ctx context.Context, s *stores, o *operator) (err error) {
	ctx, stop := context.WithCancel(ctx)
	running := make(chan error, 1)
	following := false
	f := &refilling{restoring: r, ctx: ctx, stores: s, operator: o, stops: map[string][]uint64{}, position: map[string]uint64{}}
	f.follow = func() {
		if !following {
			following = true
			go func() { running <- o.runner.Run(ctx) }()
		}
	}
	defer func() {
		stop()
		if following {
			err = errors.Join(err, <-running)
		}
	}()
	if err := f.plan(); err != nil {
		return err
	}
	start := time.Now()
	for _, tree := range transparency.Trees() {
		if err := f.arrive(tree.Stream()); err != nil { // where a read model stood at the beginning
			return err
		}
	}
	if _, _, err := backup.ReadFile(r.data.file, r.identities, backup.Visitor{Messages: f.messages}); err != nil {
		return err
	}
	if err := o.openings.CatchUp(ctx); err != nil {
		return err
	}
	r.say("put back %d messages of the log and %d of the access record, and built the read models from them, in %s",
		f.position[eventlog.StreamName], f.position[eventlog.TrailName], time.Since(start).Round(time.Millisecond))
	return nil
}

// plan finds the stops: where the read models stood, and the last commit.
func (f *refilling) plan() error {
	erased, err := f.stores.vault.Erasures(f.ctx)
	if err != nil {
		return err
	}
	f.destroyed = erased.List
	for _, m := range f.data.Models {
		stream := streamOf(m)
		f.stops[stream] = append(f.stops[stream], m.Position)
	}
	f.stops[eventlog.StreamName] = append(f.stops[eventlog.StreamName], f.lastCommit)
	for stream := range f.stops {
		slices.Sort(f.stops[stream])
		f.stops[stream] = slices.Compact(f.stops[stream])
	}
	return nil
}

func streamOf(m backup.Model) string {
	if m.Name == backup.AccessModel {
		return eventlog.TrailName
	}
	return eventlog.StreamName
}

// messages puts messages back, with a pause at each stop.
func (f *refilling) messages(stream string, raws []eventlog.Raw) error {
	for len(raws) > 0 {
		n := len(raws)
		if stops := f.stops[stream]; len(stops) > 0 {
			n = min(n, int(stops[0]+1-raws[0].Position))
		}
		refill := f.stores.log.Refill
		if stream == eventlog.TrailName {
			refill = f.stores.trail.Refill
		}
		if err := refill(f.ctx, raws[:n]); err != nil {
			return err
		}
		f.position[stream] = raws[n-1].Position
		f.tell(progress{Step: "putting back the stream " + stream, Done: f.position[stream], Total: f.data.Stream(stream).Position})
		if err := f.arrive(stream); err != nil {
			return err
		}
		raws = raws[n:]
	}
	return nil
}

// arrive does what is to be done where the stream ends now.
func (f *refilling) arrive(stream string) error {
	stops := f.stops[stream]
	if len(stops) == 0 || stops[0] != f.position[stream] {
		return nil
	}
	f.stops[stream] = stops[1:]
	if err := f.build(stream, stops[0]); err != nil {
		if errors.Is(err, vault.ErrNoKey) {
			return fmt.Errorf("the backup of the keys is older than the backup, and the keys of a case are not in it: %w", err)
		}
		return err
	}
	return f.compare(stream, stops[0])
}

// build brings the read models of a stream to its end.
func (f *refilling) build(stream string, end uint64) error {
	tell := func(done, total uint64) {
		f.tell(progress{Step: "building the read models", Done: done, Total: total})
	}
	switch {
	case stream == eventlog.TrailName:
		return f.operator.openings.Rebuild(f.ctx, tell)
	case !f.built:
		f.built = true
		return f.operator.runner.Rebuild(f.ctx, nil, tell)
	}
	f.follow()
	return f.operator.runner.WaitForAll(f.ctx, end)
}

// compare holds the read models that stood at a position to what they had there.
func (f *refilling) compare(stream string, end uint64) error {
	var was []backup.Model
	var names []string
	for _, m := range f.data.Models {
		if streamOf(m) != stream || m.Position != end {
			continue
		}
		if n := f.erasedSince(m); n > 0 {
			f.say("%s was built without %d people who were erased since the backup, and is not compared", m.Name, n)
			continue
		}
		was, names = append(was, m), append(names, m.Name)
	}
	if len(was) == 0 {
		return nil
	}
	made, err := backup.Models(f.ctx, f.stores.pools.Projector, f.stores.pools.Audit, names...)
	if err != nil {
		return err
	}
	f.different = append(f.different, backup.Differences(was, made)...)
	return nil
}

// keyed are the read models that open what is sealed: whoever was erased is not in them any more.
var keyed = []string{"matching", "statistics"}

// erasedSince counts the people of whom a read model had rows that it cannot have again, since their keys were destroyed later.
func (f *refilling) erasedSince(m backup.Model) (n int) {
	if !slices.Contains(keyed, m.Name) {
		return 0
	}
	for _, d := range f.destroyed {
		if at, told := f.erased[d.CaseID]; !told || at > m.Position {
			n++
		}
	}
	return n
}
