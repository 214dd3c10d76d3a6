package api

import (
	"fmt"
	"net/http"
	"regexp"
	"strconv"

	"github.com/labstack/echo/v4"
	"github.com/xuri/excelize/v2"

	"songtor/internal/app"
	"songtor/internal/release"
	"songtor/internal/sheet"
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

var releaseName = regexp.MustCompile(`^([0-9]{4}-H[12])(\.csv|\.xlsx)?$`)

// release answers GET /statistics/releases/{id}, and the same with .csv or .xlsx behind it as a file.
func (s *server) release(c echo.Context) error {
	if err := readQuery(c).err(); err != nil {
		return err
	}
	name := releaseName.FindStringSubmatch(c.Param("release"))
	if name == nil {
		return app.ErrNotFound
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
		return attach(c, name[0], "text/csv; charset=utf-8; header=present", releaseCSV(found))
	case ".xlsx":
		file, err := releaseXLSX(found)
		if err != nil {
			return fmt.Errorf("couldn't write the release as a workbook: %w", err)
		}
		return attach(c, name[0], "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", file)
	}
	return answer(c, http.StatusOK, found)
}

func attach(c echo.Context, name, contentType string, file []byte) error {
	c.Response().Header().Set(echo.HeaderContentDisposition, `attachment; filename="songtor-`+name+`"`)
	return c.Blob(http.StatusOK, contentType, file)
}

// releaseHead is the first line of a release's files: a column for each dimension.
func releaseHead(r release.Release) []string {
	head := []string{"period", "table"}
	for _, d := range r.Dimensions {
		head = append(head, d.ID)
	}
	return append(head, "count")
}

// releaseRow is one count of a release in a file. A dimension that is no part of the table is empty.
type releaseRow struct {
	texts []string
	count *int // nil where it is withheld, never for a zero
}

func releaseRows(r release.Release) []releaseRow {
	row := func(table string, c release.Cell) releaseRow {
		texts := []string{r.ID, table}
		for _, d := range r.Dimensions {
			texts = append(texts, c.At[d.ID])
		}
		return releaseRow{texts, c.Count}
	}
	rows := []releaseRow{row("total", release.Cell{Count: r.Total})}
	for _, t := range r.Tables {
		for _, c := range t.Cells {
			rows = append(rows, row(t.ID, c))
		}
	}
	return rows
}

func releaseCSV(r release.Release) []byte {
	var file sheet.CSV
	file.Add(releaseHead(r)...)
	for _, row := range releaseRows(r) {
		count := ""
		if row.count != nil {
			count = strconv.Itoa(*row.count)
		}
		file.Add(append(row.texts, count)...)
	}
	return file.Bytes()
}

func releaseXLSX(r release.Release) ([]byte, error) {
	f := excelize.NewFile()
	defer func() { _ = f.Close() }() // it was never on disk
	const first = "Sheet1"
	if err := f.SetSheetName(first, r.ID); err != nil {
		return nil, err
	}
	head := releaseHead(r)
	if err := f.SetSheetRow(r.ID, "A1", &head); err != nil {
		return nil, err
	}
	for i, row := range releaseRows(r) {
		// Strings are written as shared strings, which no spreadsheet evaluates until somebody edits the cell or saves it as CSV.
		var cells []any
		for _, text := range row.texts {
			cells = append(cells, sheet.Cell(text))
		}
		if row.count != nil {
			cells = append(cells, *row.count)
		}
		if err := f.SetSheetRow(r.ID, "A"+strconv.Itoa(i+2), &cells); err != nil {
			return nil, err
		}
	}
	b, err := f.WriteToBuffer()
	if err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}
