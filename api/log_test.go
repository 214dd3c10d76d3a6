package api

import (
	"errors"
	"fmt"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"songtor/internal/testenv"
	"songtor/internal/transparency"
	"songtor/internal/transparency/builder"
)

// testCaseIsProvedToAStranger fetches a case's bundle and checks it as somebody does who has nothing but a policy and a receipt.
func (h *harness) testCaseIsProvedToAStranger(t *testing.T) {
	receipt := h.call(t, http.MethodPut, "/api/v1/screenings/6f1f4f0e-0b0c-4a3e-9a70-2f6a3c1d9e01", fixture(t, "adult-restaurant-lao")).as(t, "responder").
		do(t).want(t, http.StatusCreated)
	var r struct {
		CaseID   string `json:"case_id"`
		Position int64  `json:"position"`
	}
	receipt.into(t, &r)

	var bundle response
	testenv.Eventually(t, time.Minute, func() bool { // a case of a moment ago may not be signed for yet
		bundle = h.call(t, http.MethodGet, "/api/v1/cases/"+r.CaseID+"/proof", "").as(t, "auditor").do(t)
		return bundle.status != http.StatusServiceUnavailable
	})
	bundle.want(t, http.StatusOK)
	keys := logKeys(t)
	policy, err := transparency.ParsePolicy(fmt.Appendf(nil, "log %s\nreceipts %s\nquorum none\n", keys.VerifierKey(transparency.Cases), keys.ReceiptKey()))
	must(t, err)
	found, err := transparency.Verify(transparency.Question{Bundle: bundle.body, Policy: policy, Receipt: receipt.body})
	must(t, err)
	if found.Case != r.CaseID || found.Messages != 1 || found.Sealed == 0 {
		t.Errorf("found %+v", found)
	}

	h.call(t, http.MethodGet, "/api/v1/cases/"+r.CaseID+"/proof", "").as(t, "team").do(t).want(t, http.StatusNotFound)
	h.call(t, http.MethodGet, "/api/v1/log/checkpoint/cases", "").as(t, "shelter").do(t).want(t, http.StatusOK)
	h.call(t, http.MethodGet, "/api/v1/log/checkpoint/cases", "").do(t).want(t, http.StatusUnauthorized)
	h.call(t, http.MethodGet, "/api/v1/log/checkpoint/other", "").as(t, "shelter").do(t).want(t, http.StatusBadRequest)
	h.call(t, http.MethodGet, fmt.Sprintf("/api/v1/log/proof?tree=cases&size=%d&position=1", found.Size), "").as(t, "auditor").do(t).want(t, http.StatusOK)
	h.call(t, http.MethodGet, fmt.Sprintf("/api/v1/log/proof?tree=cases&size=%d&from=1", found.Size), "").as(t, "auditor").do(t).want(t, http.StatusOK)
	h.call(t, http.MethodGet, "/api/v1/log/proof?tree=cases&size=1000000&from=1", "").as(t, "auditor").do(t).want(t, http.StatusNotFound)
	h.call(t, http.MethodGet, "/api/v1/log/proof?tree=cases&size=1", "").as(t, "auditor").do(t).want(t, http.StatusBadRequest)
}

// TestALogThatIsNotTheSignedOneTakesNothingIn has a checkpoint that the log does not agree with.
func TestALogThatIsNotTheSignedOneTakesNothingIn(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	before := h.submit(t, "adult-restaurant-lao")
	h.call(t, http.MethodGet, "/readyz", "").do(t).want(t, http.StatusOK)
	testenv.Eventually(t, time.Minute, func() bool {
		_, err := h.trees.Checkpoint(t.Context(), transparency.Cases)
		return err == nil
	})
	forged, err := logKeys(t).SignCheckpoint(t.Context(), transparency.Cases, 1, [32]byte{1})
	must(t, err)
	must(t, os.WriteFile(h.book, append(forged, '\n'), 0o600))
	if err := h.trees.Check(t.Context()); !errors.Is(err, builder.ErrBroken) {
		t.Fatalf("the check gave %v", err)
	}
	head := h.head(t)
	h.call(t, http.MethodPut, "/api/v1/screenings/6f1f4f0e-0b0c-4a3e-9a70-2f6a3c1d9e02", fixture(t, "adult-restaurant-lao")).as(t, "responder").
		do(t).want(t, http.StatusServiceUnavailable)
	note := `{"occurred_at":"2026-01-01T00:00:00Z","recorded_at":"2026-01-01T00:00:00Z","audience":"case","text":"x"}`
	h.call(t, http.MethodPost, "/api/v1/cases/"+before.CaseID+"/add-note", note).as(t, "casemanager").key().do(t).want(t, http.StatusServiceUnavailable)
	if h.head(t) != head {
		t.Error("something was written")
	}
	h.call(t, http.MethodGet, "/api/v1/cases/"+before.CaseID, "").as(t, "casemanager").do(t).want(t, http.StatusOK)
	var ready healthAnswer
	h.call(t, http.MethodGet, "/readyz", "").do(t).want(t, http.StatusOK).into(t, &ready)
	if ready.Status != "read_only" || !strings.Contains(ready.Reason, "not the one that was signed") {
		t.Errorf("it says %+v", ready)
	}
}
