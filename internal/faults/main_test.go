//go:build linux

package faults

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"sync"
	"testing"
	"text/tabwriter"
	"time"
)

// asVariable makes the test binary be one of the processes that the tests kill.
const asVariable = "SONGTOR_FAULTS_AS"

func TestMain(m *testing.M) {
	switch os.Getenv(asVariable) {
	case "nats":
		runNATS()
	case "machine":
		runMachine()
	case "inside":
		runInside()
	default:
		code := m.Run()
		program.remove()
		results.print()
		os.Exit(code)
	}
}

// long says that the whole programme was asked for, and not its short form.
func long() bool { return os.Getenv("SONGTOR_FAULTS") == "long" }

// either is the first in the whole programme and the second in the short form.
func either[T any](whole, short T) T {
	if long() {
		return whole
	}
	return short
}

// onlyWhole skips what takes too long for the short form.
func onlyWhole(t *testing.T) {
	t.Helper()
	if !long() {
		t.Skip("a part of make test-faults")
	}
}

// seed is what every choice of the tests follows from: SONGTOR_FAULTS_SEED, or one that nobody chose.
var seed = sync.OnceValue(func() uint64 {
	s, err := strconv.ParseUint(os.Getenv("SONGTOR_FAULTS_SEED"), 10, 64)
	if err != nil {
		s = rand.Uint64N(1_000_000)
	}
	fmt.Printf("faults: SONGTOR_FAULTS_SEED=%d chooses the same moments and targets again\n", s)
	return s
})

// chooser makes the choices of one part of a test.
func chooser(part uint64) *rand.Rand { return rand.New(rand.NewPCG(seed(), part)) }

// result is a row of the table: what was done so many times, and what came of it.
type result struct {
	fault     string
	times     int
	accepted  int
	recovered []time.Duration // from the fault to the first form that was accepted and shown
	lost      int
	doubled   int
	control   string
}

// table is what is printed at the end.
type table struct {
	mu        sync.Mutex
	rows      []result
	notProven []string
}

var results table

func (b *table) add(r result) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.rows = append(b.rows, r)
}

// lacks says in the table that a test could not prove anything here, and skips it.
func lacks(t *testing.T, why string) {
	t.Helper()
	results.unproven(t.Name() + ": " + why)
	t.Skip("NOT PROVEN: " + why)
}

func (b *table) unproven(what string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.notProven = append(b.notProven, what)
}

func (b *table) print() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.rows) > 0 {
		w := tabwriter.NewWriter(os.Stdout, 0, 8, 2, ' ', 0)
		fmt.Fprintf(w, "\nfault\ttimes\taccepted\trecovered in (median, most)\tlost\tdoubled\tcontrol\n")
		for _, r := range b.rows {
			fmt.Fprintf(w, "%s\t%d\t%d\t%s\t%d\t%d\t%s\n", r.fault, r.times, r.accepted, spread(r.recovered), r.lost, r.doubled, r.control)
		}
		w.Flush()
	}
	for _, why := range b.notProven {
		fmt.Println("NOT PROVEN on this machine:", why)
	}
	if len(b.rows) > 0 || len(b.notProven) > 0 {
		fmt.Printf("%d not proven; seed %d\n", len(b.notProven), seed())
	}
}

func spread(times []time.Duration) string {
	if len(times) == 0 {
		return "-"
	}
	return fmt.Sprintf("%s, %s", middle(times).Round(10*time.Millisecond), most(times).Round(10*time.Millisecond))
}
