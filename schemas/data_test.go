package schemas

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io/fs"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// published returns the form's schema as any client gets it.
func published(t testing.TB, f *Form) map[string]any {
	t.Helper()
	var m map[string]any
	if err := json.Unmarshal(f.Schema(), &m); err != nil {
		t.Fatal(err)
	}
	return m
}

func TestPublishedFilesNeverChange(t *testing.T) {
	t.Parallel()
	sums := map[string]string{}
	for line := range strings.Lines(string(mustRead("published.sum"))) {
		sum, name, ok := strings.Cut(strings.TrimSpace(line), "  ")
		if !ok {
			t.Fatalf("published.sum: bad line %q", line)
		}
		sums[name] = sum
		got := sha256.Sum256(mustRead(name))
		if hex.EncodeToString(got[:]) != sum {
			t.Errorf("%s differs from what was published: a change of a form is a new version", name)
		}
	}
	for _, f := range ScreeningVersions() {
		for _, name := range []string{"schema.json", "text.en.json", "text.th.json"} {
			if sums[f.dir()+name] == "" {
				t.Errorf("%s%s is not in published.sum", f.dir(), name)
			}
		}
		if f.Hash != sums[f.dir()+"schema.json"] {
			t.Errorf("Hash of version %d is not the checksum of its schema", f.Version)
		}
	}
}

// allowed is the profile: what clients and the rule compiler understand. Everything
// else that does not begin with x- is refused.
var allowed = []string{
	"$schema", "$id", "$defs", "$ref", "title", "description", "type", "properties", "required", "unevaluatedProperties",
	"items", "oneOf", "const", "allOf", "if", "then", "else", "pattern", "format",
	"minimum", "maximum", "minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties",
}

// lintProfile returns what of a schema lies outside the profile. inIf says that a
// condition is looked at, whose constants need no title.
func lintProfile(s map[string]any, at string, inIf bool) []string {
	var out []string
	for k, v := range s {
		switch {
		case strings.HasPrefix(k, "x-"):
		case !slices.Contains(allowed, k):
			out = append(out, at+": keyword "+k)
		case k == "properties" || k == "$defs":
			for name, p := range v.(map[string]any) {
				out = append(out, lintProfile(p.(map[string]any), at+"/"+name, inIf)...)
			}
		case k == "items" || k == "then" || k == "else" || k == "if":
			out = append(out, lintProfile(v.(map[string]any), at+"/"+k, inIf || k == "if")...)
		case k == "allOf":
			out = append(out, lintRules(v, at, inIf)...)
		case k == "oneOf":
			out = append(out, lintChoice(v, at, inIf)...)
		}
	}
	return append(out, lintOne(s, at)...)
}

func lintRules(v any, at string, inIf bool) []string {
	var out []string
	for _, r := range v.([]any) {
		m := r.(map[string]any)
		if m["if"] == nil || m["then"] == nil {
			out = append(out, at+": allOf of something else than if and then")
		}
		out = append(out, lintProfile(m, at+"/allOf", inIf)...)
	}
	return out
}

func lintChoice(v any, at string, inIf bool) []string {
	var out []string
	for _, b := range v.([]any) {
		m := b.(map[string]any)
		if m["const"] == nil || m["title"] == nil && !inIf || len(m) > 2 {
			out = append(out, at+": oneOf of something else than const and title")
		}
	}
	return out
}

func lintOne(s map[string]any, at string) []string {
	var out []string
	if types := []any{nil, "object", "array", "string", "integer", "number", "boolean"}; !slices.Contains(types, s["type"]) {
		out = append(out, at+": type")
	}
	if formats := []any{nil, "date", "date-time"}; !slices.Contains(formats, s["format"]) {
		out = append(out, at+": format")
	}
	if u, ok := s["unevaluatedProperties"]; ok && u != false {
		out = append(out, at+": unevaluatedProperties")
	}
	if ref, ok := s["$ref"].(string); ok {
		if !strings.HasPrefix(ref, "#/$defs/") {
			out = append(out, at+": $ref")
		}
		for k := range s {
			if k != "$ref" && !strings.HasPrefix(k, "x-") && k != "title" && k != "description" {
				out = append(out, at+": "+k+" beside $ref")
			}
		}
	}
	if s["type"] == "object" && s["unevaluatedProperties"] != false {
		out = append(out, at+": an open object")
	}
	if s["type"] == "string" && s["oneOf"] == nil && s["maxLength"] == nil && s["pattern"] == nil && s["format"] == nil {
		out = append(out, at+": a text without a limit")
	}
	if most, ok := s["maxItems"].(float64); s["type"] == "array" && (!ok || most > 50) {
		out = append(out, at+": a list without a limit")
	}
	return out
}

func TestProfile(t *testing.T) {
	t.Parallel()
	for _, f := range ScreeningVersions() {
		for _, fault := range lintProfile(published(t, f), "", false) {
			t.Error(fault)
		}
	}
}

func TestProfile_Control(t *testing.T) {
	t.Parallel()
	bad := []string{
		`{"anyOf":[]}`, `{"not":{}}`, `{"additionalProperties":false}`, `{"type":"null"}`, `{"type":["string","null"],"maxLength":1}`,
		`{"oneOf":[{"const":"a"}]}`, `{"oneOf":[{"type":"string"}]}`, `{"$ref":"https://example.org/x"}`, `{"$ref":"#/$defs/a","maxLength":1}`,
		`{"allOf":[{"properties":{}}]}`, `{"type":"object"}`, `{"type":"string"}`, `{"type":"array","items":{}}`, `{"format":"email"}`,
		`{"unevaluatedProperties":true}`, `{"properties":{"a":{"enum":[1]}}}`, `{"allOf":[{"if":{"anyOf":[]},"then":{}}]}`, `{"$dynamicRef":"#a"}`,
	}
	for _, text := range bad {
		var s map[string]any
		if err := json.Unmarshal([]byte(text), &s); err != nil {
			t.Fatal(err)
		}
		if len(lintProfile(s, "", false)) == 0 {
			t.Errorf("the lint passes %s", text)
		}
	}
}

func TestRuleRefusesUnknownKeywords(t *testing.T) {
	t.Parallel()
	for _, s := range []map[string]any{
		{"anyOf": []any{}},
		{"multipleOf": 2.0},
		{"format": "nonsense"},
		{"properties": map[string]any{"a": map[string]any{"not": map[string]any{}}}},
		{"if": map[string]any{}, "then": map[string]any{"unevaluatedProperties": false}},
	} {
		if _, err := newRule(s); !errors.Is(err, errOutsideProfile) {
			t.Errorf("newRule(%v): %v", s, err)
		}
	}
}

func TestReferencesResolve(t *testing.T) {
	t.Parallel()
	for _, f := range ScreeningVersions() {
		root := published(t, f)
		used := map[string]bool{}
		forEachObject(root, func(o map[string]any) {
			ref, ok := o["$ref"].(string)
			if !ok {
				return
			}
			used[strings.TrimPrefix(ref, "#/$defs/")] = true
			if _, err := resolve(root, ref); err != nil {
				t.Errorf("%s: %v", ref, err)
			}
		})
		for name := range root["$defs"].(map[string]any) {
			if !used[name] {
				t.Errorf("definition %s is not used", name)
			}
		}
	}
}

func TestNothingIsLoadedFromElsewhere(t *testing.T) {
	t.Parallel()
	for _, ref := range []string{"https://example.org/schema.json", "file:///etc/passwd", "other.json"} {
		if _, err := compileDocument(map[string]any{"$ref": ref}); err == nil {
			t.Errorf("%s was compiled", ref)
		}
		if _, err := lower(nil, map[string]any{"$ref": ref}, 0); !errors.Is(err, errNoLoading) {
			t.Errorf("%s was lowered: %v", ref, err)
		}
	}
	circle := map[string]any{"$defs": map[string]any{"a": map[string]any{"$ref": "#/$defs/a"}}, "$ref": "#/$defs/a"}
	if _, err := lower(circle, circle, 0); err == nil {
		t.Error("a circle of references was lowered")
	}
}

func TestSectionsAndItemsAgree(t *testing.T) {
	t.Parallel()
	for _, f := range ScreeningVersions() {
		listed := map[string]bool{}
		for _, it := range f.Items() {
			if listed[it.Key] {
				t.Errorf("%s is listed twice", it.Key)
			}
			listed[it.Key] = true
			classes := []string{ClassIdentity, ClassSensitive, ClassNarrative, ClassSealed}
			if !strings.HasPrefix(it.Key, it.Section+"_") || it.Type == "" || !slices.Contains(classes, it.Class) {
				t.Errorf("incomplete item %+v", it)
			}
		}
		defined := f.root.members["answers"].members
		for key := range defined {
			if !listed[key] {
				t.Errorf("%s is in no section", key)
			}
		}
		if len(defined) != len(listed) {
			t.Errorf("%d items are defined, %d listed", len(defined), len(listed))
		}
	}
}

// A name must mean the same in every branch, since the rules of this package and the
// texts are kept by name.
func TestItemsAreDefinedOnce(t *testing.T) {
	t.Parallel()
	for _, f := range ScreeningVersions() {
		seen := map[string]map[string]any{}
		var visit func(s map[string]any)
		visit = func(s map[string]any) {
			props, _ := s["properties"].(map[string]any)
			for key, p := range props {
				if old, ok := seen[key]; ok && !reflect.DeepEqual(old, p) {
					t.Errorf("%s is defined in two ways", key)
				}
				seen[key] = p.(map[string]any)
			}
			for _, b := range branches(s) {
				visit(b)
			}
		}
		visit(f.doc["properties"].(map[string]any)["answers"].(map[string]any))
	}
}

func TestIndicatorsAreComplete(t *testing.T) {
	t.Parallel()
	f := v1(t)
	var ilo []int
	elements := map[string]int{}
	for _, it := range f.Items() {
		if it.ILO > 0 {
			ilo = append(ilo, it.ILO)
		}
		if it.Element != "" {
			elements[it.Element[:strings.LastIndexByte(it.Element, '.')]]++
		}
	}
	slices.Sort(ilo)
	if !slices.Equal(ilo, []int{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}) {
		t.Errorf("ILO indicators %v", ilo)
	}
	want := map[string]int{"s6": 3, "s6.act": 8, "s6.means": 7, "s6_1": 8, "child": 1}
	if !maps.Equal(elements, want) {
		t.Errorf("elements %v, want %v", elements, want)
	}
}

func textsOf(t *testing.T, f *Form, lang string) map[string]any {
	t.Helper()
	b, err := f.Text(lang)
	if err != nil {
		t.Fatal(err)
	}
	var m map[string]any
	if err := json.Unmarshal(b, &m); err != nil {
		t.Fatal(err)
	}
	return m
}

// label follows a dotted x-i18n key.
func label(texts map[string]any, key string) any {
	return lookup(texts, "/"+strings.ReplaceAll(key, ".", "/"))
}

func TestTextsAreComplete(t *testing.T) {
	t.Parallel()
	for _, f := range ScreeningVersions() {
		for _, lang := range f.Languages() {
			texts := textsOf(t, f, lang)
			forEachObject(published(t, f), func(o map[string]any) {
				key, ok := o["x-i18n"].(string)
				if !ok {
					return
				}
				choices, isChoice := o["oneOf"].([]any)
				for _, c := range choices {
					code := strings.Trim(string(must(json.Marshal(c.(map[string]any)["const"]))), `"`)
					checkText(t, lang, texts, key+"."+code)
				}
				switch {
				case isChoice:
				case strings.HasPrefix(key, "items."), strings.HasPrefix(key, "body."):
					checkText(t, lang, texts, key+".label")
				case strings.HasPrefix(key, "sections."):
					checkText(t, lang, texts, key+".title")
				default:
					checkText(t, lang, texts, key)
				}
			})
		}
		if en, th := keysOf(textsOf(t, f, "en"), ""), keysOf(textsOf(t, f, "th"), ""); !slices.Equal(en, th) {
			t.Error("the languages differ in their keys")
		}
	}
}

func must(b []byte, err error) []byte {
	if err != nil {
		panic(err)
	}
	return b
}

func checkText(t *testing.T, lang string, texts map[string]any, key string) {
	t.Helper()
	s, ok := label(texts, key).(string)
	if !ok || strings.TrimSpace(s) == "" {
		t.Errorf("no %s text for %s", lang, key)
	}
	if lang == "th" && ok && !strings.ContainsFunc(s, func(r rune) bool { return r >= 0x0e00 && r <= 0x0e7f }) {
		t.Errorf("the Thai text for %s is not Thai", key)
	}
}

func keysOf(v any, at string) []string {
	m, ok := v.(map[string]any)
	if !ok {
		return []string{at}
	}
	var out []string
	for k, e := range m {
		if k != "_status" {
			out = append(out, keysOf(e, at+"."+k)...)
		}
	}
	slices.Sort(out)
	return out
}

func TestTitlesAreTheEnglishTexts(t *testing.T) {
	t.Parallel()
	texts := textsOf(t, v1(t), "en")
	forEachObject(published(t, v1(t)), func(o map[string]any) {
		key, _ := o["x-i18n"].(string)
		choices, _ := o["oneOf"].([]any)
		for _, c := range choices {
			m := c.(map[string]any)
			code := strings.Trim(string(must(json.Marshal(m["const"]))), `"`)
			if label(texts, key+"."+code) != m["title"] {
				t.Errorf("title of %s.%s", key, code)
			}
		}
	})
}

func TestNothingClaimsToBeOfficial(t *testing.T) {
	t.Parallel()
	for _, f := range ScreeningVersions() {
		if f.Official || !strings.HasPrefix(f.Status, "reconstruction") || f.Opened == "" {
			t.Errorf("version %d: official %v, status %q, opened %q", f.Version, f.Official, f.Status, f.Opened)
		}
		if s := published(t, f); s["x-official"] != false || s["x-status"] != f.Status {
			t.Errorf("version %d: the schema does not say what it is", f.Version)
		}
		for _, lang := range f.Languages() {
			status, _ := textsOf(t, f, lang)["_status"].(map[string]any)
			if status["official"] != false || status["status"] != "draft" {
				t.Errorf("texts in %s: _status %v", lang, status)
			}
		}
	}
	err := fs.WalkDir(files, ".", func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && bytes.Contains(mustRead(path), []byte(`"official": true`)) {
			t.Errorf("%s claims to be official", path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestWashingtonGroupWordForWord(t *testing.T) {
	t.Parallel()
	var wg struct {
		Permission struct{ Status string }
		Questions  []struct {
			Order                int
			Variable, Item, Text string
		}
		Categories []struct {
			Code         int
			Label, State string
		}
		Texts []struct{ Lang, Status string }
	}
	mustUnmarshal(WashingtonGroup(), &wg)
	want := []string{
		"Do you have difficulty seeing, even if wearing glasses?",
		"Do you have difficulty hearing, even if using a hearing aid(s)?",
		"Do you have difficulty walking or climbing steps?",
		"Do you have difficulty remembering or concentrating?",
		"Do you have difficulty with self-care, such as washing all over or dressing?",
		"Using your usual language, do you have difficulty communicating, for example understanding or being understood?",
	}
	if len(wg.Questions) != len(want) {
		t.Fatalf("%d questions", len(wg.Questions))
	}
	texts := textsOf(t, v1(t), "en")
	for i, q := range wg.Questions {
		if q.Order != i+1 || q.Text != want[i] || label(texts, "items."+q.Item+".label") != want[i] {
			t.Errorf("question %d: %+v", i+1, q)
		}
	}
	for _, c := range wg.Categories[:4] {
		if label(texts, "choices.wg_level."+string(rune('0'+c.Code))) != c.Label {
			t.Errorf("category %d", c.Code)
		}
	}
	if !strings.Contains(wg.Permission.Status, "pending") || wg.Texts[1].Lang != "th" || wg.Texts[1].Status != "draft" {
		t.Errorf("permission %q, texts %v", wg.Permission.Status, wg.Texts)
	}
	thai := textsOf(t, v1(t), "th")
	for _, q := range wg.Questions {
		s, _ := label(thai, "items."+q.Item+".label").(string)
		if !strings.Contains(s, "ความลำบาก") {
			t.Errorf("Thai text of %s", q.Item)
		}
	}
	status := label(thai, "_status.items").(map[string]any)
	if len(status) != 6 {
		t.Errorf("the Thai questions are not all marked as drafts: %v", status)
	}
}
