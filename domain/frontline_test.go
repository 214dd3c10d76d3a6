package domain_test

import (
	"testing"

	"songtor/domain"
)

var ended = []domain.Event{opened(), &domain.CaseClosed{Reason: domain.PersonLeft}}

func TestFirstContact(t *testing.T) {
	t.Parallel()
	open := []domain.Event{opened()}
	safety := domain.AssessSafety{Safety: domain.Safety{Danger: domain.InDanger}}
	rights := domain.GiveInformation{Topics: []string{"compensation"}}
	run(t, []scenario{
		{name: "an entry on a list is no negative number", when: domain.OpenCase{Reference: "R", Province: "TH-10", Entry: -1}, rule: "case.incomplete", kind: domain.Invalid},
		{name: "a need is recorded at any time", given: open, when: domain.RecordNeeds{Needs: []domain.Need{domain.NeedMedical}}, then: []string{"frontline.urgent_need_recorded"}},
		{name: "there is a need to record", given: open, when: domain.RecordNeeds{}, rule: "frontline.unknown_need", kind: domain.Invalid},
		{name: "a recorded need is one of the list", given: open, when: domain.RecordNeeds{Needs: []domain.Need{"money"}}, rule: "frontline.unknown_need", kind: domain.Invalid},
		{name: "no need is recorded on an ended case", given: ended, when: domain.RecordNeeds{Needs: []domain.Need{domain.NeedMedical}}, rule: "case.ended"},
		{name: "safety is assessed", given: open, when: safety, then: []string{"frontline.safety_assessed"}},
		{name: "in a degree of the list", given: open, when: domain.AssessSafety{Safety: domain.Safety{Danger: "hmm"}}, rule: "frontline.unknown_danger", kind: domain.Invalid},
		{name: "of a case that is there", when: safety, rule: "case.unknown", kind: domain.Missing},
		{name: "the person is told their rights", given: open, when: rights, then: []string{"frontline.information_given"}},
		{name: "which ones is written down", given: open, when: domain.GiveInformation{}, rule: "frontline.no_topic", kind: domain.Invalid},
		{name: "rights are told while the case is open", given: ended, when: rights, rule: "case.ended"},
	})
}

func TestDangerMakesACaseUrgentUntilItIsOver(t *testing.T) {
	t.Parallel()
	danger, safe := &domain.SafetyAssessed{Urgent: true}, &domain.SafetyAssessed{}
	for name, tt := range map[string]struct {
		given []domain.Event
		want  bool
	}{
		"at first":             {[]domain.Event{opened()}, false},
		"with an urgent need":  {[]domain.Event{opened(), &domain.UrgentNeedRecorded{}}, true},
		"in danger":            {[]domain.Event{opened(), danger}, true},
		"when the danger ends": {[]domain.Event{opened(), danger, safe}, false},
	} {
		if got := given(tt.given...).Standing.Urgent; got != tt.want {
			t.Errorf("%s: urgent is %t", name, got)
		}
	}
}
