package domain_test

import (
	"slices"
	"testing"

	"songtor/domain"
)

func hospitalExcluded() domain.Event {
	return &domain.ExclusionSet{Exclusion: "x-hospital", Token: "x-hospital", Accused: private(domain.Accused{Agency: "hospital"})}
}

func exclude(agency string) domain.Exclude {
	return domain.Exclude{Accused: domain.Accused{Agency: agency}, Token: "x-" + agency, Office: "ministry", Reason: "r"}
}

func TestExcludingWhomTheCaseAccuses(t *testing.T) {
	t.Parallel()
	course := []domain.Event{
		opened(), agreed(domain.ToReferral), screened(domain.AdultBranch), sent("r1", "hospital"), sent("r2", "shelter"), accepted("shelter"),
		&domain.ServiceRequested{Service: "v1", By: "police", Provider: "hospital"}, &domain.HandOverRequested{Request: "q1", By: "hospital", From: "police"},
	}
	person := domain.Exclude{Accused: domain.Accused{Account: "u7"}, Token: "x", Office: "ministry", Reason: "r"}
	run(t, []scenario{
		{
			name: "what is open with an agency ends", given: course, by: "ministry", when: exclude("hospital"),
			then: []string{"exclusion.set", "referral.revoked", "protection.service_withdrawn", "case.hand_over_refused"},
		},
		{name: "what it accepted ends too", given: course[:6], by: "ministry", when: exclude("shelter"), then: []string{"exclusion.set", "referral.revoked"}},
		{
			name: "what it asked of others ends where nobody has taken it on", given: course, by: "ministry", when: exclude("police"),
			then: []string{"exclusion.set", "referral.revoked", "protection.service_withdrawn"},
		},
		{
			name: "a person no longer has the case", given: []domain.Event{opened(), &domain.CaseAssigned{Agency: "police", Assignee: "u7"}},
			when: person, then: []string{"exclusion.set", "case.assigned"},
		},
		{name: "also of a case that has ended", given: ended, when: exclude("hospital"), then: []string{"exclusion.set"}},
		{name: "but not of one that is erased", given: []domain.Event{opened(), &domain.KeysDestroyed{}}, when: exclude("hospital"), rule: "case.erased"},
		{name: "once", given: []domain.Event{opened(), hospitalExcluded()}, when: exclude("hospital"), rule: "exclusion.set_already"},
		{name: "not the ministry as a whole", given: []domain.Event{opened()}, when: exclude("ministry"), rule: "exclusion.whole_mechanism"},
		{name: "not where nobody would be left", given: []domain.Event{opened()}, when: domain.Exclude{Accused: domain.Accused{Agency: "x"}, Token: "x", Reason: "r"}, rule: "exclusion.whole_mechanism"},
		{name: "nobody excludes themselves", given: []domain.Event{opened()}, when: exclude("police"), rule: "exclusion.oneself"},
		{name: "an agency or a person", given: []domain.Event{opened()}, when: domain.Exclude{Token: "x", Office: "ministry", Reason: "r"}, rule: "exclusion.agency_or_account", kind: domain.Invalid},
		{name: "with a reason", given: []domain.Event{opened()}, when: domain.Exclude{Accused: domain.Accused{Agency: "x"}, Token: "x", Office: "ministry"}, rule: "exclusion.incomplete", kind: domain.Invalid},
	})
}

func TestTheAccusedIsNoLongerPartOfTheCase(t *testing.T) {
	t.Parallel()
	before := given(append(presumed(), convened(domain.Member{Agency: "police"}, domain.Member{Agency: "ngo"}), &domain.CaseAssigned{Agency: "police", Assignee: "u7"})...)
	facts, err := decide(before, "ministry", exclude("police"))
	must(t, err)
	s := domain.Fold(before, facts)
	if s.Standing.Agency != "ministry" || s.Standing.Assignee != "" || !slices.Equal(s.Standing.Excluded, []string{"x-police"}) {
		t.Fatalf("stands %+v", s.Standing)
	}
	if len(s.Team.Members) != 1 || s.Team.Members[0].Agency != "ngo" {
		t.Fatalf("the team is %+v", s.Team)
	}
	if slices.ContainsFunc(s.Standing.Tasks, func(task domain.Task) bool { return task.Agency == "police" }) {
		t.Fatalf("the accused has to do something: %+v", s.Standing.Tasks)
	}
	if len(before.Standing.Excluded) > 0 || len(before.Team.Members) != 2 {
		t.Fatal("the state before was changed")
	}
}

func TestNothingComesBeforeWhomTheCaseAccuses(t *testing.T) {
	t.Parallel()
	child := []domain.Event{opened(), screened(domain.ChildBranch), concluded(domain.GroundsYes), hospitalExcluded(), &domain.ExclusionSet{Exclusion: "x2", Token: "x2", Accused: private(domain.Accused{Account: "u7"})}}
	rule := "exclusion.excluded"
	run(t, []scenario{
		{name: "no referral", given: child, when: domain.Refer{Referral: "r9", To: "hospital", Services: []string{"basic"}}, rule: rule},
		{name: "no service", given: child, when: domain.RequestService{Code: "medical", Level: domain.FromPresumed, Urgent: true, Provider: "hospital"}, rule: rule},
		{name: "no person to shelter", given: child, when: domain.PlaceInShelter{Provider: "hospital", Location: "l"}, rule: rule},
		{name: "no seat", given: child, when: domain.ConveneTeam{Members: []domain.Member{{Agency: "hospital"}}}, rule: rule},
		{name: "no seat for the person", given: child, when: domain.ConveneTeam{Members: []domain.Member{{Agency: "ngo", User: "u7"}}}, rule: rule},
		{name: "no assignment", given: child, when: domain.Assign{Assignee: "u7"}, rule: rule},
		{name: "no review", given: child, when: domain.BreakGlass{Scopes: []domain.Scope{domain.ScopeIdentity}, Reason: domain.DangerToLife, Text: "t", Reviewer: "hospital"}, rule: rule},
		{name: "others are referred to", given: child, when: domain.Refer{Referral: "r9", To: "shelter", Services: []string{"basic"}}, then: []string{"referral.sent"}},
	})
}

// To whom it accuses the case looks like one that is not there, whatever they ask.
func TestTheAccusedFindsNoCase(t *testing.T) {
	t.Parallel()
	s := given(append(victim(), hospitalExcluded(), &domain.ExclusionSet{Exclusion: "x2", Token: "x2", Accused: private(domain.Accused{Account: "u7"})})...)
	for _, by := range []domain.Actor{{User: "u1", Agency: "hospital"}, {User: "u7", Agency: "ngo"}} {
		for _, c := range []domain.Command{
			domain.AddNote{Audience: domain.ForCase, Text: "t"},
			domain.RecordNeeds{Needs: []domain.Need{domain.NeedMedical}},
			domain.BreakGlass{Scopes: []domain.Scope{domain.ScopeIdentity}, Reason: domain.DangerToLife, Text: "t", Reviewer: "ministry"},
		} {
			r := request("", c)
			r.By = by
			_, err := domain.Decide(s, r)
			mustRefuse(t, err, "case.unknown", domain.Missing)
		}
	}
}

func TestLiftingAnExclusionTakesTwo(t *testing.T) {
	t.Parallel()
	set := []domain.Event{opened(), hospitalExcluded()}
	asked := append(slices.Clip(set), &domain.LiftRequested{Exclusion: "x-hospital", User: "u1"})
	approve := domain.ApproveLiftExclusion{Exclusion: "x-hospital"}
	run(t, []scenario{
		{name: "one asks", given: set, when: domain.LiftExclusion{Exclusion: "x-hospital", Reason: "r"}, then: []string{"exclusion.lift_requested"}},
		{name: "once", given: asked, when: domain.LiftExclusion{Exclusion: "x-hospital", Reason: "r"}, rule: "exclusion.lift_asked_already"},
		{name: "for a reason", given: set, when: domain.LiftExclusion{Exclusion: "x-hospital"}, rule: "exclusion.incomplete", kind: domain.Invalid},
		{name: "another approves", given: asked, user: "u2", when: approve, then: []string{"exclusion.lifted"}},
		{name: "not the same person", given: asked, when: approve, rule: "exclusion.same_person"},
		{name: "not before anybody asked", given: set, user: "u2", when: approve, rule: "exclusion.lift_not_asked"},
		{name: "of an exclusion that is there", given: set, when: domain.LiftExclusion{Exclusion: "x9", Reason: "r"}, rule: "exclusion.unknown", kind: domain.Missing},
	})
	lifted := given(append(asked, &domain.ExclusionLifted{Exclusion: "x-hospital", User: "u2"})...)
	if len(lifted.Standing.Excluded) > 0 || len(lifted.Exclusions) > 0 {
		t.Fatalf("still excludes %v", lifted.Standing.Excluded)
	}
}
