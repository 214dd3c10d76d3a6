package api

import (
	"net/http"
	"slices"
	"strconv"

	"github.com/labstack/echo/v4"

	"songtor/domain"
	"songtor/internal/app"
	"songtor/internal/paging"
	"songtor/projections/inbox"
	"songtor/schemas"
)

// everyTask is the box with all that there is to do, whoever asks for it.
const everyTask inbox.Box = "tasks"

// inbox answers GET /inbox: what the caller's agency has to do and by when, or one of its boxes of referrals, also as it was known
// at a time.
func (s *server) inbox(c echo.Context) error {
	if box := inbox.Box(c.QueryParam("box")); slices.Contains(inbox.ReferralBoxes(), box) {
		return s.referrals(c, box)
	}
	return s.tasks(c)
}

func (s *server) tasks(c echo.Context) error {
	q := readQuery(c, "box", "kind"+repeated, "assignee", "overdue", "urgent", "province", "due_from", "due_before", "incident", "as_of", "limit", "after", "position")
	filter := inbox.Filter{
		Kinds: choices(q, "kind", domain.TaskKinds()...), Box: q.taskBox(), Overdue: q.set("overdue"),
		DueFrom: q.time("due_from"), DueBefore: q.time("due_before"), Urgent: q.set("urgent"), Province: code(q, "province", schemas.Province), Incident: q.id("incident"), AsOf: q.time("as_of"),
	}
	switch choice(q, "assignee", app.Me, nobody) {
	case app.Me:
		filter.Assignee = principal(c).UserID
	case nobody:
		filter.Unassigned = true
	}
	page, position := q.inboxPage(), q.position(c)
	if err := q.err(); err != nil {
		return err
	}
	found, err := s.app.Inbox(c.Request().Context(), principal(c), filter, page, position)
	if err != nil {
		return cursorFault(err)
	}
	c.Response().Header().Set(positionHeader, strconv.FormatUint(found.Position, 10))
	return answer(c, http.StatusOK, list[inbox.Item]{found.Items, found.Next})
}

// taskBox reads the box of a list of tasks; empty for all of them.
func (q *query) taskBox() inbox.Box {
	box := choice(q, "box", slices.Concat([]inbox.Box{everyTask, inbox.Own, inbox.Escalated}, inbox.ReferralBoxes())...)
	if box == everyTask {
		return ""
	}
	return box
}

func (s *server) referrals(c echo.Context, box inbox.Box) error {
	q := readQuery(c, "box", "kind"+repeated, "overdue", "urgent", "province", "as_of", "limit", "after", "position")
	filter := inbox.BoxFilter{
		Box: box, Kinds: choices(q, "kind", inbox.ReferralKinds()...), Overdue: q.set("overdue"), Urgent: q.set("urgent"),
		Province: code(q, "province", schemas.Province), AsOf: q.time("as_of"),
	}
	page, position := q.inboxPage(), q.position(c)
	if err := q.err(); err != nil {
		return err
	}
	found, err := s.app.Referrals(c.Request().Context(), principal(c), filter, page, position)
	if err != nil {
		return cursorFault(err)
	}
	c.Response().Header().Set(positionHeader, strconv.FormatUint(found.Position, 10))
	return answer(c, http.StatusOK, list[inbox.Referral]{found.Items, found.Next})
}

func (q *query) inboxPage() inbox.Page {
	return inbox.Page{Limit: q.number("limit", paging.DefaultLimit, 1, paging.MaxLimit), After: q.cursor()}
}

// inboxCounts answers GET /inbox/counts.
func (s *server) inboxCounts(c echo.Context) error {
	q := readQuery(c, "position")
	position := q.position(c)
	if err := q.err(); err != nil {
		return err
	}
	counts, err := s.app.InboxCounts(c.Request().Context(), principal(c), position)
	if err != nil {
		return err
	}
	c.Response().Header().Set(positionHeader, strconv.FormatUint(counts.Position, 10))
	return answer(c, http.StatusOK, counts)
}
