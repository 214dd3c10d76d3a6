package app

import (
	"context"
	"errors"
	"fmt"

	"github.com/google/uuid"

	"songtor/domain"
)

// ErrNotAgreed says that two people have not agreed to the erasure of a case.
var ErrNotAgreed = errors.New("two people have not agreed to erase this case")

// Shred carries out the erasure of a case, named by its id or its reference, and returns the position at which that is recorded. It fails
// with ErrNotAgreed where two people have not agreed to it; where the keys are of type dev, which seal invented people only, nobody
// has to, and the reason is the one given.
func (s *Service) Shred(ctx context.Context, caseOrReference, reason string) (position uint64, synthetic bool, err error) {
	id, err := s.caseNamed(ctx, caseOrReference)
	if err != nil {
		return 0, false, err
	}
	h, err := s.load(ctx, id)
	if err != nil {
		return 0, false, err
	}
	e := h.state.Erasure
	switch {
	case h.state.Standing.Erasing == domain.ErasureDone:
		return h.position(), false, s.destroy(ctx, id, reason) // once more, should a restored backup have brought them back
	case e != nil && e.Approved:
		if err := s.finishErasure(ctx, id); err != nil {
			return 0, false, err
		}
	case !s.devKeys:
		return 0, false, fmt.Errorf("%w: %s", ErrNotAgreed, whatIsMissing(h))
	default:
		position, err := s.shredSynthetic(ctx, h, reason)
		return position, true, err
	}
	h, err = s.load(ctx, id)
	if err != nil {
		return 0, false, err
	}
	return h.position(), false, nil
}

// shredSynthetic destroys the keys of an invented person at once. The keys go first: should the process die before the log has recorded
// it, the same call records it later.
func (s *Service) shredSynthetic(ctx context.Context, h *history, reason string) (uint64, error) {
	command := domain.DestroyKeys{Reason: domain.ErasureReason(reason), Synthetic: true}
	operator := domain.Actor{User: "operator", Role: domain.Admin}
	if _, err := domain.Decide(h.state, domain.Request{By: operator, HappenedAt: s.now().UTC(), Command: command}); err != nil {
		return 0, err
	}
	if err := s.destroy(ctx, h.caseID, reason); err != nil {
		return 0, err
	}
	return s.record(ctx, own{caseID: h.caseID, id: uuid.NewString(), name: commandShred, by: operator, command: command})
}

// whatIsMissing says what has to happen before a case can be erased.
func whatIsMissing(h *history) string {
	switch {
	case h.state.LegalHold != nil:
		return "a proceeding needs it; lift the legal hold first"
	case h.state.Erasure == nil:
		return "ask for it with request-erasure, and have another person of another role approve it"
	}
	return "have another person of another role approve it with approve-erasure"
}

func (s *Service) caseNamed(ctx context.Context, name string) (string, error) {
	if id, err := uuid.Parse(name); err == nil {
		return id.String(), nil
	}
	return s.FindReference(ctx, name)
}
