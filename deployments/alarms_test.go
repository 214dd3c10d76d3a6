package deployments_test

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// rule is one rule of the files for Prometheus.
type rule struct {
	name     string // of the alarm, empty for a recorded series
	record   string
	expr     string
	severity string
	summary  string
}

func rules(t *testing.T) []rule {
	t.Helper()
	var all []rule
	for _, docs := range documents(t, "alerts/*.yaml") {
		for _, group := range list(at(docs[0], "groups")) {
			for _, r := range list(at(group, "rules")) {
				text := func(names ...string) string { s, _ := at(r, names...).(string); return s }
				all = append(all, rule{text("alert"), text("record"), text("expr"), text("labels", "severity"), text("annotations", "summary")})
			}
		}
	}
	return all
}

func alarms(t *testing.T) []string {
	t.Helper()
	var names []string
	for _, r := range rules(t) {
		if r.name != "" {
			names = append(names, r.name)
		}
	}
	slices.Sort(names)
	return names
}

func readFile(t *testing.T, path string) string {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

// missing are the names of the first list that the second has not.
func missing(from, in []string) []string {
	return slices.DeleteFunc(slices.Clone(from), func(name string) bool { return slices.Contains(in, name) })
}

// section is one section of the runbook.
type section struct{ name, text, drill string }

func sections(text string) []section {
	var all []section
	for _, part := range strings.Split(text, "\n## ")[1:] {
		name, body, _ := strings.Cut(part, "\n")
		drill := regexp.MustCompile("(?s)```sh\n(.*?)```").FindStringSubmatch(body)
		s := section{name: name, text: body}
		if drill != nil {
			s.drill = drill[1]
		}
		all = append(all, s)
	}
	return all
}

func (s section) faults() (faults []string) {
	for _, part := range []string{"**Means.**", "**Look.**", "**Do.**", "**Drill.**"} {
		if !strings.Contains(s.text, part) {
			faults = append(faults, "lacks "+part)
		}
	}
	if !strings.Contains(s.drill, "raised "+s.name) {
		faults = append(faults, "has a drill that does not raise it")
	}
	return faults
}

func TestEveryAlarmHasItsSection(t *testing.T) {
	t.Parallel()
	var headings []string
	for _, s := range sections(readFile(t, "runbook.md")) {
		headings = append(headings, s.name)
		for _, fault := range s.faults() {
			t.Errorf("the section %s %s", s.name, fault)
		}
	}
	names := alarms(t)
	if lost := missing(names, headings); len(lost) > 0 || len(names) < 20 {
		t.Errorf("of %d alarms these have no section: %q", len(names), lost)
	}
	if lost := missing(headings, names); len(lost) > 0 {
		t.Errorf("these sections have no alarm: %q", lost)
	}
	for _, r := range rules(t) {
		if r.name != "" && (r.severity != "page" && r.severity != "ticket" || r.summary == "") {
			t.Errorf("%s says neither how urgent it is nor what is wrong", r.name)
		}
	}
	if len(sections("\n## A\n**Means.** x\n```sh\nraised B\n```\n")[0].faults()) != 4 {
		t.Error("the control is not caught")
	}
}

// figures are the names in the table of README.md, each with the alarms that rest on it.
func figures(t *testing.T) map[string][]string {
	t.Helper()
	all := map[string][]string{}
	for _, row := range regexp.MustCompile("(?m)^\\| `(songtor_[a-z0-9_]+)` \\|.*\\|([^|]*)\\|$").FindAllStringSubmatch(readFile(t, "README.md"), -1) {
		all[row[1]] = regexp.MustCompile(`Songtor[A-Za-z]+`).FindAllString(row[2], -1)
	}
	return all
}

var (
	series = regexp.MustCompile(`\bsongtor[_:][a-z0-9_:]+\b`)
	parts  = regexp.MustCompile(`_(bucket|count|sum)$`)
)

// unknown are the series in an expression that neither the service has nor a rule records.
func unknown(expr string, known map[string][]string, recorded []string) (names []string) {
	for _, name := range series.FindAllString(expr, -1) {
		_, whole := known[name]
		_, part := known[parts.ReplaceAllString(name, "")]
		if !whole && !part && !slices.Contains(recorded, name) {
			names = append(names, name)
		}
	}
	return names
}

func recorded(t *testing.T) (names []string) {
	t.Helper()
	for _, r := range rules(t) {
		if r.record != "" {
			names = append(names, r.record)
		}
	}
	return names
}

func TestAlarmsRestOnFiguresThatExist(t *testing.T) {
	t.Parallel()
	known, own := figures(t), recorded(t)
	for _, r := range rules(t) {
		if names := unknown(r.expr, known, own); len(names) > 0 {
			t.Errorf("%s%s rests on %q", r.name, r.record, names)
		}
	}
	for figure, named := range known {
		for _, alarm := range named {
			if !slices.Contains(alarms(t), alarm) {
				t.Errorf("the table names %s for %s, which is no alarm", alarm, figure)
			}
		}
	}
	if names := unknown(`rate(songtor_no_such_total[5m]) > songtor:none:ratio`, known, own); len(names) != 2 {
		t.Errorf("the control found %q only", names)
	}
}

// TestTheTableSaysWhichAlarmRestsOnWhat follows recorded series to the figures they are made of.
func TestTheTableSaysWhichAlarmRestsOnWhat(t *testing.T) {
	t.Parallel()
	known := figures(t)
	of := map[string]string{}
	for _, r := range rules(t) {
		of[r.record] += " " + r.expr
	}
	for _, r := range rules(t) {
		expr := r.expr
		for name, made := range of {
			if name != "" && strings.Contains(r.expr, name) {
				expr += made
			}
		}
		for _, name := range series.FindAllString(expr, -1) {
			figure := name
			if _, ok := known[name]; !ok {
				figure = parts.ReplaceAllString(name, "")
			}
			if named, ok := known[figure]; ok && r.name != "" && !slices.Contains(named, r.name) {
				t.Errorf("%s rests on %s, of which the table does not tell", r.name, figure)
			}
		}
	}
}

// TestAlarmsSound asks Prometheus' own tool whether the rules are right, and whether each sounds when it should and is silent when not.
func TestAlarmsSound(t *testing.T) {
	t.Parallel()
	tested := readFile(t, "alerts/tests/songtor.yaml")
	for _, name := range alarms(t) {
		if n := len(regexp.MustCompile(`alertname: `+name+`\b`).FindAllString(tested, -1)); n < 2 {
			t.Errorf("%s is tested %d times, not once each way", name, n)
		}
	}
	promtool, err := exec.LookPath("promtool")
	if err != nil {
		t.Log("NOT PROVED: promtool is not installed (Debian: prometheus); only names were compared")
		return
	}
	for _, arguments := range [][]string{{"check", "rules", "alerts/songtor.yaml"}, {"test", "rules", "alerts/tests/songtor.yaml"}} {
		if out, err := exec.CommandContext(t.Context(), promtool, arguments...).CombinedOutput(); err != nil {
			t.Errorf("promtool %s: %v\n%s", strings.Join(arguments, " "), err, out)
		}
	}
}

func TestDashboardsShowFiguresThatExist(t *testing.T) {
	t.Parallel()
	paths, err := filepath.Glob("dashboards/*.json")
	if err != nil || len(paths) != 3 {
		t.Fatalf("found %q: %v", paths, err)
	}
	known, own := figures(t), recorded(t)
	uids := map[string]bool{}
	var expressions []string
	for _, path := range paths {
		var board struct {
			Title, UID string
			Panels     []struct {
				Title, Description string
				Targets            []struct{ Expr string }
			}
		}
		if err := json.Unmarshal([]byte(readFile(t, path)), &board); err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		if board.Title == "" || board.UID == "" || uids[board.UID] || len(board.Panels) < 5 {
			t.Errorf("%s has the title %q, the id %q and %d panels", path, board.Title, board.UID, len(board.Panels))
		}
		uids[board.UID] = true
		for _, panel := range board.Panels {
			if panel.Title == "" || panel.Description == "" || len(panel.Targets) == 0 {
				t.Errorf("%s: the panel %q says too little", path, panel.Title)
			}
			for _, target := range panel.Targets {
				expressions = append(expressions, target.Expr)
				if names := unknown(target.Expr, known, own); len(names) > 0 {
					t.Errorf("%s: %s shows %q", path, panel.Title, names)
				}
			}
		}
	}
	mustParse(t, expressions)
}

// mustParse has Prometheus' own tool read expressions, as the rules of a file.
func mustParse(t *testing.T, expressions []string) {
	t.Helper()
	promtool, err := exec.LookPath("promtool")
	if err != nil {
		t.Log("NOT PROVED: promtool is not installed (Debian: prometheus); only names were compared")
		return
	}
	var rules []object
	for i, expr := range expressions {
		rules = append(rules, object{"record": fmt.Sprintf("shown_%d", i), "expr": expr})
	}
	content, err := yaml.Marshal(object{"groups": []object{{"name": "shown", "rules": rules}}})
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "shown.yaml")
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.CommandContext(t.Context(), promtool, "check", "rules", path).CombinedOutput(); err != nil {
		t.Errorf("promtool: %v\n%s", err, out)
	}
}
