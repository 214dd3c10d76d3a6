package schemas

import (
	"errors"
	"strings"
	"unicode/utf8"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// maxDepth is how deeply arrays and objects may be nested in a body. The screening
// form needs 7 levels.
const maxDepth = 32

// Keywords of violations that decoding finds.
const (
	KeywordJSON      = "x-json"           // not one JSON value, or something follows it
	KeywordUTF8      = "x-utf-8"          // not valid UTF-8
	KeywordDepth     = "x-depth"          // nested more than 32 deep
	KeywordDuplicate = "x-duplicate-name" // an object names a member twice
)

// DecodeStrict decodes one JSON value: valid UTF-8, no member twice, at most 32
// levels, nothing after it. Numbers become float64. The pointer of a violation is
// always the root, because the names in the body are not known to be harmless.
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
	return v, nil
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
