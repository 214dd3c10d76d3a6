// Package limits holds the time limits of the mechanism as configuration: dated, by province, each with the source it comes from.
//
// Limits differ by year and province and few are published, so none is written into a program. The shipped thailand.json holds what
// a source was found for and lists everything else as deliberately unset; a file of the operator in the same form replaces it. A
// limit that is unset makes no deadline.
//
// # Which entry counts
//
// An entry counts from its first to its last day in Thailand. Of those in force one for the province goes before one for "*",
// also where it says that the limit is unset there. Two entries for the same thing, province and day are refused.
//
// Working days need the public holidays of package calendar. In a year that the calendar does not know only Saturdays and Sundays
// rest.
package limits

import (
	_ "embed"
	"fmt"
	"os"
	"slices"
	"sync"
	"time"

	"songtor/domain"
	"songtor/internal/calendar"
)

//go:embed thailand.json
var shipped []byte

// Everywhere is the province of an entry that counts in every province without an entry of its own.
const Everywhere = "*"

// Entry is one rule of the configuration: a time limit, a team rule or a ladder, told apart by which of Limit, Team and Escalation
// is there.
type Entry struct {
	Limit      domain.LimitName `json:"limit,omitzero"`
	Team       *Team            `json:"team,omitzero"`
	Escalation []Step           `json:"escalation,omitzero"`

	Province string `json:"province"`        // ISO 3166-2 code, or Everywhere
	From     string `json:"from"`            // first day in force, YYYY-MM-DD in Thailand
	Until    string `json:"until,omitempty"` // last day in force; "" where none is set

	// Hours, Minutes or WorkingDays is the length of a time limit: elapsed time, nights and holidays included, or days that are
	// neither Saturday, Sunday nor a public holiday.
	Hours       int `json:"hours,omitzero"`
	Minutes     int `json:"minutes,omitzero"`
	WorkingDays int `json:"working_days,omitzero"`

	// Unset says why the rule is deliberately not set; "" where it is.
	Unset string `json:"unset,omitempty"`

	Source string `json:"source"` // where the rule was published, or that none was found
	// Confidence is V (read in the source), V2 (a secondary copy), M (general knowledge), D (a choice of design) or ? (looked for
	// and not found).
	Confidence string `json:"confidence"`
	Note       string `json:"note,omitempty"`
}

// Team says how a multidisciplinary team must be made up. Zero asks for nothing.
type Team struct {
	Members int      `json:"members,omitzero"` // how many at least
	Kinds   []string `json:"kinds,omitempty"`  // kinds of agency of which each must send somebody
	Quorum  int      `json:"quorum,omitzero"`  // how many must have given their finding before a decision
}

// Step is one step of the ladder on which a missed deadline climbs.
type Step struct {
	To         domain.Rung `json:"to"`
	AfterHours int         `json:"after_hours"` // elapsed hours from the deadline
}

// Book is a checked set of entries. It never changes and is safe for use by many goroutines.
type Book struct {
	entries []Entry
	holiday func(time.Time) bool
	lines   map[string][]segment // by province; Everywhere for all that have no entry
}

// segment is a stretch of time in which the same entries are in force in a province, to the beginning of the next.
type segment struct {
	from   time.Time
	limits domain.Limits
}

// Default returns the shipped limits with the shipped holidays.
func Default() *Book { return standard() }

// standard panics on broken data, which the package's tests exclude.
var standard = sync.OnceValue(func() *Book {
	b, err := parse(shipped)
	if err != nil {
		panic(fmt.Sprintf("limits: couldn't read the shipped time limits: %v", err))
	}
	return b
})

// Load reads the limits from a file in the form of the shipped thailand.json, which it replaces as a whole. An error names the file,
// the entry, what is wrong with it and what to do, for all entries at once.
func Load(path string) (*Book, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("couldn't read time limits: %w", err)
	}
	b, err := parse(data)
	if err != nil {
		return nil, fmt.Errorf("couldn't read time limits from %s; correct it and start again: %w", path, err)
	}
	return b, nil
}

// WithCalendar returns a book of the same limits that counts working days with other holidays.
func (b *Book) WithCalendar(c *calendar.Calendar) *Book {
	return newBook(b.entries, c)
}

func newBook(entries []Entry, c *calendar.Calendar) *Book {
	b := &Book{entries: entries, lines: map[string][]segment{}}
	b.holiday = func(day time.Time) bool {
		_, ok := c.Holiday(day)
		return ok
	}
	b.lines[Everywhere] = b.line(Everywhere)
	for _, e := range entries {
		if b.lines[e.Province] == nil {
			b.lines[e.Province] = b.line(e.Province)
		}
	}
	return b
}

// For returns the limits in force in a province at a moment. A province that has no entries, also one that is not known or "", has
// those of Everywhere. It allocates nothing: the caller must not change the maps and slices in what it gets.
func (b *Book) For(province string, at time.Time) domain.Limits {
	line, own := b.lines[province]
	if !own {
		line = b.lines[Everywhere]
	}
	for _, s := range slices.Backward(line) {
		if !at.Before(s.from) {
			return s.limits
		}
	}
	return domain.Limits{Holiday: b.holiday}
}

// Entries returns every entry in the order of the file, those deliberately unset with the reason, then one for each time limit that
// the file does not mention for Everywhere, as unset. The caller must not change what the entries point to.
func (b *Book) Entries() []Entry {
	all := slices.Clone(b.entries)
	for _, name := range domain.LimitNames() {
		if !slices.ContainsFunc(all, func(e Entry) bool { return e.Limit == name && e.Province == Everywhere }) {
			all = append(all, Entry{Limit: name, Province: Everywhere, Unset: "The configuration does not mention it.", Source: "none", Confidence: "?"})
		}
	}
	return all
}
