package matching

import (
	"encoding/json"
	"reflect"
	"slices"
	"testing"
	"time"

	"songtor/schemas"
)

// TestTheItemsAreThoseOfTheForm holds the keys that are read, and the sealed part in which each lies, against every open version of
// the form.
func TestTheItemsAreThoseOfTheForm(t *testing.T) {
	t.Parallel()
	for _, form := range schemas.ScreeningVersions() {
		classes := map[string]string{}
		for _, item := range form.Items() {
			classes[item.Key] = item.Class
		}
		for part, inIdentity := range map[reflect.Type]bool{reflect.TypeFor[identity](): true, reflect.TypeFor[answers](): false} {
			for i := range part.NumField() {
				key := part.Field(i).Tag.Get("json")
				class, known := classes[key]
				if !known || (class == schemas.ClassIdentity) != inIdentity {
					t.Errorf("version %d: %s is of class %q", form.Version, key, class)
				}
			}
		}
	}
}

func TestAPersonIsReadFromTheForm(t *testing.T) {
	t.Parallel()
	var id identity
	var a answers
	mustDecode(t, `{"d_name_said": {"state": "answered", "value": "สมชาย"}, "d_given_name": {"state": "answered", "value": "สมชาย"},
		"d_family_name": {"state": "answered", "value": "ใจดี"}, "d_nickname": {"state": "declined"}, "d_birth_date": {"state": "answered", "value": 7},
		"d_documents": {"state": "answered", "value": [{"kind": "passport", "country": "THA", "number": "AA123456", "held_by": "exploiter"}]},
		"d_contacts": {"state": "answered", "value": [{"kind": "phone", "value": "081", "whose": "family"}, {"kind": "messaging", "value": "082", "whose": "self", "safe_to_call": true}]}}`, &id)
	mustDecode(t, `{"d_sex": {"state": "answered", "value": "intersex"}, "d_age_years": {"state": "answered", "value": 0}, "a_language": {"state": "answered", "value": "und"},
		"d_languages": {"state": "answered", "value": ["mis", "kac"]}}`, &a)
	p := person(id, a, time.Date(2025, 12, 31, 20, 0, 0, 0, time.UTC))
	if !slices.Contains(p.Names, "สมชาย ใจดี") || p.Sex != "other" || p.Age != 0 || p.AgeIn != 2026 || p.Birth != "" {
		t.Errorf("person is %+v", p)
	}
	if len(p.Documents) != 1 || p.Documents[0].Number != "AA123456" || !slices.Equal(p.Phones, []string{"082"}) {
		t.Errorf("person is %+v", p)
	}
	if got := a.language(); got != "kac" {
		t.Errorf("language is %q", got)
	}
}

func mustDecode(t *testing.T, text string, into any) {
	t.Helper()
	if err := json.Unmarshal([]byte(text), into); err != nil {
		t.Fatal(err)
	}
}
