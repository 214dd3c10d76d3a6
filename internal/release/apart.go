package release

import (
	"fmt"
	"slices"
	"strings"

	"songtor/projections/statistics"
)

// Apart names two numbers of which one may be subtracted from the other, since whoever is in the one was in the other before. The tables of a
// universe are audited together and those of two universes are not, so that the later of them is withheld where the difference would be a small group.
type Apart struct {
	Of     People `json:"of"`
	But    People `json:"but"`
	Close  bool   `json:"close,omitempty"` // most are in both on one day
	Reason string `json:"reason"`
}

// People are those of a universe who have one of some categories of a dimension; all of it where no dimension is named.
type People struct {
	Universe   string   `json:"universe"`
	Dimension  string   `json:"dimension,omitempty"`
	Categories []string `json:"categories,omitempty"`
}

// String names the people by their universe, and by their categories in it.
func (p People) String() string {
	if p.Dimension == "" {
		return p.Universe
	}
	return p.Universe + " (" + strings.Join(p.Categories, ", ") + ")"
}

// other is the universe that the rule sets apart from one.
func (a Apart) other(universe string) string {
	if a.Of.Universe == universe {
		return a.But.Universe
	}
	return a.Of.Universe
}

func (a Apart) check(universe string, before []UniverseRules) error {
	for _, p := range []People{a.Of, a.But} {
		known := dimensions[p.Dimension]
		if (p.Dimension == "") != (p.Categories == nil) || slices.ContainsFunc(p.Categories, func(c string) bool { return !slices.Contains(known, c) }) {
			return fmt.Errorf("%s has no dimension %q with the categories %q", p.Universe, p.Dimension, p.Categories)
		}
	}
	earlier := func(u UniverseRules) bool { return u.ID == a.other(universe) }
	if a.Of.Universe != universe && a.But.Universe != universe || !slices.ContainsFunc(before, earlier) {
		return fmt.Errorf("%s is set apart from a universe that comes before it", universe)
	}
	return nil
}

// usuallyApart are the numbers of a universe and of those before it that the usual rules set apart.
func usuallyApart(universe string, before []UniverseRules) []Apart {
	var all []Apart
	for _, u := range Usual().Universes {
		for _, a := range u.Apart {
			if a.check(universe, before) == nil {
				all = append(all, a)
			}
		}
	}
	return all
}

// small reports whether a universe would tell, beside another that is told, how few people the one number leaves of the other.
//
// What is told is the difference of the two: those who are left, less those who are in the second alone since they were in the first in an
// earlier period. Nobody knows how many these are, unless the first period is counted, which has none. Where most are in both on one day everybody
// expects them to be few, so that only as many as the bound hide the others, and that nobody is left tells of everybody.
func (b *builder) small(a Apart) bool {
	left, carried := 0, 0
	for i := range b.in.People {
		of, but := b.among(a.Of, &b.in.People[i]), b.among(a.But, &b.in.People[i])
		switch {
		case of && !but:
			left++
		case but && !of:
			carried++
		}
	}
	bound := b.in.Rules.Policy().Bound()
	if a.Close {
		return left < bound && carried < bound
	}
	return left > 0 && left < bound && carried == 0
}

// among reports whether somebody is one of some people in the period.
func (b *builder) among(these People, p *statistics.Person) bool {
	r, in := b.counts(these.Universe, p)
	return in && (these.Dimension == "" || slices.Contains(these.Categories, r[these.Dimension]))
}

// counts is what is counted of somebody in a universe, and false where the person is not in it.
func (b *builder) counts(universe string, p *statistics.Person) (record, bool) {
	r, in := universes[universe](p, b.in.Period)
	return r, in && b.onTime(universe, p)
}
