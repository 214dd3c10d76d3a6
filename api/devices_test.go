package api

import (
	"maps"
	"net/http"
	"testing"
	"time"

	"songtor/internal/identity"
	"songtor/internal/testenv"
)

// testAStolenTokenIsWorthNothingElsewhere holds a session that is bound to a device to that device.
func (h *harness) testAStolenTokenIsWorthNothingElsewhere(t *testing.T) {
	t.Parallel()
	p := h.newPerson(t, "device")
	session, err := h.identity.Start(t.Context(), p.account, identity.Evidence{Methods: []identity.Method{identity.ByDevicePasskey}, Device: p.id})
	must(t, err)
	const path = "/api/v1/sessions"
	try := func(method, proof string) int {
		return h.call(t, method, path, "").with("Authorization", "Bearer "+session.Token).with(proofHeader, proof).do(t).status
	}
	right := func() map[string]any { return p.device.Claims(http.MethodGet, path, session.Token, nil) }
	if got := try(http.MethodGet, p.device.Proof(t, right())); got != http.StatusOK {
		t.Fatalf("the control: from the device it answers %d", got)
	}
	used := p.device.Proof(t, right())
	try(http.MethodGet, used)
	with := func(changed map[string]any) string {
		claims := right()
		maps.Copy(claims, changed)
		return p.device.Proof(t, claims)
	}
	thief := testenv.NewDevice(t, p.device.Origin)
	for name, proof := range map[string]string{
		"no proof":             "",
		"nonsense":             "a.b.c",
		"another key":          thief.Proof(t, right()),
		"the same proof again": used,
		"of another method":    with(map[string]any{"htm": http.MethodPost}),
		"of another address":   with(map[string]any{"htu": p.device.Origin + "/api/v1/session"}),
		"of another service":   with(map[string]any{"htu": "https://evil.example" + path}),
		"of another token":     with(map[string]any{"ath": "AAAA"}),
		"without a token":      with(map[string]any{"ath": ""}),
		"of two minutes ago":   with(map[string]any{"iat": time.Now().Add(-2 * time.Minute).Unix()}),
		"of the future":        with(map[string]any{"iat": time.Now().Add(2 * time.Minute).Unix()}),
		"without an id":        with(map[string]any{"jti": ""}),
	} {
		if got := try(http.MethodGet, proof); got != http.StatusUnauthorized {
			t.Errorf("%s: answers %d", name, got)
		}
	}
	h.changedBodyIsRefused(t, p, session.Token)
	h.call(t, http.MethodDelete, "/api/v1/devices/"+p.id, "").as(t, "admin").do(t).want(t, http.StatusNoContent)
	testenv.Eventually(t, bite, func() bool { return try(http.MethodGet, p.device.Proof(t, right())) == http.StatusUnauthorized })
}

// changedBodyIsRefused sends another body than the one that the device signed for.
func (h *harness) changedBodyIsRefused(t *testing.T, p revoked, token string) {
	t.Helper()
	const path, signed, sent = "/api/v1/session/step-up", `{"code":"111111"}`, `{"code":"222222"}`
	send := func(body string) problem {
		return h.call(t, http.MethodPost, path, body).with("Authorization", "Bearer "+token).
			with(proofHeader, p.device.Proof(t, p.device.Claims(http.MethodPost, path, token, []byte(signed)))).do(t).problem(t)
	}
	if got := send(sent); got.Type != typePrefix+notProven.name {
		t.Errorf("another body than was signed for: %+v", got)
	}
	if got := send(signed); got.Type == typePrefix+notProven.name {
		t.Errorf("the control: the body that was signed for: %+v", got)
	}
}
