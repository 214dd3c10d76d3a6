package schemas

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// testNow is the moment at which the fixtures are judged.
var testNow = time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)

func v1(t testing.TB) *Form {
	t.Helper()
	f, err := Screening(1)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func readFixture(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func fixtures(t testing.TB, folder string) []string {
	t.Helper()
	names, err := filepath.Glob(filepath.Join("testdata", folder, "*.json"))
	if err != nil {
		t.Fatal(err)
	}
	for i, n := range names {
		names[i] = filepath.Join(folder, filepath.Base(n))
	}
	return slices.DeleteFunc(names, func(n string) bool { return strings.HasSuffix(n, "EXPECT.json") })
}

func decoded(t testing.TB, name string) map[string]any {
	t.Helper()
	m, violations := v1(t).Decode(readFixture(t, name))
	if violations != nil {
		t.Fatalf("%s: Decode: %v", name, violations)
	}
	return m
}

func TestValidate_Valid(t *testing.T) {
	t.Parallel()
	names := fixtures(t, "valid")
	if len(names) < 8 {
		t.Fatalf("only %d valid fixtures", len(names))
	}
	for _, name := range names {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := v1(t).Validate(decoded(t, name), testNow); got != nil {
				t.Errorf("violations: %v", got)
			}
		})
	}
}

func TestValidate_Invalid(t *testing.T) {
	t.Parallel()
	var expect map[string][]Violation
	if err := json.Unmarshal(readFixture(t, "invalid/EXPECT.json"), &expect); err != nil {
		t.Fatal(err)
	}
	names := fixtures(t, "invalid")
	if len(names) < 20 || len(names) != len(expect) {
		t.Fatalf("%d invalid fixtures, %d expectations", len(names), len(expect))
	}
	for _, name := range names {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := v1(t).Validate(decoded(t, name), testNow)
			if want := expect[filepath.Base(name)]; !reflect.DeepEqual(got, want) {
				t.Errorf("violations %v, want %v", got, want)
			}
		})
	}
}

// The form that is compiled is rewritten for speed, and rules answer before it does.
// Both must judge as the published bytes do.
func TestVerdictsAgree(t *testing.T) {
	t.Parallel()
	var published map[string]any
	if err := json.Unmarshal(v1(t).Schema(), &published); err != nil {
		t.Fatal(err)
	}
	plain, err := compileDocument(published)
	if err != nil {
		t.Fatal(err)
	}
	agree := func(name string, m map[string]any) {
		t.Helper()
		want := plain.Validate(m) == nil
		if got := v1(t).full.Validate(m) == nil; got != want {
			t.Errorf("%s: published form accepts: %v, compiled form: %v", name, want, got)
		}
		if got := v1(t).rules.accepts(m, nil); got != want {
			t.Errorf("%s: published form accepts: %v, rules: %v", name, want, got)
		}
	}
	for _, name := range append(fixtures(t, "valid"), fixtures(t, "invalid")...) {
		agree(name, decoded(t, name))
	}
	for _, name := range []string{"valid/forced-labour-fishing.json", "valid/child-thai.json"} {
		for _, m := range withoutOneAnswer(decoded(t, name)) {
			agree(name, m)
		}
	}
	for _, name := range []string{"valid/refuses-screening.json", "valid/child-under-5.json"} {
		m := decoded(t, name)
		forEachPlace(m, func(plant func(any), restore func()) {
			for _, v := range []any{"no", "yes", "answered", 4.0, 5.5, true, nil, []any{}, []any{"no"}, map[string]any{}, map[string]any{"state": "answered"}} {
				plant(v)
				agree(name, m)
				restore()
			}
		})
	}
}

// withoutOneAnswer returns the submission once for each answer, without that answer.
func withoutOneAnswer(m map[string]any) []map[string]any {
	answers, _ := m["answers"].(map[string]any)
	var out []map[string]any
	for key := range answers {
		smaller := map[string]any{}
		for k, v := range answers {
			if k != key {
				smaller[k] = v
			}
		}
		changed := map[string]any{}
		for k, v := range m {
			changed[k] = v
		}
		changed["answers"] = smaller
		out = append(out, changed)
	}
	return out
}

func TestValidate_Times(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name               string
		occurred, recorded string
		want               []Violation
	}{
		{"a clock four minutes ahead", "2026-06-01T12:04:00Z", "2026-06-01T12:04:00Z", nil},
		{"a clock six minutes ahead", "2026-06-01T11:00:00Z", "2026-06-01T12:06:00Z", []Violation{{"/recorded_at", KeywordNotFuture}}},
		{"offsets are respected", "2026-06-01T18:30:00+07:00", "2026-06-01T11:30:00Z", nil},
		{"recorded first", "2026-06-01T11:30:01Z", "2026-06-01T11:30:00Z", []Violation{{"/recorded_at", KeywordOrder}}},
		{"a leap second", "2016-12-31T23:59:60Z", "2026-06-01T11:30:00Z", []Violation{{"/occurred_at", "format"}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			m := decoded(t, "valid/minimal-adult.json")
			m["occurred_at"], m["recorded_at"] = tt.occurred, tt.recorded
			if got := v1(t).Validate(m, testNow); !reflect.DeepEqual(got, tt.want) {
				t.Errorf("violations %v, want %v", got, tt.want)
			}
		})
	}
}

func TestValidate_Ages(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		answers map[string]any
		want    string
	}{
		{"agreeing", map[string]any{"d_age_years": 30.0, "d_birth_date": "1996"}, ""},
		{"two years off", map[string]any{"d_age_years": 27.0, "d_birth_date": "1996"}, ""},
		{"far off", map[string]any{"d_age_years": 20.0, "d_birth_date": "1996"}, "d_birth_date"},
		{"far off but disputed", map[string]any{"d_age_years": 20.0, "d_birth_date": "1996", "d_age_basis": "disputed"}, ""},
		{"an adult whose birth date is a child's", map[string]any{"d_birth_date": "2008-06-03"}, "d_birth_date"},
		{"18 today", map[string]any{"d_birth_date": "2008-06-01"}, ""},
		{"18 this year perhaps", map[string]any{"d_birth_date": "2008"}, ""},
		{"an adult of a child's band", map[string]any{"d_age_band": "15_17"}, "d_age_band"},
		{"an adult of 17, disputed or not", map[string]any{"d_age_years": 17.0, "d_age_basis": "disputed"}, "d_age_years"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			m := decoded(t, "valid/minimal-adult.json")
			answers := m["answers"].(map[string]any)
			for key, value := range tt.answers {
				answers[key] = map[string]any{"state": "answered", "value": value}
			}
			var want []Violation
			if tt.want != "" {
				want = []Violation{{"/answers/" + tt.want, KeywordConsistent}}
			}
			if got := v1(t).Validate(m, testNow); !reflect.DeepEqual(got, want) {
				t.Errorf("violations %v, want %v", got, want)
			}
		})
	}
}

func TestCleanText(t *testing.T) {
	t.Parallel()
	tests := []struct {
		text          string
		short, narrat bool
	}{
		{"สมชาย ใจดี", true, true},
		{"အောင်ကျော်", true, true},
		{"ខ្មែរ\u200bភាសា", true, true},
		{"می\u200cخواهم", true, true},
		{"a\nb", false, true},
		{"a\tb", false, true},
		{"a\rb", false, false},
		{"a\x00b", false, false},
		{"a\x7fb", false, false},
		{"a\u0085b", false, false},
		{"a\u202eb", false, false},
		{"a\u2066b", false, false},
		{"a\u2028b", false, false},
		{"a\ufffeb", false, false},
		{"a\ue000b", false, false},
		{"a\U000e0041b", false, false},
		{"a\u0378b", false, false},
		{"a\xff", false, false},
		{"a\xed\xa0\x80", false, false},
		{"ก" + strings.Repeat("\u0e48", 8), true, true},
		{"ก" + strings.Repeat("\u0e48", 9), false, false},
		{strings.Repeat("ก\u0e34\u0e48", 9), true, true},
	}
	for _, tt := range tests {
		if got := CleanText(tt.text, false); got != tt.short {
			t.Errorf("%q as a short text: %v", tt.text, got)
		}
		if got := CleanText(tt.text, true); got != tt.narrat {
			t.Errorf("%q as a narrative: %v", tt.text, got)
		}
	}
}

// Whatever is planted in a submission, as a value or as a name, never comes back.
func TestViolationsHoldNoAnswers(t *testing.T) {
	t.Parallel()
	const marker = "QZXMARKER"
	for _, name := range []string{"valid/adult-scam-compound.json", "valid/child-thai.json", "valid/refuses-screening.json"} {
		m := decoded(t, name)
		forEachPlace(m, func(plant func(any), restore func()) {
			for _, v := range []any{map[string]any{marker: marker}, []any{marker + "\u202e", map[string]any{marker: 1.0}}} {
				plant(v)
				refuseMarker(t, name, marker, v1(t).Validate(m, testNow))
				restore()
			}
		})
		forEachObject(m, func(object map[string]any) {
			for _, key := range []string{marker, "a/" + marker, marker + "~ %41"} {
				object[key] = map[string]any{"state": marker, "value": marker + "\u202e"}
				got := v1(t).Validate(m, testNow)
				if len(got) == 0 {
					t.Errorf("%s: an unknown name is accepted", name)
				}
				refuseMarker(t, name, marker, got)
				delete(object, key)
			}
		})
		if got := v1(t).Validate(m, testNow); got != nil {
			t.Fatalf("%s: not restored: %v", name, got)
		}
	}
}

func refuseMarker(t *testing.T, name, marker string, violations []Violation) {
	t.Helper()
	if strings.Contains(fmt.Sprint(violations), marker) {
		t.Errorf("%s: a violation holds what was submitted: %v", name, violations)
	}
}

func forEachPlace(v any, visit func(plant func(any), restore func())) {
	switch v := v.(type) {
	case map[string]any:
		for k, e := range v {
			forEachPlace(e, visit)
			visit(func(x any) { v[k] = x }, func() { v[k] = e })
		}
	case []any:
		for i, e := range v {
			forEachPlace(e, visit)
			visit(func(x any) { v[i] = x }, func() { v[i] = e })
		}
	}
}

func forEachObject(v any, visit func(map[string]any)) {
	switch v := v.(type) {
	case map[string]any:
		for _, e := range v {
			forEachObject(e, visit)
		}
		visit(v)
	case []any:
		for _, e := range v {
			forEachObject(e, visit)
		}
	}
}

func TestValidate_IsBoundedAndStable(t *testing.T) {
	t.Parallel()
	m := decoded(t, "valid/adult-scam-compound.json")
	for key, v := range m["answers"].(map[string]any) {
		if key != "d_under_18" && key != "b_consent_screening" {
			v.(map[string]any)["state"] = "nonsense"
		}
	}
	first := v1(t).Validate(m, testNow)
	if len(first) != maxViolations {
		t.Fatalf("%d violations, want %d", len(first), maxViolations)
	}
	for range 20 {
		if again := v1(t).Validate(m, testNow); !reflect.DeepEqual(again, first) {
			t.Fatalf("the order changes: %v and %v", first, again)
		}
	}
}

// A body within the limits of the API may hold tens of thousands of elements or names.
// To look for the causes of each would take the validator a minute and more.
func TestValidate_ExcessIsRefusedAtOnce(t *testing.T) {
	t.Parallel()
	const n = 40000
	unknown, list, group := map[string]any{}, make([]any, n), make([]any, n)
	for i := range n {
		unknown["x"+strconv.Itoa(i)] = 1.0
		list[i] = "x" + strconv.Itoa(i)
		group[i] = map[string]any{"x": 1.0}
	}
	answered := func(v any) map[string]any { return map[string]any{"state": "answered", "value": v} }
	tests := []struct {
		name    string
		key     string
		value   any
		pointer string
		keyword string
	}{
		{"choices", "i_exploitation", answered(list), "/answers/i_exploitation/value", "maxItems"},
		{"choices that were declined", "i_exploitation", map[string]any{"state": "declined", "value": list}, "/answers/i_exploitation/value", "maxItems"},
		{"objects", "d_documents", answered(group), "/answers/d_documents/value", "maxItems"},
		{"names in an item", "d_sex", unknown, "/answers/d_sex", "unevaluatedProperties"},
		{"names in an object of a group", "d_documents", answered([]any{unknown}), "/answers/d_documents/value/0", "unevaluatedProperties"},
		{"elements where a text belongs", "d_given_name", answered(list), "/answers/d_given_name/value", "type"},
		{"names where a text belongs", "d_given_name", answered(unknown), "/answers/d_given_name/value", "unevaluatedProperties"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			m := decoded(t, "valid/minimal-adult.json")
			m["answers"].(map[string]any)[tt.key] = tt.value
			start := time.Now()
			got := v1(t).Validate(m, testNow)
			if want := []Violation{{tt.pointer, tt.keyword}}; !reflect.DeepEqual(got, want) {
				t.Errorf("violations %v, want %v", got, want)
			}
			if took := time.Since(start); took > 5*time.Second {
				t.Errorf("took %v", took)
			}
		})
	}
}

func TestValidate_RefusesGoValuesThatAreNotJSON(t *testing.T) {
	t.Parallel()
	m := decoded(t, "valid/minimal-adult.json")
	m["version"] = complex(1, 0)
	if got := v1(t).Validate(m, testNow); len(got) == 0 {
		t.Error("accepted")
	}
}

func BenchmarkDecodeValidate(b *testing.B) {
	for _, name := range []string{"valid/adult-restaurant-lao.json", "valid/adult-scam-compound.json", "valid/refuses-screening.json", "invalid/several.json"} {
		b.Run(filepath.Base(name), func(b *testing.B) {
			f := v1(b)
			var compact any
			if err := json.Unmarshal(readFixture(b, name), &compact); err != nil {
				b.Fatal(err)
			}
			body, err := json.Marshal(compact)
			if err != nil {
				b.Fatal(err)
			}
			b.SetBytes(int64(len(body)))
			b.ReportAllocs()
			for b.Loop() {
				m, _ := f.Decode(body)
				f.Validate(m, testNow)
			}
		})
	}
}
