package disclosure

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// The attacks of this file know everything that is published, the source code and how much is protected. Each is also let loose on tables that
// lack the step of the engine that withstands it, where it has to succeed.

// provablySmall counts the atoms of which somebody could prove that they have fewer than the bound, though somebody may be in them.
func provablySmall(t *testing.T, bound int, publications ...Publication) int {
	t.Helper()
	s, err := newSpace(publications)
	must(t, err)
	must(t, s.enumerate())
	p := newProgram(s, s.rowsOf(-1, coins{}, ""), 0)
	small := 0
	for a := range s.codes {
		most, err := p.most(t.Context(), a, bound)
		must(t, err)
		if most >= 1-accuracy && most < float64(bound)-accuracy {
			small++
		}
	}
	return small
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// primaryOnly is what is published where small cells alone are withheld, as so often.
func primaryOnly(t *testing.T, in Input) Publication {
	t.Helper()
	in.Policy.Extra = 0
	for _, d := range in.Dimensions {
		in.Policy.Open = append(in.Policy.Open, d.Name)
	}
	r := &run{in: in, publications: []Publication{{Release: in.Release, Populations: []string{in.Populations[0].Name}, Dimensions: in.Dimensions, Tables: in.Tables}}}
	s, err := newSpace(r.publications)
	must(t, err)
	must(t, s.tabulate(0, in))
	r.truth = s.primary(0, in.Policy, coins{in.Secret, in.Release})
	r.guard = &guard{space: s, rows: s.rowsOf(0, coins{}, "")}
	r.guard.held = make([]bool, len(r.guard.rows))
	r.publications[0].Cells = r.cells()
	return r.publications[0]
}

// usual is the policy of the service.
func usual() Policy { return Policy{K: 11, Coalition: 1, Extra: 0.02, Whole: 600, Sealed: 1000} }

func ask(name string, people int, seed uint64, dimensions int) Input {
	dims, records := synthetic(people, seed)
	for i, r := range records {
		records[i] = r[:dimensions]
	}
	return Input{
		Release: name, Populations: []Population{{name, records}}, Dimensions: dims[:dimensions], Tables: twoWay(dims[:dimensions]), Policy: usual(),
		Secret: []byte("a secret of tests"),
	}
}

// TestWithoutTheSecondStepCellsAreRecovered is the control of T12: what primary suppression leaves gives dozens of small cells away exactly.
func TestWithoutTheSecondStepCellsAreRecovered(t *testing.T) {
	t.Parallel()
	in := ask("r", 400, 0, 5)
	in.Policy.K = 10
	pub := primaryOnly(t, in)
	s, err := newSpace([]Publication{pub})
	must(t, err)
	must(t, s.enumerate())
	p := newProgram(s, s.rowsOf(-1, coins{}, ""), 0)
	exact := 0
	for _, f := range s.families {
		atoms := make([]map[int]float64, len(f.counts))
		for a := range s.codes {
			c := f.cell(s.atom(a), s.sizes)
			if atoms[c] == nil {
				atoms[c] = map[int]float64{}
			}
			atoms[c][a] = 1
		}
		for c, goal := range atoms {
			if f.counts[c] != withheld {
				continue
			}
			least, _, err := p.Minimize(t.Context(), goal)
			must(t, err)
			for a := range goal {
				goal[a] = -1
			}
			most, _, err := p.Minimize(t.Context(), goal)
			must(t, err)
			if math.Ceil(least-accuracy) >= math.Floor(-most+accuracy) {
				exact++
			}
		}
	}
	if exact < 30 {
		t.Errorf("%d withheld cells are recovered", exact)
	}
}

// TestNoSmallUnionIsInTheRowSpace is T2: no withheld cell, and no union of atoms with 1 to k-1 people, is a combination of published rows.
func TestNoSmallUnionIsInTheRowSpace(t *testing.T) {
	t.Parallel()
	in := ask("r", 150, 1, 3)
	result, err := Protect(t.Context(), in, nil)
	must(t, err)
	if found := smallInRowSpace(t, in, result.Publication); found != 0 {
		t.Errorf("%d small unions follow from what is published", found)
	}
	if found := smallInRowSpace(t, in, primaryOnly(t, in)); found == 0 {
		t.Error("of what primary suppression leaves nothing is found to follow")
	}
}

func smallInRowSpace(t *testing.T, in Input, pub Publication) int {
	t.Helper()
	s, err := newSpace([]Publication{pub})
	must(t, err)
	must(t, s.enumerate())
	var basis [][]*big.Rat
	for _, r := range s.rowsOf(-1, coins{}, "") {
		basis, _ = reduce(basis, s.vector(func(a int) bool { return s.families[r.family].cell(s.atom(a), s.sizes) == r.cell }))
	}
	truth := counted(s, in)
	found := 0
	for _, f := range s.families {
		for c, n := range f.counts {
			inside := func(a int) bool { return f.cell(s.atom(a), s.sizes) == c }
			if n == withheld && isSmall(truth, inside) {
				if _, independent := reduce(basis, s.vector(inside)); !independent {
					found++
				}
			}
		}
	}
	r := rand.New(rand.NewPCG(1, 1))
	for range 100 {
		inside := union(s, r)
		if isSmall(truth, inside) {
			if _, independent := reduce(basis, s.vector(inside)); !independent {
				found++
			}
		}
	}
	return found
}

// counted are the true people of every atom.
func counted(s *space, in Input) []int {
	truth := make([]int, len(s.codes))
	for _, r := range in.Populations[0].Records {
		code := 0
		for i, d := range in.Dimensions {
			code = code*len(d.Categories) + slices.Index(d.Categories, r[i])
		}
		if a, ok := slices.BinarySearch(s.codes, code); ok {
			truth[a]++
		}
	}
	return truth
}

// isSmall says whether a group has somebody in it, and fewer people than may be told.
func isSmall(truth []int, inside func(int) bool) bool {
	sum := 0
	for a, n := range truth {
		if inside(a) {
			sum += n
		}
	}
	return sum >= 1 && sum <= 10
}

// union is a filter by some categories of each dimension.
func union(s *space, r *rand.Rand) func(int) bool {
	chosen := make([][]bool, len(s.sizes))
	for d, n := range s.sizes {
		chosen[d] = make([]bool, n)
		for c := range chosen[d] {
			chosen[d][c] = d == 0 || r.IntN(3) == 0
		}
	}
	return func(a int) bool {
		for d, c := range s.atom(a) {
			if !chosen[d][c] {
				return false
			}
		}
		return true
	}
}

func (s *space) vector(inside func(int) bool) []*big.Rat {
	v := make([]*big.Rat, len(s.codes))
	for a := range v {
		v[a] = new(big.Rat)
		if inside(a) {
			v[a].SetInt64(1)
		}
	}
	return v
}

// reduce adds a vector to a basis in echelon form, and reports whether it was independent of it.
func reduce(basis [][]*big.Rat, v []*big.Rat) ([][]*big.Rat, bool) {
	lead := func(v []*big.Rat) int { return slices.IndexFunc(v, func(x *big.Rat) bool { return x.Sign() != 0 }) }
	for _, b := range basis {
		l := lead(b)
		if v[l].Sign() == 0 {
			continue
		}
		f := new(big.Rat).Quo(v[l], b[l])
		for i := range v {
			v[i].Sub(v[i], new(big.Rat).Mul(f, b[i]))
		}
	}
	if lead(v) < 0 {
		return basis, false
	}
	return append(basis, v), true
}

// TestSecondSolverFindsNoSmallCell is T3: the integer programs of another solver, glpsol of the GNU Linear Programming Kit, give no withheld cell
// a bound below K, and the same bounds as the audit.
func TestSecondSolverFindsNoSmallCell(t *testing.T) {
	t.Parallel()
	solver, err := exec.LookPath("glpsol")
	if err != nil {
		t.Fatal("glpsol is not installed: make solver installs it (Debian's glpk-utils)")
	}
	in := ask("r", 120, 2, 3)
	result, err := Protect(t.Context(), in, nil)
	must(t, err)
	naive := primaryOnly(t, in)
	if small := bySolver(t, solver, result.Publication); small != 0 {
		t.Errorf("the solver finds %d small cells", small)
	}
	if small := bySolver(t, solver, naive); small == 0 {
		t.Error("of what primary suppression leaves the solver finds no small cell")
	}
}

var objective = regexp.MustCompile(`(?m)^Objective:\s+\S+ = (\d+)`)

func bySolver(t *testing.T, solver string, pub Publication) int {
	t.Helper()
	s, err := newSpace([]Publication{pub})
	must(t, err)
	must(t, s.enumerate())
	bounds, err := Audit(t.Context(), pub, nil, nil)
	must(t, err)
	sum := func(f *family, cell int) string {
		var b strings.Builder
		for a := range s.codes {
			if f.cell(s.atom(a), s.sizes) == cell {
				fmt.Fprintf(&b, " + y%d", a)
			}
		}
		return b.String()
	}
	var rows strings.Builder
	for _, r := range s.rowsOf(-1, coins{}, "") {
		fmt.Fprintf(&rows, "%s = %d\n", sum(s.families[r.family], r.cell), int(r.lower))
	}
	var names []string
	for a := range s.codes {
		names = append(names, fmt.Sprintf("y%d", a))
	}
	small, i := 0, -1
	for _, f := range s.families {
		for c, n := range f.counts {
			if i++; n != withheld {
				continue
			}
			dir := t.TempDir()
			program := "Maximize\nobj:" + sum(f, c) + "\nSubject To\n" + rows.String() + "General\n" + strings.Join(names, "\n") + "\nEnd\n"
			must(t, os.WriteFile(filepath.Join(dir, "p.lp"), []byte(program), 0o600))
			out, err := exec.CommandContext(t.Context(), solver, "--lp", filepath.Join(dir, "p.lp"), "-o", filepath.Join(dir, "p.out")).CombinedOutput()
			if err != nil {
				t.Fatalf("%v: %s", err, out)
			}
			solved, err := os.ReadFile(filepath.Join(dir, "p.out"))
			must(t, err)
			found := objective.FindSubmatch(solved)
			if found == nil {
				t.Fatalf("no objective in %s", solved)
			}
			most, err := strconv.Atoi(string(found[1]))
			must(t, err)
			if bounds[i].Upper == nil || *bounds[i].Upper != most {
				t.Errorf("cell %v is at most %d by the solver and %v by the audit", pub.Cells[i].At, most, bounds[i].Upper)
			}
			if most > 0 && most < 12 {
				small++
			}
		}
	}
	return small
}

// TestNoUnionIsProvedSmall is T4: for 10,000 filters, with several categories of each dimension, that have 1 to k-1 people, a world of the
// certificate has K or more of them, so that nobody can prove the group to be smaller. The control proves it of filters of what primary
// suppression leaves.
func TestNoUnionIsProvedSmall(t *testing.T) {
	t.Parallel()
	in := ask("r", 250, 3, 4)
	result, err := Protect(t.Context(), in, nil)
	must(t, err)
	s, err := newSpace([]Publication{result.Publication})
	must(t, err)
	must(t, s.enumerate())
	var c certificate
	must(t, json.Unmarshal(result.Certificate, &c))
	truth, r := counted(s, in), rand.New(rand.NewPCG(4, 4))
	for tested := 0; tested < 10_000; {
		inside := union(s, r)
		if !isSmall(truth, inside) {
			continue
		}
		tested++
		if !slices.ContainsFunc(c.Worlds, func(w []int) bool {
			people := 0
			for i := 0; i < len(w); i += 2 {
				if a, ok := slices.BinarySearch(s.codes, w[i]); ok && inside(a) {
					people += w[i+1]
				}
			}
			return people >= 12
		}) {
			t.Fatal("no world of the certificate has K people of a small union")
		}
	}
	if small := smallUnions(t, in, primaryOnly(t, in), 300); small == 0 {
		t.Error("of what primary suppression leaves no union is proved to be small: the attack sees too little")
	}
}

// smallUnions are how many of some filters with 1 to k-1 people are proved to have fewer than K, by linear bounds.
func smallUnions(t *testing.T, in Input, pub Publication, filters int) int {
	t.Helper()
	s, err := newSpace([]Publication{pub})
	must(t, err)
	must(t, s.enumerate())
	p := newProgram(s, s.rowsOf(-1, coins{}, ""), 0)
	truth, r := counted(s, in), rand.New(rand.NewPCG(4, 4))
	small := 0
	for tested := 0; tested < filters; {
		inside := union(s, r)
		if !isSmall(truth, inside) {
			continue
		}
		tested++
		goal := map[int]float64{}
		for a := range truth {
			if inside(a) {
				goal[a] = -1
			}
		}
		most, ok, err := p.Minimize(t.Context(), goal)
		must(t, err)
		if ok && -most < 12-accuracy {
			small++
		}
	}
	return small
}

// TestTablesThatShareCellsAreProtectedTogether is T5 and the ledger of T12: a second release about the same people, of other tables, is safe
// together with the first where the first is in its ledger. The control leaves it out.
func TestTablesThatShareCellsAreProtectedTogether(t *testing.T) {
	t.Parallel()
	broken := 0
	for seed := range uint64(8) {
		first := ask("first", 150, seed, 3)
		first.Tables = [][]string{{"sex"}, {"age"}, {"sex", "age"}}
		one, err := Protect(t.Context(), first, nil)
		must(t, err)
		second := first
		second.Release, second.Tables, second.Secret = "second", [][]string{{"sex"}, {"age"}, {"nationality"}, {"sex", "age"}, {"age", "nationality"}}, []byte("another")
		alone, err := Protect(t.Context(), second, nil)
		must(t, err)
		broken += provablySmall(t, 12, one.Publication, alone.Publication)
		second.Ledger = []Publication{one.Publication}
		both, err := Protect(t.Context(), second, nil)
		if err != nil {
			t.Fatal(seed, err)
		}
		if small := provablySmall(t, 12, one.Publication, both.Publication); small != 0 {
			t.Errorf("with the ledger %d atoms are provably small", small)
		}
	}
	if broken == 0 {
		t.Error("without the ledger nothing is provably small: the attack sees too little")
	}
}

// TestTwoInEveryRowAndColumnAreNotEnough is T6: every row and column of the table has two withheld cells or none, and all are exact, for whoever
// reckons with the fact that nobody is less than nobody. The audit sees it and the engine does not publish it.
func TestTwoInEveryRowAndColumnAreNotEnough(t *testing.T) {
	t.Parallel()
	counts := [4][4]int{{0, 5, 20, 20}, {0, 7, 20, 20}, {20, 20, 0, 4}, {20, 20, 0, 9}}
	dims := []Dimension{{Name: "row", Categories: []string{"1", "2", "3", "4"}}, {Name: "column", Categories: []string{"1", "2", "3", "4"}}}
	var records []Record
	for i, row := range counts {
		for j, n := range row {
			for range n {
				records = append(records, Record{dims[0].Categories[i], dims[1].Categories[j]})
			}
		}
	}
	in := Input{Release: "r", Populations: []Population{{"p", records}}, Dimensions: dims, Tables: twoWay(dims), Policy: Policy{K: 11}, Secret: []byte("s")}
	naive := primaryOnly(t, in)
	in.Populations[0].Name = "p"
	bounds, err := Audit(t.Context(), naive, nil, nil)
	must(t, err)
	exact := 0
	for i, b := range bounds {
		if naive.Cells[i].Count == nil && b.Upper != nil && b.Lower == *b.Upper {
			exact++
		}
	}
	if exact == 0 {
		t.Error("the audit sees none of the cells exactly")
	}
	result, err := Protect(t.Context(), in, nil)
	must(t, err)
	if small := provablySmall(t, 11, result.Publication); small != 0 {
		t.Errorf("%d atoms are provably small", small)
	}
}

// TestSingletonsAreHidden is T7: rows with one person, who knows of himself, next to empty cells. The control withholds small cells alone.
func TestSingletonsAreHidden(t *testing.T) {
	t.Parallel()
	broken := 0
	for seed := range uint64(6) {
		in := ask("r", 120, seed, 3)
		in.Populations[0].Records = append(in.Populations[0].Records, Record{"s2", "a3", "n5"}, Record{"s2", "a3", "n4"})
		result, err := Protect(t.Context(), in, nil)
		must(t, err)
		if small := provablySmall(t, 12, result.Publication); small != 0 {
			t.Errorf("%d atoms are provably small", small)
		}
		broken += provablySmall(t, 12, primaryOnly(t, in))
	}
	if broken == 0 {
		t.Error("where small cells alone are withheld no atom is provably small: the attack sees too little")
	}
}

// TestPercentagesGiveNothingBack is T14: from shares, rounded to a tenth of a hundredth, whoever has the total reckons the counts. Of
// shares of published counts only published counts come out. The control publishes the shares of all cells, from which withheld counts come out.
func TestPercentagesGiveNothingBack(t *testing.T) {
	t.Parallel()
	in := ask("r", 150, 1, 3)
	result, err := Protect(t.Context(), in, nil)
	must(t, err)
	s, err := newSpace([]Publication{{Release: "r", Populations: []string{"r"}, Dimensions: in.Dimensions, Tables: in.Tables}})
	must(t, err)
	must(t, s.tabulate(0, in))
	truth := map[string]int{}
	for _, f := range s.families {
		for c, n := range f.counts {
			truth[fmt.Sprint(s.names(f, c))] = n
		}
	}
	total := float64(len(in.Populations[0].Records))
	share := func(n int) float64 { return math.Round(float64(n)/total*1000) / 10 }
	back := func(share float64) int { return int(math.Round(share / 100 * total)) }
	recovered := 0
	for _, c := range result.Publication.Cells {
		n := truth[fmt.Sprint(c.At)]
		switch {
		case c.Count != nil && back(share(*c.Count)) != *c.Count:
			t.Errorf("from the share of %v comes %d, and %d was published", c.At, back(share(*c.Count)), *c.Count)
		case c.Count == nil && n > 0 && n < in.Policy.K && back(share(n)) == n:
			recovered++
		}
	}
	if recovered < 10 {
		t.Errorf("of the shares of withheld cells only %d small counts come out: the attack sees too little", recovered)
	}
}

// TestTwentyReleases is T8: twenty periods, each with its people, cases of which are corrected, merged or come in late, and are then counted in the
// period in which that is decided. Everything published keeps the rule together; the same period is the same whenever it is built.
// The control restates a period instead.
func TestTwentyReleases(t *testing.T) {
	t.Parallel()
	var ledger []Publication
	var late []Record
	r := rand.New(rand.NewPCG(8, 8))
	for n := range 20 {
		in := ask(fmt.Sprintf("period %d", n), 100, uint64(100+n), 3)
		in.Ledger = ledger
		records := append(in.Populations[0].Records, late...)
		cut := len(records) - r.IntN(6)
		in.Populations[0].Records, late = records[:cut], records[cut:]
		result, err := Protect(t.Context(), in, nil)
		must(t, err)
		again, err := Protect(t.Context(), in, nil)
		must(t, err)
		if string(again.Certificate) != string(result.Certificate) {
			t.Errorf("period %d is not the same when built twice", n)
		}
		ledger = append(ledger, result.Publication)
	}
	if small := provablySmall(t, 12, ledger...); small != 0 {
		t.Errorf("of twenty releases together %d atoms are provably small", small)
	}
	restated := 0
	for n := range 10 {
		in := ask("p", 100, uint64(200+n), 3)
		first, err := Protect(t.Context(), in, nil)
		must(t, err)
		in.Release, in.Secret = "restated", []byte{byte(n)}
		second, err := Protect(t.Context(), in, nil)
		must(t, err)
		restated += provablySmall(t, 12, first.Publication, second.Publication)
	}
	if restated == 0 {
		t.Error("restating a period without the ledger gives nothing away: the attack sees too little")
	}
}

// TestInsidersProveNothing is T13: whoever knows of one person, and subtracts that one, cannot prove of the others of any atom with somebody in it
// that they are fewer than k. The control protects against outsiders alone.
func TestInsidersProveNothing(t *testing.T) {
	t.Parallel()
	guarded, open := 0, 0
	for seed := range uint64(6) {
		in := ask("r", 400, seed, 3)
		guarded += insiders(t, in)
		in.Policy.Coalition = 0
		open += insiders(t, in)
	}
	if guarded != 0 {
		t.Errorf("insiders prove %d groups to be small", guarded)
	}
	if open == 0 {
		t.Error("without a coalition insiders prove nothing: the attack sees too little")
	}
}

func insiders(t *testing.T, in Input) int {
	t.Helper()
	result, err := Protect(t.Context(), in, nil)
	must(t, err)
	s, err := newSpace([]Publication{result.Publication})
	must(t, err)
	must(t, s.enumerate())
	p := newProgram(s, s.rowsOf(-1, coins{}, ""), 0)
	truth, proved := counted(s, in), 0
	for a, here := range truth {
		if here == 0 {
			continue
		}
		p.atLeast(a, 1)
		for b, there := range truth {
			if there == 0 {
				continue
			}
			own := 0
			if a == b {
				own = 1
			}
			most, err := p.most(t.Context(), b, in.Policy.K+own)
			must(t, err)
			if most < float64(in.Policy.K+own)-accuracy && there > own {
				proved++
			}
		}
		p.free(a)
	}
	return proved
}

// TestReplayShrinksNothing is T11: whoever replays the engine on every world that agrees with what is published cannot exclude one of them where cells
// are also withheld by chance, since chance could have withheld just what is withheld. One control is the engine without chance and with nothing
// else changed (T12): replaying it excludes worlds. The other replays a rule that looks at the true small cells only and leaves nothing to
// chance, on tables of two by three, and proves groups to be small.
func TestReplayShrinksNothing(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(11, 11))
	excluded, unlucky, broken := 0, 0, 0
	for range 60 {
		pub, _ := tiny([]int{2, 3}, 5+r.IntN(5), 0, r)
		people := *pub.Cells[0].Count
		engine := replay(t, pub, tabulated(pub), nil, false)
		worldsOf(t, engine, people, func(y Publication) {
			if !samePattern(engine, replay(t, y, tabulated(y), engine.Cells, false)) {
				excluded++
			}
			if !samePattern(engine, replay(t, y, tabulated(y), nil, false)) {
				unlucky++
			}
		})
		naive := replay(t, pub, tabulated(pub), nil, true)
		most := map[string]int{}
		worldsOf(t, naive, people, func(y Publication) {
			if samePattern(naive, replay(t, y, tabulated(y), nil, true)) {
				for i, c := range y.Cells {
					most[fmt.Sprint(y.Cells[i].At)] = max(most[fmt.Sprint(y.Cells[i].At)], *c.Count)
				}
			}
		})
		for _, n := range most {
			if n == 1 {
				broken++
			}
		}
	}
	if excluded != 0 {
		t.Errorf("replaying excludes %d worlds", excluded)
	}
	if unlucky == 0 {
		t.Error("replaying the engine without chance excludes nothing: the attack sees too little")
	}
	if broken == 0 {
		t.Error("replaying the naive rule breaks nothing: the attack sees too little")
	}
}

func tabulated(pub Publication) map[string]int {
	counts := map[string]int{}
	for _, c := range pub.Cells {
		counts[fmt.Sprint(c.At)] = *c.Count
	}
	return counts
}

// replay is the engine on true counts, with k of 2, no coalition and costs that are no secret. Chance withholds the cells that are withheld among
// those given. The naive rule looks only at atoms that have one person.
func replay(t *testing.T, pub Publication, truth map[string]int, chance []Cell, naive bool) Publication {
	t.Helper()
	out := pub
	out.Cells = nil
	for i, c := range pub.Cells {
		n := truth[fmt.Sprint(c.At)]
		cell := Cell{At: c.At}
		if n >= 2 && (chance == nil || chance[i].Count != nil) {
			cell.Count = &n
		}
		out.Cells = append(out.Cells, cell)
	}
	s, err := newSpace([]Publication{out})
	must(t, err)
	must(t, s.enumerate())
	g := &guard{space: s, bound: 2, rows: s.rowsOf(0, coins{secret: []byte("known")}, "cost"), random: rand.New(rand.NewPCG(0, 0))}
	if naive {
		g.covered, g.seen = make([]bool, len(s.codes)), make([]bool, len(s.codes))
		for a := range s.codes {
			at := map[string]string{}
			for d, c := range s.atom(a)[1:] {
				at[s.dimensions[d].Name] = s.dimensions[d].Categories[c]
			}
			g.covered[a] = truth[fmt.Sprint(at)] != 1
		}
	}
	must(t, g.secure(context.WithoutCancel(t.Context())))
	published := map[string]bool{}
	for i, r := range g.rows {
		if !g.held[i] {
			published[fmt.Sprint(s.names(s.families[r.family], r.cell))] = true
		}
	}
	for i, c := range out.Cells {
		if !published[fmt.Sprint(c.At)] {
			out.Cells[i].Count = nil
		}
	}
	return out
}

func samePattern(a, b Publication) bool {
	for i := range a.Cells {
		if (a.Cells[i].Count == nil) != (b.Cells[i].Count == nil) {
			return false
		}
	}
	return true
}

// worldsOf calls a function with the full tables of every world that agrees with a publication.
func worldsOf(t *testing.T, pub Publication, people int, do func(Publication)) {
	t.Helper()
	s, err := newSpace([]Publication{pub})
	must(t, err)
	must(t, s.enumerate())
	everyWorld(s, people, func(at []int) {
		sum := 0
		for _, n := range at {
			sum += n
		}
		if sum != people {
			return
		}
		full := pub
		full.Cells = nil
		for _, f := range s.families {
			for c := range f.counts {
				n := 0
				for a, there := range at {
					if f.cell(s.atom(a), s.sizes) == c {
						n += there
					}
				}
				full.Cells = append(full.Cells, Cell{At: s.names(f, c), Count: &n})
			}
		}
		do(full)
	})
}
