package disclosure

import (
	"cmp"
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"slices"

	"songtor/internal/disclosure/simplex"
)

// guard withholds further cells until the rule holds for the linear relaxation of P.
type guard struct {
	space  *space
	bound  int
	rows   []row
	random *rand.Rand
	report func(done, total int)

	program *program
	held    []bool // of the rows: withheld by now
	covered []bool // of the atoms: some point of P has at least the bound there; stays so, for P only grows
	seen    []bool // of the atoms: not empty in some point of P
	rounds  int
}

// secure withholds rows until every atom can be empty only or reach the bound.
func (g *guard) secure(ctx context.Context) error {
	atoms := len(g.space.codes)
	if g.covered == nil {
		g.covered, g.seen = make([]bool, atoms), make([]bool, atoms)
	}
	order := g.random.Perm(atoms)
	for again := true; again; {
		again = false
		g.begin()
		if err := g.program.support(ctx, g.seen); err != nil {
			return err
		}
		for i, a := range order {
			if g.report != nil && i%64 == 0 {
				g.report(i, atoms)
			}
			if g.covered[a] || !g.seen[a] {
				continue
			}
			moved, err := g.check(ctx, a)
			if errors.Is(err, simplex.ErrSteps) {
				again = true // from another beginning
				break
			}
			if err != nil {
				return err
			}
			again = again || moved
		}
	}
	return nil
}

// empty is how many atoms can have nobody, of all that are secured.
func (g *guard) empty() int {
	n := 0
	for _, c := range g.covered {
		if !c {
			n++
		}
	}
	return n
}

// begin builds the program of the rows that are left.
func (g *guard) begin() {
	var left []row
	for i, r := range g.rows {
		if len(g.held) == 0 || !g.held[i] {
			left = append(left, r)
		}
	}
	g.rows, g.held = left, make([]bool, len(left))
	g.program = newProgram(g.space, left, g.random.Uint64())
}

// support marks the atoms that are not empty in some point.
func (p *program) support(ctx context.Context, seen []bool) error {
	if ok, err := p.Feasible(ctx); err != nil || !ok {
		return cmp.Or(err, ErrInconsistent)
	}
	for {
		goal := p.unseen(seen)
		if len(goal) == 0 {
			return nil
		}
		for a := range goal {
			p.Bound(a, 0, 1) // so that the point has people in many of them; at hand is one that has nobody there
		}
		_, _, err := p.Minimize(ctx, goal)
		left := p.unseen(seen)
		for a := range goal {
			p.free(a)
		}
		if err != nil || len(left) == len(goal) {
			return err
		}
	}
}

// unseen marks the atoms that are not empty in the point at hand and returns those that were never seen so, as a goal.
func (p *program) unseen(seen []bool) map[int]float64 {
	goal := map[int]float64{}
	for a := range seen {
		if seen[a] = seen[a] || p.Value(a) > accuracy; !seen[a] {
			goal[a] = -1
		}
	}
	return goal
}

// check asks how high an atom can be, and withholds rows where that is between 1 and the bound. It reports whether it did.
func (g *guard) check(ctx context.Context, a int) (bool, error) {
	most, err := g.program.most(ctx, a, g.bound)
	if err != nil {
		return false, err
	}
	g.note()
	switch {
	case most >= float64(g.bound)-accuracy:
		return false, g.pack(ctx, a)
	case most < 1-accuracy:
		return false, nil
	}
	return true, g.withhold(ctx, a, g.bound)
}

// note marks what the point at hand shows.
func (g *guard) note() {
	for a := range g.covered {
		switch v := g.program.Value(a); {
		case v >= float64(g.bound)-accuracy:
			g.covered[a], g.seen[a] = true, true
		case v > accuracy:
			g.seen[a] = true
		}
	}
}

// pack keeps an atom at the bound and raises others beside it as long as that succeeds, so that one point serves many atoms.
func (g *guard) pack(ctx context.Context, a int) error {
	kept, err := g.program.pack(ctx, a, g.bound, g.covered, g.random)
	if err != nil {
		return err
	}
	g.note()
	for _, b := range kept {
		g.program.free(b)
	}
	return nil
}

const (
	packMisses = 3  // after how many atoms that could not be raised beside others a point is taken as it is
	packSteps  = 40 // after how many steps an atom is let go
)

// pack raises atoms to the bound beside the first one and returns those whose lower bounds it set.
func (p *program) pack(ctx context.Context, first, bound int, covered []bool, random *rand.Rand) ([]int, error) {
	p.Budget(packSteps)
	defer p.Budget(0)
	p.atLeast(first, bound)
	kept := []int{first}
	misses := 0
	tried := map[int]bool{first: true}
	for misses < packMisses {
		next := p.promising(covered, tried, bound, random)
		if next < 0 {
			break
		}
		tried[next] = true
		most, err := p.most(ctx, next, bound)
		if err != nil {
			return nil, err
		}
		if most < float64(bound)-accuracy {
			misses++
			continue
		}
		p.atLeast(next, bound)
		kept = append(kept, next)
	}
	return kept, nil
}

// promising is, of some uncovered atoms drawn by lot, the one that is highest already.
func (p *program) promising(covered []bool, tried map[int]bool, bound int, random *rand.Rand) int {
	best, value := -1, -1.0
	start := random.IntN(len(covered))
	for i, seen := 0, 0; i < len(covered) && seen < 200; i++ {
		a := (start + i) % len(covered)
		if covered[a] || tried[a] {
			continue
		}
		seen++
		if v := p.Value(a); v > value && v < float64(bound)-accuracy {
			best, value = a, v
		}
	}
	return best
}

// insist withholds rows until an atom, named by its code, can be somewhat beyond the bound, so that there are more worlds in which it reaches it. An
// atom that can be twice the bound without that is left as it is: what it lacks is luck in the search, and not room.
func (g *guard) insist(ctx context.Context, code int) error {
	a, found := slices.BinarySearch(g.space.codes, code)
	if !found {
		return ErrBound
	}
	left := g.left()
	for slack := 2; slack <= g.bound && g.left() == left; slack += 2 {
		if err := g.withhold(ctx, a, g.bound+slack); err != nil {
			return err
		}
	}
	return nil
}

// left is how many rows are not withheld.
func (g *guard) left() int {
	n := 0
	for _, h := range g.held {
		if !h {
			n++
		}
	}
	return n
}

// withhold takes the rows that have to give way, at the least cost, for an atom to reach a number of people.
func (g *guard) withhold(ctx context.Context, a, people int) error {
	g.rounds++
	p := g.program
	p.atLeast(a, people)
	if _, err := p.Feasible(ctx); err != nil {
		return err
	}
	first := p.Columns()
	for i, r := range g.rows {
		v := p.Value(first + i)
		if g.held[i] || v >= r.lower-accuracy && v <= r.upper+accuracy {
			continue
		}
		if r.cost == hard {
			return ErrBound
		}
		g.held[i] = true
		p.Bound(first+i, math.Inf(-1), math.Inf(1))
	}
	g.note()
	if !g.covered[a] {
		return ErrBound
	}
	p.free(a)
	return nil
}

// costOf is what it costs to move a published cell: more for larger cells, far more for margins, and times a secret factor, so that nobody
// can tell from what is withheld what was cheapest.
func costOf(f *family, n int, factor float64) float64 {
	cost := math.Sqrt(float64(1+n)) * factor
	switch len(f.table) {
	case 0:
		cost *= 1000
	case 1:
		cost *= 20
	}
	return min(cost, hard/5)
}

// rowsOf are the rows of everything that is published, the cells of the new publication with what it costs to withhold them.
func (s *space) rowsOf(publication int, toss coins, purpose string) []row {
	var rows []row
	for i, f := range s.families {
		for cell, n := range f.counts {
			if f.observed {
				rows = append(rows, row{family: i, cell: cell, lower: 1, upper: math.Inf(1), cost: hard})
				continue
			}
			if n == withheld || n == 0 {
				continue // atoms of cells with nobody are none
			}
			r := row{family: i, cell: cell, lower: float64(n), upper: float64(n), cost: hard}
			if f.publication == publication {
				r.cost = costOf(f, n, 1+toss.draw(purpose, s.names(f, cell)))
			}
			rows = append(rows, r)
		}
	}
	return slices.Clip(rows)
}
