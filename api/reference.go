package api

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/labstack/echo/v4"

	"songtor/internal/app"
	"songtor/schemas"
)

// limits answers GET /limits: every time limit with its source, and those in force in a province at a time.
func (s *server) limits(c echo.Context) error {
	q := readQuery(c, "province", "at")
	province, at := code(q, "province", schemas.Province), q.time("at")
	if err := q.err(); err != nil {
		return err
	}
	found, err := s.app.LimitsIn(principal(c), province, at)
	if err != nil {
		return err
	}
	return answer(c, http.StatusOK, found)
}

// calendar answers GET /calendar/{year}: the public holidays of a year of the common era.
func (s *server) calendar(c echo.Context) error {
	year, err := strconv.Atoi(c.Param("year"))
	if err != nil || year < firstYear || year > lastYear {
		return app.ErrNotFound
	}
	if err := readQuery(c).err(); err != nil {
		return err
	}
	found, err := s.app.Holidays(principal(c), year)
	if err != nil {
		return err
	}
	return answer(c, http.StatusOK, found)
}

// The years of a calendar: those of times that a body may name.
var firstYear, lastYear = earliest.Year(), latest.Year() - 1

// codeList is a code list in the shape of every list, with what is known of its source.
type codeList struct {
	About jsontext.Value `json:"about"`
	Items jsontext.Value `json:"items"`
	Next  string         `json:"next"`
}

// codes answers GET /codes/{list}.
func (s *server) codeList(c echo.Context) error {
	name := c.Param("list")
	data, known := schemas.CodeList(strings.ReplaceAll(name, "-", "_"))
	if !known || strings.Contains(name, "_") {
		return app.ErrNotFound
	}
	if done, err := unchanged(c, digest(data)); done {
		return err
	}
	var found struct {
		About jsontext.Value `json:"_about"`
		Items jsontext.Value `json:"items"`
	}
	if err := json.Unmarshal(data, &found); err != nil {
		return fmt.Errorf("couldn't read a code list: %w", err)
	}
	return answer(c, http.StatusOK, codeList{found.About, found.Items, ""})
}
