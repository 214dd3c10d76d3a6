package telemetry

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"
	"go.opentelemetry.io/otel/attribute"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"
)

// traced returns a meter whose spans are kept in memory.
func traced(t *testing.T) (*Meter, *tracetest.InMemoryExporter) {
	t.Helper()
	m, kept := New(), tracetest.NewInMemoryExporter()
	m.trace(sdktrace.NewSimpleSpanProcessor(kept))
	return m, kept
}

func TestAFormCanBeFollowedByItsPosition(t *testing.T) {
	t.Parallel()
	m, kept := traced(t)
	ctx, request := m.Start(t.Context(), Request)
	_, step := m.Start(ctx, Append)
	step.Position(42)
	step.End(OK)
	request.Answered("PUT", "/api/v1/screenings/:id", 201)
	request.End(OK)
	now := time.Now()
	m.Applied(Batch{Group: "views", Began: now, Took: time.Millisecond, Accepted: now.Add(-time.Millisecond), Commits: 3, First: 40, Last: 42})
	spans := kept.GetSpans()
	if len(spans) != 3 {
		t.Fatalf("kept %d spans", len(spans))
	}
	if spans[0].Parent.SpanID() != spans[1].SpanContext.SpanID() || spans[0].Name != "append" || spans[1].Name != "request" {
		t.Errorf("the append is no part of the request: %v", spans)
	}
	for i, want := range map[int]attribute.KeyValue{0: keyPosition.Int64(42), 1: keyRoute.String("/api/v1/screenings/:id"), 2: keyLast.Int64(42)} {
		if !has(spans[i], want) {
			t.Errorf("the span %s lacks %v: %v", spans[i].Name, want, spans[i].Attributes)
		}
	}
	if spans[2].EndTime.Sub(spans[2].StartTime) != time.Millisecond {
		t.Error("the batch took another time")
	}
}

func has(s tracetest.SpanStub, want attribute.KeyValue) bool {
	for _, a := range s.Attributes {
		if a == want {
			return true
		}
	}
	return false
}

// TestNothingElseIsSent tries everything by which a span could tell more; each is the control of what is let through above.
func TestNothingElseIsSent(t *testing.T) {
	t.Parallel()
	const id = "8dd53077-1520-81de-8640-54a612237d02"
	for name, spoil := range map[string]func(context.Context, trace.Tracer){
		"another name":      func(ctx context.Context, r trace.Tracer) { _, s := r.Start(ctx, "Malee"); s.End() },
		"another attribute": spoiled(attribute.String("case.id", id)),
		"an id for a route": spoiled(keyRoute.String("/api/v1/cases/" + id)),
		"a reference":       spoiled(keyRoute.String("/api/v1/references/0123-4567-89AB-CDEF")),
		"a name for one":    spoiled(keyRoute.String("/api/v1/cases/Malee Suksawat")),
		"a method":          spoiled(keyMethod.String("MALEE")),
		"an outcome":        spoiled(keyOutcome.String("no such case: " + id)),
		"a text for number": spoiled(attribute.KeyValue{Key: keyPosition, Value: attribute.StringValue(id)}),
		"a group":           spoiled(keyGroup.String("Malee Suksawat")),
		"an event": func(ctx context.Context, r trace.Tracer) {
			_, s := r.Start(ctx, string(Append))
			s.AddEvent("Malee")
			s.End()
		},
		"an error": func(ctx context.Context, r trace.Tracer) {
			_, s := r.Start(ctx, string(Append))
			s.RecordError(context.Canceled)
			s.End()
		},
	} {
		m, kept := traced(t)
		spoil(t.Context(), m.tracer)
		if n := len(kept.GetSpans()); n != 0 {
			t.Errorf("a span with %s was sent", name)
		}
		if n := testutil.ToFloat64(m.refusedSpan); n != 1 {
			t.Errorf("a span with %s counted as %v", name, n)
		}
	}
}

func spoiled(a attribute.KeyValue) func(context.Context, trace.Tracer) {
	return func(ctx context.Context, r trace.Tracer) {
		_, s := r.Start(ctx, string(Append))
		s.SetAttributes(a)
		s.End()
	}
}

func TestWhereTracesAreSentHasToBeAnAddress(t *testing.T) {
	t.Parallel()
	for _, address := range []string{"localhost:4318", "ftp://localhost", "http://", "%"} {
		if err := New().Send(t.Context(), address, nil); err == nil || !strings.Contains(err.Error(), "--otlp") {
			t.Errorf("%q was taken: %v", address, err)
		}
	}
}

// BenchmarkStep is what a traced step costs: nothing is kept, or everything is.
func BenchmarkStep(b *testing.B) {
	off, on := New(), New()
	on.trace(sdktrace.NewBatchSpanProcessor(discard{}))
	for name, m := range map[string]*Meter{"off": off, "on": on} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				_, s := m.Start(b.Context(), Append)
				s.Position(42)
				s.End(OK)
			}
		})
	}
}

type discard struct{}

func (discard) ExportSpans(context.Context, []sdktrace.ReadOnlySpan) error { return nil }
func (discard) Shutdown(context.Context) error                             { return nil }
