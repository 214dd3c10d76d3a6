package domain_test

import (
	"slices"
	"testing"

	"songtor/domain"
)

func TestReferring(t *testing.T) {
	t.Parallel()
	refer := domain.Refer{Referral: "r1", To: "shelter", Services: []string{"shelter_temp"}}
	adult := []domain.Event{opened(), agreed(domain.ToReferral), screened(domain.AdultBranch)}
	run(t, []scenario{
		{name: "an adult who agreed is referred", given: adult, when: refer, then: []string{"referral.sent"}},
		{
			name:  "an adult who was not asked is not referred",
			given: []domain.Event{opened(), screened(domain.AdultBranch)}, when: refer, rule: "referral.no_consent",
		},
		{
			name:  "an adult's refusal stops the referral",
			given: []domain.Event{opened(), &domain.ConsentRefused{Purpose: domain.ToReferral}, screened(domain.AdultBranch)},
			when:  refer, rule: "referral.no_consent",
		},
		{
			name:  "a child is referred without consent",
			given: []domain.Event{opened(), screened(domain.ChildBranch)}, when: refer, then: []string{"referral.sent"},
		},
		{
			name:  "a person who may be a child is referred without consent",
			given: []domain.Event{opened(), screened(domain.MayBeChild)}, when: refer, then: []string{"referral.sent"},
		},
		{
			name:  "agreeing to cooperate with police is not needed for a referral",
			given: append(slices.Clip(adult), &domain.ConsentRefused{Purpose: domain.ToCooperation}), when: refer, then: []string{"referral.sent"},
		},
		{
			name:  "after a withdrawal nothing more is sent",
			given: append(slices.Clip(adult), &domain.ConsentWithdrawn{Purpose: domain.ToReferral}), when: refer, rule: "referral.no_consent",
		},
		{
			name:  "nobody is referred before a form was filled in",
			given: []domain.Event{opened()}, when: refer, rule: "referral.not_screened",
		},
		{
			name:  "one referral at a time to one agency",
			given: append(slices.Clip(adult), sent("r0", "shelter")), when: refer, rule: "referral.pending_already",
		},
		{
			name: "no agency refers to itself", given: adult, by: "shelter", when: refer, rule: "referral.to_itself", kind: domain.Invalid,
		},
		{
			name: "a referral says for what", given: adult, when: domain.Refer{Referral: "r1", To: "shelter"}, rule: "referral.incomplete", kind: domain.Invalid,
		},
	})
}

func TestAnsweringAReferral(t *testing.T) {
	t.Parallel()
	pending := []domain.Event{opened(), agreed(domain.ToReferral), screened(domain.AdultBranch), sent("r1", "shelter")}
	accepted := append(slices.Clip(pending), &domain.ReferralAccepted{Referral: "r1", From: "police", To: "shelter"})
	declined := append(slices.Clip(pending), &domain.ReferralDeclined{Referral: "r1", From: "police", To: "shelter"})
	run(t, []scenario{
		{name: "the receiver accepts", given: pending, by: "shelter", when: domain.AcceptReferral{Referral: "r1"}, then: []string{"referral.accepted"}},
		{name: "nobody else accepts", given: pending, when: domain.AcceptReferral{Referral: "r1"}, rule: "referral.not_receiver"},
		{name: "the receiver declines with a reason", given: pending, by: "shelter", when: domain.DeclineReferral{Referral: "r1", Reason: "no_capacity"}, then: []string{"referral.declined"}},
		{name: "not without one", given: pending, by: "shelter", when: domain.DeclineReferral{Referral: "r1"}, rule: "referral.no_reason", kind: domain.Invalid},
		{name: "the sender takes it back", given: pending, when: domain.RevokeReferral{Referral: "r1", Reason: domain.SentInError}, then: []string{"referral.revoked"}},
		{name: "nobody else takes it back", given: pending, by: "shelter", when: domain.RevokeReferral{Referral: "r1", Reason: domain.SentInError}, rule: "referral.not_sender"},
		{name: "no sender claims a withdrawal", given: pending, when: domain.RevokeReferral{Referral: "r1", Reason: domain.ConsentTakenBack}, rule: "referral.unknown_reason", kind: domain.Invalid},
		{name: "an answer is given once", given: accepted, by: "shelter", when: domain.DeclineReferral{Referral: "r1", Reason: "no_capacity"}, rule: "referral.not_pending"},
		{name: "the receiver reports it done", given: accepted, by: "shelter", when: domain.CompleteReferral{Referral: "r1", Outcome: "o"}, then: []string{"referral.done"}},
		{name: "only what was accepted is done", given: declined, by: "shelter", when: domain.CompleteReferral{Referral: "r1"}, rule: "referral.not_accepted"},
		{name: "a declined referral can be sent anew", given: declined, when: domain.Refer{Referral: "r2", To: "shelter", Services: []string{"basic"}}, then: []string{"referral.sent"}},
		{name: "an unknown referral is not found", given: pending, by: "shelter", when: domain.AcceptReferral{Referral: "r9"}, rule: "referral.unknown", kind: domain.Missing},
	})
}

func TestConsent(t *testing.T) {
	t.Parallel()
	run(t, []scenario{
		{
			name:  "each purpose is asked for by itself",
			given: []domain.Event{opened()},
			when:  domain.RecordConsent{Answer: domain.Answer{Purpose: domain.ToSupport, Agreed: true}},
			then:  []string{"consent.given"},
		},
		{
			name:  "a purpose is one of the list",
			given: []domain.Event{opened()},
			when:  domain.RecordConsent{Answer: domain.Answer{Purpose: "marketing", Agreed: true}},
			rule:  "consent.unknown_purpose", kind: domain.Invalid,
		},
		{
			name:  "what was given is withdrawn, not refused",
			given: []domain.Event{opened(), agreed(domain.ToSupport)},
			when:  domain.RecordConsent{Answer: domain.Answer{Purpose: domain.ToSupport}},
			rule:  "consent.withdraw_instead",
		},
		{
			name:  "what was not given cannot be withdrawn",
			given: []domain.Event{opened()},
			when:  domain.WithdrawConsent{Purpose: domain.ToReferral},
			rule:  "consent.not_given",
		},
		{
			name:  "a withdrawal revokes what is pending",
			given: []domain.Event{opened(), agreed(domain.ToReferral), screened(domain.AdultBranch), sent("r1", "shelter"), sent("r2", "hospital")},
			when:  domain.WithdrawConsent{Purpose: domain.ToReferral},
			then:  []string{"consent.withdrawn", "referral.revoked", "referral.revoked"},
		},
		{
			name: "a consent can be withdrawn after the case has ended",
			given: []domain.Event{
				opened(), agreed(domain.ToSharing), &domain.CaseClosed{Reason: domain.PersonLeft},
			},
			when: domain.WithdrawConsent{Purpose: domain.ToSharing},
			then: []string{"consent.withdrawn"},
		},
	})
}

func TestAWithdrawalReachesEveryRecipientOnce(t *testing.T) {
	t.Parallel()
	s := given(
		opened(), agreed(domain.ToReferral), screened(domain.AdultBranch),
		sent("r1", "shelter"), &domain.ReferralAccepted{Referral: "r1", From: "police", To: "shelter"},
		sent("r2", "hospital"),
		sent("r3", "ngo"), &domain.ReferralDeclined{Referral: "r3", From: "police", To: "ngo"},
		sent("r4", "shelter"),
	)
	facts, err := decide(s, "police", domain.WithdrawConsent{Purpose: domain.ToReferral})
	if err != nil {
		t.Fatal(err)
	}
	withdrawn, ok := facts[0].Event.(*domain.ConsentWithdrawn)
	if !ok || !slices.Equal(withdrawn.Recipients, []string{"shelter", "hospital"}) {
		t.Fatalf("got recipients %v", withdrawn.Recipients)
	}
}
