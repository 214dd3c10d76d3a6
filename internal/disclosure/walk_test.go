package disclosure

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// walkable is a walker that stands in the true world of what may be published of some people before any linear program has looked at it.
func walkable(t *testing.T, seed uint64) *walker {
	t.Helper()
	r := newRun(ask("r", 400, seed, 4), nil)
	s, err := newSpace(r.publications)
	must(t, err)
	must(t, s.tabulate(0, r.in))
	toss := coins{r.in.Secret, r.in.Release}
	s.primary(0, r.in.Policy, toss)
	must(t, s.enumerate())
	truth, err := s.people(r.in)
	must(t, err)
	w := newWalker(newProgram(s, s.rowsOf(0, toss, "cost"), seed), rand.New(rand.NewPCG(seed, 1)))
	w.stand(truth)
	return w
}

// wander raises atoms from wherever it stands, and reports how many reached the bound and whether it left the worlds that agree with all sums.
func wander(w *walker, bound int) (raised int, left bool) {
	for _, a := range w.random.Perm(len(w.people))[:200] {
		clear(w.least)
		if w.raise(a, bound, 1) {
			raised++
		}
		if slices.Min(w.people) < 0 || !w.space.agrees(w.rows, w.world()) {
			return raised, true
		}
	}
	return raised, false
}

func TestAWalkNeverLeavesTheWorldsThatAgree(t *testing.T) {
	t.Parallel()
	for seed := range uint64(5) {
		w := walkable(t, seed)
		raised, left := wander(w, usual().Bound())
		if left {
			t.Fatal("the walk left the worlds that agree with what is published")
		}
		if raised < 5 {
			t.Errorf("%d atoms of 200 were raised only", raised)
		}
	}
}

// The control: a walk that doesn't ask what its exchanges change is seen to leave.
func TestAWalkThatAsksNothingLeaves(t *testing.T) {
	t.Parallel()
	w := walkable(t, 1)
	rows := w.rows
	w.rows = make([]row, len(rows))
	for i := range w.rows {
		w.rows[i] = row{lower: -1, upper: 1}
	}
	for _, a := range w.random.Perm(len(w.people))[:50] {
		w.raise(a, usual().Bound(), 1)
	}
	if w.space.agrees(rows, w.world()) {
		t.Error("the walk changed no published sum: the test can't see a fault")
	}
}

// TestThoseWhoHaveToStayStay raises one atom after another in one world.
func TestThoseWhoHaveToStayStay(t *testing.T) {
	t.Parallel()
	w := walkable(t, 2)
	var kept []int
	for _, a := range w.random.Perm(len(w.people)) {
		if w.raise(a, usual().Bound(), 0) {
			kept = append(kept, a)
		}
		for _, b := range kept {
			if w.people[b] < usual().Bound() {
				t.Fatalf("atom %d fell to %d", b, w.people[b])
			}
		}
	}
	if len(kept) < 2 {
		t.Error("hardly any was raised: the test shows nothing")
	}
}
