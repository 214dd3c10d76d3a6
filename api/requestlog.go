package api

import (
	"bytes"
	"context"
	"crypto/rand"
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
)

// requestIDHeader carries the id by which an operator finds a request's line in the log. A client's own is never taken over.
const requestIDHeader = "X-Request-Id"

func requestID(c echo.Context) string { return c.Response().Header().Get(requestIDHeader) }

// instance names one request in a problem.
func instance(c echo.Context) string { return "urn:songtor:request:" + requestID(c) }

type metrics struct {
	requests *prometheus.CounterVec
	duration *prometheus.HistogramVec
	streams  prometheus.Gauge
	reports  *prometheus.CounterVec
}

func newMetrics(r prometheus.Registerer) *metrics {
	m := &metrics{
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "songtor_http_requests_total", Help: "Requests answered, by method, route pattern and status.",
		}, []string{"method", "route", "status"}),
		duration: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "songtor_http_request_duration_seconds", Help: "Time from the request's headers to the end of the answer.",
			Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10},
		}, []string{"method", "route"}),
		streams: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "songtor_http_event_streams", Help: "Open streams of server-sent events.",
		}),
		reports: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "songtor_browser_reports_total", Help: "Violations of the content policy that browsers reported, by directive.",
		}, []string{"directive"}),
	}
	r.MustRegister(m.requests, m.duration, m.streams, m.reports)
	return m
}

// observe gives a request its id, and writes one line and one sample for it when it is over. Both carry the route's pattern:
// the path holds case ids and the query what was looked for.
func (s *server) observe(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		start := time.Now()
		id := rand.Text()
		c.Response().Header().Set(requestIDHeader, id)
		c.SetRequest(c.Request().WithContext(app.WithRequest(c.Request().Context(), id)))
		err := next(c)
		if err != nil {
			s.answerProblem(err, c)
		}
		s.record(c, err, time.Since(start))
		return nil
	}
}

func (s *server) record(c echo.Context, err error, took time.Duration) {
	method, route, status := methodLabel(c), routeLabel(c), c.Response().Status
	s.metrics.requests.WithLabelValues(method, route, strconv.Itoa(status)).Inc()
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
