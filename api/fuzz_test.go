package api

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"songtor/internal/app"
)

// FuzzSplitLine holds that what is left of a line of a batch is one object, without the id.
func FuzzSplitLine(f *testing.F) {
	for _, s := range []string{
		`{"id":"0e0e0000-0000-4000-8000-000000000001","form":"screening"}`, `{"id":"0E0E0000-0000-4000-8000-000000000001"}`, `{}`, `[]`,
		`{"id":1}`, `{"a":1,"id":"0e0e0000-0000-4000-8000-000000000001","b":{"id":2}}`, `{"id":"\u0030e0e0000-0000-4000-8000-000000000001"}`, "\xff",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, line []byte) {
		id, body, err := splitLine(line)
		if err != nil {
			return
		}
		if _, ok := canonicalID(id); !ok {
			t.Fatalf("the id is %q", id)
		}
		var rest map[string]any
		if err := decodeStrict(body, &rest); err != nil && !errors.As(err, new(*app.Invalid)) {
			t.Fatalf("left %q: %v", body, err)
		}
		if _, twice := rest["id"]; twice {
			t.Fatalf("left an id in %q", body)
		}
	})
}

// FuzzCommandBody decodes anything as the body of each command. What is refused is refused by a place in the body and a keyword.
func FuzzCommandBody(f *testing.F) {
	withBody := slices.DeleteFunc(commands(), func(c command) bool { return c.body == nil })
	for i, c := range withBody {
		f.Add(uint8(i), []byte(samples()[c.action].body))
	}
	f.Add(uint8(0), []byte(`{"`+marker+`":"`+marker+`"}`))
	now := time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, which uint8, raw []byte) {
		command := withBody[int(which)%len(withBody)]
		err := decodeChecked(raw, command.body(), now)
		if err == nil {
			return
		}
		p := problemOf(err)
		if p.Status != 400 && p.Status != 422 {
			t.Fatalf("%s: %d for %v", command.action, p.Status, err)
		}
		for _, fault := range p.Errors {
			if fault.Pointer != nil && strings.Contains(*fault.Pointer, marker) {
				t.Fatalf("%s repeats what was sent: %s", command.action, *fault.Pointer)
			}
		}
	})
}

// FuzzQuery parses anything as a query of a list.
func FuzzQuery(f *testing.F) {
	for _, s := range []string{"limit=5&after=x", "limit=%zz", "a=1;b=2", "status=a&status=b", "position=18446744073709551615", "as_of=2026-11-01T00:00:00Z"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		q := parseQuery(raw, "limit", "after", "status"+repeated, "as_of", "id")
		limit := q.number("limit", pageDefault, 1, pageMost)
		cursor, _, _ := q.cursor(), q.time("as_of"), q.id("id")
		if q.err() == nil && (limit < 1 || limit > pageMost || len(cursor) > maxCursor || len(q.values["status"]) > maxRepeats) {
			t.Fatalf("accepted %q", raw)
		}
		for _, fault := range q.faults {
			if fault.Parameter != "" && !slices.Contains([]string{"limit", "after", "status", "as_of", "id"}, fault.Parameter) {
				t.Fatalf("repeats the name %q", fault.Parameter)
			}
		}
	})
}
