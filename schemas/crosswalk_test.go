package schemas

import (
	"slices"
	"strings"
	"testing"
)

type crosswalk struct {
	To     struct{ Attribution string }
	Fields []struct {
		Item, Member, Field, Loss string
		Values                    map[string]any
	}
	CTDC struct{ Status string }
}

// htcdsFields reads the standard's fields and the values of each.
func htcdsFields(t *testing.T) map[string][]string {
	t.Helper()
	out := map[string][]string{}
	for line := range strings.Lines(string(mustRead("crosswalk/htcds_2.0_fields.tsv"))) {
		columns := strings.Split(strings.TrimRight(line, "\r\n"), "\t")
		if len(columns) < 7 || columns[0] == "section" {
			continue
		}
		out[columns[3]] = strings.Split(columns[6], "; ")
	}
	if len(out) != 83 {
		t.Fatalf("%d fields", len(out))
	}
	return out
}

func TestCrosswalkNamesWhatExists(t *testing.T) {
	t.Parallel()
	var c crosswalk
	mustUnmarshal(mustRead("crosswalk/htcds_2_0.json"), &c)
	if c.To.Attribution != "HTCDS 2.0, International Organization for Migration, CC BY 4.0; no endorsement implied" || c.CTDC.Status != "provisional" {
		t.Errorf("attribution %q, ctdc %q", c.To.Attribution, c.CTDC.Status)
	}
	fields, items := htcdsFields(t), map[string]Item{}
	for _, it := range v1(t).Items() {
		items[it.Key] = it
	}
	for _, row := range c.Fields {
		values, ok := fields[row.Field]
		item, known := items[row.Item]
		if !ok || !known {
			t.Errorf("%s to %s: no such item or field", row.Item, row.Field)
		}
		if row.Member == "" && item.Choices != nil {
			checkChoices(t, item, row.Values)
		}
		for ours, theirs := range row.Values {
			for _, v := range oneOrMore(theirs) {
				if !slices.Contains(values, v) && row.Field != "con_Consent" {
					t.Errorf("%s %s: %s has no value %s", row.Item, ours, row.Field, v)
				}
			}
			if theirs == nil && row.Loss == "" {
				t.Errorf("%s %s is lost without a word", row.Item, ours)
			}
		}
	}
}

func checkChoices(t *testing.T, item Item, values map[string]any) {
	t.Helper()
	for _, choice := range item.Choices {
		if _, ok := values[choice]; !ok {
			t.Errorf("%s: choice %s is not mapped", item.Key, choice)
		}
	}
	if len(values) != len(item.Choices) {
		t.Errorf("%s: %d choices, %d mapped", item.Key, len(item.Choices), len(values))
	}
}

func oneOrMore(v any) []string {
	switch v := v.(type) {
	case string:
		return []string{v}
	case []any:
		var out []string
		for _, e := range v {
			out = append(out, e.(string))
		}
		return out
	default:
		return nil
	}
}

// What an item is annotated with must be in the crosswalk.
func TestAnnotationsAgreeWithCrosswalk(t *testing.T) {
	t.Parallel()
	var c crosswalk
	mustUnmarshal(mustRead("crosswalk/htcds_2_0.json"), &c)
	for _, it := range v1(t).Items() {
		if it.HTCDS == "" {
			continue
		}
		found := false
		for _, row := range c.Fields {
			found = found || row.Item == it.Key && row.Field == it.HTCDS
		}
		if !found {
			t.Errorf("%s to %s is not in the crosswalk", it.Key, it.HTCDS)
		}
	}
}
