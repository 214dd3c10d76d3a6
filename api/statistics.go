package api

import (
	"fmt"
	"net/http"
	"regexp"
	"strconv"

	"github.com/labstack/echo/v4"
	"github.com/xuri/excelize/v2"

	"songtor/internal/app"
	"songtor/internal/sheet"
	"songtor/projections/statistics"
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
	return answer(c, http.StatusOK, list[statistics.Release]{Items: found})
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

// releaseRow is one count of a release in a file. An empty count is one that was withheld, never a zero.
type releaseRow struct {
	table, value string
	count        *int
	withheld     bool
}

func releaseRows(r statistics.Release) []releaseRow {
	rows := []releaseRow{{"total", r.Total.Value, r.Total.Count, r.Total.Withheld}}
	for _, t := range r.Tables {
		if t.Withheld {
			rows = append(rows, releaseRow{table: t.Name, withheld: true})
			continue
		}
		for _, c := range t.Cells {
			rows = append(rows, releaseRow{t.Name, c.Value, c.Count, c.Withheld})
		}
	}
	return rows
}

func releaseHead() []string { return []string{"period", "table", "value", "count", "withheld"} }

func releaseCSV(r statistics.Release) []byte {
	var file sheet.CSV
	file.Add(releaseHead()...)
	for _, row := range releaseRows(r) {
		count := ""
		if row.count != nil {
			count = strconv.Itoa(*row.count)
		}
		file.Add(r.Period, row.table, row.value, count, strconv.FormatBool(row.withheld))
	}
	return file.Bytes()
}

func releaseXLSX(r statistics.Release) ([]byte, error) {
	f := excelize.NewFile()
	defer func() { _ = f.Close() }() // it was never on disk
	const first = "Sheet1"
	if err := f.SetSheetName(first, r.Period); err != nil {
		return nil, err
	}
	head := releaseHead()
	if err := f.SetSheetRow(r.Period, "A1", &head); err != nil {
		return nil, err
	}
	for i, row := range releaseRows(r) {
		// Strings are written as shared strings, which no spreadsheet evaluates until somebody edits the cell or saves it as CSV.
		cells := []any{sheet.Cell(r.Period), sheet.Cell(row.table), sheet.Cell(row.value), nil, row.withheld}
		if row.count != nil {
			cells[3] = *row.count
		}
		if err := f.SetSheetRow(r.Period, "A"+strconv.Itoa(i+2), &cells); err != nil {
			return nil, err
		}
	}
	b, err := f.WriteToBuffer()
	if err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}
