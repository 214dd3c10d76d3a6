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

// Checked is what was found right. All of it follows from what is published, so that it may be told.
type Checked struct {
	Blocks, Cells int
	Sealed        int // blocks whose certificates lie under seal
	Covered       int // combinations of blocks that are proved by whole numbers altogether
	Witnesses     int // the worlds of those blocks
	Occupied      int // blocks of which by whole numbers only the combinations are proved that have people
	Bounded       int // combinations of those blocks; of those without people the engine had linear bounds
}

// Verify checks a release from the book alone: that the certificate of every block proves what the release promises, of the very cells that the
// ledger has, and that every count of the release is one of these cells. It fails with ErrNotProved.
func (b *Book) Verify(p *Proposed, seal Seal) (Checked, error) {
	var c Checked
	for _, block := range p.Blocks {
		proved, err := b.proof(block, seal)
		if err == nil && proved.Bound < p.Release.Bound {
			err = fmt.Errorf("it is proved for %d only", proved.Bound)
		}
		if err != nil {
			return c, fmt.Errorf("%w: %s: %w", ErrNotProved, block.Publication.Release, err)
		}
		if !proved.Shown {
			c.Sealed++
		}
		if c.Blocks++; proved.Whole {
			c.Covered, c.Witnesses = c.Covered+proved.Atoms, c.Witnesses+proved.Witnesses
		} else {
			c.Occupied, c.Bounded = c.Occupied+1, c.Bounded+proved.Atoms
		}
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
func (b *Book) proof(block Block, seal Seal) (verify.Statement, error) {
	certificate, err := b.Certificate(block.Certificate, seal)
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
	if proved.Shown != block.Proof.Open() || proved.Whole == (block.Proof.Covers == disclosure.CoversOccupied) {
		return verify.Statement{}, errors.New("the certificate covers something else than the release says")
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
func (p *Proposal) proved(universe string, cell Cell) bool {
	for _, b := range p.Blocks {
		if found := countAt(b.Publication, cell.At); b.Universe == universe && found != nil && *found == *cell.Count {
			return true
		}
	}
	return false
}
