package witness

import (
	"bytes"
	"errors"
	"testing"
)

// FuzzParseRequest holds that a request is refused as malformed or read as what it says: written again it is the same.
func FuzzParseRequest(f *testing.F) {
	h := newHistory(f, "log.example")
	h.grow(f, 5, "leaf")
	f.Add(request{signed: h.signed(f, 5)}.body())
	f.Add(request{old: 3, proof: h.proof(f, 3, 5), signed: h.signed(f, 5)}.body())
	for _, s := range []string{"", "old 0\n\n", "old -1\n\nx", "old 03\n\nx", "old 9223372036854775808\n\nx", "old 1\nAAAA\n\nx"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		r, err := parseRequest(body)
		if err != nil {
			if !errors.Is(err, ErrMalformed) {
				t.Errorf("another error: %v", err)
			}
			return
		}
		if written := r.body(); !bytes.Equal(written, body) {
			t.Errorf("%q was read as %q", body, written)
		}
	})
}
