package app

import (
	"context"
	"errors"

	"github.com/google/uuid"

	"songtor/domain"
	"songtor/internal/vault"
)

// Shred destroys the keys of a case, named by its id or its reference, and returns the position at which that is recorded.
//
// The keys go first: from that moment nobody reads the person's data. Should the process die before the log has recorded it, the
// same call records it later. The other order could leave a log that says erased over data that can still be read.
func (s *Service) Shred(ctx context.Context, caseOrReference, reason string) (uint64, error) {
	id, err := s.caseNamed(ctx, caseOrReference)
	if err != nil {
		return 0, err
	}
	if _, err := s.load(ctx, id); err != nil {
		return 0, err
	}
	switch err := s.vault.Destroy(ctx, id, reason); {
	case errors.Is(err, vault.ErrUnavailable):
		return 0, unavailable("destroy the keys", err)
	case err != nil:
		return 0, err
	}
	return s.recordShred(ctx, id, reason)
}

func (s *Service) caseNamed(ctx context.Context, name string) (string, error) {
	if id, err := uuid.Parse(name); err == nil {
		return id.String(), nil
	}
	return s.FindReference(ctx, name)
}

func (s *Service) recordShred(ctx context.Context, id, reason string) (uint64, error) {
	operator := domain.Actor{User: "operator", Role: domain.Admin}
	for range attempts {
		h, err := s.load(ctx, id)
		if err != nil {
			return 0, err
		}
		facts, err := domain.Decide(h.state, domain.Request{
			By: operator, HappenedAt: s.now().UTC(), Command: domain.DestroyKeys{Reason: reason},
		})
		if errors.Is(err, &domain.Error{Rule: "case.erased"}) {
			return h.position(), nil
		}
		if err != nil {
			return 0, err
		}
		commit := &domain.Commit{
			ID: uuid.NewString(), CaseID: id, Number: len(h.commits) + 1, Previous: h.digest(), Command: "shred",
			Actor: operator, RecordedAt: s.now().UTC(), Standing: domain.Fold(h.state, facts).Standing, Facts: facts,
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
