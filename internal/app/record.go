package app

import (
	"context"
	"errors"

	"songtor/domain"
	"songtor/internal/vault"
)

// record takes a command of the service itself to the log: one that seals nothing and that nobody signed in gives. It returns the
// position at which the command stands, also where the log had it already.
func (s *Service) record(ctx context.Context, caseID, id, name string, by domain.Actor, command domain.Command) (uint64, error) {
	for range attempts {
		h, err := s.load(ctx, caseID)
		if err != nil {
			return 0, err
		}
		if prior := h.find(id); prior != nil {
			return prior.Position, nil
		}
		if err := s.openAccused(ctx, h); err != nil {
			return 0, err
		}
		now := s.now().UTC()
		facts, err := domain.Decide(h.state, domain.Request{
			ID: id, By: by, HappenedAt: now, Limits: s.limits.For(h.state.Standing.Province, now), Command: command,
		})
		if err != nil {
			return 0, err
		}
		commit := &domain.Commit{
			ID: id, CaseID: caseID, Number: len(h.commits) + 1, Previous: h.digest(), Command: name,
			Actor: by, RecordedAt: now, Standing: h.next(facts), Facts: facts,
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
