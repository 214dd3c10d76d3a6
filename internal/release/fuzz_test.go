package release

import (
	"bytes"
	"errors"
	"testing"

	"github.com/go-json-experiment/json"
)

// FuzzRules holds that a file of rules is refused as such or is the same when it is written again and read.
func FuzzRules(f *testing.F) {
	f.Add(usualRules)
	f.Add([]byte(`{}`))
	f.Add([]byte(`{"protection":{"k":3,"extra":0.1},"universes":[{"id":"identified","blocks":[{"dimensions":["sex"],"tables":[{"id":"t","dimensions":["sex"]}]}]}]}`))
	f.Add([]byte(`{"protection":{"k":3,"extra":0.1},"universes":[{"id":"identified","blocks":[{"total_of":{"universe":"identified"}},{"within":"x","shares":["y"]}]}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		rules, err := parseRules(data)
		if err != nil {
			if !errors.Is(err, ErrRules) {
				t.Errorf("another error: %v", err)
			}
			return
		}
		written, err := json.Marshal(rules)
		if err != nil {
			t.Fatalf("read what cannot be written: %v", err)
		}
		if again, err := parseRules(written); err != nil || !bytes.Equal(rewritten(t, again), written) {
			t.Errorf("written again, the rules are others (%v): %s", err, written)
		}
	})
}

func rewritten(t *testing.T, rules *Rules) []byte {
	t.Helper()
	written, err := json.Marshal(rules)
	if err != nil {
		t.Fatal(err)
	}
	return written
}

// FuzzBook holds that an entry is refused as such or makes a book that can be asked, whatever was read before and comes after.
func FuzzBook(f *testing.F) {
	const who = `"at":"2026-11-01T00:00:00Z","by":{"user":"a","agency":"datip","role":"admin"}`
	for _, s := range []string{
		`{"v":1,"type":"release.certificate",` + who + `,"release":"r","digest":"d","part":"AAAA","n":0,"of":1}`,
		`{"v":1,"type":"release.certificate",` + who + `,"release":"r","digest":"d","part":"AAAA","sealed":true,"n":-1,"of":2}`,
		`{"v":1,"type":"release.proposed",` + who + `,"release":"r","digest":"d"}`,
		`{"v":1,"type":"release.proposed",` + who + `,"release":"r","digest":"d","proposal":{}}`,
		`{"v":1,"type":"release.published","at":"2026-11-01T00:00:00Z","by":{"user":"b"},"release":"r","digest":"d"}`,
		`{"v":1,"type":"release.refused",` + who + `,"release":"r","digest":"d"}`,
		`{`,
	} {
		for _, first := range []string{s, `{"v":1,"type":"release.proposed",` + who + `,"release":"r","digest":"d","proposal":{}}`} {
			f.Add([]byte(first), []byte(s))
		}
	}
	f.Fuzz(func(t *testing.T, first, second []byte) {
		book := NewBook()
		for i, data := range [][]byte{first, second} {
			next, err := book.Read(uint64(i)+1, data)
			if err != nil {
				if !errors.Is(err, ErrEntry) {
					t.Errorf("another error: %v", err)
				}
				continue
			}
			book = next
			if book.Last != uint64(i)+1 {
				t.Errorf("the last entry is at %d", book.Last)
			}
		}
		for _, waiting := range book.Proposals() {
			if waiting.Proposal == nil {
				t.Error("nothing is proposed")
			}
		}
		for _, p := range book.Published() {
			if found, ok := book.Find(p.Release.ID); p.PublishedBy.User == p.By.User || !ok && found == nil {
				t.Errorf("%q is published by %q, who built it, or is not found", p.Release.ID, p.PublishedBy.User)
			}
		}
		for digest := range book.parts {
			_, _ = book.Certificate(digest, NoSeal())
		}
	})
}
