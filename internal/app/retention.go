package app

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"songtor/domain"
	"songtor/internal/access"
	"songtor/internal/identity"
	"songtor/internal/retention"
	"songtor/projections/erasures"
)

// retainer is who asks for the erasure of what need not be kept any longer. It asks and never agrees.
var retainer = domain.Actor{User: "keeper-of-retention"}

// KeepRetention asks for the erasure of every case whose time is over, until ctx ends.
func (s *Service) KeepRetention(ctx context.Context, log *slog.Logger) error {
	return keepAt(ctx, log, time.Hour, "erasures of what need not be kept are asked for later", func(ctx context.Context) error {
		_, err := s.RequestDue(ctx)
		return err
	})
}

// RequestDue asks for the erasure of the cases whose time is over and returns how many it looked at. What a proceeding needs, what is open
// again and what somebody has asked to erase already is never due.
func (s *Service) RequestDue(ctx context.Context) (int, error) {
	looked, failed := 0, error(nil)
	for _, ending := range domain.Endings() {
		due, err := s.due(ctx, ending, erasures.Filter{Limit: atOnce})
		if err != nil {
			return looked, errors.Join(failed, err)
		}
		failed = errors.Join(failed, forEach(ctx, due, func(d DueCase) error { return s.requestDue(ctx, d) }))
		looked += len(due)
	}
	return looked, failed
}

// requestDue names the command by the moment from which the time was counted: asked twice it is asked once, and asked anew when the case
// was kept and its time is over again.
func (s *Service) requestDue(ctx context.Context, d DueCase) error {
	id := derivedID("songtor retention\x00" + d.CaseID + "\x00" + d.LastAt.UTC().Format(time.RFC3339Nano))
	_, err := s.record(ctx, own{
		caseID: d.CaseID, id: id, name: string(access.RequestErasure), by: retainer, command: domain.RequestErasure{Reason: domain.RetentionOver},
	})
	var refused *domain.Error
	if errors.As(err, &refused) || errors.Is(err, ErrNotFound) {
		return nil // the case has moved since; the rows follow
	}
	return err
}

// due are the cases of an ending whose time is over.
func (s *Service) due(ctx context.Context, ending domain.Ending, f erasures.Filter) ([]DueCase, error) {
	now := s.now()
	rule, set := s.keeping.For(ending, now)
	if !set {
		return nil, nil
	}
	f.Ending, f.Before = ending, now.Add(-rule.Whole())
	found, err := s.models.erasures.Ended(ctx, s.byItself(), f)
	if err != nil {
		return nil, unavailable("look for what need not be kept", err)
	}
	return each(found, func(c erasures.Case) DueCase {
		return DueCase{Case: c, DueAt: c.LastAt.Add(rule.Whole()), Source: rule.Source}
	}), nil
}

// DueCase is a case whose time is over.
type DueCase struct {
	erasures.Case
	DueAt  time.Time `json:"due_at"`
	Source string    `json:"limit_source"`
}

// RetentionView is how long cases are kept, and which are due to be erased.
type RetentionView struct {
	Rules []retention.Rule `json:"rules"`
	Due   []DueCase        `json:"due"`
}

// Retention returns the rules by which cases are kept and, of the cases that the caller may list, those whose time is over. Who lists none
// sees the rules alone.
func (s *Service) Retention(ctx context.Context, p identity.Principal) (RetentionView, error) {
	if err := s.May(p, access.LimitsRead); err != nil {
		return RetentionView{}, err
	}
	view, listsAny := RetentionView{Rules: s.keeping.Rules(), Due: []DueCase{}}, false
	for _, ending := range domain.Endings() {
		f, lists := s.listable(p, ending)
		if !lists {
			continue
		}
		due, err := s.due(ctx, ending, f)
		if err != nil {
			return RetentionView{}, err
		}
		view.Due, listsAny = append(view.Due, due...), true
	}
	if !listsAny {
		return view, nil
	}
	return view, s.discloseList(ctx, p, listing{action: access.StageList, object: "retention", count: len(view.Due)})
}

// listable looks for cases that the caller may list, in whatever stage they ended so; false where they may list none.
func (s *Service) listable(p identity.Principal, e domain.Ending) (erasures.Filter, bool) {
	f := erasures.Filter{Tokens: s.tokens(p), Limit: atOnce}
	for _, stage := range endedIn(e) {
		scope := s.policies.ListScope(s.subject(p), stage)
		if scope.None {
			return f, false
		}
		if !scope.All {
			f.Agencies = scope.Agencies
		}
		f.Provinces = scope.Provinces
	}
	return f, true
}

// endedIn are the stages in which a case can have ended so.
func endedIn(e domain.Ending) []domain.Stage {
	switch e {
	case domain.EndedRefused:
		return []domain.Stage{domain.Frontline}
	case domain.EndedNoGrounds:
		return []domain.Stage{domain.Screening}
	case domain.EndedNotIdentified:
		return []domain.Stage{domain.Identification}
	case domain.EndedVictim:
		return []domain.Stage{domain.Protection}
	case domain.EndedBefore:
	}
	return []domain.Stage{domain.Frontline, domain.Screening, domain.Identification}
}
