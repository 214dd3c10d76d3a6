package domain_test

import (
	"testing"
	"time"

	"songtor/domain"
)

func TestOpening(t *testing.T) {
	t.Parallel()
	run(t, []scenario{
		{
			name: "the first contact opens a case",
			when: domain.OpenCase{Reference: "R", Province: "TH-10"},
			then: []string{"case.opened"},
		},
		{
			name: "an urgent need is recorded before anything else is known",
			when: domain.OpenCase{Reference: "R", Province: "TH-10", Needs: []domain.Need{domain.NeedMedical}},
			then: []string{"case.opened", "frontline.urgent_need_recorded"},
		},
		{
			name:  "a case is opened once",
			given: []domain.Event{opened()},
			when:  domain.OpenCase{Reference: "R", Province: "TH-10"},
			rule:  "case.exists",
		},
		{
			name: "a case has a province",
			when: domain.OpenCase{Reference: "R"},
			rule: "case.incomplete", kind: domain.Invalid,
		},
		{
			name: "a need is one of the list",
			when: domain.OpenCase{Reference: "R", Province: "TH-10", Needs: []domain.Need{"money"}},
			rule: "frontline.unknown_need", kind: domain.Invalid,
		},
	})
}

func TestScreening(t *testing.T) {
	t.Parallel()
	opening := &domain.OpenCase{Reference: "R", Province: "TH-10"}
	yes := domain.Answer{Purpose: domain.ToScreening, Agreed: true}
	no := domain.Answer{Purpose: domain.ToScreening}
	run(t, []scenario{
		{
			name: "a form from the field opens its case",
			when: domain.RecordScreening{Opening: opening, Screening: "s1", Content: content(domain.AdultBranch), Consents: []domain.Answer{yes}},
			then: []string{"case.opened", "consent.given", "screening.recorded"},
		},
		{
			name: "an adult's refusal leaves an anonymous count and no form",
			when: domain.RecordScreening{Opening: opening, Screening: "s1", Content: content(domain.AdultBranch), Consents: []domain.Answer{no}},
			then: []string{"case.opened", "consent.refused", "consent.notice_left"},
		},
		{
			name: "an adult who could not be asked stays a first contact",
			when: domain.RecordScreening{Opening: opening, Screening: "s1", Content: content(domain.AdultBranch), Needs: []domain.Need{domain.NeedMedical}},
			then: []string{"case.opened", "frontline.urgent_need_recorded"},
		},
		{
			name: "nobody's name is kept against an adult's refusal",
			when: domain.RecordScreening{
				Opening: opening, Screening: "s1", Consents: []domain.Answer{no},
				Content: domain.Content{Identity: private("name"), Findings: domain.Findings{Branch: domain.AdultBranch}},
			},
			rule: "consent.identity_without_consent", kind: domain.Invalid,
		},
		{
			name: "a child's refusal does not end the protection of the child",
			when: domain.RecordScreening{Opening: opening, Screening: "s1", Content: content(domain.ChildBranch), Consents: []domain.Answer{no}},
			then: []string{"case.opened", "consent.refused", "screening.recorded"},
		},
		{
			name: "a person who may be a child is treated as one",
			when: domain.RecordScreening{Opening: opening, Screening: "s1", Content: content(domain.MayBeChild), Consents: []domain.Answer{no}},
			then: []string{"case.opened", "consent.refused", "screening.recorded"},
		},
		{
			name: "of an adult who refuses not even the need is written down",
			when: domain.RecordScreening{
				Opening:   &domain.OpenCase{Reference: "R", Province: "TH-10", Needs: []domain.Need{domain.NeedShelter}},
				Screening: "s1", Content: content(domain.AdultBranch), Consents: []domain.Answer{no}, Needs: []domain.Need{domain.NeedMedical},
			},
			then: []string{"case.opened", "consent.refused", "consent.notice_left"},
		},
		{
			name:  "a person can be screened again",
			given: []domain.Event{opened(), agreed(domain.ToScreening), screened(domain.AdultBranch)},
			when:  domain.RecordScreening{Screening: "s2", Content: content(domain.AdultBranch)},
			then:  []string{"screening.recorded"},
		},
		{
			name:  "an adult's consent taken back stops another form",
			given: []domain.Event{opened(), agreed(domain.ToScreening), &domain.ConsentWithdrawn{Purpose: domain.ToScreening}},
			when:  domain.RecordScreening{Screening: "s2", Content: content(domain.AdultBranch)},
			rule:  "screening.no_consent",
		},
		{
			name:  "one form is recorded once",
			given: []domain.Event{opened(), screened(domain.AdultBranch)},
			when:  domain.RecordScreening{Screening: "s1", Content: content(domain.AdultBranch)},
			rule:  "screening.recorded_already",
		},
		{
			name:  "a form can be corrected with a reason",
			given: []domain.Event{opened(), screened(domain.AdultBranch)},
			when:  domain.CorrectScreening{Screening: "s1", Content: content(domain.AdultBranch), Reason: domain.WrongEntry},
			then:  []string{"screening.corrected"},
		},
		{
			name:  "a correction names a form that is there",
			given: []domain.Event{opened(), screened(domain.AdultBranch)},
			when:  domain.CorrectScreening{Screening: "s9", Content: content(domain.AdultBranch), Reason: domain.WrongEntry},
			rule:  "screening.unknown", kind: domain.Missing,
		},
		{
			name:  "a correction has a reason",
			given: []domain.Event{opened(), screened(domain.AdultBranch)},
			when:  domain.CorrectScreening{Screening: "s1", Content: content(domain.AdultBranch)},
			rule:  "screening.unknown_reason", kind: domain.Invalid,
		},
		{
			name:  "a form of a wrong answer on consent is not taken",
			given: []domain.Event{opened()},
			when:  domain.RecordScreening{Screening: "s1", Content: content(domain.ChildBranch), Consents: []domain.Answer{{Purpose: "marketing"}}},
			rule:  "consent.unknown_purpose", kind: domain.Invalid,
		},
		{
			name:  "nor one of a need that is none",
			given: []domain.Event{opened()},
			when:  domain.RecordScreening{Screening: "s1", Content: content(domain.ChildBranch), Needs: []domain.Need{"money"}},
			rule:  "frontline.unknown_need", kind: domain.Invalid,
		},
		{
			name:  "an ended case takes no form",
			given: ended,
			when:  domain.RecordScreening{Screening: "s1", Content: content(domain.ChildBranch)},
			rule:  "case.ended",
		},
		{
			name:  "nor a correction",
			given: []domain.Event{opened(), screened(domain.AdultBranch), &domain.CaseClosed{}},
			when:  domain.CorrectScreening{Screening: "s1", Reason: domain.WrongEntry},
			rule:  "case.ended",
		},
		{
			name: "what is asked of a case that does not exist is not found",
			when: domain.ConcludeScreening{Grounds: domain.GroundsYes, Reasons: domain.Reasons{Narrative: "n"}},
			rule: "case.unknown", kind: domain.Missing,
		},
	})
}

func TestConcludingAScreening(t *testing.T) {
	t.Parallel()
	because := domain.Reasons{Elements: map[domain.Element]domain.Assessment{domain.Act: domain.Present}}
	noMeans := domain.Reasons{Elements: map[domain.Element]domain.Assessment{domain.Means: domain.Absent, domain.Act: domain.Present}}
	run(t, []scenario{
		{
			name:  "reasonable grounds are decided with reasons",
			given: []domain.Event{opened(), screened(domain.AdultBranch)},
			when:  domain.ConcludeScreening{Grounds: domain.GroundsYes, Reasons: because},
			then:  []string{"screening.concluded"},
		},
		{
			name:  "no conclusion without a reason",
			given: []domain.Event{opened(), screened(domain.AdultBranch)},
			when:  domain.ConcludeScreening{Grounds: domain.GroundsNo},
			rule:  "screening.no_reason", kind: domain.Invalid,
		},
		{
			name:  "grounds are yes, no or unclear",
			given: []domain.Event{opened(), screened(domain.AdultBranch)},
			when:  domain.ConcludeScreening{Grounds: "perhaps", Reasons: because},
			rule:  "screening.unknown_grounds", kind: domain.Invalid,
		},
		{
			name:  "an element is one of the list",
			given: []domain.Event{opened(), screened(domain.AdultBranch)},
			when:  domain.ConcludeScreening{Grounds: domain.GroundsYes, Reasons: domain.Reasons{Elements: map[domain.Element]domain.Assessment{domain.Act: "perhaps"}}},
			rule:  "screening.unknown_element", kind: domain.Invalid,
		},
		{
			name:  "a conclusion needs a screening",
			given: []domain.Event{opened()},
			when:  domain.ConcludeScreening{Grounds: domain.GroundsYes, Reasons: because},
			rule:  "screening.not_in_screening",
		},
		{
			name:  "a child is not turned away for lack of means",
			given: []domain.Event{opened(), screened(domain.ChildBranch)},
			when:  domain.ConcludeScreening{Grounds: domain.GroundsNo, Reasons: noMeans},
			rule:  "screening.child_needs_no_means", kind: domain.Invalid,
		},
		{
			name:  "nor is a person whose findings cannot be opened",
			given: []domain.Event{opened(), &domain.ScreeningRecorded{Screening: "s1"}},
			when:  domain.ConcludeScreening{Grounds: domain.GroundsNo, Reasons: noMeans},
			rule:  "screening.child_needs_no_means", kind: domain.Invalid,
		},
		{
			name:  "an adult may be, where no means were used",
			given: []domain.Event{opened(), screened(domain.AdultBranch)},
			when:  domain.ConcludeScreening{Grounds: domain.GroundsNo, Reasons: noMeans},
			then:  []string{"screening.concluded"},
		},
		{
			name:  "screening is concluded once; identification is another decision",
			given: []domain.Event{opened(), screened(domain.AdultBranch), concluded(domain.GroundsYes)},
			when:  domain.ConcludeScreening{Grounds: domain.GroundsNo, Reasons: because},
			rule:  "screening.not_in_screening",
		},
		{
			name:  "an unclear screening can be concluded later",
			given: []domain.Event{opened(), screened(domain.AdultBranch), concluded(domain.GroundsUnclear)},
			when:  domain.ConcludeScreening{Grounds: domain.GroundsYes, Reasons: because},
			then:  []string{"screening.concluded"},
		},
		{
			name:  "an ended case takes no commands",
			given: []domain.Event{opened(), screened(domain.AdultBranch), concluded(domain.GroundsNo)},
			when:  domain.ConcludeScreening{Grounds: domain.GroundsYes, Reasons: because},
			rule:  "case.ended",
		},
	})
}

func TestIdentification(t *testing.T) {
	t.Parallel()
	presumed := []domain.Event{opened(), screened(domain.AdultBranch), concluded(domain.GroundsYes)}
	run(t, []scenario{
		{
			name:  "the team identifies a victim with grounds",
			given: presumed,
			when:  domain.DecideIdentification{Finding: domain.Finding{Outcome: domain.VictimOfBoth, Grounds: "g"}},
			then:  []string{"identification.decided"},
		},
		{
			name:  "a decision has grounds",
			given: presumed,
			when:  domain.DecideIdentification{Finding: domain.Finding{Outcome: domain.VictimOfBoth}},
			rule:  "identification.no_grounds", kind: domain.Invalid,
		},
		{
			name:  "identification follows screening",
			given: []domain.Event{opened(), screened(domain.AdultBranch)},
			when:  domain.DecideIdentification{Finding: domain.Finding{Outcome: domain.VictimOfBoth, Grounds: "g"}},
			rule:  "identification.not_in_identification",
		},
	})
}

func TestClosing(t *testing.T) {
	t.Parallel()
	run(t, []scenario{
		{
			name:  "a case is closed with a reason",
			given: []domain.Event{opened()},
			when:  domain.CloseCase{Reason: domain.PersonLeft},
			then:  []string{"case.closed"},
		},
		{
			name:  "a case is not closed while a referral waits for its answer",
			given: []domain.Event{opened(), screened(domain.ChildBranch), sent("r1", "shelter")},
			when:  domain.CloseCase{Reason: domain.PersonLeft},
			rule:  "case.referral_pending",
		},
		{name: "a case is closed for a reason of the list", given: []domain.Event{opened()}, when: domain.CloseCase{Reason: "bored"}, rule: "case.unknown_reason", kind: domain.Invalid},
		{name: "a case is closed once", given: ended, when: domain.CloseCase{Reason: domain.PersonLeft}, rule: "case.ended"},
		{name: "a closed case is taken up again", given: ended, when: domain.ReopenCase{Reason: domain.PersonBack}, then: []string{"case.reopened"}},
		{name: "an open one is not", given: []domain.Event{opened()}, when: domain.ReopenCase{Reason: domain.PersonBack}, rule: "case.not_closed"},
		{name: "it is reopened for a reason of the list", given: ended, when: domain.ReopenCase{}, rule: "case.unknown_reason", kind: domain.Invalid},
		{name: "a case that is not there is not reopened", when: domain.ReopenCase{Reason: domain.PersonBack}, rule: "case.unknown", kind: domain.Missing},
		{name: "keys are destroyed for a reason", given: ended, when: domain.DestroyKeys{}, rule: "case.no_reason", kind: domain.Invalid},
		{name: "of a case that is there", when: domain.DestroyKeys{Reason: "retention", Synthetic: true}, rule: "case.unknown", kind: domain.Missing},
		{
			name:  "keys can be destroyed after the case has ended",
			given: []domain.Event{opened(), &domain.CaseClosed{Reason: domain.PersonLeft}},
			when:  domain.DestroyKeys{Reason: "retention", Synthetic: true},
			then:  []string{"case.keys_destroyed"},
		},
		{
			name:  "keys are destroyed once",
			given: []domain.Event{opened(), &domain.KeysDestroyed{Reason: "retention"}},
			when:  domain.DestroyKeys{Reason: "retention", Synthetic: true},
			rule:  "case.erased",
		},
	})
}

func TestStandingFollowsTheCase(t *testing.T) {
	t.Parallel()
	due := noon.Add(15 * 24 * time.Hour)
	type stand struct {
		stage  domain.Stage
		status domain.Status
		agency string
		open   bool
	}
	tests := []struct {
		name  string
		given []domain.Event
		want  stand
	}{
		{"after the first contact", []domain.Event{opened()}, stand{domain.Frontline, domain.FirstContact, "police", true}},
		{"after an adult's refusal", []domain.Event{opened(), &domain.ConsentRefused{Purpose: domain.ToScreening, Stops: true}}, stand{domain.Frontline, domain.ConsentDenied, "police", false}},
		{"after a form", []domain.Event{opened(), screened(domain.AdultBranch)}, stand{domain.Screening, domain.ToConclude, "police", true}},
		{"with reasonable grounds", []domain.Event{opened(), screened(domain.AdultBranch), &domain.ScreeningConcluded{Grounds: domain.GroundsYes, DueAt: &due}}, stand{domain.Identification, domain.AwaitingDecision, "police", true}},
		{"without grounds", []domain.Event{opened(), screened(domain.AdultBranch), concluded(domain.GroundsNo)}, stand{domain.Screening, domain.NoGrounds, "police", false}},
		{"after a hand over", []domain.Event{opened(), screened(domain.AdultBranch), sent("r1", "msdhs"), &domain.ReferralAccepted{Referral: "r1", From: "police", To: "msdhs"}}, stand{domain.Screening, domain.ToConclude, "msdhs", true}},
		{"as a victim", []domain.Event{opened(), screened(domain.AdultBranch), concluded(domain.GroundsYes), &domain.IdentificationDecided{Result: domain.InProtection}}, stand{domain.Protection, domain.InProtection, "police", true}},
		{"as not identified", []domain.Event{opened(), screened(domain.AdultBranch), concluded(domain.GroundsYes), &domain.IdentificationDecided{Result: domain.NotIdentified}}, stand{domain.Identification, domain.NotIdentified, "police", false}},
		{"reopened", append(presumed(), &domain.CaseClosed{}, &domain.CaseReopened{}), stand{domain.Identification, domain.AwaitingDecision, "police", true}},
		{"being reassessed", append(victim(), &domain.ReassessmentRequested{Of: domain.OnIdentification}), stand{domain.Identification, domain.Reassessing, "police", true}},
		{"being screened anew", []domain.Event{opened(), screened(domain.AdultBranch), concluded(domain.GroundsNo), &domain.ReassessmentRequested{Of: domain.OnConclusion}}, stand{domain.Screening, domain.ToConclude, "police", true}},
		{"when its keys are gone", append(presumed(), &domain.KeysDestroyed{}), stand{domain.Identification, domain.Erased, "police", false}},
		{"after a second form during identification", []domain.Event{opened(), screened(domain.AdultBranch), concluded(domain.GroundsYes), screened(domain.AdultBranch)}, stand{domain.Identification, domain.AwaitingDecision, "police", true}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := given(tt.given...).Standing
			if (stand{got.Stage, got.Status, got.Agency, got.Status.Open()}) != tt.want {
				t.Fatalf("got %+v, want %+v", got, tt.want)
			}
		})
	}
}

func TestReasonableGroundsStartTheTeamsClock(t *testing.T) {
	t.Parallel()
	s := given(opened(), screened(domain.AdultBranch))
	facts, err := decide(s, "police", domain.ConcludeScreening{Grounds: domain.GroundsYes, Reasons: domain.Reasons{Narrative: "n"}})
	if err != nil {
		t.Fatal(err)
	}
	after := domain.Fold(s, facts).Standing
	want := noon.Add(24*time.Hour + 15*24*time.Hour)
	if after.DueAt == nil || !after.DueAt.Equal(want) {
		t.Fatalf("due at %v, want %v", after.DueAt, want)
	}
}

func TestALimitThatIsNotSetMakesNoDeadline(t *testing.T) {
	t.Parallel()
	s := given(opened(), screened(domain.AdultBranch))
	facts, err := domain.Decide(s, domain.Request{HappenedAt: noon, Command: domain.ConcludeScreening{
		Grounds: domain.GroundsYes, Reasons: domain.Reasons{Narrative: "n"},
	}})
	if err != nil {
		t.Fatal(err)
	}
	if due := domain.Fold(s, facts).Standing.DueAt; due != nil {
		t.Fatalf("due at %v without a limit", due)
	}
}
