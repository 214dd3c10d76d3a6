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
