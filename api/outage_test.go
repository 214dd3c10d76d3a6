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

// Who listens learns that a list stays as it was, and who comes later learns it at the beginning. The control is what is told before.
func TestListenersLearnThatAListStaysAsItWas(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	listener := h.listen(t, h.token(t, "casemanager"))
	h.submit(t, "minimal-adult")
	if event, data := nextEvent(listener); event != "change" {
		t.Fatalf("while every list shows what happens it is told %s %s", event, data)
	}
	_, err := h.pools.Migrate.Exec(t.Context(), "alter table projections.positions add constraint stopped check (name <> 'statistics') not valid")
	must(t, err)
	h.submit(t, "minimal-adult")
	for name, lines := range map[string]<-chan string{"who listens": listener, "who comes later": nil} {
		if lines == nil {
			lines = h.listen(t, h.token(t, "casemanager"))
		}
		event, data := nextEvent(lines)
		for event == "change" {
			event, data = nextEvent(lines)
		}
		if event != "stale" || data != `{"lists":["statistics"]}` {
			t.Errorf("%s is told %s %s", name, event, data)
		}
	}
}
