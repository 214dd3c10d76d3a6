package app

import (
	"songtor/internal/release"
	"songtor/projections/statistics"
)

// screenedInPeriod is the universe and the basis of what has been published up to now: people by the day of their first screening.
const screenedInPeriod = "screened"

// document is a release in the form in which all of them are published.
func document(r statistics.Release) release.Release {
	d := release.Release{
		ID: r.Period, From: r.From, Until: r.Until, PublishedAt: r.PublishedAt, Position: r.Position, Basis: screenedInPeriod,
		Protection:  release.Protection{K: r.Method.K, Bound: r.Method.K, Method: r.Method.Text, Statement: r.Method.Text},
		Dimensions:  []release.Dimension{},
		Universes:   []release.Universe{{ID: screenedInPeriod, Unit: "persons", Basis: screenedInPeriod, Total: r.Total.Count}},
		Tables:      []release.Table{},
		Total:       r.Total.Count,
		Adjustments: []release.Adjustment{},
	}
	for _, t := range r.Tables {
		dimension := release.Dimension{ID: t.Name}
		table := release.Table{
			ID: t.Name, Measure: "identified", Universe: screenedInPeriod, Basis: screenedInPeriod, Dimensions: []string{t.Name},
		}
		for _, c := range t.Cells {
			dimension.Categories = append(dimension.Categories, release.Category{ID: c.Value})
			table.Cells = append(table.Cells, release.Cell{At: map[string]string{t.Name: c.Value}, Count: c.Count})
		}
		d.Dimensions, d.Tables = append(d.Dimensions, dimension), append(d.Tables, table)
	}
	return d
}
