package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"text/tabwriter"
)

// figure is one measurement beside its reference, measured in the same run on the same machine.
type figure struct {
	Name      string  `json:"name"`           // the same in every run, so that two can be compared
	Note      string  `json:"note,omitempty"` // what of it may differ from run to run
	Ours      float64 `json:"ours"`
	Reference float64 `json:"reference"`
	Ratio     float64 `json:"ratio"` // ours over reference
	Unit      string  `json:"unit"`
	Aim       float64 `json:"aim"` // the ratio that is promised: at most, or
	AtLeast   bool    `json:"at_least,omitempty"`
}

// label is the name as it is shown.
func (f figure) label() string {
	if f.Note == "" {
		return f.Name
	}
	return fmt.Sprintf("%s (%s)", f.Name, f.Note)
}

// reached reports whether the ratio is what is promised.
func (f figure) reached() bool {
	if f.AtLeast {
		return f.Ratio >= f.Aim
	}
	return f.Ratio <= f.Aim
}

func (f figure) aim() string {
	if f.AtLeast {
		return fmt.Sprintf(">= %.2f", f.Aim)
	}
	return fmt.Sprintf("<= %.2f", f.Aim)
}

// tolerance is how much worse a ratio may be than the last time before it is called worse: the figures of a shared machine swing.
const tolerance = 0.25

// change says how the ratio moved since the last time.
func (f figure) change(last float64) string {
	better := f.Ratio / last
	if f.AtLeast {
		better = last / f.Ratio
	}
	switch {
	case better > 1+tolerance:
		return fmt.Sprintf("%.2f, worse", last)
	case better < 1/(1+tolerance):
		return fmt.Sprintf("%.2f, better", last)
	}
	return fmt.Sprintf("%.2f", last)
}

// readFigures reads the figures of another time; none where there is no such file.
func readFigures(path string) ([]figure, error) {
	if path == "" {
		return nil, nil
	}
	encoded, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	var figures []figure
	if err == nil {
		err = json.Unmarshal(encoded, &figures)
	}
	if err != nil {
		return nil, fmt.Errorf("couldn't read the last figures: %w", err)
	}
	return figures, nil
}

// report prints the table, each figure beside that of the last time, and writes the files.
func report(out io.Writer, figures, before []figure, o suiteOptions) error {
	last := map[string]float64{}
	for _, f := range before {
		last[f.Name] = f.Ratio
	}
	table := tabwriter.NewWriter(out, 0, 8, 2, ' ', 0)
	fmt.Fprintln(table, "\nmeasured\tours\treference\tunit\tratio\taim\t\tlast time")
	for _, f := range figures {
		reached, before := "", "none"
		if !f.reached() {
			reached = "missed"
		}
		if ratio, ok := last[f.Name]; ok {
			before = f.change(ratio)
		}
		fmt.Fprintf(table, "%s\t%.2f\t%.2f\t%s\t%.2f\t%s\t%s\t%s\n", f.label(), f.Ours, f.Reference, f.Unit, f.Ratio, f.aim(), reached, before)
	}
	if err := table.Flush(); err != nil {
		return err
	}
	return errors.Join(writeFigures(o.json, figures), writeCharts(o.charts, figures))
}

func writeFigures(path string, figures []figure) error {
	if path == "" {
		return nil
	}
	encoded, err := json.MarshalIndent(figures, "", "  ")
	if err != nil {
		return err
	}
	if err := os.WriteFile(path, append(encoded, '\n'), 0o644); err != nil { //nolint:gosec // everybody may read figures
		return fmt.Errorf("couldn't write the figures: %w", err)
	}
	return nil
}

// writeCharts draws the figures into a folder.
func writeCharts(folder string, figures []figure) error {
	if folder == "" {
		return nil
	}
	if err := os.MkdirAll(folder, 0o755); err != nil { //nolint:gosec // a folder of pictures for everybody
		return fmt.Errorf("couldn't make the folder of the charts: %w", err)
	}
	if err := os.WriteFile(filepath.Join(folder, "figures.svg"), chart(figures), 0o644); err != nil { //nolint:gosec // a picture for everybody
		return fmt.Errorf("couldn't write a chart: %w", err)
	}
	return nil
}
