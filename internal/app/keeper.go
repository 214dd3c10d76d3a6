package app

import (
	"context"
	"log/slog"

	"songtor/projections"
)

// A keeper is what the service does by itself: it records missed deadlines, asks for erasures that are due, and carries erasures out.

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
