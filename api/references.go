package api

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"songtor/domain"
	"songtor/internal/access"
	"songtor/internal/app"
)

// findCase answers GET /references/{reference}: the case that somebody names, to whoever may read it. What cannot be a reference is told
// apart from one that no case has: its check symbol says so to everybody.
func (s *server) findCase(c echo.Context) error {
	reference, ok := domain.ReadReference(c.Param("reference"))
	if !ok {
		return badParameter("reference", keywordFormat)
	}
	found, err := s.app.Find(c.Request().Context(), principal(c), reference)
	if err != nil {
		return err
	}
	return answer(c, http.StatusOK, found)
}

// emergency is the body of POST /emergencies: that of break-glass, and the reference of the case. It stands in the body because whoever
// needs it often has no address of the case.
type emergency struct {
	breakGlass
	Reference string `json:"reference"`
}

func (b *emergency) check(c *checker) {
	b.breakGlass.check(c)
	if !c.required("/reference", b.Reference) {
		return
	}
	reference, ok := domain.ReadReference(b.Reference)
	if c.must(ok, "/reference", keywordFormat) {
		b.Reference = reference
	}
}

// emergency answers POST /emergencies.
func (s *server) emergency(c echo.Context) error {
	key, err := idempotencyKey(c)
	if err != nil {
		return err
	}
	raw, err := readBody(c, maxBody)
	if err != nil {
		return err
	}
	var body emergency
	if err := decodeChecked(raw, &body, s.app.Now()); err != nil {
		return err
	}
	receipt, created, err := s.app.ExecuteNamed(c.Request().Context(), principal(c), body.Reference, app.Call{
		Action: access.BreakGlass, ID: key, HappenedAt: body.at.OccurredAt, RecordedAt: body.at.RecordedAt,
		Command: body.command(key), Body: raw,
	})
	if err != nil {
		return err
	}
	return answerReceipt(c, receipt, created)
}
