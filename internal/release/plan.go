package release

import (
	"bytes"
	_ "embed"
	"errors"
	"fmt"
	"os"
	"slices"

	"github.com/go-json-experiment/json"

	"songtor/internal/disclosure"
)

//go:embed rules.json
var usualRules []byte

// RecommendedK is the smallest threshold that is recommended. A release with a smaller one is marked as weak.
const RecommendedK = 11

// ErrRules says that the rules of what is published do not hold together.
var ErrRules = errors.New("the rules of what is published do not hold together")

// Rules say what is published of a half-year and how it is protected, each with its reason.
type Rules struct {
	About      string          `json:"about"`
	Protection ProtectionRules `json:"protection"`
	Universes  []UniverseRules `json:"universes"`

	// DraftWording counts what was answered to texts of the Washington Group's questions that nobody has reviewed. The release says so for ever.
	DraftWording       bool   `json:"draft_wording"`
	DraftWordingReason string `json:"draft_wording_reason"`
}

// ProtectionRules are the numbers, with their reasons.
type ProtectionRules struct {
	K               int      `json:"k"`
	KReason         string   `json:"k_reason"`
	Coalition       int      `json:"coalition"`
	CoalitionReason string   `json:"coalition_reason"`
	Extra           float64  `json:"extra"`
	ExtraReason     string   `json:"extra_reason"`
	Open            []string `json:"open"`
	OpenReason      string   `json:"open_reason"`
	Whole           int      `json:"whole"`
	WholeReason     string   `json:"whole_reason"`
	Sealed          int      `json:"sealed"`
	SealedReason    string   `json:"sealed_reason"`
	GraceDays       int      `json:"grace_days"`
	GraceReason     string   `json:"grace_reason"`
}

// UniverseRules are the people that are counted together.
type UniverseRules struct {
	ID     string       `json:"id"`
	Unit   string       `json:"unit"`
	Basis  string       `json:"basis"`
	About  string       `json:"about"`
	Apart  []Apart      `json:"apart,omitempty"` // the numbers beside which its own are not told
	Blocks []BlockRules `json:"blocks"`
}

// BlockRules are tables that are protected together. Blocks of one universe have nothing in common but counts that are published exactly:
// then the largest number that a combination of both can have is the smaller of the two, and what is safe apart is safe together.
type BlockRules struct {
	Dimensions []string     `json:"dimensions"`
	Tables     []TableRules `json:"tables"`
	Reason     string       `json:"reason"`

	// Within makes of the block one for every category of a dimension of the first block that is published; the dimension of the block
	// divides it.
	Within string `json:"within,omitempty"`
	// Shares are dimensions that the block has in common with the first. It is made only where their counts are all published.
	Shares []string `json:"shares,omitempty"`
	// InsteadOf is a table of a block that could not be made, in whose place this one is.
	InsteadOf string `json:"instead_of,omitempty"`
	// TotalOf says that a category is another universe, whose total is published.
	TotalOf *TotalOf `json:"total_of,omitempty"`
}

// TotalOf names the category that is another universe.
type TotalOf struct {
	Dimension string `json:"dimension"`
	Category  string `json:"category"`
	Universe  string `json:"universe"`
}

// TableRules are a table.
type TableRules struct {
	ID         string   `json:"id"`
	Measure    string   `json:"measure,omitempty"` // identified where it is empty
	Dimensions []string `json:"dimensions"`
}

// Usual returns the rules that come with the program.
func Usual() *Rules {
	r, err := parseRules(usualRules)
	if err != nil {
		panic("release: the rules that come with the program: " + err.Error()) // a test reads them
	}
	return r
}

// LoadRules reads the rules of a file. A universe of which the file does not say what it is set apart from, as a file from before that could be
// said, is set apart as in the usual rules; one that is to be set apart from nothing says so by an empty list.
func LoadRules(path string) (*Rules, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("couldn't read what is published: %w", err)
	}
	r, err := parseRules(data)
	if err != nil {
		return nil, err
	}
	for i := range r.Universes {
		if u := &r.Universes[i]; u.Apart == nil {
			u.Apart = usuallyApart(u.ID, r.Universes[:i])
		}
	}
	return r, nil
}

func parseRules(data []byte) (*Rules, error) {
	var r Rules
	if err := json.UnmarshalRead(bytes.NewReader(data), &r, json.RejectUnknownMembers(true)); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrRules, err)
	}
	return &r, r.check()
}

// Policy is what the engine is told.
func (r *Rules) Policy() disclosure.Policy {
	p := r.Protection
	return disclosure.Policy{K: p.K, Coalition: p.Coalition, Extra: p.Extra, Open: p.Open, Whole: p.Whole, Sealed: p.Sealed}
}

// Weak reports whether the protection is less than what is recommended.
func (r *Rules) Weak() bool { return r.Protection.K < RecommendedK }

func (r *Rules) check() error {
	p := r.Protection
	switch {
	case p.K < 3:
		return fmt.Errorf("%w: a threshold below 3 protects nobody", ErrRules)
	case p.Coalition < 0 || p.Extra <= 0 || p.Extra >= 0.5:
		return fmt.Errorf("%w: coalition is a number of people, and extra a chance between 0 and one half", ErrRules)
	case p.GraceDays < 0 || p.Whole < 0 || p.Sealed < 0:
		return fmt.Errorf("%w: neither the days of grace nor the combinations with a world for each are below 0", ErrRules)
	}
	tables := map[string]bool{}
	for i, u := range r.Universes {
		if _, known := universes[u.ID]; !known || len(u.Blocks) == 0 {
			return fmt.Errorf("%w: universe %q is not one that can be counted, or has no blocks", ErrRules, u.ID)
		}
		for _, a := range u.Apart {
			if err := a.check(u.ID, r.Universes[:i]); err != nil {
				return fmt.Errorf("%w: %w", ErrRules, err)
			}
		}
		for j, b := range u.Blocks {
			if err := b.check(j == 0, u.Blocks[0], r.Universes[:i]); err != nil {
				return fmt.Errorf("%w: block %d of %s: %w", ErrRules, j+1, u.ID, err)
			}
			for _, t := range b.Tables {
				if tables[t.ID] && b.InsteadOf == "" {
					return fmt.Errorf("%w: table %s is named twice", ErrRules, t.ID)
				}
				tables[t.ID] = true
			}
		}
	}
	return nil
}

func (b BlockRules) check(first bool, main BlockRules, before []UniverseRules) error {
	if len(b.Dimensions) == 0 {
		return errors.New("it has no dimensions")
	}
	for _, d := range b.Dimensions {
		if _, known := dimensions[d]; !known {
			return fmt.Errorf("no dimension %q", d)
		}
		if !first && slices.Contains(main.Dimensions, d) && !slices.Contains(b.Shares, d) {
			return fmt.Errorf("the dimension %q is one of the first block, and not said to be shared", d)
		}
	}
	for _, t := range b.Tables {
		for _, d := range t.Dimensions {
			if !slices.Contains(b.Dimensions, d) {
				return fmt.Errorf("table %s needs the dimension %q of another block", t.ID, d)
			}
		}
	}
	parent, refined := within[b.Dimensions[0]]
	switch {
	case first && (b.Within != "" || b.Shares != nil || b.InsteadOf != ""):
		return errors.New("the first block rests on no other")
	case refined != (b.Within != "") || b.Within != parent:
		return fmt.Errorf("the dimension %s divides %q", b.Dimensions[0], parent)
	case b.Within != "" && (len(b.Dimensions) != 1 || !slices.Contains(main.Dimensions, b.Within)):
		return errors.New("what divides a category has one dimension, and divides one of the first block")
	case b.TotalOf != nil && !slices.ContainsFunc(before, func(u UniverseRules) bool { return u.ID == b.TotalOf.Universe }):
		return fmt.Errorf("the universe %s has to come first", b.TotalOf.Universe)
	}
	return nil
}
