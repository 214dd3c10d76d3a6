package app

import (
	"context"
	"errors"

	"songtor/domain"
	"songtor/internal/access"
	"songtor/internal/database"
	"songtor/internal/identity"
	"songtor/projections/incidents"
)

// Incidents lists the incidents in which the caller may see a case, the latest first.
func (s *Service) Incidents(ctx context.Context, p identity.Principal, page incidents.Page, position uint64) (incidents.List, error) {
	db, scope, err := s.incidentScope(ctx, p, position)
	if err != nil {
		return incidents.List{}, err
	}
	list, err := s.models.incidents.List(ctx, db, scope, page)
	return list, incidentError(err)
}

// incidentScope returns the database as the caller sees it, and whose incidents they are.
func (s *Service) incidentScope(ctx context.Context, p identity.Principal, position uint64) (*database.Reading, incidents.Scope, error) {
	if err := s.May(p, access.IncidentRead); err != nil {
		return nil, incidents.Scope{}, err
	}
	if err := s.waitFor(ctx, s.models.incidents.Name(), position); err != nil {
		return nil, incidents.Scope{}, err
	}
	scope := s.policies.ListScope(s.subject(p), domain.Screening)
	if scope.None {
		scope.Agencies = []string{p.Agency}
	}
	return s.listed(p, scope), incidents.Scope{Agencies: scope.Agencies, Tokens: s.tokens(p)}, nil
}

func incidentError(err error) error {
	switch {
	case errors.Is(err, incidents.ErrCursor):
		return ErrCursor
	case errors.Is(err, incidents.ErrNoIncident):
		return ErrNotFound
	case err != nil:
		return unavailable("read the incident", err)
	}
	return nil
}

// Incident returns how far the people of an incident have come. One in which the caller's agency has no part looks like one that is not
// there.
func (s *Service) Incident(ctx context.Context, p identity.Principal, id string, position uint64) (incidents.Detail, error) {
	db, scope, err := s.incidentScope(ctx, p, position)
	if err != nil {
		return incidents.Detail{}, err
	}
	return s.incident(ctx, db, scope, id)
}

// incident says that there is none only where the list has all that the log has, and ErrUnavailable where it stays behind. What the list has
// is shown without asking the log.
func (s *Service) incident(ctx context.Context, db *database.Reading, scope incidents.Scope, id string) (incidents.Detail, error) {
	detail, err := s.listedIncident(ctx, db, scope, id)
	if !errors.Is(err, ErrNotFound) {
		return detail, err
	}
	if err := s.abreast(ctx, s.models.incidents.Name()); err != nil {
		return incidents.Detail{}, err
	}
	return s.listedIncident(ctx, db, scope, id)
}

func (s *Service) listedIncident(ctx context.Context, db *database.Reading, scope incidents.Scope, id string) (incidents.Detail, error) {
	detail, err := s.models.incidents.Find(ctx, db, scope, id)
	if err := incidentError(err); err != nil {
		return incidents.Detail{}, err
	}
	if scope.Agencies != nil && !intersects(scope.Agencies, detail.Agencies) {
		return incidents.Detail{}, ErrNotFound
	}
	return detail, nil
}

// IncidentPeople lists the cases of an incident by their numbers on its list.
func (s *Service) IncidentPeople(
	ctx context.Context, p identity.Principal, id string, page incidents.Page, position uint64,
) (incidents.People, error) {
	db, scope, err := s.incidentScope(ctx, p, position)
	if err != nil {
		return incidents.People{}, err
	}
	if _, err := s.incident(ctx, db, scope, id); err != nil {
		return incidents.People{}, err
	}
	list, err := s.models.incidents.People(ctx, db, scope, id, page)
	if err := incidentError(err); err != nil {
		return incidents.People{}, err
	}
	if err := s.discloseList(ctx, p, listing{action: access.IncidentRead, object: id, count: len(list.Items)}); err != nil {
		return incidents.People{}, err
	}
	return list, nil
}
