package api

import (
	"bytes"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"songtor/internal/identity"
	"songtor/internal/rate"
)

// few is a budget that is soon spent.
func few(n int) rate.Budget { return rate.Budget{Most: n, In: time.Hour} }

// mustWait asks for a 429 that says for how long.
func (r response) mustWait(t *testing.T) {
	t.Helper()
	r.want(t, http.StatusTooManyRequests)
	if seconds, err := strconv.Atoi(r.header.Get("Retry-After")); err != nil || seconds < 1 {
		t.Errorf("Retry-After is %q", r.header.Get("Retry-After"))
	}
	if p := r.problem(t); p.Type != typePrefix+tooMany.name {
		t.Errorf("got %+v", p)
	}
}

// TestRates gives each thing that is counted a budget, and asks for one more.
func TestRates(t *testing.T) {
	t.Parallel()
	h := newHarnessWith(t, func(c *Config) {
		c.Rates = &Rates{Searches: few(30), Exports: few(5), Files: few(2), Bytes: few(300), Writes: few(12)}
	})
	t.Run("searches", func(t *testing.T) {
		for range 30 {
			h.call(t, http.MethodGet, "/api/v1/duplicates", "").as(t, "casemanager").do(t).want(t, http.StatusOK)
		}
		h.call(t, http.MethodGet, "/api/v1/duplicates", "").as(t, "casemanager").do(t).mustWait(t)
		h.call(t, http.MethodGet, "/api/v1/cases/"+uuid.NewString()+"/duplicates", "").as(t, "casemanager").do(t).mustWait(t)
		h.call(t, http.MethodGet, "/api/v1/inbox", "").as(t, "casemanager").do(t).want(t, http.StatusOK)
	})
	t.Run("the sixth export of the day", func(t *testing.T) {
		for i := range 6 {
			got := h.call(t, http.MethodGet, "/api/v1/statistics/releases/2020-H1.csv", "").as(t, "committee").do(t)
			if i == 5 {
				got.mustWait(t)
			} else if got.status == http.StatusTooManyRequests {
				t.Errorf("export %d has to wait", i+1)
			}
		}
	})
	t.Run("files", h.testFileRates)
	t.Run("writes", h.testWriteRates)
}

// testFileRates adds files: two a case, 300 bytes an account. What was there already costs nothing.
func (h *harness) testFileRates(t *testing.T) {
	receipts := []string{h.submit(t, "minimal-adult").CaseID, h.submit(t, "minimal-adult").CaseID, h.submit(t, "minimal-adult").CaseID}
	attach := func(caseID, id string, size int) response {
		return h.call(t, http.MethodPut, "/api/v1/cases/"+caseID+"/files/"+id, strings.Repeat("x", size)).as(t, "responder").
			with("Content-Type", "text/plain").with(fileNameHeader, "a.txt").do(t)
	}
	first := uuid.NewString()
	attach(receipts[0], first, 100).want(t, http.StatusCreated)
	attach(receipts[0], first, 100).want(t, http.StatusOK)
	attach(receipts[0], uuid.NewString(), 100).want(t, http.StatusCreated)
	attach(receipts[0], uuid.NewString(), 10).mustWait(t)
	attach(receipts[1], uuid.NewString(), 101).mustWait(t)
	attach(receipts[1], uuid.NewString(), 100).want(t, http.StatusCreated)
	attach(receipts[2], uuid.NewString(), 1).mustWait(t)
}

// testWriteRates spends what is left of an account's writes. A batch waits for its turn and no line of it is refused.
func (h *harness) testWriteRates(t *testing.T) {
	open := func() response {
		return h.call(t, http.MethodPost, "/api/v1/cases", `{"province":"TH-50"}`).as(t, "casemanager").key().do(t)
	}
	for range 12 {
		open().want(t, http.StatusCreated)
	}
	open().mustWait(t)
	h.call(t, http.MethodGet, "/api/v1/session", "").as(t, "casemanager").do(t).want(t, http.StatusOK)
}

func TestStrangersAreCountedByTheirAddress(t *testing.T) {
	t.Parallel()
	s := newServer(Config{Rates: &Rates{Strangers: few(3)}, Log: slog.New(slog.DiscardHandler)})
	e := s.routes(http.NotFoundHandler())
	ask := func(address, path string) int {
		recorder := httptest.NewRecorder()
		request := httptest.NewRequest(http.MethodGet, path, nil)
		request.RemoteAddr = address
		e.ServeHTTP(recorder, request)
		return recorder.Code
	}
	for range 3 {
		if got := ask("192.0.2.1:1000", "/api/v1/inbox"); got != http.StatusUnauthorized {
			t.Errorf("got %d", got)
		}
	}
	for _, c := range []struct {
		address, path string
		status        int
	}{
		{"192.0.2.1:2000", "/api/v1/inbox", http.StatusTooManyRequests},
		{"192.0.2.1:2000", "/api/v1/openapi.yaml", http.StatusTooManyRequests},
		{"192.0.2.2:1000", "/api/v1/inbox", http.StatusUnauthorized},
		{"[2001:db8::1]:1", "/api/v1/inbox", http.StatusUnauthorized},
		{"[2001:db8::2]:1", "/api/v1/inbox", http.StatusUnauthorized},
		{"[2001:db8::3]:1", "/api/v1/inbox", http.StatusUnauthorized},
		{"[2001:db8::4]:1", "/api/v1/inbox", http.StatusTooManyRequests},
		{"[2001:db8:0:1::1]:1", "/api/v1/inbox", http.StatusUnauthorized},
		{"192.0.2.1:2000", "/", http.StatusNotFound}, // the page is not counted
	} {
		if got := ask(c.address, c.path); got != c.status {
			t.Errorf("%s from %s: got %d", c.path, c.address, got)
		}
	}
	for range 10 {
		if got := ask("127.0.0.1:1000", "/api/v1/inbox"); got != http.StatusUnauthorized {
			t.Errorf("through a proxy on this machine: got %d", got)
		}
	}
}

func TestARealServiceIsLimitedAndTheDemonstrationIsNot(t *testing.T) {
	t.Parallel()
	if (Config{}).rates() != DefaultRates() || (Config{Demo: true}).rates() != (Rates{}) {
		t.Error("the rates are not the ones by which people are served")
	}
	r := DefaultRates()
	for name, b := range map[string]rate.Budget{
		"strangers": r.Strangers, "requests": r.Requests, "writes": r.Writes, "searches": r.Searches, "exports": r.Exports, "files": r.Files, "bytes": r.Bytes,
	} {
		if b.Unlimited() || b.In <= 0 {
			t.Errorf("%s are not limited", name)
		}
	}
	if r.Bytes.Most < maxFile {
		t.Error("no file of the greatest size can be added")
	}
}

// TestReportsAreCountedAndNothingElse sends what browsers send.
func TestReportsAreCountedAndNothingElse(t *testing.T) {
	t.Parallel()
	s := newServer(Config{Demo: true, Log: slog.New(slog.DiscardHandler)})
	e := s.routes(nil)
	send := func(contentType, body string) *httptest.ResponseRecorder {
		recorder := httptest.NewRecorder()
		request := httptest.NewRequest(http.MethodPost, prefix+reportsPath, bytes.NewBufferString(body))
		request.Header.Set("Content-Type", contentType)
		e.ServeHTTP(recorder, request)
		return recorder
	}
	many := "[" + strings.Repeat(`{"type":"csp-violation","body":{"effectiveDirective":"img-src"}},`, 500)
	for _, c := range []struct {
		contentType, body string
		status            int
	}{
		{reportsType, `[{"type":"csp-violation","url":"https://x/` + marker + `","body":{"effectiveDirective":"script-src-elem","sample":"` + marker + `"}}]`, http.StatusNoContent},
		{oldReportType, `{"csp-report":{"violated-directive":"style-src 'self'","document-uri":"` + marker + `"}}`, http.StatusNoContent},
		{reportsType, `[{"type":"` + marker + `","body":{"effectiveDirective":"` + marker + `"}}]`, http.StatusNoContent},
		{reportsType, many[:len(many)-1] + "]", http.StatusNoContent},
		{reportsType, marker, http.StatusNoContent},
		{jsonType, `[]`, http.StatusUnsupportedMediaType},
		{reportsType, strings.Repeat(" ", maxBody+1), http.StatusRequestEntityTooLarge},
	} {
		if got := send(c.contentType, c.body); got.Code != c.status || strings.Contains(got.Body.String(), marker) {
			t.Errorf("%.40s: got %d %s", c.body, got.Code, got.Body)
		}
	}
	recorder := httptest.NewRecorder()
	e.ServeHTTP(recorder, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	page := recorder.Body.String()
	if strings.Contains(page, marker) {
		t.Error("the metrics repeat a report")
	}
	for _, line := range []string{`{directive="script-src-elem"} 1`, `{directive="style-src"} 1`, `{directive="img-src"} 100`, `{directive="other"} 2`} {
		if !strings.Contains(page, "songtor_browser_reports_total"+line) {
			t.Errorf("not counted: %s", line)
		}
	}
}

// In a container, and behind a proxy in another one, all clients have one address. Somebody who guesses there must not keep everybody else
// out. Invitations are guessed here: they count as passwords do and cost no hash.
func TestAProxysAddressShutsNobodyOut(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	post := func(path, body string) int {
		request := httptest.NewRequest(http.MethodPost, path, strings.NewReader(body))
		request.RemoteAddr = "172.18.0.1:1000"
		request.Header.Set("Content-Type", "application/json")
		recorder := httptest.NewRecorder()
		h.http.Handler.ServeHTTP(recorder, request)
		return recorder.Code
	}
	for i := range 20 {
		guess := `{"code":"AAAA-` + strconv.Itoa(i) + `","username":"nobody","password":"three kettles on the river"}`
		if got := post("/api/v1/invitations/redeem", guess); got != http.StatusConflict {
			t.Fatalf("guess %d: got %d", i, got)
		}
	}
	if got := post("/api/v1/session", `{"username":"responder","password":"`+identity.DemoPassword+`"}`); got != http.StatusCreated {
		t.Errorf("after twenty wrong guesses of others: got %d", got)
	}
}

func TestOnlyAClientsOwnAddressIsCounted(t *testing.T) {
	t.Parallel()
	for address, counted := range map[string]bool{
		"192.0.2.1": true, "[2001:db8::1]": true, "[::ffff:192.0.2.1]": true, "100.63.0.1": true,
		"127.0.0.1": false, "[::1]": false, "10.1.2.3": false, "172.18.0.1": false, "192.168.1.1": false, "100.64.0.1": false,
		"169.254.1.1": false, "[fe80::1%eth0]": false, "[fd00::1]": false, "[::ffff:10.1.2.3]": false,
	} {
		request := httptest.NewRequest(http.MethodGet, "/", nil)
		request.RemoteAddr = address + ":1000"
		if got := clientAddress(request).IsValid(); got != counted {
			t.Errorf("%s is counted: %v", address, got)
		}
	}
}
