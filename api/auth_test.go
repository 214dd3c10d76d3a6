package api

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
)

func (h *harness) testSessionByCookieAndByHeader(t *testing.T) {
	t.Parallel()
	signed := h.call(t, http.MethodPost, "/api/v1/session", `{"username":"responder","password":"demo-only"}`).do(t).want(t, http.StatusCreated)
	var session sessionAnswer
	signed.into(t, &session)
	cookie := signed.header.Get("Set-Cookie")
	for _, attribute := range []string{cookieName + "=" + session.Token, "HttpOnly", "SameSite=Strict", "Path=/"} {
		if !strings.Contains(cookie, attribute) {
			t.Errorf("the cookie %q lacks %s", cookie, attribute)
		}
	}
	byCookie := func(method string) *call {
		return h.call(t, method, "/api/v1/session", "").with("Cookie", cookieName+"="+session.Token)
	}
	byCookie(http.MethodGet).do(t).want(t, http.StatusOK)
	h.call(t, http.MethodGet, "/api/v1/session", "").with("Authorization", "Bearer "+session.Token).do(t).want(t, http.StatusOK)
	form := h.call(t, http.MethodPost, "/api/v1/stages/screening/take", "").with("Cookie", cookieName+"="+session.Token)
	for _, contentType := range []string{"", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"} {
		form.with("Content-Type", contentType).do(t).want(t, http.StatusUnsupportedMediaType)
	}
	byCookie(http.MethodDelete).with("Sec-Fetch-Site", "cross-site").do(t).want(t, http.StatusForbidden)
	byCookie(http.MethodGet).do(t).want(t, http.StatusOK)
	byCookie(http.MethodDelete).with("Sec-Fetch-Site", "same-origin").do(t).want(t, http.StatusNoContent)
	byCookie(http.MethodGet).do(t).want(t, http.StatusUnauthorized)
}

func (h *harness) testSignInFailuresLookTheSame(t *testing.T) {
	t.Parallel()
	try := func(body string) problem {
		got := h.call(t, http.MethodPost, "/api/v1/session", body).do(t).want(t, http.StatusUnauthorized)
		if got.header.Get("Www-Authenticate") == "" {
			t.Error("the answer has no WWW-Authenticate")
		}
		p := got.problem(t)
		p.Instance = ""
		return p
	}
	wrong, unknown := try(`{"username":"responder","password":"`+marker+`"}`), try(`{"username":"`+marker+`","password":"demo-only"}`)
	if wrong.Type != unknown.Type || wrong.Detail != unknown.Detail || wrong.Title != unknown.Title {
		t.Errorf("a wrong password answers %+v, an unknown name %+v", wrong, unknown)
	}
	for _, body := range []string{`{"username":"responder"}`, `{"password":"x"}`, `{"username":1,"password":"x"}`, `{"username":"a","password":"b","role":"admin"}`} {
		h.call(t, http.MethodPost, "/api/v1/session", body).do(t).want(t, http.StatusUnprocessableEntity)
	}
	if strings.Contains(h.logs.String(), marker) {
		t.Error("the log repeats credentials")
	}
}

func (h *harness) testSignInFromAnotherSiteIsRefused(t *testing.T) {
	t.Parallel()
	body := `{"username":"responder","password":"demo-only"}`
	h.call(t, http.MethodPost, "/api/v1/session", body).with("Sec-Fetch-Site", "cross-site").do(t).want(t, http.StatusForbidden)
	h.call(t, http.MethodPost, "/api/v1/session", body).with("Origin", "https://evil.example").do(t).want(t, http.StatusForbidden)
}

// public is what is open to those who are not signed in.
var public = []string{
	"POST " + prefix + "/session", "POST " + prefix + "/session/passkey", "POST " + prefix + "/session/passkey/finish",
	"POST " + prefix + reportsPath, "POST " + prefix + "/invitations/redeem",
	"GET " + prefix + "/session/provider", "POST " + prefix + "/session/provider",
	"GET " + prefix + "/session/provider/callback", "POST " + prefix + "/session/provider/logout",
}

// testNothingIsServedWithoutASession walks every route that is not public.
func (h *harness) testNothingIsServedWithoutASession(t *testing.T) {
	t.Parallel()
	for _, call := range callsRouted() {
		method, path, _ := strings.Cut(call, " ")
		if !strings.HasPrefix(path, prefix) || path == prefix+"/openapi.yaml" || slices.Contains(public, call) {
			continue
		}
		for name, value := range map[string]string{"none": "", "no session's": "Bearer nonsense", "another scheme's": "Basic bm9uc2Vuc2U="} {
			got := h.call(t, method, path, "").with("Authorization", value).do(t)
			if got.status != http.StatusUnauthorized {
				t.Errorf("%s with %s token answers %d", call, name, got.status)
			}
		}
	}
}

// What a browser would show of a problem is its JSON: its person is sent to where they can sign in. Another program gets the problem.
func TestWhoIsRefusedAtTheReturnFromTheProviderCanSignInOtherwise(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	back := func(accept string) *http.Response {
		request := httptest.NewRequest(http.MethodGet, "/api/v1/session/provider/callback?error=access_denied", nil)
		request.Header.Set("Accept", accept)
		recorder := httptest.NewRecorder()
		h.http.Handler.ServeHTTP(recorder, request)
		return recorder.Result()
	}
	if got := back("application/json"); got.StatusCode != http.StatusNotFound {
		t.Errorf("a program is answered %d", got.StatusCode)
	}
	got := back("text/html,application/xhtml+xml;q=0.9")
	if to := got.Header.Get("Location"); got.StatusCode != http.StatusSeeOther || to != "/sign-in?outside=refused" {
		t.Errorf("a browser is answered %d, to %q", got.StatusCode, to)
	}
}
