package schemas

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"testing"
)

func TestCodeLists(t *testing.T) {
	t.Parallel()
	least := map[string]int{
		"agencies": 40, "countries": 195, "decline_reasons": 8, "exploitation_forms": 10, "languages": 30, "provinces": 77, "services": 20,
	}
	for _, name := range CodeLists() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			raw, ok := CodeList(name)
			if !ok {
				t.Fatal("not there")
			}
			var data struct{ Items []Code }
			if err := json.Unmarshal(raw, &data); err != nil {
				t.Fatal(err)
			}
			if len(data.Items) < least[name] {
				t.Errorf("only %d entries", len(data.Items))
			}
			seen := map[string]bool{}
			for _, c := range data.Items {
				if seen[c.Code] || c.Code == "" || c.English == "" || !strings.ContainsFunc(c.Thai, isThai) {
					t.Errorf("entry %+v", c)
				}
				seen[c.Code] = true
			}
		})
	}
	if _, ok := CodeList("../manifest"); ok {
		t.Error("an unknown list is served")
	}
}

func isThai(r rune) bool { return r >= 0x0e00 && r <= 0x0e7f }

func TestProvinces(t *testing.T) {
	t.Parallel()
	regions := map[string]int{}
	for _, p := range Provinces() {
		regions[p.Region]++
		if !strings.HasPrefix(p.Code, "TH-") || !strings.HasPrefix(p.HASC, "TH.") {
			t.Errorf("province %+v", p)
		}
	}
	want := map[string]int{"north": 9, "northeast": 20, "west": 5, "central": 22, "east": 7, "south": 14}
	for region, n := range want {
		if regions[region] != n {
			t.Errorf("%s has %d provinces, want %d", region, regions[region], n)
		}
	}
	if len(Provinces()) != 77 {
		t.Errorf("%d provinces", len(Provinces()))
	}
	if p, ok := Province("TH-10"); !ok || p.English != "Bangkok" {
		t.Errorf("TH-10 is %+v", p)
	}
	if _, ok := Province("TH-99"); ok {
		t.Error("TH-99 is a province")
	}
}

func TestAgencies(t *testing.T) {
	t.Parallel()
	kinds := []string{
		"police", "immigration", "labour", "interior", "msdhs", "shelter_government", "shelter_ngo", "ngo", "health", "justice", "committee", "hotline",
	}
	seen := map[string]bool{}
	for _, a := range Agencies() {
		seen[a.Kind] = true
		if !slices.Contains(kinds, a.Kind) {
			t.Errorf("%s is of kind %q", a.Code, a.Kind)
		}
		if _, ok := Province(a.Province); a.Province != "" && !ok {
			t.Errorf("%s is in %q", a.Code, a.Province)
		}
		if strings.HasSuffix(a.Kind, "ngo") && (!a.Synthetic || !strings.Contains(a.English, "(synthetic)")) {
			t.Errorf("%s is not marked as invented", a.Code)
		}
	}
	if len(seen) != len(kinds) {
		t.Errorf("kinds %v", seen)
	}
}

func TestCountries(t *testing.T) {
	t.Parallel()
	for code, region := range map[string]string{"THA": "asia", "ETH": "africa", "USA": "americas", "FRA": "europe", "FJI": "oceania", "XXA": "unknown", "XXX": "unknown"} {
		if c, ok := Country(code); !ok || c.Region != region {
			t.Errorf("%s is %+v", code, c)
		}
	}
	if _, ok := Country("ZZZ"); ok {
		t.Error("ZZZ is a country")
	}
}

func TestServices(t *testing.T) {
	t.Parallel()
	for _, s := range Services() {
		if s.Entitlement != "presumed" && s.Entitlement != "identified" {
			t.Errorf("%s starts at %q", s.Code, s.Entitlement)
		}
		if s.Urgent && s.Entitlement != "presumed" {
			t.Errorf("%s is urgent and waits for identification", s.Code)
		}
	}
}

// Every code of a list must pass the pattern that the form puts before it.
func TestPatternsAdmitTheirCodes(t *testing.T) {
	t.Parallel()
	for name, def := range published(t, v1(t))["$defs"].(map[string]any) {
		list, ok := strings.CutPrefix(name, "code_")
		if !ok {
			continue
		}
		pattern := regexp.MustCompile(def.(map[string]any)["pattern"].(string))
		raw, _ := CodeList(list)
		var data struct{ Items []Code }
		mustUnmarshal(raw, &data)
		for _, c := range data.Items {
			if !pattern.MatchString(c.Code) || !v1(t).hasCode(list, c.Code) {
				t.Errorf("%s of %s is not admitted", c.Code, list)
			}
		}
	}
}

func TestExploitationFormsAreTheFormsChoices(t *testing.T) {
	t.Parallel()
	for _, it := range v1(t).Items() {
		if it.Key != "i_exploitation" {
			continue
		}
		var codes []string
		for _, e := range ExploitationForms() {
			codes = append(codes, e.Code)
		}
		if !slices.Equal(it.Choices, codes) {
			t.Errorf("choices %v, list %v", it.Choices, codes)
		}
	}
}

func TestListsAreCopies(t *testing.T) {
	t.Parallel()
	Agencies()[0].Code = "changed"
	v1(t).Schema()[0] = 'x'
	if Agencies()[0].Code == "changed" || v1(t).Schema()[0] == 'x' {
		t.Error("a caller can change the data")
	}
}
