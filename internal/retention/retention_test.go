package retention

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"songtor/domain"
)

func moment(t *testing.T, s string) time.Time {
	t.Helper()
	at, err := time.ParseInLocation("2006-01-02 15:04:05", s, domain.Thailand)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

func load(t *testing.T, entries ...string) (*Book, error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "retention.json")
	if err := os.WriteFile(path, []byte(`{"about": "", "entries": [`+strings.Join(entries, ",")+`]}`), 0o600); err != nil {
		t.Fatal(err)
	}
	return Load(path)
}

func mustLoad(t *testing.T, entries ...string) *Book {
	t.Helper()
	b, err := load(t, entries...)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// Nothing is kept or erased by a rule that nobody published: what is set names where it comes from, and every other ending is listed as
// unset with the reason.
func TestDefaultSetsOnlyWhatHasASource(t *testing.T) {
	t.Parallel()
	now := moment(t, "2026-11-23 12:00:00")
	stated := map[domain.Ending]int{}
	for _, r := range Default().Rules() {
		stated[r.Ending]++
		rule, set := Default().For(r.Ending, now)
		if set != (r.Unset == "") || rule != r {
			t.Errorf("%s is %+v, set %t; the list says %+v", r.Ending, rule, set, r)
		}
		if set == (r.Confidence == "?") || set == (r.Source == "none") {
			t.Errorf("%s is set %t from %q with confidence %s", r.Ending, set, r.Source, r.Confidence)
		}
	}
	for _, e := range domain.Endings() {
		if stated[e] != 1 {
			t.Errorf("%s is stated %d times", e, stated[e])
		}
	}
	if rule, set := Default().For(domain.EndedRefused, now); !set || rule.Whole() != 60*24*time.Hour {
		t.Errorf("of a refusal: %+v, %t", rule, set)
	}
	if rule, set := Default().For("", now); set {
		t.Errorf("an open case is kept by %+v", rule)
	}
}

// A rule holds from the first moment of its first day in Thailand to the last of its last, with the days of grace.
func TestARuleHoldsOnItsDays(t *testing.T) {
	t.Parallel()
	b := mustLoad(t,
		`{"ending":"no_grounds","from":"2026-01-01","until":"2026-06-30","days":10,"grace_days":5,"source":"s","confidence":"V"}`,
		`{"ending":"no_grounds","from":"2026-07-01","days":20,"source":"s","confidence":"V"}`)
	for at, days := range map[string]int{
		"2025-12-31 23:59:59": 0, "2026-01-01 00:00:00": 15, "2026-06-30 23:59:59": 15, "2026-07-01 00:00:00": 20, "2030-01-01 00:00:00": 20,
	} {
		rule, set := b.For(domain.EndedNoGrounds, moment(t, at))
		if set != (days > 0) || rule.Whole() != time.Duration(days)*24*time.Hour {
			t.Errorf("at %s: %v, set %t, want %d days", at, rule.Whole(), set, days)
		}
	}
	if _, set := b.For(domain.EndedVictim, moment(t, "2026-07-01 00:00:00")); set {
		t.Error("a rule for another ending holds for this one")
	}
}

// What a file does not mention is listed as unset: that nobody decided is seen.
func TestWhatAFileDoesNotMentionIsListedAsUnset(t *testing.T) {
	t.Parallel()
	b := mustLoad(t, `{"ending":"no_grounds","from":"2026-01-01","unset":"nobody has decided","source":"none","confidence":"?"}`)
	rules := b.Rules()
	if len(rules) != len(domain.Endings()) || rules[0].Unset != "nobody has decided" {
		t.Fatalf("rules are %+v", rules)
	}
	for _, r := range rules {
		if r.Unset == "" {
			t.Errorf("%s is set", r.Ending)
		}
		if _, set := b.For(r.Ending, moment(t, "2026-07-01 00:00:00")); set {
			t.Errorf("%s is in force", r.Ending)
		}
	}
}

// A file with a mistake is refused, and the error names the entry and what is wrong with it.
func TestAFileWithAMistakeIsRefused(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ entry, says string }{
		"an unknown ending":         {`{"ending":"won","from":"2026-01-01","days":1,"source":"s","confidence":"V"}`, `ending "won" is not known`},
		"neither days nor unset":    {`{"ending":"no_grounds","from":"2026-01-01","source":"s","confidence":"V"}`, "either days or unset"},
		"days and unset":            {`{"ending":"no_grounds","from":"2026-01-01","days":1,"unset":"u","source":"s","confidence":"V"}`, "either days or unset"},
		"days below zero":           {`{"ending":"no_grounds","from":"2026-01-01","days":-1,"source":"s","confidence":"V"}`, "days is -1"},
		"grace below zero":          {`{"ending":"no_grounds","from":"2026-01-01","days":9,"grace_days":-8,"source":"s","confidence":"V"}`, "grace_days -8"},
		"more than a hundred years": {`{"ending":"no_grounds","from":"2026-01-01","days":36526,"source":"s","confidence":"V"}`, "days is 36526"},
		"the Buddhist era":          {`{"ending":"no_grounds","from":"2569-01-01","days":1,"source":"s","confidence":"V"}`, "common era"},
		"no day":                    {`{"ending":"no_grounds","from":"2026-02-30","days":1,"source":"s","confidence":"V"}`, "no days in their order"},
		"an end before the begin":   {`{"ending":"no_grounds","from":"2026-01-02","until":"2026-01-01","days":1,"source":"s","confidence":"V"}`, "no days in their order"},
		"no source":                 {`{"ending":"no_grounds","from":"2026-01-01","days":1,"source":" ","confidence":"V"}`, "source is missing"},
		"an unknown confidence":     {`{"ending":"no_grounds","from":"2026-01-01","days":1,"source":"s","confidence":"sure"}`, `confidence "sure"`},
		"an unknown member":         {`{"ending":"no_grounds","from":"2026-01-01","day":1,"source":"s","confidence":"V"}`, "day"},
		"a repeated member":         {`{"ending":"no_grounds","from":"2026-01-01","days":1,"days":9,"source":"s","confidence":"V"}`, "days"},
	} {
		_, err := load(t, `{"ending":"refused_screening","from":"2026-01-01","days":1,"source":"s","confidence":"V"}`, test.entry)
		if err == nil || !strings.Contains(err.Error(), test.says) || !strings.Contains(err.Error(), "retention.json") {
			t.Errorf("%s: got %v", name, err)
		} else if strings.Contains(err.Error(), "entry 1") {
			t.Errorf("%s: the entry that is right is blamed: %v", name, err)
		}
	}
	if _, err := Load(filepath.Join(t.TempDir(), "none.json")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no file: got %v", err)
	}
}

// Of two rules for one ending only one is in force at a time.
func TestRulesDoNotOverlap(t *testing.T) {
	t.Parallel()
	rule := func(ending, from, until string) string {
		return `{"ending":"` + ending + `","from":"` + from + `","until":"` + until + `","days":1,"source":"s","confidence":"V"}`
	}
	for name, test := range map[string]struct {
		entries []string
		refused bool
	}{
		"one after the other": {[]string{rule("no_grounds", "2026-01-01", "2026-03-31"), rule("no_grounds", "2026-04-01", "")}, false},
		"other endings":       {[]string{rule("no_grounds", "2026-01-01", ""), rule("not_identified", "2026-01-01", "")}, false},
		"on one day":          {[]string{rule("no_grounds", "2026-01-01", "2026-04-01"), rule("no_grounds", "2026-04-01", "")}, true},
		"one within another":  {[]string{rule("no_grounds", "2026-02-01", "2026-03-01"), rule("no_grounds", "2026-01-01", "")}, true},
	} {
		_, err := load(t, test.entries...)
		if (err != nil) != test.refused || err != nil && !strings.Contains(err.Error(), "entry 2 (no_grounds): is in force together with entry 1") {
			t.Errorf("%s: got %v", name, err)
		}
	}
}
