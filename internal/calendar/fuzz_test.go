package calendar

import (
	"testing"
	"time"
)

// FuzzHolidays holds that a file of holidays is refused or gives a calendar that knows the years of its holidays.
func FuzzHolidays(f *testing.F) {
	f.Add(shipped)
	f.Add([]byte(`{}`))
	f.Add([]byte(`{"years":[{"year":2026,"days":[{"date":"2026-02-30","kind":"fixed"}]}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := parse(data)
		if err != nil {
			return
		}
		for _, year := range []int{0, 2026, 9999} {
			if len(c.Holidays(year)) > 0 && !c.Known(year) {
				t.Errorf("%d has holidays and is not known", year)
			}
			c.Holiday(time.Date(year, 12, 31, 0, 0, 0, 0, time.UTC))
		}
	})
}
