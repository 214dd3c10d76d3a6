package api

import (
	"context"
	"net/http"
	"strconv"

	"github.com/labstack/echo/v4"

	"songtor/internal/app"
	"songtor/internal/identity"
	"songtor/internal/paging"
	"songtor/projections/incidents"
	"songtor/schemas"
)

// incidents answers GET /incidents: the operations in which the caller's agency has a part, the latest first.
func (s *server) incidents(c echo.Context) error {
	q := readQuery(c, "limit", "after", "position")
	page, position := q.incidentPage(), q.position(c)
	if err := q.err(); err != nil {
		return err
	}
	found, err := s.app.Incidents(c.Request().Context(), principal(c), page, position)
	if err != nil {
		return cursorFault(err)
	}
	c.Response().Header().Set(positionHeader, strconv.FormatUint(found.Position, 10))
	return answer(c, http.StatusOK, list[incidents.Incident]{found.Items, found.Next})
}

// incident answers GET /incidents/{id}: how far its people have come.
func (s *server) incident(c echo.Context) error {
	id, err := pathID(c)
	if err != nil {
		return err
	}
	q := readQuery(c, "position")
	position := q.position(c)
	if err := q.err(); err != nil {
		return err
	}
	found, err := s.app.Incident(c.Request().Context(), principal(c), id, position)
	if err != nil {
		return err
	}
	c.Response().Header().Set(positionHeader, strconv.FormatUint(found.KnownUntil, 10))
	return answer(c, http.StatusOK, found)
}

// people answers GET /incidents/{id}/people: its cases by their numbers on its list.
func (s *server) people(c echo.Context) error {
	id, err := pathID(c)
	if err != nil {
		return err
	}
	q := readQuery(c, "limit", "after", "position")
	page, position := q.incidentPage(), q.position(c)
	if err := q.err(); err != nil {
		return err
	}
	found, err := s.app.IncidentPeople(c.Request().Context(), principal(c), id, page, position)
	if err != nil {
		return cursorFault(err)
	}
	c.Response().Header().Set(positionHeader, strconv.FormatUint(found.Position, 10))
	return answer(c, http.StatusOK, list[incidents.Person]{found.Items, found.Next})
}

func (q *query) incidentPage() incidents.Page {
	return incidents.Page{Limit: q.number("limit", paging.DefaultLimit, 1, incidents.MaxLimit), After: q.cursor()}
}

// takeIn answers POST /incidents/{id}/people: a case for each person of a list, one result for each line as a batch of screenings
// has them. A line is the body of POST /cases with the command's id beside; which incident it is about is said by the address.
func (s *server) takeIn(c echo.Context) error {
	incident, err := pathID(c)
	if err != nil {
		return err
	}
	return s.answerLines(c, maxBody, func(ctx context.Context, by identity.Principal, id string, line []byte) (app.Receipt, bool, error) {
		return s.takeInPerson(ctx, by, incident, id, line)
	})
}

func (s *server) takeInPerson(ctx context.Context, by identity.Principal, incident, id string, line []byte) (app.Receipt, bool, error) {
	var person openCase
	if err := decodeChecked(line, &person, s.app.Now()); err != nil {
		return app.Receipt{}, false, err
	}
	if person.Incident != "" {
		return app.Receipt{}, false, invalid(schemas.Violation{Pointer: "/incident_id", Keyword: keywordUnknownName})
	}
	person.Incident = incident
	return s.app.OpenCase(ctx, by, id, person.opening(), withIncident(line, incident))
}

// withIncident is a line as POST /cases takes it, so that the same person sent either way is the same request, and the same line
// sent for another incident is not.
func withIncident(line []byte, incident string) []byte {
	body := append(make([]byte, 0, len(line)+64), `{"incident_id":"`+incident+`"`...)
	if rest := line[1:]; len(rest) > 1 {
		body = append(append(body, ','), rest...)
		return body
	}
	return append(body, '}')
}
