package release_test

import (
	"errors"
	"testing"

	"songtor/internal/release"
)

// A release is proved, and any change of it is not.
func TestAReleaseIsProvedAndNothingElse(t *testing.T) {
	t.Parallel()
	s := &shelf{t: t}
	s.publish(build(t, "2026-H1", people(7, "2026-02", 300), 300))
	book := s.book()
	checked, err := book.Verify(&book.Published()[0].Proposed, seal())
	if err != nil || checked.Blocks < 5 || checked.Witnesses == 0 || checked.Cells == 0 {
		t.Fatalf("checked %+v: %v", checked, err)
	}
	for name, spoil := range map[string]func(p *release.Published){
		"another count in a table": func(p *release.Published) { *firstCount(t, p) += 1 },
		"another count in the ledger": func(p *release.Published) {
			for i, c := range p.Blocks[0].Publication.Cells {
				if c.Count != nil && len(c.At) > 0 {
					n := *c.Count + 1
					p.Blocks[0].Publication.Cells[i].Count = &n
					return
				}
			}
		},
		"a count that was withheld": func(p *release.Published) {
			for i, c := range p.Blocks[0].Publication.Cells {
				if c.Count == nil {
					n := 3
					p.Blocks[0].Publication.Cells[i].Count = &n
					return
				}
			}
		},
		"the proof of other tables": func(p *release.Published) { p.Blocks[0].Certificate = p.Blocks[1].Certificate },
		"a proof that is not there": func(p *release.Published) { p.Blocks[0].Certificate = "00" },
		"a promise of more":         func(p *release.Published) { p.Release.Bound++ },
	} {
		again := s.book()
		spoil(again.Published()[0])
		if _, err := again.Verify(&again.Published()[0].Proposed, seal()); !errors.Is(err, release.ErrNotProved) {
			t.Errorf("%s is verified: %v", name, err)
		}
	}
}

// firstCount is a count that is published in a table of the first block.
func firstCount(t *testing.T, p *release.Published) *int {
	t.Helper()
	for _, table := range p.Release.Tables {
		for _, c := range table.Cells {
			if c.Count != nil {
				return c.Count
			}
		}
	}
	t.Fatal("nothing is published")
	return nil
}
