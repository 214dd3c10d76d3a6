package timeline

import (
	"encoding/json"
	"strings"
	"testing"

	"songtor/domain"
)

// Every event type is filled with personal data, sealed and opened again, in each of its personal parts.
func TestClearFieldsHoldNothingPersonal(t *testing.T) {
	t.Parallel()
	for _, e := range domain.EventTypes() {
		for _, p := range e.Privates() {
			*p = domain.PrivateJSON(domain.ScopeSensitive, []byte(`"PLAIN"`))
			if err := p.Seal(func(domain.Scope, []byte) (domain.Sealed, error) {
				return domain.Sealed{KeyID: "KEY", Ciphertext: []byte("CIPHER")}, nil
			}); err != nil {
				t.Fatal(err)
			}
			if err := p.Open(func(domain.Scope, domain.Sealed) ([]byte, error) { return []byte(`"PLAIN"`), nil }); err != nil {
				t.Fatal(err)
			}
		}
		facts, err := clearFields(e)
		if err != nil {
			t.Fatal(err)
		}
		for _, word := range []string{"PLAIN", "KEY", "CIPHER", "Q0lQSEVS", "private"} {
			if strings.Contains(string(facts), word) {
				t.Errorf("%s: %s stands in %s", e.EventType(), word, facts)
			}
		}
		mustHaveTheRest(t, e, facts)
	}
}

// mustHaveTheRest compares with the event's own encoding: only its personal parts may be missing.
func mustHaveTheRest(t *testing.T, e domain.Event, facts []byte) {
	t.Helper()
	whole, err := json.Marshal(e)
	if err != nil {
		t.Fatal(err)
	}
	var want, got map[string]any
	if json.Unmarshal(whole, &want) != nil || json.Unmarshal(facts, &got) != nil {
		t.Fatalf("%s does not decode", e.EventType())
	}
	if len(got) != len(want)-len(e.Privates()) {
		t.Errorf("%s has %d clear fields, want %d of %d", e.EventType(), len(got), len(want)-len(e.Privates()), len(want))
	}
}
