package disclosure

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
)

// certificateFormat names the form of a certificate, so that a reader knows what it reads.
const certificateFormat = "songtor-disclosure-certificate/2"

// certificate is the proof as it is written down. Package verify reads it with types of its own.
type certificate struct {
	Format       string        `json:"format"`
	Covers       string        `json:"covers"` // CoversAll, CoversSealed or CoversOccupied
	MayBeShown   bool          `json:"may_be_shown"`
	Notice       string        `json:"notice"`
	Statement    string        `json:"statement"`
	Policy       Policy        `json:"policy"`
	Bound        int           `json:"bound"`
	Publications []Publication `json:"publications"` // all that concern the same people, the new one last

	// Populations and Dimensions say how atoms are numbered: the last dimension changes fastest.
	Populations []string    `json:"populations"`
	Dimensions  []Dimension `json:"dimensions"`

	People []int   `json:"people,omitempty"` // the true world, where the worlds are for atoms that have people
	Worlds [][]int `json:"worlds"`           // each: the number of an atom, how many people, and so on; nobody elsewhere
	Zeros  []zero  `json:"zeros,omitempty"`

	// Salt are random bytes in a certificate that is not to be shown, twice as many as its digest has. Of any people whatever some salt leads
	// to the digest, so that nobody can find the true ones by trying all, with whatever time.
	Salt []byte `json:"salt,omitempty"`
}

const saltSize = 64

// zero is a sum of cells that is below 1 and counts every atom 0 times or more: those that it counts once or more are empty.
type zero struct {
	Terms []term `json:"terms"`
}

// term is a cell of a publication times a fraction; or, where the category is one that is known to hold somebody, the people of that category.
type term struct {
	Publication int               `json:"publication"`
	At          map[string]string `json:"at"`
	Observed    bool              `json:"observed,omitempty"`
	Times       string            `json:"times"`
}

// What a certificate says of itself.
const (
	stated = "For every combination of categories, the largest number of people that it can have in a table of whole numbers that agrees with every published cell is 0, or at least the bound."
	shown  = "This file may be shown to anybody: it is made from what is published alone."

	statedOfOccupied = "For every combination of categories that has somebody in it, a table of whole numbers that agrees with every published cell has at least the bound. For all others the bounds of linear programs are 0 or at least the bound."
	notShown         = "CONFIDENTIAL: this file must not be shown to anybody who may not see the records. It tells in which combinations of categories there are people."
)

// write writes down what a prover found.
func (s *space) write(policy Policy, covers string, publications []Publication, rows []row, p proof) ([]byte, error) {
	c := certificate{
		Format: certificateFormat, Covers: CoversAll, MayBeShown: true, Notice: shown, Statement: stated, Policy: policy, Bound: policy.Bound(),
		Publications: publications, Populations: s.populations, Dimensions: s.dimensions, Worlds: [][]int{},
	}
	if p.truth != nil {
		c.Covers, c.MayBeShown, c.Notice, c.Salt = covers, false, notShown, make([]byte, saltSize)
		if covers == CoversOccupied {
			c.Statement, c.People = statedOfOccupied, s.flat(p.truth)
		}
		if _, err := rand.Read(c.Salt); err != nil {
			return nil, err
		}
	}
	for _, w := range p.worlds {
		c.Worlds = append(c.Worlds, s.flat(w))
	}
	for _, z := range p.zeros {
		c.Zeros = append(c.Zeros, s.terms(z, rows))
	}
	return json.Marshal(c)
}

// flat is a world as a list of atoms by their numbers, each with its people.
func (s *space) flat(w world) []int {
	var flat []int
	for _, a := range slices.Sorted(maps.Keys(w)) {
		flat = append(flat, s.codes[a], w[a])
	}
	return flat
}

func (s *space) terms(z zeroProof, rows []row) zero {
	var terms []term
	for i, times := range z.times {
		if times == 0 {
			continue
		}
		f := s.families[rows[i].family]
		terms = append(terms, term{
			Publication: f.publication, At: s.names(f, rows[i].cell), Observed: f.observed, Times: fmt.Sprintf("%d/%d", times, z.divisor),
		})
	}
	return zero{Terms: terms}
}
