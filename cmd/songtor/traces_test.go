package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"syscall"
	"testing"

	collector "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	traces "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"

	"songtor/internal/app"
	"songtor/internal/telemetry"
)

// collected is what a collector of traces was sent.
type collected struct {
	mu    sync.Mutex
	raw   []byte
	spans []*traces.Span
}

// collect starts a collector and returns its address.
func collect(t *testing.T) (*collected, string) {
	t.Helper()
	c := new(collected)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		var request collector.ExportTraceServiceRequest
		if err != nil || r.URL.Path != "/v1/traces" || proto.Unmarshal(body, &request) != nil {
			http.Error(w, "not traces", http.StatusBadRequest)
			return
		}
		c.mu.Lock()
		defer c.mu.Unlock()
		c.raw = append(c.raw, body...)
		for _, resource := range request.GetResourceSpans() {
			for _, scope := range resource.GetScopeSpans() {
				c.spans = append(c.spans, scope.GetSpans()...)
			}
		}
	}))
	t.Cleanup(server.Close)
	return c, server.URL
}

// positions are the values of an attribute in the spans of a step.
func (c *collected) positions(step telemetry.Step, attribute string) (found []int64) {
	for _, span := range c.spans {
		for _, a := range span.GetAttributes() {
			if span.GetName() == string(step) && a.GetKey() == attribute {
				found = append(found, a.GetValue().GetIntValue())
			}
		}
	}
	return found
}

// TestTracesTellNothingOfAForm has the whole way of a form traced to a collector, and reads what that was sent, byte by byte.
func TestTracesTellNothingOfAForm(t *testing.T) {
	t.Parallel()
	sent, address := collect(t)
	in := newInstallation(t)
	in.environment = []string{"SONGTOR_OTLP=" + address}
	in.begin(t)
	officer, manager := in.signIn(t, "officer"), in.signIn(t, "manager")
	mustStatus(t, in.call(t, officer, http.MethodPut, "/api/v1/screenings/"+plantedID, plantedForm(t)), http.StatusCreated)
	in.plantCommands(t, officer)
	in.call(t, manager, http.MethodGet, "/api/v1/cases/"+app.CaseID(plantedID), nil)
	in.call(t, manager, plantedName, "/api/v1/cases/"+plantedNarrative+"?q="+plantedName, nil)
	if err := in.end(syscall.SIGTERM); err != nil {
		t.Fatalf("ended with %v\n%s", err, in.output)
	}
	sent.mu.Lock()
	defer sent.mu.Unlock()
	for _, step := range telemetry.Steps() {
		if !slices.ContainsFunc(sent.spans, func(s *traces.Span) bool { return s.GetName() == string(step) }) {
			t.Errorf("no span of the step %s came", step)
		}
	}
	appended, applied := sent.positions(telemetry.Append, "songtor.position"), sent.positions(telemetry.Apply, "songtor.position.last")
	if len(appended) == 0 || !slices.Contains(applied, slices.Max(appended)) {
		t.Errorf("appended %v and applied up to %v: the two do not join", appended, applied)
	}
	if words := plantedIn(sent.raw); len(words) > 0 {
		t.Errorf("the traces say %v", words)
	}
	if found := identifying.Find(sent.raw); found != nil {
		t.Errorf("the traces have the id %s", found)
	}
}
