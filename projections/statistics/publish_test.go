package statistics

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

// leaks counts the small counts that follow by subtraction from what a release publishes: of every table, the total less the
// published cells is what the withheld ones hold together; one alone, or several that together are small, are given away.
func leaks(total Cell, tables []Table) int {
	found := 0
	if total.Count != nil && *total.Count > 0 && *total.Count < k {
		found++
	}
	for _, t := range tables {
		rest, hidden := *total.Count, 0
		for _, c := range t.Cells {
			switch {
			case c.Withheld != (c.Count == nil):
				found++ // withheld and shown at once, or neither
			case c.Withheld:
				hidden++
			default:
				rest -= *c.Count
				if *c.Count > 0 && *c.Count < k {
					found++
				}
			}
		}
		if hidden == 1 || hidden > 0 && rest < k {
			found++
		}
	}
	return found
}

// crowd is a random set of people, lopsided in a random way so that small cells are common.
func crowd(rnd *rand.Rand) []person {
	skewed := func(d dimension) string {
		return d.values[int(float64(len(d.values))*rnd.Float64()*rnd.Float64()*rnd.Float64())]
	}
	people := make([]person, rnd.IntN(200))
	for i := range people {
		people[i] = person{region: skewed(regions), categories: Categories{
			Sex: skewed(sexes), AgeBand: skewed(ageBands), NationalityGroup: skewed(nationalities),
			Exploitation: skewed(exploitations), Disability: skewed(disabilities),
		}}
	}
	return people
}

func TestNoSmallCountFollowsBySubtraction(t *testing.T) {
	t.Parallel()
	rnd := rand.New(rand.NewPCG(1, 2))
	naive := 0
	for range 5000 {
		people := crowd(rnd)
		if n := leaks(publishable(people, true)); n > 0 {
			t.Fatalf("%d leaks from %d people", n, len(people))
		}
		naive += leaks(publishable(people, false))
	}
	if naive < 1000 {
		t.Errorf("without the complementary step only %d leaks are found: the check sees nothing", naive)
	}
}

func TestWithhold(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		counts []int
		want   []bool
	}{
		{[]int{0, 11, 500}, []bool{false, false, false}},
		{[]int{10, 11, 500}, []bool{true, true, false}},
		{[]int{10, 500, 11, 0}, []bool{true, false, true, false}},
		{[]int{5, 5, 12, 90}, []bool{true, true, true, false}},
		{[]int{5, 6, 12, 90}, []bool{true, true, false, false}},
		{[]int{1, 0, 0}, []bool{true, true, true}},
	} {
		if got := withhold(tc.counts, true); !slices.Equal(got, tc.want) {
			t.Errorf("of %v is withheld %v, want %v", tc.counts, got, tc.want)
		}
	}
}

func TestEveryCountIsPublishedOrWithheld(t *testing.T) {
	t.Parallel()
	rnd := rand.New(rand.NewPCG(3, 4))
	shown := 0
	for range 200 {
		_, tables := publishable(crowd(rnd), true)
		for i, table := range tables {
			if len(table.Cells) != len(by[i].values) {
				t.Fatalf("table %s has %d cells", table.Name, len(table.Cells))
			}
			for _, c := range table.Cells {
				if c.Count != nil && *c.Count > 0 {
					shown++
				}
			}
		}
	}
	if shown < 1000 {
		t.Errorf("only %d counts are shown at all", shown)
	}
}

func TestPeriods(t *testing.T) {
	t.Parallel()
	since := time.Date(2025, 8, 31, 0, 0, 0, 0, thailand)
	for _, tc := range []struct {
		now  time.Time
		want []string
	}{
		{time.Date(2025, 12, 31, 23, 59, 59, 0, thailand), nil},
		{time.Date(2025, 12, 31, 17, 0, 0, 0, time.UTC), []string{"2025-H2"}},
		{time.Date(2026, 8, 1, 0, 0, 0, 0, thailand), []string{"2025-H2", "2026-H1"}},
	} {
		if got := periods(since, tc.now); !slices.Equal(got, tc.want) {
			t.Errorf("at %v: %v, want %v", tc.now, got, tc.want)
		}
	}
}

func TestCategoriesAreCheckedAndRegionsFound(t *testing.T) {
	t.Parallel()
	good := Categories{Sex: "female", AgeBand: "9-17", NationalityGroup: "laos", Exploitation: "sexual", Disability: "no"}
	if err := good.Check(); err != nil {
		t.Error(err)
	}
	good.Disability = "unknown"
	if good.Check() == nil {
		t.Error("a value of another dimension is taken")
	}
	for province, want := range map[string]string{
		"TH-10": "bangkok", "TH-11": "central", "TH-27": "east", "TH-49": "northeast",
		"TH-63": "north", "TH-77": "west", "TH-96": "south", "": unknown, "TH-S": unknown, "TH-00": unknown,
	} {
		if got := regionOf(province); got != want {
			t.Errorf("%q lies in %s, want %s", province, got, want)
		}
	}
	for _, band := range ageBands.values {
		if !slices.Contains(ageGroups.values, ageGroup(band)) {
			t.Errorf("band %s has no group", band)
		}
	}
}
