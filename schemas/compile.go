package schemas

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v5"
)

// errNoLoading is what the compiler gets when a schema names another document.
var errNoLoading = errors.New("schemas are not loaded from elsewhere")

// compile prepares the form for validation from its published schema.
func (f *Form) compile(published map[string]any) error {
	lowered, err := lower(published, published, 0)
	if err != nil {
		return fmt.Errorf("couldn't compile form %s %d: %w", f.Name, f.Version, err)
	}
	f.doc, _ = lowered.(map[string]any) // lower returns what it is given: an object
	delete(f.doc, "$defs")
	if f.full, err = compileDocument(f.doc); err != nil {
		return fmt.Errorf("couldn't compile form %s %d: %w", f.Name, f.Version, err)
	}
	if f.rules, err = newRule(f.doc); err != nil {
		return fmt.Errorf("couldn't compile form %s %d: %w", f.Name, f.Version, err)
	}
	f.items = itemsOf(f.doc)
	f.isItem = map[string]bool{}
	for _, it := range f.items {
		f.isItem[it.Key] = true
	}
	f.root = nodeOf(f.doc)
	f.names = map[string]bool{}
	f.root.collectNames(f.names)
	return nil
}

// compileDocument compiles a schema that stands alone: references to other
// documents, remote or local, are refused.
func compileDocument(doc map[string]any) (*jsonschema.Schema, error) {
	b, err := json.Marshal(doc)
	if err != nil {
		return nil, fmt.Errorf("couldn't encode schema: %w", err)
	}
	c := jsonschema.NewCompiler()
	c.Draft = jsonschema.Draft2020
	c.AssertFormat = true
	c.LoadURL = func(string) (io.ReadCloser, error) { return nil, errNoLoading }
	const url = "urn:songtor:form"
	if err := c.AddResource(url, bytes.NewReader(b)); err != nil {
		return nil, fmt.Errorf("couldn't read schema: %w", err)
	}
	s, err := c.Compile(url)
	if err != nil {
		return nil, fmt.Errorf("couldn't compile schema: %w", err)
	}
	return s, nil
}

// lower rewrites a schema of the profile into one that means the same and that the
// validator decides several times faster: references are replaced by what they name,
// a choice (oneOf of constants) becomes an enum, and an allOf of one rule becomes the
// rule. The published schema stays as it is, since clients render it.
func lower(root map[string]any, v any, depth int) (any, error) {
	if depth > 64 {
		return nil, errors.New("references go round in a circle")
	}
	switch v := v.(type) {
	case map[string]any:
		return lowerObject(root, v, depth)
	case []any:
		out := make([]any, len(v))
		for i, e := range v {
			l, err := lower(root, e, depth+1)
			if err != nil {
				return nil, err
			}
			out[i] = l
		}
		return out, nil
	default:
		return v, nil
	}
}

func lowerObject(root, v map[string]any, depth int) (any, error) {
	if ref, ok := v["$ref"].(string); ok {
		target, err := resolve(root, ref)
		if err != nil {
			return nil, err
		}
		// A reference's siblings are annotations, which the profile's lint holds.
		merged := maps.Clone(target)
		for k, e := range v {
			if k != "$ref" {
				merged[k] = e
			}
		}
		return lower(root, merged, depth+1)
	}
	out := make(map[string]any, len(v))
	for k, e := range v {
		if k == "$id" || k == "$defs" {
			continue
		}
		l, err := lower(root, e, depth+1)
		if err != nil {
			return nil, err
		}
		out[k] = l
	}
	choiceToEnum(out)
	inlineOnlyRule(out)
	return out, nil
}

func resolve(root map[string]any, ref string) (map[string]any, error) {
	name, ok := strings.CutPrefix(ref, "#/$defs/")
	if !ok {
		return nil, fmt.Errorf("reference outside $defs: %w", errNoLoading)
	}
	defs, _ := root["$defs"].(map[string]any)
	target, ok := defs[name].(map[string]any)
	if !ok {
		return nil, errors.New("reference to a definition that does not exist")
	}
	return target, nil
}

// choiceToEnum replaces oneOf by enum where every branch is a constant and no two
// are the same. Violations of the enum are reported as oneOf, the published keyword.
func choiceToEnum(s map[string]any) {
	branches, ok := s["oneOf"].([]any)
	if !ok {
		return
	}
	values := make([]any, 0, len(branches))
	for _, b := range branches {
		branch, ok := b.(map[string]any)
		if !ok {
			return
		}
		c, ok := branch["const"]
		if !ok || slices.Contains(values, c) {
			return
		}
		values = append(values, c)
	}
	delete(s, "oneOf")
	s["enum"] = values
}

func inlineOnlyRule(s map[string]any) {
	rules, ok := s["allOf"].([]any)
	if !ok || len(rules) != 1 || s["if"] != nil {
		return
	}
	rule, ok := rules[0].(map[string]any)
	if !ok || rule["if"] == nil {
		return
	}
	for k := range rule {
		if k != "if" && k != "then" && k != "else" {
			return
		}
	}
	delete(s, "allOf")
	maps.Copy(s, rule)
}
