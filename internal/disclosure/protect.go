package disclosure

import (
	"context"
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"

	"songtor/internal/disclosure/verify"
)

// proofTries is how often further cells are withheld because a proof was not found.
const proofTries = 30

// Protect returns the cells that may be published of the tables, and the certificate that they keep the rule.
func Protect(ctx context.Context, in Input, report func(Progress)) (*Result, error) {
	if err := in.check(); err != nil {
		return nil, err
	}
	r := newRun(in, report)
	if err := r.withhold(ctx); err != nil {
		return nil, err
	}
	return r.prove(ctx)
}

// newRun begins to protect tables.
func newRun(in Input, report func(Progress)) *run {
	if report == nil {
		report = func(Progress) {}
	}
	var names []string
	for _, p := range in.Populations {
		names = append(names, p.Name)
	}
	earlier := together(names, in.Ledger)
	fresh := Publication{Release: in.Release, Populations: names, Dimensions: in.Dimensions, Tables: in.Tables, Structural: in.Structural}
	return &run{in: in, report: report, publications: append(slices.Clone(earlier), fresh), search: func(ctx context.Context, p *prover) (proof, error) { return p.prove(ctx) }}
}

// run is Protect at work.
type run struct {
	in           Input
	report       func(Progress)
	publications []Publication
	guard        *guard
	truth        map[*family][]int
	search       func(ctx context.Context, p *prover) (proof, error) // for the proof of what is left
}

// check refuses what is not asked as it must be.
func (in Input) check() error {
	names := map[string]bool{}
	for _, p := range in.Populations {
		if names[p.Name] {
			return fmt.Errorf("%w: the population %q is there twice", ErrInput, p.Name)
		}
		names[p.Name] = true
	}
	seen := map[string]bool{}
	for _, d := range in.Dimensions {
		if seen[d.Name] {
			return fmt.Errorf("%w: the dimension %q is there twice", ErrInput, d.Name)
		}
		seen[d.Name] = true
	}
	switch p := in.Policy; {
	case len(in.Populations) == 0:
		return fmt.Errorf("%w: there is no population", ErrInput)
	case p.K < 2:
		return fmt.Errorf("%w: the threshold k is %d; it must be 2 or more", ErrInput, p.K)
	case p.Coalition < 0:
		return fmt.Errorf("%w: the coalition is %d; it can't be below 0", ErrInput, p.Coalition)
	case p.Extra < 0 || p.Extra >= 1:
		return fmt.Errorf("%w: the chance of withholding more is %v; it must be from 0 to below 1", ErrInput, p.Extra)
	case len(in.Secret) == 0:
		return fmt.Errorf("%w: there is no secret", ErrInput)
	}
	return nil
}

// withhold does everything but the proof.
func (r *run) withhold(ctx context.Context) error {
	r.report(Progress{Step: "tabulate"})
	s, err := newSpace(r.publications)
	if err != nil {
		return err
	}
	last := len(r.publications) - 1
	if err := s.tabulate(last, r.in); err != nil {
		return err
	}
	toss := coins{r.in.Secret, r.in.Release}
	r.truth = s.primary(last, r.in.Policy, toss)
	if err := s.enumerate(); err != nil {
		return err
	}
	r.guard = &guard{
		space: s, bound: r.in.Policy.Bound(), rows: s.rowsOf(last, toss, "cost"),
		random: rand.New(rand.NewPCG(toss.number("order", nil), 0)),
		report: func(done, total int) { r.report(Progress{"protect", done, total}) },
	}
	return r.guard.secure(ctx)
}

// prove proves what is left, and withholds more where no proof is found. What it returns has passed the verifier.
func (r *run) prove(ctx context.Context) (*Result, error) {
	last := len(r.publications) - 1
	var known []world
	for try := range proofTries {
		r.publications[last].Cells = r.cells()
		p, err := r.prover(known, uint64(try))
		if err != nil {
			return nil, err
		}
		found, err := r.search(ctx, p)
		if err != nil {
			return nil, err
		}
		if len(found.unmet) == 0 {
			return r.result(p, found)
		}
		if p.truth != nil {
			known = found.worlds // more is withheld from now on, so that they stay worlds
		}
		for _, a := range found.unmet {
			if err := r.guard.insist(ctx, p.space.codes[a]); err != nil {
				return nil, err
			}
		}
		if err := r.guard.secure(ctx); err != nil {
			return nil, err
		}
	}
	return nil, fmt.Errorf("%w: no proof was found", ErrBound)
}

// prover returns the prover of what is published by now. It knows the people where there are too many combinations to find a world for each
// without.
func (r *run) prover(known []world, try uint64) (*prover, error) {
	public, err := newSpace(r.publications) // the withheld counts are in none of it
	if err != nil {
		return nil, err
	}
	if err := public.enumerate(); err != nil {
		return nil, err
	}
	p := &prover{
		space: public, bound: r.in.Policy.Bound(), rows: public.rowsOf(-1, coins{}, ""), workers: r.in.Workers, seed: try,
		report: func(done, total int) { r.report(Progress{"prove", done, total}) },
	}
	if p.workers <= 0 {
		p.workers = runtime.GOMAXPROCS(0)
	}
	if len(public.codes) <= r.in.Policy.Whole || len(public.populations) > len(r.in.Populations) || len(public.dimensions) > len(r.in.Dimensions) {
		return p, nil // of what earlier releases alone speak of it is not known in which combinations people are
	}
	if p.truth, err = public.people(r.in); err != nil {
		return nil, err
	}
	if !public.agrees(p.rows, p.truth) {
		return nil, errRecords
	}
	p.few = len(public.codes) > r.in.Policy.Sealed
	p.known, p.seed = known, try+coins{r.in.Secret, r.in.Release}.number("proof", nil)
	return p, nil
}

var errRecords = fmt.Errorf("%w: the records are not those of which was published earlier", ErrInconsistent)

// people are the true world.
func (s *space) people(in Input) (world, error) {
	places := make([]int, len(in.Dimensions))
	for i, d := range in.Dimensions {
		places[i] = slices.IndexFunc(s.dimensions, func(known Dimension) bool { return known.Name == d.Name })
	}
	truth := world{}
	for _, population := range in.Populations {
		for _, record := range population.Records {
			atom := make([]int, len(s.dimensions))
			for i, category := range record {
				atom[places[i]] = slices.Index(s.dimensions[places[i]].Categories, category)
			}
			code := slices.Index(s.populations, population.Name)
			for i, c := range atom {
				code = code*len(s.dimensions[i].Categories) + c
			}
			a, possible := slices.BinarySearch(s.codes, code)
			if !possible {
				return nil, errRecords
			}
			truth[a]++
		}
	}
	return truth, nil
}

// agrees reports whether a world has as many people as the rows say.
func (s *space) agrees(rows []row, w world) bool {
	for _, r := range rows {
		sum, f := 0, s.families[r.family]
		for a, people := range w {
			if f.cell(s.atom(a), s.sizes) == r.cell {
				sum += people
			}
		}
		if float64(sum) < r.lower || float64(sum) > r.upper {
			return false
		}
	}
	return true
}

// result writes down what was found, and returns it when it has passed the verifier.
func (r *run) result(p *prover, found proof) (*Result, error) {
	covers := CoversAll
	switch {
	case p.few:
		covers = CoversOccupied
	case p.truth != nil:
		covers = CoversSealed
	}
	certificate, err := p.space.write(r.in.Policy, covers, r.publications, p.rows, found)
	if err != nil {
		return nil, fmt.Errorf("couldn't write the certificate: %w", err)
	}
	if _, err := verify.Certificate(certificate); err != nil {
		return nil, fmt.Errorf("what was found doesn't pass the verifier: %w", err)
	}
	return &Result{
		Publication: r.publications[len(r.publications)-1], Certificate: certificate, Figures: r.figures(p.space, found),
		Proof: Proof{Covers: covers, Atoms: len(p.space.codes), Empty: r.guard.empty()},
	}, nil
}

// cells are those of the new publication, withheld where the guard says so.
func (r *run) cells() []Cell {
	s, last := r.guard.space, len(r.publications)-1
	published := map[[2]int]bool{}
	for i, row := range r.guard.rows {
		if !r.guard.held[i] {
			published[[2]int{row.family, row.cell}] = true
		}
	}
	var cells []Cell
	for i, f := range s.families {
		if f.publication != last || f.observed {
			continue
		}
		for c := range f.counts {
			cell := Cell{At: s.names(f, c)}
			if f.counts[c] == 0 || published[[2]int{i, c}] {
				n := r.truth[f][c]
				cell.Count = &n
			}
			cells = append(cells, cell)
		}
	}
	return cells
}

// figures tell how much could be published.
func (r *run) figures(public *space, p proof) Figures {
	last := len(r.publications) - 1
	f := Figures{Atoms: len(public.codes), Witnesses: len(p.worlds), Zeros: len(p.zeros), Rounds: r.guard.rounds}
	for _, population := range r.in.Populations {
		f.People += len(population.Records)
	}
	truth := map[int][]int{}
	for i, family := range r.guard.space.families {
		truth[i] = r.truth[family]
	}
	for i, family := range public.families {
		if family.publication != last || family.observed || len(family.table) == 0 {
			continue
		}
		t := TableFigure{Table: family.table, Cells: len(family.counts)}
		for c, n := range truth[i] {
			if n == 0 {
				continue
			}
			t.Occupied++
			if family.counts[c] != withheld {
				t.Published++
				t.People += n
			}
		}
		f.Tables = append(f.Tables, t)
	}
	return f
}
