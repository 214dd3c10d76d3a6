package api

import (
	"net/http"
	"net/url"
	"strings"
	"unicode/utf8"

	"github.com/labstack/echo/v4"

	"songtor/domain"
	"songtor/internal/app"
	"songtor/schemas"
)

// savedFilter is the body of PUT /filters/{name}: a stage and the parameters by which its list is filtered and ordered.
type savedFilter struct {
	Stage domain.Stage `json:"stage"`
	Query string       `json:"query"`
}

const (
	maxFilterName = 80   // code points
	maxQuery      = 2000 // bytes
)

// check holds the query against what the list itself takes, so that a filter that was saved is one that works. What it says is put
// into one order, so that the same filter is the same text.
func (b *savedFilter) check(c *checker) {
	oneOf(c, "/stage", b.Stage, domain.Stages()...)
	if !c.must(len(b.Query) <= maxQuery, "/query", keywordMaxLength) {
		return
	}
	q := parseQuery(strings.TrimPrefix(b.Query, "?"), append(stageFilters(), "order", "limit")...)
	q.stageQuery("")
	q.stagePage()
	c.must(q.err() == nil, "/query", keywordFormat)
	b.Query = q.values.Encode()
}

// filters answers GET /filters: those that the caller has saved.
func (s *server) filters(c echo.Context) error {
	if err := readQuery(c).err(); err != nil {
		return err
	}
	found, err := s.app.SavedFilters(c.Request().Context(), principal(c))
	if err != nil {
		return err
	}
	return answer(c, http.StatusOK, listOf(found, ""))
}

// filter answers GET /filters/{name}.
func (s *server) filter(c echo.Context) error {
	name, err := filterName(c)
	if err != nil {
		return err
	}
	found, err := s.app.SavedFilters(c.Request().Context(), principal(c))
	if err != nil {
		return err
	}
	for _, f := range found {
		if f.Name == name {
			return answer(c, http.StatusOK, f)
		}
	}
	return app.ErrNotFound
}

// saveFilter answers PUT /filters/{name}: one of that name is replaced.
func (s *server) saveFilter(c echo.Context) error {
	name, err := filterName(c)
	if err != nil {
		return err
	}
	raw, err := readBody(c, maxBody)
	if err != nil {
		return err
	}
	var given savedFilter
	if err := decodeStrict(raw, &given); err != nil {
		return err
	}
	var check checker
	given.check(&check)
	if err := check.err(); err != nil {
		return err
	}
	saved, err := s.app.SaveFilter(c.Request().Context(), principal(c), name, given.Stage, given.Query)
	if err != nil {
		return err
	}
	return answer(c, http.StatusOK, saved)
}

// deleteFilter answers DELETE /filters/{name}.
func (s *server) deleteFilter(c echo.Context) error {
	name, err := filterName(c)
	if err != nil {
		return err
	}
	if err := s.app.DeleteFilter(c.Request().Context(), principal(c), name); err != nil {
		return err
	}
	return c.NoContent(http.StatusNoContent)
}

// filterName reads a name that its owner chose, in any script.
func filterName(c echo.Context) (string, error) {
	name, err := c.Param("name"), error(nil)
	if c.Request().URL.RawPath != "" { // then the router has looked at that, and left it as it is
		name, err = url.PathUnescape(name)
	}
	switch {
	case err != nil || !utf8.ValidString(name) || name != strings.TrimSpace(name):
		return "", badParameter("name", keywordFormat)
	case name == "":
		return "", badParameter("name", keywordMinLength)
	case utf8.RuneCountInString(name) > maxFilterName:
		return "", badParameter("name", keywordMaxLength)
	case !schemas.CleanText(name, false):
		return "", badParameter("name", schemas.KeywordText)
	}
	return name, nil
}
