package archtest

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// testCommand is a command of SECURITY.md: the folder and the tests, separated by bars.
var testCommand = regexp.MustCompile(`go test \./(\S+) -run '([^']+)'`)

// TestEveryTestOfThePromisesExists holds SECURITY.md to the tests that it names: a promise whose test is gone is none.
func TestEveryTestOfThePromisesExists(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../SECURITY.md")
	if err != nil {
		t.Fatal(err)
	}
	named := 0
	for _, command := range testCommand.FindAllStringSubmatch(string(text), -1) {
		for _, name := range strings.Split(command[2], `\|`) { // as a table has to write it
			named++
			if !testExists(t, command[1], name) {
				t.Errorf("SECURITY.md names %s in %s, which does not exist", name, command[1])
			}
		}
	}
	if named < 40 {
		t.Errorf("SECURITY.md names %d tests only: the reading is broken", named)
	}
	if testExists(t, "internal/archtest", "TestNoSuchTest") {
		t.Error("every test is said to exist")
	}
}

func testExists(t *testing.T, folder, name string) bool {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("..", "..", folder, "*_test.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(source), "\nfunc "+name+"(t *testing.T)") {
			return true
		}
	}
	return false
}
