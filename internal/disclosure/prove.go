package disclosure

import (
	"cmp"
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"sync"

	"golang.org/x/sync/errgroup"

	"songtor/internal/disclosure/simplex"
)

// shards divide the atoms between the cores. It is a fixed number, so that a certificate is the same on every machine.
const shards = 2

// world is a whole number of people for some atoms, by the places of the atoms; nobody is in the others.
type world map[int]int

// prover finds worlds in which atoms reach the bound: one for every atom, or the proof that it is empty in all of them. Where it knows what is
// published and nothing else, what it finds tells nothing more. Where it knows the people it looks for worlds near to theirs, which are found
// much sooner, but tell of them.
type prover struct {
	space   *space
	bound   int
	rows    []row
	truth   world   // the people; nil where it doesn't know them
	few     bool    // worlds are wanted only for atoms that have people, but fewer than the bound
	known   []world // in which atoms reach the bound, from an earlier try; nil where it doesn't know the people
	seed    uint64  // of all lots; a secret one where it knows the people
	workers int
	report  func(done, total int)

	mutex  sync.Mutex
	done   int
	worlds [shards][]world
	tiny   [shards][]int
	unmet  [shards][]int
}

// proof is what a prover found.
type proof struct {
	truth  world // the people, where the prover knows them
	worlds []world
	zeros  []zeroProof
	unmet  []int // the atoms that keep the rule by neither
}

// prove looks for the proof of the rule.
func (p *prover) prove(ctx context.Context) (proof, error) {
	if p.few {
		return p.proveOccupied(ctx)
	}
	seen := make([]bool, len(p.space.codes))
	first := newProgram(p.space, p.rows, p.seed)
	if err := first.support(ctx, seen); err != nil {
		return proof{}, err
	}
	if p.truth != nil {
		p.worlds[0] = append(slices.Clone(p.known), p.truth)
	}
	if err := p.coverAll(ctx, p.left(seen, p.worlds[0])); err != nil {
		return proof{}, err
	}
	found := proof{truth: p.truth, worlds: p.thin(seen)}
	zeros, unproved, err := first.empty(ctx, seen, slices.Concat(p.tiny[:]...))
	if err != nil {
		return proof{}, err
	}
	found.zeros, found.unmet = zeros, append(slices.Concat(p.unmet[:]...), unproved...)
	return found, nil
}

// proveOccupied finds worlds for the atoms that have people, but fewer than the bound. Where there are as many the people are such a world.
func (p *prover) proveOccupied(ctx context.Context) (proof, error) {
	occupied := make([]bool, len(p.space.codes))
	for a, people := range p.truth {
		occupied[a] = people < p.bound
	}
	p.worlds[0] = p.known
	if err := p.coverAll(ctx, p.left(occupied, p.known)); err != nil {
		return proof{}, err
	}
	return proof{truth: p.truth, worlds: p.thin(occupied), unmet: slices.Concat(p.unmet[:]...)}, nil
}

// left are the atoms that some worlds don't serve.
func (p *prover) left(wanted []bool, worlds []world) []bool {
	left := slices.Clone(wanted)
	for _, w := range worlds {
		for a, people := range w {
			left[a] = left[a] && people < p.bound
		}
	}
	return left
}

// coverAll finds worlds for some atoms, on all cores.
func (p *prover) coverAll(ctx context.Context, wanted []bool) error {
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(p.workers)
	for shard := range shards {
		g.Go(func() error { return p.cover(ctx, shard, wanted) })
	}
	return g.Wait()
}

// cover finds worlds for the atoms of a shard: by walking from one that is known, and by the linear program where that leads nowhere. Which of
// them finds more depends on the tables: with few people the linear program, with many sums the walk.
func (p *prover) cover(ctx context.Context, shard int, wanted []bool) error {
	s := p.newSearch(shard, wanted)
	if err := s.begin(ctx); err != nil {
		return err
	}
	for _, depth := range depths {
		if err := s.pass(ctx, depth); err != nil {
			return err
		}
		if err := s.rest(ctx, 1, restMisses); err != nil {
			return err
		}
	}
	if err := s.rest(ctx, reachTries, math.MaxInt); err != nil {
		return err
	}
	p.worlds[shard] = append(p.worlds[shard], s.worlds...)
	p.tiny[shard], p.unmet[shard] = s.tiny, s.unmet
	return nil
}

func (p *prover) progress() {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	if p.done++; p.report != nil {
		p.report(p.done, len(depths)*len(p.space.codes))
	}
}

// thin leaves out the worlds all of whose atoms that have to be served are served by others.
func (p *prover) thin(wanted []bool) []world {
	worlds := slices.Concat(p.worlds[:]...)
	served := map[int]int{}
	for _, w := range worlds {
		for a, people := range w {
			if wanted[a] && people >= p.bound {
				served[a]++
			}
		}
	}
	var left []world
	for _, w := range worlds {
		needed := false
		for a, people := range w {
			needed = needed || wanted[a] && people >= p.bound && served[a] == 1
		}
		if needed {
			left = append(left, w)
			continue
		}
		for a, people := range w {
			if people >= p.bound {
				served[a]--
			}
		}
	}
	return left
}

// whole looks for a world at or behind the point at hand, which solves the program for a goal: it sets an atom that has a part of a person to
// the next whole number, or below it where that leads nowhere. It also reports whether all of P within the bounds was searched, so that
// where no world was found there is none whose goal is most or less. The bounds of the atoms are as before.
func (p *program) whole(ctx context.Context, goal map[int]float64, most float64, steps int, random *rand.Rand) (world, bool, error) {
	b := brancher{program: p, goal: goal, most: most, end: p.Steps() + steps, random: random}
	return b.branch(ctx)
}

// brancher is a search for whole numbers at work.
type brancher struct {
	*program
	goal   map[int]float64
	most   float64
	end    int // the step at which it is given up
	random *rand.Rand
}

func (b *brancher) branch(ctx context.Context) (world, bool, error) {
	lacking := b.fractional(b.random)
	if len(lacking) == 0 {
		w := b.world()
		if w != nil && b.cost() > b.most {
			return nil, true, nil
		}
		return w, w != nil, nil
	}
	if several := len(lacking) / batch; several > 1 {
		if found, err := b.together(ctx, lacking[:several]); err != nil || found != nil {
			return found, found != nil, err
		}
	}
	a := lacking[0]
	lower, upper := b.Bounds(a)
	defer b.Bound(a, lower, upper)
	next, complete := math.Ceil(b.Value(a)), true
	for _, bounds := range [][2]float64{{next, upper}, {lower, next - 1}} {
		if b.Steps() > b.end {
			return nil, false, nil
		}
		b.Bound(a, bounds[0], bounds[1])
		found, all, err := b.follow(ctx)
		if err != nil || found != nil {
			return found, all, err
		}
		complete = complete && all
	}
	return nil, complete, nil
}

// batch is of how many atoms that lack a part of a person one is rounded up together with others at first.
const batch = 8

// together rounds some atoms up at once. That it finds nothing tells nothing.
func (b *brancher) together(ctx context.Context, some []int) (world, error) {
	for _, a := range some {
		lower, upper := b.Bounds(a)
		defer b.Bound(a, lower, upper)
	}
	for _, a := range some {
		_, upper := b.Bounds(a)
		b.Bound(a, math.Ceil(b.Value(a)), upper)
	}
	found, _, err := b.follow(ctx)
	return found, err
}

// follow searches behind bounds that were just set.
func (b *brancher) follow(ctx context.Context) (world, bool, error) {
	ok, err := b.Again(ctx, b.goal)
	switch {
	case errors.Is(err, simplex.ErrSteps):
		return nil, false, nil
	case err != nil:
		return nil, false, err
	case !ok || b.cost() > b.most:
		return nil, true, nil
	}
	return b.branch(ctx)
}

// cost is what the goal is at the point at hand.
func (b *brancher) cost() float64 {
	sum := 0.0
	for a, c := range b.goal {
		sum += c * b.Value(a)
	}
	return sum
}

// fractional are the atoms that have no whole number, those first that lack the least to the next, more or less.
func (p *program) fractional(random *rand.Rand) []int {
	var found []int
	lacks := map[int]float64{}
	for a := range p.space.codes {
		v := p.Value(a)
		if math.Abs(v-math.Round(v)) >= accuracy {
			found = append(found, a)
			lacks[a] = math.Ceil(v) - v + 0.2*random.Float64()
		}
	}
	slices.SortFunc(found, func(a, b int) int { return cmp.Compare(lacks[a], lacks[b]) })
	return found
}

// world is the point at hand, if it is one of whole numbers that agree with all rows; else nil.
func (p *program) world() world {
	found := world{}
	sums := make([]int, len(p.rows))
	for a := range p.space.codes {
		people := int(math.Round(p.Value(a)))
		if people < 0 {
			return nil
		}
		if people > 0 {
			found[a] = people
			for _, r := range p.Rows(a) {
				sums[r] += people
			}
		}
	}
	for i, r := range p.rows {
		if float64(sums[i]) < r.lower || float64(sums[i]) > r.upper {
			return nil
		}
	}
	return found
}

// zeroProof is a sum of rows, each times a whole number, that counts every atom 0 times or more and is below the divisor: atoms that it counts
// as often as the divisor or more are empty.
type zeroProof struct {
	times   []int // of each row
	divisor int
}

var errNoProof = errors.New("no proof of whole numbers was found")

// empty proves that the atoms that were never seen are empty, and those with a maximum below 1. It returns the atoms for which that failed.
func (p *program) empty(ctx context.Context, seen []bool, tiny []int) ([]zeroProof, []int, error) {
	goal := map[int]float64{}
	for a, s := range seen {
		if !s {
			goal[a] = -1
		}
	}
	var goals []map[int]float64
	if len(goal) > 0 {
		goals = append(goals, goal)
	}
	for _, a := range tiny {
		goals = append(goals, map[int]float64{a: -1})
	}
	var proofs []zeroProof
	var failed []int
	for len(goals) > 0 {
		goal, goals = goals[0], goals[1:]
		z, err := p.zero(ctx, goal)
		switch {
		case errors.Is(err, errNoProof) && len(goal) > 1:
			for a := range goal {
				goals = append(goals, map[int]float64{a: -1})
			}
		case errors.Is(err, errNoProof):
			for a := range goal {
				failed = append(failed, a)
			}
		case err != nil:
			return nil, nil, err
		default:
			proofs = append(proofs, z)
		}
	}
	slices.Sort(failed)
	return proofs, failed, nil
}

// zero proves that nobody is in some atoms, from the prices of the program that looks for people there.
func (p *program) zero(ctx context.Context, goal map[int]float64) (zeroProof, error) {
	if _, ok, err := p.Minimize(ctx, goal); err != nil || !ok {
		return zeroProof{}, errors.Join(err, errNoProof)
	}
	prices := p.Prices(goal)
	for divisor := 1; divisor <= 120; divisor++ {
		z := zeroProof{times: make([]int, len(prices)), divisor: divisor}
		whole := true
		for i, price := range prices {
			t := -price * float64(divisor)
			z.times[i] = int(math.Round(t))
			whole = whole && math.Abs(t-math.Round(t)) < 1e-6*float64(divisor)
		}
		if whole && p.holds(z, goal) {
			return z, nil
		}
	}
	return zeroProof{}, errNoProof
}

// holds checks a proof with whole numbers.
func (p *program) holds(z zeroProof, goal map[int]float64) bool {
	sum := 0
	for i, r := range p.rows {
		if r.lower != r.upper && z.times[i] > 0 {
			return false
		}
		sum += z.times[i] * int(r.lower)
	}
	if sum >= z.divisor {
		return false
	}
	for a := range p.space.codes {
		count := 0
		for _, r := range p.Rows(a) {
			count += z.times[r]
		}
		if _, claimed := goal[a]; count < 0 || claimed && count < z.divisor {
			return false
		}
	}
	return true
}
