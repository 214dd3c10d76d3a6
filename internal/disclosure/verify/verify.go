// Package verify checks the certificate of a release exactly. It shares no code with the engine that made it, reads the certificate with types
// of its own and reckons with whole numbers and fractions of any size, so that one sitting is enough to be sure of it.
//
// What it checks: every world of the certificate agrees with every published cell; and every combination of categories reaches the bound in
// one of the worlds, or is empty in all worlds there are. The second is so where a published cell with nobody in it or a structural zero
// holds the combination, or where a sum of cells proves it: the cells, each times a fraction, sum to less than 1 and count every combination
// 0 times or more, so that one which they count once or more has less than one person.
package verify

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"slices"
)

// ErrRefused is in every error of Certificate: what is published is not proved to be safe.
var ErrRefused = errors.New("the certificate does not hold")

// Statement is what a certificate that holds has proved.
type Statement struct {
	Bound        int           // no group of people can be proved to have fewer, unless it is empty
	Atoms        int           // combinations of categories
	Witnesses    int           // worlds by which they were seen to reach the bound
	Zeros        int           // combinations that are empty in all worlds
	Publications []Publication // what was published, as the certificate has it
}

// Publication is what one release says.
type Publication struct {
	Release     string              `json:"release"`
	Populations []string            `json:"populations"`
	Dimensions  []Dimension         `json:"dimensions"`
	Tables      [][]string          `json:"tables"`
	Cells       []Cell              `json:"cells"`
	Structural  []map[string]string `json:"structural"`
}

// Dimension has the categories of one question.
type Dimension struct {
	Name       string   `json:"name"`
	Categories []string `json:"categories"`
	Observed   bool     `json:"observed"` // that a category is there says that somebody is in it
}

// Cell is a count, or none where it is withheld.
type Cell struct {
	At    map[string]string `json:"at"`
	Count *int64            `json:"count"`
}

type certificate struct {
	Format    string `json:"format"`
	Statement string `json:"statement"`
	Policy    struct {
		K         int      `json:"k"`
		Coalition int      `json:"coalition"`
		Extra     float64  `json:"extra"`
		Open      []string `json:"open"`
	} `json:"policy"`
	Bound        int           `json:"bound"`
	Publications []Publication `json:"publications"`
	Populations  []string      `json:"populations"`
	Dimensions   []Dimension   `json:"dimensions"`
	Worlds       [][]int64     `json:"worlds"`
	Zeros        []struct {
		Terms []struct {
			Publication int               `json:"publication"`
			At          map[string]string `json:"at"`
			Observed    bool              `json:"observed"`
			Times       string            `json:"times"`
		} `json:"terms"`
	} `json:"zeros"`
}

// fact is something that is known of the people in a region: how many they are, or at least how many.
type fact struct {
	publication int
	at          map[string]string
	count       *big.Int
	atLeast     bool
}

// checker is a certificate under examination.
type checker struct {
	certificate
	total   int
	facts   []fact
	inside  [][]int // of each atom the facts whose region holds it
	empty   []bool  // of each atom: nobody is in it
	reached []bool  // of each atom: it reaches the bound in a world
}

// Certificate checks that a certificate proves the rule with the bound that it names for all that is published in it.
func Certificate(file []byte) (Statement, error) {
	var c checker
	decoder := json.NewDecoder(bytes.NewReader(file))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&c.certificate); err != nil {
		return Statement{}, fmt.Errorf("%w: it can't be read: %w", ErrRefused, err)
	}
	if decoder.More() {
		return Statement{}, fmt.Errorf("%w: there is more in the file than a certificate", ErrRefused)
	}
	for _, check := range []func() error{c.form, c.gather, c.worlds, c.zeros, c.rule} {
		if err := check(); err != nil {
			return Statement{}, fmt.Errorf("%w: %w", ErrRefused, err)
		}
	}
	s := Statement{Bound: c.Bound, Atoms: c.total, Witnesses: len(c.Worlds), Publications: c.Publications}
	for _, e := range c.empty {
		if e {
			s.Zeros++
		}
	}
	return s, nil
}

// form checks what a certificate has to be before it means anything: all people and all categories of its publications are in its atoms.
func (c *checker) form() error {
	if c.Format != "songtor-disclosure-certificate/1" || c.Policy.K < 2 || c.Policy.Coalition < 0 || c.Bound != c.Policy.K+c.Policy.Coalition {
		return errors.New("it is of another form, or its bound is not k and the coalition")
	}
	if len(c.Publications) == 0 || len(c.Populations) == 0 {
		return errors.New("it is about nothing")
	}
	c.total = len(c.Populations)
	seen := map[string]bool{}
	for _, d := range c.Dimensions {
		if seen[d.Name] || len(d.Categories) == 0 || twice(d.Categories) {
			return fmt.Errorf("the dimension %q is there twice, or has no categories or one of them twice", d.Name)
		}
		seen[d.Name] = true
		if c.total *= len(d.Categories); c.total > 1<<26 {
			return errors.New("there are too many combinations")
		}
	}
	for _, p := range c.Publications {
		if len(p.Populations) == 0 || twice(p.Populations) || twice(c.Populations) || slices.ContainsFunc(p.Populations, func(name string) bool { return !slices.Contains(c.Populations, name) }) {
			return fmt.Errorf("the release %q has a population that is not in it", p.Release)
		}
		for _, d := range p.Dimensions {
			if !slices.ContainsFunc(c.Dimensions, func(known Dimension) bool { return known.Name == d.Name && sameSet(known.Categories, d.Categories) }) {
				return fmt.Errorf("the dimension %q of the release %q is not in it", d.Name, p.Release)
			}
		}
	}
	return nil
}

// gather lists the facts and finds the atoms that each is about.
func (c *checker) gather() error {
	c.inside, c.empty, c.reached = make([][]int, c.total), make([]bool, c.total), make([]bool, c.total)
	for i, p := range c.Publications {
		for _, cell := range p.Cells {
			if cell.Count != nil {
				if *cell.Count < 0 {
					return fmt.Errorf("the count at %v is below zero", cell.At)
				}
				c.facts = append(c.facts, fact{i, cell.At, big.NewInt(*cell.Count), false})
			}
		}
		for _, d := range p.Dimensions {
			for _, category := range d.Categories {
				if d.Observed {
					c.facts = append(c.facts, fact{i, map[string]string{d.Name: category}, big.NewInt(1), true})
				}
			}
		}
		for _, at := range p.Structural {
			if err := c.each(i, at, func(a int) { c.empty[a] = true }); err != nil {
				return err
			}
		}
	}
	for n, f := range c.facts {
		nobody := !f.atLeast && f.count.Sign() == 0
		err := c.each(f.publication, f.at, func(a int) {
			c.inside[a] = append(c.inside[a], n)
			c.empty[a] = c.empty[a] || nobody
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// each calls a function for every atom with certain categories among the populations of a publication.
func (c *checker) each(publication int, at map[string]string, do func(a int)) error {
	p := c.Publications[publication]
	atoms := []int{}
	for i, name := range c.Populations {
		if slices.Contains(p.Populations, name) {
			atoms = append(atoms, i)
		}
	}
	known := 0
	for _, d := range c.Dimensions {
		wanted, fixed := at[d.Name]
		var next []int
		for _, a := range atoms {
			for i, category := range d.Categories {
				if !fixed || category == wanted {
					next = append(next, a*len(d.Categories)+i)
				}
			}
		}
		if atoms = next; fixed {
			known++
		}
	}
	if known != len(at) || len(atoms) == 0 {
		return fmt.Errorf("there is no cell at %v", at)
	}
	for _, a := range atoms {
		do(a)
	}
	return nil
}

// worlds checks that every world agrees with every fact, and marks the atoms that reach the bound.
func (c *checker) worlds() error {
	for n, world := range c.Worlds {
		sums := make([]*big.Int, len(c.facts))
		for i := range sums {
			sums[i] = new(big.Int)
		}
		if len(world)%2 != 0 {
			return fmt.Errorf("world %d is cut off", n+1)
		}
		for i := 0; i < len(world); i += 2 {
			a, people := world[i], world[i+1]
			if a < 0 || a >= int64(c.total) || people < 0 || i > 0 && a <= world[i-2] {
				return fmt.Errorf("world %d has an atom that is none, or twice, or fewer than nobody in it", n+1)
			}
			if c.empty[a] && people > 0 {
				return fmt.Errorf("world %d has people where nobody can be", n+1)
			}
			for _, f := range c.inside[a] {
				sums[f].Add(sums[f], big.NewInt(people))
			}
			c.reached[a] = c.reached[a] || people >= int64(c.Bound)
		}
		for i, f := range c.facts {
			if order := sums[i].Cmp(f.count); order < 0 || order > 0 && !f.atLeast {
				return fmt.Errorf("world %d has %v people at %v, where %v were published", n+1, sums[i], f.at, f.count)
			}
		}
	}
	return nil
}

// zeros checks the proofs that atoms are empty, and marks those that are.
func (c *checker) zeros() error {
	for n, z := range c.Zeros {
		times := make([]*big.Rat, len(c.facts))
		below := new(big.Rat)
		for _, t := range z.Terms {
			f := slices.IndexFunc(c.facts, func(f fact) bool {
				return f.publication == t.Publication && f.atLeast == t.Observed && same(f.at, t.At)
			})
			factor, ok := new(big.Rat).SetString(t.Times)
			if f < 0 || !ok || times[f] != nil || c.facts[f].atLeast && factor.Sign() > 0 {
				return fmt.Errorf("proof %d has a term that is no fact", n+1)
			}
			times[f] = factor
			below.Add(below, new(big.Rat).Mul(factor, new(big.Rat).SetInt(c.facts[f].count)))
		}
		if below.Cmp(big.NewRat(1, 1)) >= 0 {
			return fmt.Errorf("proof %d proves nothing: its sum is %v", n+1, below)
		}
		for a := range c.total {
			if c.empty[a] {
				continue
			}
			counted := new(big.Rat)
			for _, f := range c.inside[a] {
				if times[f] != nil {
					counted.Add(counted, times[f])
				}
			}
			if counted.Sign() < 0 {
				return fmt.Errorf("proof %d counts atom %d less than 0 times", n+1, a)
			}
			c.empty[a] = counted.Cmp(big.NewRat(1, 1)) >= 0
		}
	}
	return nil
}

// rule checks that every atom reaches the bound or is empty.
func (c *checker) rule() error {
	for a := range c.total {
		if !c.reached[a] && !c.empty[a] {
			return fmt.Errorf("atom %d neither reaches the bound of %d in a world nor is proved to be empty", a, c.Bound)
		}
	}
	return nil
}

func twice(names []string) bool {
	seen := map[string]bool{}
	for _, n := range names {
		if seen[n] {
			return true
		}
		seen[n] = true
	}
	return false
}

func sameSet(a, b []string) bool {
	return len(a) == len(b) && !twice(a) && !twice(b) && !slices.ContainsFunc(a, func(s string) bool { return !slices.Contains(b, s) })
}

func same(a, b map[string]string) bool {
	if len(a) != len(b) {
		return false
	}
	for k, v := range a {
		if other, ok := b[k]; !ok || other != v {
			return false
		}
	}
	return true
}
