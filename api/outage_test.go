package api

import (
	"net/http"
	"testing"
	"time"

	"github.com/google/uuid"

	"songtor/internal/testenv"
)

// TestRepeatSucceedsOnceTheLogIsBack is the client's way through an outage: the same call until there is a receipt. At its end the
// service stops while somebody listens for events.
func TestRepeatSucceedsOnceTheLogIsBack(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	h.token(t, "responder")
	path, body := "/api/v1/screenings/"+uuid.NewString(), fixture(t, "minimal-adult")
	h.nats.Stop()
	down := h.call(t, http.MethodPut, path, body).as(t, "responder").do(t).want(t, http.StatusServiceUnavailable)
	if down.header.Get("Retry-After") == "" {
		t.Error("the answer does not say when to try again")
	}
	var state healthAnswer
	h.call(t, http.MethodGet, "/readyz", "").do(t).want(t, http.StatusServiceUnavailable).into(t, &state)
	if state.Status != "not_ready" || state.Reason == "" {
		t.Errorf("got %+v", state)
	}
	h.call(t, http.MethodGet, "/healthz", "").do(t).want(t, http.StatusOK)
	h.nats.Restart(t)
	var last response
	testenv.Eventually(t, time.Minute, func() bool {
		last = h.call(t, http.MethodPut, path, body).as(t, "responder").do(t)
		return last.status != http.StatusServiceUnavailable
	})
	if last.status != http.StatusCreated && last.status != http.StatusOK {
		t.Fatalf("got %d %s", last.status, last.body)
	}
	h.call(t, http.MethodPut, path, body).as(t, "responder").do(t).want(t, http.StatusOK)
	if head := h.head(t); head != 1 {
		t.Errorf("the log holds %d commits", head)
	}

	lines := h.listen(t, h.token(t, "casemanager"))
	must(t, h.http.Shutdown(t.Context())) // returns only when the stream has ended
	for range lines {
	}
}
