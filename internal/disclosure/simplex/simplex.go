// Package simplex solves the linear programs of disclosure control: sums of unknown counts that are known exactly, or within bounds.
//
// It is a primal simplex method for bounded variables with an explicit inverse of the basis, which suits these programs: a few hundred rows,
// thousands of variables that are each counted in about ten of them, and thousands of programs in a row that differ in the goal or in a bound
// only, so that each starts where the one before it ended. A bound that is not kept costs a penalty for each unit, which serves both
// to find a first point and to ask which sums must give way at least cost when a variable is forced up.
package simplex

import (
	"cmp"
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"slices"
)

const (
	feasible = 1e-9  // a bound counts as kept within this
	optimal  = 1e-7  // a price counts as an improvement beyond this
	pivotMin = 1e-7  // what is smaller is taken for nothing
	refactor = 100   // steps after which it is seen whether the inverse is still accurate
	drift    = 1e-10 // beyond which it is made anew
	patience = 60    // steps without progress after which the variables to exchange are drawn by lot, so that no circle is endless
)

// shifted is by how much the bounds of variables are shifted, each by another part of it, so that hardly two are ever reached together.
func shifted(variables int) float64 { return min(1e-6, 2e-3/float64(variables+1)) }

// Accuracy is how far from the truth a value may be in a program of so many variables.
func Accuracy(variables int) float64 { return 1e-6 + 3*float64(variables)*shifted(variables) }

// ErrSteps is returned where a program did not end within very many steps.
var ErrSteps = errors.New("the linear program didn't come to an end")

// Solver is a linear program and where its solution stands. Variables are numbered from 0; the sum of row i is variable Columns+i.
type Solver struct {
	counted []int32 // the rows in which the variables are counted, variable by variable
	starts  []int32 // of each variable, where its rows begin
	n, m    int

	lower, upper []float64
	shift        []float64 // of each variable that is no row: how much below its bounds it may be
	penalty      []float64 // of a unit by which a bound is not kept

	basis   []int32   // the variable of each place in the basis
	place   []int32   // of each variable its place in the basis, or -1
	atUpper []bool    // of those outside the basis
	inverse []float64 // row by row
	x       []float64 // the values of the basis
	side    []int8    // of each place of the basis: below its bounds (-1), within (0) or above (1); at a bound it is as it came there

	prices, step []float64
	scratch      []float64
	costs        []float64 // of the goal; of basis variables while bounds are not kept
	sinceFresh   int
	points       []breakpoint
	lot          *rand.Rand
	byLot        bool
	budget       int
	candidates   []int32   // that helped most when all variables were last looked at
	sizes        []float64 // by how much each helped then; in the dual method what a unit more of each costs
	changes      []float64 // in the dual method: what a unit more of each takes from the place that leaves
	worthwhile   float64   // how much a candidate must help, or all variables are looked at again
	steps        int
}

// breakpoint is where a variable of the basis reaches a bound.
type breakpoint struct {
	at, slope  float64
	place      int32
	upper      bool
	preference float64
}

// New returns a program in which every variable may be 0 or more, every row anything, and each missed unit costs 1.
func New(columns [][]int32, rows int, seed uint64) *Solver {
	n, m := len(columns), rows
	s := &Solver{
		starts: make([]int32, n+1), n: n, m: m,
		lower: make([]float64, n+m), upper: make([]float64, n+m), penalty: make([]float64, n+m),
		basis: make([]int32, m), place: make([]int32, n+m), atUpper: make([]bool, n+m),
		shift: make([]float64, n+m), inverse: make([]float64, m*m), x: make([]float64, m), side: make([]int8, m),
		prices: make([]float64, m), step: make([]float64, m), scratch: make([]float64, m), costs: make([]float64, n+m), sizes: make([]float64, n+m), changes: make([]float64, n+m),
		lot: rand.New(rand.NewPCG(seed, 1)),
	}
	for j, rows := range columns {
		s.counted = append(s.counted, rows...)
		s.starts[j+1] = int32(len(s.counted))
	}
	for j := range n + m {
		s.upper[j], s.penalty[j], s.place[j] = math.Inf(1), 1, -1
		if j < n {
			s.shift[j] = shifted(n) * (1 + s.lot.Float64())
			s.lower[j] = -s.shift[j]
		}
	}
	for i := range m {
		s.lower[n+i] = math.Inf(-1)
		s.basis[i], s.place[n+i] = int32(n+i), int32(i)
		s.inverse[i*m+i] = -1 // the rows are kept as: sum of the variables - the row's own variable = 0
	}
	return s
}

// Rows are those in which a variable is counted.
func (s *Solver) Rows(j int) []int32 { return s.counted[s.starts[j]:s.starts[j+1]] }

// Columns is the number of variables that are no rows.
func (s *Solver) Columns() int { return s.n }

// Bound sets the bounds of a variable.
func (s *Solver) Bound(j int, lower, upper float64) {
	s.lower[j], s.upper[j] = lower-s.shift[j], upper-s.shift[j]
}

// Penalty sets what a unit costs by which a variable doesn't keep its bounds.
func (s *Solver) Penalty(j int, cost float64) { s.penalty[j] = cost }

// Bounds are those of a variable.
func (s *Solver) Bounds(j int) (lower, upper float64) {
	return s.lower[j] + s.shift[j], s.upper[j] + s.shift[j]
}

// Budget lets Minimize end after some steps, wherever the goal is then; 0 is until the end.
func (s *Solver) Budget(steps int) { s.budget = steps }

// Value is what a variable has, give or take Accuracy.
func (s *Solver) Value(j int) float64 {
	if p := s.place[j]; p >= 0 {
		return s.x[p] + s.shift[j]
	}
	return s.rest(j) + s.shift[j]
}

// Steps is how many steps were taken so far.
func (s *Solver) Steps() int { return s.steps }

// rest is the value of a variable outside the basis: the bound at which it stands.
func (s *Solver) rest(j int) float64 {
	switch lower, upper := s.lower[j], s.upper[j]; {
	case s.atUpper[j] && !math.IsInf(upper, 1):
		return upper
	case !math.IsInf(lower, -1):
		return lower
	case !math.IsInf(upper, 1):
		return upper
	}
	return 0
}

// Feasible looks for a point that keeps all bounds at the least penalty, and reports whether all are kept.
func (s *Solver) Feasible(ctx context.Context) (bool, error) {
	clear(s.side)
	s.settle()
	s.sides()
	if err := s.run(ctx, true, math.Inf(-1)); err != nil {
		return false, err
	}
	clear(s.side)
	return s.worst() <= feasible, nil
}

// Minimize takes the goal, which is the sum of the variables by their costs, as low as it goes while all bounds are kept. It reports false
// where no point keeps them. An unbounded goal ends at minus infinity.
func (s *Solver) Minimize(ctx context.Context, goal map[int]float64) (float64, bool, error) {
	return s.MinimizeTo(ctx, goal, math.Inf(-1))
}

// MinimizeTo is Minimize that stops as soon as the goal is at enough or below.
func (s *Solver) MinimizeTo(ctx context.Context, goal map[int]float64, enough float64) (float64, bool, error) {
	ok, err := s.Feasible(ctx)
	if err != nil || !ok {
		return 0, false, err
	}
	for j, c := range goal {
		s.costs[j] = c
	}
	defer func() {
		for j := range goal {
			s.costs[j] = 0
		}
	}()
	err = s.run(ctx, false, enough)
	if errors.Is(err, errUnbounded) {
		return math.Inf(-1), true, nil
	}
	if err != nil {
		return 0, false, err
	}
	return s.goal(), true, nil
}

var errUnbounded = errors.New("the goal has no end")

func (s *Solver) goal() float64 {
	sum := 0.0
	for j, c := range s.costs {
		if c != 0 {
			sum += c * s.Value(j)
		}
	}
	return sum
}

// Prices returns what a unit of each row is worth at the end of Minimize: the multipliers that prove its result. They are reckoned for the
// goal as it was given, so they have to be asked for with it.
func (s *Solver) Prices(goal map[int]float64) []float64 {
	for j, c := range goal {
		s.costs[j] = c
	}
	s.price(false)
	for j := range goal {
		s.costs[j] = 0
	}
	return slices.Clone(s.prices)
}

// run takes steps until none improves: of the penalties, or of the goal.
func (s *Solver) run(ctx context.Context, penalties bool, enough float64) error {
	idle, limit := 0, 20000+5*(s.m+s.n)
	s.candidates, s.worthwhile = s.candidates[:0], 0
	for taken := 0; ; taken++ {
		if taken%64 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		if taken > limit {
			return ErrSteps
		}
		if penalties && s.worst() <= feasible || !penalties && !math.IsInf(enough, -1) && s.goal() <= enough+feasible {
			return nil
		}
		if !penalties && s.budget > 0 && taken >= s.budget {
			return nil
		}
		s.price(penalties)
		s.byLot = idle > patience
		q, direction := s.entering(penalties)
		if q < 0 {
			return nil
		}
		moved, err := s.move(q, direction, penalties)
		if err != nil {
			return err
		}
		if idle++; moved > feasible {
			idle = 0
		}
	}
}

// worst is the largest distance from a bound that is not kept.
func (s *Solver) worst() float64 {
	worst := 0.0
	for i, j := range s.basis {
		worst = max(worst, s.lower[j]-s.x[i], s.x[i]-s.upper[j])
	}
	return worst
}

// price reckons what a unit of each row is worth.
func (s *Solver) price(penalties bool) {
	clear(s.prices)
	for i, j := range s.basis {
		c := s.costs[j]
		if penalties {
			c = s.missed(i)
		}
		if c == 0 {
			continue
		}
		row := s.inverse[i*s.m : (i+1)*s.m]
		for r, v := range row {
			s.prices[r] += c * v
		}
	}
}

// missed is the cost of a unit more of the variable in a place of the basis, by the bounds that it doesn't keep.
func (s *Solver) missed(i int) float64 { return float64(s.side[i]) * s.penalty[s.basis[i]] }

// sides puts every place of the basis on the side on which its value is, if that is beyond doubt.
func (s *Solver) sides() {
	for i, j := range s.basis {
		below, above := s.x[i] < s.lower[j]-feasible, s.x[i] > s.upper[j]+feasible
		switch {
		case below:
			s.side[i] = -1
		case above:
			s.side[i] = 1
		case s.side[i] < 0 && s.x[i] > s.lower[j]+feasible, s.side[i] > 0 && s.x[i] < s.upper[j]-feasible:
			s.side[i] = 0
		}
	}
}

// entering returns the variable whose move helps most, and whether it goes up (1) or down (-1); or -1 where none helps. It looks at all
// variables only when those that helped most the last time have been used up.
func (s *Solver) entering(penalties bool) (int, float64) {
	if !s.byLot {
		q, direction, size := s.bestOf(s.candidates, penalties)
		if size > s.worthwhile {
			return q, direction
		}
	}
	s.look(penalties)
	if s.byLot {
		if len(s.candidates) == 0 {
			return -1, 0
		}
		q := s.candidates[s.lot.IntN(len(s.candidates))]
		direction, _ := s.way(int(q), s.reduced(int(q), penalties), penalties)
		return int(q), direction
	}
	q, direction, _ := s.bestOf(s.candidates, penalties)
	return q, direction
}

// bestOf is the best of some variables.
func (s *Solver) bestOf(some []int32, penalties bool) (q int, direction, size float64) {
	q = -1
	for _, j := range some {
		if s.place[j] >= 0 {
			continue
		}
		if way, sz := s.way(int(j), s.reduced(int(j), penalties), penalties); sz > max(size, optimal) {
			q, direction, size = int(j), way, sz
		}
	}
	return q, direction, size
}

// look prices all variables and keeps those that help nearly as much as the best; all that help where the choice is by lot.
func (s *Solver) look(penalties bool) {
	best := optimal
	s.candidates = s.candidates[:0]
	for j := range s.n + s.m {
		if s.place[j] >= 0 || !penalties && s.lower[j] == s.upper[j] {
			s.sizes[j] = 0
			continue
		}
		_, s.sizes[j] = s.way(j, s.reduced(j, penalties), penalties)
		best = max(best, s.sizes[j])
	}
	least := best / 3
	s.worthwhile = best / 2
	if s.byLot {
		least = optimal
	}
	for j, size := range s.sizes {
		if size > least {
			s.candidates = append(s.candidates, int32(j))
		}
	}
}

// reduced is what a unit more of a variable outside the basis costs, with all that changes by it.
func (s *Solver) reduced(j int, penalties bool) float64 {
	c := 0.0
	if !penalties {
		c = s.costs[j]
	}
	if j >= s.n {
		return c + s.prices[j-s.n]
	}
	for _, r := range s.Rows(j) {
		c -= s.prices[r]
	}
	return c
}

// way is the direction in which a variable outside the basis improves by moving, given what a unit more of it costs, and by how much. While
// bounds may be missed at a penalty it may also leave the bound at which it stands.
func (s *Solver) way(j int, cost float64, penalties bool) (direction, size float64) {
	if cost < optimal && cost > -optimal {
		return 0, 0
	}
	direction, size = 1, -cost
	if cost > 0 {
		direction, size = -1, cost
	}
	if !s.leaves(j, direction) {
		return direction, size
	}
	if !penalties {
		return 0, 0
	}
	return direction, size - s.penalty[j]
}

// move lets a variable go in a direction until the improvement ends, and exchanges it for the variable that ended it. It returns how far.
func (s *Solver) move(q int, direction float64, penalties bool) (float64, error) {
	s.effect(q)
	for i := range s.step {
		s.step[i] *= -direction // what a place of the basis changes for a unit of the move
	}
	length, leaves, upper := s.length(q, direction, penalties)
	if math.IsInf(length, 1) {
		return 0, errUnbounded
	}
	at := s.rest(q) + direction*length
	for i, d := range s.step {
		s.x[i] += d * length
	}
	s.steps++
	if leaves < 0 {
		s.atUpper[q] = direction > 0
		return length, nil
	}
	side := int8(0)
	if penalties && s.leaves(q, direction) {
		side = int8(direction)
	}
	out := s.basis[leaves]
	s.place[out], s.atUpper[out] = -1, upper
	s.basis[leaves], s.place[q], s.x[leaves], s.side[leaves] = int32(q), int32(leaves), at, side
	s.exchange(leaves, direction)
	if s.sinceFresh++; s.sinceFresh >= refactor {
		s.settle()
	}
	if penalties {
		s.sides()
	}
	return length, nil
}

// effect reckons what the places of the basis change for a unit less of a variable.
func (s *Solver) effect(q int) {
	if q >= s.n {
		r := q - s.n
		for i := range s.step {
			s.step[i] = -s.inverse[i*s.m+r]
		}
		return
	}
	rows := s.Rows(q)
	for i := range s.step {
		row, sum := s.inverse[i*s.m:(i+1)*s.m], 0.0
		for _, r := range rows {
			sum += row[r]
		}
		if math.Abs(sum) < 1e-11 {
			sum = 0
		}
		s.step[i] = sum
	}
}

// length returns how far the move goes, the place that leaves the basis and whether it leaves at its upper bound. No place leaves where the
// variable itself reaches its other bound.
func (s *Solver) length(q int, direction float64, penalties bool) (far float64, leaves int, upper bool) {
	own, slope := s.upper[q]-s.lower[q], 0.0
	if penalties && s.leaves(q, direction) {
		own, slope = math.Inf(1), s.penalty[q]
	}
	s.points = s.points[:0]
	for i, d := range s.step {
		if math.Abs(d) < pivotMin {
			continue
		}
		if penalties {
			slope += d * s.missed(i)
		}
		s.turns(i, d, penalties)
	}
	if !penalties {
		return s.nearest(own)
	}
	slices.SortFunc(s.points, func(a, b breakpoint) int {
		return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.preference, b.preference))
	})
	for _, p := range s.points {
		if p.at >= own {
			break
		}
		if slope += p.slope; slope >= -optimal/10 {
			return p.at, int(p.place), p.upper
		}
		if s.side[p.place]++; s.step[p.place] < 0 {
			s.side[p.place] -= 2
		}
	}
	return own, -1, false
}

// leaves reports whether a variable outside the basis, moving in a direction, misses its bound from the start.
func (s *Solver) leaves(q int, direction float64) bool {
	at := s.rest(q)
	return direction > 0 && at >= s.upper[q] || direction < 0 && at <= s.lower[q]
}

// turns notes where a place of the basis, which changes by d a unit, reaches its bounds.
func (s *Solver) turns(i int, d float64, penalties bool) {
	j, x := s.basis[i], s.x[i]
	first, second, side, upper := s.lower[j], s.upper[j], s.side[i], false
	if d < 0 {
		first, second, side, upper = second, first, -side, true
	}
	p := breakpoint{slope: math.Abs(d) * s.penalty[j], place: int32(i), preference: s.preference(d)}
	if penalties && side < 0 {
		p.at, p.upper = max((first-x)/d, 0), upper
		s.points = append(s.points, p)
	}
	if side <= 0 && !math.IsInf(second, 0) {
		p.at, p.upper = max((second-x)/d, 0), !upper
		s.points = append(s.points, p)
	}
}

// nearest is the first bound that is reached; among those reached together, give or take what counts as kept, the one with the largest change.
func (s *Solver) nearest(own float64) (far float64, leaves int, upper bool) {
	reach := math.Inf(1)
	for _, p := range s.points {
		reach = min(reach, p.at+feasible/math.Abs(s.step[p.place]))
	}
	if own <= reach {
		return own, -1, false
	}
	best, size := -1, 0.0
	for k, p := range s.points {
		if d := p.preference; p.at <= reach && d > size {
			best, size = k, d
		}
	}
	if best < 0 {
		return math.Inf(1), -1, false
	}
	p := s.points[best]
	return p.at, int(p.place), p.upper
}

// preference is how well a variable is suited to leave the basis among those that reach a bound together: by the size of its change, for
// the sake of accuracy, or by lot.
func (s *Solver) preference(d float64) float64 {
	d = math.Abs(d)
	if s.byLot && d > 1e-3 {
		return 1 + s.lot.Float64()
	}
	return min(d, 1)
}

// exchange brings the inverse up to date after the variable of a place was exchanged.
func (s *Solver) exchange(leaves int, direction float64) {
	m := s.m
	pivot := s.inverse[leaves*m : (leaves+1)*m]
	scale := -direction / s.step[leaves]
	for r := range pivot {
		pivot[r] *= scale
	}
	for i := range m {
		if i == leaves || s.step[i] == 0 {
			continue
		}
		f := -direction * s.step[i]
		row := s.inverse[i*m : (i+1)*m]
		for r, v := range pivot {
			row[r] -= f * v
		}
	}
}
