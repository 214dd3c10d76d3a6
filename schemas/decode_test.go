package schemas

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
)

func TestDecode(t *testing.T) {
	t.Parallel()
	deep := func(n int) string { return strings.Repeat("[", n) + strings.Repeat("]", n) }
	tests := []struct {
		name, body string
		want       []Violation
	}{
		{"an object", `{"form":"screening"}`, nil},
		{"space around it", " {}\n", nil},
		{"nothing", ``, []Violation{{"", KeywordJSON}}},
		{"an array", `[]`, []Violation{{"", "type"}}},
		{"null", `null`, []Violation{{"", "type"}}},
		{"trailing garbage", `{} x`, []Violation{{"", KeywordJSON}}},
		{"two values", `{}{}`, []Violation{{"", KeywordJSON}}},
		{"cut short", `{"form":`, []Violation{{"", KeywordJSON}}},
		{"a comment", `{}//x`, []Violation{{"", KeywordJSON}}},
		{"a number too large", `{"version":1e999}`, []Violation{{"", KeywordJSON}}},
		{"not a number", `{"version":NaN}`, []Violation{{"", KeywordJSON}}},
		{"half a surrogate pair", `{"form":"\ud800"}`, []Violation{{"", KeywordJSON}}},
		{"invalid UTF-8", "{\"form\":\"\xff\"}", []Violation{{"", KeywordUTF8}}},
		{"overlong UTF-8", "{\"form\":\"\xc0\xaf\"}", []Violation{{"", KeywordUTF8}}},
		{"a byte order mark", "\ufeff{}", []Violation{{"", KeywordJSON}}},
		{"32 levels", `{"answers":` + deep(31) + `}`, nil},
		{"33 levels", `{"answers":` + deep(32) + `}`, []Violation{{"", KeywordDepth}}},
		{"brackets in a text", `{"form":"` + strings.Repeat("[", 40) + `\"{"}`, nil},
		{"a name twice", `{"form":1,"form":1}`, []Violation{{"", KeywordDuplicate}}},
		{"a name twice, escaped once", `{"form":1,"f\u006frm":1}`, []Violation{{"", KeywordDuplicate}}},
		{"an item twice", `{"answers":{"d_sex":{},"d_sex":{}}}`, []Violation{{"/answers", KeywordDuplicate}}},
		{"a state twice", `{"answers":{"d_sex":{"state":1,"state":2}}}`, []Violation{{"/answers/d_sex", KeywordDuplicate}}},
		{"in a list", `{"answers":{"d_documents":{"value":[{"kind":1,"kind":1}]}}}`, []Violation{{"/answers/d_documents/value", KeywordDuplicate}}},
		{"below an invented name", `{"answers":{"QZXMARKER":{"QZXMARKER":1,"QZXMARKER":1}}}`, []Violation{{"/answers", KeywordDuplicate}}},
		{"below an invented digit", `{"answers":{"7":{"a":1,"a":1}}}`, []Violation{{"/answers", KeywordDuplicate}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			m, got := v1(t).Decode([]byte(tt.body))
			if !reflect.DeepEqual(got, tt.want) {
				t.Errorf("violations %v, want %v", got, tt.want)
			}
			if (m == nil) != (got != nil) {
				t.Errorf("value %v beside violations %v", m, got)
			}
		})
	}
}

func TestDecodeStrict_NamesNothing(t *testing.T) {
	t.Parallel()
	_, got := DecodeStrict([]byte(`{"answers":{"a":1,"a":2}}`))
	if want := []Violation{{"", KeywordDuplicate}}; !reflect.DeepEqual(got, want) {
		t.Errorf("violations %v, want %v", got, want)
	}
	v, got := DecodeStrict([]byte(`[1,"a",true,null]`))
	if want := []any{1.0, "a", true, nil}; got != nil || !reflect.DeepEqual(v, want) {
		t.Errorf("value %v, violations %v", v, got)
	}
}

func TestViolationJSON(t *testing.T) {
	t.Parallel()
	b, err := json.Marshal(Violation{"/answers", "type"})
	if err != nil || string(b) != `{"pointer":"/answers","keyword":"type"}` {
		t.Errorf("%s, %v", b, err)
	}
}

func TestUnknownVersionAndLanguage(t *testing.T) {
	t.Parallel()
	if _, err := Screening(99); !errors.Is(err, ErrUnknownVersion) {
		t.Errorf("version 99: %v", err)
	}
	for _, lang := range []string{"", "xx", "../../manifest", "EN"} {
		if _, err := v1(t).Text(lang); !errors.Is(err, ErrUnknownLanguage) {
			t.Errorf("language %q: %v", lang, err)
		}
	}
}

// FuzzDecodeStrict holds that decoding never panics, agrees with the standard library
// on what is JSON, and that violations never hold what was in the body.
func FuzzDecodeStrict(f *testing.F) {
	for _, name := range fixtures(f, "valid") {
		f.Add(readFixture(f, name))
	}
	for _, s := range []string{`{"a":1,"a":2}`, `[[[]]]`, "\xff", `{"answers":{"d_sex":{"state":1,"state":1}}}`, `"\ud800"`, `1e999`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		v, violations := DecodeStrict(body)
		if violations == nil && !json.Valid(body) {
			t.Fatal("accepted what is not JSON")
		}
		if violations != nil && (v != nil || len(violations) != 1 || violations[0].Pointer != "") {
			t.Fatalf("value %v beside %v", v, violations)
		}
		form := v1(t)
		m, violations := form.Decode(body)
		if violations == nil {
			violations = form.Validate(m, testNow)
		}
		for _, violation := range violations {
			for token := range strings.SplitSeq(strings.TrimPrefix(violation.Pointer, "/"), "/") {
				if token != "" && !form.names[token] && strings.Trim(token, "0123456789") != "" {
					t.Fatalf("a pointer holds a name that is not the form's: %s", fmt.Sprint(violation))
				}
			}
		}
	})
}
