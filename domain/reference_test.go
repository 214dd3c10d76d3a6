package domain_test

import (
	"math/rand/v2"
	"strings"
	"testing"

	"songtor/domain"
)

func TestAReferenceCatchesSlipsOfThePen(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	const alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
	for range 200 {
		ref := draw(random)
		if !domain.ValidReference(ref) || !domain.ValidReference(strings.ToLower(ref)) {
			t.Fatalf("%s is not valid", ref)
		}
		plain := []byte(strings.ReplaceAll(ref, "-", ""))
		for i := range plain {
			wrong := []byte(string(plain))
			wrong[i] = alphabet[random.IntN(len(alphabet))]
			if wrong[i] != plain[i] && domain.ValidReference(string(wrong)) {
				t.Fatalf("%s passes for %s", wrong, plain)
			}
			if i == 0 || plain[i] == plain[i-1] {
				continue
			}
			swapped := []byte(string(plain))
			swapped[i], swapped[i-1] = plain[i-1], plain[i]
			if domain.ValidReference(string(swapped)) {
				t.Fatalf("%s passes for %s", swapped, plain)
			}
		}
	}
}

func TestAReferenceIsReadAsItWasMeant(t *testing.T) {
	t.Parallel()
	ref := draw(rand.New(rand.NewPCG(3, 4)))
	for _, typed := range []string{
		ref, strings.ToLower(ref), strings.ReplaceAll(ref, "-", ""), strings.ReplaceAll(ref, "-", " "), " " + ref + " ",
		strings.NewReplacer("0", "o", "1", "l").Replace(ref), strings.NewReplacer("0", "O", "1", "I").Replace(ref),
	} {
		if got, ok := domain.ReadReference(typed); !ok || got != ref {
			t.Errorf("%q is read as %q, %v", typed, got, ok)
		}
	}
	for _, typed := range []string{"", "-", ref[1:], ref + "0", strings.Repeat("U", 16), "ก" + ref[1:]} {
		if got, ok := domain.ReadReference(typed); ok {
			t.Errorf("%q is read as %q", typed, got)
		}
	}
}

func draw(random *rand.Rand) string {
	for {
		var b [15]byte
		for i := range b {
			b[i] = byte(random.Uint32())
		}
		if ref, ok := domain.MakeReference(b); ok {
			return ref
		}
	}
}
