package disclosure

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
)

// certificateFormat names the form of a certificate, so that a reader knows what it reads.
const certificateFormat = "songtor-disclosure-certificate/1"

// certificate is the proof as it is written down. Package verify reads it with types of its own.
type certificate struct {
	Format       string        `json:"format"`
	Statement    string        `json:"statement"`
	Policy       Policy        `json:"policy"`
	Bound        int           `json:"bound"`
	Publications []Publication `json:"publications"` // all that concern the same people, the new one last

	// Populations and Dimensions say how atoms are numbered: the last dimension changes fastest.
	Populations []string    `json:"populations"`
	Dimensions  []Dimension `json:"dimensions"`

	Worlds [][]int `json:"worlds"` // each: the number of an atom, how many people, and so on; nobody elsewhere
	Zeros  []zero  `json:"zeros,omitempty"`
}

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

const statement = "For every combination of categories, the largest number of people that it can have in a table of whole numbers that agrees with every published cell is 0, or at least the bound."

// write writes down what a prover found.
func (s *space) write(policy Policy, publications []Publication, rows []row, p proof) ([]byte, error) {
	c := certificate{
		Format: certificateFormat, Statement: statement, Policy: policy, Bound: policy.Bound(), Publications: publications,
		Populations: s.populations, Dimensions: s.dimensions, Worlds: [][]int{},
	}
	for _, w := range p.worlds {
		var flat []int
		for _, a := range slices.Sorted(maps.Keys(w)) {
			flat = append(flat, s.codes[a], w[a])
		}
		c.Worlds = append(c.Worlds, flat)
	}
	for _, z := range p.zeros {
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
		c.Zeros = append(c.Zeros, zero{Terms: terms})
	}
	return json.Marshal(c)
}
