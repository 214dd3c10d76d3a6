package disclosure

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"

	"songtor/internal/disclosure/simplex"
)

// depths are how deep the exchanges go by which an atom is raised, from pass to pass: deeper ones take longer, and what is found for one atom
// mostly serves others. The deepest are tried several times, each from where the last try got to.
var depths = []int{0, 1, 2, 3, 3}

const (
	reachTries = 8    // how often a world is looked for by the linear program, from different points
	restMisses = 5    // after how many atoms in a row for which it finds nothing it is left for deeper exchanges
	reachSteps = 4500 // after how many steps a search for whole numbers is given up: most end before, or not soon
)

// search looks for worlds in which the atoms of a shard reach the bound.
type search struct {
	*prover
	shard   int
	program *program
	walker  *walker
	random  *rand.Rand

	open    []bool        // the atoms that have no world yet
	first   world         // from which the walker goes; nil where none is known
	nearest map[int]world // of atoms that could not be raised, that in which they came furthest
	asked   map[int]bool  // of which atoms the linear program was asked

	worlds []world
	tiny   []int // atoms with a maximum above 0 and below 1
	unmet  []int // atoms for which no world was found
}

// newSearch begins to look for worlds for some atoms.
func (p *prover) newSearch(shard int, wanted []bool) *search {
	s := &search{
		prover: p, shard: shard, program: newProgram(p.space, p.rows, p.seed+uint64(shard)), random: rand.New(rand.NewPCG(p.seed, uint64(shard))),
		open: make([]bool, len(wanted)), first: p.truth, nearest: map[int]world{}, asked: map[int]bool{},
	}
	s.walker = newWalker(s.program, s.random)
	for a, w := range wanted {
		s.open[a] = w && a%shards == shard // the atoms of other shards need no world of this one
	}
	return s
}

// begin looks for any world, where none is known.
func (s *search) begin(ctx context.Context) error {
	for _, a := range s.random.Perm(len(s.open)) {
		if s.first != nil {
			break
		}
		if !s.open[a] {
			continue
		}
		found, err := s.program.reach(ctx, a, s.bound, 1, nil, s.random)
		if err != nil {
			return err
		}
		if found != nil {
			s.first = found
			s.keep(found)
		}
	}
	return nil
}

// pass tries to raise every atom that has no world yet, by exchanges of some depth.
func (s *search) pass(ctx context.Context, depth int) error {
	for _, a := range s.random.Perm(len(s.open)) {
		if a%shards == s.shard {
			s.progress()
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if s.first == nil || !s.open[a] {
			continue
		}
		if depth > 1 {
			if possible, err := s.ask(ctx, a); err != nil || !possible {
				if err != nil {
					return err
				}
				continue
			}
		}
		s.walk(a, depth)
	}
	return nil
}

// ask asks the linear program, once, whether an atom can reach the bound. An atom for which it has less is settled by that.
func (s *search) ask(ctx context.Context, a int) (bool, error) {
	if s.asked[a] || s.few {
		return true, nil
	}
	s.asked[a] = true
	most, err := s.program.most(ctx, a, s.bound)
	switch {
	case errors.Is(err, simplex.ErrSteps):
		return true, nil
	case err != nil:
		return false, err
	case most < 1-accuracy:
		s.tiny, s.open[a] = append(s.tiny, a), false
	case most < float64(s.bound)-accuracy:
		s.unmet, s.open[a] = append(s.unmet, a), false
	}
	return s.open[a], nil
}

// walk raises an atom, and others beside it.
func (s *search) walk(a, depth int) {
	w := s.walker
	near := s.near(a)
	w.stand(near)
	if !w.raise(a, s.bound, depth) {
		if w.people[a] > near[a] {
			s.nearest[a] = w.world()
		}
		return
	}
	delete(s.nearest, a)
	s.pack()
	s.keep(w.world())
}

// pack raises other atoms beside those that are raised in the world at hand, so that it serves many.
func (s *search) pack() {
	misses := 0
	for _, b := range s.random.Perm(len(s.open)) {
		if people := s.walker.people[b]; !s.open[b] || people == 0 || people >= s.bound {
			continue
		}
		if misses++; s.walker.raise(b, s.bound, 0) {
			misses = 0
		}
		if misses == walkMisses {
			return
		}
	}
}

// near is the known world in which an atom has the most people.
func (s *search) near(a int) world {
	if near := s.nearest[a]; near != nil {
		return near
	}
	return s.first
}

// keep keeps a world and notes the atoms that it serves.
func (s *search) keep(found world) {
	s.worlds = append(s.worlds, found)
	for a, people := range found {
		if people >= s.bound {
			s.open[a] = false
		}
	}
}

// rest looks for worlds for the atoms that no exchanges raised, by the linear program, until it finds nothing for so many in a row. What the
// last tries find nothing for is not met.
func (s *search) rest(ctx context.Context, tries, most int) error {
	misses := 0
	for _, a := range s.random.Perm(len(s.open)) {
		if !s.open[a] {
			continue
		}
		if misses == most {
			return nil
		}
		if possible, err := s.ask(ctx, a); err != nil || !possible {
			if err != nil {
				return err
			}
			continue
		}
		found, err := s.program.reach(ctx, a, s.bound, tries, s.first, s.random)
		switch {
		case err != nil:
			return err
		case found != nil:
			if s.first == nil {
				s.first = found
			}
			s.walker.stand(found)
			s.walker.least[a] = s.bound
			s.pack()
			s.keep(s.walker.world())
			misses = 0
		case tries == reachTries:
			s.unmet, s.open[a] = append(s.unmet, a), false
		default:
			misses++
		}
	}
	return nil
}

// reach looks for a world in which an atom has some people, by the linear program: one near to a world that is known, since what is near to whole
// numbers mostly is of whole numbers too. It returns nil where it finds none.
func (p *program) reach(ctx context.Context, a, people, tries int, near world, random *rand.Rand) (world, error) {
	for try := range tries {
		if try == reachTries/2 {
			near = nil
		}
		p.atLeast(a, people)
		goal := p.stay(near, a, random)
		_, ok, err := p.Minimize(ctx, goal)
		if err == nil && !ok { // some atoms have to have more people than in the world that is known
			p.leave(near, a)
			near = nil
			goal = p.stay(near, a, random)
			_, ok, err = p.Minimize(ctx, goal)
		}
		var found world
		if err == nil && ok {
			found, _, err = p.whole(ctx, goal, math.Inf(1), reachSteps, random)
		}
		p.leave(near, a)
		p.free(a)
		if errors.Is(err, simplex.ErrSteps) {
			continue
		}
		if err != nil || found != nil {
			return found, err
		}
	}
	return nil, nil
}

// stay bounds all atoms but one that somebody is in to that, and returns the goal to change as little as can be. The costs are not all alike, so
// that there is one best point, and another one for another try.
func (p *program) stay(near world, but int, random *rand.Rand) map[int]float64 {
	goal := map[int]float64{}
	for a := range p.space.codes {
		cost := 1 + random.Float64()/4
		if a == but {
			continue
		}
		goal[a] = cost
		if people := near[a]; people > 0 {
			goal[a] = -cost
			p.Bound(a, 0, float64(people))
		}
	}
	return goal
}

// leave takes the bounds of stay away.
func (p *program) leave(near world, but int) {
	for a := range near {
		if a != but {
			p.free(a)
		}
	}
}
