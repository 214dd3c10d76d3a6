package disclosure

import (
	"context"
	"math"
	"math/rand/v2"
	"slices"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"songtor/internal/disclosure/simplex"
)

const (
	auditSteps = 100_000 // after how many steps it is left open whether a bound of the linear program is reached by whole numbers
	auditWork  = 2e8     // and after how much work: a step of a large program takes long, and a search that long rarely ends there
	auditGap   = 40      // by how many people the linear program may promise too much before the bound is left as it is
)

// Bounds are what anybody can prove of a cell.
type Bounds struct {
	Lower int  `json:"lower"`
	Upper *int `json:"upper"` // nil where there is no bound
	Exact bool `json:"exact"` // both are reached by a world; else they are bounds of the linear program, rounded inward
}

// Audit returns for every cell of a publication what anybody can prove of it, in the order of the cells. A count that is not among the cells
// is simply not known. report may be called from several goroutines at once. Cells that no table of whole numbers agrees with are ErrInconsistent.
func Audit(ctx context.Context, published Publication, ledger []Publication, report func(Progress)) ([]Bounds, error) {
	s, err := newSpace(append(together(published.Populations, ledger), published))
	if err != nil {
		return nil, err
	}
	if err := s.enumerate(); err != nil {
		return nil, err
	}
	if report == nil {
		report = func(Progress) {}
	}
	if err := newAuditor(s, shards).consistent(ctx); err != nil {
		return nil, err
	}
	bounds := make([]Bounds, len(published.Cells))
	var done atomic.Int64
	g, ctx := errgroup.WithContext(ctx)
	for shard := range shards {
		g.Go(func() error {
			return newAuditor(s, shard).cells(ctx, shard, published, bounds, func() { report(Progress{"audit", int(done.Add(1)), len(published.Cells)}) })
		})
	}
	if err := g.Wait(); err != nil {
		return nil, err
	}
	return bounds, nil
}

// auditor is an audit at work.
type auditor struct {
	space   *space
	program *program
	steps   int // after which a search is given up
	random  *rand.Rand
}

func newAuditor(s *space, seed int) *auditor {
	p := newProgram(s, s.rowsOf(-1, coins{}, ""), uint64(seed))
	work := len(p.rows)*len(p.rows) + 10*p.Columns() // of a step
	return &auditor{s, p, min(auditSteps, auditWork/max(work, 1)), rand.New(rand.NewPCG(0, uint64(seed)))}
}

// cells bounds every cell of a shard.
func (a *auditor) cells(ctx context.Context, shard int, published Publication, bounds []Bounds, report func()) (err error) {
	families := a.space.of(a.space.families[len(a.space.families)-1].publication)
	for i, cell := range published.Cells {
		if i%shards != shard {
			continue
		}
		report()
		if cell.Count != nil {
			bounds[i] = Bounds{Lower: *cell.Count, Upper: cell.Count, Exact: true}
			continue
		}
		if bounds[i], err = a.bounds(ctx, families, published, cell); err != nil {
			return err
		}
	}
	return nil
}

// consistent finds out whether any world agrees with the cells.
func (a *auditor) consistent(ctx context.Context) error {
	goal := map[int]float64{}
	_, ok, err := a.program.Minimize(ctx, goal)
	if err != nil {
		return err
	}
	if !ok {
		return ErrInconsistent
	}
	w, complete, err := a.program.whole(ctx, goal, math.Inf(1), a.steps, a.random)
	if err != nil {
		return err
	}
	if w == nil && complete {
		return ErrInconsistent
	}
	return nil
}

// atoms are those that a cell counts.
func (a *auditor) atoms(f *family, cell int) []int {
	var found []int
	for i := range a.space.codes {
		if f.cell(a.space.atom(i), a.space.sizes) == cell {
			found = append(found, i)
		}
	}
	return found
}

// bounds are those of one withheld cell.
func (a *auditor) bounds(ctx context.Context, families []*family, published Publication, cell Cell) (Bounds, error) {
	at, err := a.space.region(published, cell.At)
	if err != nil {
		return Bounds{}, err
	}
	var atoms []int
	for _, f := range families {
		if len(f.dimensions) != len(at.at) || slices.ContainsFunc(f.dimensions, func(d int) bool { _, in := at.at[d]; return !in }) {
			continue
		}
		index := 0
		for _, d := range f.dimensions {
			index = index*a.space.sizes[d] + int(at.at[d])
		}
		atoms = a.atoms(f, index)
	}
	lower, low, err := a.extreme(ctx, atoms, 1)
	if err != nil {
		return Bounds{}, err
	}
	upper, high, err := a.extreme(ctx, atoms, -1)
	if err != nil {
		return Bounds{}, err
	}
	b := Bounds{Lower: lower, Exact: low && high}
	if upper > math.MinInt {
		most := -upper
		b.Upper = &most
	}
	return b, nil
}

// extreme is the least that the sum of some atoms, times a sign, has in a world, and whether a world that has it was found. It is MinInt where
// there is no bound.
func (a *auditor) extreme(ctx context.Context, atoms []int, sign float64) (int, bool, error) {
	goal := map[int]float64{}
	for _, i := range atoms {
		goal[i] = sign
	}
	value, ok, err := a.program.Minimize(ctx, goal)
	if err != nil {
		return 0, false, err
	}
	if !ok {
		return 0, false, ErrInconsistent
	}
	if math.IsInf(value, -1) {
		return math.MinInt, true, nil
	}
	best := int(math.Ceil(value - simplex.Accuracy(len(a.space.codes)) - 1e-9*math.Abs(value)))
	for range auditGap {
		w, complete, err := a.program.whole(ctx, goal, float64(best)+0.5, a.steps, a.random)
		if err != nil || w != nil || !complete {
			return best, w != nil, err
		}
		best++ // no world has it: the linear program promised too much
		if _, _, err := a.program.Minimize(ctx, goal); err != nil {
			return 0, false, err
		}
	}
	return best, false, nil
}
