package domain_test

import (
	"slices"
	"testing"

	"songtor/domain"
)

func convened(members ...domain.Member) domain.Event {
	return &domain.TeamConvened{Team: "t1", Members: members}
}

func found(agency, user string, o domain.Outcome) domain.Event {
	return &domain.FindingGiven{Team: "t1", Agency: agency, User: user, Finding: private(domain.Opinion{Outcome: o, Reasons: "because"})}
}

func decided(result domain.Status) domain.Event {
	return &domain.IdentificationDecided{Result: result}
}

func victim() []domain.Event { return append(presumed(), decided(domain.InProtection)) }

func TestConveningATeam(t *testing.T) {
	t.Parallel()
	two := []domain.Member{{Agency: "msdhs", Kind: "msdhs"}, {Agency: "police", Kind: "police"}}
	rule := &domain.Limits{Team: domain.TeamRule{Members: 2, Kinds: []string{"msdhs", "police"}, Source: "a rule for the test"}}
	convene := domain.ConveneTeam{Members: two}
	run(t, []scenario{
		{name: "a team is called together", given: presumed(), when: convene, then: []string{"identification.team_convened"}},
		{name: "another may take its place", given: append(presumed(), convened(two...)), when: convene, then: []string{"identification.team_convened"}},
		{name: "before grounds were found there is none", given: []domain.Event{opened(), screened(domain.AdultBranch)}, when: convene, rule: "identification.not_in_identification"},
		{name: "it has members", given: presumed(), when: domain.ConveneTeam{}, rule: "team.incomplete", kind: domain.Invalid},
		{name: "each of an agency", given: presumed(), when: domain.ConveneTeam{Members: []domain.Member{{User: "u1"}}}, rule: "team.incomplete", kind: domain.Invalid},
		{name: "each once", given: presumed(), when: domain.ConveneTeam{Members: []domain.Member{two[0], two[0]}}, rule: "team.member_twice", kind: domain.Invalid},
		{name: "as many as are configured", given: presumed(), limits: rule, when: domain.ConveneTeam{Members: two[:1]}, rule: "team.composition", kind: domain.Invalid},
		{name: "of the kinds that are configured", given: presumed(), limits: rule, when: domain.ConveneTeam{Members: []domain.Member{two[0], {Agency: "ngo", Kind: "ngo"}}}, rule: "team.composition", kind: domain.Invalid},
		{name: "a team that is so", given: presumed(), limits: rule, when: convene, then: []string{"identification.team_convened"}},
		{name: "an ended case has none", given: ended, when: convene, rule: "case.ended"},
	})
}

func TestHearingAPersonAndTheTeam(t *testing.T) {
	t.Parallel()
	team := append(presumed(), convened(domain.Member{Agency: "msdhs"}, domain.Member{Agency: "police", User: "u1"}))
	finding := domain.GiveFinding{Opinion: domain.Opinion{Outcome: domain.VictimOfBoth, Reasons: "r"}}
	interview := domain.HoldInterview{Interview: domain.Interview{Notes: "n"}}
	run(t, []scenario{
		{name: "an interview is held", given: presumed(), when: interview, then: []string{"identification.interview_held"}},
		{name: "and written down", given: presumed(), when: domain.HoldInterview{}, rule: "identification.no_notes", kind: domain.Invalid},
		{name: "in identification", given: []domain.Event{opened()}, when: interview, rule: "identification.not_in_identification"},
		{name: "a member gives a finding", given: team, when: finding, then: []string{"identification.finding_given"}},
		{name: "in the seat of the agency", given: team, by: "msdhs", user: "anybody", when: finding, then: []string{"identification.finding_given"}},
		{name: "not in somebody else's", given: team, user: "u2", when: finding, rule: "team.not_a_member"},
		{name: "nor without a seat", given: team, by: "ngo", when: finding, rule: "team.not_a_member"},
		{name: "again, when they have changed their mind", given: append(slices.Clip(team), found("police", "u1", domain.NotAVictim)), when: finding, then: []string{"identification.finding_given"}},
		{name: "where a team was convened", given: presumed(), when: finding, rule: "team.not_convened"},
		{name: "with an outcome of the list", given: team, when: domain.GiveFinding{Opinion: domain.Opinion{Outcome: "maybe", Reasons: "r"}}, rule: "identification.unknown_outcome", kind: domain.Invalid},
		{name: "with reasons", given: team, when: domain.GiveFinding{Opinion: domain.Opinion{Outcome: domain.CannotTell}}, rule: "identification.no_grounds", kind: domain.Invalid},
		{
			name: "by elements of the list", given: team, rule: "screening.unknown_element", kind: domain.Invalid,
			when: domain.GiveFinding{Opinion: domain.Opinion{Outcome: domain.CannotTell, Reasons: "r", Elements: map[domain.Element]domain.Assessment{"e": domain.Present}}},
		},
		{name: "before the decision", given: victim(), when: finding, rule: "identification.not_in_identification"},
	})
}

func TestDeciding(t *testing.T) {
	t.Parallel()
	decide := func(o domain.Outcome) domain.Command {
		return domain.DecideIdentification{Finding: domain.Finding{Outcome: o, Grounds: "g"}}
	}
	quorum := &domain.Limits{Team: domain.TeamRule{Quorum: 2, Source: "a rule for the test"}}
	half := append(presumed(), convened(domain.Member{Agency: "msdhs"}, domain.Member{Agency: "police"}), found("msdhs", "", domain.VictimOfBoth))
	child := []domain.Event{opened(), screened(domain.ChildBranch), concluded(domain.GroundsYes)}
	guarded := append(slices.Clip(child), &domain.RepresentativeAppointed{Kind: private(domain.ParentOrGuardian)})
	supported := append(slices.Clip(child), &domain.RepresentativeAppointed{Kind: private(domain.SupportPerson)}, &domain.InterestsAssessed{})
	run(t, []scenario{
		{name: "an outcome is one of the list", given: presumed(), when: decide("maybe"), rule: "identification.unknown_outcome", kind: domain.Invalid},
		{name: "no quorum, no decision", given: half, limits: quorum, when: decide(domain.VictimOfBoth), rule: "team.no_quorum"},
		{name: "no team, no quorum", given: presumed(), limits: quorum, when: decide(domain.VictimOfBoth), rule: "team.no_quorum"},
		{name: "with a quorum", given: append(slices.Clip(half), found("police", "", domain.VictimOfBoth)), limits: quorum, when: decide(domain.VictimOfBoth), then: []string{"identification.decided"}},
		{name: "nothing is decided twice without being asked for", given: victim(), when: decide(domain.NotAVictim), rule: "identification.not_in_identification"},
		{name: "a child has a guardian before anything is decided", given: append(slices.Clip(child), &domain.InterestsAssessed{}), when: decide(domain.VictimOfBoth), rule: "child.guardian_first"},
		{name: "a support person is none", given: supported, when: decide(domain.VictimOfBoth), rule: "child.guardian_first"},
		{name: "a child's best interests are assessed before anything is decided", given: guarded, when: decide(domain.VictimOfBoth), rule: "child.interests_first"},
		{name: "then it is decided", given: append(slices.Clip(guarded), &domain.InterestsAssessed{}), when: decide(domain.VictimOfBoth), then: []string{"identification.decided"}},
		{name: "the team may say that it cannot tell yet, also in the time to reflect", given: reflecting(), when: decide(domain.CannotTell), then: []string{"identification.decided"}},
		{name: "and that the person is a victim", given: reflecting(), when: decide(domain.VictimOfTrafficking), then: []string{"identification.decided"}},
	})
}

func TestWhoFoundOtherwiseIsRecordedAsDissenting(t *testing.T) {
	t.Parallel()
	s := given(append(presumed(),
		convened(domain.Member{Agency: "msdhs"}, domain.Member{Agency: "police", User: "u1"}, domain.Member{Agency: "ngo"}),
		found("msdhs", "", domain.VictimOfBoth), found("police", "u1", domain.VictimOfBoth), found("police", "u1", domain.NotAVictim),
	)...)
	facts, err := decide(s, "msdhs", domain.DecideIdentification{Finding: domain.Finding{Outcome: domain.VictimOfBoth, Grounds: "g"}})
	must(t, err)
	e, ok := facts[0].Event.(*domain.IdentificationDecided)
	if !ok || e.Team != "t1" {
		t.Fatalf("decided is %+v", facts[0].Event)
	}
	var f domain.Finding
	must(t, e.Finding.Reveal(&f))
	if len(f.Dissent) != 1 || f.Dissent[0] != (domain.Dissent{Agency: "police", User: "u1", Outcome: domain.NotAVictim, Reasons: "because"}) {
		t.Fatalf("dissenting are %+v", f.Dissent)
	}
}

func TestReassessing(t *testing.T) {
	t.Parallel()
	ask := domain.RequestReassessment{Reason: domain.AskedByPerson}
	turnedAway := []domain.Event{opened(), screened(domain.AdultBranch), concluded(domain.GroundsNo)}
	run(t, []scenario{
		{name: "who was not identified is heard again", given: append(presumed(), decided(domain.NotIdentified)), when: ask, then: []string{"identification.reassessment_requested"}},
		{name: "who was identified too", given: victim(), when: ask, then: []string{"identification.reassessment_requested"}},
		{name: "and who was turned away at screening", given: turnedAway, when: ask, then: []string{"identification.reassessment_requested"}},
		{name: "what is not decided is not reassessed", given: presumed(), when: ask, rule: "identification.nothing_to_reassess"},
		{name: "for a reason of the list", given: victim(), when: domain.RequestReassessment{}, rule: "identification.unknown_reason", kind: domain.Invalid},
		{name: "of a case that is there", when: ask, rule: "case.unknown", kind: domain.Missing},
	})
}

// A decision is never deleted: it is followed by another, any number of times.
func TestADecisionIsNeverDeletedItIsFollowedByAnother(t *testing.T) {
	t.Parallel()
	s := given(presumed()...)
	for i, outcome := range []domain.Outcome{domain.NotAVictim, domain.VictimOfBoth, domain.CannotTell, domain.VictimOfForcedLabour} {
		facts, err := decide(s, "msdhs", domain.DecideIdentification{Finding: domain.Finding{Outcome: outcome, Grounds: "g"}})
		must(t, err)
		before := s.Decisions
		s = domain.Fold(s, facts)
		if len(s.Decisions) != i+2 || !slices.Equal(s.Decisions[:i+1], before) { // the screening's is the first
			t.Fatalf("decisions are %v, before they were %v", s.Decisions, before)
		}
		if outcome == domain.CannotTell {
			continue // the team goes on by itself
		}
		facts, err = decide(s, "msdhs", domain.RequestReassessment{Reason: domain.FactsSince})
		must(t, err)
		s = domain.Fold(s, facts)
		if !slices.Equal(s.Decisions[:i+1], before) || s.Standing.Status != domain.Reassessing {
			t.Fatalf("being reassessed: %v, %s", s.Decisions, s.Standing.Status)
		}
	}
}

func TestWhoeverIsBeingReassessedKeepsWhatTheyAreEntitledTo(t *testing.T) {
	t.Parallel()
	again := &domain.ReassessmentRequested{Of: domain.OnIdentification}
	for name, tt := range map[string]struct {
		given []domain.Event
		want  []domain.Entitlement
	}{
		"not screened":        {[]domain.Event{opened()}, []domain.Entitlement{}},
		"presumed":            {presumed(), []domain.Entitlement{domain.FromPresumed}},
		"identified":          {victim(), []domain.Entitlement{domain.FromPresumed, domain.FromIdentified}},
		"reassessed":          {append(victim(), again), []domain.Entitlement{domain.FromPresumed, domain.FromIdentified}},
		"not identified":      {append(presumed(), decided(domain.NotIdentified)), []domain.Entitlement{}},
		"and then reassessed": {append(presumed(), decided(domain.NotIdentified), again), []domain.Entitlement{domain.FromPresumed}},
	} {
		if got := given(tt.given...).Entitlements(); !slices.Equal(got, tt.want) {
			t.Errorf("%s: %v, want %v", name, got, tt.want)
		}
	}
}
