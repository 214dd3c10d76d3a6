package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"

	"songtor/internal/disclosure"
	"songtor/internal/disclosure/verify"
	"songtor/internal/durable"
)

// everybody is how a table of cells names all categories of a dimension together.
const everybody = "*"

// protectCmd protects the tables of any records, for statisticians.
type protectCmd struct {
	Records string `arg:"" help:"CSV file with a header and one record (one person) a line; - reads standard input. An empty value is a category of its own."`

	Dimensions  string  `required:"" help:"Columns by which records are counted, separated by commas; a name with a comma stands in quotation marks."`
	Tables      string  `help:"Tables to publish, separated by semicolons, each the dimensions that it has. Without it: every dimension and every two of them. The grand total is always added."`
	K           int     `name:"k" default:"11" help:"Smallest group that may be seen to be one."`
	Coalition   int     `default:"1" help:"How many people may subtract themselves from what they read; nobody can prove any group to have fewer than k and these."`
	Extra       float64 `default:"0.02" help:"Chance that a cell is withheld without a reason, so that replaying the program tells nothing."`
	Secret      string  `type:"existingfile" placeholder:"FILE" help:"File of 16 bytes or more that decides by chance what else is withheld. Without it a new secret is made for this run; keep one to repeat a run."`
	Seed        string  `help:"Words in the place of a secret, for tests and teaching: whoever knows them can replay the program."`
	Whole       int     `default:"600" help:"Up to how many combinations of categories the proof is made from what is printed alone, so that it may be shown to anybody. With more it is made from the records and is confidential: whoever may not see the records must not see it. Raising it may turn minutes into hours."`
	Sealed      int     `default:"1000" help:"Up to how many combinations the confidential proof has whole numbers for every one of them. With more it has them for those alone that hold people, and linear bounds stand for the others."`
	Certificate string  `default:"certificate.json" placeholder:"FILE" help:"Where the proof is written (${default}). Its line may_be_shown says whether it may be shown to others: true where it is made from what is printed alone, false (CONFIDENTIAL) where it tells of the records. The file is readable by its owner alone."`
}

// Help says what is printed.
func (c *protectCmd) Help() string {
	return "Prints CSV: a column for each dimension, with a category or * for all, and count, which is empty where it is withheld, for whatever reason. " +
		"Zeros are withheld too. The certificate proves by whole numbers that no group that has somebody in it can be proved to be smaller than k and the coalition; songtor release check checks it. " +
		"May it be shown to others? Yes where there are up to --whole combinations of categories: it is made from what is printed alone. " +
		"No where there are more: it tells of the records. The file itself says which of the two it is."
}

// Run prints the cells and writes the certificate.
func (c *protectCmd) Run(ctx context.Context, out io.Writer) error {
	names, err := listOf(c.Dimensions)
	if err != nil {
		return err
	}
	tables, err := tablesOf(c.Tables, names)
	if err != nil {
		return err
	}
	secret, err := c.secret()
	if err != nil {
		return err
	}
	in := disclosure.Input{
		Release: "records", Tables: tables, Secret: secret,
		Policy: disclosure.Policy{K: c.K, Coalition: c.Coalition, Extra: c.Extra, Whole: c.Whole, Sealed: c.Sealed},
	}
	if in.Dimensions, in.Populations, err = readRecords(c.Records, names); err != nil {
		return err
	}
	print := printer(os.Stderr)
	result, err := disclosure.Protect(ctx, in, func(p disclosure.Progress) {
		print(progress{Done: uint64(max(p.Done, 0)), Total: uint64(max(p.Total, 0))})
	})
	if err != nil {
		return err
	}
	if err := durable.WriteFile(c.Certificate, result.Certificate); err != nil {
		return fmt.Errorf("couldn't write the certificate: %w", err)
	}
	if !result.Proof.Open() {
		fmt.Fprintf(os.Stderr, "songtor: %s is CONFIDENTIAL: it tells in which combinations of categories there are people\n", c.Certificate)
	}
	return writeCells(out, names, result.Publication.Cells, nil)
}

// secret is what the coins are tossed with.
func (c *protectCmd) secret() ([]byte, error) {
	switch {
	case c.Secret != "" && c.Seed != "":
		return nil, errors.New("give --secret or --seed, not both")
	case c.Seed != "":
		return []byte(c.Seed), nil
	case c.Secret == "":
		made := make([]byte, 32)
		_, err := rand.Read(made)
		return made, err
	}
	secret, err := os.ReadFile(c.Secret)
	if err != nil {
		return nil, fmt.Errorf("couldn't read the secret: %w", err)
	}
	if len(secret) < 16 {
		return nil, fmt.Errorf("the secret in %s is shorter than 16 bytes", c.Secret)
	}
	return secret, nil
}

// auditCmd tells what anybody can prove of cells, whatever made them.
type auditCmd struct {
	Cells      string `arg:"" help:"CSV file with a column for each dimension (a category, or * for all) and count, empty where withheld; - reads standard input."`
	Dimensions string `required:"" help:"Columns that are dimensions, separated by commas; a name with a comma stands in quotation marks."`
}

// Help says what is printed.
func (c *auditCmd) Help() string {
	return "Prints the cells with the columns lower and upper: the least and the most people that a withheld cell can have in any table of whole numbers that agrees with " +
		"every count given. upper is empty where there is no bound. A margin that is not among the cells is not known. Where it couldn't be found out whether whole " +
		"numbers reach a bound, it is that of the linear program rounded inward, and a line on the standard error says which cells. Cells that contradict each other are an error."
}

// Run prints the cells with their bounds.
func (c *auditCmd) Run(ctx context.Context, out io.Writer) error {
	names, err := listOf(c.Dimensions)
	if err != nil {
		return err
	}
	published, err := readCells(c.Cells, names)
	if err != nil {
		return err
	}
	bounds, err := disclosure.Audit(ctx, published, nil, nil)
	if err != nil {
		return err
	}
	for i, b := range bounds {
		if !b.Exact {
			fmt.Fprintf(os.Stderr, "songtor: the bounds of the cell in line %d are those of the linear program, rounded inward\n", i+2)
		}
	}
	return writeCells(out, names, published.Cells, bounds)
}

// checkCmd checks a certificate.
type checkCmd struct {
	Certificate string `arg:"" type:"existingfile" help:"Certificate that songtor release protect wrote."`
}

// Run prints what the certificate proves.
func (c *checkCmd) Run(out io.Writer) error {
	file, err := os.ReadFile(c.Certificate)
	if err != nil {
		return fmt.Errorf("couldn't read the certificate: %w", err)
	}
	s, err := verify.Certificate(file)
	if err != nil {
		return err
	}
	if s.Whole && !s.Shown {
		fmt.Fprintf(out, "The certificate holds: of %d combinations, each is empty for certain (%d) or can have %d people or more (%d tables of whole numbers). It is CONFIDENTIAL.\n", s.Atoms, s.Zeros, s.Bound, s.Witnesses)
		return nil
	}
	if s.Whole {
		fmt.Fprintf(out, "The certificate holds: of %d combinations, each is empty for certain (%d) or can have %d people or more (%d tables of whole numbers). It may be shown to anybody.\n", s.Atoms, s.Zeros, s.Bound, s.Witnesses)
		return nil
	}
	fmt.Fprintf(out, "The certificate holds: of %d combinations, each that has people (%d) can have %d or more (%d tables of whole numbers). Of the others the program had linear bounds, which are not in the file. It is CONFIDENTIAL, as this line is.\n", s.Atoms, s.Covered, s.Bound, s.Witnesses)
	return nil
}

// listOf are names that are separated by commas, as in a line of CSV.
func listOf(line string) ([]string, error) {
	r := csv.NewReader(strings.NewReader(line))
	names, err := r.Read()
	if err != nil {
		return nil, fmt.Errorf("the list %q can't be read: it has to be names separated by commas", line)
	}
	for i, n := range names {
		if slices.Contains(names[:i], n) {
			return nil, fmt.Errorf("the list %q has %q twice", line, n)
		}
	}
	return names, nil
}

// tablesOf are tables that are separated by semicolons; without any, every dimension and every two of them.
func tablesOf(list string, dimensions []string) ([][]string, error) {
	var tables [][]string
	if strings.TrimSpace(list) == "" {
		for _, d := range dimensions {
			tables = append(tables, []string{d})
		}
		for i, d := range dimensions {
			for _, other := range dimensions[i+1:] {
				tables = append(tables, []string{d, other})
			}
		}
		return tables, nil
	}
	seen := map[string]bool{}
	for _, part := range splitOutsideQuotes(list) {
		if strings.TrimSpace(part) == "" {
			continue
		}
		table, err := listOf(part)
		if err != nil {
			return nil, err
		}
		for _, d := range table {
			if !slices.Contains(dimensions, d) {
				return nil, fmt.Errorf("the table %q has %q, which is none of the dimensions", part, d)
			}
		}
		if key := fmt.Sprintf("%q", slices.Sorted(slices.Values(table))); !seen[key] {
			seen[key] = true
			tables = append(tables, table)
		}
	}
	return tables, nil
}

// splitOutsideQuotes divides a text at its semicolons, but for those within quotation marks.
func splitOutsideQuotes(s string) []string {
	quoted := false
	return strings.FieldsFunc(s, func(r rune) bool {
		if r == '"' {
			quoted = !quoted
		}
		return r == ';' && !quoted
	})
}

// readTable reads a CSV file and returns its lines, and the place of each of the named columns.
func readTable(name string, columns []string) ([][]string, []int, error) {
	in := io.Reader(os.Stdin)
	if name != "-" {
		f, err := os.Open(name)
		if err != nil {
			return nil, nil, fmt.Errorf("couldn't open the file: %w", err)
		}
		defer f.Close()
		in = f
	}
	lines, err := csv.NewReader(in).ReadAll()
	if err != nil {
		return nil, nil, fmt.Errorf("couldn't read %s: %w", name, err)
	}
	if len(lines) == 0 {
		return nil, nil, fmt.Errorf("%s is empty; its first line has to name the columns", name)
	}
	header := slices.Clone(lines[0])
	header[0] = strings.TrimPrefix(header[0], "\ufeff")
	places := make([]int, len(columns))
	for i, c := range columns {
		places[i] = slices.Index(header, c)
		switch {
		case places[i] < 0:
			return nil, nil, fmt.Errorf("line 1 of %s: there is no column %q", name, c)
		case slices.Contains(header[places[i]+1:], c):
			return nil, nil, fmt.Errorf("line 1 of %s: the column %q is there twice", name, c)
		}
	}
	return lines[1:], places, nil
}

// readRecords reads people and finds the categories that they have. Categories are sorted, since the order of the file tells who came first.
func readRecords(name string, names []string) ([]disclosure.Dimension, []disclosure.Population, error) {
	lines, places, err := readTable(name, names)
	if err != nil {
		return nil, nil, err
	}
	if len(lines) == 0 {
		return nil, nil, fmt.Errorf("%s has no records", name)
	}
	population := disclosure.Population{Name: "records"}
	for n, line := range lines {
		record := make(disclosure.Record, len(places))
		for i, p := range places {
			if record[i] = line[p]; line[p] == everybody {
				return nil, nil, fmt.Errorf("record %d of %s: the value %q of %q can't be told from the mark for all", n+1, name, everybody, names[i])
			}
		}
		population.Records = append(population.Records, record)
	}
	dimensions := make([]disclosure.Dimension, len(names))
	for i, d := range names {
		categories := map[string]bool{}
		for _, r := range population.Records {
			categories[r[i]] = true
		}
		dimensions[i] = disclosure.Dimension{Name: d, Categories: sortedKeys(categories), Observed: true}
	}
	return dimensions, []disclosure.Population{population}, nil
}

func sortedKeys(set map[string]bool) []string {
	var keys []string
	for k := range set {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// readCells reads cells, of whatever tables they are.
func readCells(name string, names []string) (disclosure.Publication, error) {
	lines, places, err := readTable(name, append(slices.Clone(names), "count"))
	if err != nil {
		return disclosure.Publication{}, err
	}
	published := disclosure.Publication{Release: "cells", Populations: []string{"everybody"}}
	categories := make([]map[string]bool, len(names))
	for i := range categories {
		categories[i] = map[string]bool{}
	}
	tables := map[string]bool{"[]": true}
	for n, line := range lines {
		cell := disclosure.Cell{At: map[string]string{}}
		var table []string
		for i, d := range names {
			if value := line[places[i]]; value != everybody {
				cell.At[d], categories[i][value] = value, true
				table = append(table, d)
			}
		}
		if text := strings.TrimSpace(line[places[len(names)]]); text != "" {
			count, err := strconv.Atoi(text)
			if err != nil || count < 0 || count > 1_000_000_000 {
				return disclosure.Publication{}, fmt.Errorf("line %d of %s: the count %q is no whole number from 0 to a thousand million; leave it empty where it is withheld", n+2, name, text)
			}
			cell.Count = &count
		}
		if key := fmt.Sprintf("%q", table); !tables[key] {
			tables[key] = true
			published.Tables = append(published.Tables, table)
		}
		published.Cells = append(published.Cells, cell)
	}
	for i, d := range names {
		if len(categories[i]) > 0 {
			published.Dimensions = append(published.Dimensions, disclosure.Dimension{Name: d, Categories: sortedKeys(categories[i])})
		}
	}
	return published, nil
}

// writeCells prints cells, with their bounds where there are any.
func writeCells(out io.Writer, names []string, cells []disclosure.Cell, bounds []disclosure.Bounds) error {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	header := append(slices.Clone(names), "count")
	if bounds != nil {
		header = append(header, "lower", "upper")
	}
	lines := [][]string{header}
	for i, cell := range cells {
		var line []string
		for _, d := range names {
			value, ok := cell.At[d]
			if !ok {
				value = everybody
			}
			line = append(line, value)
		}
		line = append(line, number(cell.Count))
		if bounds != nil {
			line = append(line, strconv.Itoa(bounds[i].Lower), number(bounds[i].Upper))
		}
		lines = append(lines, line)
	}
	if err := w.WriteAll(lines); err != nil {
		return fmt.Errorf("couldn't write the cells: %w", err)
	}
	_, err := b.WriteTo(out)
	return err
}
