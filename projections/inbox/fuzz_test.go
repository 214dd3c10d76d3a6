package inbox

import (
	"errors"
	"strings"
	"testing"
	"time"

	"songtor/internal/paging"
)

// FuzzCursor holds that a cursor of items and one of referrals is refused as one or is a condition on values that the database takes, and
// the same when it is written again.
func FuzzCursor(f *testing.F) {
	at := time.Date(2026, time.November, 1, 0, 0, 0, 0, time.UTC)
	const id = "0b9f2ad6-5a0e-4f0e-9a67-0d6c1e6c7d11"
	item := Item{CaseID: id, Task: "t", Agency: "a", Since: at}
	f.Add(item.cursor())
	item.DueAt = &at
	f.Add(item.cursor())
	f.Add((&Referral{CaseID: id, ID: "r", SentAt: at}).cursor())
	for _, s := range []string{"x", "e30", paging.Cursor(cursor{Case: id, Task: "\x00"})} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for name, after := range map[string]func(*where, string) error{"items": (*where).after, "referrals": (*where).afterReferral} {
			var w where
			err := after(&w, text)
			if err != nil && !errors.Is(err, ErrCursor) {
				t.Errorf("of %s: another error: %v", name, err)
			}
			for _, arg := range w.args {
				switch v := arg.(type) {
				case string:
					if err == nil && strings.ContainsRune(v, 0) {
						t.Errorf("of %s: %q was taken", name, v)
					}
				case time.Time:
					if v.Year() < 0 || v.Year() > 9999 {
						t.Errorf("of %s: %s was taken", name, v)
					}
				}
			}
		}
		var c, again cursor
		if _, err := decode(text, &c, &c.Case); err != nil {
			return
		}
		if _, err := decode(paging.Cursor(c), &again, &again.Case); err != nil || paging.Cursor(again) != paging.Cursor(c) {
			t.Errorf("%+v is %+v when it is written again (%v)", c, again, err)
		}
	})
}
