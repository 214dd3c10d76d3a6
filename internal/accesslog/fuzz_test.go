package accesslog

import (
	"errors"
	"regexp"
	"strings"
	"testing"
	"time"
)

// FuzzDecodeMessage holds that a message is refused or holds entries that can be written again, and that no error quotes it.
func FuzzDecodeMessage(f *testing.F) {
	const entry = `{"id":"0b9f2ad6-5a0e-4f0e-9a67-0d6c1e6c7d11","at":"2026-11-01T00:00:00Z","user":"u","action":"case.read","outcome":"shown","classes":["identity"]}`
	for _, s := range []string{
		`{"v":1,"entries":[` + entry + `]}`, `{"v":1,"entries":[` + entry + `,` + entry + `]}`, `{"v":2,"entries":[]}`, `{"v":1,"entries":[{}]}`, `{"v":1,"entries":null}`, `[]`, "\xff",
		`{"v":1,"entries":[` + strings.Replace(entry, `"u"`, `"Malee Suksawat"`, 1) + `]}`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		entries, err := Decode(data)
		if err != nil {
			if len(data) > 20 && strings.Contains(err.Error(), string(data)) {
				t.Fatal("the error quotes the message")
			}
			return
		}
		for _, e := range entries {
			if _, err := encode(e); err != nil {
				t.Fatalf("read what cannot be written: %v", err)
			}
		}
	})
}

var canonical = regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)

// FuzzCursor holds that a cursor is refused as one or is the place that it says, in a time and an id that the database takes.
func FuzzCursor(f *testing.F) {
	const id = "0b9f2ad6-5a0e-4f0e-9a67-0d6c1e6c7d11"
	for _, s := range []string{
		cursorOf(time.Date(2026, time.November, 1, 0, 0, 0, 0, time.UTC), id), "9223372036854775807_" + id, "-9223372036854775808_" + id, "1_urn:uuid:" + id, "x", "1_",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		at, id, err := Page{After: text}.place()
		if err != nil {
			if !errors.Is(err, ErrCursor) {
				t.Errorf("another error: %v", err)
			}
			return
		}
		if at.UTC().Year() < 0 || at.UTC().Year() > 9999 || !canonical.MatchString(id) {
			t.Errorf("%s and %q were taken", at, id)
		}
		if again, sameID, err := (Page{After: cursorOf(at, id)}).place(); err != nil || !again.Equal(at) || sameID != id {
			t.Errorf("%s and %s are %s and %s when they are written again (%v)", at, id, again, sameID, err)
		}
	})
}
