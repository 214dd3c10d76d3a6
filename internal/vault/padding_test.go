package vault

import (
	"bytes"
	"math"
	"math/rand/v2"
	"testing"
)

func TestPadmeLengths(t *testing.T) {
	t.Parallel()
	// Lengths by the definition of PURBs, section 4.
	for n, want := range map[int]int{64: 64, 65: 72, 72: 72, 73: 80, 100: 104, 127: 128, 128: 128, 129: 144, 1000: 1024, 1025: 1088, 4097: 4352, 262145: 270336} {
		if got := padme(n); got != want {
			t.Errorf("padme(%d) = %d, want %d", n, got, want)
		}
	}
}

func TestPaddingHidesLengthAndComesOff(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	endings := [][]byte{nil, {0}, {0, 0, 0}, {0x80}, {0x80, 0}, {0xe2, 0x80, 0x80}, {0xe2, 0x80}, []byte("ก")}
	for i := range 5_000 {
		n := random.IntN(300)
		if i%10 == 0 {
			n = random.IntN(300_000)
		}
		text := make([]byte, n)
		for j := range text {
			text[j] = byte(random.Uint32())
		}
		text = append(text, endings[i%len(endings)]...)
		padded := pad(text)
		again, ok := unpad(padded)
		if !ok || !bytes.Equal(again, text) {
			t.Fatalf("%d bytes that end in %x did not come back", len(text), endings[i%len(endings)])
		}
		checkPaddedLength(t, len(text), len(padded))
	}
}

// checkPaddedLength holds a padded length to what the package comment promises.
func checkPaddedLength(t *testing.T, n, padded int) {
	t.Helper()
	switch {
	case padded < smallest || padded <= n:
		t.Fatalf("%d bytes were padded to %d", n, padded)
	case padded > smallest && float64(padded) > 1.12*float64(n+1):
		t.Fatalf("%d bytes grew to %d, by more than 12 %%", n, padded)
	case padme(padded) != padded:
		t.Fatalf("%d bytes were padded to %d, which Padmé does not allow", n, padded)
	}
}

func TestPaddedLengthsAreFew(t *testing.T) {
	t.Parallel()
	seen := map[int]bool{}
	const longest = 256 << 10
	for n := range longest {
		seen[padme(max(smallest, n+1))] = true
	}
	if got, most := len(seen), int(math.Log2(longest)*32); got > most {
		t.Errorf("%d lengths show for texts of up to %d bytes, want at most %d", got, longest, most)
	}
}

func TestUnpadRefusesWhatPadNeverMakes(t *testing.T) {
	t.Parallel()
	for _, padded := range [][]byte{nil, {}, make([]byte, 64), bytes.Repeat([]byte{1}, 64), append(bytes.Repeat([]byte{0x80}, 63), 7)} {
		if _, ok := unpad(padded); ok {
			t.Errorf("unpad accepts %x", padded)
		}
	}
}

func TestParseUUID(t *testing.T) {
	t.Parallel()
	const good = "0b9d8e1c-52a4-4c6f-8d3e-7a1f00c2e9ab"
	if id, err := parseUUID(good); err != nil || id.String() != good {
		t.Errorf("parseUUID(%q) = %v, %v", good, id, err)
	}
	for _, bad := range []string{
		"", "Somchai", "0B9D8E1C-52A4-4C6F-8D3E-7A1F00C2E9AB", "0b9d8e1c52a44c6f8d3e7a1f00c2e9ab",
		"{0b9d8e1c-52a4-4c6f-8d3e-7a1f00c2e9ab}", "0b9d8e1c-52a4-4c6f-8d3e-7a1f00c2e9ag", "0b9d8e1c_52a4-4c6f-8d3e-7a1f00c2e9ab",
		"0b9d8e1c-52a4-4c6f-8d3e-7a1f00c2e9a\x00", " b9d8e1c-52a4-4c6f-8d3e-7a1f00c2e9ab",
	} {
		if _, err := parseUUID(bad); err == nil {
			t.Errorf("parseUUID accepts %q", bad)
		}
	}
}
