package domain_test

import (
	"slices"
	"testing"
	"time"

	"songtor/domain"
)

const mine = "a limit for the test"

// Every kind of task: who waits, since when, by when, and by which source.
func TestWhatACaseWaitsFor(t *testing.T) {
	t.Parallel()
	due := new(noon.Add(5 * day))
	at := func(minutes int) time.Time { return noon.Add(time.Duration(minutes) * time.Minute) }
	form := &domain.ScreeningRecorded{Screening: "s1", DueAt: due, Source: mine, Findings: private(domain.Findings{Branch: domain.AdultBranch})}
	grounds := &domain.ScreeningConcluded{Grounds: domain.GroundsYes, DueAt: due, Source: mine}
	tests := []struct {
		name  string
		given []domain.Event
		id    string
		want  domain.Task
	}{
		{"a first contact to screen", []domain.Event{opened()}, "first_contact_to_screen", domain.Task{Agency: "police", Since: at(0)}},
		{"of the person who has the case", []domain.Event{opened(), &domain.CaseAssigned{Agency: "police", Assignee: "u1"}}, "first_contact_to_screen", domain.Task{Agency: "police", Assignee: "u1", Since: at(0)}},
		{"a screening to conclude", []domain.Event{opened(), form}, "screening_to_conclude", domain.Task{Agency: "police", Since: at(1), DueAt: due, Source: mine}},
		{"an unclear one still", []domain.Event{opened(), form, concluded(domain.GroundsUnclear)}, "screening_to_conclude", domain.Task{Agency: "police", Since: at(1), DueAt: due, Source: mine}},
		{"an identification to decide", []domain.Event{opened(), form, grounds}, "identification_to_decide", domain.Task{Agency: "police", Since: at(2), DueAt: due, Source: mine}},
		{"one to decide anew", append(victim(), &domain.ReassessmentRequested{Of: domain.OnIdentification, DueAt: due, Source: mine}), "identification_to_decide", domain.Task{Agency: "police", Since: at(4), DueAt: due, Source: mine}},
		{"a conclusion to draw anew", []domain.Event{opened(), form, concluded(domain.GroundsNo), &domain.ReassessmentRequested{Of: domain.OnConclusion}}, "screening_to_conclude", domain.Task{Agency: "police", Since: at(3)}},
		{"a member's finding", append(presumed(), convened(domain.Member{Agency: "ngo", User: "u7"})), "finding_to_give:t1/ngo/u7", domain.Task{Agency: "ngo", Assignee: "u7", Ref: "t1/ngo/u7", Other: "police", Since: at(3)}},
		{"a referral to answer", []domain.Event{opened(), &domain.ReferralSent{Referral: "r1", From: "police", To: "ngo", DueAt: due, Source: mine}}, "referral_to_answer:r1", domain.Task{Agency: "ngo", Ref: "r1", Other: "police", Since: at(1), DueAt: due, Source: mine}},
		{"one to complete", []domain.Event{opened(), &domain.ReferralSent{Referral: "r1", From: "police", To: "ngo"}, accepted("ngo")}, "referral_to_complete:r1", domain.Task{Agency: "ngo", Ref: "r1", Other: "police", Since: at(2)}},
		{"a declined one to send to another", []domain.Event{opened(), sent("r1", "ngo"), &domain.ReferralDeclined{Referral: "r1"}}, "referral_declined:r1", domain.Task{Agency: "police", Ref: "r1", Other: "ngo", Since: at(2)}},
		{"a request for the case", []domain.Event{opened(), &domain.HandOverRequested{Request: "q1", By: "ngo", DueAt: due, Source: mine}}, "hand_over_to_answer:q1", domain.Task{Agency: "police", Ref: "q1", Other: "ngo", Since: at(1), DueAt: due, Source: mine}},
		{"a withdrawal to acknowledge", []domain.Event{opened(), &domain.ConsentWithdrawn{Withdrawal: "w1", Recipients: []string{"ngo"}, DueAt: due, Source: mine}}, "withdrawal_to_acknowledge:w1/ngo", domain.Task{Agency: "ngo", Ref: "w1", Other: "police", Since: at(1), DueAt: due, Source: mine}},
		{"also when the case is closed", append(slices.Clip(ended), withdrew("w1", domain.ToSharing, "ngo")), "withdrawal_to_acknowledge:w1/ngo", domain.Task{Agency: "ngo", Ref: "w1", Other: "police", Since: at(2)}},
		{"a service to answer", []domain.Event{opened(), &domain.ServiceRequested{Service: "v1", By: "police", Provider: "clinic", DueAt: due, Source: mine}}, "service_to_answer:v1", domain.Task{Agency: "clinic", Ref: "v1", Other: "police", Since: at(1), DueAt: due, Source: mine}},
		{"one to deliver", []domain.Event{opened(), service(), &domain.ServiceAccepted{Service: "v1"}}, "service_to_deliver:v1", domain.Task{Agency: "clinic", Ref: "v1", Other: "police", Since: at(2)}},
		{"a declined one to ask of another", []domain.Event{opened(), service(), &domain.ServiceDeclined{Service: "v1"}}, "service_declined:v1", domain.Task{Agency: "police", Ref: "v1", Since: at(2)}},
		{"the end of a period", []domain.Event{opened(), &domain.PeriodStarted{Period: domain.Section29, EndsAt: due, Source: mine}}, "period_ends:section_29", domain.Task{Agency: "police", Ref: "section_29", Since: at(1), DueAt: due, Source: mine}},
		{"a paused one to go on", []domain.Event{opened(), started(domain.Section29), paused(domain.Section29)}, "period_paused:section_29", domain.Task{Agency: "police", Ref: "section_29", Since: at(2)}},
		{"a plan to agree", victim(), "plan_to_agree", domain.Task{Agency: "police", Since: at(3)}},
		{"a plan to look at again", append(victim(), &domain.PlanAgreed{Plan: "p1", DueAt: due, Source: mine}), "plan_to_review:p1", domain.Task{Agency: "police", Ref: "p1", Since: at(4), DueAt: due, Source: mine}},
		{"a risk to look at again", []domain.Event{opened(), &domain.RiskAssessed{Assessment: "a1", DueAt: due, Source: mine}}, "risk_to_review:a1", domain.Task{Agency: "police", Ref: "a1", Since: at(1), DueAt: due, Source: mine}},
		{"a return to complete", append(victim(), &domain.ReturnArranged{Own: true}), "return_to_complete", domain.Task{Agency: "police", Since: at(3)}},
		{"a first follow-up", append(victim(), &domain.ReturnArranged{Own: true}, &domain.ReturnCompleted{DueAt: due, Source: mine}), "follow_up", domain.Task{Agency: "police", Since: at(5), DueAt: due, Source: mine}},
		{"another", append(victim(), &domain.FollowedUp{FollowUp: "f1", DueAt: due, Source: mine}), "follow_up:f1", domain.Task{Agency: "police", Ref: "f1", Since: at(4), DueAt: due, Source: mine}},
		{"a claim to take further", append(victim(), &domain.ClaimFiled{Claim: "m1"}), "claim_to_advance:m1", domain.Task{Agency: "police", Ref: "m1", Since: at(4)}},
		{"a disagreement to settle", []domain.Event{opened(), disputed(domain.OnAnswer, domain.TwoAnswers{})}, "disagreement_to_settle:d1", domain.Task{Agency: "police", Ref: "d1", Since: at(1)}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := given(tt.given...)
			got, ok := task(s, tt.id)
			if !ok {
				t.Fatalf("waits for %+v", s.Standing.Tasks)
			}
			same := got.Agency == tt.want.Agency && got.Assignee == tt.want.Assignee && got.Ref == tt.want.Ref && got.Other == tt.want.Other &&
				got.Since.Equal(tt.want.Since) && sameTime(got.DueAt, tt.want.DueAt) && got.Source == tt.want.Source && got.Missed == 0
			if !same {
				t.Fatalf("got %+v, want %+v", got, tt.want)
			}
		})
	}
}

func sameTime(a, b *time.Time) bool {
	return a == nil && b == nil || a != nil && b != nil && a.Equal(*b)
}

func TestWhatACaseNoLongerWaitsFor(t *testing.T) {
	t.Parallel()
	plan := append(victim(), &domain.PlanAgreed{Plan: "p1"})
	for name, tt := range map[string]struct {
		given []domain.Event
		want  []domain.TaskKind
	}{
		"a closed case":                                {ended, nil},
		"a case whose keys are gone":                   {append(slices.Clip(ended), withdrew("w1", domain.ToSharing, "ngo"), disputed(domain.OnAnswer, domain.TwoAnswers{}), &domain.KeysDestroyed{}), nil},
		"nobody who was turned away":                   {[]domain.Event{opened(), screened(domain.AdultBranch), concluded(domain.GroundsNo)}, nil},
		"an adult who refused":                         {[]domain.Event{opened(), &domain.ConsentRefused{Purpose: domain.ToScreening, Stops: true}}, nil},
		"a plan without a date":                        {plan, nil},
		"a finding that was given":                     {append(presumed(), convened(domain.Member{Agency: "ngo"}), found("ngo", "", domain.CannotTell)), []domain.TaskKind{domain.TaskDecide}},
		"a declined referral that went on":             {append(slices.Clip(plan), sent("r1", "ngo"), &domain.ReferralDeclined{Referral: "r1"}, sent("r2", "clinic"), &domain.ReferralDone{Referral: "r2"}), nil},
		"a declined one whose sender is gone":          {append(slices.Clip(plan), sent("r1", "ngo"), &domain.ReferralDeclined{Referral: "r1"}, &domain.CaseTransferred{To: "msdhs"}), nil},
		"a declined service that was replaced":         {append(slices.Clip(plan), service(), &domain.ServiceDeclined{Service: "v1"}, &domain.ServiceRequested{Service: "v2", Replaces: "v1"}, &domain.ServiceRefusedByPerson{Service: "v2"}), nil},
		"a referral by which the case was handed over": {append(slices.Clip(plan), sent("r1", "ngo"), accepted("ngo")), nil},
		"a paid claim":                                 {append(slices.Clip(plan), &domain.ClaimFiled{Claim: "m1"}, &domain.ClaimAdvanced{Claim: "m1", Step: domain.ClaimPaid}), nil},
	} {
		var got []domain.TaskKind
		for _, task := range given(tt.given...).Standing.Tasks {
			got = append(got, task.Kind)
		}
		if !slices.Equal(got, tt.want) {
			t.Errorf("%s: waits for %v, want %v", name, got, tt.want)
		}
	}
}

// The reflection period comes first: the team's decision is not due before it ends, and has no date while nobody knows when that is.
func TestTheDecisionIsNotDueWhileThePersonReflects(t *testing.T) {
	t.Parallel()
	decideBy := noon.Add(15 * day)
	base := []domain.Event{opened(), screened(domain.AdultBranch), &domain.ScreeningConcluded{Grounds: domain.GroundsYes, DueAt: &decideBy, Source: mine}}
	reflect := func(ends *time.Time) domain.Event {
		return &domain.PeriodStarted{Period: domain.Reflection, EndsAt: ends, Source: "s. of the reflection"}
	}
	sooner, later := noon.Add(3*day), noon.Add(20*day)
	for name, tt := range map[string]struct {
		after  []domain.Event
		want   *time.Time
		source string
	}{
		"no reflection":                        {nil, &decideBy, mine},
		"a reflection that ends before":        {[]domain.Event{reflect(&sooner)}, &decideBy, mine},
		"one that ends after":                  {[]domain.Event{reflect(&later)}, &later, "s. of the reflection"},
		"one that is paused":                   {[]domain.Event{reflect(&later), paused(domain.Reflection)}, nil, ""},
		"one without an end":                   {[]domain.Event{reflect(nil)}, nil, ""},
		"one that goes on":                     {[]domain.Event{reflect(&sooner), paused(domain.Reflection), &domain.PeriodResumed{Period: domain.Reflection, EndsAt: &later}}, &later, "s. of the reflection"},
		"one that the person ended":            {[]domain.Event{reflect(&later), &domain.PeriodEnded{Period: domain.Reflection}}, &decideBy, mine},
		"protection under s.29 changes it not": {[]domain.Event{started(domain.Section29), paused(domain.Section29)}, &decideBy, mine},
	} {
		got, ok := task(given(append(slices.Clip(base), tt.after...)...), "identification_to_decide")
		if !ok || !sameTime(got.DueAt, tt.want) || got.Source != tt.source {
			t.Errorf("%s: due at %v by %q, want %v", name, got.DueAt, got.Source, tt.want)
		}
	}
}

func TestACaseIsDueWhenTheFirstOfItsTasksIs(t *testing.T) {
	t.Parallel()
	first, second := noon.Add(2*day), noon.Add(3*day)
	s := given(append(victim(),
		&domain.PlanAgreed{Plan: "p1", DueAt: &second, Source: mine}, &domain.RiskAssessed{Assessment: "a1", DueAt: &first, Source: mine},
	)...)
	if !sameTime(s.Standing.DueAt, &first) {
		t.Fatalf("due at %v", s.Standing.DueAt)
	}
	if s = given(opened()); s.Standing.DueAt != nil {
		t.Fatalf("a case without dates is due at %v", s.Standing.DueAt)
	}
}

func TestMissingADeadline(t *testing.T) {
	t.Parallel()
	due := noon.Add(5 * day)
	waiting := []domain.Event{opened(), &domain.ReferralSent{Referral: "r1", From: "police", To: "ngo", DueAt: &due, Source: mine}}
	missed := func(level int) []domain.Event {
		return append(slices.Clip(waiting), &domain.DeadlineMissed{Task: "referral_to_answer:r1", DueAt: due, Level: level})
	}
	miss := domain.MissDeadline{Task: "referral_to_answer:r1", DueAt: due}
	then := []string{"case.deadline_missed"}
	run(t, []scenario{
		{name: "a deadline is missed to the second", given: waiting, at: due, when: miss, then: then},
		{name: "not a moment before", given: waiting, at: due.Add(-1), when: miss, rule: "deadline.not_due"},
		{name: "once", given: missed(1), at: due, when: miss, rule: "deadline.recorded_already"},
		{name: "and again at the next step of the ladder", given: missed(1), at: due.Add(day), when: miss, then: then},
		{name: "steps that nobody recorded are left out", given: waiting, at: due.Add(9 * day), when: miss, then: then},
		{name: "at the top there is no further one", given: missed(4), at: due.Add(99 * day), when: miss, rule: "deadline.recorded_already"},
		{name: "what is done is not missed", given: append(slices.Clip(waiting), accepted("ngo")), at: due, when: miss, rule: "deadline.not_waited_for"},
		{name: "nor what is due at another time", given: waiting, at: due, when: domain.MissDeadline{Task: "referral_to_answer:r1", DueAt: noon}, rule: "deadline.not_waited_for"},
		{name: "nor what has no date", given: []domain.Event{opened()}, at: due, when: domain.MissDeadline{Task: "first_contact_to_screen"}, rule: "deadline.not_waited_for"},
		{name: "nor anything of a case that is not there", at: due, when: miss, rule: "case.unknown", kind: domain.Missing},
	})
}

func TestAMissedDeadlineClimbsTheLadder(t *testing.T) {
	t.Parallel()
	due := noon.Add(5 * day)
	s := given(opened(), &domain.ReferralSent{Referral: "r1", From: "police", To: "ngo", DueAt: &due, Source: mine})
	for i, rung := range domain.Rungs() {
		r := request("keeper", domain.MissDeadline{Task: "referral_to_answer:r1", DueAt: due})
		r.HappenedAt = *r.Limits.Next(due, i)
		facts, err := domain.Decide(s, r)
		must(t, err)
		s = domain.Fold(s, facts)
		if got := s.Standing.Tasks[1]; got.Missed != i+1 || got.Rung != rung {
			t.Fatalf("step %d: %d, %s", i, got.Missed, got.Rung)
		}
	}
	if next := testLimits().Next(due, len(domain.Rungs())); next != nil {
		t.Fatalf("there is a step after the last, at %s", next)
	}
	s = domain.Fold(s, []domain.Fact{{HappenedAt: noon, Event: &domain.ReferralRevoked{Referral: "r1"}}, {HappenedAt: noon, Event: sent("r2", "ngo")}})
	if got := s.Standing.Tasks[1]; got.Missed != 0 {
		t.Fatalf("a new task begins as missed: %+v", got)
	}
}

func TestAPeriodThatWasExtendedIsNotMissedAnyMore(t *testing.T) {
	t.Parallel()
	ends := noon.Add(15 * day)
	s := given(opened(), started(domain.Section29), &domain.DeadlineMissed{Task: "period_ends:section_29", DueAt: ends, Level: 2, Rung: domain.ToSupervisor},
		&domain.PeriodExtended{Period: domain.Section29, EndsAt: ends.Add(day)})
	if got, _ := task(s, "period_ends:section_29"); got.Missed != 0 || got.Rung != "" {
		t.Fatalf("got %+v", got)
	}
}
