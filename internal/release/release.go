// Package release makes what is published of the statistics: from the people of a closed period to the tables, the proof that nobody can
// turn them back, and the files.
//
// A release is an event. Once published it is never made again, neither by a rebuild nor after an erasure nor by a correction; all
// releases together are the ledger, against which every later one is audited.
package release

import "time"

// Release is what is published of one period.
type Release struct {
	ID          string    `json:"id"` // the half-year, such as "2026-H1"
	From        time.Time `json:"from"`
	Until       time.Time `json:"until"` // exclusive
	PublishedAt time.Time `json:"published_at"`
	Position    uint64    `json:"position"` // of the log, up to which was counted
	Basis       string    `json:"basis"`    // the day that puts a person into the period

	Protection

	// DraftWording says that answers to unreviewed texts of the Washington Group's questions are counted.
	DraftWording bool `json:"draft_wording,omitempty"`

	Dimensions  []Dimension  `json:"dimensions"`
	Universes   []Universe   `json:"universes"`
	Tables      []Table      `json:"tables"`
	Total       *int         `json:"total"` // people identified; nil where it is withheld
	Adjustments []Adjustment `json:"adjustments"`
}

// Protection states what a release carries against being turned back.
type Protection struct {
	K         int     `json:"k"`         // the smallest group that may be seen to be one
	Bound     int     `json:"bound"`     // K: no group can be proved to be smaller
	Coalition int     `json:"coalition"` // how many people may subtract themselves from what they read
	Extra     float64 `json:"extra"`     // the chance that a count is withheld for no reason
	Weak      bool    `json:"weak"`      // k is below the threshold that is recommended
	Method    string  `json:"method"`    // key of how it was done
	Statement string  `json:"statement"` // key of what is promised
}

// Dimension is something by which people are counted, with its categories in the order in which tables show them.
type Dimension struct {
	ID         string     `json:"id"`
	Categories []Category `json:"categories"`
}

// Category is one value of a dimension.
type Category struct {
	ID string `json:"id"`
}

// Universe is the people, or the things, that some tables count together.
type Universe struct {
	ID          string `json:"id"`
	Unit        string `json:"unit"`  // persons, referrals, services
	Basis       string `json:"basis"` // the day that puts one into the period
	Total       *int   `json:"total"`
	Certificate string `json:"certificate,omitempty"` // SHA-256 of that of its first tables, in hexadecimal
	Covers      string `json:"covers,omitempty"`      // what it has worlds of whole numbers for: all, or occupied, which is kept under seal
}

// Table counts a universe by some dimensions. A table with no cell that could be published is not in a release.
type Table struct {
	ID         string   `json:"id"` // its dimensions joined by dots, behind the measure where it is not "identified"
	Measure    string   `json:"measure"`
	Universe   string   `json:"universe"`
	Basis      string   `json:"basis"`
	Dimensions []string `json:"dimensions"`
	Cells      []Cell   `json:"cells"`
}

// Cell is one count: of whom, and how many. A withheld one has none, and nothing says why it was withheld.
type Cell struct {
	At    map[string]string `json:"at"`
	Count *int              `json:"count"`
}

// Adjustment is a correction of an earlier period that was decided in this one.
type Adjustment struct {
	Period string `json:"period"` // the one that is corrected
	Kind   string `json:"kind"`   // added, removed, changed
	Count  *int   `json:"count"`
}
