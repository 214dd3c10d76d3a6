package app

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"songtor/domain"
	"songtor/internal/access"
	"songtor/internal/identity"
	"songtor/projections"
	"songtor/projections/timeline"
)

// Case returns a case, as it was known at asOf where that is not zero.
func (s *Service) Case(ctx context.Context, p identity.Principal, id string, asOf time.Time) (CaseView, error) {
	h, err := s.loadToRead(ctx, p, id, access.CaseRead)
	if err != nil {
		return CaseView{}, err
	}
	if err := s.mayOnCase(p, access.CaseRead, h); err != nil {
		return CaseView{}, s.denied(ctx, p, h, access.CaseRead, err)
	}
	now := s.now()
	sight := s.sightOf(p, h, now)
	openable, asks := s.openable(p, h, sight), s.inquiry(renewed(s.subject(p)), h)
	shown := reading{action: access.CaseRead, scopes: sight.scopes, outcome: s.outcomeOf(p, h, sight.scopes)}
	if !asOf.IsZero() {
		h.until(asOf)
		if len(h.commits) == 0 {
			return CaseView{}, ErrNotFound
		}
		h.fold()
		now = asOf
	}
	grant, err := s.disclose(ctx, p, h, shown)
	if err != nil {
		return CaseView{}, err
	}
	if err := s.show(ctx, h, grant, sight.scopes...); err != nil {
		return CaseView{}, err
	}
	view := viewOf(h, sight, now)
	view.Openable, view.Possible = openable, permitted(asks, view.Possible)
	if err := s.waitFor(ctx, s.models.links.Name(), h.position()); err != nil {
		return CaseView{}, err
	}
	return view, s.addLinks(ctx, p, &view, asOf)
}

// permitted are those of the named commands that an inquiry allows.
func permitted(asks *access.Inquiry, commands []string) []string {
	return slices.DeleteFunc(commands, func(name string) bool { return asks.Decide(access.Action(name)) != nil })
}

// addLinks adds the links that were made on other cases, and leaves out those to cases that the reader may not know of.
func (s *Service) addLinks(ctx context.Context, p identity.Principal, view *CaseView, asOf time.Time) error {
	found, err := s.models.links.Of(ctx, s.opened(p, view.CaseID), view.CaseID, asOf)
	if err != nil {
		return unavailable("read the links", err)
	}
	for _, l := range found {
		if l.Reverse && l.UndoneAt == nil {
			view.Links = append(view.Links, LinkView{ID: l.ID, Other: l.Other, Kind: l.Kind})
		}
	}
	hidden, err := s.unknown(ctx, p, each(view.Links, func(l LinkView) string { return l.Other }))
	view.Links = slices.DeleteFunc(view.Links, func(l LinkView) bool { return hidden[l.Other] })
	return err
}

// unknown are those of the given cases that somebody may not know of.
func (s *Service) unknown(ctx context.Context, p identity.Principal, cases []string) (map[string]bool, error) {
	hidden := map[string]bool{}
	for _, id := range cases {
		h, err := s.load(ctx, id)
		if err == nil {
			err = s.mayOnCase(p, access.CaseKnow, h)
		}
		switch {
		case errors.Is(err, ErrNotFound):
			hidden[id] = true
		case err != nil:
			return nil, err
		}
	}
	return hidden, nil
}

// Exists reports whether there is a case with this id, whoever may see it. It is for the service's own work, not for answers.
func (s *Service) Exists(ctx context.Context, id string) (bool, error) {
	_, err := s.load(ctx, id)
	if errors.Is(err, ErrNotFound) {
		return false, nil
	}
	return err == nil, err
}

// TimelineView is the course of a case, event by event.
type TimelineView struct {
	CaseID    string           `json:"case_id"`
	Reference string           `json:"case_reference"`
	Position  uint64           `json:"position"`
	Items     []timeline.Entry `json:"items"`
}

// Timeline returns the course of a case, as it was known at asOf where that is not zero. It waits for the case's latest commit.
func (s *Service) Timeline(ctx context.Context, p identity.Principal, id string, asOf time.Time) (TimelineView, error) {
	h, err := s.loadToRead(ctx, p, id, access.CaseRead)
	if err != nil {
		return TimelineView{}, err
	}
	if err := s.mayOnCase(p, access.CaseRead, h); err != nil {
		return TimelineView{}, s.denied(ctx, p, h, access.CaseTimeline, err)
	}
	if _, err := s.disclose(ctx, p, h, reading{action: access.CaseTimeline}); err != nil {
		return TimelineView{}, err
	}
	entries, err := s.course(ctx, p, h, asOf)
	if err != nil {
		return TimelineView{}, err
	}
	s.sightOf(p, h, s.now()).withhold(entries)
	entries, err = s.withoutUnknown(ctx, p, entries)
	return TimelineView{CaseID: id, Reference: h.state.Standing.Reference, Position: h.position(), Items: entries}, err
}

// course is that of a case whose history was read: as the list has it, or as the log has it where the list stays behind.
func (s *Service) course(ctx context.Context, p identity.Principal, h *history, asOf time.Time) ([]timeline.Entry, error) {
	list := s.models.timeline.Name()
	if err := s.waitFor(ctx, list, h.position()); err != nil {
		return nil, err
	}
	if s.runner.Position(list) < h.position() {
		return timeline.EntriesOf(h.commits, asOf)
	}
	entries, err := s.models.timeline.Entries(ctx, s.opened(p, h.caseID), h.caseID, asOf)
	if err != nil {
		return nil, unavailable("read the timeline", err)
	}
	return entries, nil
}

// withoutUnknown leaves out of a timeline what names another case that the reader may not know of.
func (s *Service) withoutUnknown(ctx context.Context, p identity.Principal, entries []timeline.Entry) ([]timeline.Entry, error) {
	hidden, err := s.unknown(ctx, p, otherCases(entries))
	return slices.DeleteFunc(entries, func(e timeline.Entry) bool { return hidden[otherCase(e)] }), err
}

// otherCases are the cases that entries name besides their own.
func otherCases(entries []timeline.Entry) []string {
	return slices.DeleteFunc(each(entries, otherCase), func(id string) bool { return id == "" })
}

// otherCase is the case that an entry names besides its own; empty where it names none.
func otherCase(e timeline.Entry) string {
	var facts struct {
		Other string `json:"other"`
	}
	switch e.Type {
	case new(domain.CaseLinked).EventType(), new(domain.DuplicateRefused).EventType():
		if json.Unmarshal(e.Facts, &facts) != nil {
			return "" // facts are what the domain encoded
		}
	}
	return facts.Other
}

// hides reports whether an entry says in clear what the reader does not see: with whom the person has shelter, since the name of a shelter
// tells where it is, or whom the case accused.
func (s sight) hides(e timeline.Entry) bool {
	switch e.Type {
	case new(domain.ShelterPlaced).EventType():
		return !s.location()
	case new(domain.ExclusionLifted).EventType():
		var facts struct {
			Told string `json:"told"`
		}
		return !s.accused() && (json.Unmarshal(e.Facts, &facts) != nil || facts.Told != "")
	}
	return false
}

// withhold takes out of a timeline what the reader does not see.
func (s sight) withhold(entries []timeline.Entry) {
	for i := range entries {
		if s.hides(entries[i]) {
			entries[i].Facts = json.RawMessage("{}")
		}
	}
}

// FindReference returns the id of the case with a reference. It waits for what the log has so far, and reads in the log what the list
// lacks where that stays behind: that there is no such case is said only where it is so, and ErrUnavailable where that cannot be known in
// time. The log is read for every reference alike, so that the time tells nobody which of them there are.
func (s *Service) FindReference(ctx context.Context, reference string) (string, error) {
	if !domain.ValidReference(reference) {
		return "", ErrNotFound
	}
	list := s.models.timeline.Name()
	head, err := s.waitForAll(ctx, list)
	if err != nil && !errors.Is(err, projections.ErrBehind) {
		return "", err
	}
	listed := s.runner.Position(list) // before looking: rows of what comes meanwhile may be missed
	c, err := s.models.timeline.ByReference(ctx, s.byItself(), reference)
	if err != nil && !errors.Is(err, timeline.ErrNoCase) {
		return "", unavailable("look up the reference", err)
	}
	later, err := s.begunAs(ctx, reference, listed, head)
	id := cmp.Or(c.CaseID, later)
	switch {
	case id != "":
		return id, nil
	case err != nil:
		return "", unavailable("look for the reference in the log", err)
	}
	return "", ErrNotFound
}

// begunAs returns the id of the first case that the log began with a reference after one position and up to another, and none where
// there is none. It has no more time than the list had: where that is being built anew it may lack all of the log, and the rows from before
// answer for most.
func (s *Service) begunAs(ctx context.Context, reference string, after, to uint64) (id string, err error) {
	if after >= to {
		return "", nil
	}
	reading, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	err = s.log.Scan(reading, after, to, func(commits []domain.Commit) error {
		for i := range commits {
			if c := &commits[i]; id == "" && c.Number == 1 && c.Standing.Reference == reference {
				id = c.CaseID
			}
		}
		return nil
	})
	return id, err
}
