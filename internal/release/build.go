package release

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"songtor/internal/disclosure"
	"songtor/projections/statistics"
	"songtor/schemas"
)

// What Build refuses.
var (
	ErrPeriodOpen = errors.New("the period is not closed yet")
	ErrPublished  = errors.New("the period is published, and a release never changes")
	ErrLater      = errors.New("a later period is published already")
	ErrWeak       = errors.New("the rules protect less than is recommended")
	ErrTooFew     = errors.New("too few people were identified for a release")
)

// Input is what a release is built of.
type Input struct {
	Period   Period
	Now      time.Time
	Rules    *Rules
	Weak     bool // rules that protect less than is recommended are accepted
	People   []statistics.Person
	Position uint64 // of the log, up to which the people are counted
	Secret   []byte // the key of the coins, for this release alone
	Earlier  []*Published
	Workers  int // cores that are used; 0 is all
}

// Proposal is a release that has been built and not been published.
type Proposal struct {
	Release Release `json:"release"` // without the time at which it was published
	Blocks  []Block `json:"blocks"`

	certificates map[string][]byte
}

// Block are tables that are protected together: what goes into the ledger, the digest of its proof and what that proves.
type Block struct {
	Universe    string                 `json:"universe"`
	Publication disclosure.Publication `json:"publication"`
	Certificate string                 `json:"certificate"` // SHA-256, in hexadecimal
	Proof       disclosure.Proof       `json:"proof,omitzero"`
}

// Certificate returns a certificate by its digest.
func (p *Proposal) Certificate(digest string) []byte { return p.certificates[digest] }

// Progress tells how far a build has come.
type Progress struct {
	Universe string
	Step     string
	Done     int
	Total    int
}

// Build counts the people of a closed period and withholds what must not be told. It fails with ErrPeriodOpen, ErrPublished, ErrLater,
// ErrWeak or ErrTooFew, and with what the engine refuses.
func Build(ctx context.Context, in Input, report func(Progress)) (*Proposal, error) {
	if err := in.check(); err != nil {
		return nil, err
	}
	b := &builder{in: in, report: report, proposal: &Proposal{certificates: map[string][]byte{}}, main: map[string]disclosure.Publication{}, told: map[string]bool{}}
	r := &b.proposal.Release
	*r = Release{
		ID: in.Period.ID, From: in.Period.From, Until: in.Period.Until, Position: in.Position, Basis: "decided",
		Protection: protection(in.Rules), DraftWording: in.Rules.DraftWording, Dimensions: []Dimension{}, Universes: []Universe{}, Tables: []Table{},
	}
	for _, u := range in.Rules.Universes {
		if err := b.universe(ctx, u); err != nil {
			return nil, fmt.Errorf("couldn't protect %s of %s: %w", u.ID, in.Period.ID, err)
		}
	}
	for _, t := range r.Tables {
		for _, d := range t.Dimensions {
			r.dimension(d)
		}
	}
	r.Adjustments = adjustments(in)
	return b.proposal, nil
}

func (in Input) check() error {
	for _, p := range in.Earlier {
		earlier, err := ParsePeriod(p.Release.ID)
		switch {
		case err != nil:
			return err
		case earlier.ID == in.Period.ID:
			return ErrPublished
		case in.Period.Before(earlier):
			return fmt.Errorf("%w: %s", ErrLater, earlier.ID)
		}
	}
	switch {
	case in.Now.Before(in.Period.ClosedAt(in.Rules)):
		return ErrPeriodOpen
	case in.Rules.Weak() && !in.Weak:
		return ErrWeak
	}
	return nil
}

func protection(r *Rules) Protection {
	return Protection{
		K: r.Protection.K, Bound: r.Policy().Bound(), Coalition: r.Protection.Coalition, Extra: r.Protection.Extra, Weak: r.Weak(),
		Method: "statistics.method.audited_suppression", Statement: "statistics.statement.no_group_below_bound",
	}
}

// dimension adds a dimension to those of the release, once.
func (r *Release) dimension(id string) {
	if slices.ContainsFunc(r.Dimensions, func(d Dimension) bool { return d.ID == id }) {
		return
	}
	d := Dimension{ID: id}
	for _, c := range dimensions[id] {
		d.Categories = append(d.Categories, Category{ID: c})
	}
	r.Dimensions = append(r.Dimensions, d)
}

// builder is one build.
type builder struct {
	in       Input
	report   func(Progress)
	proposal *Proposal
	main     map[string]disclosure.Publication // of the first block of each universe
	told     map[string]bool                   // the universes of which something may be told
}

// universe protects the blocks of a universe. Where so few are in it that their number cannot be told, or so few are left of another when it is
// subtracted, nothing is. So that this does not tell that they are few, nothing is told either where a coin falls so. Of those who were identified
// there is no release at all then: that there is none may have any reason.
func (b *builder) universe(ctx context.Context, rules UniverseRules) error {
	var records []record
	for i := range b.in.People {
		if r, in := b.counts(rules.ID, &b.in.People[i]); in {
			if !b.in.Rules.DraftWording && !inReviewedWords(&b.in.People[i]) {
				r["disability"] = "missing"
			}
			records = append(records, r)
		}
	}
	few := len(records) < b.in.Rules.Policy().Bound()
	switch {
	case rules.ID != "identified":
		few = few || tossed(b.in.Secret, "universe/"+rules.ID, b.in.Rules.Protection.Extra) || slices.ContainsFunc(rules.Apart, func(a Apart) bool {
			return b.told[a.other(rules.ID)] && b.small(a)
		})
	case few:
		return ErrTooFew
	}
	b.told[rules.ID] = !few
	u := Universe{ID: rules.ID, Unit: rules.Unit, Basis: rules.Basis}
	made := map[string]bool{}
	for i, block := range rules.Blocks {
		if few || block.InsteadOf != "" && made[block.InsteadOf] {
			continue
		}
		result, err := b.block(ctx, rules.ID, i, block, records)
		if err != nil {
			return err
		}
		if i == 0 && result != nil {
			b.main[rules.ID] = *result
			proved := b.proposal.Blocks[len(b.proposal.Blocks)-1]
			u.Total, u.Certificate, u.Covers = countAt(*result, record{}), proved.Certificate, proved.Proof.Covers
		}
		if u.Total == nil {
			break // what rests on a total that is withheld is withheld with it
		}
		for _, t := range block.Tables {
			made[t.ID] = made[t.ID] || result != nil
		}
	}
	b.proposal.Release.Universes = append(b.proposal.Release.Universes, u)
	if rules.ID == "identified" {
		b.proposal.Release.Total = u.Total
	}
	return nil
}

// onTime reports whether the event by which a person is in a universe is no earlier release's: every period is closed before a later one
// is built, and what came in after that is an adjustment.
func (b *builder) onTime(universe string, p *statistics.Person) bool {
	return universe != "identified" || !slices.ContainsFunc(b.in.Earlier, func(e *Published) bool { return e.counted(p) })
}

// block protects one block, and returns what is published of it; nil where it cannot be made.
func (b *builder) block(ctx context.Context, universe string, n int, rules BlockRules, records []record) (*disclosure.Publication, error) {
	name := universe + "/" + b.in.Period.ID
	if n > 0 {
		name += "#" + strings.Join(rules.Dimensions, ".")
	}
	if rules.Within != "" {
		return b.within(ctx, universe, name, rules, records)
	}
	fixed, possible := b.fixed(universe, name, rules)
	if !possible {
		return nil, nil
	}
	part := part{name: name, universe: universe, dimensions: listed(rules.Dimensions), tables: rules.Tables, records: records, fixed: fixed}
	published, err := b.protect(ctx, part)
	if n > 0 && errors.Is(err, disclosure.ErrBound) || rules.TotalOf != nil && errors.Is(err, disclosure.ErrBound) {
		return nil, nil // what is published already leaves no way: the tables are left out
	}
	if err != nil {
		return nil, err
	}
	for _, t := range rules.Tables {
		b.table(universe, t, *published)
	}
	return published, nil
}

// fixed is what is published already of the people of a block, and false where that is not enough to rest a block on.
func (b *builder) fixed(universe, name string, rules BlockRules) ([]disclosure.Publication, bool) {
	var fixed []disclosure.Publication
	for _, d := range rules.Shares {
		p := disclosure.Publication{Release: name, Populations: []string{name}, Dimensions: listed([]string{d}), Tables: [][]string{{d}}}
		for _, c := range dimensions[d] {
			count := countAt(b.main[universe], record{d: c})
			if count == nil {
				return nil, false
			}
			p.Cells = append(p.Cells, disclosure.Cell{At: record{d: c}, Count: count})
		}
		fixed = append(fixed, p)
	}
	if of := rules.TotalOf; of != nil {
		total := countAt(b.main[of.Universe], record{})
		if total == nil {
			return nil, false
		}
		fixed = append(fixed, disclosure.Publication{
			Release: name, Populations: []string{name}, Dimensions: listed([]string{of.Dimension}), Tables: [][]string{{of.Dimension}},
			Cells: []disclosure.Cell{{At: record{of.Dimension: of.Category}, Count: total}},
		})
	}
	return fixed, true
}

// within protects a dimension inside each category that is published of the one that it divides.
func (b *builder) within(ctx context.Context, universe, name string, rules BlockRules, records []record) (*disclosure.Publication, error) {
	finer := rules.Dimensions[0]
	all := &disclosure.Publication{Release: name, Populations: []string{name}}
	for _, category := range dimensions[rules.Within] {
		inside := divides(finer, category)
		if countAt(b.main[universe], record{rules.Within: category}) == nil || len(inside) < 2 {
			continue
		}
		own := slices.DeleteFunc(slices.Clone(records), func(r record) bool { return r[rules.Within] != category })
		if len(own) == 0 {
			continue
		}
		published, err := b.protect(ctx, part{
			name: name + "/" + category, universe: universe, tables: rules.Tables, records: own,
			dimensions: []disclosure.Dimension{{Name: finer, Categories: inside}},
		})
		if err != nil {
			return nil, err
		}
		all.Cells = append(all.Cells, published.Cells...)
	}
	for _, t := range rules.Tables {
		b.table(universe, t, *all)
	}
	return all, nil
}

// part is what the engine protects together.
type part struct {
	name, universe string
	dimensions     []disclosure.Dimension
	tables         []TableRules
	records        []record
	fixed          []disclosure.Publication
}

func (b *builder) protect(ctx context.Context, p part) (*disclosure.Publication, error) {
	in := disclosure.Input{
		Release: p.name, Dimensions: p.dimensions, Structural: impossible(p.dimensions, b.in.Rules), Policy: b.in.Rules.Policy(), Secret: b.in.Secret,
		Ledger: append(ledger(b.in.Earlier), p.fixed...), Workers: b.in.Workers,
	}
	in.Policy.Open = slices.DeleteFunc(slices.Clone(in.Policy.Open), func(name string) bool {
		return !slices.ContainsFunc(p.dimensions, func(d disclosure.Dimension) bool { return d.Name == name })
	})
	people := disclosure.Population{Name: p.name}
	for _, r := range p.records {
		row := make(disclosure.Record, len(p.dimensions))
		for i, d := range p.dimensions {
			row[i] = r[d.Name]
		}
		people.Records = append(people.Records, row)
	}
	in.Populations = []disclosure.Population{people}
	for _, t := range p.tables {
		in.Tables = append(in.Tables, t.Dimensions)
	}
	result, err := b.tried(ctx, in, p)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", p.name, err)
	}
	sum := sha256.Sum256(result.Certificate)
	digest := hex.EncodeToString(sum[:])
	b.proposal.certificates[digest] = result.Certificate
	b.proposal.Blocks = append(b.proposal.Blocks, Block{Universe: p.universe, Publication: result.Publication, Certificate: digest, Proof: result.Proof})
	return &result.Publication, nil
}

// tries is how often tables are protected anew, with other coins, where no proof of what was left was found.
const tries = 3

func (b *builder) tried(ctx context.Context, in disclosure.Input, p part) (result *disclosure.Result, err error) {
	for n := range tries {
		if n > 0 {
			in.Release = fmt.Sprintf("%s (%d)", p.name, n+1)
		}
		result, err = disclosure.Protect(ctx, in, func(now disclosure.Progress) {
			if b.report != nil {
				b.report(Progress{Universe: p.universe, Step: now.Step, Done: now.Done, Total: now.Total})
			}
		})
		if !errors.Is(err, disclosure.ErrBound) {
			break
		}
	}
	return result, err
}

// ledger is everything that was ever published.
func ledger(earlier []*Published) []disclosure.Publication {
	var all []disclosure.Publication
	for _, p := range earlier {
		for _, b := range p.Blocks {
			all = append(all, b.Publication)
		}
	}
	return all
}

// table adds a table to the release, unless nothing of it is published.
func (b *builder) table(universe string, rules TableRules, from disclosure.Publication) {
	t := Table{ID: rules.ID, Measure: rules.Measure, Universe: universe, Dimensions: rules.Dimensions}
	if t.Measure == "" {
		t.Measure = "identified"
	}
	for _, u := range b.in.Rules.Universes {
		if u.ID == universe {
			t.Basis = u.Basis
		}
	}
	shown := false
	for _, at := range places(rules.Dimensions) {
		c := Cell{At: at, Count: countAt(from, at)}
		shown = shown || c.Count != nil
		t.Cells = append(t.Cells, c)
	}
	if shown {
		b.proposal.Release.Tables = append(b.proposal.Release.Tables, t)
	}
}

// places are the cells of a table, in the order of the categories.
func places(of []string) []map[string]string {
	all := []map[string]string{{}}
	for _, d := range of {
		var next []map[string]string
		for _, at := range all {
			for _, c := range dimensions[d] {
				place := map[string]string{d: c}
				for k, v := range at {
					place[k] = v
				}
				next = append(next, place)
			}
		}
		all = next
	}
	return all
}

// countAt is the published count of a cell, nil for one that is withheld or not there.
func countAt(p disclosure.Publication, at map[string]string) *int {
	for _, c := range p.Cells {
		if len(c.At) != len(at) {
			continue
		}
		same := true
		for k, v := range at {
			same = same && c.At[k] == v
		}
		if same {
			return c.Count
		}
	}
	return nil
}

func listed(names []string) []disclosure.Dimension {
	list := make([]disclosure.Dimension, len(names))
	for i, name := range names {
		list[i] = disclosure.Dimension{Name: name, Categories: dimensions[name]}
	}
	return list
}

// impossible lists the cells in which nobody can be, as everybody knows who has read the code.
func impossible(of []disclosure.Dimension, rules *Rules) []map[string]string {
	has := func(name string) bool {
		return slices.ContainsFunc(of, func(d disclosure.Dimension) bool { return d.Name == name })
	}
	var cells []map[string]string
	if has("step") && has("refusal") {
		for _, c := range dimensions["refusal"] {
			if c != "screening" {
				cells = append(cells, map[string]string{"step": "refused", "refusal": c})
			}
		}
	}
	if has("referral") && has("late") {
		cells = append(cells, map[string]string{"referral": "pending", "late": "yes"})
	}
	if has("disability") && has("language") && !rules.DraftWording {
		for _, language := range dimensions["language"] {
			if _, reviewed := schemas.WashingtonGroupSince(textOf[language]); !reviewed {
				cells = append(cells, record{"disability": "yes", "language": language}, record{"disability": "no", "language": language})
			}
		}
	}
	return cells
}
