package api

import (
	"errors"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/labstack/echo/v4"

	"songtor/internal/app"
	"songtor/schemas"
)

// Keywords of faults that are found here, beside those of the schemas package: the ones of JSON Schema, so that a client needs
// one list for forms and commands alike.
const (
	keywordType        = "type"
	keywordFormat      = "format"
	keywordRequired    = "required"
	keywordUnknownName = "unevaluatedProperties"
	keywordEnum        = "enum"
	keywordMinLength   = "minLength"
	keywordMaxLength   = "maxLength"
	keywordMinItems    = "minItems"
	keywordMaxItems    = "maxItems"
	keywordMinimum     = "minimum"
	keywordMaximum     = "maximum"
	keywordTooEarly    = "formatMinimum"
	keywordTooLate     = "formatMaximum"
)

// decodeChecked decodes the body of a write strictly and collects everything that is wrong with it by itself.
func decodeChecked(raw []byte, into body, now time.Time) error {
	if err := decodeStrict(raw, into); err != nil {
		return err
	}
	var c checker
	into.when().settle(now, &c)
	into.check(&c)
	return c.err()
}

// decodeStrict decodes body into the struct that v points to: no name twice, none that v does not have, no null, nothing that
// is too deep or too long. The pointers in its errors are made of v's own names only.
func decodeStrict(body []byte, v any) error {
	if _, violations := schemas.DecodeStrict(body); len(violations) > 0 {
		return &app.Invalid{Violations: violations}
	}
	if err := json.Unmarshal(body, v, json.RejectUnknownMembers(true)); err != nil {
		return invalid(violationOf(err))
	}
	if pointer, found := firstNull(body); found {
		return invalid(schemas.Violation{Pointer: pointer, Keyword: keywordType})
	}
	return nil
}

func invalid(v schemas.Violation) error { return &app.Invalid{Violations: []schemas.Violation{v}} }

// violationOf reduces a decoder's error to a place and a keyword: its text quotes what was sent. The place of an unknown name is
// the object that it stands in.
func violationOf(err error) schemas.Violation {
	semantic, ok := errors.AsType[*json.SemanticError](err)
	if !ok {
		return schemas.Violation{Keyword: schemas.KeywordJSON}
	}
	pointer := string(semantic.JSONPointer)
	switch {
	case errors.Is(err, json.ErrUnknownName):
		return schemas.Violation{Pointer: pointer[:max(0, strings.LastIndexByte(pointer, '/'))], Keyword: keywordUnknownName}
	case semantic.JSONKind == '"' && semantic.GoType == reflect.TypeFor[time.Time]():
		return schemas.Violation{Pointer: pointer, Keyword: keywordFormat}
	}
	return schemas.Violation{Pointer: pointer, Keyword: keywordType}
}

// firstNull finds a null, which the decoder would take for a member left out. The body has been decoded before, so every name
// on the way is one of ours.
func firstNull(body []byte) (pointer string, found bool) {
	d := jsontext.NewDecoder(strings.NewReader(string(body)))
	for {
		token, err := d.ReadToken()
		if err != nil {
			return "", false
		}
		if token.Kind() == 'n' {
			return string(d.StackPointer()), true
		}
	}
}

// checker collects what is wrong with a body.
type checker struct{ violations []schemas.Violation }

func (c *checker) err() error {
	if len(c.violations) == 0 {
		return nil
	}
	slices.SortFunc(c.violations, func(a, b schemas.Violation) int { return strings.Compare(a.Pointer, b.Pointer) })
	return &app.Invalid{Violations: c.violations}
}

func (c *checker) must(ok bool, pointer, keyword string) bool {
	if !ok {
		c.violations = append(c.violations, schemas.Violation{Pointer: pointer, Keyword: keyword})
	}
	return ok
}

func (c *checker) required(pointer, s string) bool {
	return c.must(strings.TrimSpace(s) != "", pointer, keywordRequired)
}

// sentence checks a text that has to be there.
func (c *checker) sentence(pointer, s string) {
	if c.required(pointer, s) {
		c.text(pointer, s, maxNote)
	}
}

func (c *checker) text(pointer, s string, most int) {
	c.must(utf8.RuneCountInString(s) <= most, pointer, keywordMaxLength)
	c.must(schemas.CleanText(s, true), pointer, schemas.KeywordText)
}

func (c *checker) plausible(pointer string, t, now time.Time) {
	c.must(t.IsZero() || !t.Before(earliest), pointer, keywordTooEarly)
	c.must(!t.After(now.Add(clockSkew)), pointer, schemas.KeywordNotFuture)
}

// planned checks a time that is still to come, or was when it was set.
func (c *checker) planned(pointer string, t *time.Time) {
	if t == nil {
		return
	}
	c.must(!t.Before(earliest), pointer, keywordTooEarly)
	c.must(t.Before(latest), pointer, keywordTooLate)
}

// id checks an id that has to be there and returns it as the log spells it.
func (c *checker) id(pointer, s string) string {
	if !c.required(pointer, s) {
		return s
	}
	id, ok := canonicalID(s)
	c.must(ok, pointer, keywordFormat)
	return id
}

// place is the pointer to an item of a list.
func place(list string, i int) string { return list + "/" + strconv.Itoa(i) }

// oneOf checks a value that has to be there and has to be one of a closed list.
func oneOf[T ~string](c *checker, pointer string, value T, allowed ...T) {
	if c.required(pointer, string(value)) {
		c.must(slices.Contains(allowed, value), pointer, keywordEnum)
	}
}

// someOf checks values that each have to be one of a closed list, and of which none is needed.
func someOf[T ~string](c *checker, pointer string, values []T, allowed ...T) {
	c.must(len(values) <= len(allowed), pointer, keywordMaxItems)
	for i, value := range values {
		oneOf(c, place(pointer, i), value, allowed...)
	}
}

// known checks a code that may be left out against a code list.
func known[T any](c *checker, pointer, code string, find func(string) (T, bool)) {
	if code == "" {
		return
	}
	_, ok := find(code)
	c.must(ok, pointer, schemas.KeywordCode)
}

// listed checks a code that has to be there against a code list.
func listed[T any](c *checker, pointer, code string, find func(string) (T, bool)) {
	if c.required(pointer, code) {
		known(c, pointer, code, find)
	}
}

var uuidPattern = regexp.MustCompile(`^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`)

// canonicalID returns a UUID in lower case, the one spelling that the log uses.
func canonicalID(s string) (string, bool) {
	return strings.ToLower(s), uuidPattern.MatchString(s)
}

// pathID reads the id of a case. What cannot be an id is the address of nothing.
func pathID(c echo.Context) (string, error) {
	id, ok := canonicalID(c.Param("id"))
	if !ok {
		return "", app.ErrNotFound
	}
	return id, nil
}
