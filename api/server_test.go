package api

import (
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"
)

func (h *harness) testHeadersOfEveryAnswer(t *testing.T) {
	t.Parallel()
	for path, cache := range map[string]string{
		"/": "", "/healthz": "", "/api/v1/session": "no-store", "/api/v1/nonsense": "no-store", "/api/v1/inbox": "no-store",
		"/api/v1/codes/provinces": "private, no-cache",
	} {
		got := h.call(t, http.MethodGet, path, "").as(t, "responder").do(t)
		for name, value := range map[string]string{
			"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer", "Cross-Origin-Opener-Policy": "same-origin",
			"Cross-Origin-Resource-Policy": "same-origin", "Content-Security-Policy": contentPolicy, "Cache-Control": cache,
		} {
			if got.header.Get(name) != value {
				t.Errorf("%s: %s is %q", path, name, got.header.Get(name))
			}
		}
		if got.header.Get(requestIDHeader) == "" {
			t.Errorf("%s: no request id", path)
		}
	}
}

func TestOutsideTheDemoEverythingIsSecure(t *testing.T) {
	t.Parallel()
	s := newServer(Config{Log: slog.New(slog.DiscardHandler)})
	recorder := httptest.NewRecorder()
	e := s.routes(nil)
	e.GET("/cookie", func(c echo.Context) error {
		s.dropCookie(c)
		return nil
	})
	e.ServeHTTP(recorder, httptest.NewRequest(http.MethodGet, "/cookie", nil))
	if !strings.Contains(recorder.Header().Get("Set-Cookie"), "Secure") {
		t.Errorf("the cookie is %q", recorder.Header().Get("Set-Cookie"))
	}
	if recorder.Header().Get("Strict-Transport-Security") == "" {
		t.Error("no Strict-Transport-Security")
	}
}

func (h *harness) testAddressesAndMethods(t *testing.T) {
	t.Parallel()
	for call, want := range map[string]struct {
		status int
		allow  string
	}{
		"GET /":                         {http.StatusOK, ""},
		"HEAD /":                        {http.StatusOK, ""},
		"GET /any/page":                 {http.StatusOK, ""},
		"POST /":                        {http.StatusMethodNotAllowed, "GET, HEAD"},
		"GET /api":                      {http.StatusNotFound, ""},
		"GET /api/v2/inbox":             {http.StatusNotFound, ""},
		"POST /api/v1/nonsense":         {http.StatusNotFound, ""},
		"GET /api/v1/screenings/batch":  {http.StatusMethodNotAllowed, "OPTIONS, POST"},
		"PUT /api/v1/inbox":             {http.StatusMethodNotAllowed, "OPTIONS, GET, HEAD"},
		"TRACE /api/v1/inbox":           {http.StatusMethodNotAllowed, "OPTIONS, GET, HEAD"},
		"HEAD /api/v1/inbox":            {http.StatusOK, ""},
		"HEAD /api/v1/events":           {http.StatusOK, ""},
		"GET /api/v1/cases/x/close":     {http.StatusMethodNotAllowed, "OPTIONS, POST"},
		"GET /api/v1/stages/x/cases":    {http.StatusNotFound, ""},
		"GET /healthz":                  {http.StatusOK, ""},
		"GET /readyz":                   {http.StatusOK, ""},
		"GET /metrics":                  {http.StatusOK, ""},
		"GET /api/v1/cases/x/a/b/c/d/e": {http.StatusNotFound, ""},
	} {
		method, path, _ := strings.Cut(call, " ")
		got := h.call(t, method, path, "").as(t, "responder").do(t)
		if got.status != want.status || got.header.Get("Allow") != want.allow {
			t.Errorf("%s: got %d, Allow %q", call, got.status, got.header.Get("Allow"))
		}
	}
}

// TestLogAndMetricsCarryThePattern sees that what a path holds stays out of both.
func TestLogAndMetricsCarryThePattern(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	id := uuid.NewString()
	h.call(t, http.MethodGet, "/api/v1/cases/"+id+"?as_of="+marker, "").as(t, "responder").do(t).want(t, http.StatusBadRequest)
	h.call(t, marker, "/api/v1/cases/"+id, "").as(t, "responder").do(t).want(t, http.StatusMethodNotAllowed)
	h.call(t, http.MethodGet, "/api/v1/"+marker, "").as(t, "responder").do(t).want(t, http.StatusNotFound)
	metrics := string(h.call(t, http.MethodGet, "/metrics", "").do(t).want(t, http.StatusOK).body)
	for place, text := range map[string]string{"log": h.logs.String(), "metrics": metrics} {
		if strings.Contains(text, id) || strings.Contains(text, marker) {
			t.Errorf("the %s holds what was in the path", place)
		}
		if !strings.Contains(text, "/api/v1/cases/:id") {
			t.Errorf("the %s does not name the route", place)
		}
	}
	lines := strings.Split(strings.TrimSpace(h.logs.String()), "\n")
	var line map[string]any
	must(t, json.Unmarshal([]byte(lines[len(lines)-1]), &line))
	for _, name := range []string{"method", "route", "status", "duration", "request"} {
		if line[name] == nil {
			t.Errorf("the line lacks %s: %v", name, line)
		}
	}
}

func TestPanicBecomesAProblemWithoutItsValue(t *testing.T) {
	t.Parallel()
	logs := new(lockedBuffer)
	e := newServer(Config{Log: slog.New(slog.NewTextHandler(logs, nil))}).routes(nil)
	e.GET("/panic", func(echo.Context) error { panic(errors.New(marker)) })
	recorder := httptest.NewRecorder()
	e.ServeHTTP(recorder, httptest.NewRequest(http.MethodGet, "/panic", nil))
	if recorder.Code != http.StatusInternalServerError || strings.Contains(recorder.Body.String(), marker) {
		t.Errorf("got %d %s", recorder.Code, recorder.Body)
	}
	if !strings.Contains(logs.String(), "panic of type *errors.errorString") || strings.Contains(logs.String(), marker) {
		t.Errorf("the log says %s", logs)
	}
}
