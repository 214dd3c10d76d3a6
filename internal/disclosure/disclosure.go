// Package disclosure decides which counts of people may be published, so that nobody can turn them back: not with all releases ever
// published, the source code and unlimited time.
//
// The words. An atom is one combination of a category from every dimension; a world is a whole number of people for every atom. P is the
// set of the worlds that agree with every cell published so far. What is published keeps the rule
//
//	C(P): for every atom, the largest number of people that it has in a world of P is 0, or at least K.
//
// From it follows: of no group of people, whatever categories it joins, that has somebody in it can anybody prove that it has fewer than K.
// (Were the group below K in every world, an atom of it that holds somebody would be between 1 and K-1 at most, against the rule.) K is the
// threshold k and the number of people who may subtract themselves from what they read, the coalition.
//
// The way there. Small cells, zeros, cells that hold everybody of their margin and some cells by chance are withheld (primary.go); linear
// programs find atoms that are between and the cheapest cells to withhold for each (secondary.go); then worlds of whole numbers are looked for
// that show of atoms that they reach K (prove.go, search.go, walk.go); and package verify, which shares no code with this one, has to accept them before anything is
// given out.
//
// What is proved by whole numbers, and what by linear bounds. The bounds of the linear programs, rounded down to whole numbers, are asked of
// every atom of every release: it is 0 or at least K. Below 1 such a bound proves that the atom is empty in every world, for no world of whole
// numbers is beyond it. From K on it proves nothing, since what it promises need not be whole. So there is a world of whole numbers as
// well for every atom that is not proved to be empty, and C(P) holds as it stands above. An atom that lacks a world which it has to have
// is not taken on trust: more is withheld until there is one.
//
// Where there are few combinations (Policy.Whole) the worlds are looked for with what is published alone, and the certificate may be shown to
// anybody. Where there are more (Policy.Sealed) that would take hours; they are looked for near the true world, and the certificate, which
// tells of it, is for those alone who may see the people. It proves the same. Beyond that there is a world for every atom that has 1 to K-1
// people in it. From that follows all that was said of groups with somebody in them, for only their atoms are in the proof; that whoever
// replays the engine on other worlds excludes none of them rests on the linear bounds then.
//
// The solver is package simplex. That of gonum solves each of these programs from the beginning, with a dense matrix of full rank, in one to
// two seconds; here thousands differ in a bound or in the goal only, and one that starts where the last one ended takes about ten
// milliseconds. Nothing else that could be kept in the program solves them in the time there is.
package disclosure

import "errors"

// Dimension is a way in which people are told apart.
type Dimension struct {
	Name       string   `json:"name"`
	Categories []string `json:"categories"` // in the order in which cells are listed; "" is a category like any other

	// Observed says that the categories were taken from the records and from no list of codes, so that whoever sees a category knows that
	// somebody is in it. Worlds in which it is empty are then none.
	Observed bool `json:"observed,omitempty"`
}

// Record is one person: a category of each dimension, in the order of the dimensions.
type Record []string

// Population is people who are counted together, such as everybody about whom was decided in a half-year. Nobody is in two populations.
type Population struct {
	Name    string
	Records []Record
}

// Cell is a place in a table and the number of people there.
type Cell struct {
	At    map[string]string `json:"at"`    // a category for each dimension of the table; empty for everybody
	Count *int              `json:"count"` // nil where it is withheld, for whatever reason
}

// Publication is what one release says of some populations. The ledger is all of them, in the order in which they were published.
type Publication struct {
	Release     string      `json:"release"`
	Populations []string    `json:"populations"`
	Dimensions  []Dimension `json:"dimensions"`
	Tables      [][]string  `json:"tables"`
	Cells       []Cell      `json:"cells"`

	// Structural are cells that are empty because they cannot be otherwise, which everybody knows.
	Structural []map[string]string `json:"structural,omitempty"`
}

// Policy is how much is protected. The zero value is no policy.
type Policy struct {
	K         int     `json:"k"`         // the smallest group that may be seen to be one
	Coalition int     `json:"coalition"` // how many people may subtract themselves from what they read
	Extra     float64 `json:"extra"`     // the chance that a cell is withheld for no reason, so that replaying the engine tells nothing

	// Open are the dimensions that may be known of anybody. A zero is published where all dimensions of its table are open, else withheld.
	Open []string `json:"open,omitempty"`

	// Whole is up to how many combinations the worlds are looked for with what is published alone, so that anybody may see them: some hundreds take
	// seconds.
	Whole int `json:"whole"`
	// Sealed is up to how many there is a world for every one of them, which takes long for more than a thousand. Above it there is one for each
	// that has somebody in it.
	Sealed int `json:"sealed"`
}

// Bound is K, the number that no group can be proved to be below.
func (p Policy) Bound() int { return p.K + p.Coalition }

// Input is what Protect is asked to publish.
type Input struct {
	Release     string       // the name of the release, which goes into every coin that is tossed
	Populations []Population // counted together; cells of earlier releases about one of them bind this release
	Dimensions  []Dimension
	Tables      [][]string // each by the names of its dimensions; the grand total is a table of its own and always there
	Structural  []map[string]string
	Policy      Policy
	Secret      []byte // the key of all coins; whoever has it can replay the engine
	Ledger      []Publication
	Workers     int // how many cores are used; 0 is all
}

// Result is what may be published, and the proof of it.
type Result struct {
	Publication Publication // to be appended to the ledger when it is published
	Certificate []byte      // JSON; package verify checks it
	Proof       Proof
	Figures     Figures
}

// Proof says what the certificate proves. It follows from what is published alone and may be told to anybody.
type Proof struct {
	// Covers is CoversAll, CoversSealed or CoversOccupied. Only a certificate of the first kind is made from what is published alone, so that it tells
	// nothing more and may be shown to anybody.
	Covers string `json:"covers"`
	Atoms  int    `json:"atoms"` // combinations whose bound was reckoned
	Empty  int    `json:"empty"` // of them those that nobody can be in; all others can have K or more
}

// What a certificate has worlds of whole numbers for.
const (
	CoversAll      = "all"      // every combination
	CoversSealed   = "sealed"   // every combination, by worlds near to that of the people
	CoversOccupied = "occupied" // every combination that has somebody in it
)

// Open reports whether the certificate may be shown to anybody.
func (p Proof) Open() bool { return p.Covers != CoversSealed && p.Covers != CoversOccupied }

// Figures tell how much of the tables could be published, and what it cost. They follow from the people and are not to be published.
type Figures struct {
	People    int           `json:"people"`
	Atoms     int           `json:"atoms"`     // combinations that are not empty for certain
	Witnesses int           `json:"witnesses"` // worlds in the certificate
	Zeros     int           `json:"zeros"`     // atoms that are empty in every world
	Rounds    int           `json:"rounds"`    // linear programs that moved something
	Tables    []TableFigure `json:"tables"`
}

// TableFigure tells how much of one table is published.
type TableFigure struct {
	Table     []string `json:"table"`
	Cells     int      `json:"cells"`
	Occupied  int      `json:"occupied"`  // cells with somebody in them
	Published int      `json:"published"` // of the occupied ones
	People    int      `json:"people"`    // in the published ones
}

// Progress tells how far Protect has come.
type Progress struct {
	Step        string // tabulate, protect, prove
	Done, Total int
}

// What Protect and Audit refuse.
var (
	ErrInput        = errors.New("the input is not as it must be")
	ErrTooLarge     = errors.New("the tables have too many combinations to be audited together")
	ErrBound        = errors.New("what was published earlier leaves no way to protect these tables: leave out a table or join categories")
	ErrInconsistent = errors.New("the cells contradict each other: no table of whole numbers agrees with all of them")
)
