package main

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// What moved by more than the tolerance is called by its direction, which for what must be large is the other way round.
func TestFiguresAreComparedWithTheLastTime(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		figure
		last float64
		want string
	}{
		{"slower", figure{Ratio: 2, Aim: 2.5}, 1.5, "1.50, worse"},
		{"quicker", figure{Ratio: 1, Aim: 2.5}, 1.5, "1.50, better"},
		{"as before", figure{Ratio: 1.6, Aim: 2.5}, 1.5, "1.50"},
		{"fewer", figure{Ratio: 0.3, Aim: 0.6, AtLeast: true}, 0.5, "0.50, worse"},
		{"more", figure{Ratio: 0.7, Aim: 0.6, AtLeast: true}, 0.5, "0.50, better"},
	} {
		if got := c.change(c.last); got != c.want {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
}

func TestReportWritesFiguresThatTheNextOneReads(t *testing.T) {
	t.Parallel()
	o := suiteOptions{json: filepath.Join(t.TempDir(), "bench.json"), charts: t.TempDir()}
	figures := []figure{
		{Name: "accepted", Ours: 1, Reference: 2, Ratio: 0.5, Unit: "1/s", Aim: 0.6, AtLeast: true},
		{Name: "from <a> to b", Note: "page 7", Ours: 3, Reference: 2, Ratio: 1.5, Unit: "ms", Aim: 2.5},
	}
	var out bytes.Buffer
	last := []figure{{Name: "from <a> to b", Note: "page 8", Ratio: 1.25}}
	if err := report(&out, figures, last, o); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(out.String(), "from <a> to b (page 7)") || !strings.Contains(out.String(), "1.25") {
		t.Errorf("a figure is told without its note, or not compared with that of another note:\n%s", &out)
	}
	if !strings.Contains(out.String(), "missed") {
		t.Error("the figure that misses its aim is not called missed")
	}
	before, err := readFigures(o.json)
	if err != nil || len(before) != 2 || before[0] != figures[0] || before[1] != figures[1] {
		t.Fatalf("got %v, %v", before, err)
	}
	if none, err := readFigures(filepath.Join(t.TempDir(), "none")); none != nil || err != nil {
		t.Fatalf("a first time has nothing to compare with: got %v, %v", none, err)
	}
}

func TestChartIsWellFormed(t *testing.T) {
	t.Parallel()
	drawing := xml.NewDecoder(bytes.NewReader(chart([]figure{
		{Name: "from <a> to b", Ratio: 100, Aim: 1}, {Name: "far better", Ratio: 0.01, Aim: 1}, {Name: "just so", Ratio: 1, Aim: 1},
	})))
	for {
		_, err := drawing.Token()
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// Some parts of the suite can be measured alone, in its order, and a part that there is not is not passed over.
func TestPartsOfTheSuiteAreChosenByName(t *testing.T) {
	t.Parallel()
	names := func(parts []suitePart) (all []string) {
		for _, p := range parts {
			all = append(all, p.name)
		}
		return all
	}
	var s suite
	all, err := chosen(s.parts(1), nil)
	if err != nil || len(all) != len(s.parts(1)) {
		t.Errorf("all are %v (%v)", names(all), err)
	}
	some, err := chosen(s.parts(1), []string{"rebuild", "intake"})
	if err != nil || !slices.Equal(names(some), []string{"start", "intake", "rebuild"}) {
		t.Errorf("some are %v (%v)", names(some), err)
	}
	if none, err := chosen(s.parts(1), []string{"intake", "intakes"}); err == nil {
		t.Errorf("a part that there is not: %v", names(none))
	}
}
