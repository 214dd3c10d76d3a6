package domain_test

import (
	"slices"
	"testing"

	"songtor/domain"
)

func service() domain.Event {
	return &domain.ServiceRequested{Service: "v1", By: "police", Provider: "clinic"}
}

func ask(level domain.Entitlement) domain.RequestService {
	return domain.RequestService{Code: "psychosocial", Level: level, Provider: "clinic"}
}

func TestAskingForAService(t *testing.T) {
	t.Parallel()
	urgent := domain.RequestService{Code: "medical_urgent", Level: domain.FromPresumed, Urgent: true, Provider: "clinic"}
	withData := func(c domain.RequestService, data ...domain.DataClass) domain.RequestService {
		c.Data = data
		return c
	}
	replacing := func(id string) domain.RequestService { c := ask(domain.FromPresumed); c.Replaces = id; return c }
	declined := append(presumed(), service(), &domain.ServiceDeclined{Service: "v1", Provider: "clinic", Reason: "no_capacity"})
	consenting := append(presumed(), &domain.ConsentGiven{Purpose: domain.ToReferral, Data: []domain.DataClass{domain.DataHealth}})
	requested := []string{"protection.service_requested"}
	run(t, []scenario{
		{name: "a presumed victim is given what is for presumed ones", given: presumed(), when: ask(domain.FromPresumed), then: requested},
		{name: "not yet what is for identified ones", given: presumed(), when: ask(domain.FromIdentified), rule: "service.not_entitled"},
		{name: "an identified one all of it", given: victim(), when: ask(domain.FromIdentified), then: requested},
		{name: "a person just met nothing that can wait", given: []domain.Event{opened()}, when: ask(domain.FromPresumed), rule: "service.not_entitled"},
		{name: "urgent services wait for nothing", given: []domain.Event{opened()}, when: urgent, then: requested},
		{name: "not even for consent to support", given: []domain.Event{opened(), &domain.ConsentRefused{Purpose: domain.ToSupport}}, when: urgent, then: requested},
		{name: "what can wait is not forced on anybody", given: append(presumed(), &domain.ConsentRefused{Purpose: domain.ToSupport}), when: ask(domain.FromPresumed), rule: "service.person_refused"},
		{name: "nor after it was taken back", given: append(presumed(), agreed(domain.ToSupport), withdrew("w", domain.ToSupport)), when: ask(domain.FromPresumed), rule: "service.person_refused"},
		{name: "it is one, of somebody, at a level", given: presumed(), when: domain.RequestService{Code: "basic", Provider: "clinic"}, rule: "service.incomplete", kind: domain.Invalid},
		{name: "a kind of data is one of the list", given: presumed(), when: withData(ask(domain.FromPresumed), "dna"), rule: "consent.unknown_data", kind: domain.Invalid},
		{name: "no data goes along that consent does not allow", given: consenting, when: withData(ask(domain.FromPresumed), domain.DataIdentity), rule: "referral.beyond_consent"},
		{name: "not even with an urgent service", given: presumed(), when: withData(urgent, domain.DataIdentity), rule: "referral.beyond_consent"},
		{name: "what it allows does", given: consenting, when: withData(ask(domain.FromPresumed), domain.DataHealth), then: requested},
		{name: "a declined service is asked of another", given: declined, when: replacing("v1"), then: requested},
		{name: "one that was not declined is not replaced", given: append(presumed(), service()), when: replacing("v1"), rule: "service.not_declined"},
		{name: "nothing is asked for on an ended case", given: ended, when: urgent, rule: "case.ended"},
	})
}

func TestGivingAService(t *testing.T) {
	t.Parallel()
	asked := append(presumed(), service())
	taken := append(slices.Clip(asked), &domain.ServiceAccepted{Service: "v1", Provider: "clinic"})
	given := append(slices.Clip(taken), &domain.ServiceDelivered{Service: "v1", Provider: "clinic"})
	accept, decline := domain.AcceptService{Service: "v1"}, domain.DeclineService{Service: "v1", Reason: "no_capacity"}
	deliver, refuse := domain.DeliverService{Service: "v1"}, domain.RefuseService{Service: "v1"}
	run(t, []scenario{
		{name: "the provider takes it on", given: asked, by: "clinic", when: accept, then: []string{"protection.service_accepted"}},
		{name: "nobody else", given: asked, when: accept, rule: "service.not_provider"},
		{name: "once", given: taken, by: "clinic", when: accept, rule: "service.not_requested"},
		{name: "a service is there", given: asked, by: "clinic", when: domain.AcceptService{Service: "v9"}, rule: "service.unknown", kind: domain.Missing},
		{name: "the provider does not take it on", given: asked, by: "clinic", when: decline, then: []string{"protection.service_declined"}},
		{name: "for a reason", given: asked, by: "clinic", when: domain.DeclineService{Service: "v1"}, rule: "service.no_reason", kind: domain.Invalid},
		{name: "not after having taken it on", given: taken, by: "clinic", when: decline, rule: "service.not_requested"},
		{name: "the person has had it", given: taken, by: "clinic", when: deliver, then: []string{"protection.service_delivered"}},
		{name: "says the provider", given: taken, when: deliver, rule: "service.not_provider"},
		{name: "who had taken it on", given: asked, by: "clinic", when: deliver, rule: "service.not_accepted"},
		{name: "the person does not want it", given: asked, when: refuse, then: []string{"protection.service_refused_by_person"}},
		{name: "nor what was taken on", given: taken, when: refuse, then: []string{"protection.service_refused_by_person"}},
		{name: "what they have had they have had", given: given, when: refuse, rule: "service.not_open"},
		{name: "no service goes on in an ended case", given: append(slices.Clip(taken), &domain.CaseClosed{}), by: "clinic", when: deliver, rule: "case.ended"},
		{name: "support is not complete while a service is open", given: taken, when: domain.CloseCase{Reason: domain.SupportComplete}, rule: "case.service_open"},
		{name: "when it is given it may be", given: given, when: domain.CloseCase{Reason: domain.SupportComplete}, then: []string{"case.closed"}},
		{name: "who goes goes", given: taken, when: domain.CloseCase{Reason: domain.PersonLeft}, then: []string{"case.closed"}},
	})
}

func TestPlanAndRiskAndFollowUp(t *testing.T) {
	t.Parallel()
	plan := domain.AgreePlan{Plan: domain.Plan{Goals: "g", Actions: "a", Wishes: "w"}}
	risk := domain.AssessRisk{Safety: domain.Safety{Danger: domain.AtRisk}}
	run(t, []scenario{
		{name: "a plan is agreed", given: presumed(), when: plan, then: []string{"protection.plan_agreed"}},
		{name: "with the person's wishes", given: presumed(), when: domain.AgreePlan{Plan: domain.Plan{Goals: "g", Actions: "a"}}, rule: "protection.incomplete_plan", kind: domain.Invalid},
		{name: "for a presumed victim", given: []domain.Event{opened()}, when: plan, rule: "protection.not_presumed"},
		{name: "it is looked at again in the future", given: presumed(), when: domain.AgreePlan{Plan: plan.Plan, ReviewAt: new(now)}, rule: "deadline.not_ahead", kind: domain.Invalid},
		{name: "not on an ended case", given: ended, when: plan, rule: "case.ended"},
		{name: "risks are assessed at any time", given: []domain.Event{opened()}, when: risk, then: []string{"protection.risk_assessed"}},
		{name: "in degrees of the list", given: []domain.Event{opened()}, when: domain.AssessRisk{}, rule: "frontline.unknown_danger", kind: domain.Invalid},
		{name: "and looked at again in the future", given: []domain.Event{opened()}, when: domain.AssessRisk{Safety: risk.Safety, ReviewAt: new(noon)}, rule: "deadline.not_ahead", kind: domain.Invalid},
		{name: "while the case is open", given: ended, when: risk, rule: "case.ended"},
		{name: "somebody asks how the person is", given: victim(), when: domain.FollowUp{How: "h"}, then: []string{"protection.followed_up"}},
		{name: "and writes it down", given: victim(), when: domain.FollowUp{}, rule: "protection.no_account", kind: domain.Invalid},
		{name: "of a presumed victim", given: []domain.Event{opened()}, when: domain.FollowUp{How: "h"}, rule: "protection.not_presumed"},
		{name: "and asks again in the future", given: victim(), when: domain.FollowUp{How: "h", Next: new(now)}, rule: "deadline.not_ahead", kind: domain.Invalid},
		{name: "nobody is followed after the end", given: ended, when: domain.FollowUp{How: "h"}, rule: "case.ended"},
	})
}

func TestShelter(t *testing.T) {
	t.Parallel()
	placed := []domain.Event{opened(), &domain.ShelterPlaced{Placement: "p1", Provider: "shelter"}}
	place := domain.PlaceInShelter{Provider: "shelter", Location: "l"}
	long := domain.PlaceInShelter{Provider: "shelter", Location: "l", LongTerm: true}
	leave := domain.LeaveShelter{Reason: domain.OwnWish}
	run(t, []scenario{
		{name: "a bed for the night is for everybody", given: []domain.Event{opened()}, when: place, then: []string{"protection.shelter_placed"}},
		{name: "a shelter is somewhere, of somebody", given: []domain.Event{opened()}, when: domain.PlaceInShelter{Provider: "shelter"}, rule: "shelter.incomplete", kind: domain.Invalid},
		{name: "one at a time", given: placed, when: place, rule: "shelter.placed_already"},
		{name: "a long stay is for identified victims", given: presumed(), when: long, rule: "service.not_entitled"},
		{name: "who may stay", given: victim(), when: long, then: []string{"protection.shelter_placed"}},
		{name: "nobody is placed on an ended case", given: ended, when: place, rule: "case.ended"},
		{name: "a person may leave at their own wish", given: placed, when: leave, then: []string{"protection.shelter_left"}},
		{name: "for a reason of the list", given: placed, when: domain.LeaveShelter{}, rule: "shelter.unknown_reason", kind: domain.Invalid},
		{name: "where they are", given: []domain.Event{opened()}, when: leave, rule: "shelter.not_placed"},
		{name: "in an open case", given: ended, when: leave, rule: "case.ended"},
	})
}

func TestWhereAPersonHasShelterIsSealedInAClassOfItsOwn(t *testing.T) {
	t.Parallel()
	facts, err := decide(given(opened()), "police", domain.PlaceInShelter{Provider: "shelter", Location: planted})
	must(t, err)
	e, ok := facts[0].Event.(*domain.ShelterPlaced)
	if !ok || e.Location.Scope != domain.ScopeLocation {
		t.Fatalf("placed is %+v", facts[0].Event)
	}
}

func TestReturning(t *testing.T) {
	t.Parallel()
	home := domain.Return{Country: "KHM", Assessment: "a"}
	own, other := domain.ArrangeReturn{Own: true, Return: home}, domain.ArrangeReturn{Return: home}
	arranged := append(victim(), &domain.ReturnArranged{Own: true})
	child := []domain.Event{opened(), screened(domain.ChildBranch), concluded(domain.GroundsYes)}
	ready := append(slices.Clip(child), &domain.RepresentativeAppointed{Kind: private(domain.AppointedByState)}, &domain.InterestsAssessed{})
	run(t, []scenario{
		{name: "a return is arranged at the person's wish", given: victim(), when: own, then: []string{"protection.return_arranged"}},
		{name: "no adult is returned against their wish", given: victim(), when: other, rule: "return.not_voluntary"},
		{name: "a child by what is best for the child", given: ready, when: other, then: []string{"protection.return_arranged"}},
		{name: "after that was assessed", given: child, when: own, rule: "child.guardian_first"},
		{name: "nobody against their wish while they have time to reflect", given: append(slices.Clip(ready), started(domain.Reflection)), when: other, rule: "reflection.no_adverse_step"},
		{name: "family and place are assessed first", given: victim(), when: domain.ArrangeReturn{Own: true, Return: domain.Return{Country: "KHM"}}, rule: "return.incomplete", kind: domain.Invalid},
		{name: "one return at a time", given: arranged, when: own, rule: "return.arranged_already"},
		{name: "of a presumed victim", given: []domain.Event{opened()}, when: own, rule: "protection.not_presumed"},
		{name: "in an open case", given: ended, when: own, rule: "case.ended"},
		{name: "the person has arrived", given: arranged, when: domain.CompleteReturn{}, then: []string{"protection.return_completed"}},
		{name: "where a return was arranged", given: victim(), when: domain.CompleteReturn{}, rule: "return.not_arranged"},
		{name: "and the case is open", given: append(slices.Clip(arranged), &domain.CaseClosed{}), when: domain.CompleteReturn{}, rule: "case.ended"},
	})
}

func TestClaims(t *testing.T) {
	t.Parallel()
	items := domain.ClaimDetails{Items: []domain.ClaimItem{{Code: "medical", Amount: 100}}}
	filed := append(victim(), &domain.ClaimFiled{Claim: "m1", Kind: domain.FromFund, User: "u0"}, &domain.ClaimFiled{Claim: "m2", Kind: domain.Restitution, User: "u0"})
	at := func(claim string, steps ...domain.ClaimStep) []domain.Event {
		events := slices.Clip(filed)
		for _, s := range steps {
			events = append(events, &domain.ClaimAdvanced{Claim: claim, Step: s, User: "u1"})
		}
		return events
	}
	step := func(claim string, s domain.ClaimStep) domain.AdvanceClaim {
		return domain.AdvanceClaim{Claim: claim, Step: s, ClaimDetails: domain.ClaimDetails{Items: items.Items, Note: "n"}}
	}
	advanced := []string{"protection.claim_advanced"}
	run(t, []scenario{
		{name: "an identified victim claims", given: victim(), when: domain.FileClaim{Kind: domain.FromFund, ClaimDetails: items}, then: []string{"protection.claim_filed"}},
		{name: "a presumed one does not yet", given: presumed(), when: domain.FileClaim{Kind: domain.FromFund, ClaimDetails: items}, rule: "service.not_entitled"},
		{name: "of somebody of the list", given: victim(), when: domain.FileClaim{Kind: "lottery", ClaimDetails: items}, rule: "claim.unknown_kind", kind: domain.Invalid},
		{name: "something", given: victim(), when: domain.FileClaim{Kind: domain.FromFund}, rule: "claim.no_items", kind: domain.Invalid},
		{name: "and not less than nothing", given: victim(), when: domain.FileClaim{Kind: domain.FromFund, ClaimDetails: domain.ClaimDetails{Items: []domain.ClaimItem{{Amount: -1}}}}, rule: "claim.negative_amount", kind: domain.Invalid},
		{name: "in an open case", given: ended, when: domain.FileClaim{Kind: domain.FromFund, ClaimDetails: items}, rule: "case.ended"},
		{name: "an officer checks who claims of the fund", given: filed, when: step("m1", domain.StatusChecked), then: advanced},
		{name: "a social worker sets the amounts", given: at("m1", domain.StatusChecked), when: step("m1", domain.AmountsSet), then: advanced},
		{name: "they are amounts", given: at("m1", domain.StatusChecked), when: domain.AdvanceClaim{Claim: "m1", Step: domain.AmountsSet}, rule: "claim.no_items", kind: domain.Invalid},
		{name: "of money", given: at("m1", domain.StatusChecked), when: domain.AdvanceClaim{Claim: "m1", Step: domain.AmountsSet, ClaimDetails: domain.ClaimDetails{Items: []domain.ClaimItem{{Amount: -1}}}}, rule: "claim.negative_amount", kind: domain.Invalid},
		{name: "nobody approves the amounts that they set", given: at("m1", domain.StatusChecked, domain.AmountsSet), when: step("m1", domain.ClaimApproved), rule: "claim.same_person"},
		{name: "a superior does", given: at("m1", domain.StatusChecked, domain.AmountsSet), user: "u2", when: step("m1", domain.ClaimApproved), then: advanced},
		{name: "or rejects them", given: at("m1", domain.StatusChecked, domain.AmountsSet), user: "u2", when: step("m1", domain.ClaimRejected), then: advanced},
		{name: "for a reason", given: at("m1", domain.StatusChecked, domain.AmountsSet), when: domain.AdvanceClaim{Claim: "m1", Step: domain.ClaimRejected}, rule: "claim.no_reason", kind: domain.Invalid},
		{name: "then it is paid", given: at("m1", domain.StatusChecked, domain.AmountsSet, domain.ClaimApproved), when: step("m1", domain.ClaimPaid), then: advanced},
		{name: "what is paid is paid", given: at("m1", domain.StatusChecked, domain.AmountsSet, domain.ClaimApproved, domain.ClaimPaid), when: step("m1", domain.ClaimRejected), rule: "claim.not_next"},
		{name: "no step is left out", given: filed, when: step("m1", domain.AmountsSet), rule: "claim.not_next"},
		{name: "another claim goes before whoever decides", given: filed, when: step("m2", domain.ClaimSubmitted), then: advanced},
		{name: "who is not the fund", given: filed, when: step("m2", domain.StatusChecked), rule: "claim.not_next"},
		{name: "a step is one of the list", given: filed, when: step("m1", "lost"), rule: "claim.unknown_step", kind: domain.Invalid},
		{name: "a claim is there", given: filed, when: step("m9", domain.StatusChecked), rule: "claim.unknown", kind: domain.Missing},
		{name: "claims rest when a case has ended", given: append(slices.Clip(filed), &domain.CaseClosed{}), when: step("m1", domain.StatusChecked), rule: "case.ended"},
	})
}
