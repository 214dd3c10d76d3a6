package release

import (
	"errors"
	"fmt"
	"maps"

	"songtor/internal/disclosure"
	"songtor/internal/disclosure/verify"
)

// ErrNotProved says that a release is not proved to be safe, or is not what was proved.
var ErrNotProved = errors.New("the release is not proved")

// Checked is what was found right.
type Checked struct {
	Blocks, Cells, Atoms, Witnesses int
}

// Verify checks a published release from the book alone: that the certificate of every block proves what the release promises, of the very
// cells that the ledger has, and that every count of the release is one of these cells. It fails with ErrNotProved.
func (b *Book) Verify(p *Published) (Checked, error) {
	var c Checked
	for _, block := range p.Blocks {
		proved, err := b.proof(block)
		if err == nil && proved.Bound < p.Release.Bound {
			err = fmt.Errorf("it is proved for %d only", proved.Bound)
		}
		if err != nil {
			return c, fmt.Errorf("%w: %s: %w", ErrNotProved, block.Publication.Release, err)
		}
		c.Blocks, c.Atoms, c.Witnesses = c.Blocks+1, c.Atoms+proved.Atoms, c.Witnesses+proved.Witnesses
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

// proof checks the certificate of a block, and that it speaks of the block's cells.
func (b *Book) proof(block Block) (verify.Statement, error) {
	certificate, err := b.Certificate(block.Certificate)
	if err != nil {
		return verify.Statement{}, err
	}
	proved, err := verify.Certificate(certificate)
	if err != nil {
		return verify.Statement{}, err
	}
	last := len(proved.Publications) - 1
	if last < 0 || !sameCells(proved.Publications[last], block.Publication) {
		return verify.Statement{}, errors.New("the certificate is about other cells")
	}
	return proved, nil
}

func sameCells(proved verify.Publication, published disclosure.Publication) bool {
	if proved.Release != published.Release || len(proved.Cells) != len(published.Cells) {
		return false
	}
	for i, c := range published.Cells {
		other := proved.Cells[i]
		if !maps.Equal(c.At, other.At) || (c.Count == nil) != (other.Count == nil) || c.Count != nil && int64(*c.Count) != *other.Count {
			return false
		}
	}
	return true
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
