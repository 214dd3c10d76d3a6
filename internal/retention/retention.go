// Package retention holds how long a case is kept after it has ended, as configuration: dated, by how the case ended, each with the
// source it comes from.
//
// Few such rules are published, so none is written into a program. The shipped thailand.json holds what a source was found for, or what
// is plainly a choice of design, and lists everything else as deliberately unset; a file of the operator in the same form replaces it.
// What is unset is kept until somebody asks for its erasure. A rule that is set only makes the service ask: people decide.
package retention

import (
	_ "embed"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/go-json-experiment/json"

	"songtor/domain"
)

//go:embed thailand.json
var shipped []byte

// mostDays keeps a slip of the pen from never coming due: a hundred years.
const mostDays = 36525

// Rule is how long a case that ended so is kept, counted from when something was recorded of it last.
type Rule struct {
	Ending domain.Ending `json:"ending"`
	From   string        `json:"from"`            // first day in force, YYYY-MM-DD in Thailand
	Until  string        `json:"until,omitempty"` // last day in force; "" where none is set

	Days      int    `json:"days,omitzero"`
	GraceDays int    `json:"grace_days,omitzero"` // after that, before the service asks for the erasure
	Unset     string `json:"unset,omitempty"`     // why it is deliberately not set; "" where it is

	Source     string `json:"source"`     // where the rule was published, or that none was found
	Confidence string `json:"confidence"` // V, V2, M, D or ?, as in the time limits
	Note       string `json:"note,omitempty"`
}

// Whole is how long a case is kept with the days of grace.
func (r Rule) Whole() time.Duration { return time.Duration(r.Days+r.GraceDays) * 24 * time.Hour }

// Book is a checked set of rules. It never changes and is safe for use by many goroutines.
type Book struct{ rules []Rule }

// Default returns the shipped rules.
func Default() *Book { return standard() }

// standard panics on broken data, which the package's tests exclude.
var standard = sync.OnceValue(func() *Book {
	b, err := parse(shipped)
	if err != nil {
		panic(fmt.Sprintf("retention: couldn't read the shipped rules: %v", err))
	}
	return b
})

// Load reads the rules from a file in the form of the shipped thailand.json, which it replaces as a whole. An error names the file, the
// entry, what is wrong with it and what to do, for all entries at once.
func Load(path string) (*Book, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("couldn't read the rules of retention: %w", err)
	}
	b, err := parse(data)
	if err != nil {
		return nil, fmt.Errorf("couldn't read the rules of retention from %s; correct it and start again: %w", path, err)
	}
	return b, nil
}

// file is the form of a configuration file.
type file struct {
	About   string `json:"about"` // for whoever reads the file
	Entries []Rule `json:"entries"`
}

// parse reads and checks a configuration file. Unknown and repeated members are errors.
func parse(data []byte) (*Book, error) {
	var f file
	if err := json.Unmarshal(data, &f, json.RejectUnknownMembers(true)); err != nil {
		return nil, err
	}
	var errs []error
	for i, r := range f.Entries {
		for _, problem := range r.problems() {
			errs = append(errs, fmt.Errorf("entry %d (%s): %s", i+1, r.Ending, problem))
		}
		for j, other := range f.Entries[:i] {
			if r.Ending == other.Ending && (r.inForce(other.begin()) || other.inForce(r.begin())) {
				errs = append(errs, fmt.Errorf("entry %d (%s): is in force together with entry %d; end one before the other begins", i+1, r.Ending, j+1))
			}
		}
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	return &Book{rules: f.Entries}, nil
}

func (r Rule) problems() []string {
	var found []string
	if !slices.Contains(domain.Endings(), r.Ending) {
		found = append(found, fmt.Sprintf("ending %q is not known; use one of %v", r.Ending, domain.Endings()))
	}
	if (r.Days == 0) != (r.Unset != "") {
		found = append(found, "give either days or unset (the reason why it is deliberately not set)")
	}
	if r.Days < 0 || r.Days > mostDays || r.GraceDays < 0 || r.GraceDays > mostDays {
		found = append(found, fmt.Sprintf("days is %d and grace_days %d; give up to %d", r.Days, r.GraceDays, mostDays))
	}
	if !isDay(r.From) || r.Until != "" && (!isDay(r.Until) || r.Until < r.From) {
		found = append(found, fmt.Sprintf("from %q to %q are no days in their order; write YYYY-MM-DD in the common era", r.From, r.Until))
	}
	if strings.TrimSpace(r.Source) == "" {
		found = append(found, `source is missing; say where the rule was published, or "none"`)
	}
	if !slices.Contains([]string{"V", "V2", "M", "D", "?"}, r.Confidence) {
		found = append(found, fmt.Sprintf("confidence %q is not V, V2, M, D or ?", r.Confidence))
	}
	return found
}

// isDay refuses years of the Buddhist era, which would begin in some five hundred years.
func isDay(s string) bool {
	t, err := time.ParseInLocation(time.DateOnly, s, domain.Thailand)
	return err == nil && t.Year() >= 1941 && t.Year() <= 2400
}

// begin is the first moment in force; of a day that is none, the zero time.
func (r Rule) begin() time.Time {
	t, err := time.ParseInLocation(time.DateOnly, r.From, domain.Thailand)
	if err != nil {
		return time.Time{}
	}
	return t
}

func (r Rule) inForce(at time.Time) bool {
	if at.Before(r.begin()) {
		return false
	}
	last, err := time.ParseInLocation(time.DateOnly, r.Until, domain.Thailand)
	return err != nil || at.Before(last.AddDate(0, 0, 1))
}

// For returns the rule for an ending that is in force at a moment; set is false where none is, or where it is deliberately unset.
func (b *Book) For(e domain.Ending, at time.Time) (rule Rule, set bool) {
	i := slices.IndexFunc(b.rules, func(r Rule) bool { return r.Ending == e && r.inForce(at) })
	if i < 0 {
		return Rule{}, false
	}
	return b.rules[i], b.rules[i].Unset == ""
}

// Rules returns every rule in the order of the file, those deliberately unset with the reason, then one for each ending that the file
// does not mention, as unset.
func (b *Book) Rules() []Rule {
	all := slices.Clone(b.rules)
	for _, e := range domain.Endings() {
		if !slices.ContainsFunc(all, func(r Rule) bool { return r.Ending == e }) {
			all = append(all, Rule{Ending: e, Unset: "The configuration does not mention it.", Source: "none", Confidence: "?"})
		}
	}
	return all
}
