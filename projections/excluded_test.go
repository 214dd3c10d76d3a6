package projections_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"songtor/domain"
	"songtor/internal/database"
	"songtor/internal/testenv"
	"songtor/projections"
	"songtor/projections/inbox"
	"songtor/projections/incidents"
)

// seen is the rooms as somebody sees them by one of the two walls alone: the conditions of the queries, or the policies of the tables.
type seen struct {
	*rooms
	wall   string
	asked  []string // the tokens that the queries are given
	agency string   // who asks
	hidden func(caseID string) bool
}

// wallsBefore are both walls before an agency.
func (r *rooms) wallsBefore(agency string, hidden func(string) bool) []seen {
	token := tokenOf(agency)
	by := func(wall string, db projections.DB, asked ...string) seen {
		rooms := *r
		rooms.db, rooms.tokens = db, asked
		return seen{&rooms, wall, asked, agency, hidden}
	}
	return []seen{
		by("conditions", r.pool, token),
		by("policies", r.roles.Views.For(database.Viewer{Everywhere: true, Tokens: []string{token}})),
	}
}

// Whom a case names, they see nothing of it: in no list, no count and no sum, by the conditions alone and by the policies alone.
func TestNothingOfACaseComesBeforeWhomItNames(t *testing.T) {
	t.Parallel()
	l := newCaseload(71)
	r := newRooms(t)
	r.log.step = 13
	r.follow(l.history(1200)...)
	for _, agency := range agencies {
		hidden := func(id string) bool { return slices.Contains(l.cases[id].state.Standing.Excluded, tokenOf(agency)) }
		for _, s := range r.wallsBefore(agency, hidden) {
			s.mustHideItems(r)
			s.mustHideReferrals(r)
			s.mustCount(l.clock)
			s.mustHidePeople(r)
		}
	}
}

func (s seen) mustHideItems(whole *rooms) {
	s.t.Helper()
	want := slices.DeleteFunc(whole.list(inbox.Filter{}, 100), func(i inbox.Item) bool { return s.hidden(i.CaseID) })
	if got := s.list(inbox.Filter{Tokens: s.asked}, 7); fmt.Sprint(got) != fmt.Sprint(want) {
		s.t.Errorf("%s by %s: %d items, want %d", s.agency, s.wall, len(got), len(want))
	}
}

func (s seen) mustHideReferrals(whole *rooms) {
	s.t.Helper()
	hidden := 0
	for _, of := range agencies {
		for _, box := range inbox.ReferralBoxes() {
			all := whole.box(inbox.BoxFilter{Agency: of, Box: box}, 100)
			want := slices.DeleteFunc(slices.Clone(all), func(x inbox.Referral) bool { return s.hidden(x.CaseID) })
			got := s.box(inbox.BoxFilter{Agency: of, Box: box, Tokens: s.asked}, 7)
			if fmt.Sprint(got) != fmt.Sprint(want) {
				s.t.Errorf("%s by %s: %d referrals in %s of %s, want %d", s.agency, s.wall, len(got), box, of, len(want))
			}
			hidden += len(all) - len(want)
		}
	}
	if hidden == 0 {
		s.t.Errorf("%s: the history is too thin to show anything", s.agency)
	}
}

// mustCount holds the counts to the lengths of the lists that are seen.
func (s seen) mustCount(now time.Time) {
	s.t.Helper()
	for _, of := range agencies {
		counts, err := s.inbox.Counts(s.t.Context(), s.db, inbox.Whose{Agency: of, Tokens: s.asked}, now)
		if err != nil {
			s.t.Fatal(err)
		}
		if want := len(s.list(inbox.Filter{Agencies: []string{of}, Tokens: s.asked}, 100)); counts.Items != want {
			s.t.Errorf("%s by %s: %d items of %s are counted, want %d", s.agency, s.wall, counts.Items, of, want)
		}
		boxes, err := s.inbox.BoxCounts(s.t.Context(), s.db, of, s.asked)
		if err != nil {
			s.t.Fatal(err)
		}
		for _, box := range inbox.ReferralBoxes() {
			sum := 0
			for _, n := range boxes.Boxes[box] {
				sum += n
			}
			if want := len(s.box(inbox.BoxFilter{Agency: of, Box: box, Tokens: s.asked}, 100)); sum != want {
				s.t.Errorf("%s by %s: %d referrals in %s of %s are counted, want %d", s.agency, s.wall, sum, box, of, want)
			}
		}
	}
}

func (s seen) mustHidePeople(whole *rooms) {
	s.t.Helper()
	listed := map[string]incidents.Incident{}
	for _, i := range s.incidentList(nil, 2) {
		listed[i.ID] = i
	}
	for _, i := range whole.incidentList(nil, 2) {
		want := slices.DeleteFunc(whole.people(i.ID, 100), func(p incidents.Person) bool { return s.hidden(p.CaseID) })
		if got := s.people(i.ID, 3); fmt.Sprint(got) != fmt.Sprint(want) {
			s.t.Errorf("%s by %s: %d people of %s, want %d", s.agency, s.wall, len(got), i.ID, len(want))
		}
		detail, err := s.incidents.Find(s.t.Context(), s.db, incidents.Scope{Tokens: s.asked}, i.ID)
		if err != nil {
			s.t.Fatal(err)
		}
		if detail.People != len(want) || detail.Progress.People != len(want) || listed[i.ID].People != len(want) {
			s.t.Errorf("%s by %s: %d people of %s are told, %d counted, %d listed, want %d",
				s.agency, s.wall, detail.People, i.ID, detail.Progress.People, listed[i.ID].People, len(want))
		}
	}
}

// What was known before a case came to name somebody is hidden from them as well.
func TestThePastOfACaseIsHiddenFromWhomItNamesToday(t *testing.T) {
	t.Parallel()
	l := newCaseload(72)
	r := newRooms(t)
	r.log.step = 17
	commits := l.history(900)
	r.follow(commits...)
	gone := 0
	for _, agency := range agencies {
		hidden := func(id string) bool { return slices.Contains(l.cases[id].state.Standing.Excluded, tokenOf(agency)) }
		s := seen{&rooms{}, "policies and the present", nil, agency, hidden}
		*s.rooms = *r
		s.db = r.roles.Views.For(database.Viewer{Everywhere: true, Tokens: []string{tokenOf(agency)}})
		for _, at := range []time.Time{commits[300].AcceptedAt, commits[600].AcceptedAt, commits[850].AcceptedAt} {
			all := r.list(inbox.Filter{AsOf: at, Now: at}, 100)
			want := slices.DeleteFunc(slices.Clone(all), func(i inbox.Item) bool { return hidden(i.CaseID) })
			if got := s.list(inbox.Filter{AsOf: at, Now: at}, 7); fmt.Sprint(got) != fmt.Sprint(want) {
				t.Errorf("%s at %s: %d items, want %d", agency, at, len(got), len(want))
			}
			gone += len(all) - len(want)
		}
	}
	if gone == 0 {
		t.Error("the history is too thin to show anything")
	}
}

// Who is named is not told of what only concerns cases that name them.
func TestWhomACaseNamesIsNotToldOfIt(t *testing.T) {
	t.Parallel()
	w := newWorld(73)
	b := setUp(t)
	r := b.runner()
	changes := r.Subscribe(t.Context())
	b.start(r)
	opened := w.screened("ngo")
	b.log.add(opened)
	next := func() projections.Change {
		t.Helper()
		select {
		case c := <-changes:
			return c
		case <-time.After(20 * time.Second):
			t.Fatal("nobody is told")
			return projections.Change{}
		}
	}
	tokens := []string{tokenOf("police")}
	if c := next().For(tokens); len(c.Stages) == 0 {
		t.Error("police is not told of a case that names nobody")
	}
	b.log.add(w.must(opened.CaseID, "ngo", domain.Exclude{
		Accused: domain.Accused{Agency: "police"}, Token: tokenOf("police"), Office: "ministry", Reason: secret,
	}))
	c := next()
	if told := c.For(tokens); len(told.Stages) > 0 {
		t.Errorf("police is told of %v", told)
	}
	if told := c.For([]string{tokenOf("labour")}); len(told.Stages) == 0 {
		t.Error("labour is not told")
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	if err := r.WaitFor(ctx, "exclusions", 2); err != nil {
		t.Fatal(err)
	}
	testenv.Eventually(t, 10*time.Second, func() bool { return r.Status(t.Context())[0].Lag == 0 })
}
