package projections_test

import (
	"testing"
	"time"

	"songtor/domain"
	"songtor/projections/links"
)

func (r *rooms) linksOf(id string, asOf time.Time) []links.Link {
	r.t.Helper()
	all, err := r.links.Of(r.t.Context(), r.pool, id, asOf)
	if err != nil {
		r.t.Fatal(err)
	}
	return all
}

// Both cases of a link see it, and see when it was undone.
func TestALinkIsSeenFromBothSides(t *testing.T) {
	t.Parallel()
	l := newCaseload(51)
	r := newRooms(t)
	child, mother := l.id(), l.id()
	linked := []domain.Commit{
		l.adult(t, child, "police"), l.adult(t, mother, "ngo"),
		l.must(t, child, "police", domain.LinkCase{Case: child, Other: mother, Kind: domain.ChildOf}),
	}
	link := l.cases[child].state.Links[0].ID
	undone := l.must(t, child, "ngo", domain.UndoLink{Link: link})
	r.follow(append(linked, undone)...)
	for _, test := range []struct {
		of, other string
		reverse   bool
	}{{child, mother, false}, {mother, child, true}} {
		now, before := r.linksOf(test.of, time.Time{}), r.linksOf(test.of, undone.AcceptedAt.Add(-time.Microsecond))
		if len(now) != 1 || len(before) != 1 || len(r.linksOf(test.of, linked[2].AcceptedAt.Add(-time.Microsecond))) != 0 {
			t.Fatalf("links are %+v and were %+v", now, before)
		}
		got := now[0]
		if got.ID != link || got.CaseID != child || got.Other != test.other || got.Reverse != test.reverse || got.Kind != domain.ChildOf ||
			got.By.Agency != "police" || got.UndoneAt == nil || got.UndoneBy == nil || got.UndoneBy.Agency != "ngo" {
			t.Errorf("link is %+v", got)
		}
		if before[0].UndoneAt != nil || before[0].UndoneBy != nil {
			t.Errorf("link was %+v", before[0])
		}
	}
	if got := r.linksOf("x", time.Time{}); len(got) != 0 {
		t.Errorf("no case has links %+v", got)
	}
}

func TestLinksAreThoseOfTheCases(t *testing.T) {
	t.Parallel()
	l := newCaseload(52)
	r := newRooms(t)
	r.follow(l.history(700)...)
	standing, undone := 0, 0
	for _, id := range l.order {
		for _, link := range r.linksOf(id, time.Time{}) {
			switch {
			case link.UndoneAt != nil:
				undone++
			case link.CaseID == id:
				standing++
			}
		}
	}
	for _, h := range l.cases {
		standing -= len(h.state.Links)
	}
	if standing != 0 || undone == 0 {
		t.Errorf("%d links too many, %d undone", standing, undone)
	}
}
