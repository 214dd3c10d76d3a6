package api

import (
	"errors"
	"net/http"

	"github.com/labstack/echo/v4"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"songtor/internal/app"
)

type healthAnswer struct {
	Status string `json:"status"`
	Reason string `json:"reason,omitzero"`
}

// health says that the process answers, and nothing about what it depends on: a restart would not bring a database back.
func (s *server) health(c echo.Context) error {
	return answer(c, http.StatusOK, healthAnswer{Status: "alive"})
}

// readiness says whether requests would succeed. A service that takes nothing in is ready, and one of whose lists one stays as it was: whoever
// spreads the load would otherwise take it away from those who read or hand in, and often all of its kind at once.
func (s *server) readiness(c echo.Context) error {
	switch err := s.ready(c.Request().Context()); {
	case errors.Is(err, app.ErrReadOnly):
		return answer(c, http.StatusOK, healthAnswer{"read_only", err.Error()})
	case errors.Is(err, app.ErrStale):
		return answer(c, http.StatusOK, healthAnswer{"stale", err.Error()})
	case err != nil:
		return answer(c, http.StatusServiceUnavailable, healthAnswer{"not_ready", err.Error()})
	}
	return answer(c, http.StatusOK, healthAnswer{Status: "ready"})
}

func (s *server) metricsPage() echo.HandlerFunc {
	h := promhttp.HandlerFor(s.meter.Registry(), promhttp.HandlerOpts{})
	return func(c echo.Context) error {
		h.ServeHTTP(c.Response(), c.Request())
		return nil
	}
}
