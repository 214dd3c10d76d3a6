package api

import (
	"bufio"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"songtor/internal/app"

	"github.com/go-json-experiment/json"
)

// listen opens a stream of events and passes its lines on; the channel closes when the stream ends.
func (h *harness) listen(t *testing.T, token string) <-chan string {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, h.url+"/api/v1/events", nil)
	must(t, err)
	request.Header.Set("Authorization", "Bearer "+token)
	r, err := http.DefaultClient.Do(request)
	must(t, err)
	t.Cleanup(func() { r.Body.Close() })
	if r.StatusCode != http.StatusOK || r.Header.Get("Content-Type") != "text/event-stream" {
		t.Fatalf("got %d %s", r.StatusCode, r.Header.Get("Content-Type"))
	}
	lines := make(chan string, 100)
	go func() {
		defer close(lines)
		for s := bufio.NewScanner(r.Body); s.Scan(); {
			lines <- s.Text()
		}
	}()
	return lines
}

// nextEvent is the next event of a stream, empty where it ends.
func nextEvent(lines <-chan string) (event, data string) {
	for line := range lines {
		if name, ok := strings.CutPrefix(line, "event: "); ok {
			event = name
		}
		if data, ok := strings.CutPrefix(line, "data: "); ok {
			return event, data
		}
	}
	return "", ""
}

func (h *harness) testEventsTellOfChanges(t *testing.T) {
	t.Parallel()
	lines := h.listen(t, h.token(t, "casemanager"))
	if opened := <-lines; opened != ": open" {
		t.Fatalf("the stream begins with %q", opened)
	}
	receipt := h.submit(t, "minimal-adult")
	for event, data := nextEvent(lines); event != ""; event, data = nextEvent(lines) {
		var change app.Change
		must(t, json.Unmarshal([]byte(data), &change))
		if event != "change" || len(change.Stages) == 0 {
			t.Errorf("got %s %s", event, data)
		}
		if change.Position >= receipt.Position {
			return
		}
	}
	t.Errorf("the stream ended before position %s", strconv.FormatUint(receipt.Position, 10))
}

func (h *harness) testEventsEndWithTheSession(t *testing.T) {
	t.Parallel()
	session := h.signIn(t, "casemanager")
	lines := h.listen(t, session.Token)
	h.call(t, http.MethodDelete, "/api/v1/session", "").with("Authorization", "Bearer "+session.Token).do(t).want(t, http.StatusNoContent)
	const bite = 5 * time.Second
	ended := time.After(bite)
	for {
		select {
		case _, open := <-lines:
			if !open {
				return
			}
		case <-ended:
			t.Fatalf("the stream went on for %v", bite)
		}
	}
}

func (h *harness) testEventsAreNotForEveryRole(t *testing.T) {
	t.Parallel()
	h.call(t, http.MethodGet, "/api/v1/events", "").as(t, "committee").do(t).want(t, http.StatusForbidden)
}
