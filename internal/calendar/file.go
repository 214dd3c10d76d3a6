package calendar

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/go-json-experiment/json"

	"songtor/domain"
)

// file is the form of a holiday file.
type file struct {
	About        string   `json:"about"` // for whoever reads the file
	Substitution sourced  `json:"substitution"`
	Yearly       []yearly `json:"yearly"`
	Years        []year   `json:"years"`
}

// sourced is what every entry says of its origin.
type sourced struct {
	Source     string `json:"source"`
	Confidence string `json:"confidence"`
}

// yearly is a holiday on the same date of every known year.
type yearly struct {
	Date  string `json:"date"` // MM-DD
	First int    `json:"first_year"`
	Last  int    `json:"last_year"` // 0 for no last year
	Name
	sourced
}

// year makes a year known.
type year struct {
	Year int      `json:"year"`
	Note string   `json:"note"`
	Days []listed `json:"days"`
}

// listed is a holiday of one year.
type listed struct {
	Date      string `json:"date"` // YYYY-MM-DD
	Kind      Kind   `json:"kind"`
	InsteadOf string `json:"instead_of"` // the substitution that a moved one replaces
	Name
	sourced
}

// parse reads a holiday file. Unknown and repeated members are errors.
func parse(data []byte) (*Calendar, error) {
	var f file
	if err := json.Unmarshal(data, &f, json.RejectUnknownMembers(true)); err != nil {
		return nil, err
	}
	b := builder{Calendar: Calendar{days: map[date]Day{}, notes: map[int]string{}}, moved: map[date]bool{}}
	b.addYears(f.Years)
	b.addYearly(f.Yearly)
	b.substitute(f.Substitution)
	if err := errors.Join(b.errs...); err != nil {
		return nil, err
	}
	return &b.Calendar, nil
}

// builder collects a calendar and all that is wrong with its file.
type builder struct {
	Calendar
	moved map[date]bool // substitutions that the cabinet put elsewhere, and whether one was due there
	errs  []error
}

func (b *builder) refuse(entry, format string, args ...any) {
	b.errs = append(b.errs, fmt.Errorf("%s: %s", entry, fmt.Sprintf(format, args...)))
}

func (b *builder) addYears(years []year) {
	if len(years) == 0 {
		b.refuse("years", "none is listed; list at least one")
	}
	for _, y := range years {
		entry := fmt.Sprintf("year %d", y.Year)
		if b.Known(y.Year) {
			b.refuse(entry, "is listed twice")
		}
		if y.Year < 1941 || y.Year > 2400 {
			b.refuse(entry, "is no year of the common era; take %d from a year of the Buddhist era", BuddhistEra)
		}
		b.notes[y.Year] = y.Note
		for _, l := range y.Days {
			b.addListed(y.Year, entry+", "+l.Date, l)
		}
	}
}

func (b *builder) addListed(year int, entry string, l listed) {
	at, ok := b.date(entry, l.Date)
	if !ok {
		return
	}
	if at.year() != year {
		b.refuse(entry, "lies in another year")
	}
	if !slices.Contains([]Kind{Lunar, Ceremony, Special, Moved}, l.Kind) {
		b.refuse(entry, "kind %q is not lunar, ceremony, special or moved", l.Kind)
	}
	if (l.Kind == Moved) != (l.InsteadOf != "") {
		b.refuse(entry, "instead_of belongs to kind moved and only there")
	}
	if l.InsteadOf != "" {
		if from, ok := b.date(entry, l.InsteadOf); ok {
			b.moved[from] = false
		}
	}
	b.add(entry, at, l.Kind, l.Name, l.sourced)
}

func (b *builder) addYearly(rules []yearly) {
	for _, r := range rules {
		entry := "yearly " + r.Date
		if _, err := time.Parse("2006-01-02", "2001-"+r.Date); err != nil {
			b.refuse(entry, "date is not MM-DD, a day of every year")
			continue
		}
		for _, y := range b.Years() {
			if y < r.First || r.Last > 0 && y > r.Last {
				continue
			}
			if at, ok := b.date(entry, fmt.Sprintf("%04d-%s", y, r.Date)); ok {
				b.add(entry, at, Yearly, r.Name, r.sourced)
			}
		}
	}
}

// add puts a holiday on a day. Two holidays on one day share it, unless they are the same.
func (b *builder) add(entry string, at date, kind Kind, name Name, from sourced) {
	if name.English == "" || name.Thai == "" {
		b.refuse(entry, "en and th must both be given")
	}
	b.check(entry, from)
	day := Day{at.time().Format(time.DateOnly), kind, name, from.Source, from.Confidence}
	if old, taken := b.days[at]; taken {
		if old.Name == name {
			b.refuse(entry, "is listed twice")
			return
		}
		day.Name = Name{name.English + "; " + old.English, name.Thai + "; " + old.Thai}
		day.Source = from.Source + "; " + old.Source
		if kind == Special || kind == Moved {
			day.Kind = old.Kind // what is substituted stays so
		}
	}
	b.days[at] = day
}

func (b *builder) check(entry string, s sourced) {
	if strings.TrimSpace(s.Source) == "" {
		b.refuse(entry, "source is missing; say where the date was published")
	}
	if !slices.Contains([]string{"V", "V2", "M", "D", "?"}, s.Confidence) {
		b.refuse(entry, "confidence %q is not V, V2, M, D or ?", s.Confidence)
	}
}

func (b *builder) date(entry, s string) (date, bool) {
	t, err := time.ParseInLocation(time.DateOnly, s, domain.Thailand)
	if err != nil {
		b.refuse(entry, "%q is not a date YYYY-MM-DD", s)
		return 0, false
	}
	return dateOf(t), true
}

// substitute gives a working day for each run of days off in which a holiday falls on a Saturday or Sunday.
func (b *builder) substitute(from sourced) {
	b.check("substitution", from)
	due := map[date]Name{}
	for _, y := range b.Years() {
		for _, day := range b.Holidays(y) {
			b.due(day, due)
		}
	}
	for at, name := range due {
		if b.Known(at.year()) {
			b.days[at] = Day{
				at.time().Format(time.DateOnly), Substitution, Name{"Substitution for " + name.English, "ชดเชย" + name.Thai}, from.Source, from.Confidence,
			}
		}
	}
	for at, found := range b.moved {
		if !found {
			b.refuse("instead_of "+at.time().Format(time.DateOnly), "no substitution is due on that day")
		}
	}
}

// due notes the substitution that a holiday asks for.
func (b *builder) due(day Day, due map[date]Name) {
	t, err := time.ParseInLocation(time.DateOnly, day.Date, domain.Thailand)
	if err != nil || !weekend(t) || day.Kind == Special || day.Kind == Moved {
		return
	}
	for b.off(t) {
		t = t.AddDate(0, 0, 1)
	}
	at := dateOf(t)
	if _, moved := b.moved[at]; moved {
		b.moved[at] = true
		return
	}
	if first, shared := due[at]; shared && first != day.Name {
		due[at] = Name{first.English + " and " + day.English, first.Thai + "และ" + day.Thai}
		return
	}
	due[at] = day.Name
}

func (b *builder) off(t time.Time) bool {
	_, holiday := b.days[dateOf(t)]
	return holiday || weekend(t)
}

func weekend(t time.Time) bool {
	return t.Weekday() == time.Saturday || t.Weekday() == time.Sunday
}
