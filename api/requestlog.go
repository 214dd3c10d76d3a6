package api

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"runtime"
	"runtime/debug"
	"slices"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/prometheus/client_golang/prometheus"

	"songtor/internal/app"
	"songtor/internal/identity"
	"songtor/internal/telemetry"
)

// requestIDHeader carries the id by which an operator finds a request's line in the log. A client's own is never taken over.
const requestIDHeader = "X-Request-Id"

func requestID(c echo.Context) string { return c.Response().Header().Get(requestIDHeader) }

// instance names one request in a problem.
func instance(c echo.Context) string { return "urn:songtor:request:" + requestID(c) }

type metrics struct {
	requests *prometheus.CounterVec
	duration *prometheus.HistogramVec
	flying   prometheus.Gauge
	signIns  *prometheus.CounterVec
	streams  prometheus.Gauge
	reports  *prometheus.CounterVec
}

func newMetrics(r prometheus.Registerer) *metrics {
	m := &metrics{
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "songtor_http_requests_total", Help: "Requests answered, by method, route pattern and class of status.",
		}, []string{"method", "route", "status"}),
		duration: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "songtor_http_request_duration_seconds", Help: "Time from the request's headers to the end of the answer.",
			Buckets: []float64{.001, .0025, .005, .01, .02, .04, .1, .25, .3, .5, 1, 2.5, 5, 10}, // with the limits of the promises
		}, []string{"method", "route"}),
		flying: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "songtor_http_requests_in_flight", Help: "Requests that are being answered, streams of events among them.",
		}),
		signIns: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "songtor_sign_ins_total", Help: "Attempts to sign in, by method and by what came of them.",
		}, []string{"method", "outcome"}),
		streams: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "songtor_http_event_streams", Help: "Open streams of server-sent events.",
		}),
		reports: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "songtor_browser_reports_total", Help: "Violations of the content policy that browsers reported, by directive.",
		}, []string{"directive"}),
	}
	for _, method := range []string{"password", "passkey", "provider"} {
		for _, outcome := range []string{signedIn, signInRefused, signInLimited, signInFailed} {
			m.signIns.WithLabelValues(method, outcome)
		}
	}
	r.MustRegister(m.requests, m.duration, m.flying, m.signIns, m.streams, m.reports)
	return m
}

// observe gives a request its id, and writes one line and one sample for it when it is over. Both carry the route's pattern:
// the path holds case ids and the query what was looked for.
func (s *server) observe(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		start := time.Now()
		id := rand.Text()
		c.Response().Header().Set(requestIDHeader, id)
		s.metrics.flying.Inc()
		defer s.metrics.flying.Dec()
		ctx, span := s.meter.Start(c.Request().Context(), telemetry.Request)
		c.SetRequest(c.Request().WithContext(app.WithRequest(ctx, id)))
		err := next(c)
		if err != nil {
			s.answerProblem(err, c)
		}
		s.record(c, err, time.Since(start))
		span.Answered(methodLabel(c), routeLabel(c), c.Response().Status)
		span.End(outcomeOf(c.Response().Status))
		return nil
	}
}

func (s *server) record(c echo.Context, err error, took time.Duration) {
	method, route, status := methodLabel(c), routeLabel(c), c.Response().Status
	s.metrics.requests.WithLabelValues(method, route, class(status)).Inc()
	s.metrics.duration.WithLabelValues(method, route).Observe(took.Seconds())
	attrs := []slog.Attr{
		slog.String("method", method), slog.String("route", route), slog.Int("status", status),
		slog.Duration("duration", took), slog.String("request", requestID(c)),
	}
	level := slog.LevelInfo
	if status >= http.StatusInternalServerError && err != nil {
		level, attrs = slog.LevelError, append(attrs, slog.String("error", err.Error()))
	}
	s.log.LogAttrs(context.WithoutCancel(c.Request().Context()), level, "request", attrs...)
}

// class is the hundreds of a status: 2xx, 4xx and so on.
func class(status int) string { return strconv.Itoa(status/100) + "xx" }

func outcomeOf(status int) telemetry.Outcome {
	switch {
	case status == http.StatusServiceUnavailable:
		return telemetry.Unavailable
	case status >= http.StatusInternalServerError:
		return telemetry.Failed
	case status == http.StatusConflict, status == http.StatusPreconditionFailed:
		return telemetry.Conflict
	case status >= http.StatusBadRequest:
		return telemetry.Refused
	}
	return telemetry.OK
}

// What comes of an attempt to sign in.
const (
	signedIn      = "signed_in"
	signInRefused = "refused" // wrong, or malformed
	signInLimited = "limited" // too many attempts
	signInFailed  = "failed"  // the service could not tell
)

// signsIn counts attempts to sign in.
func (s *server) signsIn(method string, h echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		err := h(c)
		outcome := signInRefused
		switch {
		case err == nil:
			outcome = signedIn
		case errors.Is(err, identity.ErrTooMany), errors.Is(err, identity.ErrBusy):
			outcome = signInLimited
		case errors.Is(err, identity.ErrUnavailable):
			outcome = signInFailed
		}
		s.metrics.signIns.WithLabelValues(method, outcome).Inc()
		return err
	}
}

// methodLabel keeps a client from writing into the log or making metrics by inventing methods.
func methodLabel(c echo.Context) string {
	m := c.Request().Method
	if slices.Contains([]string{http.MethodGet, http.MethodHead, http.MethodPut, http.MethodPost, http.MethodDelete, http.MethodOptions}, m) {
		return m
	}
	return "other"
}

func routeLabel(c echo.Context) string {
	if c.Path() == "" {
		return "unmatched"
	}
	return c.Path()
}

// panicked is a panic as an error that tells where and what kind, and no value: a value may be somebody's answer.
type panicked struct {
	what  string
	stack []byte
}

func (p *panicked) Error() string { return fmt.Sprintf("panic of type %s\n%s", p.what, p.stack) }

func newPanicked(v any) *panicked {
	what := fmt.Sprintf("%T", v)
	if e, ok := v.(runtime.Error); ok {
		what = e.Error()
	}
	return &panicked{what, debug.Stack()}
}

// recoverPanics turns a panic of a handler into an error, and so into a problem.
func recoverPanics(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) (err error) {
		defer func() {
			switch v := recover(); v {
			case nil:
			case http.ErrAbortHandler:
				panic(v)
			default:
				err = newPanicked(v)
			}
		}()
		return next(c)
	}
}

// serverLog takes what net/http writes. Most of it is about connections that clients broke off, with their addresses; what an
// operator has to act on is that no connection can be accepted.
type serverLog struct{ log *slog.Logger }

func (l serverLog) Write(line []byte) (int, error) {
	if bytes.Contains(line, []byte("Accept error")) {
		l.log.Error("couldn't accept a connection", slog.String("error", string(bytes.TrimSpace(line))))
	}
	return len(line), nil
}
