package preferences

import (
	"net/url"
	"regexp"
	"slices"
	"unicode"
	"unicode/utf8"

	"songtor/domain"
)

// What a filter may be at most.
const (
	maxName   = 80   // characters
	maxQuery  = 2000 // bytes
	maxValues = 50   // of one name
)

// names are what a query may speak of: the filters and orders of a stage's list, but not the place in it, and no moment.
var names = []string{
	"agency", "province", "status", "assignee", "incident", "task", "due", "due_before", "urgent", "open", "ended", "language", "order", "limit",
}

// code is what a value looks like: a code, an id, an account, a time or a number. None of it is long or has blanks, so that no free text
// about a person comes to lie here.
var code = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._:+-]{0,79}$`)

// normal checks a query string and sorts it. An empty value is what says "nobody" of an assignee, and is allowed there alone.
func normal(query string) (string, error) {
	if len(query) > maxQuery {
		return "", ErrQuery
	}
	values, err := url.ParseQuery(query)
	if err != nil {
		return "", ErrQuery
	}
	for name, list := range values {
		if !slices.Contains(names, name) || len(list) > maxValues {
			return "", ErrQuery
		}
		for _, value := range list {
			if !code.MatchString(value) && (name != "assignee" || value != "") {
				return "", ErrQuery
			}
		}
	}
	sorted := values.Encode()
	if len(sorted) > maxQuery {
		return "", ErrQuery
	}
	return sorted, nil
}

// validName reports whether a name has 1 to 80 characters, all of which can be seen but for blanks inside.
func validName(name string) bool {
	if !utf8.ValidString(name) || utf8.RuneCountInString(name) > maxName || name == "" {
		return false
	}
	first, _ := utf8.DecodeRuneInString(name)
	last, _ := utf8.DecodeLastRuneInString(name)
	return !unicode.IsSpace(first) && !unicode.IsSpace(last) && !slices.ContainsFunc([]rune(name), func(r rune) bool { return !unicode.IsPrint(r) && !joins(r) })
}

// joins reports whether a character that cannot be seen by itself belongs to writing: the joiners of Burmese, Khmer and other scripts.
func joins(r rune) bool { return r >= '\u200b' && r <= '\u200d' }

func validStage(stage domain.Stage) bool { return slices.Contains(domain.Stages(), stage) }
