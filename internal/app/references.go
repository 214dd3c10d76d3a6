package app

import (
	"context"
	"errors"

	"github.com/google/uuid"

	"songtor/internal/access"
	"songtor/internal/identity"
)

// Found is a case that somebody named by its reference.
type Found struct {
	CaseID    string `json:"case_id"`
	Reference string `json:"case_reference"`
}

// Find returns the case with a reference to somebody who may read it. To everybody else it answers as where there is none.
func (s *Service) Find(ctx context.Context, p identity.Principal, reference string) (Found, error) {
	id, err := s.named(ctx, reference)
	if err != nil {
		return Found{}, err
	}
	h, err := s.loadToRead(ctx, p, id, access.CaseRead)
	if err != nil {
		return Found{}, err
	}
	if err := s.mayOnCase(p, access.CaseRead, h); err != nil {
		return Found{}, s.denied(ctx, p, h, access.CaseKnow, err)
	}
	if _, err := s.disclose(ctx, p, h, reading{action: access.CaseKnow}); err != nil {
		return Found{}, err
	}
	return Found{CaseID: id, Reference: h.state.Standing.Reference}, nil
}

// ExecuteNamed gives a command to the case with a reference. Where there is none it answers as Execute does for an id that no case has.
func (s *Service) ExecuteNamed(ctx context.Context, p identity.Principal, reference string, in Call) (Receipt, bool, error) {
	id, err := s.named(ctx, reference)
	if err != nil {
		return Receipt{}, false, err
	}
	return s.Execute(ctx, p, id, in)
}

// named returns the id of the case with a reference, and an id that no case has where there is none: what follows then takes the course,
// and the time, that it takes for every case that is not there.
func (s *Service) named(ctx context.Context, reference string) (string, error) {
	id, err := s.FindReference(ctx, reference)
	if errors.Is(err, ErrNotFound) {
		return uuid.NewString(), nil
	}
	return id, err
}
