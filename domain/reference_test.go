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
