package release

import (
	"fmt"
	"strconv"

	"github.com/xuri/excelize/v2"

	"songtor/internal/sheet"
)

// line is one count of a release in a file. A dimension that is no part of the table is empty.
type line struct {
	texts []string
	count *int // nil where it is withheld, never for a zero
}

// head is the first line of a release's files: a column for each dimension.
func (r Release) head() []string {
	head := []string{"period", "universe", "basis", "table"}
	for _, d := range r.Dimensions {
		head = append(head, d.ID)
	}
	return append(head, "count")
}

func (r Release) lines() []line {
	var lines []line
	add := func(universe, basis, table string, c Cell) {
		texts := []string{r.ID, universe, basis, table}
		for _, d := range r.Dimensions {
			texts = append(texts, c.At[d.ID])
		}
		lines = append(lines, line{texts, c.Count})
	}
	for _, u := range r.Universes {
		add(u.ID, u.Basis, "total", Cell{Count: u.Total})
	}
	for _, t := range r.Tables {
		for _, c := range t.Cells {
			add(t.Universe, t.Basis, t.ID, c)
		}
	}
	for _, a := range r.Adjustments {
		add("adjustment of "+a.Period, "known since", a.Kind, Cell{Count: a.Count})
	}
	return lines
}

// CSV is the release as a table of lines; an empty count is one that is withheld.
func (r Release) CSV() []byte {
	var file sheet.CSV
	file.Add(r.head()...)
	for _, l := range r.lines() {
		count := ""
		if l.count != nil {
			count = strconv.Itoa(*l.count)
		}
		file.Add(append(l.texts, count)...)
	}
	return file.Bytes()
}

// XLSX is the release as a workbook: the lines of the CSV file, and how they are protected.
func (r Release) XLSX() ([]byte, error) {
	f := excelize.NewFile()
	defer func() { _ = f.Close() }() // it was never on disk
	const first, about = "Sheet1", "protection"
	if err := f.SetSheetName(first, r.ID); err != nil {
		return nil, err
	}
	if err := r.fill(f); err != nil {
		return nil, err
	}
	if _, err := f.NewSheet(about); err != nil {
		return nil, err
	}
	for i, row := range r.statement() {
		if err := f.SetSheetRow(about, "A"+strconv.Itoa(i+1), &[]any{sheet.Cell(row[0]), sheet.Cell(row[1])}); err != nil {
			return nil, err
		}
	}
	b, err := f.WriteToBuffer()
	if err != nil {
		return nil, fmt.Errorf("couldn't write a workbook: %w", err)
	}
	return b.Bytes(), nil
}

func (r Release) fill(f *excelize.File) error {
	head := r.head()
	if err := f.SetSheetRow(r.ID, "A1", &head); err != nil {
		return err
	}
	for i, l := range r.lines() {
		// Strings are written as shared strings, which no spreadsheet evaluates until somebody edits the cell or saves it as CSV.
		var cells []any
		for _, text := range l.texts {
			cells = append(cells, sheet.Cell(text))
		}
		if l.count != nil {
			cells = append(cells, *l.count)
		}
		if err := f.SetSheetRow(r.ID, "A"+strconv.Itoa(i+2), &cells); err != nil {
			return err
		}
	}
	return nil
}

// statement says how the counts are protected, a name and a value a row.
func (r Release) statement() [][2]string {
	return [][2]string{
		{"period", r.ID},
		{"position of the log", strconv.FormatUint(r.Position, 10)},
		{"k", strconv.Itoa(r.K)},
		{"bound", strconv.Itoa(r.Bound)},
		{"coalition", strconv.Itoa(r.Coalition)},
		{"extra", strconv.FormatFloat(r.Extra, 'g', -1, 64)},
		{"weaker than recommended", strconv.FormatBool(r.Weak)},
		{"answers to unreviewed wording counted", strconv.FormatBool(r.DraftWording)},
		{"method", r.Method},
		{"statement", r.Statement},
	}
}

// Bundle is all that is published of a release, for programs: the tables, the cells as the ledger has them, and by which certificates
// they are proved.
type Bundle struct {
	Release Release `json:"release"`
	Digest  string  `json:"digest"` // of the proposal that was published
	Blocks  []Block `json:"blocks"`
}

// Bundle returns all that is published of a release.
func (p *Published) Bundle() Bundle {
	return Bundle{Release: p.Release, Digest: p.Digest, Blocks: p.Blocks}
}

// Count is the published count of some people of a universe, named by a category of each dimension of a table, and false for everything
// that is not published, for whatever reason.
func (p *Published) Count(universe string, at map[string]string) (int, bool) {
	for _, u := range p.Release.Universes {
		if u.ID == universe && len(at) == 0 && u.Total != nil {
			return *u.Total, true
		}
	}
	for _, t := range p.Release.Tables {
		if t.Universe != universe || len(t.Dimensions) != len(at) {
			continue
		}
		for _, c := range t.Cells {
			if c.Count != nil && c.is(at) {
				return *c.Count, true
			}
		}
	}
	return 0, false
}

func (c Cell) is(at map[string]string) bool {
	for k, v := range at {
		if c.At[k] != v {
			return false
		}
	}
	return len(c.At) == len(at)
}
