package disclosure

import (
	"os"
	"strconv"
	"testing"
	"time"
)

// TestGrowth protects a synthetic year of as many people as SONGTOR_GROWTH says, over five dimensions, and prints what is published of it and
// at what cost. It takes minutes, so it runs where it is asked for.
func TestGrowth(t *testing.T) {
	people, err := strconv.Atoi(os.Getenv("SONGTOR_GROWTH"))
	if err != nil {
		t.Skip("SONGTOR_GROWTH names no number of people")
	}
	dims, records := synthetic(people, 0)
	began := time.Now()
	steps := map[string]time.Duration{}
	result, err := Protect(t.Context(), Input{
		Release: "r", Populations: []Population{{"p", records}}, Dimensions: dims, Tables: twoWay(dims), Policy: usual(), Secret: []byte("a secret of tests"),
	}, func(p Progress) { steps[p.Step] = time.Since(began) })
	if err != nil {
		t.Fatal(err)
	}
	var one, ones, two, twos, counted int
	for _, f := range result.Figures.Tables {
		if len(f.Table) == 1 {
			one, ones = one+f.Published, ones+f.Occupied
		} else {
			two, twos, counted = two+f.Published, twos+f.Occupied, counted+f.People
		}
	}
	t.Logf("%d people: %d of %d one-way cells, %d of %d two-way cells with %.1f %% of the people; %d atoms, %d worlds, %d rounds; certificate of %d KB; %v in all, steps ended at %v",
		people, one, ones, two, twos, 10*float64(counted)/float64(people), result.Figures.Atoms, result.Figures.Witnesses, result.Figures.Rounds, len(result.Certificate)/1024, time.Since(began), steps)
}
