package domain_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"songtor/domain"
)

func TestPersonalDataCannotBeWrittenInClear(t *testing.T) {
	t.Parallel()
	p := private("Somchai")
	if _, err := json.Marshal(&domain.ReferralSent{Note: p}); !errors.Is(err, domain.ErrUnsealed) {
		t.Fatalf("got %v, want ErrUnsealed", err)
	}
	if printed := fmt.Sprintf("%v %s %#v %+v", p, p, p, p); strings.Contains(printed, "Somchai") {
		t.Fatal("personal data was printed")
	}
}

func TestSealedDataComesBackAsItWas(t *testing.T) {
	t.Parallel()
	p := private("Somchai")
	must(t, p.Seal(func(_ domain.Scope, plain []byte) (domain.Sealed, error) {
		return domain.Sealed{KeyID: "k", Ciphertext: []byte("x" + string(plain))}, nil
	}))
	wire, err := json.Marshal(p)
	must(t, err)
	var back domain.Private
	must(t, json.Unmarshal(wire, &back))
	var name string
	if err := back.Reveal(&name); !errors.Is(err, domain.ErrClosed) {
		t.Fatalf("got %v, want ErrClosed", err)
	}
	must(t, back.Open(func(_ domain.Scope, s domain.Sealed) ([]byte, error) { return s.Ciphertext[1:], nil }))
	must(t, back.Reveal(&name))
	if name != "Somchai" || back.Scope != domain.ScopeSensitive {
		t.Fatalf("got %q in %s", name, back.Scope)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// Every Private of every event must be reachable for sealing: a forgotten one could never be written, but a forgotten one that
// stays empty would lose data without a word.
func TestEveryPrivateFieldIsListed(t *testing.T) {
	t.Parallel()
	privateType := reflect.TypeFor[domain.Private]()
	for _, e := range domain.EventTypes() {
		v := reflect.ValueOf(e).Elem()
		var fields int
		for i := range v.NumField() {
			if v.Field(i).Type() == privateType {
				fields++
			}
		}
		if got := len(e.Privates()); got != fields {
			t.Errorf("%s lists %d of %d private fields", e.EventType(), got, fields)
		}
	}
}
