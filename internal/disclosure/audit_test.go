package disclosure

import (
	"errors"
	"math/rand/v2"
	"testing"
)

// tiny is a publication of all one-way and two-way tables of a few people, with cells withheld by lot.
func tiny(sizes []int, people int, hidden float64, r *rand.Rand) (Publication, *space) {
	var dims []Dimension
	for i, n := range sizes {
		d := Dimension{Name: string(rune('a' + i))}
		for c := range n {
			d.Categories = append(d.Categories, string(rune('0'+c)))
		}
		dims = append(dims, d)
	}
	var records []Record
	for range people {
		var rec Record
		for _, n := range sizes {
			rec = append(rec, string(rune('0'+r.IntN(n))))
		}
		records = append(records, rec)
	}
	pub := Publication{Release: "r", Populations: []string{"p"}, Dimensions: dims, Tables: twoWay(dims)}
	s, err := newSpace([]Publication{pub})
	if err != nil {
		panic(err)
	}
	if err := s.tabulate(0, Input{Populations: []Population{{"p", records}}, Dimensions: dims}); err != nil {
		panic(err)
	}
	for _, f := range s.families {
		for c, n := range f.counts {
			cell := Cell{At: s.names(f, c)}
			if len(f.table) == 0 || r.Float64() >= hidden {
				cell.Count = &n
			}
			pub.Cells = append(pub.Cells, cell)
		}
	}
	s, err = newSpace([]Publication{pub})
	if err != nil {
		panic(err)
	}
	if err := s.enumerate(); err != nil {
		panic(err)
	}
	return pub, s
}

// everyWorld calls a function with the people of every atom in every world, until it says that it has seen enough.
func everyWorld(s *space, people int, do func([]int)) {
	rows := s.rowsOf(-1, coins{}, "")
	p := newProgram(s, rows, 0)
	at, sums := make([]int, len(s.codes)), make([]int, len(rows))
	var next func(a, left int)
	next = func(a, left int) {
		if a == len(at) {
			for i, r := range rows {
				if float64(sums[i]) < r.lower || float64(sums[i]) > r.upper {
					return
				}
			}
			do(at)
			return
		}
		for n := 0; n <= left; n++ {
			ok := true
			at[a] = n
			for _, r := range p.Rows(a) {
				sums[r] += n
				ok = ok && float64(sums[r]) <= rows[r].upper
			}
			if ok {
				next(a+1, left-n)
			}
			for _, r := range p.Rows(a) {
				sums[r] -= n
			}
			at[a] = 0
			if !ok {
				return
			}
		}
	}
	next(0, people)
}

// TestAuditAgreesWithEveryWorld holds the bounds of small tables against all worlds there are.
func TestAuditAgreesWithEveryWorld(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(3, 4))
	for n := range 60 {
		sizes := [][]int{{2, 3}, {3, 3}, {2, 2, 2}, {2, 2, 3}}[n%4]
		pub, s := tiny(sizes, 4+r.IntN(5), 0.6, r)
		bounds, err := Audit(t.Context(), pub, nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		least, most := map[[2]int]int{}, map[[2]int]int{}
		worlds := 0
		everyWorld(s, *pub.Cells[0].Count, func(at []int) {
			worlds++
			for i, f := range s.families {
				sums := make([]int, len(f.counts))
				for a, people := range at {
					sums[f.cell(s.atom(a), s.sizes)] += people
				}
				for c, sum := range sums {
					k := [2]int{i, c}
					if worlds == 1 {
						least[k], most[k] = sum, sum
					}
					least[k], most[k] = min(least[k], sum), max(most[k], sum)
				}
			}
		})
		i := 0
		for fi, f := range s.families {
			for c := range f.counts {
				k := [2]int{fi, c}
				if b := bounds[i]; b.Upper == nil || b.Lower != least[k] || *b.Upper != most[k] || !b.Exact {
					t.Errorf("table %d %v: cell %v is from %d to %v, and of %d worlds from %d to %d", n, sizes, pub.Cells[i].At, b.Lower, b.Upper, worlds, least[k], most[k])
				}
				i++
			}
		}
	}
}

func TestContradictionsAreNamed(t *testing.T) {
	t.Parallel()
	count := func(n int) *int { return &n }
	pub := Publication{
		Release: "r", Populations: []string{"p"}, Dimensions: []Dimension{{Name: "a", Categories: []string{"x", "y"}}}, Tables: [][]string{{"a"}},
		Cells: []Cell{{At: map[string]string{}, Count: count(5)}, {At: map[string]string{"a": "x"}, Count: count(6)}, {At: map[string]string{"a": "y"}}},
	}
	if _, err := Audit(t.Context(), pub, nil, nil); !errors.Is(err, ErrInconsistent) {
		t.Errorf("got %v", err)
	}
	pub.Cells = pub.Cells[1:]
	bounds, err := Audit(t.Context(), pub, nil, nil)
	if err != nil || bounds[1].Lower != 0 || bounds[1].Upper != nil {
		t.Errorf("without a total: %+v, %v", bounds, err)
	}
}
