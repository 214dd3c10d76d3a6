package projections_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"songtor/domain"
	"songtor/projections/statistics"
)

// extract reads everybody who is counted.
func (b *bench) extract() ([]statistics.Person, uint64) {
	b.t.Helper()
	people, position, err := statistics.Extract(b.t.Context(), b.pool)
	if err != nil {
		b.t.Fatal(err)
	}
	return people, position
}

func screeningOf(c domain.Commit) string {
	for _, f := range c.Facts {
		if e, ok := f.Event.(*domain.ScreeningRecorded); ok {
			return e.Screening
		}
	}
	return ""
}

// What a former version published in a table is in no ledger: nobody is counted beside it. An empty table tells of nothing published.
func TestNobodyIsCountedBesideFormerReleases(t *testing.T) {
	t.Parallel()
	w := newWorld(43)
	b := setUp(t)
	r := b.runner()
	b.start(r)
	b.log.add(w.screened("police"))
	b.waitAll(r)
	do := func(statement string) {
		if _, err := b.pool.Exec(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	do("create schema published")
	do("create table published.releases (id text)")
	b.extract()
	do("insert into published.releases values ('2025-H1')")
	if _, _, err := statistics.Extract(t.Context(), b.pool); !errors.Is(err, statistics.ErrFormerReleases) {
		t.Errorf("beside a release of a former version people are counted: %v", err)
	}
}

func TestACorrectionCounts(t *testing.T) {
	t.Parallel()
	w := newWorld(42)
	b := setUp(t)
	r := b.runner()
	b.start(r)
	c := w.screened("police")
	corrected := w.content()
	corrected.Categories = private(domain.ScopeStatistics, statistics.Categories{
		Sex: "other", AgeBand: "unknown", NationalityGroup: "other_asia", Exploitation: "begging", Disability: "missing",
	})
	b.log.add(c, w.must(c.CaseID, "police", domain.CorrectScreening{
		Screening: screeningOf(c), Form: domain.FormRef{Name: "screening", Version: 1}, Content: corrected, Reason: domain.WrongEntry,
	}))
	b.waitAll(r)
	people, position := b.extract()
	if len(people) != 1 || position != 2 {
		t.Fatalf("%d people at position %d", len(people), position)
	}
	p := people[0]
	if p.Said == nil || p.Said.Exploitation != "begging" || p.Said.Sex != "other" || !strings.HasPrefix(p.Screened, "2026-01") || !slices.Equal(p.Revised, []uint64{2}) {
		t.Errorf("the person is %+v", p)
	}
	row := b.dump()["statistics.persons"][0]
	for _, id := range []string{c.CaseID, screeningOf(c)} {
		if strings.Contains(row, id) || strings.Contains(row, strings.ReplaceAll(id, "-", "")) {
			t.Error("a row names its case or its form")
		}
	}
}

// The rows are the same whether they grew with the log or are built anew, and an erasure takes its person from both.
func TestWhoIsErasedIsNotCounted(t *testing.T) {
	t.Parallel()
	w := newWorld(41)
	b := setUp(t)
	r := b.runner()
	b.start(r)
	var people []domain.Commit
	for range 120 {
		people = append(people, w.screened("police"))
	}
	b.log.add(people...)
	for _, c := range people[60:] {
		b.log.add(w.must(c.CaseID, "police", domain.DestroyKeys{Reason: "erasure_request", Synthetic: true}))
	}
	b.waitAll(r)
	if left, _ := b.extract(); len(left) != 60 {
		t.Errorf("%d people are left after 60 erasures of 120", len(left))
	}
	b.vault.mu.Lock()
	b.vault.erased = w.erased
	b.vault.mu.Unlock()
	before := b.dump()["statistics.persons"]
	if err := r.Rebuild(t.Context(), []string{"statistics"}, nil); err != nil {
		t.Fatal(err)
	}
	if after := b.dump()["statistics.persons"]; !slices.Equal(before, after) {
		t.Error("the rows that are built anew are others")
	}
}

// What is counted of a person follows the case: decisions with the time they took, referrals with what came of them.
func TestThePersonFollowsTheCase(t *testing.T) {
	t.Parallel()
	w := newWorld(44)
	b := setUp(t)
	r := b.runner()
	b.start(r)
	c := w.adult()
	referral := w.uuid()
	b.log.add(c,
		w.must(c.CaseID, "police", domain.Refer{Referral: referral, To: "ngo", Services: []string{"legal"}}),
		w.must(c.CaseID, "ngo", domain.AcceptReferral{Referral: referral}),
		w.must(c.CaseID, "police", domain.ConcludeScreening{Grounds: domain.GroundsYes, Reasons: domain.Reasons{Narrative: secret}}),
		w.must(c.CaseID, "police", domain.DecideIdentification{Finding: domain.Finding{Outcome: domain.VictimOfBoth, Grounds: secret}}),
	)
	b.waitAll(r)
	people, _ := b.extract()
	p := people[0]
	switch {
	case len(p.Conclusions) != 1 || p.Conclusions[0].Result != "yes":
		t.Errorf("conclusions are %+v", p.Conclusions)
	case len(p.Decisions) != 1 || p.Decisions[0].Result != "both" || p.Decisions[0].At != 5:
		t.Errorf("decisions are %+v", p.Decisions)
	case len(p.Referrals) != 1 || p.Referrals[0].Status != "accepted":
		t.Errorf("referrals are %+v", p.Referrals)
	case p.Reached != "protection" || !p.Open || p.Met == "" || p.Agency != "police":
		t.Errorf("the person is %+v", p)
	}
}

// adult is the screening of somebody grown: a child waits for somebody who stands by them.
func (w *world) adult() domain.Commit {
	for {
		c := w.screened("police")
		if found := w.cases[c.CaseID].state.Findings; found != nil && found.Branch == domain.AdultBranch {
			return c
		}
	}
}

// A review is closed by the next decision of the kind that it is of, a conclusion of the screening by a conclusion.
func TestAReviewIsClosedByTheDecisionMadeAnew(t *testing.T) {
	t.Parallel()
	conclude := func(grounds domain.Grounds) domain.Command {
		return domain.ConcludeScreening{Grounds: grounds, Reasons: domain.Reasons{Narrative: secret}}
	}
	identify := func(outcome domain.Outcome) domain.Command {
		return domain.DecideIdentification{Finding: domain.Finding{Outcome: outcome, Grounds: secret}}
	}
	no, yes, again := conclude(domain.GroundsNo), conclude(domain.GroundsYes), domain.RequestReassessment{Reason: domain.AskedByPerson}
	settle := domain.SettleDisagreement{Disagreement: "d", Keep: domain.KeepOther, Reason: secret}
	w := newWorld(44)
	b := setUp(t)
	r := b.runner()
	b.start(r)
	for name, test := range map[string]struct {
		commands []domain.Command
		want     []string
	}{
		"asked":               {[]domain.Command{no, again}, []string{"screening_conclusion no "}},
		"denied again":        {[]domain.Command{no, again, no}, []string{"screening_conclusion no upheld"}},
		"grounds found":       {[]domain.Command{no, again, yes}, []string{"screening_conclusion no changed"}},
		"grounds not decided": {[]domain.Command{no, again, conclude(domain.GroundsUnclear)}, []string{"screening_conclusion no changed"}},
		"asked twice": {
			[]domain.Command{no, again, no, again, yes, identify(domain.NotAVictim)},
			[]string{"screening_conclusion no upheld", "screening_conclusion no changed"},
		},
		"a disagreement settled meanwhile": {
			[]domain.Command{no, again, settle, no}, []string{"screening_conclusion no upheld", "screening_conclusion no upheld"},
		},
		"the identification": {
			[]domain.Command{yes, identify(domain.NotAVictim), again, identify(domain.NotAVictim), again, identify(domain.VictimOfBoth), again},
			[]string{"identification not_identified upheld", "identification not_identified changed", "identification both "},
		},
	} {
		c := w.adult()
		state := &w.cases[c.CaseID].state
		state.Disputes = []domain.Dispute{{ID: "d", Subject: domain.OnConclusion, Two: &domain.TwoAnswers{}}}
		b.log.add(c)
		for _, command := range test.commands {
			b.log.add(w.must(c.CaseID, "police", command))
		}
		b.waitAll(r)
		if got := b.reviews(c.CaseID); !slices.Equal(got, test.want) {
			t.Errorf("%s: reviews are %q, want %q", name, got, test.want)
		}
	}
}

// reviews are those of the person of a case: of what, what it was, and what came of it.
func (b *bench) reviews(caseID string) []string {
	b.t.Helper()
	var p statistics.Person
	if err := b.pool.QueryRow(b.t.Context(), "select facts from statistics.persons where pseudonym = $1", pseudonym(caseID)).Scan(&p); err != nil {
		b.t.Fatal(err)
	}
	var all []string
	for _, r := range p.Reviews {
		all = append(all, fmt.Sprintf("%s %s %s", r.Subject, r.Of, r.Result))
	}
	return all
}

// Two cases that were found to be of one person are counted as one, from whichever of them the link was made and until it is undone.
func TestWhoHasTwoCasesIsCountedOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(45)
	b := setUp(t)
	r := b.runner()
	b.start(r)
	first, second, stranger := w.adult(), w.adult(), w.adult()
	b.log.add(first, second, stranger)
	for _, c := range []domain.Commit{first, second} {
		b.log.add(w.must(c.CaseID, "police", domain.ConcludeScreening{Grounds: domain.GroundsYes, Reasons: domain.Reasons{Narrative: secret}}))
	}
	b.log.add(
		w.must(second.CaseID, "police", domain.DecideIdentification{Finding: domain.Finding{Outcome: domain.VictimOfBoth, Grounds: secret}}),
		w.must(first.CaseID, "police", domain.DecideIdentification{Finding: domain.Finding{Outcome: domain.VictimOfTrafficking, Grounds: secret}}),
		w.must(stranger.CaseID, "police", domain.LinkCase{Case: stranger.CaseID, Other: first.CaseID, Kind: domain.MetTogether}),
	)
	people := func() int {
		b.waitAll(r)
		found, _ := b.extract()
		return len(found)
	}
	if n := people(); n != 3 {
		t.Fatalf("%d people are counted of three cases", n)
	}
	link := w.must(second.CaseID, "police", domain.LinkCase{Case: second.CaseID, Other: first.CaseID, Kind: domain.SamePerson})
	b.log.add(link)
	if n := people(); n != 2 {
		t.Fatalf("%d people are counted of two", n)
	}
	found, _ := b.extract()
	both := slices.IndexFunc(found, func(p statistics.Person) bool { return len(p.Decisions) == 2 })
	if both < 0 || found[both].Decisions[0].Result != "both" || found[both].Decisions[1].Result != "tip_s6" || len(found[both].Conclusions) != 2 {
		t.Errorf("of two cases of one person these are told: %+v", found)
	}
	made, ok := link.Facts[0].Event.(*domain.CaseLinked)
	if !ok {
		t.Fatal("the link is none")
	}
	b.log.add(w.must(second.CaseID, "police", domain.UndoLink{Link: made.Link}))
	if n := people(); n != 3 {
		t.Errorf("%d people are counted of three after the link was undone", n)
	}
	b.log.add(
		w.must(first.CaseID, "police", domain.LinkCase{Case: first.CaseID, Other: second.CaseID, Kind: domain.SamePerson}),
		w.must(second.CaseID, "police", domain.DestroyKeys{Reason: "erasure_request", Synthetic: true}),
	)
	if n := people(); n != 2 {
		t.Errorf("%d people are counted of two whose second case is erased", n)
	}
}
