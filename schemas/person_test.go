package schemas

import (
	"slices"
	"strings"
	"testing"
	"unicode"
)

// theSix are the items of the Washington Group Short Set.
var theSix = []string{"e_vis", "e_hear", "e_mob", "e_cog", "e_sc", "e_com"}

// scripts are the scripts in which the texts for a person have to be written.
var scripts = map[string]*unicode.RangeTable{"km": unicode.Khmer, "lo": unicode.Lao, "my": unicode.Myanmar, "vi": unicode.Latin}

// A person is shown what they consent to, what may be dangerous now and the six questions
// in their language; whatever more there is has a place in the form.
func TestTextsForThePerson(t *testing.T) {
	t.Parallel()
	f := v1(t)
	known, said := keysOf(textsOf(t, f, "en"), ""), toBeSaid(t, f)
	if len(said) < 15 {
		t.Fatalf("only %d items that have to be said", len(said))
	}
	for _, lang := range f.PersonLanguages() {
		texts := textsOf(t, f, lang)
		for _, key := range said {
			checkText(t, lang, texts, "items."+key+".label")
		}
		for _, key := range keysOf(texts, "") {
			if !slices.Contains(known, key) && !hasNothing(texts, key) {
				t.Errorf("%s: the form has no %s", lang, key)
			}
			if s, ok := label(texts, strings.TrimPrefix(key, ".")).(string); ok && !strings.ContainsFunc(s, func(r rune) bool { return unicode.Is(scripts[lang], r) }) {
				t.Errorf("%s: %s is in another script", lang, key)
			}
		}
	}
}

// toBeSaid are the items that have to be there in every language: those on consent and
// danger that are spoken, and the six questions.
func toBeSaid(t *testing.T, f *Form) []string {
	t.Helper()
	spoken := map[string]bool{}
	forEachObject(published(t, f), func(o map[string]any) {
		if prompt, ok := o["x-audio"].(string); ok {
			spoken[prompt] = true
		}
	})
	var keys []string
	for _, it := range f.Items() {
		if spoken[it.Key] && (it.Urgent || slices.Contains(theSix, it.Key) || strings.HasPrefix(it.Key, "b_consent_")) {
			keys = append(keys, it.Key)
		}
	}
	return keys
}

// hasNothing tells whether a key is an object without members.
func hasNothing(texts map[string]any, key string) bool {
	m, ok := label(texts, strings.TrimPrefix(key, ".")).(map[string]any)
	return ok && len(m) == 0
}

// Nobody may take a draft for the words of the Washington Group.
func TestTextsForThePersonAreDrafts(t *testing.T) {
	t.Parallel()
	f := v1(t)
	for _, lang := range f.PersonLanguages() {
		status, _ := textsOf(t, f, lang)["_status"].(map[string]any)
		if status["official"] != false || status["status"] != "draft" || status["language"] != lang {
			t.Errorf("%s: _status %v", lang, status)
		}
		items, _ := status["items"].(map[string]any)
		for _, key := range theSix {
			if six, _ := items[key].(map[string]any); six["status"] != "draft" {
				t.Errorf("%s: %s is not said to be a draft", lang, key)
			}
		}
	}
}
