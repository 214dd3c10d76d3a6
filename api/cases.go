package api

import (
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"songtor/domain"
	"songtor/internal/app"
)

// openCase is the body of POST /cases: a first contact, before or without a screening.
type openCase struct {
	times
	Province string        `json:"province"`
	Incident string        `json:"incident_id"`
	Needs    []domain.Need `json:"needs"`
}

func (b *openCase) check(c *checker) {
	c.required("/province", b.Province)
	c.code("/province", b.Province)
	if b.Incident != "" {
		var ok bool
		b.Incident, ok = canonicalID(b.Incident)
		c.must(ok, "/incident_id", keywordFormat)
	}
	c.must(len(b.Needs) <= len(domain.Needs()), "/needs", keywordMaxItems)
	for i, need := range b.Needs {
		oneOf(c, place("/needs", i), need, domain.Needs()...)
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
	if err := decodeChecked(raw, &body, time.Now()); err != nil {
		return err
	}
	receipt, created, err := s.app.OpenCase(c.Request().Context(), principal(c), key, app.OpenCase{
		OccurredAt: body.OccurredAt, RecordedAt: body.RecordedAt,
		Province: body.Province, IncidentID: body.Incident, Needs: body.Needs,
	}, raw)
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

func caseQuery(c echo.Context) (id string, asOf time.Time, err error) {
	q := readQuery(c, "as_of")
	asOf = q.time("as_of")
	if err := q.err(); err != nil {
		return "", time.Time{}, err
	}
	id, err = pathID(c)
	return id, asOf, err
}
