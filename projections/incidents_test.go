package projections_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"songtor/domain"
	"songtor/projections/incidents"
)

func (r *rooms) incidentList(scope []string, limit int) []incidents.Incident {
	r.t.Helper()
	var all []incidents.Incident
	for after := ""; ; {
		page, err := r.incidents.List(r.t.Context(), r.db, incidents.Scope{Agencies: scope, Tokens: r.tokens}, incidents.Page{Limit: limit, After: after})
		if err != nil {
			r.t.Fatal(err)
		}
		all = append(all, page.Items...)
		if after = page.Next; after == "" {
			return all
		}
	}
}

func (r *rooms) people(id string, limit int) []incidents.Person {
	r.t.Helper()
	var all []incidents.Person
	for after := ""; ; {
		page, err := r.incidents.People(r.t.Context(), r.db, incidents.Scope{Tokens: r.tokens}, id, incidents.Page{Limit: limit, After: after})
		if err != nil {
			r.t.Fatal(err)
		}
		all = append(all, page.Items...)
		if after = page.Next; after == "" {
			return all
		}
	}
}

// What an incident counts is what its people's cases say.
func TestAnIncidentCountsItsPeople(t *testing.T) {
	t.Parallel()
	l := newCaseload(41)
	r := newRooms(t)
	r.log.step = 13
	r.follow(l.history(900)...)
	seen := 0
	for _, i := range r.incidentList(nil, 2) {
		detail, err := r.incidents.Find(t.Context(), r.pool, incidents.Scope{}, i.ID)
		if err != nil || detail.Incident != i {
			t.Fatalf("incident %+v is found as %+v, %v", i, detail, err)
		}
		want := incidents.Progress{}
		for _, p := range r.people(i.ID, 4) {
			s := l.cases[p.CaseID].state.Standing
			if s.Incident != i.ID || s.Stage != p.Stage || s.Status != p.Status || s.Agency != p.Agency || s.Urgent != p.Urgent || s.Reference != p.Reference {
				t.Fatalf("person %+v, but the case stands %+v", p, s)
			}
			if p.ContactedAt.Before(i.FirstContact) || p.ContactedAt.After(i.LastContact) {
				t.Errorf("contact at %s is outside of %s to %s", p.ContactedAt, i.FirstContact, i.LastContact)
			}
			add(&want, s)
			seen++
		}
		if detail.Progress != want || want.People != i.People {
			t.Errorf("%s: progress is %+v, want %+v", i.ID, detail.Progress, want)
		}
		sum := 0
		for _, p := range detail.ByAgency {
			sum += p.People
		}
		if sum != i.People {
			t.Errorf("%s: %d people by agency, want %d", i.ID, sum, i.People)
		}
	}
	for _, h := range l.cases {
		if h.state.Standing.Incident != "" {
			seen--
		}
	}
	if seen != 0 {
		t.Errorf("%d people too many", seen)
	}
}

func add(p *incidents.Progress, s domain.Standing) {
	p.People++
	count := func(n *int, so bool) {
		if so {
			*n++
		}
	}
	count(&p.Refused, s.Status == domain.ConsentDenied)
	count(&p.Screened, s.Stage != domain.Frontline)
	count(&p.Reasonable, s.Stage == domain.Identification || s.Stage == domain.Protection)
	count(&p.Identified, s.Stage == domain.Protection)
	count(&p.Waiting, s.Status.Open())
}

// An agency lists the incidents that concern it: its own people's, and those of cases that wait for it.
func TestAnAgencyListsTheIncidentsThatConcernIt(t *testing.T) {
	t.Parallel()
	l := newCaseload(42)
	r := newRooms(t)
	for n := range 7 {
		id := l.id()
		c, _ := l.screened(fmt.Sprintf("op-%d", n), 3).(domain.RecordScreening)
		c.Content.Findings.Branch = domain.ChildBranch
		r.follow(l.must(t, id, "police", c))
		if n%2 == 0 {
			r.follow(l.must(t, id, "police", domain.Refer{Referral: l.id(), To: "ngo", Services: []string{"legal"}}))
		}
	}
	for _, test := range []struct {
		scope []string
		want  []string
	}{
		{nil, []string{"op-6", "op-5", "op-4", "op-3", "op-2", "op-1", "op-0"}},
		{[]string{"ngo"}, []string{"op-6", "op-4", "op-2", "op-0"}},
		{[]string{"ngo", "police", "labour"}, []string{"op-6", "op-5", "op-4", "op-3", "op-2", "op-1", "op-0"}},
		{[]string{"labour"}, nil},
		{[]string{}, nil},
	} {
		var got []string
		for _, i := range r.incidentList(test.scope, 3) {
			got = append(got, i.ID)
		}
		if !slices.Equal(got, test.want) {
			t.Errorf("scope %v lists %v, want %v", test.scope, got, test.want)
		}
	}
	detail, err := r.incidents.Find(t.Context(), r.pool, incidents.Scope{}, "op-4")
	if err != nil || !slices.Equal(detail.Agencies, []string{"ngo", "police"}) {
		t.Errorf("op-4 is %+v, %v", detail, err)
	}
	if people := r.people("op-4", 1); len(people) != 1 || people[0].Entry != 3 {
		t.Errorf("the people of op-4 are %+v", people)
	}
	if _, err := r.incidents.Find(t.Context(), r.pool, incidents.Scope{}, "op-9"); !errors.Is(err, incidents.ErrNoIncident) {
		t.Errorf("an unknown incident gives %v", err)
	}
}

func TestWhatIsNoCursorOfIncidentsIsRefused(t *testing.T) {
	t.Parallel()
	r := newRooms(t)
	for _, cursor := range []string{"x", "bm90IGpzb24", "e30"} {
		if _, err := r.incidents.List(t.Context(), r.pool, incidents.Scope{}, incidents.Page{After: cursor}); !errors.Is(err, incidents.ErrCursor) {
			t.Errorf("list: cursor %q gives %v", cursor, err)
		}
		if _, err := r.incidents.People(t.Context(), r.pool, incidents.Scope{}, "op", incidents.Page{After: cursor}); !errors.Is(err, incidents.ErrCursor) {
			t.Errorf("people: cursor %q gives %v", cursor, err)
		}
	}
}
