package domain_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"reflect"
	"slices"
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

// The control is a plain copy: its events are those of the commit that it was copied from.
func TestACommitStandsApart(t *testing.T) {
	t.Parallel()
	sealed := domain.Private{Scope: domain.ScopeSensitive, Sealed: &domain.Sealed{KeyID: "k", Ciphertext: []byte("x")}}
	c := domain.Commit{Fingerprint: sealed, Facts: []domain.Fact{{Event: &domain.NoteAdded{Text: sealed}}, {Event: &domain.CaseClosed{}}}}
	open := func(c domain.Commit) {
		for _, p := range c.Privates() {
			must(t, p.Open(func(domain.Scope, domain.Sealed) ([]byte, error) { return []byte(`"Somchai"`), nil }))
		}
	}
	text := func(c domain.Commit) []byte { return c.Facts[0].Event.(*domain.NoteAdded).Text.Plain() }

	own := c.Apart()
	if !reflect.DeepEqual(own, c) {
		t.Fatal("a commit that stands apart is another one")
	}
	open(own)
	if text(own) == nil || text(c) != nil {
		t.Fatal("what was opened in the one is open in the other")
	}
	plain := c
	open(plain)
	if text(c) == nil {
		t.Fatal("the control did not share its events")
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

// What is sealed opens at its place in the commit alone. An event that gains a personal part must leave those of before where they
// were, in the events that follow it as well.
func TestPersonalPartsKeepTheirPlaces(t *testing.T) {
	t.Parallel()
	recorded, corrected, noted := new(domain.ScreeningRecorded), new(domain.ScreeningCorrected), new(domain.DisagreementNoted)
	commit := domain.Commit{Facts: []domain.Fact{{Event: recorded}, {Event: corrected}, {Event: noted}}}
	want := []*domain.Private{
		&commit.Fingerprint,
		&recorded.Answers, &recorded.Identity, &recorded.Categories, &recorded.Findings,
		&corrected.Answers, &corrected.Identity, &corrected.Categories, &corrected.Findings,
		&noted.Two,
		&recorded.Health, &corrected.Health,
	}
	if got := commit.Privates(); !slices.Equal(got, want) {
		t.Errorf("the parts do not stand where they have been sealed: %d are elsewhere", elsewhere(got, want))
	}
	inserted := slices.Insert(slices.Clone(want), 2, &recorded.Health) // negative control: a part that was added where its field stands
	if n := elsewhere(inserted, want); n == 0 {
		t.Error("a part that was added in between is not seen")
	}
}

func elsewhere(got, want []*domain.Private) int {
	var n int
	for i, p := range want {
		if i >= len(got) || got[i] != p {
			n++
		}
	}
	return n
}

// The order of an event's personal parts is written down, because what is in the log was sealed by it: a line is never changed but by
// adding a part at its end, with the event's later counting it.
func TestTheOrderOfPersonalPartsIsWrittenDown(t *testing.T) {
	t.Parallel()
	written, err := os.ReadFile("testdata/personal_parts.txt")
	must(t, err)
	var found []string
	for _, e := range domain.EventTypes() {
		if parts := partNames(e); len(parts) > 0 {
			found = append(found, fmt.Sprintf("%s v%d: %s", e.EventType(), e.EventVersion(), strings.Join(parts, " ")))
		}
	}
	slices.Sort(found)
	if got := strings.Join(found, "\n") + "\n"; got != string(written) {
		t.Errorf("testdata/personal_parts.txt differs from\n%s", got)
	}
}

// partNames are the names of an event's personal parts on the wire, in the order of Privates.
func partNames(e domain.Event) []string {
	var names []string
	v := reflect.ValueOf(e).Elem()
	for _, p := range e.Privates() {
		for i := range v.NumField() {
			field := v.Field(i)
			if field.Type() == reflect.TypeFor[domain.Private]() && field.Addr().UnsafePointer() == reflect.ValueOf(p).UnsafePointer() {
				name, _, _ := strings.Cut(v.Type().Field(i).Tag.Get("json"), ",")
				names = append(names, name)
			}
		}
	}
	return names
}
