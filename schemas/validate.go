package schemas

import (
	"cmp"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v5"
)

// maxViolations bounds the answer to a submission that is wrong throughout.
const maxViolations = 50

// maxUnknown is how many unknown members an object may have for the rest of the
// submission to be looked at.
const maxUnknown = 50

// Violation says where a submission breaks which rule, and never what was answered.
type Violation struct {
	// Pointer is a JSON Pointer (RFC 6901) into the submission; "" is the whole of it.
	// For a member that is missing it is the place where it should be. For a member
	// that should not be there it is the object that contains it, because the name
	// is the client's.
	Pointer string `json:"pointer"`
	// Keyword is the JSON Schema keyword of the published form, or one of the
	// Keyword constants of this package.
	Keyword string `json:"keyword"`
}

// Validate checks a decoded submission against the form: its schema, then the rules
// that a schema cannot state. now is the time that dates may not lie after. It returns
// nil for a valid submission, and otherwise at most 50 violations without repeats,
// ordered by pointer and keyword. The submission must come from Decode, or consist of
// the same types.
func (f *Form) Validate(submission map[string]any, now time.Time) []Violation {
	found := f.violationsOf(submission, now)
	if len(found) == 0 {
		return nil
	}
	slices.SortFunc(found, func(a, b Violation) int {
		return cmp.Or(cmp.Compare(a.Pointer, b.Pointer), cmp.Compare(a.Keyword, b.Keyword))
	})
	found = slices.Compact(found)
	return found[:min(len(found), maxViolations)]
}

func (f *Form) violationsOf(submission map[string]any, now time.Time) []Violation {
	if f.rules.accepts(submission, make([]*rule, 0, 128)) {
		return f.semanticViolations(submission, now, nil)
	}
	// The validator gives a cause for each wrong member and element. What has tens of
	// thousands of them is refused for that alone, before it costs seconds.
	if found := f.root.excess(submission, "", nil); found != nil {
		return found
	}
	found := f.schemaViolations(submission)
	return append(found, f.semanticViolations(submission, now, found)...)
}

// excess appends to out the lists in v that are longer than the form allows, and the
// objects that have more than maxUnknown members the form does not define.
func (n *node) excess(v any, pointer string, out []Violation) []Violation {
	switch v := v.(type) {
	case map[string]any:
		unknown := 0
		for name, e := range v {
			if m := n.members[name]; m != nil {
				out = m.excess(e, pointer+"/"+name, out)
			} else {
				unknown++
			}
		}
		if unknown > maxUnknown {
			out = append(out, Violation{pointer, "unevaluatedProperties"})
		}
	case []any:
		if n.element == nil {
			return out
		}
		if len(v) > n.maxItems {
			return append(out, Violation{pointer, "maxItems"})
		}
		for i, e := range v {
			out = n.element.excess(e, pointer+"/"+strconv.Itoa(i), out)
		}
	}
	return out
}

func (f *Form) schemaViolations(submission map[string]any) []Violation {
	err := f.full.Validate(submission)
	if err == nil {
		return nil
	}
	var found []Violation
	for _, leaf := range leaves(err) {
		found = append(found, f.violations(leaf, submission)...)
	}
	for _, pointer := range f.rules.extras(submission, "", nil) {
		found = append(found, Violation{pointer, "unevaluatedProperties"})
	}
	if len(found) == 0 {
		// The validator refused without a cause that is understood here, such as a
		// Go value that is not JSON. The submission stays refused.
		found = []Violation{{Keyword: "type"}}
	}
	return found
}

// violations turns one cause into violations. Members that should not be there are
// left to rule.extras: a failed answer makes the validator forget every member that
// its branch had allowed, and report each of them.
func (f *Form) violations(leaf *jsonschema.ValidationError, submission map[string]any) []Violation {
	switch keyword := keywordOf(leaf); keyword {
	case "unevaluatedProperties":
		return nil
	case "required":
		return f.missing(leaf, submission)
	case "enum":
		return []Violation{{leaf.InstanceLocation, "oneOf"}}
	default:
		return []Violation{{leaf.InstanceLocation, keyword}}
	}
}

// missing names the required members that an object lacks. The names are the form's.
func (f *Form) missing(leaf *jsonschema.ValidationError, submission map[string]any) []Violation {
	_, location, _ := strings.Cut(leaf.AbsoluteKeywordLocation, "#")
	required, _ := lookup(f.doc, location).([]any)
	object, _ := lookup(submission, leaf.InstanceLocation).(map[string]any)
	var found []Violation
	for _, r := range required {
		name, _ := r.(string)
		if _, ok := object[name]; !ok {
			found = append(found, Violation{leaf.InstanceLocation + "/" + name, "required"})
		}
	}
	return found
}

// leaves returns the causes that have no further cause: those are the specific ones.
func leaves(err error) []*jsonschema.ValidationError {
	var ve *jsonschema.ValidationError
	if !errors.As(err, &ve) {
		return nil
	}
	if len(ve.Causes) == 0 {
		return []*jsonschema.ValidationError{ve}
	}
	var out []*jsonschema.ValidationError
	for _, c := range ve.Causes {
		out = append(out, leaves(c)...)
	}
	return out
}

func keywordOf(leaf *jsonschema.ValidationError) string {
	return leaf.AbsoluteKeywordLocation[strings.LastIndexByte(leaf.AbsoluteKeywordLocation, '/')+1:]
}

// lookup follows a pointer whose names need no escaping, as all names of a form.
func lookup(v any, pointer string) any {
	if pointer == "" {
		return v
	}
	for token := range strings.SplitSeq(strings.TrimPrefix(pointer, "/"), "/") {
		switch c := v.(type) {
		case map[string]any:
			v = c[token]
		case []any:
			i, err := strconv.Atoi(token)
			if err != nil || i < 0 || i >= len(c) {
				return nil
			}
			v = c[i]
		}
	}
	return v
}
