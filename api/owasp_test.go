package api

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/uuid"

	"songtor/domain"
	"songtor/internal/access"
	"songtor/internal/identity"
)

// The tests of this file are generated from openapi.yaml, one for each of the OWASP API Security Top 10 (2023) that a request can show.
// API6 is TestRates; API7 does not arise, because the service asks no address that anybody sent; API9 is TestRoutesAndDescriptionAgree;
// API10 does not arise before there are partners.

func quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }

// newTestServer serves a handler and returns its address.
func newTestServer(t testing.TB, handler http.Handler) string {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return server.URL
}

// public reports a call that anybody may make.
func (d described) public() bool { return d.op.Security != nil && len(*d.op.Security) == 0 }

// valid is a body that the call takes, and its content type.
func (d described) valid(t testing.TB) (body, contentType string) {
	t.Helper()
	action := access.Action(d.path[strings.LastIndexByte(d.path, '/')+1:])
	if s, ok := samples()[action]; ok && d.method == http.MethodPost {
		return s.body, jsonType
	}
	return d.body("x")
}

func TestOWASP(t *testing.T) {
	t.Parallel()
	var accounts *identity.Service
	h := newHarnessWith(t, func(c *Config) { accounts = c.Identity })
	for _, foreign := range []identity.DemoAccount{
		{Username: "foreign-officer", Role: domain.Responder, Agency: "rtp-atpd"}, {Username: "foreign-shelter", Role: domain.Shelter, Agency: "shelter-men-pathumthani"},
	} {
		_, err := accounts.CreateDemoAccount(t.Context(), foreign)
		must(t, err)
	}
	t.Run("API1 objects of others", h.testObjectsOfOthers)
	t.Run("API2 tokens", func(t *testing.T) { h.testTokens(t, accounts) })
	t.Run("API3 members that are not there", h.testExtraMembers)
	t.Run("API5 functions of others", h.testFunctionsOfOthers)
	t.Run("API8 headers", h.testSecurityHeaders)
}

// testObjectsOfOthers asks for a case and everything of it, and gives it every command, as people of other agencies.
func (h *harness) testObjectsOfOthers(t *testing.T) {
	t.Parallel()
	receipt := h.submit(t, "minimal-adult")
	tried := 0
	for _, user := range []string{"foreign-officer", "foreign-shelter"} {
		absent := map[string]string{}
		for _, id := range []string{receipt.CaseID, uuid.NewString()} {
			for _, d := range operationsDescribed(t) {
				if !strings.HasPrefix(d.path, "/api/v1/cases/{id}") || strings.HasSuffix(d.path, "/"+string(access.BreakGlass)) {
					continue // breaking the glass is how a case of others is opened, for an hour, with everybody told
				}
				body, contentType := d.valid(t)
				path := strings.ReplaceAll(strings.ReplaceAll(d.path, "{id}", id), "{file}", anID)
				got := h.call(t, d.method, path, body).as(t, user).key().with("Content-Type", contentType).with(fileNameHeader, "a.txt").do(t)
				call := d.method + " " + d.path
				seen := strings.ReplaceAll(string(got.body), got.header.Get(requestIDHeader), "")
				if before, asked := absent[call]; asked && before != seen {
					t.Errorf("%s as %s: a case of others answers %s, none answers %s", call, user, before, seen)
				}
				absent[call] = seen
				tried++
				if got.status != http.StatusNotFound && got.status != http.StatusForbidden && got.status != http.StatusUnprocessableEntity {
					t.Errorf("%s as %s answers %d: %s", call, user, got.status, got.body)
				}
				if got.status != http.StatusNotFound && id == receipt.CaseID && d.method == http.MethodGet {
					t.Errorf("%s as %s is not absent: %d", call, user, got.status)
				}
			}
		}
	}
	if tried < 200 {
		t.Errorf("only %d calls were tried", tried)
	}
}

// testTokens tries every call with tokens that open nothing.
func (h *harness) testTokens(t *testing.T, accounts *identity.Service) {
	t.Parallel()
	ended := h.signIn(t, "auditor").Token
	must(t, accounts.End(t.Context(), ended))
	standing := h.signIn(t, "auditor").Token
	other := "A"
	if strings.HasPrefix(standing, other) {
		other = "B"
	}
	for name, token := range map[string]string{
		"none": "", "ended": ended, "shortened": standing[:len(standing)-1], "lengthened": standing + "A", "altered": other + standing[1:], "in capitals": strings.ToUpper(standing),
		"of the algorithm none": "eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZG1pbiIsInJvbGUiOiJhZG1pbiJ9.", "two": standing + "," + standing, "with a NUL": standing[:42] + "%00",
	} {
		for _, d := range operationsDescribed(t) {
			if d.public() || !strings.HasPrefix(d.path, prefix) {
				continue
			}
			for _, way := range []string{"header", "cookie"} {
				c := h.call(t, d.method, d.filled(anID), "").with("Content-Type", jsonType)
				if way == "header" {
					c.with("Authorization", "Bearer "+token)
				} else {
					c.with("Cookie", cookieName+"="+token)
				}
				if got := c.do(t); got.status != http.StatusUnauthorized {
					t.Errorf("%s %s with a token %s in the %s answers %d", d.method, d.path, name, way, got.status)
				}
			}
		}
	}
}

// testExtraMembers adds to every body what no body has: it is never passed over.
func (h *harness) testExtraMembers(t *testing.T) {
	t.Parallel()
	receipt := h.submit(t, "minimal-adult")
	tried := 0
	for _, d := range operationsDescribed(t) {
		body, contentType := d.valid(t)
		if contentType != jsonType || !strings.HasPrefix(body, "{") {
			continue
		}
		for _, extra := range []string{`"role":"admin"`, `"agency":"datip"`, `"Province":"TH-10"`, `"__proto__":{}`, `"case_id":"` + anID + `"`} {
			if strings.Contains(body, strings.SplitAfter(extra, ":")[0]) {
				continue // which is one of its own
			}
			more := strings.Replace(body, "{", "{"+extra+",", 1)
			more = strings.Replace(more, ",}", "}", 1)
			got := h.call(t, d.method, strings.ReplaceAll(d.filled(receipt.CaseID), "{file}", anID), more).as(t, "casemanager").key().do(t)
			tried++
			if got.status != http.StatusBadRequest && got.status != http.StatusUnprocessableEntity && got.status != http.StatusForbidden && got.status != http.StatusNotFound {
				t.Errorf("%s %s with %s answers %d: %s", d.method, d.path, extra, got.status, got.body)
			}
		}
	}
	if tried < 100 {
		t.Errorf("only %d bodies were tried", tried)
	}
}

// testFunctionsOfOthers makes the calls of administrators as everybody else.
func (h *harness) testFunctionsOfOthers(t *testing.T) {
	t.Parallel()
	for _, d := range operationsDescribed(t) {
		for role, users := range map[string][]string{
			"accounts": {"responder", "casemanager", "team", "shelter", "committee", "auditor"}, // all but admin
		} {
			if !strings.HasPrefix(d.path, prefix+"/"+role) {
				continue
			}
			body, contentType := d.valid(t)
			for _, user := range users {
				got := h.call(t, d.method, d.filled(anID), body).as(t, user).key().with("Content-Type", contentType).do(t)
				if got.status != http.StatusForbidden && got.status != http.StatusNotFound {
					t.Errorf("%s %s as %s answers %d: %s", d.method, d.path, user, got.status, got.body)
				}
			}
		}
	}
}

// testSecurityHeaders holds every answer of every call to the headers that each has.
func (h *harness) testSecurityHeaders(t *testing.T) {
	t.Parallel()
	stored := map[string]bool{ // data of the program, which says nothing of anybody; the reader's own browser may keep it
		"/api/v1/openapi.yaml": true, "/api/v1/codes/{list}": true, "/api/v1/forms/screening": true, "/api/v1/forms/screening/{version}": true,
		"/api/v1/forms/screening/{version}/text/{lang}": true, "/api/v1/calendar/{year}": true, "/api/v1/limits": true,
	}
	for _, d := range operationsDescribed(t) {
		if d.path == "/api/v1/events" || d.path == "/api/v1/session" && d.method == http.MethodDelete {
			continue
		}
		got := h.call(t, d.method, d.filled("1"), "").as(t, "casemanager").do(t)
		for name, want := range map[string]string{
			"X-Content-Type-Options": "nosniff", "Content-Security-Policy": contentPolicy, "Referrer-Policy": "no-referrer", "Permissions-Policy": permissionsPolicy,
			"Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Resource-Policy": "same-origin", "Reporting-Endpoints": reportingEndpoints,
		} {
			if got.header.Get(name) != want {
				t.Errorf("%s %s: %s is %q", d.method, d.path, name, got.header.Get(name))
			}
		}
		if strings.HasPrefix(d.path, prefix) && !stored[d.path] && got.header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s %s may be stored: %q", d.method, d.path, got.header.Get("Cache-Control"))
		}
		for _, name := range []string{"Server", "X-Powered-By", "Access-Control-Allow-Origin"} {
			if got.header.Get(name) != "" {
				t.Errorf("%s %s has the header %s", d.method, d.path, name)
			}
		}
		if got.status >= http.StatusBadRequest && !strings.HasPrefix(got.header.Get("Content-Type"), "application/problem+json") && d.path != "/readyz" {
			t.Errorf("%s %s answers %d with %q", d.method, d.path, got.status, got.header.Get("Content-Type"))
		}
	}
}
