package main

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// command runs a command line and returns what it printed.
func command(t *testing.T, args ...string) (string, error) {
	t.Helper()
	var out, errors bytes.Buffer
	err := run(t.Context(), args, &out, &errors)
	return out.String(), err
}

func written(t *testing.T, content string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "in.csv")
	if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// people are records with names and categories as they come: Thai, quoted, empty.
func people(n int) string {
	var b strings.Builder
	b.WriteString("\ufeffเพศ,\"place, region\",age,name\r\n")
	for i := range n {
		fmt.Fprintf(&b, "%s,%s,%s,somebody\r\n", []string{"หญิง", "ชาย", ""}[i%7%3], []string{`"N,E"`, "S", `"C ""x"""`}[i*i%11%3], []string{"0-17", "18+"}[i%5%2])
	}
	return b.String()
}

func TestProtectedCellsHoldUnderAudit(t *testing.T) {
	t.Parallel()
	records, proof := written(t, people(170)), filepath.Join(t.TempDir(), "proof.json")
	dimensions := []string{"--dimensions", `เพศ,"place, region",age`}
	cells, err := command(t, append([]string{"release", "protect", "--tables", `เพศ;"place, region";age;เพศ,"place, region"`, "--k", "11", "--seed", "x", "--certificate", proof, records}, dimensions...)...)
	if err != nil {
		t.Fatal(err)
	}
	if again, err := command(t, append([]string{"release", "protect", "--tables", `เพศ;"place, region";age;เพศ,"place, region"`, "--seed", "x", "--certificate", proof, records}, dimensions...)...); err != nil || again != cells {
		t.Errorf("the same seed gives other cells: %v", err)
	}
	lines, err := csv.NewReader(strings.NewReader(cells)).ReadAll()
	if err != nil || strings.Join(lines[0], "|") != "เพศ|place, region|age|count" || strings.Join(lines[1], "|") != "*|*|*|170" || len(lines) != 1+1+3+3+2+9 {
		t.Fatalf("%v: %q", err, lines)
	}
	if _, err := command(t, "release", "check", proof); err != nil {
		t.Error(err)
	}
	audited, err := command(t, append([]string{"release", "audit", written(t, cells)}, dimensions...)...)
	if err != nil {
		t.Fatal(err)
	}
	lines, err = csv.NewReader(strings.NewReader(audited)).ReadAll()
	if err != nil || strings.Join(lines[0][3:], "|") != "count|lower|upper" {
		t.Fatalf("%v: %q", err, lines)
	}
	for _, line := range lines[1:] {
		if upper, err := strconv.Atoi(line[5]); err != nil || line[3] == "" && upper > 0 && upper < 12 || line[3] != "" && (line[4] != line[3] || line[5] != line[3]) {
			t.Errorf("%q: %v", line, err)
		}
	}
}

func TestAuditReadsWhatAnythingPrints(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ cells, want string }{
		"a difference":         {"a,count\n*,10\nx,\ny,7\n", "a,count,lower,upper\n*,10,10,10\nx,,3,3\ny,7,7,7\n"},
		"no total":             {"a,count\nx,\ny,7\n", "a,count,lower,upper\nx,,0,\ny,7,7,7\n"},
		"a total that is lost": {"a,count\n*,\nx,3\ny,7\n", "a,count,lower,upper\n*,,10,10\nx,3,3,3\ny,7,7,7\n"},
		"a cell twice":         {"a,count\n*,10\n*,10\nx,4\ny,\n", "a,count,lower,upper\n*,10,10,10\n*,10,10,10\nx,4,4,4\ny,,6,6\n"},
		"other columns":        {"count,n,a\n10,1,*\n,2,x\n7,3,y\n", "a,count,lower,upper\n*,10,10,10\nx,,3,3\ny,7,7,7\n"},
		"nothing":              {"a,count\n", "a,count,lower,upper\n"},
	} {
		if got, err := command(t, "release", "audit", "--dimensions", "a", written(t, c.cells)); err != nil || got != c.want {
			t.Errorf("%s: %v\n%s", name, err, got)
		}
	}
}

func TestBadInputIsRefusedInWords(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		in   string
		args []string
		say  string
	}{
		"a contradiction":       {"a,count\n*,5\nx,6\n", []string{"audit", "--dimensions", "a"}, "contradict"},
		"a cell with two":       {"a,count\nx,5\nx,6\n", []string{"audit", "--dimensions", "a"}, "contradict"},
		"a count below zero":    {"a,count\nx,-1\n", []string{"audit", "--dimensions", "a"}, "line 2"},
		"a count in words":      {"a,count\nx,many\n", []string{"audit", "--dimensions", "a"}, "line 2"},
		"no column of counts":   {"a\nx\n", []string{"audit", "--dimensions", "a"}, `no column "count"`},
		"an empty file":         {"", []string{"audit", "--dimensions", "a"}, "is empty"},
		"lines of other length": {"a,b\nx\n", []string{"protect", "--dimensions", "a"}, "line 2"},
		"no records":            {"a\n", []string{"protect", "--dimensions", "a"}, "no records"},
		"no such column":        {"a\nx\n", []string{"protect", "--dimensions", "b"}, `no column "b"`},
		"a column twice":        {"a,a\nx,y\n", []string{"protect", "--dimensions", "a"}, "twice"},
		"a dimension twice":     {"a\nx\n", []string{"protect", "--dimensions", "a,a"}, "twice"},
		"a table of others":     {"a,b\nx,y\n", []string{"protect", "--dimensions", "a", "--tables", "b"}, "none of the dimensions"},
		"the mark for all":      {"a\n*\n", []string{"protect", "--dimensions", "a"}, "mark for all"},
		"a threshold of one":    {"a\nx\n", []string{"protect", "--dimensions", "a", "--k", "1"}, "threshold"},
		"a negative coalition":  {"a\nx\n", []string{"protect", "--dimensions", "a", "--coalition=-1"}, "coalition"},
	} {
		args := append([]string{"release"}, c.args...)
		if c.args[0] == "protect" {
			args = append(args, "--certificate", filepath.Join(t.TempDir(), "c.json"))
		}
		if out, err := command(t, append(args, written(t, c.in))...); err == nil || !strings.Contains(err.Error(), c.say) || out != "" {
			t.Errorf("%s: %v, %q", name, err, out)
		}
	}
}

// A few records are all withheld, the total with them.
func TestFewRecordsAreAllWithheld(t *testing.T) {
	t.Parallel()
	got, err := command(t, "release", "protect", "--dimensions", "a", "--certificate", filepath.Join(t.TempDir(), "c.json"), written(t, "a\nx\ny\nx\n"))
	if err != nil || got != "a,count\n*,\nx,\ny,\n" {
		t.Errorf("%v, %q", err, got)
	}
}

// TestACertificateSaysWhetherItMayBeShown makes the proof of one table twice: of all combinations, and of those that hold people.
func TestACertificateSaysWhetherItMayBeShown(t *testing.T) {
	t.Parallel()
	records := written(t, people(170))
	for limit, want := range map[string]struct {
		covers string
		shown  bool
		check  string
	}{"600": {"all", true, "may be shown to anybody"}, "5": {"sealed", false, "CONFIDENTIAL"}} {
		proof := filepath.Join(t.TempDir(), "proof.json")
		if _, err := command(t, "release", "protect", "--dimensions", `เพศ,"place, region",age`, "--seed", "x", "--whole", limit, "--certificate", proof, records); err != nil {
			t.Fatal(err)
		}
		file, err := os.ReadFile(proof)
		if err != nil {
			t.Fatal(err)
		}
		var head struct {
			Covers     string `json:"covers"`
			MayBeShown bool   `json:"may_be_shown"`
		}
		if err := json.Unmarshal(file, &head); err != nil || head.Covers != want.covers || head.MayBeShown != want.shown {
			t.Errorf("with %s the certificate says %+v: %v", limit, head, err)
		}
		if info, err := os.Stat(proof); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("the file has mode %v: %v", info.Mode(), err)
		}
		if said, err := command(t, "release", "check", proof); err != nil || !strings.Contains(said, want.check) {
			t.Errorf("the check of it says %q: %v", said, err)
		}
	}
}
