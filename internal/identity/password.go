package identity

import (
	_ "embed"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// The rules for passwords are those of NIST SP 800-63B-4 and OWASP ASVS 5.0, 6.2: a length, a list of what is guessed first, and no
// demands on the kinds of characters.
const (
	passwordLeast = 8
	passwordMost  = 128
	// passwordLong is the length that people are told is better. A password so long is not refused for what it begins with.
	passwordLong = 15
)

//go:embed blocklist.txt
var blocklistFile string

// blocklist holds the folded lines of blocklist.txt.
var blocklist = sync.OnceValue(func() map[string]bool {
	list := map[string]bool{}
	for line := range strings.Lines(blocklistFile) {
		line = strings.TrimSpace(line)
		if line != "" && !strings.HasPrefix(line, "# ") {
			list[fold(line)] = true
		}
	}
	return list
})

// normalise gives a password the one form in which it is hashed. Devices send the marks above and below a Thai letter in either
// order. It reports false for what no account's password can be, so that nothing is cut off unseen.
func normalise(password string) (string, bool) {
	if len(password) > 4*passwordMost || !utf8.ValidString(password) {
		return "", false
	}
	password = norm.NFC.String(password)
	return password, utf8.RuneCountInString(password) <= passwordMost
}

// checkPassword returns the normalised password, or why it cannot be set for this username.
func checkPassword(username, password string) (string, error) {
	password, ok := normalise(password)
	switch {
	case !ok:
		return "", ErrPasswordTooLong
	case utf8.RuneCountInString(password) < passwordLeast:
		return "", ErrPasswordTooShort
	case common(username, password):
		return "", ErrPasswordCommon
	}
	return password, nil
}

// common reports whether a password is guessed first: it is on the list or is the username, whether as it stands or, while it is
// short, with digits and signs before or after.
func common(username, password string) bool {
	folded := fold(password)
	if blocklist()[folded] || folded == username {
		return true
	}
	word := strings.TrimFunc(folded, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsMark(r) })
	return utf8.RuneCountInString(password) < passwordLong && word != "" && (blocklist()[word] || word == username)
}

// fold makes spellings equal that a guesser tries together: capitals, full-width letters, Thai digits.
func fold(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= '๐' && r <= '๙' {
			return r - '๐' + '0'
		}
		return r
	}, strings.ToLower(norm.NFKC.String(s)))
}
