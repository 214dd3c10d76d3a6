package schemas

import (
	"strings"
)

// Classes of items, by how personal an answer is. All of them are kept sealed.
const (
	ClassIdentity  = "identity"  // who the person or another is, and how to reach them
	ClassSensitive = "sensitive" // health, functioning, sexual matters, legal status, risk
	ClassNarrative = "narrative" // free text, which may hold anything
	ClassSealed    = "sealed"    // every other answer
)

// Item is one question of a form, for callers that handle answers by kind and not
// one by one: sealing by class, findings by element, export by crosswalk.
type Item struct {
	Key     string   // such as "h_ilo_isolation"; the letter is the section's
	Section string   // "a" to "p"
	Class   string   // one of the Class constants
	Type    string   // JSON type of the value: string, integer, number, array
	Element string   // the element of an offence it indicates, such as "s6.means.threat"; or ""
	ILO     int      // the indicator of forced labour it stands for, 1 to 11; or 0
	HTCDS   string   // the field of HTCDS 2.0 it maps onto; or ""
	Urgent  bool     // whether "yes" calls for action now
	Codes   string   // the code list its values come from; or ""
	Choices []string // the values it may take, for a choice; numbers are not listed
}

// Items returns the form's items in the order of its sections. The list is the form's own, read for every submission: it must
// not be changed.
func (f *Form) Items() []Item { return f.items }

func itemsOf(doc map[string]any) []Item {
	schemas := map[string]map[string]any{}
	props, _ := doc["properties"].(map[string]any)
	answers, _ := props["answers"].(map[string]any)
	collectItems(answers, schemas)
	var out []Item
	sections, _ := doc["x-sections"].([]any)
	for _, s := range sections {
		section, _ := s.(map[string]any)
		keys, _ := section["items"].([]any)
		for _, k := range keys {
			key, _ := k.(string)
			out = append(out, itemOf(key, stringOf(section, "id"), schemas[key]))
		}
	}
	return out
}

func collectItems(s map[string]any, into map[string]map[string]any) {
	props, _ := s["properties"].(map[string]any)
	for key, p := range props {
		into[key], _ = p.(map[string]any)
	}
	for _, b := range branches(s) {
		collectItems(b, into)
	}
}

func itemOf(key, section string, s map[string]any) Item {
	ilo, _ := s["x-ilo"].(float64)
	value := valueOf(s)
	it := Item{
		Key:     key,
		Section: section,
		Class:   stringOf(s, "x-class"),
		Type:    stringOf(value, "type"),
		Element: stringOf(s, "x-element"),
		ILO:     int(ilo),
		HTCDS:   stringOf(s, "x-htcds"),
		Urgent:  s["x-urgent"] == true,
	}
	single := value
	if element, ok := value["items"].(map[string]any); ok {
		single = element
	}
	it.Codes = stringOf(single, "x-codes")
	choices, _ := single["enum"].([]any)
	for _, c := range choices {
		if text, ok := c.(string); ok {
			it.Choices = append(it.Choices, strings.Clone(text))
		}
	}
	return it
}

// valueOf returns the schema of an item's value, which a rule introduces.
func valueOf(item map[string]any) map[string]any {
	props, _ := item["properties"].(map[string]any)
	if v, ok := props["value"].(map[string]any); ok {
		return v
	}
	for _, b := range branches(item) {
		if v := valueOf(b); v != nil {
			return v
		}
	}
	return nil
}

func stringOf(m map[string]any, key string) string {
	s, _ := m[key].(string)
	return s
}
