package projections_test

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"songtor/domain"
	"songtor/internal/database"
	"songtor/projections"
	"songtor/projections/erasures"
	"songtor/projections/exclusions"
	"songtor/projections/glass"
	"songtor/projections/timeline"
)

// guarded are random histories of cases that are closed, held, read in an emergency and erased.
type guarded struct{ *caseload }

// step is a step that guards a case, or ends it, or lets it go on.
func (g guarded) step() domain.Commit {
	for {
		g.clock = g.clock.Add(time.Duration(g.rnd.IntN(300)) * time.Minute)
		id := g.id()
		c := g.screened("", 0)
		if len(g.order) >= 8 && g.rnd.IntN(12) > 0 {
			id = pick(g.rnd, g.order)
			c = g.command(g.cases[id].state)
		}
		if commit, err := g.give(id, pick(g.rnd, agencies), c); err == nil {
			return commit
		}
	}
}

func (g guarded) command(s domain.State) domain.Command {
	grant, erasure := "", ""
	if len(s.Glass) > 0 {
		grant = pick(g.rnd, s.Glass).ID
	}
	if s.Erasure != nil {
		erasure = s.Erasure.ID
	}
	return pick(g.rnd, []domain.Command{
		domain.BreakGlass{Scopes: []domain.Scope{domain.ScopeIdentity}, Reason: domain.DangerToLife, Text: secret, Reviewer: "ministry"},
		domain.ReviewBreakGlass{Glass: grant, Verdict: pick(g.rnd, domain.Verdicts()), Text: secret},
		domain.SetLegalHold{Basis: secret},
		domain.LiftLegalHold{Reason: secret},
		domain.RequestErasure{Reason: domain.ErasureAsked},
		domain.ApproveErasure{Erasure: erasure},
		domain.RefuseErasure{Erasure: erasure, Note: secret},
		domain.CloseCase{Reason: domain.PersonLeft},
		domain.CloseCase{Reason: domain.PersonLeft},
		domain.ReopenCase{Reason: domain.PersonBack},
		domain.DestroyKeys{},
		accuse(g.rnd, s),
	})
}

func (g guarded) history(n int) []domain.Commit {
	commits := make([]domain.Commit, n)
	for i := range commits {
		commits[i] = g.step()
	}
	return commits
}

func newGuarded(seed uint64) guarded {
	l := newCaseload(seed)
	l.rnd = rand.New(rand.NewPCG(seed, 23))
	return guarded{l}
}

// guardRooms is a database with who has broken the glass and what is to be erased.
type guardRooms struct {
	*bench
	glass    *glass.Projection
	erasures *erasures.Projection
}

func newGuardRooms(t testing.TB, commits ...domain.Commit) *guardRooms {
	t.Helper()
	return &guardRooms{setUp(t, commits...), glass.New(), erasures.New()}
}

func (r *guardRooms) groups() projections.Group {
	return projections.Group{Name: "guards", Projections: []projections.Projection{exclusions.New(), r.glass, r.erasures, timeline.New()}}
}

// follow applies what the log holds, then stops.
func (r *guardRooms) follow(commits ...domain.Commit) {
	r.t.Helper()
	r.log.add(commits...)
	runner := r.runner(r.groups())
	stop := r.start(runner)
	r.waitAll(runner)
	if err := stop(); err != nil {
		r.t.Fatal(err)
	}
}

func (r *guardRooms) dump() map[string][]string {
	r.t.Helper()
	return r.dumpOf("glass", "erasures")
}

// However the commits come in, the rows are those of a rebuild.
func TestGuardsFollowedEqualGuardsRebuilt(t *testing.T) {
	t.Parallel()
	for seed := range uint64(3) {
		g := newGuarded(seed)
		live := newGuardRooms(t)
		for range 8 {
			live.log.step = 1 + g.rnd.IntN(40)
			live.follow(g.history(1 + g.rnd.IntN(90))...)
		}
		followed := live.dump()
		mustHaveRows(t, followed)
		whole := newGuardRooms(t, live.log.commits...)
		if err := whole.runner(whole.groups()).Rebuild(t.Context(), nil, nil); err != nil {
			t.Fatal(err)
		}
		mustEqual(t, whole.dump(), followed)
	}
}

// Whose grant was not reviewed in time is told from the cases as the domain sees them, for every account and at every moment.
func TestMissedReviewsAreThoseOfTheCases(t *testing.T) {
	t.Parallel()
	g := newGuarded(81)
	r := newGuardRooms(t)
	r.follow(g.history(600)...)
	overdue, reviewed, young := 0, 0, 0
	for _, now := range []time.Time{epoch, g.clock.Add(-200 * time.Hour), g.clock, g.clock.Add(300 * time.Hour)} {
		for _, agency := range agencies {
			account, want := "u-"+agency, []string{}
			for id, h := range g.cases {
				for _, grant := range h.state.Glass {
					switch {
					case grant.User != account:
					case grant.Overdue(now):
						want = append(want, id+" "+grant.ID)
						overdue++
					case grant.ReviewedBy != "":
						reviewed++
					default:
						young++
					}
				}
			}
			found, err := r.glass.Overdue(t.Context(), r.roles.Views.For(database.Service()), account, now)
			if err != nil {
				t.Fatal(err)
			}
			got := []string{}
			for i, grant := range found {
				got = append(got, grant.CaseID+" "+grant.Glass)
				if grant.ReviewedAt != nil || grant.Account != account || i > 0 && grant.ReviewBy.Before(found[i-1].ReviewBy) {
					t.Errorf("%s at %s: %+v", account, now, grant)
				}
			}
			slices.Sort(got)
			slices.Sort(want)
			if !slices.Equal(got, want) {
				t.Errorf("%s at %s: %d are overdue, want %d", account, now, len(got), len(want))
			}
		}
	}
	if overdue == 0 || reviewed == 0 || young == 0 {
		t.Errorf("%d overdue, %d reviewed, %d neither: the history is too thin to show anything", overdue, reviewed, young)
	}
}

// endings are how the cases of a history ended, by what keeps them from being erased.
type endings struct{ due, held, asked, hidden int }

// What is to be erased is what has ended, is not held and not asked for, before a moment, of the agencies asked about and without the
// cases that name who asks.
func TestWhatIsToBeErasedIsThatOfTheCases(t *testing.T) {
	t.Parallel()
	g := newGuarded(82)
	r := newGuardRooms(t)
	r.follow(g.history(900)...)
	last := map[string]time.Time{}
	for _, c := range r.log.commits {
		last[c.CaseID] = c.Standing.KnownAt(c.AcceptedAt)
	}
	var seen endings
	for _, f := range []erasures.Filter{
		{Before: g.clock.Add(time.Hour), Limit: 1000},
		{Before: epoch.Add(g.clock.Sub(epoch) * 4 / 5), Limit: 1000},
		{Before: g.clock.Add(time.Hour), Limit: 1000, Agencies: []string{"ngo", "shelter"}},
		{Before: g.clock.Add(time.Hour), Limit: 1000, Provinces: []string{"TH-50"}},
		{Before: g.clock.Add(time.Hour), Limit: 1000, Tokens: []string{tokenOf("police"), "token-of-nobody"}},
		{Before: epoch, Limit: 1000},
		{Before: g.clock.Add(time.Hour), Limit: 1000, Agencies: []string{}},
	} {
		for _, ending := range domain.Endings() {
			f.Ending = ending
			r.mustFind(f, g.ended(f, last, &seen))
		}
	}
	for _, stage := range []domain.ErasureStage{domain.ErasureWaits, domain.ErasureAgreed, domain.ErasureDone} {
		want := 0
		for _, h := range g.cases {
			if h.state.Standing.Erasing == stage {
				want++
			}
		}
		found, err := r.erasures.Erasing(t.Context(), r.roles.Views.For(database.Service()), stage, 1000)
		if err != nil {
			t.Fatal(err)
		}
		if len(found) != want || want == 0 {
			t.Errorf("%d cases are %s, want %d", len(found), stage, want)
		}
	}
	if seen.due == 0 || seen.held == 0 || seen.asked == 0 || seen.hidden == 0 {
		t.Errorf("%+v: the history is too thin to show anything", seen)
	}
}

// ended are the cases that a filter is after, as the domain sees them.
func (g guarded) ended(f erasures.Filter, last map[string]time.Time, seen *endings) []string {
	want := []string{}
	for id, h := range g.cases {
		s := h.state.Standing
		hidden := slices.ContainsFunc(f.Tokens, func(token string) bool { return slices.Contains(s.Excluded, token) })
		switch {
		case s.Ending() != f.Ending, last[id].After(f.Before), f.Agencies != nil && !slices.Contains(f.Agencies, s.Agency),
			f.Provinces != nil && !slices.Contains(f.Provinces, s.Province):
		case hidden:
			seen.hidden++
		case h.state.LegalHold != nil:
			seen.held++
		case s.Erasing != "":
			seen.asked++
		default:
			seen.due++
			want = append(want, id)
		}
	}
	return want
}

func (r *guardRooms) mustFind(f erasures.Filter, want []string) {
	r.t.Helper()
	found, err := r.erasures.Ended(r.t.Context(), r.roles.Views.For(database.Service()), f)
	if err != nil {
		r.t.Fatal(err)
	}
	got := []string{}
	for i, c := range found {
		got = append(got, c.CaseID)
		if c.Ending != f.Ending || i > 0 && c.LastAt.Before(found[i-1].LastAt) {
			r.t.Errorf("%+v is listed by %+v", c, f)
		}
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		r.t.Errorf("%+v lists %d cases, want %d", f, len(got), len(want))
	}
}

// Nobody who lists cases sees these rows, whatever they may list: only work that the service does by itself. That work is the control.
func TestGuardsAreBehindTheWall(t *testing.T) {
	t.Parallel()
	g := newGuarded(83)
	r := newGuardRooms(t)
	r.follow(g.history(300)...)
	count := func(v database.Viewer, table string) (n int) {
		t.Helper()
		if err := r.roles.Views.For(v).QueryRow(t.Context(), "select count(*) from "+table).Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	for _, table := range []string{"glass.grants", "glass.reviews", "erasures.cases"} {
		if n := count(database.Service(), table); n == 0 {
			t.Errorf("the service sees nothing of %s: the test shows nothing", table)
		}
		for _, v := range []database.Viewer{{}, {Everywhere: true}, {Agencies: agencies}, {Case: g.order[0]}, {Everywhere: true, Case: g.order[0]}} {
			if n := count(v, table); n != 0 {
				t.Errorf("%+v sees %d rows of %s", v, n, table)
			}
		}
	}
}
