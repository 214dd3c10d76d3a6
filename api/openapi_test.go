package api

import (
	"net/http"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/labstack/echo/v4"
)

func description(t *testing.T) *openapi3.T {
	t.Helper()
	loader := openapi3.NewLoader()
	doc, err := loader.LoadFromData(openAPIDocument)
	if err != nil {
		t.Fatalf("couldn't load openapi.yaml: %v", err)
	}
	if err := doc.Validate(loader.Context, openapi3.IsOpenAPI31OrLater()); err != nil {
		t.Fatalf("openapi.yaml is not valid: %v", err)
	}
	return doc
}

var placeholder = regexp.MustCompile(`:[a-z]+|\{[a-z]+\}`)

// callsRouted lists "METHOD path" of every route, placeholders as {}.
func callsRouted() []string {
	var calls []string
	for _, r := range newServer(Config{}).routes(nil).Routes() {
		if r.Method == http.MethodHead || r.Method == echo.RouteNotFound {
			continue
		}
		path := placeholder.ReplaceAllString(r.Path, "{}")
		calls = append(calls, r.Method+" "+path)
		if path == prefix+"/statistics/releases/{}" { // one route answers for the release and for its files
			calls = append(calls, r.Method+" "+path+".csv", r.Method+" "+path+".xlsx", r.Method+" "+path+".json")
		}
	}
	slices.Sort(calls)
	return calls
}

func callsDescribed(t *testing.T) []string {
	t.Helper()
	var calls []string
	for path, item := range description(t).Paths.Map() {
		for method := range item.Operations() {
			calls = append(calls, method+" "+placeholder.ReplaceAllString(path, "{}"))
		}
	}
	slices.Sort(calls)
	return calls
}

func TestRoutesAndDescriptionAgree(t *testing.T) {
	t.Parallel()
	routed, described := callsRouted(), callsDescribed(t)
	for _, call := range routed {
		if !slices.Contains(described, call) {
			t.Errorf("routed, but not described: %s", call)
		}
	}
	for _, call := range described {
		if !slices.Contains(routed, call) {
			t.Errorf("described, but not routed: %s", call)
		}
	}
}

// The README tells how many commands a case takes.
func TestTheREADMECountsTheCommands(t *testing.T) {
	t.Parallel()
	readme, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	told := regexp.MustCompile("/cases/\\{id\\}/\\{command\\}`.*: ([0-9]+) commands").FindSubmatch(readme)
	if told == nil {
		t.Fatal("README.md does not tell how many commands there are")
	}
	if want := strconv.Itoa(len(commands())); string(told[1]) != want {
		t.Errorf("README.md tells of %s commands, and there are %s", told[1], want)
	}
}

func TestEveryGetAnswersHead(t *testing.T) {
	t.Parallel()
	methods := map[string][]string{}
	for _, r := range newServer(Config{}).routes(http.NotFoundHandler()).Routes() {
		methods[r.Path] = append(methods[r.Path], r.Method)
	}
	for path, ms := range methods {
		if slices.Contains(ms, http.MethodGet) && !slices.Contains(ms, http.MethodHead) {
			t.Errorf("%s answers GET but not HEAD", path)
		}
	}
}

func TestDescribedStatusesAreProblemsThatExist(t *testing.T) {
	t.Parallel()
	statuses := map[int]bool{}
	for _, k := range kinds() {
		statuses[k.status] = true
	}
	for path, item := range description(t).Paths.Map() {
		for method, op := range item.Operations() {
			for status, response := range op.Responses.Map() {
				code, err := strconv.Atoi(status)
				if err != nil {
					t.Errorf("%s %s: %q is no status", method, path, status)
				}
				if code < 400 || path == "/readyz" {
					continue
				}
				if !statuses[code] {
					t.Errorf("%s %s: no problem has the status %d", method, path, code)
				}
				if response.Value.Content.Get("application/problem+json") == nil {
					t.Errorf("%s %s: the answer %d is no problem", method, path, code)
				}
			}
		}
	}
}

func TestProblemTypesAreDescribed(t *testing.T) {
	t.Parallel()
	described := description(t).Components.Schemas["Problem"].Value.Properties["type"].Value.Enum
	if len(described) != len(kinds()) {
		t.Errorf("openapi.yaml names %d problem types, the service has %d", len(described), len(kinds()))
	}
	seen := map[string]bool{}
	for _, k := range kinds() {
		if !slices.Contains(described, any(typePrefix+k.name)) {
			t.Errorf("openapi.yaml does not name %s", typePrefix+k.name)
		}
		if seen[k.name] {
			t.Errorf("two problems are named %s", k.name)
		}
		seen[k.name] = true
		if k.status < 400 || k.title == "" || !strings.HasSuffix(k.detail, ".") {
			t.Errorf("%s is incomplete", k.name)
		}
	}
}

// TestEveryCallMayHaveToWait sees that a call that is counted says so: each that somebody who is not signed in may not make.
func TestEveryCallMayHaveToWait(t *testing.T) {
	t.Parallel()
	for path, item := range description(t).Paths.Map() {
		for method, op := range item.Operations() {
			if op.Responses.Status(http.StatusUnauthorized) != nil && op.Responses.Status(http.StatusTooManyRequests) == nil {
				t.Errorf("%s %s: 429 is not described", method, path)
			}
		}
	}
}
