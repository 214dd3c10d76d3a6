package domain_test

import (
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"songtor/domain"
)

func yes(p domain.Purpose) domain.Answer { return domain.Answer{Purpose: p, Agreed: true} }

func no(p domain.Purpose) domain.Answer { return domain.Answer{Purpose: p} }

func withdrew(id string, p domain.Purpose, recipients ...string) domain.Event {
	return &domain.ConsentWithdrawn{Withdrawal: id, Purpose: p, Recipients: recipients}
}

// accepted is the answer to the referral r1.
func accepted(to string) domain.Event {
	return &domain.ReferralAccepted{Referral: "r1", From: "police", To: to}
}

func TestConsent(t *testing.T) {
	t.Parallel()
	adult := []domain.Event{opened(), agreed(domain.ToReferral), screened(domain.AdultBranch)}
	run(t, []scenario{
		{
			name: "each purpose is asked for by itself", given: []domain.Event{opened()},
			when: domain.RecordConsent{Answer: yes(domain.ToSupport)}, then: []string{"consent.given"},
		},
		{
			name: "a refusal is recorded", given: []domain.Event{opened()},
			when: domain.RecordConsent{Answer: no(domain.ToSupport)}, then: []string{"consent.refused"},
		},
		{
			name: "a case that does not exist is asked nothing",
			when: domain.RecordConsent{Answer: yes(domain.ToSupport)}, rule: "case.unknown", kind: domain.Missing,
		},
		{
			name: "a purpose is one of the list", given: []domain.Event{opened()},
			when: domain.RecordConsent{Answer: yes("marketing")}, rule: "consent.unknown_purpose", kind: domain.Invalid,
		},
		{
			name: "a kind of data is one of the list", given: []domain.Event{opened()},
			when: domain.RecordConsent{Answer: domain.Answer{Purpose: domain.ToReferral, Agreed: true, Data: []domain.DataClass{"dna"}}},
			rule: "consent.unknown_data", kind: domain.Invalid,
		},
		{
			name: "a consent does not begin when it is over", given: []domain.Event{opened()},
			when: domain.RecordConsent{Answer: domain.Answer{Purpose: domain.ToReferral, Agreed: true, Until: new(now)}},
			rule: "consent.over_already", kind: domain.Invalid,
		},
		{
			name: "nobody is screened for one recipient", given: []domain.Event{opened()},
			when: domain.RecordConsent{Answer: domain.Answer{Purpose: domain.ToScreening, Agreed: true, Recipient: "ngo"}},
			rule: "consent.screening_has_no_recipient", kind: domain.Invalid,
		},
		{
			name: "what was given is withdrawn, not refused", given: []domain.Event{opened(), agreed(domain.ToSupport)},
			when: domain.RecordConsent{Answer: no(domain.ToSupport)}, rule: "consent.withdraw_instead",
		},
		{
			name: "what was not given cannot be withdrawn", given: []domain.Event{opened()},
			when: domain.WithdrawConsent{Purpose: domain.ToReferral}, rule: "consent.not_given",
		},
		{
			name: "nothing is withdrawn from a case whose keys are gone", given: []domain.Event{opened(), agreed(domain.ToSupport), &domain.KeysDestroyed{}},
			when: domain.WithdrawConsent{Purpose: domain.ToSupport}, rule: "case.erased",
		},
		{
			name: "a withdrawal revokes what is pending", given: append(slices.Clip(adult), sent("r1", "shelter"), sent("r2", "hospital")),
			when: domain.WithdrawConsent{Purpose: domain.ToReferral}, then: []string{"consent.withdrawn", "referral.revoked", "referral.revoked"},
		},
		{
			name: "of one recipient alone where the person says so", given: append(slices.Clip(adult), sent("r1", "shelter"), sent("r2", "hospital")),
			when: domain.WithdrawConsent{Purpose: domain.ToReferral, Recipient: "shelter"}, then: []string{"consent.withdrawn", "referral.revoked"},
		},
		{
			name: "a consent can be withdrawn after the case has ended", given: []domain.Event{opened(), agreed(domain.ToSharing), &domain.CaseClosed{Reason: domain.PersonLeft}},
			when: domain.WithdrawConsent{Purpose: domain.ToSharing}, then: []string{"consent.withdrawn"},
		},
		{
			name: "a form that says no to what was agreed takes it back", given: append(slices.Clip(adult), agreed(domain.ToScreening), sent("r1", "shelter")),
			when: domain.RecordScreening{Screening: "s2", Content: content(domain.AdultBranch), Consents: []domain.Answer{no(domain.ToReferral)}},
			then: []string{"consent.withdrawn", "referral.revoked", "screening.recorded"},
		},
		{
			name: "an adult who turns out to be one and refuses is recalled everywhere",
			given: []domain.Event{
				opened(), screened(domain.MayBeChild), sent("r1", "shelter"), accepted("shelter"), sent("r2", "hospital"),
				&domain.ScreeningCorrected{Screening: "s1", Findings: private(domain.Findings{Branch: domain.AdultBranch})},
			},
			when: domain.RecordConsent{Answer: no(domain.ToScreening)},
			then: []string{"consent.withdrawn", "referral.revoked", "consent.refused", "consent.notice_left"},
		},
	})
}

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

func TestAGrantAllowsWhatItSays(t *testing.T) {
	t.Parallel()
	grant := func(recipient string, until *time.Time, data ...domain.DataClass) domain.Event {
		return &domain.ConsentGiven{Purpose: domain.ToReferral, Recipient: recipient, Until: until, Data: data}
	}
	adult, child := screened(domain.AdultBranch), screened(domain.ChildBranch)
	tests := []struct {
		name  string
		given []domain.Event
		want  []domain.DataClass
	}{
		{"an adult who was not asked", []domain.Event{opened(), adult}, nil},
		{"all of it", []domain.Event{opened(), adult, grant("", nil)}, domain.DataClasses()},
		{"some kinds", []domain.Event{opened(), adult, grant("", nil, domain.DataHealth)}, []domain.DataClass{domain.DataHealth}},
		{"one recipient more narrowly", []domain.Event{opened(), adult, grant("", nil), grant("ngo", nil, domain.DataHealth)}, []domain.DataClass{domain.DataHealth}},
		{"another recipient", []domain.Event{opened(), adult, grant("shelter", nil)}, nil},
		{"until a day that has come", []domain.Event{opened(), adult, grant("", new(now))}, nil},
		{"until a day to come", []domain.Event{opened(), adult, grant("", new(now.Add(1)))}, domain.DataClasses()},
		{"one recipient's was withdrawn", []domain.Event{opened(), adult, grant("", nil), &domain.ConsentWithdrawn{Purpose: domain.ToReferral, Recipient: "ngo"}}, nil},
		{"a child", []domain.Event{opened(), child}, domain.DataClasses()},
		{"a child who refused", []domain.Event{opened(), child, &domain.ConsentRefused{Purpose: domain.ToReferral}}, domain.DataClasses()},
		{"a child whose consent was withdrawn", []domain.Event{opened(), child, grant("", nil), withdrew("w", domain.ToReferral)}, nil},
		{"a refusal after that opens nothing", []domain.Event{opened(), child, grant("", nil), withdrew("w", domain.ToReferral), &domain.ConsentRefused{Purpose: domain.ToReferral}}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := given(tt.given...).Allowed("ngo", now); !slices.Equal(got, tt.want) {
				t.Fatalf("got %v, want %v", got, tt.want)
			}
		})
	}
}

func TestALaterConsentToLessClosesTheRest(t *testing.T) {
	t.Parallel()
	all, contact := domain.DataClasses(), []domain.DataClass{domain.DataContact}
	to := func(recipient string, data ...domain.DataClass) *domain.ConsentGiven {
		return &domain.ConsentGiven{Purpose: domain.ToReferral, Recipient: recipient, Data: data}
	}
	sentAll := []domain.Event{
		opened(), agreed(domain.ToReferral), screened(domain.AdultBranch),
		&domain.ReferralSent{Referral: "r1", From: "police", To: "ngo", Data: all}, &domain.ReferralAccepted{Referral: "r1", From: "police", To: "ngo"},
		&domain.ServiceRequested{Service: "v1", Provider: "clinic", Data: all}, &domain.ServiceAccepted{Service: "v1", Provider: "clinic"},
	}
	again := &domain.ReferralSent{Referral: "r2", From: "police", To: "ngo", Data: all}
	tests := []struct {
		name        string
		then        []domain.Event
		ngo, clinic []domain.DataClass
	}{
		{"to every agency", []domain.Event{to("", contact...)}, contact, contact},
		{"to one of them", []domain.Event{to("ngo", contact...)}, contact, all},
		{"to every agency but one that has its own", []domain.Event{to("ngo"), to("", contact...)}, all, contact},
		{"to nobody that has it", []domain.Event{to("shelter", contact...)}, all, all},
		{"to all kinds again", []domain.Event{to("ngo", contact...), to("ngo")}, contact, all},
		{"to something that was not sent", []domain.Event{to("ngo", contact...), to("ngo", domain.DataHealth)}, nil, all},
		{"to something else than referral", []domain.Event{&domain.ConsentGiven{Purpose: domain.ToSupport, Data: contact}}, all, all},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := given(slices.Concat(sentAll, tt.then)...)
			if ngo, clinic := s.Referrals[0].Data, s.Services[0].Data; !slices.Equal(ngo, tt.ngo) || !slices.Equal(clinic, tt.clinic) {
				t.Errorf("ngo may open %v, want %v; clinic %v, want %v", ngo, tt.ngo, clinic, tt.clinic)
			}
			s = domain.Fold(s, happened(again))
			if got := s.Referrals[1].Data; !slices.Equal(got, all) {
				t.Errorf("of what was sent after it %v may be opened", got)
			}
		})
	}
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

// The notice of a refusal consists of codes. No field of it could hold a name, a text or an id.
func TestTheNoticeOfARefusalCanTellNobody(t *testing.T) {
	t.Parallel()
	want := map[string]reflect.Type{"Purpose": reflect.TypeFor[domain.Purpose](), "Province": reflect.TypeFor[string]()}
	notice := reflect.TypeFor[domain.NoticeLeft]()
	for i := range notice.NumField() {
		f := notice.Field(i)
		if f.Anonymous && f.Type.NumField() == 1 && f.Type.Field(0).Type.NumField() == 0 {
			continue // the version of the event
		}
		if want[f.Name] != f.Type {
			t.Errorf("field %s of type %s", f.Name, f.Type)
		}
		delete(want, f.Name)
	}
	if len(want) > 0 {
		t.Errorf("missing are %v", want)
	}
	if e := new(domain.NoticeLeft); len(e.Privates()) > 0 {
		t.Error("it has sealed parts")
	}
}

// Whatever a form held of an adult who refused, nothing of it is in the commit: not in clear and not sealed.
func TestTheCommitOfARefusalHoldsNothingOfTheForm(t *testing.T) {
	t.Parallel()
	tell := domain.ConsentDetails{Language: "tha", Interpreter: planted, Witness: planted, Reason: planted}
	for name, answers := range map[string][]domain.Answer{
		"a plain refusal":               {{Purpose: domain.ToScreening, Details: tell}},
		"after other answers":           {{Purpose: domain.ToSupport, Agreed: true, Details: tell}, {Purpose: domain.ToScreening, Details: tell}},
		"with other answers after it":   {{Purpose: domain.ToScreening, Details: tell}, {Purpose: domain.ToSupport, Agreed: true, Details: tell}},
		"a refusal and an agreement":    {{Purpose: domain.ToScreening, Details: tell}, {Purpose: domain.ToScreening, Agreed: true, Details: tell}},
		"refused after another refusal": {{Purpose: domain.ToReferral, Details: tell}, {Purpose: domain.ToScreening, Details: tell}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			findings := domain.Findings{Branch: domain.AdultBranch, ILO: []string{planted}}
			facts, err := decide(domain.State{}, "police", domain.RecordScreening{
				Opening:   &domain.OpenCase{Reference: "R", Province: "TH-10", Incident: "i", Entry: 17, Needs: []domain.Need{domain.NeedMedical}},
				Screening: planted, Form: domain.FormRef{Name: planted, Hash: planted}, Consents: answers,
				Content: domain.Content{Answers: private(planted), Categories: private(planted), Findings: findings},
			})
			must(t, err)
			mustHappen(t, facts, []string{"case.opened", "consent.refused", "consent.notice_left"})
			for _, f := range facts {
				mustTellNothing(t, f.Event)
			}
		})
	}
}

func mustTellNothing(t *testing.T, e domain.Event) {
	t.Helper()
	for _, p := range e.Privates() {
		if !p.Empty() {
			t.Errorf("%s has a sealed part", e.EventType())
		}
	}
	wire, err := json.Marshal(e)
	must(t, err)
	if strings.Contains(string(wire), planted) || strings.Contains(string(wire), "17") {
		t.Errorf("%s says %s", e.EventType(), wire)
	}
}
