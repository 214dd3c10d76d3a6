package domain_test

import (
	"slices"
	"testing"

	"songtor/domain"
)

func disputed(on domain.Subject, two domain.TwoAnswers) domain.Event {
	return &domain.DisagreementNoted{Disagreement: "d1", Subject: on, Two: private(two)}
}

// What was written down offline arrives late, from somebody who had not seen what others did meanwhile.
func TestOfflineOrder(t *testing.T) {
	t.Parallel()
	before := []domain.Event{opened(), screened(domain.AdultBranch)}
	said := func(answer domain.Event) []domain.Event { return append(slices.Clip(before), answer) }
	conclude := func(g domain.Grounds) domain.Command {
		return domain.ConcludeScreening{Grounds: g, Reasons: domain.Reasons{Narrative: "n"}}
	}
	identify := func(o domain.Outcome) domain.Command {
		return domain.DecideIdentification{Finding: domain.Finding{Outcome: o, Grounds: "g"}}
	}
	refusedReferral := &domain.ConsentRefused{Purpose: domain.ToReferral}
	noted := []string{"case.disagreement_noted"}
	run(t, []scenario{
		{name: "facts that do not touch each other both stand", given: said(&domain.HoldSet{}), seen: before, when: domain.RecordNeeds{Needs: []domain.Need{domain.NeedMedical}}, then: []string{"frontline.urgent_need_recorded"}},
		{name: "consents for other purposes too", given: said(refusedReferral), seen: before, when: domain.RecordConsent{Answer: yes(domain.ToSupport)}, then: []string{"consent.given"}},
		{name: "the same answer twice is no disagreement", given: said(agreed(domain.ToReferral)), seen: before, when: domain.RecordConsent{Answer: yes(domain.ToReferral)}, then: []string{"consent.given"}},
		{name: "an agreement to something else is", given: said(agreed(domain.ToReferral)), seen: before, when: domain.RecordConsent{Answer: domain.Answer{Purpose: domain.ToReferral, Agreed: true, Data: []domain.DataClass{domain.DataHealth}}}, then: noted},
		{name: "one to another agency is another answer", given: said(agreed(domain.ToReferral)), seen: before, when: domain.RecordConsent{Answer: domain.Answer{Purpose: domain.ToReferral, Agreed: true, Recipient: "ngo", Data: []domain.DataClass{domain.DataHealth}}}, then: []string{"consent.given"}},
		{name: "two ways to say no are none", given: said(refusedReferral), seen: before, when: domain.RecordConsent{Answer: no(domain.ToReferral)}, then: []string{"consent.refused"}},
		{name: "a late agreement does not lift a refusal", given: said(refusedReferral), seen: before, when: domain.RecordConsent{Answer: yes(domain.ToReferral)}, then: noted},
		{name: "nor a withdrawal", given: append(said(agreed(domain.ToReferral)), withdrew("w", domain.ToReferral)), seen: said(agreed(domain.ToReferral)), when: domain.RecordConsent{Answer: yes(domain.ToReferral)}, then: noted},
		{name: "a late refusal holds, and every recipient learns of it", given: append(said(agreed(domain.ToReferral)), sent("r1", "ngo")), seen: before, when: domain.RecordConsent{Answer: no(domain.ToReferral)}, then: []string{"consent.withdrawn", "referral.revoked", "case.disagreement_noted"}},
		{name: "also in a form", given: said(agreed(domain.ToReferral)), seen: before, when: domain.RecordScreening{Screening: "s2", Content: content(domain.ChildBranch), Consents: []domain.Answer{no(domain.ToReferral)}}, then: []string{"consent.withdrawn", "case.disagreement_noted", "screening.recorded"}},
		{name: "who knew the other answer gives another", given: said(refusedReferral), seen: said(refusedReferral), when: domain.RecordConsent{Answer: yes(domain.ToReferral)}, then: []string{"consent.given"}},
		{name: "two conclusions are a disagreement", given: said(concluded(domain.GroundsYes)), seen: before, when: conclude(domain.GroundsNo), then: noted},
		{name: "also where the first has ended the case", given: said(concluded(domain.GroundsNo)), seen: before, when: conclude(domain.GroundsYes), then: noted},
		{name: "the same conclusion twice is none", given: said(concluded(domain.GroundsYes)), seen: before, when: conclude(domain.GroundsYes), rule: "screening.not_in_screening"},
		{name: "two identifications are a disagreement", given: victim(), seen: presumed(), when: identify(domain.NotAVictim), then: noted},
		{name: "the same one is none", given: victim(), seen: presumed(), when: identify(domain.VictimOfForcedLabour), rule: "identification.not_in_identification"},
		{name: "nothing is noted where nothing can be sealed", given: append(victim(), &domain.KeysDestroyed{}), seen: presumed(), when: identify(domain.NotAVictim), rule: "case.ended"},
		{name: "answers of a form that two people gave otherwise are disagreements", given: before, seen: before, when: domain.CorrectScreening{Screening: "s1", Content: content(domain.AdultBranch), Reason: domain.WrongEntry, Disputed: []domain.TwoAnswers{{Question: "q1"}, {Question: "q2"}}}, then: []string{"screening.corrected", "case.disagreement_noted", "case.disagreement_noted"}},
	})
}

func TestSettlingADisagreement(t *testing.T) {
	t.Parallel()
	on := func(subject domain.Subject, two domain.TwoAnswers, before ...domain.Event) []domain.Event {
		return append(slices.Clip(before), disputed(subject, two))
	}
	keep := func(k domain.Kept) domain.SettleDisagreement {
		return domain.SettleDisagreement{Disagreement: "d1", Keep: k, Reason: "r"}
	}
	form := []domain.Event{opened(), screened(domain.AdultBranch)}
	answers := on(domain.OnAnswer, domain.TwoAnswers{Question: "q", Of: "s1", Standing: `"a"`, Other: `"b"`}, form...)
	consent := on(domain.OnConsent, domain.TwoAnswers{Question: "referral", Standing: `"refused"`, Other: `"given"`}, append(slices.Clip(form), &domain.ConsentRefused{Purpose: domain.ToReferral})...)
	grounds := on(domain.OnConclusion, domain.TwoAnswers{Standing: `"no"`, Other: `"yes"`}, append(slices.Clip(form), concluded(domain.GroundsNo))...)
	identity := on(domain.OnIdentification, domain.TwoAnswers{}, append(presumed(), decided(domain.NotIdentified))...)
	closed := append(slices.Clip(answers), &domain.CaseClosed{Reason: domain.PersonLeft})
	unopened := append(slices.Clip(form), &domain.DisagreementNoted{Disagreement: "d1", Subject: domain.OnConsent})
	corrected := keep(domain.KeepOther)
	corrected.Correction = &domain.CorrectScreening{Screening: "s1", Content: content(domain.AdultBranch), Reason: domain.Disagreement}
	run(t, []scenario{
		{name: "the standing answer is kept", given: answers, when: keep(domain.KeepStanding), then: []string{"case.disagreement_settled"}},
		{name: "the other one is, with the form corrected", given: answers, when: corrected, then: []string{"case.disagreement_settled", "screening.corrected"}},
		{name: "not without that", given: answers, when: keep(domain.KeepOther), rule: "disagreement.no_correction", kind: domain.Invalid},
		{name: "a consent that was in doubt is given", given: consent, when: keep(domain.KeepOther), then: []string{"case.disagreement_settled", "consent.given"}},
		{name: "a conclusion is followed by another", given: grounds, when: keep(domain.KeepOther), then: []string{"case.disagreement_settled", "identification.reassessment_requested"}},
		{name: "an identification is too", given: identity, when: keep(domain.KeepOther), then: []string{"case.disagreement_settled", "identification.reassessment_requested"}},
		{name: "a disagreement is there", given: form, when: keep(domain.KeepStanding), rule: "disagreement.unknown", kind: domain.Missing},
		{name: "it is settled once", given: append(slices.Clip(answers), &domain.DisagreementSettled{Disagreement: "d1"}), when: keep(domain.KeepStanding), rule: "disagreement.settled_already"},
		{name: "one of the two is kept", given: answers, when: keep("both"), rule: "disagreement.unknown_answer", kind: domain.Invalid},
		{name: "for a reason", given: answers, when: domain.SettleDisagreement{Disagreement: "d1", Keep: domain.KeepStanding}, rule: "disagreement.no_reason", kind: domain.Invalid},
		{name: "what cannot be opened cannot be kept", given: unopened, when: keep(domain.KeepOther), rule: "disagreement.closed"},
		{name: "what is not a question cannot be either", given: on("colour", domain.TwoAnswers{}, form...), when: keep(domain.KeepOther), rule: "disagreement.closed"},
		{name: "a closed case is reopened before anything changes", given: closed, when: corrected, rule: "case.ended"},
		{name: "what stands may be kept on a closed case", given: closed, when: keep(domain.KeepStanding), then: []string{"case.disagreement_settled"}},
		{name: "nothing is settled of a case that is not there", when: keep(domain.KeepStanding), rule: "case.unknown", kind: domain.Missing},
		{name: "nor of one whose keys are gone", given: append(slices.Clip(answers), &domain.KeysDestroyed{}), when: keep(domain.KeepStanding), rule: "case.erased"},
	})
}

// Settling a consent gives what the person said, and no more than that.
func TestASettledConsentIsAsNarrowAsItWasGiven(t *testing.T) {
	t.Parallel()
	s := given(opened(), screened(domain.AdultBranch), &domain.ConsentRefused{Purpose: domain.ToReferral})
	late := request("ngo", domain.RecordConsent{Answer: domain.Answer{
		Purpose: domain.ToReferral, Agreed: true, Recipient: "ngo", Data: []domain.DataClass{domain.DataHealth}, Until: new(now.Add(day)),
	}})
	late.Seen = new(given(opened()))
	facts, err := domain.Decide(s, late)
	must(t, err)
	s = domain.Fold(s, facts)
	if s.Allowed("ngo", now) != nil {
		t.Fatal("a consent in doubt allows something")
	}
	facts, err = decide(s, "msdhs", domain.SettleDisagreement{Disagreement: "c1", Keep: domain.KeepOther, Reason: "r"})
	must(t, err)
	s = domain.Fold(s, facts)
	if got := s.Allowed("ngo", now); !slices.Equal(got, []domain.DataClass{domain.DataHealth}) || s.Allowed("ngo", now.Add(day)) != nil || s.Allowed("shelter", now) != nil {
		t.Fatalf("allowed is %v", got)
	}
}

func TestADisagreementIsSeenUntilSomebodySettlesIt(t *testing.T) {
	t.Parallel()
	noted := disputed(domain.OnConclusion, domain.TwoAnswers{Standing: `"no"`, Other: `"yes"`})
	for name, events := range map[string][]domain.Event{
		"on an open case":                  {opened(), screened(domain.AdultBranch), noted},
		"on a case that it ended":          {opened(), screened(domain.AdultBranch), concluded(domain.GroundsNo), noted},
		"on a case that was closed before": append(slices.Clip(ended), noted),
	} {
		s := given(events...)
		if !waits(s, domain.TaskDisagreement, "police") || !slices.Contains(s.Possible(), "settle-disagreement") {
			t.Errorf("%s nobody sees it", name)
		}
		if s = given(append(events, &domain.DisagreementSettled{Disagreement: "d1"})...); waits(s, domain.TaskDisagreement, "police") {
			t.Errorf("%s it is seen when it is settled", name)
		}
	}
}
