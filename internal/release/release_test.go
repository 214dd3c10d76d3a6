package release_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"songtor/internal/release"
)

func TestEveryChoiceHasItsReason(t *testing.T) {
	t.Parallel()
	r := release.Usual()
	for _, reason := range []string{r.Protection.KReason, r.Protection.CoalitionReason, r.Protection.ExtraReason, r.Protection.OpenReason, r.Protection.WholeReason, r.Protection.SealedReason, r.Protection.GraceReason} {
		if reason == "" {
			t.Error("a number of the protection has no reason")
		}
	}
	for _, u := range r.Universes {
		if u.About == "" {
			t.Errorf("%s does not say who is in it", u.ID)
		}
		for _, a := range u.Apart {
			if a.Reason == "" {
				t.Errorf("%s is set apart from others for no reason", u.ID)
			}
		}
		for _, b := range u.Blocks {
			if b.Reason == "" {
				t.Errorf("tables %v of %s have no reason", b.Tables, u.ID)
			}
		}
	}
	if r.Weak() || r.Policy().Bound() != 12 {
		t.Errorf("the usual rules protect with K = %d", r.Policy().Bound())
	}
}

func TestRulesThatDoNotHoldTogetherAreRefused(t *testing.T) {
	t.Parallel()
	usual, err := os.ReadFile("rules.json")
	must(t, err)
	for name, change := range map[string][2]string{
		"no threshold":                      {`"k": 11,`, `"k": 1,`},
		"no chance":                         {`"extra": 0.02,`, `"extra": 0,`},
		"an unknown dimension":              {`"dimensions": ["ground"], "tables"`, `"dimensions": ["shoe_size"], "tables"`},
		"an unknown universe":               {`"id": "met", "unit"`, `"id": "missed", "unit"`},
		"a dimension in two blocks":         {`{"dimensions": ["disability", "language", "interpreter"], "instead_of"`, `{"dimensions": ["sex", "disability", "language", "interpreter"], "instead_of"`},
		"a province that divides nothing":   {`{"dimensions": ["province"], "within": "region",`, `{"dimensions": ["province"],`},
		"a total of something that follows": {`"universe": "identified"}`, `"universe": "met"}`},
		"apart from one that follows":       {`"of": {"universe": "screened"}`, `"of": {"universe": "reviewed"}`},
		"apart from no category":            {`"categories": ["identified", "served"]`, `"categories": ["found"]`},
		"an exception without its name":     {`"draft_wording": false`, `"draft_words": true`},
		"a member that nobody knows":        {`"grace_days": 31,`, `"grace_days": 31, "secret": 1,`},
	} {
		changed := bytes.Replace(usual, []byte(change[0]), []byte(change[1]), 1)
		if bytes.Equal(changed, usual) {
			t.Errorf("%s: nothing is changed", name)
		}
		path := filepath.Join(t.TempDir(), "rules.json")
		must(t, os.WriteFile(path, changed, 0o600))
		if _, err := release.LoadRules(path); !errors.Is(err, release.ErrRules) {
			t.Errorf("%s is taken: %v", name, err)
		}
	}
}

func TestWhatIsNotBuilt(t *testing.T) {
	t.Parallel()
	s := &shelf{t: t}
	first := s.publish(build(t, "2026-H1", people(1, "2026-02", 40), 40))
	weak := small()
	weak.Protection.K = 5
	closed := period(t, "2026-H2").ClosedAt(release.Usual())
	for name, tc := range map[string]struct {
		in   release.Input
		want error
	}{
		"an open period":         {release.Input{Period: period(t, "2026-H2"), Now: closed.Add(-time.Second), Rules: release.Usual()}, release.ErrPeriodOpen},
		"a published one":        {release.Input{Period: period(t, "2026-H1"), Now: later, Rules: release.Usual(), Earlier: []*release.Published{first}}, release.ErrPublished},
		"one before a published": {release.Input{Period: period(t, "2025-H2"), Now: later, Rules: release.Usual(), Earlier: []*release.Published{first}}, release.ErrLater},
		"with less protection":   {release.Input{Period: period(t, "2026-H2"), Now: later, Rules: weak}, release.ErrWeak},
	} {
		_, err := release.Build(t.Context(), tc.in, nil)
		if !errors.Is(err, tc.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	marked, err := release.Build(t.Context(), release.Input{
		Period: period(t, "2026-H2"), Now: closed, Rules: weak, Weak: true, People: people(2, "2026-08", 60), Secret: []byte("x"),
	}, nil)
	must(t, err)
	if !marked.Release.Weak || marked.Release.K != 5 {
		t.Error("a release with less protection is not marked")
	}
}

// Every person has a category of the lists in everything that is counted; none falls out of a table.
func TestTheTablesHoldEverybody(t *testing.T) {
	t.Parallel()
	open := small()
	p := build(t, "2026-H1", people(3, "2026-03", 300), 300)
	for _, u := range p.Release.Universes {
		if u.ID == "identified" && (u.Total == nil || *u.Total < 150) {
			t.Errorf("identified are %v", u.Total)
		}
	}
	if len(p.Release.Universes) != len(open.Universes) {
		t.Errorf("%d universes", len(p.Release.Universes))
	}
	known := map[string][]string{}
	for _, d := range p.Release.Dimensions {
		for _, c := range d.Categories {
			known[d.ID] = append(known[d.ID], c.ID)
		}
	}
	for _, table := range p.Release.Tables {
		cells := 1
		for _, d := range table.Dimensions {
			cells *= len(known[d])
		}
		if len(table.Cells) != cells {
			t.Errorf("table %s has %d cells of %d", table.ID, len(table.Cells), cells)
		}
		sum, whole := 0, true
		for _, c := range table.Cells {
			if whole = whole && c.Count != nil; whole {
				sum += *c.Count
			}
			if c.Count != nil && *c.Count < p.Release.K {
				t.Errorf("table %s publishes %d", table.ID, *c.Count)
			}
		}
		if total := totalOf(p.Release, table.Universe); whole && sum != total {
			t.Errorf("table %s has %d of %d people", table.ID, sum, total)
		}
	}
}

// What was answered to a draft of the Washington Group's questions is counted as missing, unless the rules say otherwise and the release with them.
func TestAnswersToDraftsAreNotCounted(t *testing.T) {
	t.Parallel()
	list := people(9, "2026-03", 300)
	for i := range list {
		list[i].Said.Disability, list[i].Said.Language = []string{"yes", "no"}[i%2], []string{"english", "thai", "burmese"}[i%3]
	}
	for _, draft := range []bool{false, true} {
		rules := small()
		rules.DraftWording, rules.Protection.Extra = draft, 1e-9
		p, err := release.Build(t.Context(), release.Input{
			Period: period(t, "2026-H1"), Now: later, Rules: rules, People: list, Position: 300, Secret: []byte("coins"),
		}, nil)
		must(t, err)
		missing, english := countOf(p.Release, "wgss", "disability", "missing"), countOf(p.Release, "languages", "language", "english")
		total := totalOf(p.Release, "identified")
		if p.Release.DraftWording != draft {
			t.Errorf("the release says %t of drafts", p.Release.DraftWording)
		}
		if !draft && (missing == nil || english == nil || *missing != total-*english) {
			t.Errorf("without drafts %v are missing, and %v of %d were asked in English", missing, english, total)
		}
		if draft && (missing != nil || countOf(p.Release, "wgss", "disability", "yes") == nil) {
			t.Errorf("with drafts %v are missing", missing)
		}
	}
}

func countOf(r release.Release, table, dimension, category string) *int {
	for _, t := range r.Tables {
		for _, c := range t.Cells {
			if t.ID == table && c.At[dimension] == category {
				return c.Count
			}
		}
	}
	return nil
}

// That a universe is withheld whole does not prove that few are in it: now and then one with many is.
func TestAUniverseIsWithheldForNoReason(t *testing.T) {
	t.Parallel()
	rules := small()
	rules.Universes = slices.DeleteFunc(rules.Universes, func(u release.UniverseRules) bool { return u.ID != "reviewed" })
	list := people(6, "2026-02", 100)
	withheld := 0
	for n := range 400 {
		p, err := release.Build(t.Context(), release.Input{
			Period: period(t, "2026-H1"), Now: later, Rules: rules, People: list, Secret: []byte{byte(n), byte(n >> 8)},
		}, nil)
		must(t, err)
		if p.Release.Universes[0].Total == nil {
			withheld++
		}
	}
	if withheld < 1 || withheld > 24 {
		t.Errorf("of 400 releases %d withhold a universe of a hundred people", withheld)
	}
	if _, err := release.Build(t.Context(), release.Input{
		Period: period(t, "2026-H1"), Now: later, Rules: small(), People: list[:9], Secret: []byte("x"),
	}, nil); !errors.Is(err, release.ErrTooFew) {
		t.Errorf("a release of few people: %v", err)
	}
}

func totalOf(r release.Release, universe string) int {
	for _, u := range r.Universes {
		if u.ID == universe && u.Total != nil {
			return *u.Total
		}
	}
	return -1
}

// fixture is a release by hand, with a count that is withheld.
func fixture() release.Release {
	number := func(n int) *int { return &n }
	cell := func(sex, age string, n *int) release.Cell {
		return release.Cell{At: map[string]string{"sex": sex, "age": age}, Count: n}
	}
	return release.Release{
		ID: "2026-H1", Dimensions: []release.Dimension{
			{ID: "sex", Categories: []release.Category{{ID: "female"}, {ID: "male"}}},
			{ID: "age", Categories: []release.Category{{ID: "0-17"}, {ID: "18-29"}, {ID: "30+"}}},
		},
		Universes: []release.Universe{{ID: "identified", Unit: "persons", Basis: "decided", Total: number(200)}},
		Tables: []release.Table{{
			ID: "sex.age", Measure: "identified", Universe: "identified", Basis: "decided", Dimensions: []string{"sex", "age"},
			Cells: []release.Cell{
				cell("female", "0-17", number(31)), cell("female", "18-29", number(40)), cell("female", "30+", number(22)),
				cell("male", "0-17", number(19)), cell("male", "18-29", nil), cell("male", "30+", number(50)),
			},
		}},
		Adjustments: []release.Adjustment{{Period: "2025-H2", Kind: "removed"}},
	}
}

func TestFilesSayWhatTheReleaseSays(t *testing.T) {
	t.Parallel()
	r := fixture()
	rows, err := csv.NewReader(bytes.NewReader(r.CSV())).ReadAll()
	must(t, err)
	book, err := r.XLSX()
	must(t, err)
	sheet, err := excelize.OpenReader(bytes.NewReader(book))
	must(t, err)
	defer func() { _ = sheet.Close() }()
	for i, row := range rows {
		for column, text := range row {
			name, err := excelize.CoordinatesToCellName(column+1, i+1)
			must(t, err)
			if got, err := sheet.GetCellValue(r.ID, name); err != nil || got != text {
				t.Errorf("%s is %q in the workbook and %q in the CSV file", name, got, text)
			}
		}
	}
	if want := []string{"2026-H1", "identified", "decided", "sex.age", "male", "18-29", ""}; !slices.ContainsFunc(rows, func(row []string) bool { return slices.Equal(row, want) }) {
		t.Errorf("the withheld count is not empty: %v", rows)
	}
	again, err := r.XLSX()
	must(t, err)
	if !bytes.Equal(book, again) {
		t.Error("the workbook differs from one download to the next")
	}
}

func TestASumIsGivenOnlyOfWhatIsPublished(t *testing.T) {
	t.Parallel()
	standard, ok := release.FindStandard("unodc")
	if !ok {
		t.Fatal("there is no such standard")
	}
	file := string(fixture().StandardCSV(standard))
	for _, want := range []string{`"female","age","adult","62"`, `"female","age","child","31"`, `"male","age","adult",""`} {
		if !strings.Contains(file, want) {
			t.Errorf("the file lacks %s:\n%s", want, file)
		}
	}
}

// Every category that a release can have has its place in every standard that speaks of its dimension.
func TestStandardsKnowEveryCategory(t *testing.T) {
	t.Parallel()
	dimensions := release.Dimensions()
	for _, s := range release.Standards() {
		for d, f := range s.Fields {
			for _, c := range dimensions[d] {
				if _, known := f.Values[c]; !known {
					t.Errorf("%s does not know %s %s", s.ID, d, c)
				}
			}
			if len(f.Values) != len(dimensions[d]) {
				t.Errorf("%s has %d values of %s", s.ID, len(f.Values), d)
			}
		}
		for _, id := range s.Tables {
			for _, d := range strings.Split(id, ".") {
				if _, mapped := s.Fields[d]; !mapped {
					t.Errorf("%s maps no %s, which table %s has", s.ID, d, id)
				}
			}
		}
	}
}

// The values that a release is given in HTCDS 2.0 are ones that its list of fields has.
func TestHTCDSHasTheValues(t *testing.T) {
	t.Parallel()
	fields, err := os.ReadFile("../../schemas/crosswalk/htcds_2.0_fields.tsv")
	must(t, err)
	htcds, _ := release.FindStandard("htcds")
	exploitation := htcds.Fields["form"]
	i := slices.IndexFunc(strings.Split(string(fields), "\n"), func(line string) bool { return strings.Contains(line, "\t"+exploitation.Field+"\t") })
	if i < 0 {
		t.Fatalf("HTCDS has no field %s", exploitation.Field)
	}
	columns := strings.Split(strings.Split(string(fields), "\n")[i], "\t")
	values := strings.Split(strings.TrimSpace(columns[len(columns)-1]), "; ")
	for ours, theirs := range exploitation.Values {
		if theirs != "" && !slices.Contains(values, theirs) {
			t.Errorf("%s becomes %s, which HTCDS does not have", ours, theirs)
		}
	}
}

func TestPeriodsDoNotOverlap(t *testing.T) {
	t.Parallel()
	r := release.Usual()
	ended := r.Ended("2025-08-31", time.Date(2027, 2, 1, 0, 0, 0, 0, time.UTC))
	var ids []string
	for i, p := range ended {
		ids = append(ids, p.ID)
		if i > 0 && !p.From.Equal(ended[i-1].Until) {
			t.Errorf("%s does not begin where %s ends", p.ID, ended[i-1].ID)
		}
	}
	if want := []string{"2025-H2", "2026-H1", "2026-H2"}; !slices.Equal(ids, want) {
		t.Errorf("ended are %v, want %v", ids, want)
	}
	for _, bad := range []string{"", "2026", "2026-H3", "1999-H1", "2026-H1x"} {
		if _, err := release.ParsePeriod(bad); !errors.Is(err, release.ErrPeriodUnknown) {
			t.Errorf("%q is a period", bad)
		}
	}
}

func text(t testing.TB, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	must(t, err)
	return string(b)
}
