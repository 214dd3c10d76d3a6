package disclosure

import (
	"fmt"
	"maps"
	"slices"
)

// tabulate counts the records of the new publication in its tables.
func (s *space) tabulate(publication int, in Input) error {
	places := make([]int, len(in.Dimensions))
	index := make([]map[string]uint16, len(in.Dimensions))
	for i, d := range in.Dimensions {
		places[i] = 1 + slices.IndexFunc(s.dimensions, func(known Dimension) bool { return known.Name == d.Name })
		index[i] = map[string]uint16{}
		for c, name := range s.dimensions[places[i]-1].Categories {
			index[i][name] = uint16(c)
		}
	}
	families := s.of(publication)
	for _, f := range families {
		clear(f.counts)
	}
	atom := make([]uint16, len(s.sizes))
	for _, population := range in.Populations {
		atom[0] = uint16(slices.Index(s.populations, population.Name))
		for n, record := range population.Records {
			if len(record) != len(in.Dimensions) {
				return fmt.Errorf("%w: record %d has %d categories for %d dimensions", ErrInput, n+1, len(record), len(in.Dimensions))
			}
			for i, category := range record {
				c, ok := index[i][category]
				if !ok {
					return fmt.Errorf("%w: record %d has a category of %q that is in no list", ErrInput, n+1, in.Dimensions[i].Name)
				}
				atom[places[i]] = c
			}
			if slices.ContainsFunc(s.structural, func(r region) bool { return r.holds(atom) }) {
				return fmt.Errorf("%w: record %d is where by structure nobody can be", ErrInput, n+1)
			}
			for _, f := range families {
				f.counts[f.cell(atom, s.sizes)]++
			}
		}
	}
	return nil
}

// of are the tables of a publication.
func (s *space) of(publication int) []*family {
	var found []*family
	for _, f := range s.families {
		if f.publication == publication && !f.observed {
			found = append(found, f)
		}
	}
	return found
}

// primary withholds what may not be published whatever else is: small cells, zeros, cells that hold everybody of a published margin, and
// the cells on which the coin falls. It returns the true counts of the tables.
func (s *space) primary(publication int, policy Policy, toss coins) map[*family][]int {
	truth := map[*family][]int{}
	families := s.of(publication)
	for _, f := range families {
		truth[f] = slices.Clone(f.counts)
		for cell, n := range f.counts {
			at := s.names(f, cell)
			switch {
			case n == 0:
				if !s.mayBeEmpty(f, cell, policy) {
					f.counts[cell] = withheld
				}
			case n < policy.K, len(f.table) > 0 && toss.draw("extra", at) < policy.Extra:
				f.counts[cell] = withheld
			}
		}
	}
	slices.SortStableFunc(families, func(a, b *family) int { return len(a.table) - len(b.table) }) // margins before what they are margins of
	for _, f := range families {
		for _, margin := range families {
			s.withholdAllOf(f, margin, truth[f])
		}
	}
	return truth
}

// mayBeEmpty reports whether a zero may be published: it is known to everybody, or tells nothing of anybody that may not be known.
func (s *space) mayBeEmpty(f *family, cell int, policy Policy) bool {
	if len(f.table) > 0 && !slices.ContainsFunc(f.table, func(name string) bool { return !slices.Contains(policy.Open, name) }) {
		return true
	}
	at := f.at(cell, s.sizes)
	return slices.ContainsFunc(s.structural, func(r region) bool {
		for d, c := range r.at {
			if known, ok := at[d]; !ok || known != c {
				return false
			}
		}
		return !slices.ContainsFunc(indices(f.populations), func(p int) bool { return !r.populations[p] })
	})
}

func indices(in []bool) []int {
	var found []int
	for i, b := range in {
		if b {
			found = append(found, i)
		}
	}
	return found
}

// withholdAllOf withholds the cells that hold everybody of a published margin: they would tell a category of all these people. Cells whose
// dimensions beyond the margin's all have one category tell nothing.
func (s *space) withholdAllOf(f, margin *family, truth []int) {
	if len(margin.table) >= len(f.table) || slices.ContainsFunc(margin.dimensions, func(d int) bool { return !slices.Contains(f.dimensions, d) }) {
		return
	}
	divides := slices.ContainsFunc(f.dimensions, func(d int) bool { return !slices.Contains(margin.dimensions, d) && s.sizes[d] > 1 })
	if !divides {
		return
	}
	for cell, n := range truth {
		at := f.at(cell, s.sizes)
		maps.DeleteFunc(at, func(d int, _ uint16) bool { return !slices.Contains(margin.dimensions, d) })
		index := 0
		for _, d := range margin.dimensions {
			index = index*s.sizes[d] + int(at[d])
		}
		if n > 0 && margin.counts[index] == n {
			f.counts[cell] = withheld
		}
	}
}
