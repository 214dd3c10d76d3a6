package telemetry

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"regexp"
	"slices"
	"sync"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
)

// Wanted reports whether spans are to be sent: an address is given, or named by the variables that OpenTelemetry defines.
func Wanted(address string) bool {
	return address != "" || os.Getenv("OTEL_EXPORTER_OTLP_ENDPOINT") != "" || os.Getenv("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT") != ""
}

// Send begins to send spans to a collector, by OTLP over HTTP. The address is the collector's, such as http://localhost:4318; where it is
// empty the OTEL_ variables name it. They also say how many spans are kept (OTEL_TRACES_SAMPLER). Close sends what is left.
func (m *Meter) Send(ctx context.Context, address string, log *slog.Logger) error {
	var options []otlptracehttp.Option
	if address != "" {
		u, err := url.Parse(address)
		if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
			return errors.New("--otlp must be the http:// or https:// address of a collector")
		}
		options = append(options, otlptracehttp.WithEndpointURL(u.JoinPath("v1/traces").String()))
	}
	exporter, err := otlptracehttp.New(ctx, options...)
	if err != nil {
		return fmt.Errorf("couldn't set up the sending of spans: %w", err)
	}
	otel.SetErrorHandler(&complaints{log: log})
	m.trace(sdktrace.NewBatchSpanProcessor(exporter))
	return nil
}

// trace hands every finished span that the list allows to a processor.
func (m *Meter) trace(to sdktrace.SpanProcessor) {
	provider := sdktrace.NewTracerProvider(
		sdktrace.WithResource(resource.NewSchemaless(attribute.String("service.name", "songtor"))),
		sdktrace.WithSpanProcessor(&strict{SpanProcessor: to, refused: m.refusedSpan.Inc}),
	)
	m.tracer = provider.Tracer("songtor")
	m.flush = append(m.flush, func() {
		ctx, cancel := context.WithTimeout(context.Background(), 3*time.Second)
		defer cancel()
		_ = provider.Shutdown(ctx) // the error handler has been told
	})
}

// Close sends what is left of the spans, for a few seconds at most.
func (m *Meter) Close() {
	for _, f := range m.flush {
		f()
	}
}

// complaints writes the first error of a row of equal ones.
type complaints struct {
	log *slog.Logger

	mu   sync.Mutex
	last time.Time
}

// Handle implements otel.ErrorHandler. The text of the error is left away: it repeats what a collector answered.
func (c *complaints) Handle(error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if time.Since(c.last) < time.Minute {
		return
	}
	c.last = time.Now()
	c.log.Warn("couldn't send spans to the collector")
}

// strict passes on only spans that have nothing in them which is not on the list.
type strict struct {
	sdktrace.SpanProcessor
	refused func()
}

// OnEnd implements sdktrace.SpanProcessor.
func (s *strict) OnEnd(span sdktrace.ReadOnlySpan) {
	if !permitted(span) {
		s.refused()
		return
	}
	s.SpanProcessor.OnEnd(span)
}

func permitted(span sdktrace.ReadOnlySpan) bool {
	if !slices.Contains(Steps(), Step(span.Name())) || len(span.Events()) > 0 || len(span.Links()) > 0 || span.Status().Description != "" {
		return false
	}
	return !slices.ContainsFunc(span.Attributes(), func(a attribute.KeyValue) bool { return !allowed(a) })
}

var (
	methods = []string{"GET", "HEAD", "PUT", "POST", "DELETE", "OPTIONS", "other"}
	// pattern is the pattern of a route, in which a variable has a name and no value.
	pattern = regexp.MustCompile(`^(unmatched|/\*|(/(v1|\*|:?[a-z][a-z-]*(\.[a-z]+)?))+)$`)
	word    = regexp.MustCompile(`^[a-z][a-z_]{0,30}$`)
)

// allowed says for each attribute which values it may have.
func allowed(a attribute.KeyValue) bool {
	text := a.Value.AsString()
	switch a.Key {
	case keyMethod:
		return slices.Contains(methods, text)
	case keyRoute:
		return pattern.MatchString(text)
	case keyOutcome:
		return slices.Contains(Outcomes(), Outcome(text))
	case keyGroup:
		return word.MatchString(text)
	case keyStatus, keyPosition, keyFirst, keyLast, keyCommits:
		return a.Value.Type() == attribute.INT64
	}
	return false
}
