package api

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"

	"songtor/domain"
	"songtor/internal/identity"
	"songtor/projections/stage"
)

// theResponder is the account of the demonstration's responder as an administrator sees it.
func (h *harness) theResponder(t *testing.T) accountAnswer {
	t.Helper()
	var found list[accountAnswer]
	h.call(t, http.MethodGet, "/api/v1/accounts", "").as(t, "admin").do(t).want(t, http.StatusOK).into(t, &found)
	i := slices.IndexFunc(found.Items, func(a accountAnswer) bool { return a.Username == "responder" })
	if i < 0 {
		t.Fatal("there is no responder")
	}
	return found.Items[i]
}

func TestAnAdministratorConfirmsWhatTheyLookedAt(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	_, err := h.identity.CreateDemoAccount(t.Context(), identity.DemoAccount{Username: "second", Role: domain.Admin, Agency: "datip"})
	must(t, err)
	path := "/api/v1/accounts/" + h.theResponder(t).ID
	ask := func(body string, status int) *waitingAnswer {
		t.Helper()
		h.call(t, http.MethodPost, path+"/role", body).as(t, "admin").do(t).want(t, status)
		return h.theResponder(t).Waiting
	}
	confirm := func(by, digest string) response {
		t.Helper()
		return h.call(t, http.MethodPost, path+"/confirm", `{"digest":"`+digest+`"}`).as(t, by).do(t)
	}

	seen := ask(`{"role":"casemanager","agency":"ngo-sapan-jai","provinces":["TH-50"]}`, http.StatusAccepted)
	if seen == nil || seen.Role != domain.CaseManager || !slices.Equal(seen.Provinces, []string{"TH-50"}) {
		t.Fatalf("there waits %+v", seen)
	}
	h.call(t, http.MethodPost, path+"/confirm", "").as(t, "second").do(t).want(t, http.StatusUnsupportedMediaType)
	h.call(t, http.MethodPost, path+"/confirm", "{}").as(t, "second").do(t).want(t, http.StatusUnprocessableEntity)
	if p := confirm("admin", seen.Digest).want(t, http.StatusConflict).problem(t); p.Rule != "account.own" {
		t.Errorf("confirmed by the one who asked: rule %q", p.Rule)
	}

	now := ask(`{"role":"admin","agency":"datip"}`, http.StatusAccepted)
	p := confirm("second", seen.Digest).want(t, http.StatusConflict).problem(t)
	if p.Type != typePrefix+"other-request" || !strings.Contains(p.Detail, "digest") {
		t.Errorf("what was replaced: %+v", p)
	}
	if got := h.theResponder(t); got.Role != domain.Responder || got.Waiting == nil || got.Waiting.Digest != now.Digest {
		t.Errorf("after it: %+v, waiting %+v", got, got.Waiting)
	}
	if left := ask(`{"role":"responder","agency":"immigration-bureau"}`, http.StatusNoContent); left != nil {
		t.Errorf("after another decision there waits %+v", left)
	}
	confirm("second", now.Digest).want(t, http.StatusNotFound)

	again := ask(`{"role":"casemanager","agency":"ngo-sapan-jai"}`, http.StatusAccepted)
	confirm("second", again.Digest).want(t, http.StatusNoContent)
	if got := h.theResponder(t); got.Role != domain.CaseManager || got.Waiting != nil {
		t.Errorf("confirmed: %+v", got)
	}
	if moved := ask(`{"role":"casemanager","agency":"datip"}`, http.StatusAccepted); moved == nil || moved.Agency != "datip" {
		t.Errorf("to the supervising agency: %+v", moved)
	}
}

// The page sends the provinces that are chosen, and says that none means all.
func TestNoProvinceChosenNarrowsNoList(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	receipt := h.submit(t, "minimal-adult")
	listed := func(provinces string) int {
		t.Helper()
		body := `{"role":"responder","agency":"immigration-bureau","provinces":` + provinces + `}`
		h.call(t, http.MethodPost, "/api/v1/accounts/"+h.theResponder(t).ID+"/role", body).as(t, "admin").do(t).want(t, http.StatusNoContent)
		var page list[stage.Row]
		h.call(t, http.MethodGet, "/api/v1/stages/screening/cases", "").as(t, "responder").
			with(positionHeader, strconv.FormatUint(receipt.Position, 10)).do(t).want(t, http.StatusOK).into(t, &page)
		return len(page.Items)
	}
	if n := listed(`[]`); n != 1 {
		t.Errorf("none chosen: %d cases are listed", n)
	}
	if n := listed(`["TH-50"]`); n != 1 {
		t.Errorf("the case's own: %d cases are listed", n)
	}
	if n := listed(`["TH-10"]`); n != 0 {
		t.Errorf("another: %d cases are listed", n)
	}
}
