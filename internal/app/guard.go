package app

import (
	"context"
	"errors"

	"songtor/domain"
	"songtor/internal/identity"
	"songtor/projections"
	"songtor/schemas"
)

// completeExclusion names the accused by the keyed digest that a case carries in clear, and the office that takes the case over.
func (s *Service) completeExclusion(ctx context.Context, c domain.Exclude) (domain.Command, error) {
	c.Office = ministry
	if c.Accused.Account == "" {
		c.Token = s.digests.digest("agency:" + c.Accused.Agency)
		return c, knownOrNone("/agency", c.Accused.Agency, schemas.Agency)
	}
	c.Token = s.digests.digest("user:" + c.Accused.Account)
	switch _, err := s.accounts.ByID(ctx, c.Accused.Account); {
	case errors.Is(err, identity.ErrNoAccount):
		return c, invalid("/account", "x-code")
	case err != nil:
		return c, unavailable("look up the account", err)
	}
	return c, nil
}

// completeGlass finds who reviews the grant, and whether the caller has lost the right to take another.
func (s *Service) completeGlass(ctx context.Context, op *operation, c domain.BreakGlass) (domain.Command, error) {
	if _, err := s.waitForAll(ctx, s.models.glass.Name()); err != nil && !errors.Is(err, projections.ErrBehind) {
		return c, err
	}
	overdue, err := s.models.glass.Overdue(ctx, s.byItself(), op.by.UserID, s.now())
	if err != nil {
		return c, unavailable("look for missed reviews", err)
	}
	c.Suspended = len(overdue) > 0
	op.prepare = func(h *history) (domain.Command, error) {
		c.Reviewer = reviewer(op.by.Agency, &h.state)
		return c, nil
	}
	return c, nil
}

// reviewer is the agency that reviews a grant of somebody of another one: the ministry's division, for that itself the office of the
// case's province, and any other of the ministry's where neither may know of the case.
func reviewer(of string, s *domain.State) string {
	offices := []string{ministry, office(domain.ToProvince, s.Standing.Province)}
	for _, a := range schemas.Agencies() {
		if a.Kind == "msdhs" {
			offices = append(offices, a.Code)
		}
	}
	for _, code := range offices {
		if code != of && !s.ExcludesAgency(code) {
			return code
		}
	}
	return ""
}
