package api

import (
	"bytes"
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/labstack/echo/v4"

	"songtor/internal/app"
	"songtor/internal/identity"
	"songtor/internal/paging"
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
		limit := q.number("limit", paging.DefaultLimit, 1, paging.MaxLimit)
		cursor, _, _ := q.cursor(), q.time("as_of"), q.id("id")
		if q.err() == nil && (limit < 1 || limit > paging.MaxLimit || len(cursor) > maxCursor || len(q.values["status"]) > maxRepeats) {
			t.Fatalf("accepted %q", raw)
		}
		for _, fault := range q.faults {
			if fault.Parameter != "" && !slices.Contains([]string{"limit", "after", "status", "as_of", "id"}, fault.Parameter) {
				t.Fatalf("repeats the name %q", fault.Parameter)
			}
		}
	})
}

// FuzzRouter sends any request to a server at which nobody is signed in. Nothing panics, nothing is our fault, nothing comes back.
func FuzzRouter(f *testing.F) {
	for i, d := range operationsDescribed(f) {
		if i%6 == 0 { // commands are alike
			f.Add(d.method, d.filled("x"), "limit=1", "If-Match", `"1"`, []byte(`{}`))
		}
	}
	f.Add("GET", "/api/v1/cases/../../%2e%2e/"+canary, canary, "X-"+canary, canary, []byte(canary))
	f.Add(canary, "//", ";", "Content-Length", "-1", []byte{0xff})
	e := newServer(Config{Demo: true, Log: quiet(), Identity: new(identity.Service)}).routes(http.NotFoundHandler())
	f.Fuzz(func(t *testing.T, method, path, query, name, value string, body []byte) {
		// What is sent in the name of a session is read by the other targets; here everybody is a stranger.
		if strings.EqualFold(name, "Authorization") || strings.EqualFold(name, "Cookie") || strings.Contains(path, "/session") {
			return
		}
		request, err := http.NewRequestWithContext(t.Context(), method, "http://localhost/", bytes.NewReader(body))
		if err != nil {
			return
		}
		request.URL.Path, request.URL.RawQuery, request.RequestURI = path, query, path
		request.Header[http.CanonicalHeaderKey(name)] = []string{value}
		recorder := httptest.NewRecorder()
		e.ServeHTTP(recorder, request)
		if recorder.Code >= http.StatusInternalServerError {
			t.Fatalf("%s %q answers %d %s", method, path, recorder.Code, recorder.Body)
		}
		if strings.Contains(strings.ToUpper(recorder.Body.String()), canary) {
			t.Fatalf("%s %q repeats what was sent: %s", method, path, recorder.Body)
		}
	})
}

// FuzzFileHeaders reads anything as the name and type of a file.
func FuzzFileHeaders(f *testing.F) {
	for _, s := range []string{"a.txt", "%e0%b8%81.jpg", "..%2f", "%00", "a%0d%0aX: y", "%ff", "%e2%80%ae"} {
		f.Add(s, "text/plain; charset=utf-8")
	}
	f.Fuzz(func(t *testing.T, name, mime string) {
		request := httptest.NewRequest(http.MethodPut, "/", http.NoBody)
		request.Header[fileNameHeader] = []string{name}
		request.Header["Content-Type"] = []string{mime}
		c := echo.New().NewContext(request, httptest.NewRecorder())
		if read, err := fileName(c); err == nil && (strings.ContainsAny(read, "/\\\r\n\x00\u202e") || read == "" || !utf8.ValidString(read)) {
			t.Errorf("%q is read as %q", name, read)
		}
		if read, err := mediaType(c); err == nil && (strings.ContainsAny(read, "\r\n\x00") || len(read) > maxMediaType) {
			t.Errorf("%q is read as %q", mime, read)
		}
	})
}

// FuzzReports reads anything as the reports of a browser: what is counted is of a closed list.
func FuzzReports(f *testing.F) {
	f.Add([]byte(`[{"type":"csp-violation","body":{"effectiveDirective":"img-src"}}]`))
	f.Add([]byte(`{"csp-report":{"violated-directive":"style-src 'self'"}}`))
	f.Add([]byte(`[{"type":1},null,[]]`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		directives := directivesOf(raw)
		if len(directives) > maxReports {
			t.Fatalf("counts %d", len(directives))
		}
		for _, d := range directives {
			if d != otherDirective && !slices.Contains(policyDirectives(), d) {
				t.Fatalf("counts %q", d)
			}
		}
	})
}
