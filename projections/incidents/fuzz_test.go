package incidents

import (
	"errors"
	"math"
	"testing"
)

// FuzzCursor holds that a cursor is refused as one or is the place that it says, in numbers that the database takes.
func FuzzCursor(f *testing.F) {
	for _, s := range []string{
		start.String(), cursor{Position: 7}.String(), cursor{Entry: 7, Case: start.Case}.String(), cursor{Position: math.MaxUint64}.String(), "x", "e30",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		c, err := Page{After: text}.cursor()
		if err != nil {
			if !errors.Is(err, ErrCursor) {
				t.Errorf("another error: %v", err)
			}
			return
		}
		if c.Position > math.MaxInt64 || c.Entry > math.MaxInt32 || c.Entry < math.MinInt32 {
			t.Errorf("%+v was taken", c)
		}
		if again, err := (Page{After: c.String()}).cursor(); err != nil || again != c {
			t.Errorf("%+v is %+v when it is written again (%v)", c, again, err)
		}
	})
}
