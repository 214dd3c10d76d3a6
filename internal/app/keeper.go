package app

import (
	"context"
	"log/slog"
	"time"

	"songtor/projections"
)

// A keeper is what the service does by itself: it records missed deadlines, asks for erasures that are due, carries erasures out, and lets go
// what was rejected of the quarantine.

// Work that failed is done again after this long at most.
const soon = time.Minute

// keepAt does the work of a keeper at once and after every pause, until ctx ends. The name says what waits where it fails.
func keepAt(ctx context.Context, log *slog.Logger, pause time.Duration, name string, work func(context.Context) error) error {
	for {
		wait := pause
		if err := work(ctx); err != nil {
			later(ctx, log, name, err)
			wait = min(pause, soon)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(wait):
		}
	}
}

// later tells the operator that the work of a keeper waits, and why. At a first start the rows that say what there is to do are still being
// made, and there is nothing to look at.
func later(ctx context.Context, log *slog.Logger, what string, err error) {
	switch {
	case ctx.Err() != nil:
	case projections.NotMade(err):
		log.Info(what + ": the read models are being made")
	default:
		log.Warn(what, slog.Any("error", err))
	}
}
