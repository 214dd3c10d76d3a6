package disclosure

import (
	"context"
	"math"
	"slices"

	"songtor/internal/disclosure/simplex"
)

const (
	hard     = 1e5  // the penalty of what must be kept
	accuracy = 0.02 // within which a result of the solver is taken for a whole number
)

// row is a sum of atoms that is known.
type row struct {
	family, cell int
	lower, upper float64 // equal where the sum is published
	cost         float64 // of a unit by which it moves, or hard
}

// program is the linear relaxation of P: atoms of 0 or more that agree with the rows.
type program struct {
	*simplex.Solver
	space *space
	rows  []row
}

// newProgram builds the program of some rows.
func newProgram(s *space, rows []row, seed uint64) *program {
	numbers := map[int][]int32{} // of the cells of each family, the row or -1
	var used []int
	for i, r := range rows {
		if numbers[r.family] == nil {
			used = append(used, r.family)
			numbers[r.family] = make([]int32, len(s.families[r.family].counts))
			for c := range numbers[r.family] {
				numbers[r.family][c] = -1
			}
		}
		numbers[r.family][r.cell] = int32(i)
	}
	columns := make([][]int32, len(s.codes))
	for a := range columns {
		atom := s.atom(a)
		for _, f := range used {
			if cell := s.families[f].cell(atom, s.sizes); cell >= 0 && numbers[f][cell] >= 0 {
				columns[a] = append(columns[a], numbers[f][cell])
			}
		}
	}
	p := &program{Solver: simplex.New(columns, len(rows), seed), space: s, rows: rows}
	for i, r := range rows {
		p.Bound(len(columns)+i, r.lower, r.upper)
		p.Penalty(len(columns)+i, r.cost)
	}
	if !slices.ContainsFunc(rows, func(r row) bool { return r.cost < hard }) {
		for i := range rows {
			p.Penalty(len(columns)+i, 1) // where nothing may move all penalties are alike, which is better for the accuracy
		}
		return p
	}
	for a := range columns {
		p.Penalty(a, hard)
	}
	return p
}

// atLeast bounds an atom from below.
func (p *program) atLeast(a, people int) { p.Bound(a, float64(people), math.Inf(1)) }

// free takes the bound of an atom away.
func (p *program) free(a int) { p.Bound(a, 0, math.Inf(1)) }

// most takes an atom as high as it goes, or to enough, and returns how high that is.
func (p *program) most(ctx context.Context, a, enough int) (float64, error) {
	value, ok, err := p.MinimizeTo(ctx, map[int]float64{a: -1}, -float64(enough))
	if err != nil {
		return 0, err
	}
	if !ok {
		return 0, ErrInconsistent
	}
	return -value, nil
}
