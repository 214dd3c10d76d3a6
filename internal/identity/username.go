package identity

import (
	"regexp"
	"strings"

	"golang.org/x/text/unicode/norm"
)

// usernames is also a check of the table.
var usernames = regexp.MustCompile(`^[a-z0-9._-]{2,64}$`)

// canonicalUsername gives a username its one spelling. It reports false for what no account can be called.
func canonicalUsername(s string) (string, bool) {
	if len(s) > 256 {
		return "", false
	}
	s = strings.ToLower(norm.NFC.String(s))
	return s, usernames.MatchString(s)
}
