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
	if err := s.files.Remove(ctx, id); err != nil {
		return 0, unavailable("remove the case's files", err)
	}
	operator := domain.Actor{User: "operator", Role: domain.Admin}
	position, err := s.record(ctx, id, uuid.NewString(), "shred", operator, domain.DestroyKeys{Reason: domain.ErasureReason(reason), Synthetic: true})
	if errors.Is(err, &domain.Error{Rule: "case.erased"}) {
		h, err := s.load(ctx, id)
		if err != nil {
			return 0, err
		}
		return h.position(), nil
	}
	return position, err
}
