package disclosure

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"songtor/internal/disclosure/verify"
)

// few protects a small table of three dimensions, of 150 people.
func few(t *testing.T, seed uint64, policy Policy) *Result {
	t.Helper()
	dims, records := synthetic(150, seed)
	for i := range records {
		records[i] = records[i][:3]
	}
	dims = dims[:3]
	for i := range dims {
		dims[i].Categories = dims[i].Categories[:3]
		for _, r := range records {
			if !strings.Contains(strings.Join(dims[i].Categories, " "), r[i]) {
				r[i] = dims[i].Categories[0]
			}
		}
	}
	result, err := Protect(t.Context(), Input{
		Release: "r", Populations: []Population{{"p", records}}, Dimensions: dims, Tables: twoWay(dims), Policy: policy, Secret: []byte("a secret of tests"),
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return result
}

// TestEveryCertificateHolds is T1: what is published carries a proof that the verifier takes, and no proof is taken from which anything is missing.
func TestEveryCertificateHolds(t *testing.T) {
	t.Parallel()
	for seed := range uint64(6) {
		result := few(t, seed, usual())
		statement, err := verify.Certificate(result.Certificate)
		if err != nil || statement.Bound != 12 {
			t.Fatalf("%+v, %v", statement, err)
		}
		var c map[string]any
		if err := json.Unmarshal(result.Certificate, &c); err != nil {
			t.Fatal(err)
		}
		worlds := c["worlds"].([]any)
		for i := range worlds {
			c["worlds"] = append(append([]any{}, worlds[:i]...), worlds[i+1:]...)
			lacking, err := json.Marshal(c)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := verify.Certificate(lacking); !errors.Is(err, verify.ErrRefused) {
				t.Fatalf("without world %d of %d the certificate holds", i, len(worlds))
			}
		}
	}
}

// TestNobodyProvesAGroupToBeSmall is T3 and T4 by the audit: of no withheld cell, and of no union of atoms with somebody in it, is the upper bound
// below K. The control is the same table with small cells alone withheld.
func TestNobodyProvesAGroupToBeSmall(t *testing.T) {
	t.Parallel()
	broken := 0
	for seed := range uint64(6) {
		result := few(t, seed, usual())
		bounds, err := Audit(t.Context(), result.Publication, nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		for i, b := range bounds {
			if result.Publication.Cells[i].Count == nil && (b.Upper == nil || *b.Upper > 0 && *b.Upper < 12) {
				t.Errorf("cell %v is at most %v", result.Publication.Cells[i].At, b.Upper)
			}
		}
		r := rand.New(rand.NewPCG(seed, 9))
		naive, _ := tiny([]int{3, 3, 3}, 60, 0, r)
		for i, c := range naive.Cells {
			if *c.Count < 11 {
				naive.Cells[i].Count = nil
			}
		}
		if bounds, err = Audit(t.Context(), naive, nil, nil); err != nil {
			t.Fatal(err)
		}
		for i, b := range bounds {
			if naive.Cells[i].Count == nil && *b.Upper > 0 && *b.Upper < 11 {
				broken++
			}
		}
	}
	if broken < 10 {
		t.Errorf("of tables whose small cells alone are withheld only %d cells are seen to be small: the audit sees too little", broken)
	}
}

// TestProofsUnderSealHold is T1 for tables with too many combinations to find a world for each from what is published alone. By the people
// there is one for each, or for each that has people where there are too many for that too; the verifier refuses the certificate where a
// world that serves one alone is left out.
func TestProofsUnderSealHold(t *testing.T) {
	t.Parallel()
	for n := range uint64(6) {
		policy, seed, covers := usual(), n/2, CoversSealed
		if policy.Whole = 0; n%2 == 1 {
			policy.Sealed, covers = 0, CoversOccupied
		}
		result := few(t, seed, policy)
		if result.Proof.Covers != covers || result.Proof.Open() {
			t.Fatalf("the proof covers %s", result.Proof.Covers)
		}
		statement, err := verify.Certificate(result.Certificate)
		if err != nil || statement.Shown || statement.Whole != (covers == CoversSealed) || statement.Covered == 0 {
			t.Fatalf("%+v, %v", statement, err)
		}
		var c map[string]any
		must(t, json.Unmarshal(result.Certificate, &c))
		worlds := c["worlds"].([]any)
		if len(worlds) == 0 {
			t.Fatal("no atom with people needs a world: the test sees nothing")
		}
		for i := range worlds {
			c["worlds"] = append(append([]any{}, worlds[:i]...), worlds[i+1:]...)
			lacking, err := json.Marshal(c)
			must(t, err)
			if _, err := verify.Certificate(lacking); !errors.Is(err, verify.ErrRefused) {
				t.Fatalf("without world %d of %d the certificate holds", i, len(worlds))
			}
		}
	}
}

// TestADigestTellsNothingOfThePeople: two certificates of the same people are not the same bytes, so that whoever tries all people finds none.
func TestADigestTellsNothingOfThePeople(t *testing.T) {
	t.Parallel()
	policy := usual()
	policy.Whole = 0
	a, b := few(t, 1, policy), few(t, 1, policy)
	if bytes.Equal(a.Certificate, b.Certificate) {
		t.Error("the certificate is the same, so that its digest may be found by trying")
	}
	c, d := few(t, 1, usual()), few(t, 1, usual())
	if !bytes.Equal(c.Certificate, d.Certificate) {
		t.Error("the certificate that may be shown is not the same")
	}
}

// TestWhereNoWorldIsFoundMoreIsWithheld lets the search fail for one atom, twice.
func TestWhereNoWorldIsFoundMoreIsWithheld(t *testing.T) {
	t.Parallel()
	in := ask("r", 150, 1, 3)
	in.Policy.Whole = 0
	r := newRun(in, nil)
	must(t, r.withhold(t.Context()))
	before, searches := counts(r.cells()), 0
	r.search = func(ctx context.Context, p *prover) (proof, error) {
		found, err := p.prove(ctx)
		if searches++; searches <= 2 && err == nil {
			found.unmet = []int{slices.Min(slices.Collect(maps.Keys(p.truth)))}
		}
		return found, err
	}
	result, err := r.prove(t.Context())
	must(t, err)
	if searches != 3 {
		t.Errorf("the search was asked %d times", searches)
	}
	if after := counts(result.Publication.Cells); after >= before {
		t.Errorf("%d cells were left, and %d after no world was found", before, after)
	}
}

func counts(cells []Cell) int {
	n := 0
	for _, c := range cells {
		if c.Count != nil {
			n++
		}
	}
	return n
}
