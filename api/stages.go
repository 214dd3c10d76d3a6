package api

import (
	"net/http"
	"slices"
	"strconv"

	"github.com/labstack/echo/v4"

	"songtor/domain"
	"songtor/internal/app"
	"songtor/internal/paging"
	"songtor/projections/stage"
	"songtor/schemas"
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

// stageFilters are the parameters by which the cases of a stage are chosen.
func stageFilters() []string {
	return []string{
		"agency" + repeated, "province" + repeated, "status" + repeated, "assignee", "incident", "task", "language", "due", "due_before",
		"urgent", "open",
	}
}

// stageCases answers GET /stages/{stage}/cases, also as the list was known at a time.
func (s *server) stageCases(c echo.Context) error {
	name, err := pathStage(c)
	if err != nil {
		return err
	}
	q := readQuery(c, append(stageFilters(), "limit", "after", "order", "as_of", "position")...)
	asked := q.stageQuery(principal(c).UserID)
	asked.Page, asked.AsOf, asked.After = q.stagePage(), q.time("as_of"), q.position(c)
	if err := q.err(); err != nil {
		return err
	}
	found, err := s.app.StageCases(c.Request().Context(), principal(c), name, asked)
	if err != nil {
		return cursorFault(err)
	}
	c.Response().Header().Set(positionHeader, strconv.FormatUint(found.Position, 10))
	return answer(c, http.StatusOK, list[stage.Row]{found.Items, found.Next})
}

// take answers POST /stages/{stage}/take: the first case of the queue that nobody has becomes the caller's.
func (s *server) take(c echo.Context) error {
	name, err := pathStage(c)
	if err != nil {
		return err
	}
	key, err := idempotencyKey(c)
	if err != nil {
		return err
	}
	q := readQuery(c, append(stageFilters(), "position")...)
	asked := q.stageQuery(principal(c).UserID)
	asked.After = q.position(c)
	if err := q.err(); err != nil {
		return err
	}
	receipt, created, err := s.app.TakeNext(c.Request().Context(), principal(c), name, asked, key)
	if err != nil {
		return err
	}
	return answerReceipt(c, receipt, created)
}

func pathStage(c echo.Context) (domain.Stage, error) {
	name := domain.Stage(c.Param("stage"))
	if !slices.Contains(domain.Stages(), name) {
		return "", echo.ErrNotFound
	}
	return name, nil
}

// stageQuery reads the parameters of stageFilters as somebody means them.
func (q *query) stageQuery(caller string) app.StageQuery {
	asked := app.StageQuery{
		Filter: stage.Filter{
			Agency:    codes(q, "agency", schemas.Agency),
			Province:  codes(q, "province", schemas.Province),
			Status:    choices(q, "status", domain.Statuses()...),
			Assignee:  q.assignee("assignee", caller),
			Incident:  q.id("incident"),
			Task:      choice(q, "task", domain.TaskKinds()...),
			Due:       choice(q, "due", stage.Dues()...),
			DueBefore: q.time("due_before"),
			Urgent:    q.set("urgent"),
		},
		Language: code(q, "language", schemas.Language),
	}
	open := choice(q, "open", "true", "false")
	asked.OpenOnly, asked.EndedOnly = open == "true", open == "false"
	return asked
}

func (q *query) stagePage() stage.Page {
	return stage.Page{
		Order: choice(q, "order", stage.Orders()...),
		Limit: q.number("limit", paging.DefaultLimit, 1, paging.MaxLimit),
		After: q.cursor(),
	}
}

// nobody stands for a case that has not been assigned, where an account is asked for.
const nobody = "none"

// assignee reads whose cases are asked for: an account's, the caller's, nobody's; nil for everybody's.
func (q *query) assignee(name, caller string) []string {
	switch value := q.values.Get(name); {
	case !q.has(name):
		return nil
	case value == app.Me:
		return []string{caller}
	case value == nobody:
		return []string{""}
	default:
		return []string{q.id(name)}
	}
}
