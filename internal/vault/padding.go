package vault

import (
	"bytes"
	"math/bits"
)

// smallest is the least length of a padded text, in bytes.
const smallest = 64

// endOfText stands behind the text, and zeros behind it (ISO/IEC 7816-4).
const endOfText = 0x80

// pad returns the text with its end marked and its length hidden.
func pad(text []byte) []byte {
	padded := make([]byte, padme(max(smallest, len(text)+1)))
	copy(padded, text)
	padded[len(text)] = endOfText
	return padded
}

// unpad is the reverse of pad. It is false for what pad cannot have made.
func unpad(padded []byte) ([]byte, bool) {
	marked := bytes.TrimRight(padded, "\x00")
	end := len(marked) - 1
	if end < 0 || marked[end] != endOfText {
		return nil, false
	}
	return marked[:end:end], true
}

// padme is the next length from n on, n > 1, whose lowest bits are zero: of its e+1 bits the highest log2(e)+1 may be set.
func padme(n int) int {
	e := bits.Len(uint(n)) - 1
	s := bits.Len(uint(e))
	mask := 1<<(e-s) - 1
	return (n + mask) &^ mask
}
