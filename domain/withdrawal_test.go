package domain_test

import (
	"slices"
	"testing"

	"songtor/domain"
)

func TestAcknowledgingAWithdrawal(t *testing.T) {
	t.Parallel()
	told := []domain.Event{opened(), agreed(domain.ToReferral), screened(domain.AdultBranch), withdrew("w1", domain.ToReferral, "shelter", "ngo")}
	ack := domain.AcknowledgeWithdrawal{Withdrawal: "w1"}
	run(t, []scenario{
		{name: "a recipient gives word", given: told, by: "shelter", when: ack, then: []string{"consent.withdrawal_acknowledged"}},
		{name: "nobody else does", given: told, by: "hospital", when: ack, rule: "consent.not_waited_for"},
		{name: "once", given: append(slices.Clip(told), &domain.WithdrawalAcknowledged{Withdrawal: "w1", Agency: "shelter"}), by: "shelter", when: ack, rule: "consent.not_waited_for"},
		{name: "of a withdrawal that is there", given: told, by: "shelter", when: domain.AcknowledgeWithdrawal{Withdrawal: "w9"}, rule: "consent.withdrawal_unknown", kind: domain.Missing},
		{name: "also after the case has ended", given: append(slices.Clip(told), &domain.CaseClosed{}), by: "ngo", when: ack, then: []string{"consent.withdrawal_acknowledged"}},
		{
			name:  "and after the person has refused everything",
			given: append(slices.Clip(told), &domain.ConsentRefused{Purpose: domain.ToScreening, Stops: true}), by: "ngo", when: ack, then: []string{"consent.withdrawal_acknowledged"},
		},
		{name: "but not when the keys are gone", given: append(slices.Clip(told), &domain.KeysDestroyed{}), by: "ngo", when: ack, rule: "case.erased"},
	})
}

// What may go to nobody is not offered to be referred, for a child neither; what may go to one is.
func TestAfterAWithdrawalNoReferralIsOffered(t *testing.T) {
	t.Parallel()
	toOne := &domain.ConsentGiven{Purpose: domain.ToReferral, Recipient: "shelter"}
	for _, branch := range []domain.AgeBranch{domain.AdultBranch, domain.ChildBranch} {
		before := []domain.Event{opened(), agreed(domain.ToReferral), screened(branch)}
		after := append(slices.Clip(before), withdrew("w1", domain.ToReferral))
		for offered, events := range map[bool][][]domain.Event{true: {before, append(slices.Clip(after), toOne)}, false: {after}} {
			for _, e := range events {
				if slices.Contains(given(e...).Possible(), "refer") != offered {
					t.Errorf("%s, after %d events: refer is offered: %v", branch, len(e), !offered)
				}
			}
		}
	}
}

func TestAWithdrawalReachesEveryRecipientOnce(t *testing.T) {
	t.Parallel()
	s := given(
		opened(), agreed(domain.ToReferral), screened(domain.AdultBranch),
		sent("r1", "shelter"), accepted("shelter"),
		sent("r2", "hospital"),
		sent("r3", "ngo"), &domain.ReferralDeclined{Referral: "r3", From: "police", To: "ngo"},
		sent("r4", "shelter"),
	)
	facts, err := decide(s, "police", domain.WithdrawConsent{Purpose: domain.ToReferral})
	must(t, err)
	mustTell(t, facts, "shelter", "hospital")
}

// Whoever once had the data may hold it still: each must learn of the withdrawal and give word, and nothing is open to it any more.
func TestAWithdrawalReachesWhoeverEverHeldData(t *testing.T) {
	t.Parallel()
	s := given(
		opened(), agreed(domain.ToReferral), screened(domain.AdultBranch),
		sent("r1", "shelter"), accepted("shelter"),
		&domain.ReferralSent{Referral: "r2", From: "shelter", To: "onward"}, &domain.ReferralAccepted{Referral: "r2", From: "shelter", To: "onward"},
		&domain.ReferralDone{Referral: "r2", From: "shelter", To: "onward"},
		&domain.ServiceRequested{Service: "v1", Provider: "clinic", Data: domain.DataClasses()}, &domain.ServiceAccepted{Service: "v1", Provider: "clinic"},
		&domain.ServiceRequested{Service: "v2", Provider: "refused"}, &domain.ServiceAccepted{Service: "v2", Provider: "refused"},
		&domain.ServiceRefusedByPerson{Service: "v2"},
		&domain.ServiceRequested{Service: "v3", Provider: "asked"},
		&domain.ShelterPlaced{Placement: "p1", Provider: "left"}, &domain.ShelterLeft{Placement: "p1"},
		&domain.HandOverRequested{Request: "q1", By: "former"}, &domain.CaseTransferred{From: "shelter", To: "former", Request: "q1"},
		&domain.CaseTransferred{From: "former", To: "msdhs"},
	)
	facts, err := decide(s, "msdhs", domain.WithdrawConsent{Purpose: domain.ToReferral})
	must(t, err)
	everybody := []string{"shelter", "onward", "clinic", "refused", "left", "former", "msdhs", "asked"}
	mustTell(t, facts, everybody...)
	s = domain.Fold(s, facts)
	for _, agency := range everybody {
		if !waits(s, domain.TaskAcknowledge, agency) {
			t.Errorf("%s is not asked to give word", agency)
		}
	}
	for _, r := range s.Referrals {
		if r.Data != nil {
			t.Errorf("%s may still open %v", r.To, r.Data)
		}
	}
	if s.Services[0].Data != nil {
		t.Errorf("clinic may still open %v", s.Services[0].Data)
	}
	for _, agency := range everybody {
		word, err := decide(s, agency, domain.AcknowledgeWithdrawal{Withdrawal: "c1"})
		must(t, err)
		s = domain.Fold(s, word)
	}
	if len(s.Withdrawn[0].Waiting) > 0 || waits(s, domain.TaskAcknowledge, "shelter") {
		t.Errorf("still waiting for %v", s.Withdrawn[0].Waiting)
	}
}

func mustTell(t *testing.T, facts []domain.Fact, agencies ...string) {
	t.Helper()
	withdrawn, ok := facts[0].Event.(*domain.ConsentWithdrawn)
	if !ok || !slices.Equal(withdrawn.Recipients, agencies) {
		t.Fatalf("told are %+v, want %v", facts[0].Event, agencies)
	}
}

func waits(s domain.State, kind domain.TaskKind, agency string) bool {
	return slices.ContainsFunc(s.Standing.Tasks, func(t domain.Task) bool { return t.Kind == kind && t.Agency == agency })
}

// Who loses a part of what went along is told of it as of a withdrawal, and gives word; nobody else is.
func TestWhoLosesAPartIsTold(t *testing.T) {
	t.Parallel()
	all, contact := domain.DataClasses(), []domain.DataClass{domain.DataContact}
	sentAll := []domain.Event{
		opened(), agreed(domain.ToReferral), screened(domain.AdultBranch),
		&domain.ReferralSent{Referral: "r1", From: "police", To: "ngo", Data: all}, accepted("ngo"),
		&domain.ServiceRequested{Service: "v1", Provider: "hospital", Data: all},
		&domain.ServiceRequested{Service: "v2", Provider: "driver", Data: contact}, &domain.ServiceAccepted{Service: "v2", Provider: "driver"},
	}
	own := &domain.ConsentGiven{Purpose: domain.ToReferral, Recipient: "ngo"}
	tests := []struct {
		name  string
		given []domain.Event
		to    string
		data  []domain.DataClass
		told  []string
	}{
		{"all that hold more", sentAll, "", contact, []string{"ngo", "hospital"}},
		{"the one that it is about", sentAll, "ngo", contact, []string{"ngo"}},
		{"but who has a consent of its own", append(slices.Clip(sentAll), own), "", contact, []string{"hospital"}},
		{"but whom the case accuses", append(slices.Clip(sentAll), hospitalExcluded()), "", contact, []string{"ngo"}},
		{"nobody who holds no more", sentAll, "driver", contact, nil},
		{"nobody where all kinds may go", sentAll, "", nil, nil},
		{"nobody a second time", append(slices.Clip(sentAll), &domain.ConsentWithdrawn{
			Withdrawal: "w1", Purpose: domain.ToReferral, Left: contact, Recipients: []string{"ngo", "hospital"},
		}), "", contact, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := given(tt.given...)
			facts, err := decide(s, "police", domain.RecordConsent{Answer: domain.Answer{
				Purpose: domain.ToReferral, Agreed: true, Recipient: tt.to, Data: tt.data,
			}})
			must(t, err)
			if len(tt.told) > 0 {
				mustTell(t, facts, tt.told...)
			} else if len(facts) > 1 {
				t.Fatalf("somebody is told: %+v", facts[0].Event)
			}
			s = domain.Fold(s, facts)
			for _, agency := range tt.told {
				if !waits(s, domain.TaskAcknowledge, agency) {
					t.Errorf("%s is not asked to give word", agency)
				}
			}
		})
	}
}

// Whom the case accuses hears nothing of a withdrawal, and cannot go on as though there had been none when it no longer does.
func TestWhomTheCaseAccusedIsToldLater(t *testing.T) {
	t.Parallel()
	contact := []domain.DataClass{domain.DataContact}
	answer := func(p domain.Purpose, agreed bool, data ...domain.DataClass) domain.Command {
		return domain.RecordConsent{Answer: domain.Answer{Purpose: p, Agreed: agreed, Data: data}}
	}
	tests := []struct {
		name   string
		branch domain.AgeBranch
		when   domain.Command
		left   []domain.DataClass
	}{
		{"all of it", domain.AdultBranch, domain.WithdrawConsent{Purpose: domain.ToReferral}, nil},
		{"its own", domain.AdultBranch, domain.WithdrawConsent{Purpose: domain.ToReferral, Recipient: "hospital"}, nil},
		{"a part", domain.AdultBranch, answer(domain.ToReferral, true, contact...), contact},
		{"of whoever refuses everything", domain.AdultBranch, answer(domain.ToScreening, false), nil},
		{"a part, for a child", domain.ChildBranch, answer(domain.ToReferral, true, contact...), contact},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := given(
				opened(), agreed(domain.ToReferral), screened(tt.branch),
				&domain.ReferralSent{Referral: "r1", From: "police", To: "hospital", Data: domain.DataClasses()}, accepted("hospital"),
			)
			happens := func(agency, user string, c domain.Command) {
				r := request(agency, c)
				r.By.User = user
				facts, err := domain.Decide(s, r)
				must(t, err)
				s = domain.Fold(s, facts)
			}
			happens("ministry", "u1", exclude("hospital"))
			happens("police", "u1", tt.when)
			if got := s.Referrals[0].Data; !slices.Equal(got, tt.left) {
				t.Errorf("%v went along and is open", got)
			}
			if waits(s, domain.TaskAcknowledge, "hospital") || len(s.Withdrawn[0].Waiting) > 0 {
				t.Error("it is told while the case accuses it")
			}
			happens("ministry", "u1", domain.LiftExclusion{Exclusion: s.Exclusions[0].ID, Reason: "r"})
			happens("ministry", "u2", domain.ApproveLiftExclusion{Exclusion: s.Exclusions[0].ID})
			task, _ := task(s, "withdrawal_to_acknowledge:"+s.Withdrawn[0].ID+"/hospital")
			if due := now.Add(7 * day); task.Agency != "hospital" || task.DueAt == nil || !task.DueAt.Equal(due) || task.Source == "" {
				t.Fatalf("it has to give word as %+v, want by %v", task, due)
			}
			if next := s.Withdrawn[0].Due(); next == nil || !next.Equal(*task.DueAt) {
				t.Errorf("word is due by %v", next)
			}
			happens("hospital", "u3", domain.AcknowledgeWithdrawal{Withdrawal: s.Withdrawn[0].ID})
			if waits(s, domain.TaskAcknowledge, "hospital") {
				t.Error("it gave word and is asked again")
			}
		})
	}
}

// A lift names nobody but whom it lets know of something.
func TestALiftTellsNobodyWhoHasMissedNothing(t *testing.T) {
	t.Parallel()
	s := given(
		opened(), agreed(domain.ToReferral), screened(domain.AdultBranch), sent("r1", "hospital"), accepted("hospital"), hospitalExcluded(),
		withdrew("w1", domain.ToReferral), &domain.LiftRequested{Exclusion: "x-hospital", User: "u2"},
		&domain.ExclusionSet{Exclusion: "x2", Token: "x2", Accused: private(domain.Accused{Account: "u7"})}, &domain.LiftRequested{Exclusion: "x2", User: "u2"},
	)
	for exclusion, limited := range map[string]bool{"x-hospital": true, "x2": false} {
		facts, err := decide(s, "ministry", domain.ApproveLiftExclusion{Exclusion: exclusion})
		must(t, err)
		lifted := facts[0].Event.(*domain.ExclusionLifted)
		if (lifted.Told == "hospital") != limited || (lifted.DueAt != nil) != limited || (lifted.Source != "") != limited {
			t.Errorf("%s: %+v", exclusion, lifted)
		}
	}
}

// The time in which an agency could not give word, since the case accused it, is not held against it.
func TestWhomTheCaseAccusedHasTheWholeTimeForItsWord(t *testing.T) {
	t.Parallel()
	s := given(opened(), agreed(domain.ToReferral), screened(domain.AdultBranch), sent("r1", "hospital"), accepted("hospital"))
	taken, err := decide(s, "police", domain.WithdrawConsent{Purpose: domain.ToReferral})
	must(t, err)
	s = domain.Fold(s, append(taken, happened(hospitalExcluded(), &domain.LiftRequested{Exclusion: "x-hospital", User: "u2"})...))
	late := request("ministry", domain.ApproveLiftExclusion{Exclusion: "x-hospital"})
	late.HappenedAt = now.Add(30 * day)
	lifted, err := domain.Decide(s, late)
	must(t, err)
	s = domain.Fold(s, lifted)
	got, _ := task(s, "withdrawal_to_acknowledge:"+s.Withdrawn[0].ID+"/hospital")
	if due := late.HappenedAt.Add(7 * day); got.DueAt == nil || !got.DueAt.Equal(due) || len(s.Withdrawn[0].Waiting) != 1 {
		t.Errorf("it has until %v, want %v; %v are waited for", got.DueAt, due, s.Withdrawn[0].Waiting)
	}
}
