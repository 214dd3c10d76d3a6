package telemetry

import (
	"context"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"
)

// Step is the name of a span: one step on a form's way from the request to the read models.
type Step string

// The steps.
const (
	Request Step = "request" // from its headers to the end of the answer
	Load    Step = "load"    // a case is read from the log
	Decide  Step = "decide"  // the domain says what happened
	Seal    Step = "seal"    // personal data is sealed under the case's keys
	Append  Step = "append"  // the log has it on disk
	Record  Step = "record"  // the access record has it on disk
	Apply   Step = "apply"   // the rows of a group of read models are committed
)

// Steps lists them.
func Steps() []Step { return []Step{Request, Load, Decide, Seal, Append, Record, Apply} }

// The attributes of spans. There are no others. A commit's position joins the span that appended it with those that applied it: nothing
// about a trace is stored in the log.
const (
	keyMethod   = attribute.Key("http.request.method")
	keyRoute    = attribute.Key("http.route") // the pattern
	keyStatus   = attribute.Key("http.response.status_code")
	keyOutcome  = attribute.Key("songtor.outcome")
	keyPosition = attribute.Key("songtor.position")       // of the commit that was appended
	keyFirst    = attribute.Key("songtor.position.first") // of those that were applied
	keyLast     = attribute.Key("songtor.position.last")
	keyCommits  = attribute.Key("songtor.commits")
	keyGroup    = attribute.Key("songtor.group") // of read models
)

// Span is a step that is being traced. The zero value is none.
type Span struct{ span trace.Span }

// Start begins a step.
func (m *Meter) Start(ctx context.Context, s Step) (context.Context, Span) {
	ctx, span := m.tracer.Start(ctx, string(s))
	return ctx, Span{span}
}

// End ends the step and says what came of it. An error's text is not passed on.
func (s Span) End(o Outcome) {
	if s.span == nil {
		return
	}
	if s.span.IsRecording() {
		s.span.SetAttributes(keyOutcome.String(string(o)))
		if o == Unavailable || o == Failed {
			s.span.SetStatus(codes.Error, "")
		}
	}
	s.span.End()
}

// Position says where in the log a commit was appended.
func (s Span) Position(position uint64) {
	if s.span != nil && s.span.IsRecording() {
		s.span.SetAttributes(keyPosition.Int64(int64(position))) //nolint:gosec // positions stay far below 2^63
	}
}

// Answered says what a request was and how it was answered. The method is one of those that the service knows, the route a pattern.
func (s Span) Answered(method, route string, status int) {
	if s.span != nil && s.span.IsRecording() {
		s.span.SetAttributes(keyMethod.String(method), keyRoute.String(route), keyStatus.Int(status))
	}
}

// Batch is a number of commits that were applied to a group of read models in one transaction.
type Batch struct {
	Group       string
	Began       time.Time
	Took        time.Duration
	Accepted    time.Time // when the log took the oldest of them
	Commits     int
	First, Last uint64 // their positions
}

// Applied counts a batch, and traces it.
func (m *Meter) Applied(b Batch) {
	done := b.Began.Add(b.Took)
	m.batches.WithLabelValues(b.Group).Observe(float64(b.Commits))
	m.applying.WithLabelValues(b.Group).Observe(b.Took.Seconds())
	m.delays.WithLabelValues(b.Group).Observe(max(0, done.Sub(b.Accepted)).Seconds())
	_, span := m.tracer.Start(context.Background(), string(Apply), trace.WithTimestamp(b.Began))
	if span.IsRecording() {
		span.SetAttributes(keyGroup.String(b.Group), keyCommits.Int(b.Commits), keyOutcome.String(string(OK)),
			keyFirst.Int64(int64(b.First)), keyLast.Int64(int64(b.Last))) //nolint:gosec // positions stay far below 2^63
	}
	span.End(trace.WithTimestamp(done))
}
