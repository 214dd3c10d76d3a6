package release

import (
	"errors"
	"fmt"

	"songtor/internal/disclosure/verify"
)

// ErrNotProved says that a release is not proved to be safe, or is not what was proved.
var ErrNotProved = errors.New("the release is not proved")

// Checked is what was found right.
type Checked struct {
	Blocks, Cells, Atoms int
}

// Verify checks a published release from the book alone: that every count in it is one of the cells that the ledger has, and that the
// certificate of every block proves what the release promises. It fails with ErrNotProved.
func (b *Book) Verify(p *Published) (Checked, error) {
	var c Checked
	for _, block := range p.Blocks {
		certificate, err := b.Certificate(block.Certificate)
		if err != nil {
			return c, fmt.Errorf("%w: %s: %w", ErrNotProved, block.Publication.Release, err)
		}
		proved, err := verify.Certificate(certificate)
		switch {
		case err != nil:
			return c, fmt.Errorf("%w: %s: %w", ErrNotProved, block.Publication.Release, err)
		case proved.Bound < p.Release.Bound:
			return c, fmt.Errorf("%w: %s is proved for %d only", ErrNotProved, block.Publication.Release, proved.Bound)
		}
		c.Blocks, c.Atoms = c.Blocks+1, c.Atoms+proved.Atoms
	}
	for _, t := range p.Release.Tables {
		for _, cell := range t.Cells {
			if cell.Count != nil && !p.proved(t.Universe, cell) {
				return c, fmt.Errorf("%w: a count of the table %s is in no block", ErrNotProved, t.ID)
			}
			c.Cells++
		}
	}
	return c, nil
}

// proved reports whether a count is one of the cells of the universe's blocks.
func (p *Published) proved(universe string, cell Cell) bool {
	for _, b := range p.Blocks {
		if found := countAt(b.Publication, cell.At); b.Universe == universe && found != nil && *found == *cell.Count {
			return true
		}
	}
	return false
}
