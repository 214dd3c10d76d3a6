package app

import (
	"context"
	"errors"
	"time"

	"songtor/domain"
	"songtor/internal/access"
	"songtor/internal/database"
	"songtor/internal/identity"
	"songtor/projections/stage"
)

// StageQuery is what a caller asks of a stage list. What the caller may see, and when it is now, is filled in here.
type StageQuery struct {
	stage.Filter
	Language string // that the person needs, ISO 639-3; empty for any
	Page     stage.Page
	AsOf     time.Time // the list as it was known then; zero for now
	After    uint64    // position that the list waits for
}

// StageCases lists the cases of a stage that the caller may see, after waiting for a position where one is given.
func (s *Service) StageCases(ctx context.Context, p identity.Principal, st domain.Stage, q StageQuery) (stage.List, error) {
	view, db, filter, err := s.queue(ctx, p, st, q)
	if err != nil {
		return stage.List{}, err
	}
	var list stage.List
	if q.AsOf.IsZero() {
		list, err = view.List(ctx, db, filter, q.Page)
	} else {
		list, err = view.AsOf(ctx, db, q.AsOf, filter, q.Page)
	}
	switch {
	case errors.Is(err, stage.ErrCursor):
		return stage.List{}, ErrCursor
	case errors.Is(err, stage.ErrOrder):
		return stage.List{}, invalid("/order", "x-code")
	case err != nil:
		return stage.List{}, unavailable("list the stage", err)
	}
	if err := s.discloseList(ctx, p, listing{access.StageList, string(st), len(list.Items), q.filterKinds()}); err != nil {
		return stage.List{}, err
	}
	return list, nil
}

func (q *StageQuery) filterKinds() []string {
	kinds := filterKinds(q.Filter)
	if q.Language != "" {
		kinds = append(kinds, "language")
	}
	if !q.AsOf.IsZero() {
		kinds = append(kinds, "asof")
	}
	return kinds
}

// queue is the view of a stage with what the caller may see of it, and the database as the caller sees it.
func (s *Service) queue(
	ctx context.Context, p identity.Principal, st domain.Stage, q StageQuery,
) (*stage.View, *database.Reading, stage.Filter, error) {
	view, known := s.models.stages[st]
	if !known {
		return nil, nil, stage.Filter{}, ErrNotFound
	}
	scope := s.policies.ListScope(s.subject(p), st)
	if scope.None {
		return nil, nil, stage.Filter{}, ErrDenied
	}
	f := q.Filter
	f.AgencyScope, f.Provinces, f.Tokens, f.Now = scope.Agencies, scope.Provinces, s.tokens(p), s.now()
	if q.Language != "" {
		var err error
		if f.Language, err = s.models.matching.LanguageToken(ctx, q.Language); err != nil {
			return nil, nil, stage.Filter{}, unavailable("look up a language", err)
		}
	}
	return view, s.listed(p, scope), f, s.waitFor(ctx, view.Name(), q.After)
}

// TakeNext gives the first case of a stage's queue that nobody has to the caller. Those that somebody else takes at the same moment are
// passed over. Where there is none to take it fails with ErrNothingToTake.
func (s *Service) TakeNext(ctx context.Context, p identity.Principal, st domain.Stage, q StageQuery, commandID string) (Receipt, bool, error) {
	view, db, filter, err := s.queue(ctx, p, st, q)
	if err != nil {
		return Receipt{}, false, err
	}
	if receipt, given, err := s.takenBefore(ctx, p, commandID); given || err != nil {
		return receipt, false, err
	}
	filter.Agency = []string{p.Agency} // a case is assigned within the agency that is responsible
	rows, err := view.Next(ctx, db, filter, candidates)
	if err != nil {
		return Receipt{}, false, unavailable("find the next case", err)
	}
	none := ErrNothingToTake
	for _, row := range rows {
		receipt, created, err := s.take(ctx, p, row, commandID)
		switch {
		case errors.Is(err, ErrDamaged):
			none = err // it must not keep the caller from the others
		case !movedOn(err):
			return receipt, created, err
		}
	}
	return Receipt{}, false, none
}

// movedOn reports whether a case could not be taken because it is not what the queue shows any more: somebody else has it, or another agency.
func movedOn(err error) bool {
	var refused *domain.Error
	var elsewhere *Invalid
	return errors.As(err, &refused) || errors.As(err, &elsewhere) || errors.Is(err, ErrNotFound) || errors.Is(err, ErrConflict)
}

// takenBefore finds the case that an earlier call with the same id gave. One that the caller may not know of any more was never given.
func (s *Service) takenBefore(ctx context.Context, p identity.Principal, commandID string) (Receipt, bool, error) {
	caseID, known, err := s.filters.Taken(ctx, p.UserID, commandID)
	if err != nil {
		return Receipt{}, false, unavailable("look for the case that was taken", err)
	}
	if !known {
		return Receipt{}, false, nil
	}
	h, err := s.load(ctx, caseID)
	if err != nil {
		return Receipt{}, false, err
	}
	prior := h.find(commandID)
	if prior == nil || s.mayOnCase(p, access.CaseKnow, h) != nil {
		return Receipt{}, false, nil
	}
	receipt, err := s.receiptOf(ctx, prior)
	return receipt, true, err
}

// take gives a case to the caller. Which one is noted first, so that a call that is repeated finds it whatever happens in between.
func (s *Service) take(ctx context.Context, p identity.Principal, row stage.Row, commandID string) (Receipt, bool, error) {
	if err := s.filters.Take(ctx, p.UserID, commandID, row.CaseID); err != nil {
		return Receipt{}, false, unavailable("note the case to take", err)
	}
	now := s.Now().UTC()
	return s.Execute(ctx, p, row.CaseID, Call{
		Action: access.Assign, ID: commandID, BasedOn: row.Position, HappenedAt: now, RecordedAt: now, Command: domain.Assign{Assignee: Me},
	})
}

// candidates is how many cases are tried before the queue counts as empty for the caller.
const candidates = 20

// StageCount says how many open cases of a stage the caller can see.
type StageCount struct {
	Stage domain.Stage `json:"stage"`
	stage.Totals
	Overdue     int  `json:"overdue"`
	OverdueMore bool `json:"overdue_more"` // there are more than Overdue says
}

// StageCounts counts the open cases that the caller may list. These are queue lengths for the people who work the queues; they are
// no statistics and never shown to those who read only statistics.
func (s *Service) StageCounts(ctx context.Context, p identity.Principal, after uint64) ([]StageCount, error) {
	counts := []StageCount{}
	for _, st := range domain.Stages() {
		view, db, filter, err := s.queue(ctx, p, st, StageQuery{After: after})
		if errors.Is(err, ErrDenied) {
			continue
		}
		if err != nil {
			return nil, err
		}
		found, err := view.Counts(ctx, db, filter)
		if err != nil {
			return nil, unavailable("count the stage", err)
		}
		counts = append(counts, StageCount{Stage: st, Totals: found.Totals(), Overdue: found.Overdue, OverdueMore: found.More})
	}
	if len(counts) == 0 {
		return nil, ErrDenied
	}
	return counts, nil
}
