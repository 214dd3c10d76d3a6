package disclosure

import (
	"fmt"
	"math"
	"math/rand/v2"
)

// synthetic is a caseload with the shape of the real one: some categories are common, most are rare, and they hang together.
func synthetic(people int, seed uint64) ([]Dimension, []Record) {
	sizes := []int{3, 4, 6, 6, 7}
	names := []string{"sex", "age", "nationality", "exploitation", "region"}
	var dims []Dimension
	for i, n := range sizes {
		d := Dimension{Name: names[i]}
		for c := range n {
			d.Categories = append(d.Categories, fmt.Sprintf("%s%d", names[i][:1], c))
		}
		dims = append(dims, d)
	}
	r := rand.New(rand.NewPCG(seed, 7))
	var records []Record
	for range people {
		rec := make(Record, len(sizes))
		kind := r.IntN(3)
		for i, n := range sizes {
			w := make([]float64, n)
			sum := 0.0
			for c := range w {
				w[c] = math.Exp(-0.85 * float64((c+kind*2)%n))
				sum += w[c]
			}
			u := r.Float64() * sum
			c := 0
			for u > w[c] && c < n-1 {
				u -= w[c]
				c++
			}
			rec[i] = dims[i].Categories[c]
		}
		records = append(records, rec)
	}
	return dims, records
}

func twoWay(dims []Dimension) [][]string {
	var tables [][]string
	for _, d := range dims {
		tables = append(tables, []string{d.Name})
	}
	for i := range dims {
		for j := range i {
			tables = append(tables, []string{dims[j].Name, dims[i].Name})
		}
	}
	return tables
}
