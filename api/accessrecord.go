package api

import (
	"bytes"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/labstack/echo/v4"

	"songtor/internal/accesslog"
	"songtor/internal/identity"
	"songtor/internal/paging"
	"songtor/internal/sheet"
)

// accessLog answers GET /cases/{id}/access-log: who opened the case, the latest first.
func (s *server) accessLog(c echo.Context) error {
	q := readQuery(c, "limit", "after")
	page := q.recordPage()
	if err := q.err(); err != nil {
		return err
	}
	id, err := pathID(c)
	if err != nil {
		return err
	}
	found, err := s.app.AccessLog(c.Request().Context(), principal(c), id, page)
	if err != nil {
		return cursorFault(err)
	}
	return answer(c, http.StatusOK, found)
}

func (q *query) recordPage() accesslog.Page {
	return accesslog.Page{Limit: q.number("limit", paging.DefaultLimit, 1, paging.MaxLimit), After: q.cursor()}
}

// accessAlerts answers GET /access-alerts: what an auditor should look at, the latest first.
func (s *server) accessAlerts(c echo.Context) error {
	q := readQuery(c, "unread", "limit", "after")
	unread, page := q.set("unread"), q.recordPage()
	if err := q.err(); err != nil {
		return err
	}
	found, err := s.app.AccessAlerts(c.Request().Context(), principal(c), unread, page)
	if err != nil {
		return cursorFault(err)
	}
	return answer(c, http.StatusOK, found)
}

// acknowledgeAlert answers POST /access-alerts/{id}/acknowledge. Repeated it changes nothing.
func (s *server) acknowledgeAlert(c echo.Context) error {
	id, err := pathID(c)
	if err != nil {
		return err
	}
	if err := s.app.AcknowledgeAlert(c.Request().Context(), principal(c), id); err != nil {
		return err
	}
	return c.NoContent(http.StatusNoContent)
}

// maxReader bounds the name of an account, device, session or agency in a query.
const maxReader = 128

// reader reads whose openings a report is about; empty where it is not given.
func (q *query) reader(name string) string {
	value := q.values.Get(name)
	switch {
	case q.has(name) && value == "":
		q.wrong(name, keywordMinLength)
	case len(value) > maxReader:
		q.wrong(name, keywordMaxLength)
	}
	return value
}

// reportScope reads what a report is about. The period ends now where until is not given.
func (s *server) reportScope(c echo.Context) (accesslog.Scope, error) {
	q := readQuery(c, "account", "device", "session", "agency", "from", "until")
	scope := accesslog.Scope{
		Account: q.reader("account"), Device: q.reader("device"), Session: q.reader("session"), Agency: q.reader("agency"),
		From: q.time("from"), Until: q.time("until"),
	}
	if scope.Until.IsZero() {
		scope.Until = s.app.Now()
	}
	if err := q.err(); err != nil {
		return scope, err
	}
	if _, err := scope.Kind(); err != nil {
		return scope, badParameter("", keywordScope)
	}
	return scope, nil
}

// keywordScope says that not exactly one of account, device, session and agency is given, or that the period is empty.
const keywordScope = "x-scope"

// accessReport answers GET /access-report, and the same with .csv behind it as a table: everything that was opened, in the order of time.
func (s *server) accessReport(format func() reportFormat) echo.HandlerFunc {
	return func(c echo.Context) error {
		if err := principal(c).Require(identity.DeviceBound, true, s.app.Now()); err != nil {
			return err
		}
		scope, err := s.reportScope(c)
		if err != nil {
			return err
		}
		out := report{format: format(), c: c}
		if err := s.app.AccessReport(c.Request().Context(), principal(c), scope, out.begin, out.row); err != nil {
			return out.end(err)
		}
		return out.end(nil)
	}
}

// reportFormat writes the rows of a report.
type reportFormat struct {
	contentType, name string
	head              func(*bytes.Buffer)
	row               func(*bytes.Buffer, *accesslog.Row) error
}

// report is a report on its way to the client.
type report struct {
	format reportFormat
	c      echo.Context
	out    stream
	buffer bytes.Buffer
}

// reportBlock is how much of a report is gathered before it is sent.
const reportBlock = 64 << 10

// begin sends the head of the answer. Only what cannot be told before comes after it.
func (r *report) begin() error {
	r.out = newStream(r.c, r.format.contentType)
	r.c.Response().Header().Set(echo.HeaderContentDisposition, `attachment; filename="`+r.format.name+`"`)
	r.c.Response().WriteHeader(http.StatusOK)
	r.format.head(&r.buffer)
	return nil
}

func (r *report) row(row *accesslog.Row) error {
	if r.c.Request().Method == http.MethodHead {
		return nil
	}
	if err := r.format.row(&r.buffer, row); err != nil {
		return err
	}
	if r.buffer.Len() < reportBlock {
		return nil
	}
	defer r.buffer.Reset()
	return r.out.write(r.buffer.Bytes())
}

// end sends what is left. A report that failed on its way is broken off: the client must not take a part of it for the whole.
func (r *report) end(err error) error {
	switch {
	case err != nil && r.c.Response().Committed:
		panic(http.ErrAbortHandler)
	case err != nil:
		return err
	}
	return r.out.write(r.buffer.Bytes())
}

// reportRow is a line of a report.
type reportRow struct {
	EntryID  string            `json:"entry_id"`
	At       time.Time         `json:"at"`
	Account  string            `json:"account_id"`
	Agency   string            `json:"agency"`
	Role     string            `json:"role"`
	Session  string            `json:"session_id"`
	Device   string            `json:"device_id"`
	Purpose  string            `json:"purpose"`
	CaseID   string            `json:"case_id"`
	Of       string            `json:"case_agency"`
	Province string            `json:"case_province"`
	Action   string            `json:"action"`
	Object   string            `json:"object"`
	Classes  []string          `json:"classes"`
	Count    int               `json:"count"`
	Filters  []string          `json:"filters"`
	Outcome  accesslog.Outcome `json:"outcome"`
	Policy   string            `json:"policy"`
	Request  string            `json:"request"`
}

func reportRowOf(r *accesslog.Row) reportRow {
	return reportRow{
		r.ID, r.At, r.Account, r.Agency, r.Role, r.Session, r.Device, r.Purpose, r.Case, r.Of, r.Province, r.Action, r.Object, r.Classes,
		r.Count, r.Filters, r.Outcome, r.Policy, r.Request,
	}
}

func reportLines() reportFormat {
	return reportFormat{
		contentType: jsonLinesType, name: "songtor-access-report.jsonl", head: func(*bytes.Buffer) {},
		row: func(b *bytes.Buffer, r *accesslog.Row) error {
			if err := json.MarshalWrite(b, reportRowOf(r)); err != nil {
				return err
			}
			return b.WriteByte('\n')
		},
	}
}

func reportTable() reportFormat {
	return reportFormat{
		contentType: "text/csv; charset=utf-8; header=present", name: "songtor-access-report.csv",
		head: func(b *bytes.Buffer) {
			addCells(b, []string{
				"entry_id", "at", "account_id", "agency", "role", "session_id", "device_id", "purpose", "case_id", "case_agency", "case_province",
				"action", "object", "classes", "count", "filters", "outcome", "policy", "request",
			})
		},
		row: func(b *bytes.Buffer, r *accesslog.Row) error {
			addCells(b, []string{
				r.ID, r.At.Format(time.RFC3339Nano), r.Account, r.Agency, r.Role, r.Session, r.Device, r.Purpose, r.Case, r.Of, r.Province,
				r.Action, r.Object, strings.Join(r.Classes, " "), strconv.Itoa(r.Count), strings.Join(r.Filters, " "), string(r.Outcome), r.Policy, r.Request,
			})
			return nil
		},
	}
}

// addCells adds a row of a table whose cells no spreadsheet takes for formulas.
func addCells(b *bytes.Buffer, cells []string) {
	var row sheet.CSV
	row.Add(cells...)
	b.Write(row.Bytes())
}
