package domain_test

import (
	"testing"

	"songtor/domain"
)

func TestStandingByAPerson(t *testing.T) {
	t.Parallel()
	open := []domain.Event{opened()}
	guardian := domain.AppointRepresentative{Kind: domain.ParentOrGuardian, Representative: domain.Representative{Name: "n"}}
	interests := domain.AssessInterests{Interests: domain.Interests{Summary: "s", Views: "v"}}
	run(t, []scenario{
		{name: "a guardian is appointed", given: open, when: guardian, then: []string{"support.representative_appointed"}},
		{name: "in a capacity of the list", given: open, when: domain.AppointRepresentative{Kind: "uncle", Representative: guardian.Representative}, rule: "support.unknown_kind", kind: domain.Invalid},
		{name: "with a name", given: open, when: domain.AppointRepresentative{Kind: domain.ParentOrGuardian}, rule: "support.no_name", kind: domain.Invalid},
		{name: "while the case is open", given: ended, when: guardian, rule: "case.ended"},
		{name: "best interests are assessed", given: open, when: interests, then: []string{"support.interests_assessed"}},
		{name: "and the child is heard", given: open, when: domain.AssessInterests{Interests: domain.Interests{Summary: "s"}}, rule: "support.incomplete_assessment", kind: domain.Invalid},
		{name: "with an outcome", given: open, when: domain.AssessInterests{Interests: domain.Interests{Views: "v"}}, rule: "support.incomplete_assessment", kind: domain.Invalid},
		{name: "in a case that is there", when: interests, rule: "case.unknown", kind: domain.Missing},
	})
}

func TestASupportPersonIsNoGuardian(t *testing.T) {
	t.Parallel()
	for kind, want := range map[domain.RepresentativeKind]bool{
		domain.ParentOrGuardian: true, domain.AppointedByState: true, domain.SupportPerson: false,
	} {
		if s := given(opened(), &domain.RepresentativeAppointed{Kind: private(kind)}); s.Guardian != want {
			t.Errorf("%s: guardian is %t", kind, s.Guardian)
		}
	}
	if s := given(opened(), &domain.RepresentativeAppointed{}); s.Guardian {
		t.Error("a capacity that cannot be opened counts as a guardian")
	}
}
