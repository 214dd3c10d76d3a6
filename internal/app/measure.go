package app

import (
	"context"
	"errors"

	"songtor/domain"
	"songtor/internal/accesslog"
	"songtor/internal/guard"
	"songtor/internal/release"
	"songtor/internal/telemetry"
	"songtor/projections"
)

// outcomeOf sorts errors by who has to act: the caller, the operator, or whoever mends the program.
func outcomeOf(err error) telemetry.Outcome {
	var refused *domain.Error
	var invalid *Invalid
	var stale *Stale
	switch {
	case err == nil:
		return telemetry.OK
	case errors.Is(err, ErrConflict), errors.As(err, &stale):
		return telemetry.Conflict
	case errors.Is(err, ErrUnavailable), errors.Is(err, ErrDamaged), errors.Is(err, accesslog.ErrUnavailable), errors.Is(err, guard.ErrReadOnly), errors.Is(err, projections.ErrBehind), errors.Is(err, context.Canceled),
		errors.Is(err, context.DeadlineExceeded):
		return telemetry.Unavailable
	case errors.Is(err, release.ErrPeriodUnknown), errors.Is(err, release.ErrPeriodOpen), errors.Is(err, release.ErrPublished), errors.Is(err, release.ErrLater),
		errors.Is(err, release.ErrWeak), errors.Is(err, release.ErrTooFew):
		return telemetry.Refused
	case errors.As(err, &refused), errors.As(err, &invalid), errors.Is(err, ErrNotFound), errors.Is(err, ErrDenied), errors.Is(err, ErrOtherContent),
		errors.Is(err, ErrErased), errors.Is(err, ErrNothingToTake), errors.Is(err, ErrTooManyOpened), errors.Is(err, ErrPredecessor):
		return telemetry.Refused
	}
	return telemetry.Failed
}
