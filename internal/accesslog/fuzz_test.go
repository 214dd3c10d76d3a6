package accesslog

import (
	"strings"
	"testing"
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
