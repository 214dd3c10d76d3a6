package release_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"testing"

	"songtor/internal/release"
	"songtor/projections/statistics"
)

// linked are the usual rules with one table for each universe, so that a release takes no time.
func linked() *release.Rules {
	r := release.Usual()
	for i := range r.Universes {
		u := &r.Universes[i]
		u.Blocks = u.Blocks[:1]
		first := &u.Blocks[0]
		first.Tables, first.TotalOf = first.Tables[:1], nil
		first.Dimensions = first.Tables[0].Dimensions
	}
	return r
}

// caseload is so many people of a half-year, each identified on the day of the first contact but for what a test changes.
func caseload(n int, change func(i int, p *statistics.Person)) []statistics.Person {
	const day = "2026-03-01"
	list := make([]statistics.Person, n)
	for i := range list {
		list[i] = statistics.Person{
			Met: day, Screened: day, Agency: "rtp-atpd", Said: &statistics.Categories{Sex: []string{"female", "male"}[i%2], AgeBand: "24-26", Disability: "no"},
			Conclusions: []statistics.Decision{{On: day, Result: "yes"}}, Decisions: []statistics.Decision{{On: day, Result: "tip_s6"}},
		}
		change(i, &list[i])
	}
	return list
}

// An installation that has a file of its own for the rules, from before numbers were set apart in it, must not go without.
func TestRulesFromBeforeNumbersWereSetApartSetThemApart(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("rules.json")
	must(t, err)
	load := func(change func(universe map[string]any)) *release.Rules {
		var rules map[string]any
		must(t, json.Unmarshal(text, &rules))
		for _, u := range rules["universes"].([]any) {
			change(u.(map[string]any))
		}
		changed, err := json.Marshal(rules)
		must(t, err)
		path := filepath.Join(t.TempDir(), "rules.json")
		must(t, os.WriteFile(path, changed, 0o600))
		loaded, err := release.LoadRules(path)
		must(t, err)
		return loaded
	}
	if before := load(func(u map[string]any) { delete(u, "apart") }); !reflect.DeepEqual(before, release.Usual()) {
		t.Error("a file that does not speak of it sets nothing apart, or not the same")
	}
	for _, u := range load(func(u map[string]any) { u["apart"] = []any{} }).Universes {
		if len(u.Apart) > 0 {
			t.Errorf("%s is set apart where the file says that it is not", u.ID)
		}
	}
}

// Where the numbers between two are withheld, the two tell the same: whoever was concluded, screened or met and is not among those decided on.
func TestNoNumberFurtherOnTellsWhatIsWithheld(t *testing.T) {
	t.Parallel()
	for name, of := range map[string]string{"without grounds": "no", "unclear": "unclear"} {
		p, err := release.Build(t.Context(), release.Input{
			Period: period(t, "2026-H1"), Now: later, Rules: linked(), Secret: []byte("coins that fall on none of them"),
			People: caseload(120, func(i int, p *statistics.Person) {
				if i < 3 {
					p.Conclusions[0].Result, p.Decisions = of, nil
				}
			}),
		}, nil)
		must(t, err)
		for _, universe := range []string{"concluded", "met", "screened"} {
			for _, fewer := range []string{"decided", "identified"} {
				if n, but := totalOf(p.Release, universe), totalOf(p.Release, fewer); n >= 0 && but >= 0 {
					t.Errorf("three are %s: of %d people %s, %d are %s", name, n, universe, but, fewer)
				}
			}
		}
	}
}

// Whoever subtracts the number of one universe from that of another is left with no group that is smaller than the bound.
func TestNoUniverseLeavesFewOfAnother(t *testing.T) {
	t.Parallel()
	refuses := func(p *statistics.Person) {
		*p = statistics.Person{Met: p.Met, Agency: p.Agency, Stopped: true}
	}
	for name, tc := range map[string]struct {
		change   func(i int, p *statistics.Person)
		of, but  string
		withheld bool
	}{
		"two refused to be screened": {func(i int, p *statistics.Person) {
			if i < 2 {
				refuses(p)
			}
		}, "met", "screened", true},
		"nobody refused": {func(int, *statistics.Person) {}, "met", "screened", true},
		"twenty refused": {func(i int, p *statistics.Person) {
			if i < 20 {
				refuses(p)
			}
		}, "met", "screened", false},
		"three were screened after the end": {func(i int, p *statistics.Person) {
			switch {
			case i < 20:
				refuses(p)
			case i < 23:
				p.Screened, p.Conclusions, p.Decisions = "2026-07-03", nil, nil
			}
		}, "met", "screened", true},
		"four wait for the end of the screening": {func(i int, p *statistics.Person) {
			switch {
			case i < 20:
				refuses(p)
			case i < 24:
				p.Conclusions, p.Decisions = nil, nil
			}
		}, "screened", "concluded", true},
		"five wait for a decision": {func(i int, p *statistics.Person) {
			if i < 5 {
				p.Decisions = nil
			}
		}, "concluded", "decided", true},
		"six were identified after the end": {func(i int, p *statistics.Person) {
			if i < 6 {
				p.Decisions[0].On = "2026-07-03"
			}
		}, "met", "identified", true},
		"five wait beside somebody of an earlier period": {func(i int, p *statistics.Person) {
			switch {
			case i < 5:
				p.Decisions = nil
			case i < 6:
				p.Met, p.Screened, p.Conclusions[0].On = "2025-12-01", "2025-12-01", "2025-12-20"
			}
		}, "concluded", "decided", false},
		"two refused beside somebody who was met the day before the period": {func(i int, p *statistics.Person) {
			switch {
			case i < 2:
				refuses(p)
			case i < 3:
				p.Met = "2025-12-31"
			}
		}, "met", "screened", true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p, err := release.Build(t.Context(), release.Input{
				Period: period(t, "2026-H1"), Now: later, Rules: linked(), People: caseload(120, tc.change), Secret: []byte("coins that fall on none of them"),
			}, nil)
			must(t, err)
			of, but := totalOf(p.Release, tc.of), totalOf(p.Release, tc.but)
			if told := of >= 0 && but >= 0; told == tc.withheld {
				t.Errorf("%s", fmt.Sprintf("of %d people %s, %d are %s", of, tc.of, but, tc.but))
			}
			if slices.ContainsFunc(p.Release.Tables, func(table release.Table) bool { return totalOf(p.Release, table.Universe) < 0 }) {
				t.Error("a universe is withheld, and not its tables")
			}
		})
	}
}
