package release

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"time"

	"songtor/domain"
)

// ErrPeriodUnknown says that a text names no period.
var ErrPeriodUnknown = errors.New("not a half-year such as 2026-H1")

// Period is a half-year. Periods do not overlap, and nobody is counted in one twice.
type Period struct {
	ID    string
	From  time.Time
	Until time.Time // exclusive
}

var periodPattern = regexp.MustCompile(`^(2\d{3})-H([12])$`)

// ParsePeriod returns the half-year of a name such as 2026-H1.
func ParsePeriod(id string) (Period, error) {
	parts := periodPattern.FindStringSubmatch(id)
	if parts == nil {
		return Period{}, ErrPeriodUnknown
	}
	year, err := strconv.Atoi(parts[1])
	if err != nil {
		return Period{}, ErrPeriodUnknown
	}
	first := time.January
	if parts[2] == "2" {
		first = time.July
	}
	from := time.Date(year, first, 1, 0, 0, 0, 0, domain.Thailand)
	return Period{ID: id, From: from, Until: from.AddDate(0, 6, 0)}, nil
}

// periodOf is the half-year of a moment.
func periodOf(t time.Time) Period {
	t = t.In(domain.Thailand)
	half := (int(t.Month()) + 5) / 6
	p, err := ParsePeriod(fmt.Sprintf("%d-H%d", t.Year(), half))
	if err != nil {
		return Period{From: t, Until: t.AddDate(0, 6, 0)} // of a year that has no half-years; there is nobody in it
	}
	return p
}

// holds reports whether a day, as 2026-03-31, is one of the period.
func (p Period) holds(day string) bool {
	return day != "" && day >= p.From.Format(time.DateOnly) && day < p.Until.Format(time.DateOnly)
}

// Before reports whether the period lies before another.
func (p Period) Before(other Period) bool { return p.From.Before(other.From) }

// ClosedAt is the first moment at which the period can be frozen.
func (p Period) ClosedAt(r *Rules) time.Time { return p.Until.AddDate(0, 0, r.Protection.GraceDays) }

// Ended lists the half-years from the one of a day that can be frozen at a moment, oldest first.
func (r *Rules) Ended(first string, now time.Time) []Period {
	since, err := time.ParseInLocation(time.DateOnly, first, domain.Thailand)
	if err != nil {
		return nil
	}
	var ended []Period
	for p := periodOf(since); !now.Before(p.ClosedAt(r)); p = periodOf(p.Until) {
		ended = append(ended, p)
	}
	return ended
}
