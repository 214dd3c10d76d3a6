package app

import (
	"context"
	"errors"

	"songtor/domain"
	"songtor/internal/access"
	"songtor/internal/accesslog"
	"songtor/internal/identity"
	"songtor/projections/matching"
)

// Duplicate is another case that is likely of the same person, with the kinds of evidence and never what they say. A person links the
// two or refuses; nothing is merged.
type Duplicate struct {
	CaseID    string            `json:"case_id"`
	Reference string            `json:"case_reference"`
	Agency    string            `json:"agency"`
	Score     int               `json:"score"` // 0 to 100; from 60 on it is likely
	Evidence  matching.Evidence `json:"evidence"`
	State     string            `json:"state"` // proposed, linked or refused
	SettledBy string            `json:"settled_by,omitempty"`
	Position  uint64            `json:"position"`
}

// Duplicates proposes cases that are likely of the same person as a case, of those that the caller may see.
func (s *Service) Duplicates(ctx context.Context, p identity.Principal, caseID string) ([]Duplicate, error) {
	h, err := s.loadToRead(ctx, p, caseID, access.CaseMatch)
	if err != nil {
		return nil, err
	}
	if err := s.mayOnCase(p, access.CaseMatch, h); err != nil {
		return nil, s.denied(ctx, p, h, access.CaseMatch, err)
	}
	if err := s.waitFor(ctx, matching.Name, h.position()); err != nil {
		return nil, err
	}
	proposals, err := matching.Proposals(ctx, s.opened(p, h.caseID), h.caseID)
	if err != nil {
		return nil, unavailable("read the proposals", err)
	}
	duplicates := []Duplicate{}
	for _, proposal := range proposals {
		d, err := s.duplicate(ctx, p, proposal, other(proposal, h.caseID))
		switch {
		case errors.Is(err, ErrNotFound):
			continue // the caller may not know of it
		case err != nil:
			return nil, err
		}
		duplicates = append(duplicates, d)
	}
	if err := s.discloseDuplicates(ctx, p, h, duplicates); err != nil {
		return nil, err
	}
	return duplicates, nil
}

// discloseDuplicates records that somebody is about to be shown what a case and others have in common: each of them is one that is read.
func (s *Service) discloseDuplicates(ctx context.Context, p identity.Principal, h *history, shown []Duplicate) error {
	e := s.entryOn(ctx, p, h, access.CaseMatch, accesslog.Shown)
	e.Count, e.Classes = len(shown), classesOf(nil)
	entries := []accesslog.Entry{e}
	for _, d := range shown {
		e := s.entry(ctx, p, access.CaseMatch, accesslog.Shown)
		e.Case, e.Of, e.Classes = d.CaseID, d.Agency, classesOf(nil)
		entries = append(entries, e)
	}
	_, err := s.recordAccess(ctx, entries...)
	return err
}

func other(p matching.Proposal, caseID string) string {
	if p.CaseA == caseID {
		return p.CaseB
	}
	return p.CaseA
}

func (s *Service) duplicate(ctx context.Context, p identity.Principal, m matching.Proposal, caseID string) (Duplicate, error) {
	h, err := s.loadToRead(ctx, p, caseID, access.CaseMatch)
	if err != nil {
		return Duplicate{}, err
	}
	if err := s.mayOnCase(p, access.CaseRead, h); err != nil {
		return Duplicate{}, err
	}
	return Duplicate{
		CaseID: caseID, Reference: h.state.Standing.Reference, Agency: h.state.Standing.Agency, Score: m.Score,
		Evidence: m.Evidence, State: m.State, SettledBy: m.SettledBy, Position: m.Position,
	}, nil
}

// Pair is two cases that are likely of one person and about which nobody has decided.
type Pair struct {
	Cases    [2]PairCase       `json:"cases"`
	Score    int               `json:"score"`
	Evidence matching.Evidence `json:"evidence"`
	Position uint64            `json:"position"`
}

// PairCase is one of the two.
type PairCase struct {
	CaseID string `json:"case_id"`
	Agency string `json:"agency"`
}

// Pairs is a page of pairs.
type Pairs struct {
	Items    []Pair
	Next     string
	Position uint64
}

// OpenDuplicates lists the pairs about which nobody has decided, of those of which the caller may see both cases.
func (s *Service) OpenDuplicates(ctx context.Context, p identity.Principal, page matching.Page, after uint64) (Pairs, error) {
	if err := s.May(p, access.DuplicatesRead); err != nil {
		return Pairs{}, err
	}
	scope := s.policies.ListScope(s.subject(p), domain.Screening)
	if scope.None {
		scope.Agencies = []string{} // nil would be every agency, and all pairs be looked through for none
	}
	if err := s.waitFor(ctx, matching.Name, after); err != nil {
		return Pairs{}, err
	}
	list, err := matching.Open(ctx, s.listed(p, scope), matching.Scope{Agencies: scope.Agencies, Tokens: s.tokens(p)}, page)
	switch {
	case errors.Is(err, matching.ErrCursor):
		return Pairs{}, ErrCursor
	case err != nil:
		return Pairs{}, unavailable("list the proposals", err)
	}
	pairs := Pairs{Items: []Pair{}, Next: list.Next, Position: list.Position}
	for _, m := range list.Items {
		pairs.Items = append(pairs.Items, Pair{
			Cases: [2]PairCase{{m.CaseA, m.AgencyA}, {m.CaseB, m.AgencyB}}, Score: m.Score, Evidence: m.Evidence, Position: m.Position,
		})
	}
	if err := s.discloseList(ctx, p, listing{action: access.DuplicatesRead, count: len(pairs.Items)}); err != nil {
		return Pairs{}, err
	}
	return pairs, nil
}
