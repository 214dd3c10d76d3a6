package main

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strconv"
	"testing"

	"songtor/domain"
)

// What is called the deep page is full, as the first is, and is told by the number that it has.
func TestTheDeepPageIsTheLastFullOne(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		cases  int
		number int
		after  string // the cases before it
	}{
		{"none", 0, 1, ""},
		{"less than one page", benchPage - 1, 1, ""},
		{"one page", benchPage, 1, ""},
		{"whole pages", 3 * benchPage, 3, "100"},
		{"a last page that is not full", 3*benchPage + 1, 3, "100"},
		{"as many as are measured", benchDeep * benchPage, benchDeep, strconv.Itoa((benchDeep - 1) * benchPage)},
		{"more than are measured", benchDeep*benchPage + 1, benchDeep, strconv.Itoa((benchDeep - 1) * benchPage)},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			client := benchClient{url: stageView(t, c.cases), http: http.DefaultClient}
			number, after, err := client.deepPage(t.Context(), domain.Screening)
			if err != nil || number != c.number || after != c.after {
				t.Errorf("got page %d after %q (%v), want page %d after %q", number, after, err, c.number, c.after)
			}
		})
	}
}

// stageView serves a stage view of so many cases, and returns its address. A place in it is how many cases are before.
func stageView(t *testing.T, cases int) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		before, _ := strconv.Atoi(r.URL.Query().Get("after"))
		rows := min(benchPage, cases-before)
		next := ""
		if before+rows < cases {
			next = strconv.Itoa(before + rows)
		}
		_ = json.NewEncoder(w).Encode(map[string]any{"items": make([]struct{}, rows), "next": next})
	}))
	t.Cleanup(server.Close)
	return server.URL
}
