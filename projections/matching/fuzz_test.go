package matching

import (
	"errors"
	"testing"
)

// FuzzCursor holds that a cursor is refused as one or is the place that it says, in numbers and ids that the database takes.
func FuzzCursor(f *testing.F) {
	p := Proposal{CaseA: "0b9f2ad6-5a0e-4f0e-9a67-0d6c1e6c7d11", CaseB: "0b9f2ad6-5a0e-4f0e-9a67-0d6c1e6c7d12", Position: 7}
	p.Score = 90
	for _, s := range []string{p.cursor(), "", "x", "e30"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		c, err := parseCursor(text)
		if err != nil {
			if !errors.Is(err, ErrCursor) {
				t.Errorf("another error: %v", err)
			}
			return
		}
		for _, id := range []string{c.A, c.B} {
			if !isUUID(id) {
				t.Errorf("%q was taken for an id", id)
			}
		}
		written := Proposal{CaseA: c.A, CaseB: c.B, Position: c.Position}
		written.Score = c.Score
		if again, err := parseCursor(written.cursor()); err != nil || again != c {
			t.Errorf("%+v is %+v when it is written again (%v)", c, again, err)
		}
	})
}

func isUUID(id string) bool {
	if len(id) != 36 {
		return false
	}
	for i, r := range id {
		dash := i == 8 || i == 13 || i == 18 || i == 23
		if dash != (r == '-') || !dash && (r < '0' || r > '9') && (r < 'a' || r > 'f') {
			return false
		}
	}
	return true
}
