package app

import (
	"context"
	"errors"

	"songtor/domain"
	"songtor/internal/access"
	"songtor/internal/identity"
	"songtor/internal/preferences"
)

// SavedFilters lists the filters that the caller has saved, by name.
func (s *Service) SavedFilters(ctx context.Context, p identity.Principal) ([]preferences.Filter, error) {
	if err := s.May(p, access.StageList); err != nil {
		return nil, err
	}
	filters, err := s.filters.List(ctx, p.UserID)
	if err != nil {
		return nil, unavailable("list the filters", err)
	}
	if filters == nil {
		filters = []preferences.Filter{}
	}
	return filters, nil
}

// SaveFilter keeps a filter of a stage's list under a name, in the place of one of the same name. The query is that of the list.
func (s *Service) SaveFilter(ctx context.Context, p identity.Principal, name string, st domain.Stage, query string) (preferences.Filter, error) {
	if err := s.May(p, access.StageList); err != nil {
		return preferences.Filter{}, err
	}
	saved, err := s.filters.Save(ctx, p.UserID, name, st, query)
	switch {
	case errors.Is(err, preferences.ErrName):
		return saved, invalid("/name", "format")
	case errors.Is(err, preferences.ErrStage):
		return saved, invalid("/stage", "enum")
	case errors.Is(err, preferences.ErrQuery):
		return saved, invalid("/query", "format")
	case errors.Is(err, preferences.ErrTooMany):
		return saved, invalid("", "maxItems")
	case err != nil:
		return saved, unavailable("save the filter", err)
	}
	return saved, nil
}

// DeleteFilter forgets a filter.
func (s *Service) DeleteFilter(ctx context.Context, p identity.Principal, name string) error {
	if err := s.May(p, access.StageList); err != nil {
		return err
	}
	switch err := s.filters.Delete(ctx, p.UserID, name); {
	case errors.Is(err, preferences.ErrNoFilter):
		return ErrNotFound
	case err != nil:
		return unavailable("delete the filter", err)
	}
	return nil
}
