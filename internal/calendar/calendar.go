// Package calendar knows the public holidays of Thailand and writes dates in the Buddhist calendar, as people there read them.
//
// # What is known
//
// Holidays are data with a source: the shipped thailand.json, or a file of the operator in the same form. Fixed dates come by rule
// and year, dates of the lunar calendar, of the ploughing ceremony and of cabinet decisions are listed one by one. A holiday on a
// Saturday or Sunday moves to the next working day; holidays in a row give one such day; special days of the cabinet give none.
//
// A year without data is not known: it has no holidays here, so that only Saturdays and Sundays rest in it and a deadline of
// working days falls earlier than it should. Known tells; the operator adds the year to the file when the cabinet has published it.
// A listed year may still lack days that the cabinet adds later: its note says what is missing.
//
// Days are days in Thailand (UTC+7), whatever the location of a time.
package calendar

import (
	"cmp"
	_ "embed"
	"fmt"
	"maps"
	"os"
	"slices"
	"sync"
	"time"

	"songtor/domain"
)

//go:embed thailand.json
var shipped []byte

// Name is the name of a holiday.
type Name struct {
	English string `json:"en"`
	Thai    string `json:"th"`
}

// Kind says why a day is a holiday.
type Kind string

// The kinds of holiday.
const (
	Yearly       Kind = "yearly"       // the same date every year
	Lunar        Kind = "lunar"        // by the Thai lunar calendar
	Ceremony     Kind = "ceremony"     // set anew every year by the palace
	Special      Kind = "special"      // added by the cabinet; never substituted
	Substitution Kind = "substitution" // the working day after a holiday on a Saturday or Sunday
	Moved        Kind = "moved"        // a substitution that the cabinet put on another day
)

// Day is a holiday with what is known of its source.
type Day struct {
	Date string `json:"date"` // YYYY-MM-DD
	Kind Kind   `json:"kind"`
	Name
	Source string `json:"source"`
	// Confidence is V (read in the source), V2 (a secondary copy), M (general knowledge or calculated), D (a choice of design) or
	// ? (looked for and not found).
	Confidence string `json:"confidence"`
}

// Calendar is a set of years with their holidays. It never changes and is safe for use by many goroutines.
type Calendar struct {
	days  map[date]Day
	notes map[int]string // by known year
}

// date is a day as the number YYYYMMDD, so that looking one up costs no allocation.
type date int

func dateOf(t time.Time) date {
	y, m, d := t.In(domain.Thailand).Date()
	return date(y*10000 + int(m)*100 + d)
}

func (d date) year() int { return int(d) / 10000 }

func (d date) time() time.Time {
	return time.Date(d.year(), time.Month(int(d)/100%100), int(d)%100, 0, 0, 0, 0, domain.Thailand)
}

// Thailand returns the shipped calendar.
func Thailand() *Calendar { return thailand() }

// thailand panics on broken data, which the package's tests exclude.
var thailand = sync.OnceValue(func() *Calendar {
	c, err := parse(shipped)
	if err != nil {
		panic(fmt.Sprintf("calendar: couldn't read the shipped holidays: %v", err))
	}
	return c
})

// Load reads the holidays from a file in the form of the shipped thailand.json, which it replaces as a whole. An error names the
// file, the entry and what is wrong with it, for all entries at once.
func Load(path string) (*Calendar, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("couldn't read holidays: %w", err)
	}
	c, err := parse(data)
	if err != nil {
		return nil, fmt.Errorf("couldn't read holidays from %s; correct it and start again: %w", path, err)
	}
	return c, nil
}

// Known tells whether the calendar has the holidays of a year (of the common era). In a year that is not known only Saturdays and
// Sundays rest.
func (c *Calendar) Known(year int) bool {
	_, known := c.notes[year]
	return known
}

// Years returns the known years, earliest first.
func (c *Calendar) Years() []int { return slices.Sorted(maps.Keys(c.notes)) }

// Note says what is missing or particular in the data of a year; "" where nothing is.
func (c *Calendar) Note(year int) string { return c.notes[year] }

// Holiday tells whether the day of a time in Thailand is a public holiday, and which. Saturdays and Sundays are holidays only where
// a holiday falls on them.
func (c *Calendar) Holiday(day time.Time) (Name, bool) {
	d, ok := c.days[dateOf(day)]
	return d.Name, ok
}

// Holidays returns the holidays of a year in their order, nil where the year is not known.
func (c *Calendar) Holidays(year int) []Day {
	var found []Day
	for at, day := range c.days {
		if at.year() == year {
			found = append(found, day)
		}
	}
	slices.SortFunc(found, func(a, b Day) int { return cmp.Compare(a.Date, b.Date) })
	return found
}
