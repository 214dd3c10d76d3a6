package projections

import (
	"math"
	"strings"
)

// What a cursor holds comes back from a client, who may have changed it, and goes to the database as it is. The database refuses values
// that its types do not have with an error that cannot be told from a failure; these say so before.

// FitsText reports whether the database takes the texts: none has the one character that it does not store.
func FitsText(texts ...string) bool {
	for _, t := range texts {
		if strings.ContainsRune(t, 0) {
			return false
		}
	}
	return true
}

// FitsPosition reports whether a position is one of the database's bigint.
func FitsPosition(p uint64) bool { return p <= math.MaxInt64 }

// FitsInteger reports whether a number is one of the database's integer.
func FitsInteger(n int) bool { return n >= math.MinInt32 && n <= math.MaxInt32 }
