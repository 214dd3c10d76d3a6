package disclosure

import (
	"context"
	"fmt"
)

// withholdAll publishes the grand total alone.
func withholdAll(_ context.Context, in Input, report func(Progress)) (*Result, error) {
	if len(in.Dimensions) == 0 || in.Policy.K < 2 {
		return nil, fmt.Errorf("%w: it needs a dimension and a threshold", ErrInput)
	}
	out := Publication{Release: in.Release, Dimensions: in.Dimensions, Tables: in.Tables, Structural: in.Structural}
	people := 0
	for _, p := range in.Populations {
		out.Populations = append(out.Populations, p.Name)
		people += len(p.Records)
	}
	total := Cell{At: map[string]string{}}
	if people >= in.Policy.Bound() {
		total.Count = &people
	}
	out.Cells = append(out.Cells, total)
	for _, table := range in.Tables {
		cells := []map[string]string{{}}
		for _, name := range table {
			cells = split(cells, name, in.Dimensions)
		}
		for _, at := range cells {
			out.Cells = append(out.Cells, Cell{At: at})
		}
	}
	if report != nil {
		report(Progress{Step: "prove", Done: 1, Total: 1})
	}
	return &Result{Publication: out, Certificate: []byte("{}"), Figures: Figures{People: people}}, nil
}

// split returns the cells, each divided by the categories of a dimension.
func split(cells []map[string]string, name string, dimensions []Dimension) []map[string]string {
	var divided []map[string]string
	for _, d := range dimensions {
		if d.Name != name {
			continue
		}
		for _, at := range cells {
			for _, category := range d.Categories {
				next := map[string]string{name: category}
				for k, v := range at {
					next[k] = v
				}
				divided = append(divided, next)
			}
		}
	}
	return divided
}
