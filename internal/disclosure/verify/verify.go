// Package verify checks the certificate of a release exactly. It shares no code with the engine that made it, reads the certificate with types
// of its own and reckons with whole numbers and fractions of any size, so that one sitting is enough to be sure of it.
//
// What it checks: every world of the certificate agrees with every published cell; and every combination of categories reaches the bound in
// one of the worlds, or is empty in all worlds there are. The second is so where a published cell with nobody in it or a structural zero
// holds the combination, or where a sum of cells proves it: the cells, each times a fraction, sum to less than 1 and count every combination
// 0 times or more, so that one which they count once or more has less than one person.
//
// Such a certificate may be one that is made from what is published alone, or one whose worlds lie near to that of the people and which is kept
// under seal; it proves the same. A certificate that covers occupied combinations only has the true people as well. They have to agree with every published cell, and every
// combination that holds some of them has to reach the bound, among them or in one of the worlds. With that nobody can prove any group with
// somebody in it to be smaller than the bound. What this package does not check of such a certificate is that combinations which hold nobody
// are empty in all worlds or reach the bound as well: that rests on the linear bounds of the engine.
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
	Whole        bool          // every combination is covered; else those alone that have people
	Shown        bool          // it is made from what is published alone, and may be shown to anybody
	Atoms        int           // combinations of categories
	Covered      int           // of them those that had to be covered; where they are not all this tells something of the people
	Witnesses    int           // worlds by which they were seen to reach the bound; as before
	Zeros        int           // combinations that are proved to be empty in all worlds
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
	Format     string `json:"format"`
	Covers     string `json:"covers"`
	MayBeShown bool   `json:"may_be_shown"`
	Notice     string `json:"notice"`
	Statement  string `json:"statement"`
	Policy     struct {
		K         int      `json:"k"`
		Coalition int      `json:"coalition"`
		Extra     float64  `json:"extra"`
		Open      []string `json:"open"`
		Whole     int      `json:"whole"`
		Sealed    int      `json:"sealed"`
	} `json:"policy"`
	Bound        int           `json:"bound"`
	Publications []Publication `json:"publications"`
	Populations  []string      `json:"populations"`
	Dimensions   []Dimension   `json:"dimensions"`
	People       []int64       `json:"people"`
	Worlds       [][]int64     `json:"worlds"`
	Salt         []byte        `json:"salt"`
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
	whole   bool    // every atom has to be covered
}

// saltSize is how many random bytes a certificate with the people in it has at least: twice as many as a SHA-256 digest.
const saltSize = 64

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
	for _, check := range []func() error{c.form, c.kind, c.gather, c.worlds, c.zeros, c.rule} {
		if err := check(); err != nil {
			return Statement{}, fmt.Errorf("%w: %w", ErrRefused, err)
		}
	}
	s := Statement{Bound: c.Bound, Whole: c.whole, Shown: c.Covers == "" || c.MayBeShown, Atoms: c.total, Covered: c.total, Witnesses: len(c.Worlds), Publications: c.Publications}
	if !c.whole {
		s.Covered = len(c.People) / 2
	}
	for _, e := range c.empty {
		if e {
			s.Zeros++
		}
	}
	return s, nil
}

// form checks what a certificate has to be before it means anything: all people and all categories of its publications are in its atoms.
func (c *checker) form() error {
	if c.Policy.K < 2 || c.Policy.Coalition < 0 || c.Bound != c.Policy.K+c.Policy.Coalition {
		return errors.New("its bound is not k and the coalition")
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

// kind finds out what the certificate has to cover. The first form of certificates, which named no kind, covered everything.
func (c *checker) kind() error {
	switch {
	case c.Format == "songtor-disclosure-certificate/1" && c.Covers == "", c.Format == "songtor-disclosure-certificate/2" && c.Covers == "all" && c.MayBeShown:
		c.whole = true
		if c.People != nil || c.Salt != nil {
			return errors.New("it may be shown to anybody, and has the people in it")
		}
	case c.Format == "songtor-disclosure-certificate/2" && (c.Covers == "occupied" || c.Covers == "sealed") && !c.MayBeShown:
		c.whole = c.Covers == "sealed"
		if c.whole && c.People != nil {
			return errors.New("it covers everything, and names the people apart")
		}
		if len(c.Salt) < saltSize {
			return fmt.Errorf("its digest could be found by trying all people: its salt has %d bytes, which have to be %d", len(c.Salt), saltSize)
		}
	default:
		return errors.New("it is of another form")
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

// worlds checks that every world agrees with every fact, the people among them, and marks the atoms that reach the bound.
func (c *checker) worlds() error {
	if !c.whole {
		if err := c.world("the people", c.People); err != nil {
			return err
		}
	}
	for n, world := range c.Worlds {
		if err := c.world(fmt.Sprintf("world %d", n+1), world); err != nil {
			return err
		}
	}
	return nil
}

func (c *checker) world(name string, world []int64) error {
	sums := make([]*big.Int, len(c.facts))
	for i := range sums {
		sums[i] = new(big.Int)
	}
	if len(world)%2 != 0 {
		return fmt.Errorf("%s: the list is cut off", name)
	}
	for i := 0; i < len(world); i += 2 {
		a, people := world[i], world[i+1]
		if a < 0 || a >= int64(c.total) || people < 0 || i > 0 && a <= world[i-2] {
			return fmt.Errorf("%s: there is an atom that is none, or twice, or fewer than nobody in it", name)
		}
		if c.empty[a] && people > 0 {
			return fmt.Errorf("%s: there is somebody where nobody can be", name)
		}
		for _, f := range c.inside[a] {
			sums[f].Add(sums[f], big.NewInt(people))
		}
		c.reached[a] = c.reached[a] || people >= int64(c.Bound)
	}
	for i, f := range c.facts {
		if order := sums[i].Cmp(f.count); order < 0 || order > 0 && !f.atLeast {
			return fmt.Errorf("%s: there are %v people at %v, where %v were published", name, sums[i], f.at, f.count)
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

// rule checks that every atom that has to be covered reaches the bound or is empty.
func (c *checker) rule() error {
	for a := range c.total {
		if c.whole && !c.reached[a] && !c.empty[a] {
			return fmt.Errorf("atom %d neither reaches the bound of %d in a world nor is proved to be empty", a, c.Bound)
		}
	}
	for i := 0; i < len(c.People); i += 2 {
		if a := c.People[i]; c.People[i+1] > 0 && !c.reached[a] {
			return fmt.Errorf("an atom that has people doesn't reach the bound of %d in a world", c.Bound) // which one is not to be told
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
