package api

import (
	"net/http"
	"strconv"

	"github.com/labstack/echo/v4"

	"songtor/projections/inbox"
)

// inbox answers GET /inbox: what the caller's agency has to do, and by when.
func (s *server) inbox(c echo.Context) error {
	q := readQuery(c, "limit", "after", "position")
	page := inbox.Page{Limit: q.number("limit", pageDefault, 1, pageMost), After: q.text("after", maxCursor)}
	position := q.position(c)
	if err := q.err(); err != nil {
		return err
	}
	found, err := s.app.Inbox(c.Request().Context(), principal(c), page, position)
	if err != nil {
		return cursorFault(err)
	}
	c.Response().Header().Set(positionHeader, strconv.FormatUint(found.Position, 10))
	return answer(c, http.StatusOK, list[inbox.Item]{found.Items, found.Next})
}
