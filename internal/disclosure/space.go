package disclosure

import (
	"fmt"
	"maps"
	"slices"
)

// mostAtoms is how many combinations are audited together. Beyond it a linear program would take minutes, and there are thousands.
const mostAtoms = 200_000

// space is everything that a release has to be audited with: the populations and dimensions of all publications that concern the same people,
// the atoms, and the tables that count them. The population is a dimension like any other, the first.
type space struct {
	populations []string
	dimensions  []Dimension
	sizes       []int // of the populations and of each dimension
	families    []*family
	structural  []region

	atoms []uint16 // the category of each dimension, atom by atom
	codes []int    // of each atom its number among all combinations, by which certificates name it
}

// family is one table of one publication: cells that divide the same people.
type family struct {
	publication int
	table       []string
	populations []bool
	dimensions  []int // places in space.sizes
	counts      []int // of each cell, or withheld
	observed    bool  // its cells are known to hold somebody, and are no table that is published
}

// withheld stands for a count that is not known.
const withheld = -1

// region is the atoms with certain categories.
type region struct {
	populations []bool
	at          map[int]uint16
}

// newSpace lays out publications that are audited together. The cells of the last one may lack counts.
func newSpace(publications []Publication) (*space, error) {
	s := &space{}
	for _, p := range publications {
		if err := s.addDimensions(p); err != nil {
			return nil, err
		}
	}
	if len(s.dimensions) >= 1<<15 || len(s.populations) >= 1<<15 {
		return nil, ErrTooLarge
	}
	s.sizes = []int{len(s.populations)}
	for _, d := range s.dimensions {
		s.sizes = append(s.sizes, len(d.Categories))
	}
	for i, p := range publications {
		if err := s.addTables(i, p); err != nil {
			return nil, err
		}
		for _, at := range p.Structural {
			r, err := s.region(p, at)
			if err != nil {
				return nil, err
			}
			s.structural = append(s.structural, r)
		}
	}
	return s, nil
}

// addDimensions joins the populations and dimensions of a publication to those of the others.
func (s *space) addDimensions(p Publication) error {
	for _, name := range p.Populations {
		if !slices.Contains(s.populations, name) {
			s.populations = append(s.populations, name)
		}
	}
	for _, d := range p.Dimensions {
		if err := d.check(); err != nil {
			return err
		}
		known := slices.IndexFunc(s.dimensions, func(other Dimension) bool { return other.Name == d.Name })
		if known < 0 {
			s.dimensions = append(s.dimensions, d)
			continue
		}
		if !slices.Equal(slices.Sorted(slices.Values(s.dimensions[known].Categories)), slices.Sorted(slices.Values(d.Categories))) {
			return fmt.Errorf("%w: the dimension %q has other categories in an earlier release about the same people; give it another name", ErrInput, d.Name)
		}
	}
	return nil
}

func (d Dimension) check() error {
	if len(d.Categories) == 0 {
		return fmt.Errorf("%w: the dimension %q has no categories", ErrInput, d.Name)
	}
	seen := map[string]bool{}
	for _, c := range d.Categories {
		if seen[c] {
			return fmt.Errorf("%w: the dimension %q has a category twice", ErrInput, d.Name)
		}
		seen[c] = true
	}
	if len(d.Categories) >= 1<<16 {
		return fmt.Errorf("%w: the dimension %q has %d categories", ErrTooLarge, d.Name, len(d.Categories))
	}
	return nil
}

// addTables adds the tables of a publication, and the counts of its cells.
func (s *space) addTables(publication int, p Publication) error {
	first := len(s.families)
	seen := map[string]bool{}
	for _, table := range append([][]string{{}}, p.Tables...) {
		f := &family{publication: publication, table: table, populations: s.members(p)}
		size := 1
		for _, name := range table {
			place := 1 + slices.IndexFunc(s.dimensions, func(d Dimension) bool { return d.Name == name })
			if !slices.ContainsFunc(p.Dimensions, func(d Dimension) bool { return d.Name == name }) {
				return fmt.Errorf("%w: the table %q has a dimension that is none: %q", ErrInput, table, name)
			}
			if slices.Contains(f.dimensions, place) {
				return fmt.Errorf("%w: the table %q has a dimension twice", ErrInput, table)
			}
			f.dimensions = append(f.dimensions, place)
			if size *= s.sizes[place]; size > 10*mostAtoms {
				return fmt.Errorf("%w: the table %q", ErrTooLarge, table)
			}
		}
		key := fmt.Sprint(slices.Sorted(slices.Values(f.dimensions)))
		if seen[key] {
			if len(table) == 0 {
				continue // the grand total is always there; naming it does no harm
			}
			return fmt.Errorf("%w: the table %q is there twice", ErrInput, table)
		}
		seen[key] = true
		f.counts = slices.Repeat([]int{withheld}, size)
		s.families = append(s.families, f)
	}
	if err := s.fill(s.families[first:], p); err != nil {
		return err
	}
	for _, d := range p.Dimensions {
		if d.Observed {
			place := 1 + slices.IndexFunc(s.dimensions, func(known Dimension) bool { return known.Name == d.Name })
			s.families = append(s.families, &family{
				publication: publication, table: []string{d.Name}, populations: s.members(p), dimensions: []int{place},
				counts: slices.Repeat([]int{withheld}, s.sizes[place]), observed: true,
			})
		}
	}
	return nil
}

// fill sets the counts of the tables of a publication.
func (s *space) fill(families []*family, p Publication) error {
	byTable := map[string]*family{}
	for _, f := range families {
		byTable[fmt.Sprint(slices.Sorted(slices.Values(f.table)))] = f
	}
	for _, cell := range p.Cells {
		f := byTable[fmt.Sprint(slices.Sorted(maps.Keys(cell.At)))]
		if f == nil {
			return fmt.Errorf("%w: a cell at %v is in no table", ErrInput, cell.At)
		}
		at, err := s.region(p, cell.At)
		if err != nil {
			return err
		}
		if cell.Count == nil {
			continue
		}
		if *cell.Count < 0 {
			return fmt.Errorf("%w: the count at %v is below zero", ErrInput, cell.At)
		}
		index := 0
		for _, d := range f.dimensions {
			index = index*s.sizes[d] + int(at.at[d])
		}
		if known := f.counts[index]; known != withheld && known != *cell.Count {
			return fmt.Errorf("%w: the cell at %v is there twice, with %d and with %d", ErrInconsistent, cell.At, known, *cell.Count)
		}
		f.counts[index] = *cell.Count
	}
	return nil
}

// members says of each population whether a publication counts it.
func (s *space) members(p Publication) []bool {
	in := make([]bool, len(s.populations))
	for _, name := range p.Populations {
		in[slices.Index(s.populations, name)] = true
	}
	return in
}

func (s *space) region(p Publication, at map[string]string) (region, error) {
	r := region{populations: s.members(p), at: map[int]uint16{}}
	for name, category := range at {
		place := slices.IndexFunc(s.dimensions, func(d Dimension) bool { return d.Name == name })
		if place < 0 {
			return region{}, fmt.Errorf("%w: there is no dimension %q", ErrInput, name)
		}
		c := slices.Index(s.dimensions[place].Categories, category)
		if c < 0 {
			return region{}, fmt.Errorf("%w: the dimension %q has no category %q", ErrInput, name, category)
		}
		r.at[place+1] = uint16(c)
	}
	return r, nil
}

// enumerate lists the atoms, without those that a cell with nobody in it or a structural zero empties.
func (s *space) enumerate() error {
	s.atoms, s.codes = nil, nil
	total := 1
	for _, size := range s.sizes {
		if total *= size; total > 1<<50 {
			return fmt.Errorf("%w: leave out dimensions, or join categories", ErrTooLarge)
		}
	}
	e := emptied{families: make([][]*family, len(s.sizes)), regions: make([][]region, len(s.sizes))}
	for _, f := range s.families {
		if slices.Contains(f.counts, 0) {
			last := slices.Max(append([]int{0}, f.dimensions...))
			e.families[last] = append(e.families[last], f)
		}
	}
	for _, r := range s.structural {
		last := slices.Max(append([]int{0}, slices.Collect(maps.Keys(r.at))...))
		e.regions[last] = append(e.regions[last], r)
	}
	return s.extend(make([]uint16, 0, len(s.sizes)), 0, e)
}

// emptied are the cells and regions without anybody, by the last dimension that they have.
type emptied struct {
	families [][]*family
	regions  [][]region
}

// extend lists the atoms that begin with certain categories.
func (s *space) extend(begin []uint16, code int, empty emptied) error {
	d := len(begin)
	if d == len(s.sizes) {
		if len(s.codes) == mostAtoms {
			return fmt.Errorf("%w: there are more than %d; leave out dimensions, or join categories", ErrTooLarge, mostAtoms)
		}
		s.atoms = append(s.atoms, begin...)
		s.codes = append(s.codes, code)
		return nil
	}
	for c := range s.sizes[d] {
		next := append(begin, uint16(c))
		if empty.holds(next, s.sizes) {
			continue
		}
		if err := s.extend(next, code*s.sizes[d]+c, empty); err != nil {
			return err
		}
	}
	return nil
}

// holds reports whether nobody can be in the atoms that begin with certain categories, for a reason that ends with the last of them.
func (e emptied) holds(begin []uint16, sizes []int) bool {
	for _, f := range e.families[len(begin)-1] {
		if cell := f.cell(begin, sizes); cell >= 0 && f.counts[cell] == 0 {
			return true
		}
	}
	return slices.ContainsFunc(e.regions[len(begin)-1], func(r region) bool { return r.holds(begin) })
}

// holds reports whether the atoms that begin with certain categories are all in the region. The region has no dimension beyond them.
func (r region) holds(begin []uint16) bool {
	if !r.populations[begin[0]] {
		return false
	}
	for d, c := range r.at {
		if begin[d] != c {
			return false
		}
	}
	return true
}

// at are the categories of a cell.
func (f *family) at(cell int, sizes []int) map[int]uint16 {
	at := map[int]uint16{}
	for _, d := range slices.Backward(f.dimensions) {
		at[d] = uint16(cell % sizes[d])
		cell /= sizes[d]
	}
	return at
}

// cell is the cell of a table in which an atom is counted, or -1.
func (f *family) cell(atom []uint16, sizes []int) int {
	if !f.populations[atom[0]] {
		return -1
	}
	cell := 0
	for _, d := range f.dimensions {
		cell = cell*sizes[d] + int(atom[d])
	}
	return cell
}

// atom are the categories of an atom.
func (s *space) atom(a int) []uint16 {
	n := len(s.sizes)
	return s.atoms[a*n : (a+1)*n]
}

// names are the categories of a cell as they are published.
func (s *space) names(f *family, cell int) map[string]string {
	at := map[string]string{}
	for d, c := range f.at(cell, s.sizes) {
		at[s.dimensions[d-1].Name] = s.dimensions[d-1].Categories[c]
	}
	return at
}

// together returns the publications of the ledger that concern the same people as a new one, directly or by way of others.
func together(populations []string, ledger []Publication) []Publication {
	reached := map[string]bool{}
	for _, p := range populations {
		reached[p] = true
	}
	in := make([]bool, len(ledger))
	for grown := true; grown; {
		grown = false
		for i, p := range ledger {
			if in[i] || !slices.ContainsFunc(p.Populations, func(name string) bool { return reached[name] }) {
				continue
			}
			in[i], grown = true, true
			for _, name := range p.Populations {
				reached[name] = true
			}
		}
	}
	var found []Publication
	for i, p := range ledger {
		if in[i] {
			found = append(found, p)
		}
	}
	return found
}
