package simplex

import (
	"math"
	"math/rand/v2"
	"testing"
)

// transport is a program of a table with known margins, by one of its points.
func transport(r *rand.Rand, rows, columns int) (*Solver, []float64) {
	var counted [][]int32
	sums := make([]float64, rows+columns)
	for i := range rows {
		for j := range columns {
			counted = append(counted, []int32{int32(i), int32(rows + j)})
			n := float64(r.IntN(4))
			sums[i] += n
			sums[rows+j] += n
		}
	}
	s := New(counted, rows+columns, r.Uint64())
	for i, sum := range sums {
		s.Bound(rows*columns+i, sum, sum)
	}
	return s, sums
}

// The most that a cell of a table with known margins can have is the lesser margin; the least is what the margins can't hold without it.
func TestCellsOfATableReachTheirMargins(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 2))
	for range 100 {
		rows, columns := 2+r.IntN(6), 2+r.IntN(6)
		s, sums := transport(r, rows, columns)
		total := 0.0
		for _, sum := range sums[:rows] {
			total += sum
		}
		for range 5 {
			i, j := r.IntN(rows), r.IntN(columns)
			cell, a, b := i*columns+j, sums[i], sums[rows+j]
			most, ok, err := s.Minimize(t.Context(), map[int]float64{cell: -1})
			if err != nil || !ok || math.Abs(-most-min(a, b)) > Accuracy(rows*columns) {
				t.Fatalf("the most is %v of %v and %v: %v, %v", -most, a, b, ok, err)
			}
			least, ok, err := s.Minimize(t.Context(), map[int]float64{cell: 1})
			if err != nil || !ok || math.Abs(least-max(0, a+b-total)) > Accuracy(rows*columns) {
				t.Fatalf("the least is %v of %v and %v of %v: %v, %v", least, a, b, total, ok, err)
			}
		}
	}
}

// Where bounds can't be kept they are missed at the least penalty.
func TestTheCheapestRowGivesWay(t *testing.T) {
	t.Parallel()
	s := New([][]int32{{0, 1}, {0}, {1}}, 2, 1)
	for j := range 3 {
		s.Penalty(j, 100)
	}
	s.Bound(3, 5, 5)
	s.Bound(4, 4, 4)
	s.Penalty(3, 3)
	s.Penalty(4, 1)
	s.Bound(0, 8, math.Inf(1))
	ok, err := s.Feasible(t.Context())
	if err != nil || ok || math.Abs(s.Value(0)-8) > 1e-3 || math.Abs(s.Value(3)-8) > 1e-3 || math.Abs(s.Value(4)-8) > 1e-3 {
		t.Fatalf("%v, %v: %v %v %v", ok, err, s.Value(0), s.Value(3), s.Value(4))
	}
	s.Bound(0, 0, math.Inf(1))
	if ok, err = s.Feasible(t.Context()); err != nil || !ok {
		t.Fatalf("%v, %v", ok, err)
	}
}

func TestAGoalWithoutEndIsInfinite(t *testing.T) {
	t.Parallel()
	s := New([][]int32{{0}, {}}, 1, 1)
	s.Bound(2, 1, 1)
	if v, ok, err := s.Minimize(t.Context(), map[int]float64{1: -1}); err != nil || !ok || !math.IsInf(v, -1) {
		t.Errorf("%v, %v, %v", v, ok, err)
	}
}

// The dual method comes to what the primal one finds from the beginning.
func TestBothMethodsAgree(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(3, 4))
	for range 60 {
		s, _ := transport(r, 4, 5)
		goal := map[int]float64{}
		for j := range 20 {
			goal[j] = float64(r.IntN(9)) - 4 + r.Float64()/10
		}
		if _, ok, err := s.Minimize(t.Context(), goal); err != nil || !ok {
			t.Fatal(ok, err)
		}
		for range 4 {
			s.Bound(r.IntN(20), float64(r.IntN(3)), 3)
			dual, err := s.Again(t.Context(), goal)
			if err != nil {
				t.Fatal(err)
			}
			found := value(s, goal)
			best, primal, err := s.Minimize(t.Context(), goal)
			if err != nil || primal != dual || dual && math.Abs(best-found) > 0.01 {
				t.Fatalf("dual %v %v, primal %v %v, %v", dual, found, primal, best, err)
			}
			if !dual {
				break
			}
		}
	}
}

func value(s *Solver, goal map[int]float64) float64 {
	sum := 0.0
	for j, c := range goal {
		sum += c * s.Value(j)
	}
	return sum
}
