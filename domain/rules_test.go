package domain_test

import (
	"errors"
	"slices"
	"testing"

	"songtor/domain"
)

// The rules that the domain holds, each under its own name. The property test shows that no sequence of commands breaks one.

func TestNoServiceDependsOnCooperationWithAProsecution(t *testing.T) {
	t.Parallel()
	answers := map[string][]domain.Event{
		"not asked": nil,
		"agreed":    {agreed(domain.ToCooperation)},
		"refused":   {&domain.ConsentRefused{Purpose: domain.ToCooperation}},
		"withdrawn": {agreed(domain.ToCooperation), withdrew("w", domain.ToCooperation)},
	}
	consenting := []domain.Event{
		opened(), agreed(domain.ToReferral), screened(domain.AdultBranch), concluded(domain.GroundsYes), decided(domain.InProtection),
		&domain.ServiceRequested{Service: "v1", By: "police", Provider: "police"}, &domain.ServiceRequested{Service: "v2", By: "police", Provider: "police"},
		&domain.ServiceAccepted{Service: "v2", Provider: "police"}, &domain.ClaimFiled{Claim: "m1", Kind: domain.FromFund},
	}
	items := domain.ClaimDetails{Items: []domain.ClaimItem{{Code: "medical"}}}
	for name, answer := range answers {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := given(append(slices.Clip(consenting), answer...)...)
			for _, c := range []domain.Command{
				ask(domain.FromPresumed), ask(domain.FromIdentified),
				domain.AcceptService{Service: "v1"},
				domain.DeliverService{Service: "v2"},
				domain.PlaceInShelter{Provider: "shelter", Location: "l", LongTerm: true},
				domain.FileClaim{Kind: domain.ByProsecutor, ClaimDetails: items},
				domain.AdvanceClaim{Claim: "m1", Step: domain.StatusChecked},
				domain.AgreePlan{Plan: domain.Plan{Goals: "g", Actions: "a", Wishes: "w"}},
				domain.ArrangeReturn{Own: true, Return: domain.Return{Country: "KHM", Assessment: "a"}},
				domain.StartPeriod{Period: domain.Reflection},
				domain.Refer{Referral: "r1", To: "shelter", Services: []string{"basic"}},
				domain.FollowUp{How: "h"},
			} {
				if _, err := decide(s, "police", c); err != nil {
					t.Errorf("%T: %v", c, err)
				}
			}
		})
	}
}

func TestUrgentServicesNeverWaitForIdentification(t *testing.T) {
	t.Parallel()
	child := screened(domain.ChildBranch)
	for name, s := range map[string]domain.State{
		"at the first contact":      given(opened()),
		"after the form":            given(opened(), screened(domain.AdultBranch)),
		"of a child":                given(opened(), child),
		"when grounds are unclear":  given(opened(), child, concluded(domain.GroundsUnclear)),
		"while the team decides":    given(presumed()...),
		"while the person reflects": given(reflecting()...),
		"without any consent":       given(append(presumed(), &domain.ConsentRefused{Purpose: domain.ToSupport}, &domain.ConsentRefused{Purpose: domain.ToReferral})...),
		"while it is reassessed":    given(append(presumed(), decided(domain.NotIdentified), &domain.ReassessmentRequested{Of: domain.OnIdentification})...),
	} {
		for _, c := range []domain.Command{
			domain.RequestService{Code: "medical_urgent", Level: domain.FromPresumed, Urgent: true, Provider: "clinic"},
			domain.RequestService{Code: "safety", Level: domain.FromIdentified, Urgent: true, Provider: "clinic"},
			domain.PlaceInShelter{Provider: "shelter", Location: "l"},
			domain.RecordNeeds{Needs: []domain.Need{domain.NeedMedical}},
		} {
			if _, err := decide(s, "police", c); err != nil {
				t.Errorf("%s, %T: %v", name, c, err)
			}
		}
	}
}

func TestAPersonWhoMayBeAChildTakesTheChildBranch(t *testing.T) {
	t.Parallel()
	noMeans := domain.ConcludeScreening{Grounds: domain.GroundsNo, Reasons: domain.Reasons{
		Elements: map[domain.Element]domain.Assessment{domain.Means: domain.Absent, domain.Exploiting: domain.Present},
	}}
	identify := domain.DecideIdentification{Finding: domain.Finding{Outcome: domain.NotAVictim, Grounds: "g"}}
	send := domain.ArrangeReturn{Own: true, Return: domain.Return{Country: "KHM", Assessment: "a"}}
	closed := &domain.ScreeningRecorded{Screening: "s1"} // the findings cannot be opened
	for name, form := range map[string]domain.Event{
		"a child": screened(domain.ChildBranch), "who may be one": screened(domain.MayBeChild), "nobody can tell": closed,
	} {
		before, after := given(opened(), form), given(opened(), form, concluded(domain.GroundsYes))
		_, err := decide(before, "police", noMeans)
		mustRefuse(t, err, "screening.child_needs_no_means", domain.Invalid)
		for _, c := range []domain.Command{identify, send} {
			_, err = decide(after, "police", c)
			mustRefuse(t, err, "child.guardian_first", domain.Refused)
			_, err = decide(domain.Evolve(after, domain.Fact{Event: &domain.RepresentativeAppointed{Kind: private(domain.ParentOrGuardian)}}), "police", c)
			mustRefuse(t, err, "child.interests_first", domain.Refused)
		}
		if _, err := decide(before, "police", domain.Refer{Referral: "r1", To: "shelter", Services: []string{"basic"}}); err != nil {
			t.Errorf("%s is not referred: %v", name, err)
		}
	}
}

func TestAnAdultsRefusalStopsTheReferralAndLeavesOnlyAnAnonymousCount(t *testing.T) {
	t.Parallel()
	facts, err := decide(domain.State{}, "police", domain.RecordScreening{
		Opening: &domain.OpenCase{Reference: "R", Province: "TH-10"}, Screening: "s1", Content: content(domain.AdultBranch),
		Consents: []domain.Answer{no(domain.ToScreening)},
	})
	must(t, err)
	s := domain.Fold(domain.State{}, facts)
	notice, ok := facts[2].Event.(*domain.NoticeLeft)
	if !ok || *notice != (domain.NoticeLeft{Purpose: domain.ToScreening, Province: "TH-10"}) {
		t.Fatalf("the notice is %+v", facts[2].Event)
	}
	if s.Standing.Status != domain.ConsentDenied || s.Standing.Status.Open() || len(s.Standing.Tasks) > 0 || !slices.Equal(s.Possible(), []string{"request-erasure"}) {
		t.Fatalf("%s, possible are %v", s.Standing.Status, s.Possible())
	}
	for _, m := range moves() {
		for seed := range uint64(30) {
			g := newGame(realWorld(), seeded(seed))
			g.s = s
			facts, err := decide(s, "police", m.make(g))
			if err == nil && !slices.Contains([]string{"case.keys_destroyed", "erasure.requested"}, types(facts)[0]) {
				t.Fatalf("something more is written down: %v", types(facts))
			}
		}
	}
}

func TestScreeningAndIdentificationAreTwoDecisions(t *testing.T) {
	t.Parallel()
	identify := domain.DecideIdentification{Finding: domain.Finding{Outcome: domain.VictimOfBoth, Grounds: "g"}}
	for name, s := range map[string]domain.State{
		"a first contact":     given(opened()),
		"a form":              given(opened(), screened(domain.AdultBranch)),
		"unclear grounds":     given(opened(), screened(domain.AdultBranch), concluded(domain.GroundsUnclear)),
		"a conclusion undone": given(append(presumed(), &domain.ReassessmentRequested{Of: domain.OnConclusion})...),
	} {
		if _, err := decide(s, "msdhs", identify); err == nil {
			t.Errorf("%s is identified", name)
		}
	}
	facts, err := decide(given(opened(), screened(domain.AdultBranch)), "police", domain.ConcludeScreening{Grounds: domain.GroundsYes, Reasons: domain.Reasons{Narrative: "n"}})
	must(t, err)
	mustHappen(t, facts, []string{"screening.concluded"})
}

func TestNoAdverseStepIsTakenWhileAReflectionPeriodRuns(t *testing.T) {
	t.Parallel()
	screening := append(reflecting(), &domain.ReassessmentRequested{Of: domain.OnConclusion})
	child := append([]domain.Event{opened(), screened(domain.ChildBranch), concluded(domain.GroundsYes), &domain.InterestsAssessed{}, &domain.RepresentativeAppointed{Kind: private(domain.AppointedByState)}}, started(domain.Reflection))
	no := domain.ConcludeScreening{Grounds: domain.GroundsNo, Reasons: domain.Reasons{Narrative: "n"}}
	against := domain.DecideIdentification{Finding: domain.Finding{Outcome: domain.NotAVictim, Grounds: "g"}}
	run(t, []scenario{
		{name: "nobody is found to be no victim", given: reflecting(), when: against, rule: "reflection.no_adverse_step"},
		{name: "not while it is paused either", given: append(reflecting(), paused(domain.Reflection)), when: against, rule: "reflection.no_adverse_step"},
		{name: "nor when its time is up and nobody has said so", given: reflecting(), at: noon.Add(99 * day), when: against, rule: "reflection.no_adverse_step"},
		{name: "nobody is turned away at screening", given: screening, when: no, rule: "reflection.no_adverse_step"},
		{name: "nobody is returned against their wish", given: child, when: domain.ArrangeReturn{Return: domain.Return{Country: "KHM", Assessment: "a"}}, rule: "reflection.no_adverse_step"},
		{name: "no case is closed over the person's head", given: reflecting(), when: domain.CloseCase{Reason: domain.Returned}, rule: "reflection.no_adverse_step"},
		{name: "but when the person has left", given: reflecting(), when: domain.CloseCase{Reason: domain.PersonLeft}, then: []string{"case.closed"}},
		{name: "or was never there", given: reflecting(), when: domain.CloseCase{Reason: domain.OpenedInError}, then: []string{"case.closed"}},
		{name: "no hold is lifted", given: append(reflecting(), &domain.HoldSet{}), when: domain.LiftHold{Authority: domain.Authority{Name: "n", Reference: "r"}, Reason: "r"}, rule: "reflection.no_adverse_step"},
		{name: "after it has ended the team decides", given: append(reflecting(), &domain.PeriodEnded{Period: domain.Reflection}), when: against, then: []string{"identification.decided"}},
		{name: "protection under s.29 is no time to reflect", given: append(presumed(), started(domain.Section29)), when: against, then: []string{"identification.decided"}},
	})
}

func TestEveryRefusalOfTheStateSaysWhatIsPossible(t *testing.T) {
	t.Parallel()
	s := given(opened(), screened(domain.AdultBranch))
	for _, c := range []domain.Command{domain.LeaveShelter{Reason: domain.OwnWish}, domain.Refer{Referral: "r1", To: "ngo", Services: []string{"basic"}}} {
		_, err := decide(s, "police", c)
		var refusal *domain.Error
		if !errors.As(err, &refusal) || !slices.Equal(refusal.Possible, s.Possible()) || !slices.Contains(refusal.Possible, "conclude-screening") {
			t.Errorf("%T: %+v", c, err)
		}
	}
}
