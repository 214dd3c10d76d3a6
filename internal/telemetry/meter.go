package telemetry

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"go.opentelemetry.io/otel/trace"
	"go.opentelemetry.io/otel/trace/noop"
)

// Outcome is what came of something that was measured.
type Outcome string

// The outcomes.
const (
	OK          Outcome = "ok"
	Refused     Outcome = "refused"     // by a rule: what was asked is wrong, or not allowed
	Conflict    Outcome = "conflict"    // somebody else was first
	Unavailable Outcome = "unavailable" // a part that is needed does not answer, or takes nothing in
	Failed      Outcome = "failed"      // a fault of the service
)

// Outcomes lists them.
func Outcomes() []Outcome { return []Outcome{OK, Refused, Conflict, Unavailable, Failed} }

// Meter takes the figures of one process. Its methods may be called concurrently.
type Meter struct {
	registry *prometheus.Registry
	tracer   trace.Tracer
	flush    []func()

	appends     *prometheus.HistogramVec
	screenings  *prometheus.CounterVec
	missed      *prometheus.CounterVec
	records     *prometheus.HistogramVec
	keys        *prometheus.HistogramVec
	builds      *prometheus.HistogramVec
	batches     *prometheus.HistogramVec
	applying    *prometheus.HistogramVec
	delays      *prometheus.HistogramVec
	damaged     prometheus.Counter
	refusedSpan prometheus.Counter
}

// Buckets, in seconds. Those of short waits hold the limits of the service's promises: 40 ms, 250 ms, 300 ms and 1 s.
var (
	shortWaits = []float64{.0005, .001, .0025, .005, .01, .02, .04, .1, .25, .3, .5, 1, 2.5, 5, 10}
	longWaits  = []float64{1, 5, 15, 60, 300, 900, 3600}
)

// New returns a meter with a registry of its own, which also has the figures of the Go runtime and of the process. It traces nothing.
func New() *Meter {
	m := &Meter{
		registry: prometheus.NewRegistry(), tracer: noop.Tracer{},
		appends:    histogram("songtor_append_duration_seconds", "Time to have a commit on the log's disks, by outcome.", shortWaits, "outcome"),
		screenings: counter("songtor_screenings_accepted_total", "Screening forms acknowledged: new ones, and repeated ones that were answered as before.", "answer"),
		missed:     counter("songtor_deadlines_missed_total", "Steps of missed deadlines that this process recorded, by what the case waits for.", "task"),
		records:    histogram("songtor_access_record_duration_seconds", "Time until what somebody is about to read was on record, by outcome.", shortWaits, "outcome"),
		keys:       histogram("songtor_key_call_duration_seconds", "Time of calls to whoever keeps the keys, by call and outcome.", shortWaits, "call", "outcome"),
		builds:     histogram("songtor_release_build_duration_seconds", "Time to build a release of the statistics, by outcome.", longWaits, "outcome"),
		batches:    histogram("songtor_projection_batch_commits", "Commits that were applied to the read models of a group in one transaction.", prometheus.ExponentialBuckets(1, 4, 7), "group"),
		applying:   histogram("songtor_projection_apply_duration_seconds", "Time of one transaction that moves the read models of a group.", shortWaits, "group"),
		delays:     histogram("songtor_projection_delay_seconds", "Time from the log's acknowledgement of a batch's oldest commit until the rows of the batch were committed.", shortWaits, "group"),
		damaged: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "songtor_damaged_cases_met_total", Help: "Requests that were refused because the keys of their case, or what they seal, are not what they were.",
		}),
		refusedSpan: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "songtor_trace_spans_refused_total", Help: "Spans that were not sent, because something in them was not on the list.",
		}),
	}
	m.registry.MustRegister(
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		m.appends, m.screenings, m.missed, m.records, m.keys, m.builds, m.batches, m.applying, m.delays, m.damaged, m.refusedSpan,
	)
	m.begin()
	return m
}

// begin makes the series whose labels are known, so that a first failure is seen as a rise from 0.
func (m *Meter) begin() {
	for _, o := range Outcomes() {
		m.appends.WithLabelValues(string(o))
		m.records.WithLabelValues(string(o))
		m.builds.WithLabelValues(string(o))
	}
	m.screenings.WithLabelValues("new")
	m.screenings.WithLabelValues("repeated")
}

func histogram(name, help string, buckets []float64, labels ...string) *prometheus.HistogramVec {
	return prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: name, Help: help, Buckets: buckets}, labels)
}

func counter(name, help string, labels ...string) *prometheus.CounterVec {
	return prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, labels)
}

// Registry holds the figures. Others may register their own.
func (m *Meter) Registry() *prometheus.Registry { return m.registry }

// Appended counts an attempt to append a commit.
func (m *Meter) Appended(took time.Duration, o Outcome) {
	m.appends.WithLabelValues(string(o)).Observe(took.Seconds())
}

// Acknowledged counts a screening form that got its receipt; fresh is false where it had been accepted before.
func (m *Meter) Acknowledged(fresh bool) {
	answer := "repeated"
	if fresh {
		answer = "new"
	}
	m.screenings.WithLabelValues(answer).Inc()
}

// Awaits makes the series of missed deadlines for every kind of task there is.
func (m *Meter) Awaits(tasks ...string) {
	for _, t := range tasks {
		m.missed.WithLabelValues(t)
	}
}

// Missed counts a step of a missed deadline that was recorded, by the kind of task.
func (m *Meter) Missed(task string) { m.missed.WithLabelValues(task).Inc() }

// Recorded counts a wait for the access record.
func (m *Meter) Recorded(took time.Duration, o Outcome) {
	m.records.WithLabelValues(string(o)).Observe(took.Seconds())
}

// KeyCall counts a call to the keeper of the keys. The call's name is a literal.
func (m *Meter) KeyCall(call string, took time.Duration, o Outcome) {
	m.keys.WithLabelValues(call, string(o)).Observe(took.Seconds())
}

// Damaged counts a request that met a case whose keys or content are damaged.
func (m *Meter) Damaged() { m.damaged.Inc() }

// Built counts a release that was built, or was not.
func (m *Meter) Built(took time.Duration, o Outcome) {
	m.builds.WithLabelValues(string(o)).Observe(took.Seconds())
}
