package archtest

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// namedTests are what SECURITY.md says of a folder: its name, and the tests in it.
var namedTests = regexp.MustCompile(`\[(\S+)\]\(\S+\): (Test\w+(?:, Test\w+)*)`)

// TestEveryTestOfThePromisesExists holds SECURITY.md to the tests that it names: a promise whose test is gone is none.
func TestEveryTestOfThePromisesExists(t *testing.T) {
	t.Parallel()
	named := 0
	for _, found := range namedTests.FindAllStringSubmatch(read(t, "../../SECURITY.md"), -1) {
		for _, name := range strings.Split(found[2], ", ") {
			named++
			if !testExists(t, found[1], name) {
				t.Errorf("SECURITY.md names %s in %s, which does not exist", name, found[1])
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

// promise is a line of the Makefile with the tests of a promise, and row one of SECURITY.md's table of promises.
var (
	promise = regexp.MustCompile(`(?m)^PROMISE\.(\d+) = ((?:\./\S+ )+)-run '\^\(([^)]+)\)\$\$'$`)
	row     = regexp.MustCompile(`(?m)^\| (\d+) \|(.*)make promise-(\d+)`)
)

// TestEveryPromiseIsRunAsItIsWritten holds the commands of the Makefile to the table: a name that matches no test would pass in silence.
func TestEveryPromiseIsRunAsItIsWritten(t *testing.T) {
	t.Parallel()
	run := map[string]string{}
	for _, found := range promise.FindAllStringSubmatch(read(t, "../../Makefile"), -1) {
		run[found[1]] = tests(strings.Split(found[3], "|"))
	}
	rows := row.FindAllStringSubmatch(read(t, "../../SECURITY.md"), -1)
	for _, r := range rows {
		var named []string
		for _, found := range namedTests.FindAllStringSubmatch(r[2], -1) {
			named = append(named, strings.Split(found[2], ", ")...)
		}
		if r[1] != r[3] || run[r[1]] != tests(named) {
			t.Errorf("promise %s names %s, and make promise-%s runs %q", r[1], tests(named), r[3], run[r[1]])
		}
	}
	if len(rows) < 15 || len(rows) != len(run) {
		t.Errorf("SECURITY.md has %d promises, the Makefile %d", len(rows), len(run))
	}
}

// tests are names, each once and in order.
func tests(names []string) string {
	return strings.Join(slices.Compact(slices.Sorted(slices.Values(names))), " ")
}

func read(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
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
