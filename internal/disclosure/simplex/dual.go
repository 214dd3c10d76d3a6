package simplex

import (
	"context"
	"math"
)

// Again takes a program that Minimize has solved, and of which bounds were narrowed since, to its solution for the same goal by the dual
// simplex method, which takes few steps for few bounds. It reports whether a point keeps the bounds; ErrSteps says that this was not found out
// soon.
func (s *Solver) Again(ctx context.Context, goal map[int]float64) (bool, error) {
	for j, c := range goal {
		s.costs[j] = c
	}
	defer func() {
		for j := range goal {
			s.costs[j] = 0
		}
	}()
	clear(s.side)
	s.settle()
	s.priceAll()
	for taken := 0; taken < 300+10*s.m; taken++ {
		if taken%64 == 0 && ctx.Err() != nil {
			return false, ctx.Err()
		}
		leaves, upper := s.violated()
		if leaves < 0 {
			return true, nil
		}
		q := s.cheapest(leaves, upper)
		if q < 0 {
			return false, nil
		}
		s.pivot(q, leaves, upper)
	}
	return false, ErrSteps
}

// priceAll reckons what a unit more of each variable outside the basis costs.
func (s *Solver) priceAll() {
	s.price(false)
	for j := range s.n + s.m {
		if s.sizes[j] = 0; s.place[j] < 0 {
			s.sizes[j] = s.reduced(j, false)
		}
	}
}

// violated is the place of the basis that is furthest from its bounds, and whether it is above them; or -1.
func (s *Solver) violated() (place int, above bool) {
	place, worst := -1, feasible
	for i, j := range s.basis {
		if d := s.lower[j] - s.x[i]; d > worst {
			place, worst, above = i, d, false
		}
		if d := s.x[i] - s.upper[j]; d > worst {
			place, worst, above = i, d, true
		}
	}
	return place, above
}

// cheapest is the variable outside the basis that brings a place back to its bounds at the least cost, or -1. It notes by how much every
// variable changes the place.
func (s *Solver) cheapest(place int, above bool) int {
	row := s.inverse[place*s.m : (place+1)*s.m]
	found, least, size := -1, math.Inf(1), 0.0
	for j := range s.n + s.m {
		if s.place[j] >= 0 {
			continue
		}
		change := 0.0
		if j < s.n {
			for _, r := range s.counted[s.starts[j]:s.starts[j+1]] {
				change += row[r]
			}
		} else {
			change = -row[j-s.n]
		}
		s.changes[j] = change
		if s.lower[j] == s.upper[j] || change < 1e-7 && change > -1e-7 {
			continue
		}
		if above {
			change = -change
		}
		free := math.IsInf(s.lower[j], -1) && math.IsInf(s.upper[j], 1)
		down := !free && s.rest(j) >= s.upper[j]
		if !free && (change > 0) != down {
			continue
		}
		ratio := math.Abs(s.sizes[j]) / math.Abs(change)
		if ratio < least-1e-9 || ratio < least+1e-9 && math.Abs(change) > size {
			found, least, size = j, min(ratio, least), math.Abs(change)
		}
	}
	return found
}

// pivot exchanges a place of the basis, which goes to a bound, for a variable.
func (s *Solver) pivot(q, leaves int, upper bool) {
	s.effect(q)
	out := s.basis[leaves]
	bound := s.lower[out]
	if upper {
		bound = s.upper[out]
	}
	length := (s.x[leaves] - bound) / s.step[leaves]
	at := s.rest(q) + length
	for i := range s.step {
		s.x[i] -= length * s.step[i]
		s.step[i] = -s.step[i]
	}
	s.steps++
	price := s.sizes[q] / s.changes[q]
	for j := range s.n + s.m {
		if s.place[j] < 0 {
			s.sizes[j] -= price * s.changes[j]
		}
	}
	s.sizes[q], s.sizes[out] = 0, -price
	s.place[out], s.atUpper[out] = -1, upper
	s.basis[leaves], s.place[q], s.x[leaves] = int32(q), int32(leaves), at
	s.exchange(leaves, 1)
	if s.sinceFresh++; s.sinceFresh >= refactor {
		s.settle()
		s.priceAll()
	}
}
