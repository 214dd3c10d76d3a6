package api

import (
	"net/http"
	"strconv"

	"github.com/labstack/echo/v4"

	"songtor/internal/paging"
	"songtor/projections/matching"
)

// duplicates answers GET /cases/{id}/duplicates: the cases that are likely of the same person.
func (s *server) duplicates(c echo.Context) error {
	id, err := pathID(c)
	if err != nil {
		return err
	}
	if err := readQuery(c).err(); err != nil {
		return err
	}
	found, err := s.app.Duplicates(c.Request().Context(), principal(c), id)
	if err != nil {
		return err
	}
	return answer(c, http.StatusOK, listOf(found, ""))
}

// mostScore is that of two cases in which everything agrees.
const mostScore = 100

// openDuplicates answers GET /duplicates: the pairs about which nobody has decided.
func (s *server) openDuplicates(c echo.Context) error {
	q := readQuery(c, "least", "limit", "after", "position")
	page := matching.Page{
		Least: q.number("least", 0, 0, mostScore), Limit: q.number("limit", paging.DefaultLimit, 1, paging.MaxLimit), After: q.cursor(),
	}
	position := q.position(c)
	if err := q.err(); err != nil {
		return err
	}
	found, err := s.app.OpenDuplicates(c.Request().Context(), principal(c), page, position)
	if err != nil {
		return cursorFault(err)
	}
	c.Response().Header().Set(positionHeader, strconv.FormatUint(found.Position, 10))
	return answer(c, http.StatusOK, listOf(found.Items, found.Next))
}
