package main

import (
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"songtor/internal/app"
	"songtor/internal/synthetic"
	"songtor/internal/testenv"
)

// figureNames are the names in the text that Prometheus reads.
var figureNames = regexp.MustCompile(`(?m)^# TYPE (songtor_[a-z0-9_]+) `)

// documented are the names in the table of deployments/README.md.
func documented(t *testing.T) []string {
	t.Helper()
	text, err := os.ReadFile("../../deployments/README.md")
	must(t, err)
	var names []string
	for _, row := range regexp.MustCompile("(?m)^\\| `(songtor_[a-z0-9_]+)` \\|").FindAllStringSubmatch(string(text), -1) {
		names = append(names, row[1])
	}
	slices.Sort(names)
	return names
}

// differences are the names that only one of two lists has.
func differences(documented, served []string) (unserved, undocumented []string) {
	only := func(in, notIn []string) []string {
		return slices.DeleteFunc(slices.Clone(in), func(name string) bool { return slices.Contains(notIn, name) })
	}
	return only(documented, served), only(served, documented)
}

// identifying is what no figure has: ids of cases and accounts, and references of cases.
var identifying = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|[0-9A-HJKMNP-TV-Z]{4}(-[0-9A-HJKMNP-TV-Z]{4}){3}`)

// TestFigures holds the table and the service together, after everything was done that leaves figures behind.
func TestFigures(t *testing.T) {
	t.Parallel()
	in := install(t)
	officer, manager := in.signIn(t, "officer"), in.signIn(t, "manager")
	in.call(t, "", http.MethodPost, "/api/v1/session", []byte(`{"username":"`+plantedName+`","password":"`+plantedNarrative+`"}`))
	in.call(t, "", http.MethodPost, "/api/v1/reports", []byte(`{"csp-report":{"effective-directive":"script-src-elem"}}`), "Content-Type", "application/csp-report")
	mustStatus(t, in.call(t, officer, http.MethodPut, "/api/v1/screenings/"+plantedID, plantedForm(t)), http.StatusCreated)
	in.plantCommands(t, officer)
	in.call(t, manager, http.MethodGet, "/api/v1/cases/"+app.CaseID(plantedID), nil)
	in.call(t, manager, plantedName, "/api/v1/cases/"+plantedNarrative, nil)
	var page string
	testenv.Eventually(t, 30*time.Second, func() bool { // the first checkpoint is signed, the first batch applied, in their own time
		page = string(in.call(t, "", http.MethodGet, "/metrics", nil).body)
		return strings.Contains(page, "songtor_tree_size{") && strings.Contains(page, "songtor_projection_delay_seconds_count{")
	})
	var served []string
	for _, found := range figureNames.FindAllStringSubmatch(page, -1) {
		served = append(served, found[1])
	}
	unserved, undocumented := differences(documented(t), served)
	if len(unserved) > 0 {
		t.Errorf("the table has what the service has not: %q", unserved)
	}
	if len(undocumented) > 0 {
		t.Errorf("the service has what the table has not: %q", undocumented)
	}
	if words := plantedIn([]byte(page)); len(words) > 0 {
		t.Errorf("the figures say %v", words)
	}
	if found := identifying.FindString(page); found != "" {
		t.Errorf("the figures have the id %s", found)
	}
	if !strings.Contains(page, "\ngo_goroutines ") || !strings.Contains(page, "\nprocess_open_fds ") {
		t.Error("the figures of the process are missing")
	}
}

// The controls: a name on one side alone is found, and so is what identifies.
func TestAForgottenFigureIsFound(t *testing.T) {
	t.Parallel()
	if unserved, undocumented := differences([]string{"a", "b"}, []string{"b", "c"}); !slices.Equal(unserved, []string{"a"}) || !slices.Equal(undocumented, []string{"c"}) {
		t.Errorf("found %q and %q", unserved, undocumented)
	}
	if len(documented(t)) < 30 {
		t.Error("the table is hardly read")
	}
	form := synthetic.Forms(1, 1, time.Date(2026, 1, 5, 0, 0, 0, 0, time.UTC))[0]
	for _, id := range []string{app.CaseID(form.ID), "0123-4567-89AB-CDEF"} {
		if !identifying.MatchString(`songtor_a{case="` + id + `"} 1`) {
			t.Errorf("%s is not found", id)
		}
	}
}
