package app

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"songtor/domain"
	"songtor/internal/vault"
)

// own is a command of the service itself: one that seals nothing and that nobody signed in gives.
type own struct {
	caseID, id, name string
	by               domain.Actor
	command          domain.Command
	limits           time.Time // by the limits of which moment it is decided; those of now where it is zero
}

// in finds the command in a case, and the id under which it is to be recorded where it is not there. Its id follows from what anybody may
// know, and whoever works on the case may have used it for a command of theirs.
func (o own) in(h *history) (id string, prior *domain.Commit) {
	id = o.id
	for prior = h.find(id); prior != nil && (prior.Command != o.name || prior.Actor != o.by); prior = h.find(id) {
		id = derivedID(id)
	}
	return id, prior
}

// record takes a command of the service itself to the log. It returns the position at which the command stands, also where the log had it
// already.
func (s *Service) record(ctx context.Context, o own) (uint64, error) {
	for range attempts {
		h, err := s.load(ctx, o.caseID)
		if err != nil {
			return 0, err
		}
		id, prior := o.in(h)
		if prior != nil {
			return prior.Position, nil
		}
		if err := s.openAccused(ctx, h); err != nil {
			return 0, err
		}
		now := s.now().UTC()
		facts, err := domain.Decide(h.state, domain.Request{
			ID: id, By: o.by, HappenedAt: now, Limits: s.limits.For(h.state.Standing.Province, cmp.Or(o.limits, now)), Command: o.command,
		})
		if err != nil {
			return 0, err
		}
		commit := &domain.Commit{
			ID: id, CaseID: o.caseID, Number: len(h.commits) + 1, Previous: h.digest(), Command: o.name,
			Actor: o.by, RecordedAt: now, Standing: h.next(facts), Facts: facts,
		}
		err = s.append(ctx, commit, h.position())
		if err == nil {
			return commit.Position, nil
		}
		if !errors.Is(err, ErrConflict) {
			return 0, err
		}
	}
	return 0, ErrConflict
}

// openAccused opens whom the case accuses, where it accuses anybody: nothing may come to wait for them.
func (s *Service) openAccused(ctx context.Context, h *history) error {
	if len(h.state.Exclusions) == 0 {
		return nil
	}
	if err := s.unlock(ctx, h, vault.Grant{Use: vault.ToDecide}, domain.ScopeSensitive); err != nil {
		return err
	}
	return s.open(h, domain.ScopeSensitive)
}

// forEach does something for each case of a list until ctx ends, and tells of the first that failed: what is wrong with one case must not
// keep the service from the others.
func forEach[T any](ctx context.Context, cases []T, do func(T) error) error {
	var first error
	failed := 0
	for _, c := range cases {
		if err := do(c); err != nil {
			first, failed = cmp.Or(first, err), failed+1
		}
		if ctx.Err() != nil {
			break
		}
	}
	if failed > 1 {
		return fmt.Errorf("%d of %d cases failed, the first: %w", failed, len(cases), first)
	}
	return first
}
