package schemas

import (
	"bytes"
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"testing"
)

func TestCodeLists(t *testing.T) {
	t.Parallel()
	least := map[string]int{
		"accommodations": 20, "agencies": 40, "claim_kinds": 4, "countries": 195, "decline_reasons": 8, "exploitation_forms": 10, "fund_items": 11,
		"incident_kinds": 9, "information_topics": 7, "languages": 30, "link_kinds": 5, "provinces": 77, "service_decline_reasons": 8, "services": 25,
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
	kinds := AgencyKinds()
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
	groups := []string{"protection", "shelter", "basic", "health", "access", "legal", "status", "livelihood", "return"}
	for _, s := range Services() {
		if s.Entitlement != "presumed" && s.Entitlement != "identified" {
			t.Errorf("%s starts at %q", s.Code, s.Entitlement)
		}
		if s.Urgent && (s.Entitlement != "presumed" || s.NeedsConsent) {
			t.Errorf("%s is urgent and waits", s.Code)
		}
		if !slices.Contains(groups, s.Group) {
			t.Errorf("%s is of group %q", s.Code, s.Group)
		}
		for _, n := range []Note{s.Foreign, s.Child} {
			if n != (Note{}) && (n.English == "" || !strings.ContainsFunc(n.Thai, isThai)) {
				t.Errorf("%s has half a note: %+v", s.Code, n)
			}
		}
	}
}

// The taxonomy: code, status at which it starts, whether it needs consent, whether something is particular for a foreign national
// and for a child.
func TestServiceTaxonomy(t *testing.T) {
	t.Parallel()
	tests := []struct {
		code, entitlement               string
		urgent, consent, foreign, child bool
	}{
		{"safety", "presumed", true, false, false, false},
		{"shelter_temp", "presumed", true, false, false, true},
		{"shelter_long", "identified", false, false, false, true},
		{"basic", "presumed", true, false, false, false},
		{"medical_urgent", "presumed", true, false, false, false},
		{"medical", "identified", false, false, false, false},
		{"psychosocial", "presumed", false, false, false, true},
		{"interpretation", "presumed", false, false, true, false},
		{"accommodation_disability", "presumed", false, false, false, false},
		{"legal_info", "presumed", false, false, false, true},
		{"legal_rep", "identified", false, false, false, true},
		{"immigration_stay", "presumed", false, false, true, false},
		{"work_permit", "identified", false, false, true, false},
		{"documents", "presumed", false, false, true, false},
		{"compensation", "identified", false, false, true, false},
		{"education", "identified", false, false, false, true},
		{"training", "identified", false, false, false, true},
		{"livelihood", "identified", false, false, false, true},
		{"family_tracing", "presumed", false, true, true, true},
		{"family_assessment", "identified", false, false, true, true},
		{"repatriation", "presumed", false, true, true, true},
		{"reintegration", "identified", false, false, true, false},
		{"follow_up", "identified", false, false, true, false},
		{"guardian", "presumed", false, false, false, true},
		{"best_interest", "presumed", false, false, false, true},
	}
	for _, want := range tests {
		got, ok := Service(want.code)
		if !ok || got.Entitlement != want.entitlement || got.Urgent != want.urgent || got.NeedsConsent != want.consent {
			t.Errorf("%s is %+v", want.code, got)
		}
		if (got.Foreign != Note{}) != want.foreign || (got.Child != Note{}) != want.child {
			t.Errorf("%s has the notes %+v and %+v", want.code, got.Foreign, got.Child)
		}
	}
	if len(Services()) != len(tests) {
		t.Errorf("%d services, want %d", len(Services()), len(tests))
	}
}

// Help is unconditional: no provider may decline because a person does not help the police.
func TestNoServiceDependsOnCooperation(t *testing.T) {
	t.Parallel()
	for _, r := range ServiceDeclineReasons() {
		for _, word := range []string{"cooperat", "police", "testi", "statement"} {
			if strings.Contains(strings.ToLower(r.Code+" "+r.English), word) {
				t.Errorf("a provider may decline for %s", r.Code)
			}
		}
	}
}

func TestFundItemsAreTheClaimForm(t *testing.T) {
	t.Parallel()
	items := FundItems()
	for i, item := range items {
		if item.Number != i+1 || item.Individual != (item.Code == "other") {
			t.Errorf("item %d is %+v", i+1, item)
		}
	}
	if len(items) != 11 {
		t.Errorf("%d items, the form has 11", len(items))
	}
}

func TestOnlyADirectedLinkHasAnotherEnd(t *testing.T) {
	t.Parallel()
	var directed []string
	for _, k := range LinkKinds() {
		if k.Directed != (k.Reverse.English != "") || k.Directed != strings.ContainsFunc(k.Reverse.Thai, isThai) {
			t.Errorf("%+v", k)
		}
		if k.Directed {
			directed = append(directed, k.Code)
		}
	}
	if !slices.Equal(directed, []string{"child_of"}) {
		t.Errorf("directed are %v", directed)
	}
}

func TestRightsOfTheActAreTold(t *testing.T) {
	t.Parallel()
	for code, basis := range map[string]string{
		"protection_stages": "s.33", "compensation_legal_aid": "s.34", "non_punishment": "s.41", "services": "", "confidentiality": "", "consent": "", "complaint": "",
	} {
		if topic, ok := InformationTopic(code); !ok || topic.Basis == "" || !strings.HasPrefix(topic.Basis, basis) {
			t.Errorf("%s is %+v", code, topic)
		}
	}
}

// The codes of small lists are an interface: a client and the log hold them.
func TestSmallListsHoldTheirCodes(t *testing.T) {
	t.Parallel()
	tests := []struct {
		list  string
		find  func(string) bool
		codes string
	}{
		{"claim_kinds", found(ClaimKind), "fund restitution prosecutor_claim wage_recovery"},
		{"decline_reasons", found(DeclineReason), "no_capacity outside_area other"},
		{"fund_items", found(FundItem), "living_costs medical rehabilitation lost_earnings consumer_goods accommodation education_training legal return_home return_to_thailand other"},
		{"incident_kinds", found(IncidentKind), "raid rescue inspection border_crossing returnees hotline arrest self_report other"},
		{"information_topics", found(InformationTopic), "protection_stages complaint"},
		{"link_kinds", found(LinkKind), "family child_of same_employer met_together same_person"},
		{"service_decline_reasons", found(ServiceDeclineReason), "no_capacity not_offered no_interpreter accommodation_missing other"},
		{"accommodations", found(Accommodation), "large_print sign_language step_free_room easy_read personal_assistance communication_board"},
	}
	for _, tt := range tests {
		for code := range strings.FieldsSeq(tt.codes) {
			if !tt.find(code) {
				t.Errorf("%s has no %s", tt.list, code)
			}
		}
		if tt.find("nothing_of_this_name") || tt.find("") {
			t.Errorf("%s finds what is not in it", tt.list)
		}
	}
}

func found[T any](find func(string) (T, bool)) func(string) bool {
	return func(code string) bool {
		_, ok := find(code)
		return ok
	}
}

func TestListReturnsEveryEntry(t *testing.T) {
	t.Parallel()
	for name, n := range map[string]int{
		"claim_kinds": len(ClaimKinds()), "fund_items": len(FundItems()), "incident_kinds": len(IncidentKinds()), "information_topics": len(InformationTopics()),
		"link_kinds": len(LinkKinds()), "service_decline_reasons": len(ServiceDeclineReasons()), "services": len(Services()),
	} {
		raw, _ := CodeList(name)
		var data struct{ Items []json.RawMessage }
		mustUnmarshal(raw, &data)
		if len(data.Items) != n {
			t.Errorf("%s returns %d of %d entries", name, n, len(data.Items))
		}
	}
}

// A misspelt member of an entry would be lost without a word.
func TestEntriesHaveNoOtherMembers(t *testing.T) {
	t.Parallel()
	for name, into := range map[string]any{
		"accommodations": &[]accommodation{}, "claim_kinds": &[]Code{}, "fund_items": &[]FundItemCode{}, "incident_kinds": &[]Code{},
		"information_topics": &[]InformationTopicCode{}, "link_kinds": &[]LinkKindCode{}, "service_decline_reasons": &[]Code{}, "services": &[]ServiceCode{},
	} {
		raw, _ := CodeList(name)
		var data struct{ Items json.RawMessage }
		mustUnmarshal(raw, &data)
		d := json.NewDecoder(bytes.NewReader(data.Items))
		d.DisallowUnknownFields()
		if err := d.Decode(into); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestAccommodationsFollowTheAnswers(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name          string
		answers       [6]int
		with, without string
	}{
		{"no difficulty", [6]int{1, 1, 1, 1, 1, 1}, "", "large_print quiet_room step_free_room"},
		{"not answered", [6]int{-1, 0, 7, 8, 9, 5}, "", "large_print quiet_room step_free_room"},
		{"some difficulty seeing", [6]int{2, 1, 1, 1, 1, 1}, "large_print read_aloud", "audio_braille sighted_guide sign_language"},
		{"cannot see", [6]int{4, 1, 1, 1, 1, 1}, "audio_braille read_aloud sighted_guide", "large_print"},
		{"cannot hear", [6]int{1, 4, 1, 1, 1, 1}, "sign_language writing_captions", "quiet_room hearing_aid"},
		{"a lot of difficulty hearing", [6]int{1, 3, 1, 1, 1, 1}, "sign_language writing_captions quiet_room", "large_print"},
		{"cannot walk", [6]int{1, 1, 4, 1, 1, 1}, "wheelchair step_free_room transport", "walking_aid personal_assistance"},
		{"a lot of difficulty remembering", [6]int{1, 1, 1, 3, 1, 1}, "short_sessions easy_read companion", "communication_board"},
		{"cannot care for oneself", [6]int{1, 1, 1, 1, 4, 1}, "personal_assistance accessible_bathroom", "wheelchair"},
		{"cannot communicate", [6]int{1, 1, 1, 1, 1, 4}, "communication_board supported_communication", "easy_read"},
		{"two difficulties", [6]int{1, 1, 3, 1, 3, 1}, "wheelchair personal_assistance accessible_bathroom", "sign_language"},
	}
	for _, tt := range tests {
		got := codesOf(Accommodations(tt.answers))
		for code := range strings.FieldsSeq(tt.with) {
			if !slices.Contains(got, code) {
				t.Errorf("%s: no %s in %v", tt.name, code, got)
			}
		}
		for code := range strings.FieldsSeq(tt.without) {
			if slices.Contains(got, code) {
				t.Errorf("%s: %s in %v", tt.name, code, got)
			}
		}
		if tt.with == "" && len(got) > 0 {
			t.Errorf("%s: %v", tt.name, got)
		}
		slices.Sort(got)
		if len(slices.Compact(slices.Clone(got))) != len(got) {
			t.Errorf("%s: something twice in %v", tt.name, got)
		}
	}
}

func codesOf(list []Code) []string {
	var codes []string
	for _, c := range list {
		codes = append(codes, c.Code)
	}
	return codes
}

func TestEveryDifficultyHasAnAccommodation(t *testing.T) {
	t.Parallel()
	for i, domain := range functioning {
		for level := 2; level <= 4; level++ {
			answers := [6]int{1, 1, 1, 1, 1, 1}
			answers[i] = level
			if len(Accommodations(answers)) == 0 {
				t.Errorf("nothing is offered for %s at level %d", domain, level)
			}
		}
	}
	for _, a := range accommodations().entries {
		if len(a.For) == 0 {
			t.Errorf("%s is for nobody", a.Code.Code)
		}
		for _, d := range a.For {
			if !slices.Contains(functioning, d.Domain) || len(d.Levels) == 0 || slices.Min(d.Levels) < 2 || slices.Max(d.Levels) > 4 {
				t.Errorf("%s is for %+v", a.Code.Code, d)
			}
		}
	}
}

// The answers come in the order of the published questions.
func TestFunctioningIsInTheOrderOfTheQuestions(t *testing.T) {
	t.Parallel()
	var wg struct {
		Questions []struct{ Domain string }
	}
	mustUnmarshal(WashingtonGroup(), &wg)
	var domains []string
	for _, q := range wg.Questions {
		domains = append(domains, q.Domain)
	}
	if !slices.Equal(domains, functioning) {
		t.Errorf("the questions are of %v, the answers of %v", domains, functioning)
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
