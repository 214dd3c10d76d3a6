package main

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"

	"songtor/domain"
)

// wgssCmd scores a file of Washington Group answers, so that statisticians can hold the service's logic against the official syntax.
type wgssCmd struct {
	File string `arg:"" help:"CSV file with the columns age,vis,hear,mob,cog,sc,com; - reads standard input."`
}

// Run prints the file with the results added as columns. Nothing is printed where a line is wrong.
func (c *wgssCmd) Run(out io.Writer) error {
	in := io.Reader(os.Stdin)
	if c.File != "-" {
		f, err := os.Open(c.File)
		if err != nil {
			return fmt.Errorf("couldn't open the file: %w", err)
		}
		defer f.Close()
		in = f
	}
	var scored bytes.Buffer
	if err := scoreCSV(in, &scored); err != nil {
		return err
	}
	_, err := scored.WriteTo(out)
	return err
}

var (
	wgssInput   = []string{"age", "vis", "hear", "mob", "cog", "sc", "com"}
	wgssResults = []string{"sum_234", "sum_34", "disability1", "disability2", "disability3", "disability4", "score", "n_missing"}
)

func scoreCSV(in io.Reader, out io.Writer) error {
	r, w := csv.NewReader(in), csv.NewWriter(out)
	header, err := r.Read()
	if errors.Is(err, io.EOF) {
		return fmt.Errorf("line 1: the file is empty; it needs the columns %s", strings.Join(wgssInput, ","))
	}
	if err != nil {
		return fmt.Errorf("couldn't read the header: %w", err)
	}
	columns, err := findColumns(header)
	if err != nil {
		return err
	}
	if err := w.Write(append(header, wgssResults...)); err != nil {
		return err
	}
	for {
		record, err := r.Read()
		if errors.Is(err, io.EOF) {
			w.Flush()
			return w.Error()
		}
		if err != nil {
			return fmt.Errorf("couldn't read the file: %w", err)
		}
		line, _ := r.FieldPos(0)
		result, err := scoreRecord(record, columns)
		if err != nil {
			return fmt.Errorf("line %d: %w", line, err)
		}
		if err := w.Write(append(record, wgssCells(result)...)); err != nil {
			return err
		}
	}
}

// findColumns returns the places of the input columns in the header, in the order of wgssInput.
func findColumns(header []string) ([]int, error) {
	names := make([]string, len(header))
	for i, h := range header {
		names[i] = strings.ToLower(strings.TrimSpace(strings.TrimPrefix(h, "\ufeff")))
	}
	columns := make([]int, len(wgssInput))
	for i, want := range wgssInput {
		columns[i] = slices.Index(names, want)
		if columns[i] < 0 {
			return nil, fmt.Errorf("line 1: there is no column %q; the columns are %s", want, strings.Join(wgssInput, ","))
		}
	}
	return columns, nil
}

func scoreRecord(record []string, columns []int) (domain.WGResult, error) {
	age, err := parseAge(record[columns[0]])
	if err != nil {
		return domain.WGResult{}, err
	}
	var answers domain.WGAnswers
	for i := range answers {
		answers[i], err = parseCode(record[columns[i+1]])
		if err != nil {
			return domain.WGResult{}, fmt.Errorf("column %s: %w", wgssInput[i+1], err)
		}
	}
	return domain.ScoreWG(age, answers), nil
}

func parseAge(cell string) (*int, error) {
	cell = strings.TrimSpace(cell)
	if cell == "" {
		return nil, nil
	}
	age, err := strconv.Atoi(cell)
	if err != nil || age < 0 || age > 130 {
		return nil, errors.New("column age: not an age in whole years from 0 to 130; leave it empty where it is not known")
	}
	return &age, nil
}

func parseCode(cell string) (int, error) {
	switch cell = strings.TrimSpace(cell); cell {
	case "":
		return domain.WGNotAsked, nil
	case "1", "2", "3", "4", "7", "8", "9":
		return int(cell[0] - '0'), nil
	}
	return 0, errors.New("unknown code; the codes are 1 to 4, 7 refused, 8 not ascertained, 9 don't know and empty for not asked")
}

// wgssCells prints a result, with empty cells where it is missing or not applicable.
func wgssCells(r domain.WGResult) []string {
	cells := []string{
		number(r.Sum234), number(r.Sum34),
		flag(r.Disability1), flag(r.Disability2), flag(r.Disability3), flag(r.Disability4),
		number(r.Score),
	}
	if !r.Applicable {
		return append(cells, "")
	}
	return append(cells, strconv.Itoa(r.Missing))
}

func number(n *int) string {
	if n == nil {
		return ""
	}
	return strconv.Itoa(*n)
}

func flag(b *bool) string {
	switch {
	case b == nil:
		return ""
	case *b:
		return "1"
	}
	return "0"
}
