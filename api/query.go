package api

import (
	"errors"
	"net/url"
	"slices"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/labstack/echo/v4"

	"songtor/internal/app"
	"songtor/schemas"
)

// query reads the parameters of a request and collects what is wrong with them.
type query struct {
	values url.Values
	faults []fault
}

// repeated marks a name in a list of those allowed as one that may be given more than once.
const repeated = "*"

// maxRepeats is how often.
const maxRepeats = 50

// readQuery parses the query of a request.
func readQuery(c echo.Context, allowed ...string) *query {
	return parseQuery(c.Request().URL.RawQuery, allowed...)
}

// parseQuery parses a query. Names outside allowed and names given too often are faults: a filter that was misspelt must not come
// back as an unfiltered list.
func parseQuery(raw string, allowed ...string) *query {
	values, err := url.ParseQuery(raw)
	q := &query{values: values}
	if err != nil {
		q.faults = append(q.faults, fault{Keyword: keywordFormat})
	}
	for name, given := range values {
		switch {
		case slices.Contains(allowed, name+repeated):
			if len(given) > maxRepeats {
				q.wrong(name, keywordMaxItems)
			}
		case !slices.Contains(allowed, name):
			q.faults = append(q.faults, fault{Keyword: keywordUnknownName})
		case len(given) > 1:
			q.wrong(name, keywordMaxItems)
		}
	}
	return q
}

func (q *query) wrong(name, keyword string) {
	q.faults = append(q.faults, fault{Parameter: name, Keyword: keyword})
}

func (q *query) err() error {
	if len(q.faults) == 0 {
		return nil
	}
	return reject(badRequest, q.faults...)
}

func (q *query) has(name string) bool { return q.values.Has(name) }

// cursor reads where a page begins: the next of the page before; empty for the first.
func (q *query) cursor() string {
	value := q.values.Get("after")
	switch {
	case q.has("after") && value == "":
		q.wrong("after", keywordMinLength)
	case len(value) > maxCursor || !utf8.ValidString(value):
		q.wrong("after", keywordMaxLength)
	}
	return value
}

// choice reads one of a closed list; empty where it is not given.
func choice[T ~string](q *query, name string, allowed ...T) T {
	value := T(q.values.Get(name))
	if q.has(name) && !slices.Contains(allowed, value) {
		q.wrong(name, keywordEnum)
	}
	return value
}

// choices reads any number of a closed list.
func choices[T ~string](q *query, name string, allowed ...T) []T {
	var values []T
	for _, given := range q.values[name] {
		if !slices.Contains(allowed, T(given)) {
			q.wrong(name, keywordEnum)
		}
		values = append(values, T(given))
	}
	return values
}

// codes reads any number of codes of a code list.
func codes[T any](q *query, name string, find func(string) (T, bool)) []string {
	for _, given := range q.values[name] {
		if _, ok := find(given); !ok {
			q.wrong(name, codeKeyword(given))
		}
	}
	return q.values[name]
}

// code reads a code of a code list; empty where it is not given.
func code[T any](q *query, name string, find func(string) (T, bool)) string {
	value := q.values.Get(name)
	if _, ok := find(value); q.has(name) && !ok {
		q.wrong(name, codeKeyword(value))
	}
	return value
}

func codeKeyword(value string) string {
	if value == "" {
		return keywordMinLength
	}
	return schemas.KeywordCode
}

// id reads a UUID as the log spells it; empty where it is not given.
func (q *query) id(name string) string {
	if !q.has(name) {
		return ""
	}
	id, ok := canonicalID(q.values.Get(name))
	if !ok {
		q.wrong(name, keywordFormat)
	}
	return id
}

func (q *query) number(name string, otherwise, least, most int) int {
	if !q.has(name) {
		return otherwise
	}
	n, err := strconv.Atoi(q.values.Get(name))
	switch {
	case err != nil:
		q.wrong(name, keywordType)
	case n < least:
		q.wrong(name, keywordMinimum)
	case n > most:
		q.wrong(name, keywordMaximum)
	}
	return n
}

// set reads a filter that is either asked for with "true" or left out.
func (q *query) set(name string) bool {
	given := q.has(name)
	if given && q.values.Get(name) != "true" {
		q.wrong(name, keywordEnum)
	}
	return given
}

// time reads a time of RFC 3339; the zero time where it is not given, so that the zero time itself cannot be.
func (q *query) time(name string) time.Time {
	if !q.has(name) {
		return time.Time{}
	}
	t, err := time.Parse(time.RFC3339, q.values.Get(name))
	if err != nil {
		q.wrong(name, keywordFormat)
	} else if t.IsZero() {
		q.wrong(name, keywordTooEarly)
	}
	return t
}

// positionHeader carries a position in the log: in an answer the one that the answer is good for, in a request the one that the
// answer should wait for.
const positionHeader = "Songtor-Position"

// position reads what the caller has seen already, from the parameter or the header, whichever is later.
func (q *query) position(c echo.Context) uint64 {
	var latest uint64
	for name, value := range map[string]string{
		"position": q.values.Get("position"), positionHeader: c.Request().Header.Get(positionHeader),
	} {
		if value == "" {
			continue
		}
		n, err := strconv.ParseUint(value, 10, 63)
		if err != nil {
			q.wrong(name, keywordType)
		}
		latest = max(latest, n)
	}
	return latest
}

const maxCursor = 256

func etagOf(position uint64) string { return `"` + strconv.FormatUint(position, 10) + `"` }

// cursorFault turns the error about a cursor that this service did not give out into one about the parameter after.
func cursorFault(err error) error {
	if errors.Is(err, app.ErrCursor) {
		return badParameter("after", keywordFormat)
	}
	return err
}
