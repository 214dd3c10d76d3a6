package app

import (
	"songtor/internal/access"
	"songtor/internal/database"
	"songtor/internal/identity"
)

// listed is the database as somebody sees it who may list what is in a scope.
func (s *Service) listed(p identity.Principal, scope access.Scope) *database.Reading {
	return s.views.For(database.Viewer{Everywhere: scope.All, Agencies: scope.Agencies, Tokens: s.tokens(p)})
}

// ofAgency is the database as the caller's agency sees it: what lies before it, of whichever case.
func (s *Service) ofAgency(p identity.Principal) *database.Reading {
	return s.views.For(database.Viewer{Agencies: []string{p.Agency}, Tokens: s.tokens(p)})
}

// opened is the database as somebody sees it to whom a decision has just opened a case.
func (s *Service) opened(p identity.Principal, caseID string) *database.Reading {
	return s.views.For(database.Viewer{Tokens: s.tokens(p)}.On(caseID))
}

// byItself is the database as the service sees it for work of its own, of which nothing is shown to anybody.
func (s *Service) byItself() *database.Reading { return s.views.For(database.Service()) }

// tokens are the digests under which a case names the caller as one who may not know of it.
func (s *Service) tokens(p identity.Principal) []string {
	return s.digests.of(p.Agency, p.UserID)
}
