package api

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"time"

	"github.com/labstack/echo/v4"

	"songtor/internal/app"
	"songtor/internal/release"
)

// releases answers GET /statistics/releases: the published releases, newest first.
func (s *server) releases(c echo.Context) error {
	if err := readQuery(c).err(); err != nil {
		return err
	}
	found, err := s.app.Releases(c.Request().Context(), principal(c))
	if err != nil {
		return err
	}
	return answer(c, http.StatusOK, list[release.Release]{Items: found})
}

var releaseName = regexp.MustCompile(`^([0-9]{4}-H[12])(\.csv|\.xlsx|\.json)?$`)

// release answers GET /statistics/releases/{id}, and the same with .csv, .xlsx or .json behind it as a file.
func (s *server) release(c echo.Context) error {
	if err := readQuery(c).err(); err != nil {
		return err
	}
	name := releaseName.FindStringSubmatch(c.Param("release"))
	if name == nil {
		return app.ErrNotPublished
	}
	if name[2] != "" {
		if err := s.mayExport(principal(c)); err != nil {
			return err
		}
	}
	found, err := s.app.Release(c.Request().Context(), principal(c), name[1])
	if err != nil {
		return err
	}
	switch name[2] {
	case ".csv":
		return attachCSV(c, name[1], found.Release.CSV())
	case ".xlsx":
		file, err := found.Release.XLSX()
		if err != nil {
			return fmt.Errorf("couldn't write the release as a workbook: %w", err)
		}
		return attach(c, name[0], "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", file)
	case ".json":
		c.Response().Header().Set(echo.HeaderContentDisposition, `attachment; filename="songtor-`+name[0]+`"`)
		return answer(c, http.StatusOK, found.Bundle())
	}
	return answer(c, http.StatusOK, found.Release)
}

// standard answers GET /statistics/releases/{id}/standards/{standard}: the release in the terms of others, as a CSV file.
func (s *server) standard(c echo.Context) error {
	if err := readQuery(c).err(); err != nil {
		return err
	}
	if err := s.mayExport(principal(c)); err != nil {
		return err
	}
	found, err := s.app.Release(c.Request().Context(), principal(c), c.Param("release"))
	if err != nil {
		return err
	}
	standard, known := release.FindStandard(c.Param("standard"))
	if !known {
		return app.ErrNotPublished
	}
	return attachCSV(c, found.Release.ID+"-"+standard.ID, found.Release.StandardCSV(standard))
}

// certificate answers GET /statistics/releases/{id}/certificates/{digest}: the proof of some tables.
func (s *server) certificate(c echo.Context) error {
	if err := readQuery(c).err(); err != nil {
		return err
	}
	if err := s.mayExport(principal(c)); err != nil {
		return err
	}
	found, err := s.app.Certificate(c.Request().Context(), principal(c), c.Param("release"), c.Param("digest"))
	if err != nil {
		return err
	}
	return c.Blob(http.StatusOK, echo.MIMEApplicationJSON, found)
}

// countAnswer is one published count.
type countAnswer struct {
	Count int `json:"count"`
}

// count answers GET /statistics/releases/{id}/count: how many people of a universe have the categories that the query names. Whatever is
// not published, for whatever reason, has one and the same answer: a table that there is not, a count that is withheld, a word that means
// nothing.
func (s *server) count(c echo.Context) error {
	found, err := s.app.Release(c.Request().Context(), principal(c), c.Param("release"))
	if err != nil {
		return err
	}
	asked, err := url.ParseQuery(c.Request().URL.RawQuery)
	if err != nil {
		return app.ErrNotPublished
	}
	universe, at := "identified", map[string]string{}
	for name, values := range asked {
		switch {
		case len(values) != 1:
			return app.ErrNotPublished
		case name == "universe":
			universe = values[0]
		default:
			at[name] = values[0]
		}
	}
	people, published := found.Count(universe, at)
	if !published {
		return app.ErrNotPublished
	}
	return answer(c, http.StatusOK, countAnswer{people})
}

// proposalAnswer is a release that waits for another person.
type proposalAnswer struct {
	ID      string          `json:"id"`
	Digest  string          `json:"digest"`
	BuiltBy string          `json:"built_by"` // account
	BuiltAt time.Time       `json:"built_at"`
	Release release.Release `json:"release"`
}

// proposals answers GET /statistics/proposals.
func (s *server) proposals(c echo.Context) error {
	if err := readQuery(c).err(); err != nil {
		return err
	}
	found, err := s.app.Proposals(c.Request().Context(), principal(c))
	if err != nil {
		return err
	}
	items := []proposalAnswer{}
	for _, p := range found {
		items = append(items, proposalAnswer{p.Release.ID, p.Digest, p.By.User, p.At, p.Release})
	}
	return answer(c, http.StatusOK, list[proposalAnswer]{Items: items})
}

// publishBody says which proposal was looked at.
type publishBody struct {
	Digest string `json:"digest"`
}

var digestText = regexp.MustCompile(`^[0-9a-f]{64}$`)

// publish answers POST /statistics/proposals/{id}/publish.
func (s *server) publish(c echo.Context) error {
	body, err := readOwn(c, func(b publishBody, c *checker) { c.must(digestText.MatchString(b.Digest), "/digest", keywordFormat) })
	if err != nil {
		return err
	}
	published, err := s.app.PublishRelease(c.Request().Context(), principal(c), c.Param("proposal"), body.Digest)
	if err != nil {
		return err
	}
	return answer(c, http.StatusOK, published.Release)
}

// refuse answers POST /statistics/proposals/{id}/refuse.
func (s *server) refuse(c echo.Context) error {
	if err := s.app.RefuseRelease(c.Request().Context(), principal(c), c.Param("proposal")); err != nil {
		return err
	}
	return c.NoContent(http.StatusNoContent)
}

func attachCSV(c echo.Context, name string, file []byte) error {
	return attach(c, name+".csv", "text/csv; charset=utf-8; header=present", file)
}

func attach(c echo.Context, name, contentType string, file []byte) error {
	c.Response().Header().Set(echo.HeaderContentDisposition, `attachment; filename="songtor-`+name+`"`)
	return c.Blob(http.StatusOK, contentType, file)
}
