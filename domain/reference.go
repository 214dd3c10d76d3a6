package domain

import "strings"

// A case reference is what people read out and write down: fifteen symbols of Crockford's base 32 (75 bits, no I, L, O or U to
// confuse) and a check symbol by ISO/IEC 7064 MOD 37,2, in four groups of four. It says nothing of year, place or number, and
// knowing it opens nothing.
const (
	crockford      = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
	mod37          = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ*"
	referenceBytes = 15
)

// MakeReference turns random bytes, of which each gives five bits, into a reference. It reports false where the check symbol
// falls outside the alphabet (5 in 37): draw again.
func MakeReference(random [referenceBytes]byte) (string, bool) {
	symbols := make([]byte, 0, referenceBytes+1)
	for _, b := range random {
		symbols = append(symbols, crockford[b&31])
	}
	check := checkSymbol(symbols)
	if strings.IndexByte(crockford, check) < 0 {
		return "", false
	}
	s := string(append(symbols, check))
	return s[0:4] + "-" + s[4:8] + "-" + s[8:12] + "-" + s[12:16], true
}

// ValidReference reports whether s is a well-formed reference with the right check symbol: a slip of the pen is caught before
// anything is looked up.
func ValidReference(s string) bool {
	symbols := strings.ReplaceAll(strings.ToUpper(s), "-", "")
	if len(symbols) != referenceBytes+1 {
		return false
	}
	for i := range len(symbols) {
		if strings.IndexByte(crockford, symbols[i]) < 0 {
			return false
		}
	}
	return checkSymbol([]byte(symbols[:referenceBytes])) == symbols[referenceBytes]
}

// mistaken are the letters that a reference does not have, and the digits that they are read for.
var mistaken = strings.NewReplacer("O", "0", "I", "1", "L", "1", "-", "", " ", "")

// ReadReference returns the reference that somebody typed, as it is written: they may leave out the hyphens, write small letters, and take
// a digit for the letter that looks like it. It reports false for what is no reference.
func ReadReference(typed string) (string, bool) {
	s := mistaken.Replace(strings.ToUpper(typed))
	if !ValidReference(s) {
		return "", false
	}
	return s[0:4] + "-" + s[4:8] + "-" + s[8:12] + "-" + s[12:16], true
}

func checkSymbol(symbols []byte) byte {
	p := 0
	for _, c := range symbols {
		p = (p + strings.IndexByte(mod37, c)) * 2 % 37
	}
	return mod37[(38-p)%37]
}
