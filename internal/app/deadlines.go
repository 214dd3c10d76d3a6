package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"songtor/domain"
	"songtor/internal/limits"
	"songtor/projections/deadlines"
)

const (
	// lookAgain is how long the keeper of deadlines waits at most before it looks again: others may have set a deadline meanwhile.
	lookAgain = 5 * time.Second
	// atOnce is how many missed deadlines are taken in one look.
	atOnce = 200
)

// keeper is who records missed deadlines.
var keeper = domain.Actor{User: "keeper-of-deadlines"}

// KeepDeadlines records every missed deadline, and every further step of its ladder, until ctx ends. Each is appended exactly once,
// whatever dies and however many processes do this: the step's command id follows from the step.
//
// After the clock was set forward nothing is recorded for a while: a deadline that was missed stays so in the log, and a clock that is
// wrong is mostly set right soon.
func (s *Service) KeepDeadlines(ctx context.Context, log *slog.Logger) error {
	var clock pace
	for said := false; ; {
		wait := lookAgain
		if steady := clock.steady(s.now(), time.Now()); steady {
			said = false
			recorded, err := s.RecordMissed(ctx)
			if err == nil {
				wait = s.untilNext(ctx, recorded)
			} else {
				later(ctx, log, "missed deadlines are recorded later", err)
			}
		} else if !said {
			said = true
			log.Warn("the clock was set forward; missed deadlines are recorded once it has run evenly for a while", slog.Duration("pause", evenly))
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(wait):
		}
	}
}

// untilNext is how long nothing is due.
func (s *Service) untilNext(ctx context.Context, recorded int) time.Duration {
	if recorded == atOnce {
		return 0
	}
	at, known, err := s.models.deadlines.NextAt(ctx, s.byItself())
	if err != nil || !known {
		return lookAgain
	}
	const breath = 50 * time.Millisecond // a step that cannot be recorded yet is not tried without a pause
	return max(breath, min(lookAgain, at.Sub(s.now())))
}

// RecordMissed records what is missed now and returns how many steps it looked at. It waits until the read models show them.
func (s *Service) RecordMissed(ctx context.Context) (int, error) {
	due, err := s.models.deadlines.Due(ctx, s.byItself(), s.now(), atOnce)
	if err != nil {
		return 0, unavailable("look for missed deadlines", err)
	}
	var last uint64
	failed := forEach(ctx, due, func(d deadlines.Deadline) error {
		position, err := s.recordMiss(ctx, d)
		last = max(last, position)
		return err
	})
	return len(due), errors.Join(failed, s.waitFor(ctx, s.models.deadlines.Name(), last))
}

func (s *Service) recordMiss(ctx context.Context, d deadlines.Deadline) (uint64, error) {
	position, err := s.record(ctx, own{
		caseID: d.CaseID, id: missID(d), name: "miss-deadline", by: keeper,
		command: domain.MissDeadline{Task: d.Task, DueAt: d.DueAt}, limits: d.DueAt,
	})
	var refused *domain.Error
	if errors.As(err, &refused) || errors.Is(err, ErrNotFound) {
		return 0, nil // done in the meantime, or recorded by another process; the rows follow
	}
	if err == nil {
		s.measured.Missed(string(d.Kind))
	}
	return position, err
}

// missID is the id of the command that records a step of a ladder.
func missID(d deadlines.Deadline) string {
	return derivedID(fmt.Sprintf("songtor deadline\x00%s\x00%s\x00%d\x00%d", d.CaseID, d.Task, d.DueAt.UnixMicro(), d.Missed))
}

// nextStep is when the next step of the ladder falls for a task, by the limits of the province on the day on which the task was due. What
// was missed is recorded by the same limits: a ladder that comes into force later is for what falls due under it.
func nextStep(book *limits.Book) deadlines.Next {
	return func(s *domain.Standing, t *domain.Task) *time.Time {
		return book.For(s.Province, *t.DueAt).Next(*t.DueAt, t.Missed)
	}
}
