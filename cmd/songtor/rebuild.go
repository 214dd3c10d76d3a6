package main

import (
	"context"
	"fmt"
	"io"
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
	var commits uint64
	err := o.runner.Rebuild(ctx, t.Projections, func(done, total uint64) {
		commits = total
		tell(progress{Done: done, Total: total})
	})
	if err != nil {
		return err
	}
	tell(progress{Message: fmt.Sprintf("rebuilt from %d commits in %s", commits, time.Since(start).Round(time.Millisecond))})
	return nil
}
