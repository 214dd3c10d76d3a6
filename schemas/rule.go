package schemas

import (
	"errors"
	"fmt"
	"math"
	"regexp"
	"slices"
	"unicode/utf8"

	"github.com/santhosh-tekuri/jsonschema/v5"
)

// rule is a lowered schema, prepared for two questions about a submission: is it
// certainly valid, and which of its objects have members that do not belong there.
//
// The judge is the jsonschema validator. A long form costs it a millisecond or more,
// because it keeps record of every member on every branch; most submissions are valid,
// and a rule recognises those in a small fraction of the time. What a rule does not
// accept goes to the validator. Tests hold that the two never differ.
type rule struct {
	kind        string // JSON type, or ""
	choices     []any  // of const and enum; nil for anything
	members     map[string]*rule
	required    []string
	closed      bool // no other members than those that an applying rule names
	element     *rule
	pattern     *regexp.Regexp
	format      func(any) bool
	number      span // minimum, maximum
	length      span // of a text, in characters
	items       span // of an array
	size        span // of an object, in members
	all         []*rule
	condition   *rule
	then, else_ *rule
}

// span is what a number may be.
type span struct{ least, most float64 }

var anyNumber = span{math.Inf(-1), math.Inf(1)}

func (s span) holds(n float64) bool { return s.least <= n && n <= s.most }

// errOutsideProfile is returned for a keyword that forms may not use.
var errOutsideProfile = errors.New("keyword outside the profile")

// newRule compiles a lowered schema. A keyword outside the profile is an error, so
// that no assertion can be overlooked.
func newRule(s map[string]any) (*rule, error) {
	r := &rule{number: anyNumber, length: anyNumber, items: anyNumber, size: anyNumber}
	for keyword, v := range s {
		if err := r.set(keyword, v); err != nil {
			return nil, err
		}
	}
	for _, branch := range []*rule{r.condition, r.then, r.else_} {
		if branch != nil && branch.closed {
			return nil, fmt.Errorf("unevaluatedProperties in a branch: %w", errOutsideProfile)
		}
	}
	return r, nil
}

func (r *rule) set(keyword string, v any) (err error) {
	switch keyword {
	case "type":
		r.kind, _ = v.(string)
	case "const":
		r.choices = []any{v}
	case "enum":
		r.choices, _ = v.([]any)
	case "properties":
		r.members, err = newRules(v)
	case "required":
		r.required = stringsOf(v)
	case "unevaluatedProperties":
		r.closed = v == false
	case "items":
		r.element, err = newRule(objectOf(v))
	case "if":
		r.condition, err = newRule(objectOf(v))
	case "then":
		r.then, err = newRule(objectOf(v))
	case "else":
		r.else_, err = newRule(objectOf(v))
	case "allOf":
		r.all, err = newRuleList(v)
	default:
		err = r.setLimit(keyword, v)
	}
	return err
}

func (r *rule) setLimit(keyword string, v any) (err error) {
	text, _ := v.(string)
	switch keyword {
	case "pattern":
		r.pattern, err = regexp.Compile(text)
	case "format":
		if r.format = jsonschema.Formats[text]; r.format == nil {
			err = fmt.Errorf("format: %w", errOutsideProfile)
		}
	default:
		if bound := r.bound(keyword); bound != nil {
			*bound, _ = v.(float64)
		} else if !isAnnotation(keyword) {
			err = fmt.Errorf("%s: %w", keyword, errOutsideProfile)
		}
	}
	return err
}

func (r *rule) bound(keyword string) *float64 {
	switch keyword {
	case "minimum":
		return &r.number.least
	case "maximum":
		return &r.number.most
	case "minLength":
		return &r.length.least
	case "maxLength":
		return &r.length.most
	case "minItems":
		return &r.items.least
	case "maxItems":
		return &r.items.most
	case "minProperties":
		return &r.size.least
	case "maxProperties":
		return &r.size.most
	default:
		return nil
	}
}

func isAnnotation(keyword string) bool {
	return len(keyword) > 2 && keyword[:2] == "x-" ||
		slices.Contains([]string{"$schema", "title", "description"}, keyword)
}

func newRules(v any) (map[string]*rule, error) {
	out := map[string]*rule{}
	for name, s := range objectOf(v) {
		r, err := newRule(objectOf(s))
		if err != nil {
			return nil, err
		}
		out[name] = r
	}
	return out, nil
}

func newRuleList(v any) ([]*rule, error) {
	var out []*rule
	list, _ := v.([]any)
	for _, s := range list {
		r, err := newRule(objectOf(s))
		if err != nil {
			return nil, err
		}
		if r.closed {
			return nil, fmt.Errorf("unevaluatedProperties in allOf: %w", errOutsideProfile)
		}
		out = append(out, r)
	}
	return out, nil
}

// applying appends to out the rule and all the rules that it brings to bear on v: its
// allOf, and of each condition the branch that v takes.
func (r *rule) applying(v any, out []*rule) []*rule {
	out = append(out, r)
	for _, a := range r.all {
		out = a.applying(v, out)
	}
	if r.condition == nil {
		return out
	}
	branch := r.else_
	if r.condition.accepts(v, out) {
		branch = r.then
	}
	if branch != nil {
		out = branch.applying(v, out)
	}
	return out
}

// accepts tells whether v certainly keeps the rule. It knows the types that decoding
// yields and accepts no other. It may use the room behind the end of scratch.
func (r *rule) accepts(v any, scratch []*rule) bool {
	start := len(scratch)
	scratch = r.applying(v, scratch)
	applying := scratch[start:]
	for _, a := range applying {
		if !a.holds(v) {
			return false
		}
	}
	switch v := v.(type) {
	case map[string]any:
		return r.acceptsMembers(v, applying, scratch)
	case []any:
		return acceptsElements(v, applying, scratch)
	default:
		return true
	}
}

func (r *rule) acceptsMembers(v map[string]any, applying, scratch []*rule) bool {
	if !r.closed {
		return acceptsNamed(v, applying, scratch)
	}
	for name, e := range v {
		known := false
		for _, a := range applying {
			m := a.members[name]
			if m == nil {
				continue
			}
			known = true
			if !m.accepts(e, scratch) {
				return false
			}
		}
		if !known {
			return false
		}
	}
	return true
}

// acceptsNamed does the same for an object that may have any other members: a
// condition names one or two of a hundred.
func acceptsNamed(v map[string]any, applying, scratch []*rule) bool {
	for _, a := range applying {
		for name, m := range a.members {
			if e, ok := v[name]; ok && !m.accepts(e, scratch) {
				return false
			}
		}
	}
	return true
}

func acceptsElements(v []any, applying, scratch []*rule) bool {
	for _, a := range applying {
		if a.element == nil {
			continue
		}
		for _, e := range v {
			if !a.element.accepts(e, scratch) {
				return false
			}
		}
	}
	return true
}

// holds tells whether v keeps what the rule itself says of it, members, elements and
// branches aside.
func (r *rule) holds(v any) bool {
	switch v := v.(type) {
	case string:
		return r.isKind("string") && r.hasChoice(v) && r.holdsText(v)
	case float64:
		whole := v == math.Trunc(v)
		return (r.isKind("number") || r.kind == "integer" && whole) && r.hasChoice(v) && r.number.holds(v)
	case bool:
		return r.isKind("boolean") && r.hasChoice(v)
	case []any:
		return r.isKind("array") && r.choices == nil && r.items.holds(float64(len(v)))
	case map[string]any:
		return r.isKind("object") && r.choices == nil && r.holdsObject(v)
	default:
		return false
	}
}

func (r *rule) isKind(kind string) bool {
	return r.kind == "" || r.kind == kind
}

func (r *rule) hasChoice(v any) bool {
	return r.choices == nil || slices.Contains(r.choices, v)
}

func (r *rule) holdsText(v string) bool {
	if r.length != anyNumber && !r.length.holds(float64(utf8.RuneCountInString(v))) {
		return false
	}
	return (r.pattern == nil || r.pattern.MatchString(v)) && (r.format == nil || r.format(v))
}

func (r *rule) holdsObject(v map[string]any) bool {
	for _, name := range r.required {
		if _, ok := v[name]; !ok {
			return false
		}
	}
	return r.size.holds(float64(len(v)))
}

// extras appends to out the pointers of the objects in v that have a member which does
// not belong there. Such members are not looked into, so that their names get into no
// pointer.
func (r *rule) extras(v any, pointer string, out []string) []string {
	applying := r.applying(v, nil)
	switch v := v.(type) {
	case map[string]any:
		for name, e := range v {
			m := memberOf(applying, name)
			switch {
			case m != nil:
				out = m.extras(e, pointer+"/"+name, out)
			case r.closed:
				out = append(out, pointer)
			}
		}
	case []any:
		for _, a := range applying {
			for i, e := range v {
				if a.element != nil {
					out = a.element.extras(e, fmt.Sprintf("%s/%d", pointer, i), out)
				}
			}
		}
	}
	return out
}

// memberOf returns the rule for a member; forms have one for each in every branch.
func memberOf(applying []*rule, name string) *rule {
	for _, a := range applying {
		if m := a.members[name]; m != nil {
			return m
		}
	}
	return nil
}

// objectOf returns an object, or nothing for what is none: a schema without members.
func objectOf(v any) map[string]any {
	o, _ := v.(map[string]any)
	return o
}

// stringsOf returns the strings of a list.
func stringsOf(v any) []string {
	list, _ := v.([]any)
	var all []string
	for _, e := range list {
		if s, ok := e.(string); ok {
			all = append(all, s)
		}
	}
	return all
}
