package stage

import (
	"errors"
	"strings"
	"testing"
	"time"

	"songtor/domain"
)

// FuzzCursor holds that a cursor is refused as one of the order that it is given for, or is a condition on values that the database takes.
func FuzzCursor(f *testing.F) {
	view := new(View)
	sortings := map[Order]sorting{}
	row := Row{}
	row.CaseID, row.Stage, row.Since = "0b9f2ad6-5a0e-4f0e-9a67-0d6c1e6c7d11", domain.Screening, time.Date(2026, time.November, 1, 0, 0, 0, 0, time.UTC)
	row.Reference, row.OpenedAt, row.Open = "NRM-1", row.Since, true
	for _, o := range Orders() {
		s, err := view.sorting(o)
		if err != nil {
			f.Fatal(err)
		}
		s.only = []bool{false, true}
		sortings[o] = s
		f.Add(s.cursor(&row))
	}
	f.Add("x")
	f.Add("e30")
	f.Fuzz(func(t *testing.T, text string) {
		taken := 0
		for o, s := range sortings {
			var w where
			err := s.after(&w, domain.Screening, text)
			if err != nil {
				if !errors.Is(err, ErrCursor) {
					t.Errorf("by %s: another error: %v", o, err)
				}
				continue
			}
			taken++
			for _, arg := range w.args {
				switch v := arg.(type) {
				case string:
					if strings.ContainsRune(v, 0) {
						t.Errorf("by %s: %q was taken", o, v)
					}
				case time.Time:
					if v.Year() < 0 || v.Year() > 9999 {
						t.Errorf("by %s: %s was taken", o, v)
					}
				}
			}
		}
		if taken > 1 && text != "" {
			t.Errorf("%q is a cursor of %d orders", text, taken)
		}
	})
}
