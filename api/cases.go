package api

import (
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"songtor/domain"
	"songtor/internal/app"
	"songtor/schemas"
)

// openCase is the body of POST /cases: a first contact, before or without a screening.
type openCase struct {
	times
	Province string        `json:"province"`
	Incident string        `json:"incident_id"`
	Entry    int           `json:"entry"`
	Needs    []domain.Need `json:"needs"`
}

func (b *openCase) check(c *checker) {
	listed(c, "/province", b.Province, schemas.Province)
	if b.Incident != "" {
		b.Incident = c.id("/incident_id", b.Incident)
	}
	c.must(b.Entry >= 0, "/entry", keywordMinimum)
	c.must(b.Entry <= maxEntries, "/entry", keywordMaximum)
	someOf(c, "/needs", b.Needs, domain.Needs()...)
}

// opening is the body as internal/app takes it.
func (b *openCase) opening() app.OpenCase {
	return app.OpenCase{
		OccurredAt: b.OccurredAt, RecordedAt: b.RecordedAt,
		Province: b.Province, IncidentID: b.Incident, Entry: b.Entry, Needs: b.Needs,
	}
}

// openCase answers POST /cases.
func (s *server) openCase(c echo.Context) error {
	key, err := idempotencyKey(c)
	if err != nil {
		return err
	}
	raw, err := readBody(c, maxBody)
	if err != nil {
		return err
	}
	var body openCase
	if err := decodeChecked(raw, &body, s.app.Now()); err != nil {
		return err
	}
	receipt, created, err := s.app.OpenCase(c.Request().Context(), principal(c), key, body.opening(), raw)
	if err != nil {
		return err
	}
	return answerReceipt(c, receipt, created)
}

// showCase answers GET /cases/{id}, also as the case was known at a time. The ETag is what If-Match of a command takes.
func (s *server) showCase(c echo.Context) error {
	id, asOf, err := caseQuery(c)
	if err != nil {
		return err
	}
	view, err := s.app.Case(c.Request().Context(), principal(c), id, asOf)
	if err != nil {
		return err
	}
	c.Response().Header().Set("ETag", etagOf(view.Position))
	return answer(c, http.StatusOK, view)
}

// timeline answers GET /cases/{id}/timeline.
func (s *server) timeline(c echo.Context) error {
	id, asOf, err := caseQuery(c)
	if err != nil {
		return err
	}
	view, err := s.app.Timeline(c.Request().Context(), principal(c), id, asOf)
	if err != nil {
		return err
	}
	return answer(c, http.StatusOK, view)
}

// erasure answers GET /cases/{id}/erasure.
func (s *server) erasure(c echo.Context) error {
	if err := readQuery(c).err(); err != nil {
		return err
	}
	id, err := pathID(c)
	if err != nil {
		return err
	}
	view, err := s.app.Erasure(c.Request().Context(), principal(c), id)
	if err != nil {
		return err
	}
	return answer(c, http.StatusOK, view)
}

// retention answers GET /retention: how long cases are kept, and which are due to be erased.
func (s *server) retention(c echo.Context) error {
	if err := readQuery(c).err(); err != nil {
		return err
	}
	view, err := s.app.Retention(c.Request().Context(), principal(c))
	if err != nil {
		return err
	}
	return answer(c, http.StatusOK, view)
}

func caseQuery(c echo.Context) (id string, asOf time.Time, err error) {
	q := readQuery(c, "as_of")
	asOf = q.time("as_of")
	if err := q.err(); err != nil {
		return "", time.Time{}, err
	}
	id, err = pathID(c)
	return id, asOf, err
}
