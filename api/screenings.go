package api

import (
	"github.com/labstack/echo/v4"
)

// submitScreening answers PUT /screenings/{id}. The client made the id and repeats the call until it has a receipt.
func (s *server) submitScreening(c echo.Context) error {
	id, ok := canonicalID(c.Param("id"))
	if !ok {
		return badParameter("id", keywordFormat)
	}
	body, err := readBody(c, maxScreening)
	if err != nil {
		return err
	}
	receipt, created, err := s.app.SubmitScreening(c.Request().Context(), principal(c), id, body)
	if err != nil {
		return err
	}
	return answerReceipt(c, receipt, created)
}
