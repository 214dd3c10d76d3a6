package schemas

import (
	"errors"
	"strings"
	"unicode/utf8"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// Limits of one body. They are far from what any form needs, and keep a body from costing
// more than its bytes. The greatest number is that of RFC 7493 (I-JSON), section 2.2:
// beyond it a reader may take one whole number for another.
const (
	maxDepth   = 32     // levels of arrays and objects; the screening form needs 7
	maxMembers = 2000   // members of all objects together
	maxItems   = 500    // of one array
	maxString  = 20_000 // code points of one text or name; a text of more than 10,000 is refused by its own rule, which names its place
	maxNumber  = 1<<53 - 1
)

// Keywords of violations that decoding finds.
const (
	KeywordJSON      = "x-json"           // not one JSON value, or something follows it
	KeywordUTF8      = "x-utf-8"          // not valid UTF-8
	KeywordDepth     = "x-depth"          // nested more than 32 deep
	KeywordDuplicate = "x-duplicate-name" // an object names a member twice

	KeywordMembers = "maxProperties" // more than 2,000 members
	KeywordItems   = "maxItems"      // an array of more than 500 items
	KeywordString  = "maxLength"     // a text or a name of more than 20,000 code points
	KeywordMost    = "maximum"       // a number beyond ±(2⁵³ - 1)
)

// DecodeStrict decodes one JSON value: valid UTF-8, no member twice, within the limits,
// nothing after it. Numbers become float64. The pointer of a violation is always the
// root, because the names in the body are not known to be harmless.
func DecodeStrict(body []byte) (any, []Violation) {
	return decodeStrict(body, nil)
}

// Decode decodes a submission as DecodeStrict does. It must be an object. The pointer
// of a duplicate name is the object that contains it, as far as the form knows the
// names on the way there.
func (f *Form) Decode(body []byte) (map[string]any, []Violation) {
	v, violations := decodeStrict(body, f.names)
	if violations != nil {
		return nil, violations
	}
	m, ok := v.(map[string]any)
	if !ok {
		return nil, []Violation{{Keyword: "type"}}
	}
	return m, nil
}

func decodeStrict(body []byte, known map[string]bool) (any, []Violation) {
	if !utf8.Valid(body) {
		return nil, []Violation{{Keyword: KeywordUTF8}}
	}
	if depthOf(body) > maxDepth {
		return nil, []Violation{{Keyword: KeywordDepth}}
	}
	var v any
	if err := json.Unmarshal(body, &v); err != nil {
		return nil, []Violation{decodeViolation(err, known)}
	}
	members := 0
	if keyword := beyond(v, &members); keyword != "" {
		return nil, []Violation{{Keyword: keyword}}
	}
	return v, nil
}

// beyond returns the keyword of the limit that a value exceeds, or "". It counts members.
func beyond(v any, members *int) string {
	switch v := v.(type) {
	case string:
		if tooLong(v) {
			return KeywordString
		}
	case float64:
		if v > maxNumber || v < -maxNumber {
			return KeywordMost
		}
	case []any:
		if len(v) > maxItems {
			return KeywordItems
		}
		for _, item := range v {
			if keyword := beyond(item, members); keyword != "" {
				return keyword
			}
		}
	case map[string]any:
		return beyondMembers(v, members)
	}
	return ""
}

func beyondMembers(object map[string]any, members *int) string {
	if *members += len(object); *members > maxMembers {
		return KeywordMembers
	}
	for name, value := range object {
		if tooLong(name) {
			return KeywordString
		}
		if keyword := beyond(value, members); keyword != "" {
			return keyword
		}
	}
	return ""
}

func tooLong(s string) bool {
	return len(s) > maxString && utf8.RuneCountInString(s) > maxString
}

func decodeViolation(err error, known map[string]bool) Violation {
	var syntactic *jsontext.SyntacticError
	if !errors.As(err, &syntactic) || !errors.Is(err, jsontext.ErrDuplicateName) {
		return Violation{Keyword: KeywordJSON}
	}
	return Violation{
		Pointer: knownPrefix(string(syntactic.JSONPointer.Parent()), known),
		Keyword: KeywordDuplicate,
	}
}

// knownPrefix cuts a pointer before the first name the form does not define. A
// position in an array ends it too, since it cannot be told from an invented name.
func knownPrefix(pointer string, known map[string]bool) string {
	end := 0
	for end < len(pointer) {
		rest := pointer[end+1:]
		token, _, _ := strings.Cut(rest, "/")
		if !known[token] {
			break
		}
		end += 1 + len(token)
	}
	return pointer[:end]
}

// depthOf returns how deeply brackets are nested outside strings, before the decoder
// spends memory on them.
func depthOf(body []byte) int {
	depth, deepest, inString := 0, 0, false
	for i := 0; i < len(body); i++ {
		switch c := body[i]; {
		case inString && c == '\\':
			i++
		case c == '"':
			inString = !inString
		case inString:
		case c == '{' || c == '[':
			depth++
			deepest = max(deepest, depth)
		case c == '}' || c == ']':
			depth--
		}
	}
	return deepest
}
