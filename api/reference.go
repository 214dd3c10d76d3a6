package api

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/labstack/echo/v4"

	"songtor/internal/app"
	"songtor/schemas"
)

// codeList is a code list in the shape of every list, with what is known of its source.
type codeList struct {
	About jsontext.Value `json:"about"`
	Items jsontext.Value `json:"items"`
	Next  string         `json:"next"`
}

// codes answers GET /codes/{list}.
func (s *server) codes(c echo.Context) error {
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
