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
			given: append(slices.Clip(adult), &domain.ConsentWithdrawn{Purpose: domain.ToReferral}), when: refer, rule: "referral.consent_withdrawn",
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
		{name: "an id is used once", given: append(slices.Clip(adult), sent("r1", "ngo")), when: refer, rule: "referral.exists"},
		{
			name: "a kind of data is one of the list", given: adult, rule: "consent.unknown_data", kind: domain.Invalid,
			when: domain.Refer{Referral: "r1", To: "shelter", Services: []string{"basic"}, Data: []domain.DataClass{"dna"}},
		},
		{
			name:  "no data goes along that consent does not allow",
			given: []domain.Event{opened(), &domain.ConsentGiven{Purpose: domain.ToReferral, Data: []domain.DataClass{domain.DataHealth}}, screened(domain.AdultBranch)},
			when:  domain.Refer{Referral: "r1", To: "shelter", Services: []string{"basic"}, Data: []domain.DataClass{domain.DataIdentity}}, rule: "referral.beyond_consent",
		},
		{
			name:  "nobody is referred when the time that they agreed to is over",
			given: []domain.Event{opened(), &domain.ConsentGiven{Purpose: domain.ToReferral, Until: new(now)}, screened(domain.AdultBranch)},
			when:  refer, rule: "referral.no_consent",
		},
		{name: "nobody is referred from an ended case", given: ended, when: refer, rule: "case.ended"},
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
		{name: "it is taken back for a reason of the list", given: pending, when: domain.RevokeReferral{Referral: "r1"}, rule: "referral.unknown_reason", kind: domain.Invalid},
		{name: "nobody else declines", given: pending, when: domain.DeclineReferral{Referral: "r1", Reason: "no_capacity"}, rule: "referral.not_receiver"},
		{name: "nobody else reports it done", given: accepted, when: domain.CompleteReferral{Referral: "r1"}, rule: "referral.not_receiver"},
		{name: "nothing is answered on an ended case", given: append(slices.Clip(pending), &domain.CaseClosed{}), by: "shelter", when: domain.AcceptReferral{Referral: "r1"}, rule: "case.ended"},
		{name: "an answer is given once", given: accepted, by: "shelter", when: domain.DeclineReferral{Referral: "r1", Reason: "no_capacity"}, rule: "referral.not_pending"},
		{name: "the receiver reports it done", given: accepted, by: "shelter", when: domain.CompleteReferral{Referral: "r1", Outcome: "o"}, then: []string{"referral.done"}},
		{name: "only what was accepted is done", given: declined, by: "shelter", when: domain.CompleteReferral{Referral: "r1"}, rule: "referral.not_accepted"},
		{name: "a declined referral can be sent anew", given: declined, when: domain.Refer{Referral: "r2", To: "shelter", Services: []string{"basic"}}, then: []string{"referral.sent"}},
		{name: "an unknown referral is not found", given: pending, by: "shelter", when: domain.AcceptReferral{Referral: "r9"}, rule: "referral.unknown", kind: domain.Missing},
	})
}

// Where the sender names no data, what goes along is what consent allows for that agency.
func TestWhatGoesAlongIsWhatConsentAllows(t *testing.T) {
	t.Parallel()
	s := given(opened(), agreed(domain.ToReferral), &domain.ConsentGiven{Purpose: domain.ToReferral, Recipient: "ngo", Data: []domain.DataClass{domain.DataContact}}, screened(domain.AdultBranch))
	for to, want := range map[string][]domain.DataClass{"ngo": {domain.DataContact}, "shelter": domain.DataClasses()} {
		facts, err := decide(s, "police", domain.Refer{Referral: "r1", To: to, Services: []string{"basic"}})
		must(t, err)
		if got := domain.Fold(s, facts).Referrals[0].Data; !slices.Equal(got, want) {
			t.Errorf("to %s goes %v, want %v", to, got, want)
		}
	}
}
