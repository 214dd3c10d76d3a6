package disclosure

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"slices"
)

// coins are drawn from a secret: the same for the same release and cell, and unknown to whoever lacks the secret.
type coins struct {
	secret  []byte
	release string
}

// draw returns a number from 0 to just below 1 for a purpose and a cell.
func (c coins) draw(purpose string, at map[string]string) float64 {
	return float64(c.number(purpose, at)>>11) / (1 << 53)
}

func (c coins) number(purpose string, at map[string]string) uint64 {
	mac := hmac.New(sha256.New, c.secret)
	write := func(s string) { fmt.Fprintf(mac, "%d:%s", len(s), s) } // with its length, so that no two lists of texts read the same
	write(purpose)
	write(c.release)
	for _, d := range sortedNames(at) {
		write(d)
		write(at[d])
	}
	return binary.BigEndian.Uint64(mac.Sum(nil))
}

func sortedNames(at map[string]string) []string {
	names := make([]string, 0, len(at))
	for name := range at {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}
