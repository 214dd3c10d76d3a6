package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"time"
)

// rebuildCmd builds read models anew from the log alone.
type rebuildCmd struct {
	storeFlags `embed:""`

	Projections []string `arg:"" optional:"" help:"Which ones; all where none is named."`
}

type rebuildTask struct {
	Projections []string `json:"projections"`
}

// Run rebuilds, with a bar on a terminal.
func (c *rebuildCmd) Run(ctx context.Context, out io.Writer) error {
	return perform(ctx, c.storeFlags, task{Rebuild: &rebuildTask{Projections: c.Projections}}, out)
}

func (o *operator) rebuild(ctx context.Context, t rebuildTask, tell func(progress)) error {
	start := time.Now()
	if len(t.Projections) == 0 || slices.Contains(t.Projections, accessIndex) {
		if err := o.rebuildAccess(ctx, tell); err != nil {
			return err
		}
	}
	rest := slices.DeleteFunc(slices.Clone(t.Projections), func(name string) bool { return name == accessIndex })
	if len(t.Projections) > 0 && len(rest) == 0 {
		return nil
	}
	var commits uint64
	err := o.runner.Rebuild(ctx, rest, func(done, total uint64) {
		commits = total
		tell(progress{Done: done, Total: total})
	})
	if err != nil {
		return err
	}
	tell(progress{Message: fmt.Sprintf("rebuilt from %d commits in %s", commits, time.Since(start).Round(time.Millisecond))})
	return nil
}

// accessIndex is the name of the access record's index among the read models. It follows a log of its own.
const accessIndex = "access"

func (o *operator) rebuildAccess(ctx context.Context, tell func(progress)) error {
	start := time.Now()
	var messages uint64
	err := o.openings.Rebuild(ctx, func(done, total uint64) {
		messages = total
		tell(progress{Done: done, Total: total})
	})
	if err != nil {
		return err
	}
	tell(progress{Message: fmt.Sprintf("rebuilt the access record from %d messages in %s", messages, time.Since(start).Round(time.Millisecond))})
	return nil
}
