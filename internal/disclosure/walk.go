package disclosure

import (
	"maps"
	"math"
	"math/rand/v2"
	"slices"
)

const (
	walkDetours = 12        // how many places are tried to bring people to, so that they can be exchanged from there
	walkMisses  = 20        // after how many atoms that could not be raised beside others a world is taken as it is
	walkSquares = 5_000_000 // after how many squares it is given up to bring people to an atom; with few categories none looks at so many

	mostNumbers = 1 << 22 // of which a table is kept, of 16 MB
)

// walker goes from one world of P to others, by exchanges that change no published sum, so that it never leaves the whole numbers. (A search
// for whole numbers around the points of a linear program of some hundred sums mostly finds none.)
//
// People exchange the categories of two dimensions: of two pairs of atoms that differ in the same two dimensions, one person in each atom
// goes to the other corner of the square. A single square changes the sums by both dimensions together alone, and two opposite ones change
// none; so with tables of up to two dimensions there is mostly a way. Whatever is published, an exchange is taken only where no sum changes.
type walker struct {
	space   *space
	rows    []row
	member  [][]int32 // of each atom the rows that count it
	strides []int     // by how much the number of an atom changes with the category of each dimension
	places  []int32   // of the atoms by their numbers, -1 where nobody can be; nil where there are too many numbers
	most    int       // squares that an atom can have
	random  *rand.Rand

	people   []int // of the world at hand
	least    []int // how many have to stay in each atom
	sums     []int // of the rows
	occupied []int // the atoms that hold people, and some that did

	left    int     // squares that may still be looked at
	effect  []int   // of the exchange that is looked at, on the rows
	touched []int32 // the rows on which it has one
}

// step is how many people more an exchange brings to an atom.
type step struct{ atom, more int }

// newWalker returns a walker of the worlds of a program.
func newWalker(p *program, random *rand.Rand) *walker {
	n := p.Columns()
	w := &walker{
		space: p.space, rows: p.rows, member: make([][]int32, n), strides: make([]int, len(p.space.sizes)), random: random,
		people: make([]int, n), least: make([]int, n), sums: make([]int, len(p.rows)), effect: make([]int, len(p.rows)),
	}
	for a := range n {
		w.member[a] = p.Rows(a)
	}
	numbers := 1
	for d, size := range slices.Backward(p.space.sizes) {
		w.strides[d] = numbers
		numbers *= size
		for _, other := range p.space.sizes[:d] {
			w.most += (size - 1) * (other - 1)
		}
	}
	if numbers <= mostNumbers {
		w.places = slices.Repeat([]int32{-1}, numbers)
		for a, code := range p.space.codes {
			w.places[code] = int32(a)
		}
	}
	return w
}

// place is that of the atom with a number, or -1.
func (w *walker) place(number int) int {
	if w.places != nil {
		return int(w.places[number])
	}
	if a, possible := slices.BinarySearch(w.space.codes, number); possible {
		return a
	}
	return -1
}

// stand goes to a world, in which nobody has to stay where they are.
func (w *walker) stand(at world) {
	clear(w.people)
	clear(w.least)
	clear(w.sums)
	w.occupied = w.occupied[:0]
	for _, a := range slices.Sorted(maps.Keys(at)) {
		w.put(a, at[a])
	}
}

// put brings people to an atom.
func (w *walker) put(a, more int) {
	if w.people[a] == 0 {
		w.occupied = append(w.occupied, a)
	}
	w.people[a] += more
	for _, r := range w.member[a] {
		w.sums[r] += more
	}
}

// world is that at hand.
func (w *walker) world() world {
	found := world{}
	for a, people := range w.people {
		if people > 0 {
			found[a] = people
		}
	}
	return found
}

// spare is how many people may leave an atom.
func (w *walker) spare(a int) int { return w.people[a] - w.least[a] }

// beside is the atom with another category in one dimension, or -1 where nobody can be there.
func (w *walker) beside(a, dimension, category int) int {
	if a < 0 {
		return -1
	}
	return w.place(w.space.codes[a] + (category-int(w.space.atom(a)[dimension]))*w.strides[dimension])
}

// raise takes an atom to a number of people and lets them stay there. Where an exchange lacks people they are brought there by others first, so
// many deep. Where it reports false the world at hand has changed all the same.
func (w *walker) raise(a, to, depth int) bool {
	for w.people[a] < to {
		w.left = walkSquares
		if !w.lift(a, to-w.people[a], depth) {
			return false
		}
	}
	w.least[a] = to
	return true
}

// square is the atom that people are brought to, the two that they come from and the one across, to which the others go.
type square struct {
	d, e, i, j           int // the dimensions, and the categories that the atom does not have
	atom, one, other, to int
}

// squareAt is the square of an atom with the atom that has other categories in two dimensions; false where it has an atom that nobody can be in.
func (w *walker) squareAt(a, d, e, i, j int) (square, bool) {
	s := square{d, e, i, j, a, w.beside(a, d, i), w.beside(a, e, j), -1}
	s.to = w.beside(s.one, e, j)
	return s, s.one >= 0 && s.other >= 0 && s.to >= 0
}

// lift brings one person or more to an atom, at most so many.
func (w *walker) lift(a, most, depth int) bool {
	if w.left < 0 {
		return false
	}
	squares := w.squares(a)
	w.left -= len(squares)
	for _, s := range squares {
		if w.lacks(s) == 0 && w.exchange(s, most) {
			return true
		}
	}
	if depth == 0 {
		return false
	}
	stay := w.least[a]
	w.least[a] = w.people[a]
	defer func() { w.least[a] = stay }()
	for lacking := 1; lacking <= 2; lacking++ {
		detours := 0
		for _, s := range squares {
			if detours == walkDetours {
				break
			}
			if w.lacks(s) != lacking {
				continue
			}
			if detours++; w.supply(s.one, s.other, depth-1) && w.exchange(s, most) {
				return true
			}
		}
	}
	return false
}

// lacks is how many of the two atoms that people would come from have nobody who may leave.
func (w *walker) lacks(s square) int {
	n := 0
	if w.spare(s.one) < 1 {
		n++
	}
	if w.spare(s.other) < 1 {
		n++
	}
	return n
}

// squares are those of an atom, in an order drawn by lot.
func (w *walker) squares(a int) []square {
	all := make([]square, 0, w.most)
	at := w.space.atom(a)
	for d := range w.strides {
		for e := range d {
			for i := range w.space.sizes[d] {
				for j := range w.space.sizes[e] {
					if i == int(at[d]) || j == int(at[e]) {
						continue
					}
					if s, ok := w.squareAt(a, d, e, i, j); ok {
						all = append(all, s)
					}
				}
			}
		}
	}
	w.random.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	return all
}

// supply sees to it that two atoms have a person each who may leave.
func (w *walker) supply(one, other, depth int) bool {
	if w.spare(one) < 1 && !w.lift(one, 1, depth) {
		return false
	}
	w.least[one]++
	ok := w.spare(other) >= 1 || w.lift(other, 1, depth)
	w.least[one]--
	return ok
}

// exchange makes the exchange of a square as often as it can, at most so often: alone, or with the opposite one in another place.
func (w *walker) exchange(s square, most int) bool {
	steps := append(make([]step, 0, 8), step{s.atom, 1}, step{s.one, -1}, step{s.other, -1}, step{s.to, 1})
	if w.take(steps, most) {
		return true
	}
	at := w.space.atom(s.atom)
	start := w.random.IntN(len(w.occupied))
	for k := range w.occupied {
		b := w.occupied[(start+k)%len(w.occupied)]
		if there := w.space.atom(b); b == s.atom || there[s.d] != at[s.d] || there[s.e] != at[s.e] || w.spare(b) < 1 {
			continue
		}
		if t, ok := w.squareAt(b, s.d, s.e, s.i, s.j); ok && w.spare(t.to) > 0 &&
			w.take(append(steps, step{t.atom, -1}, step{t.one, 1}, step{t.other, 1}, step{t.to, -1}), most) {
			return true
		}
	}
	return false
}

// take makes an exchange as often as it can, at most so often, and reports whether it could at all.
func (w *walker) take(steps []step, most int) bool {
	times := w.times(steps, most)
	if times < 1 {
		return false
	}
	for _, s := range steps {
		w.put(s.atom, s.more*times)
	}
	return true
}

// times is how often an exchange can be made: never where it changes a sum that is known.
func (w *walker) times(steps []step, most int) int {
	w.touched = w.touched[:0]
	for _, s := range steps {
		if s.more < 0 {
			most = min(most, w.spare(s.atom))
		}
		for _, r := range w.member[s.atom] {
			w.effect[r] += s.more
			w.touched = append(w.touched, r)
		}
	}
	for _, r := range w.touched {
		more := w.effect[r]
		w.effect[r] = 0
		if more == 0 {
			continue
		}
		if known := w.rows[r]; known.lower == known.upper {
			most = 0
		} else if more < 0 && !math.IsInf(known.lower, -1) {
			most = min(most, (w.sums[r]-int(known.lower))/-more)
		}
	}
	return most
}
