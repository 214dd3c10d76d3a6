package main

import (
	"context"
	"errors"
	"log/slog"
	"time"
)

const (
	// drain is how long requests that are under way may take to finish when the service stops.
	drain = 10 * time.Second
	// settling is how long the service waits, after its last request, for what follows from it.
	settling = 4 * time.Second
)

// errStopping is why a service that is about to end is not ready.
var errStopping = errors.New("the service is stopping")

// settle brings to an end what follows from the last request: the read models show it, and a signed checkpoint covers it. What does not
// get done in time is done by the next process, from the log.
func (o *operator) settle(ctx context.Context, logger *slog.Logger) {
	ctx, cancel := context.WithTimeout(ctx, settling)
	defer cancel()
	if err := o.caughtUp(ctx); err != nil {
		logger.Warn("not every read model has caught up with the log; the next start goes on from there", slog.Any("error", err))
	}
	if err := o.trees.SignRest(ctx); err != nil {
		logger.Warn("the last messages are not signed yet; the next start signs them", slog.Any("error", err))
	}
}

// caughtUp waits until the read models that this process applies have applied all that the log has.
func (o *operator) caughtUp(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, settling/2)
	defer cancel()
	for {
		behind := false
		for _, m := range o.runner.Status(ctx) {
			if !m.Active {
				continue
			}
			next, _, err := o.stores.log.NextCommit(ctx, m.Position)
			if err != nil {
				return err
			}
			behind = behind || next != 0
		}
		if !behind {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(10 * time.Millisecond):
		}
	}
}
