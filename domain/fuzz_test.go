package domain_test

import (
	"strings"
	"testing"

	"songtor/domain"
)

// FuzzValidReference holds that a reference is one in every way of writing it, and that one wrong symbol makes it none.
func FuzzValidReference(f *testing.F) {
	for seed := range byte(50) {
		if made, ok := domain.MakeReference([15]byte{seed, 2 * seed, 7, 31, seed}); ok {
			f.Add(made, seed)
		}
	}
	f.Add("", byte(0))
	f.Add("----------------", byte(1))
	f.Add("0000-0000-0000-000\xff", byte(2))
	f.Fuzz(func(t *testing.T, s string, at byte) {
		if !domain.ValidReference(s) {
			return
		}
		plain := strings.ReplaceAll(strings.ToUpper(s), "-", "")
		if !domain.ValidReference(plain) || !domain.ValidReference(strings.ToLower(plain)) {
			t.Fatalf("%q is one, but not in every spelling", s)
		}
		i := int(at) % len(plain)
		other := byte('0')
		if plain[i] == other {
			other = '1'
		}
		if domain.ValidReference(plain[:i] + string(other) + plain[i+1:]) {
			t.Fatalf("%q is one with a wrong symbol at %d, too", s, i)
		}
	})
}
