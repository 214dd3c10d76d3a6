package letter

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"songtor/internal/paper"
	"songtor/schemas"
)

// formWords are the words of a form in a language.
type formWords struct {
	Sections map[string]struct{ Title string } `json:"sections"`
	Items    map[string]struct{ Label string } `json:"items"`
	Members  map[string]map[string]string      `json:"members"`
	Choices  map[string]map[string]string      `json:"choices"`
	nodes    map[string]node
	defs     map[string]node
	words    *words
}

// node is what is read here of a part of a form's schema.
type node struct {
	Ref        string          `json:"$ref"`
	Items      *node           `json:"items"`
	Properties map[string]node `json:"properties"`
	AllOf      []struct {
		Then *node `json:"then"`
	} `json:"allOf"`
	Words string `json:"x-i18n"`
	Codes string `json:"x-codes"`
}

// answer is one answer of a form.
type answer struct {
	State string          `json:"state"`
	Value json.RawMessage `json:"value"`
}

// form sets the answers of a form that may be shown, section by section, in the words of its own version.
func (w *words) form(d *paper.Document, f *Form) error {
	if f == nil || len(f.Identity) == 0 && len(f.Answers) == 0 {
		return nil
	}
	version, err := schemas.Screening(f.Version)
	if err != nil {
		return fmt.Errorf("find the form: %w", err)
	}
	words, err := w.formWords(version)
	if err != nil {
		return err
	}
	answers := map[string]answer{}
	for _, part := range []json.RawMessage{f.Answers, f.Identity} {
		if len(part) == 0 {
			continue
		}
		if err := json.Unmarshal(part, &answers); err != nil {
			return fmt.Errorf("read answers: %w", err)
		}
	}
	section, facts := "", []paper.Fact{}
	flush := func() {
		if len(facts) > 0 {
			d.Heading(words.Sections[section].Title)
			d.Facts(facts)
		}
	}
	for _, item := range version.Items() {
		if item.Section != section {
			flush()
			section, facts = item.Section, nil
		}
		if a, ok := answers[item.Key]; ok {
			facts = append(facts, paper.Fact{Term: words.Items[item.Key].Label, Value: words.said(item.Key, a)})
		}
	}
	flush()
	return nil
}

func (w *words) formWords(version *schemas.Form) (*formWords, error) {
	text, err := version.Text(w.language)
	if err != nil {
		return nil, fmt.Errorf("find the words of the form: %w", err)
	}
	words := &formWords{words: w, nodes: map[string]node{}}
	if err := json.Unmarshal(text, words); err != nil {
		return nil, fmt.Errorf("read the words of the form: %w", err)
	}
	var schema struct {
		Defs map[string]node `json:"$defs"`
	}
	if err := json.Unmarshal(version.Schema(), &schema); err != nil {
		return nil, fmt.Errorf("read the form: %w", err)
	}
	words.defs = schema.Defs
	var whole any
	if err := json.Unmarshal(version.Schema(), &whole); err != nil {
		return nil, fmt.Errorf("read the form: %w", err)
	}
	words.collect(whole)
	return words, nil
}

// collect finds every question, wherever a rule brings it in.
func (f *formWords) collect(part any) {
	switch part := part.(type) {
	case []any:
		for _, inner := range part {
			f.collect(inner)
		}
	case map[string]any:
		for name, inner := range part {
			if question, ok := inner.(map[string]any); ok && question["x-widget"] != nil && f.Items[name].Label != "" {
				if n, ok := nodeOf(question); ok {
					f.nodes[name] = n
				}
			}
			f.collect(inner)
		}
	}
}

func nodeOf(part map[string]any) (n node, ok bool) {
	encoded, err := json.Marshal(part)
	return n, err == nil && json.Unmarshal(encoded, &n) == nil
}

// said is an answer in words; a state in its place where nothing was answered.
func (f *formWords) said(item string, a answer) string {
	if a.State != "answered" {
		return f.words.t("answer." + a.State)
	}
	var value any
	if json.Unmarshal(a.Value, &value) != nil {
		return ""
	}
	return f.inWords(f.valueOf(f.nodes[item]), value)
}

// valueOf is the node of the value of a question, or of the values of its list.
func (f *formWords) valueOf(question node) node {
	of := f.resolved(question)
	value, ok := of.Properties["value"]
	for _, rule := range of.AllOf {
		if !ok && rule.Then != nil {
			value, ok = rule.Then.Properties["value"]
		}
	}
	return f.single(value)
}

// single is the node of a value, or of the members of its list.
func (f *formWords) single(n node) node {
	n = f.resolved(n)
	if n.Items != nil {
		return f.resolved(*n.Items)
	}
	return n
}

func (f *formWords) resolved(n node) node {
	if n.Ref == "" {
		return n
	}
	return f.defs[n.Ref[strings.LastIndex(n.Ref, "/")+1:]]
}

func (f *formWords) inWords(kind node, value any) string {
	switch value := value.(type) {
	case []any:
		return lines(each(value, func(one any) string { return f.inWords(kind, one) }))
	case map[string]any:
		return f.members(kind, value)
	case bool:
		return f.words.yesNo(value)
	case string:
		return f.code(kind, value)
	}
	return fmt.Sprint(value)
}

func (f *formWords) code(kind node, code string) string {
	if kind.Codes == "items" && f.Items[code].Label != "" {
		return f.Items[code].Label
	}
	if kind.Codes != "" {
		return f.words.name(kind.Codes, code)
	}
	if list, ok := strings.CutPrefix(kind.Words, "choices."); ok {
		if text, ok := f.Choices[list][code]; ok {
			return text
		}
	}
	return code
}

// members are the parts of one thing of a list, each with its name.
func (f *formWords) members(kind node, value map[string]any) string {
	var parts []string
	for name, inner := range value {
		member := kind.Properties[name]
		label := name
		if where := strings.Split(member.Words, "."); len(where) == 3 {
			label = f.Members[where[1]][where[2]]
		}
		parts = append(parts, label+": "+strings.ReplaceAll(f.inWords(f.single(member), inner), "\n", ", "))
	}
	slices.Sort(parts)
	return lines(parts)
}
