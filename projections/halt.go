package projections

import (
	"context"
	"log/slog"
)

// A group that meets what does not pass halts: its rows and its positions stay as they are, and somebody is called. What was in the way may
// be mended any moment, by them or by a program on another machine, so it is tried again by itself. It counts as halted until it has caught
// up: nobody is told of an end that is none, nothing waits for rows that are far behind, and no form is turned away because of them.

// halt notes that the group cannot go on, and reports whether that is new.
func (g *group) halt(err error) (begun bool) {
	lowest := g.lowest()
	g.mu.Lock()
	begun = !g.halted
	g.halted, g.text, g.phase = true, text(err), waiting
	if begun {
		g.haltedAt = lowest
	}
	g.mu.Unlock()
	if !begun {
		g.log.Warn("projections were tried again and are still stopped", slog.String("error", text(err)))
		return false
	}
	g.log.Error("projections stopped", slog.String("error", text(err)))
	g.haltChanged()
	return true
}

// goOn notes that the group is halted no more.
func (g *group) goOn() {
	g.mu.Lock()
	ended := g.halted
	g.halted = false
	if ended {
		g.text = ""
	}
	g.mu.Unlock()
	if ended {
		g.log.Info("projections go on")
		g.haltChanged()
	}
}

// prove ends a halt where the rows have moved since, here or by another process, and are near the end of the log, or where there is nothing
// left to apply.
func (g *group) prove(ctx context.Context) error {
	g.mu.Lock()
	halted, from := g.halted, g.haltedAt
	g.mu.Unlock()
	if !halted {
		return nil
	}
	head, err := g.runner.source.Head(ctx)
	if err != nil {
		return &sourceError{err}
	}
	if lowest := g.lowest(); lowest >= head || lowest > from && lowest+large >= head {
		g.goOn()
	}
	return nil
}

func (g *group) haltChanged() {
	g.runner.stops.tell()
	g.nudge()
}

// isHalted reports whether the group cannot go on.
func (g *group) isHalted() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.halted
}
