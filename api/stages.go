package api

import (
	"net/http"
	"slices"
	"strconv"

	"github.com/labstack/echo/v4"

	"songtor/domain"
	"songtor/internal/app"
	"songtor/projections/stage"
)

// stageCounts answers GET /stages: how many cases wait in each stage, of those the caller may see.
func (s *server) stageCounts(c echo.Context) error {
	q := readQuery(c, "position")
	position := q.position(c)
	if err := q.err(); err != nil {
		return err
	}
	counts, err := s.app.StageCounts(c.Request().Context(), principal(c), position)
	if err != nil {
		return err
	}
	return answer(c, http.StatusOK, list[app.StageCount]{Items: counts})
}

// stageCases answers GET /stages/{stage}/cases.
func (s *server) stageCases(c echo.Context) error {
	name := domain.Stage(c.Param("stage"))
	if !slices.Contains(domain.Stages(), name) {
		return echo.ErrNotFound
	}
	q := readQuery(c, "limit", "after", "position", "agency", "province", "status", "incident", "due_before", "urgent", "open")
	filter, page, position := q.stageFilter(), q.stagePage(), q.position(c)
	if err := q.err(); err != nil {
		return err
	}
	found, err := s.app.StageCases(c.Request().Context(), principal(c), name, filter, page, position)
	if err != nil {
		return cursorFault(err)
	}
	c.Response().Header().Set(positionHeader, strconv.FormatUint(found.Position, 10))
	return answer(c, http.StatusOK, list[stage.Row]{found.Items, found.Next})
}

func (q *query) stageFilter() stage.Filter {
	return stage.Filter{
		Agency:    q.text("agency", maxCode),
		Province:  q.text("province", maxCode),
		Incident:  q.text("incident", maxCode),
		Status:    q.status("status"),
		DueBefore: q.time("due_before"),
		Urgent:    q.set("urgent"),
		OpenOnly:  q.set("open"),
	}
}

func (q *query) stagePage() stage.Page {
	return stage.Page{Limit: q.number("limit", pageDefault, 1, pageMost), After: q.text("after", maxCursor)}
}

func (q *query) status(name string) domain.Status {
	status := domain.Status(q.text(name, maxCode))
	if q.has(name) && !slices.Contains(statuses(), status) {
		q.wrong(name, keywordEnum)
	}
	return status
}

func statuses() []domain.Status {
	return []domain.Status{
		domain.FirstContact, domain.ConsentDenied, domain.ToConclude, domain.Unclear, domain.NoGrounds, domain.AwaitingDecision,
		domain.Undetermined, domain.NotIdentified, domain.InProtection, domain.Closed, domain.Erased,
	}
}
