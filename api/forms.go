package api

import (
	"errors"
	"net/http"
	"slices"
	"strconv"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/labstack/echo/v4"
	"github.com/labstack/echo/v4/middleware"

	"songtor/internal/access"
	"songtor/internal/app"
	"songtor/schemas"
)

// formAnswer is a form version. Hash is that of the schema as published; here its white space is left away.
type formAnswer struct {
	Name      string         `json:"name"`
	Version   int            `json:"version"`
	Official  bool           `json:"official"`
	Status    string         `json:"status"`
	Opened    string         `json:"opened"`
	Hash      string         `json:"hash"`
	Languages []string       `json:"languages"`
	Schema    jsontext.Value `json:"schema"`
}

// formEntry is a form version in the list of those that were published.
type formEntry struct {
	Name      string   `json:"name"`
	Version   int      `json:"version"`
	Official  bool     `json:"official"`
	Status    string   `json:"status"`
	Opened    string   `json:"opened"`
	Hash      string   `json:"hash"`
	Languages []string `json:"languages"`
}

// whoMay lets those through whose role includes an action that names no case.
func (s *server) whoMay(action access.Action, next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		if err := s.app.May(principal(c), action); err != nil {
			return err
		}
		return next(c)
	}
}

// packed compresses what is the same for everybody, forms and code lists, which a phone fetches over a poor connection. Answers with
// something of a person are never compressed: their length would tell of them to who can add to them (BREACH).
func packed(next echo.HandlerFunc) echo.HandlerFunc {
	return middleware.GzipWithConfig(middleware.GzipConfig{MinLength: 1 << 10})(next)
}

// forms answers GET /forms: every version that was published, the latest first.
func (s *server) forms(c echo.Context) error {
	if err := readQuery(c).err(); err != nil {
		return err
	}
	items := []formEntry{}
	for _, f := range slices.Backward(schemas.ScreeningVersions()) {
		items = append(items, formEntry{f.Name, f.Version, f.Official, f.Status, f.Opened, f.Hash, f.Languages()})
	}
	return answer(c, http.StatusOK, listOf(items, ""))
}

// currentForm answers GET /forms/screening with the latest version.
func (s *server) currentForm(c echo.Context) error {
	versions := schemas.ScreeningVersions()
	return answerForm(c, versions[len(versions)-1])
}

// form answers GET /forms/screening/{version}.
func (s *server) form(c echo.Context) error {
	form, err := formVersion(c)
	if err != nil {
		return err
	}
	return answerForm(c, form)
}

func formVersion(c echo.Context) (*schemas.Form, error) {
	version, err := strconv.Atoi(c.Param("version"))
	if err != nil {
		return nil, app.ErrNotFound
	}
	form, err := schemas.Screening(version)
	if errors.Is(err, schemas.ErrUnknownVersion) {
		return nil, app.ErrNotFound
	}
	return form, err
}

func answerForm(c echo.Context, f *schemas.Form) error {
	if done, err := unchanged(c, f.Hash); done {
		return err
	}
	return answer(c, http.StatusOK, formAnswer{
		f.Name, f.Version, f.Official, f.Status, f.Opened, f.Hash, f.Languages(), f.Schema(),
	})
}

// formText answers GET /forms/screening/{version}/text/{lang}.
func (s *server) formText(c echo.Context) error {
	form, err := formVersion(c)
	if err != nil {
		return err
	}
	text, err := form.Text(c.Param("lang"))
	if errors.Is(err, schemas.ErrUnknownLanguage) {
		return app.ErrNotFound
	}
	if err != nil {
		return err
	}
	if done, err := unchanged(c, digest(text)); done {
		return err
	}
	return c.Blob(http.StatusOK, jsonType, text)
}
