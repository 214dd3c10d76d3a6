package domain_test

import (
	"testing"

	"songtor/domain"
)

func TestTheBenefitOfTheDoubtOnAge(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		under18 string
		age     *int
		want    domain.AgeBranch
	}{
		{"a child says so", "yes", nil, domain.ChildBranch},
		{"a child with an age", "yes", new(15), domain.ChildBranch},
		{"an adult says so", "no", nil, domain.AdultBranch},
		{"an adult with an age", "no", new(18), domain.AdultBranch},
		{"nobody knows", "unsure", nil, domain.MayBeChild},
		{"not answered", "", nil, domain.MayBeChild},
		{"says adult, age says child", "no", new(16), domain.MayBeChild},
		{"says child, age says adult", "yes", new(22), domain.MayBeChild},
		{"unsure with an adult's age", "unsure", new(30), domain.MayBeChild},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := domain.BranchOf(tt.under18, tt.age); got != tt.want {
				t.Fatalf("got %s, want %s", got, tt.want)
			}
		})
	}
}

func TestFindings(t *testing.T) {
	t.Parallel()
	seen := domain.Observations{
		Under18:    "no",
		Indicators: map[domain.Element][]string{domain.Act: {"f_recruited"}, domain.Means: {"g_deception"}},
		Asked:      []domain.Element{domain.Act, domain.Means, domain.Exploiting},
		ILO:        []string{"deception"},
	}
	adult := domain.Derive(seen)
	want := map[domain.Element]domain.Assessment{
		domain.Act: domain.Present, domain.Means: domain.Present,
		domain.Exploiting: domain.NotClear, domain.Compulsion: domain.NotAsked,
	}
	for e, a := range want {
		if adult.Elements[e] != a {
			t.Errorf("adult: %s is %s, want %s", e, adult.Elements[e], a)
		}
	}
	seen.Under18 = "yes"
	if child := domain.Derive(seen); child.Elements[domain.Means] != domain.NotNeeded {
		t.Errorf("child: means is %s, want not needed", child.Elements[domain.Means])
	}
}
