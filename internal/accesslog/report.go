package accesslog

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"songtor/internal/paging"
)

// Row is an entry as the index answers it.
type Row struct {
	ID       string
	At       time.Time
	Account  string
	Agency   string
	Role     string
	Session  string
	Device   string
	Purpose  string
	Policy   string
	Case     string // empty for a list
	Of       string // agency that was responsible for the case
	Province string
	Action   string
	Object   string
	Classes  []string
	Count    int
	Filters  []string
	Outcome  Outcome
	Request  string
}

// selectRows gives the columns of Row in order.
const selectRows = `select e.id::text, e.at, r.account, r.agency, r.role, r.session, r.device, r.purpose, r.policy, coalesce(e.case_id::text, ''),
	e.agency, e.province, e.action, e.object, e.classes, e.count, e.filters, e.outcome, e.request
	from access.entries e join access.readers r on r.id = e.reader `

// each calls fn with every row of an answer, one at a time, so that an answer may be longer than memory.
func each(rows pgx.Rows, fn func(*Row) error) error {
	var r Row
	var classes, filters string
	_, err := pgx.ForEachRow(rows, []any{
		&r.ID, &r.At, &r.Account, &r.Agency, &r.Role, &r.Session, &r.Device, &r.Purpose, &r.Policy, &r.Case,
		&r.Of, &r.Province, &r.Action, &r.Object, &classes, &r.Count, &filters, &r.Outcome, &r.Request,
	}, func() error {
		r.At, r.Classes, r.Filters = r.At.UTC(), list(classes), list(filters)
		return fn(&r)
	})
	return err
}

func list(joined string) []string {
	if joined == "" {
		return []string{}
	}
	return strings.Split(joined, ",")
}

// Page is a place in a list.
type Page struct {
	Limit int    // rows, as paging.Limit understands it, at most paging.MaxLimit
	After string // Next of the page before; empty for the first
}

// place is where a page begins: before this time and id, since the latest come first.
func (p Page) place() (at time.Time, id string, err error) {
	if p.After == "" {
		return time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC), "ffffffff-ffff-ffff-ffff-ffffffffffff", nil
	}
	micros, id, _ := strings.Cut(p.After, "_")
	n, err := strconv.ParseInt(micros, 10, 64)
	at = time.UnixMicro(n).UTC()
	if u, bad := uuid.Parse(id); err != nil || bad != nil || u.String() != id || at.Year() < 0 || at.Year() > 9999 { // the database knows no others
		return time.Time{}, "", ErrCursor
	}
	return at, id, nil
}

func cursorOf(at time.Time, id string) string {
	return strconv.FormatInt(at.UnixMicro(), 10) + "_" + id
}

// OfCase returns who opened a case or was denied it, the latest first, and the place of the page that follows, empty after the last. It
// waits until the index has reached a position. It fails with ErrCursor and ErrBehind.
func (x *Index) OfCase(ctx context.Context, caseID string, after uint64, page Page) ([]Row, string, error) {
	at, id, err := page.place()
	if err != nil {
		return nil, "", err
	}
	limit := paging.Limit(page.Limit, paging.MaxLimit)
	found := []Row{}
	err = x.read(ctx, after, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, selectRows+"where e.case_id = $1 and (e.at, e.id) < ($2, $3) order by e.at desc, e.id desc limit $4",
			caseID, at, id, limit+1)
		if err != nil {
			return err
		}
		return each(rows, func(r *Row) error { found = append(found, *r); return nil })
	})
	if err != nil {
		return nil, "", fmt.Errorf("couldn't read who opened a case: %w", err)
	}
	found, next := paging.Cut(found, limit, func(last *Row) string { return cursorOf(last.At, last.ID) })
	return found, next, nil
}

// Scope is about whose openings a report is, in a period. Of the four one is given.
type Scope struct {
	Account, Device, Session, Agency string

	From, Until time.Time // the entry's time is at or after From and before Until
}

// Kind names what a report is about, and fails where that is not one thing.
func (s Scope) Kind() (string, error) {
	kind := ""
	for name, value := range map[string]string{"account": s.Account, "device": s.Device, "session": s.Session, "agency": s.Agency} {
		if value == "" {
			continue
		}
		if kind != "" {
			return "", ErrScope
		}
		kind = name
	}
	if kind == "" || !s.From.Before(s.Until) {
		return "", ErrScope
	}
	return kind, nil
}

// ErrScope says that a report is not about one account, device, session or agency, or that its period is empty.
var ErrScope = errors.New("a report is about one account, device, session or agency in a period")

// reportTimeout bounds a report in the database. It takes as long as its reader takes to read it, longer than other questions may.
const reportTimeout = "10min"

// readersWhere are the readers of a scope, by its kind.
var readersWhere = map[string]string{
	"account": "account = $1", "device": "device = $1 and device <> ''", "session": "session = $1", "agency": "agency = $1",
}

// Report calls fn with everything that was opened in a scope, in the order of time, from the index as it is once it has reached a position.
// Where fn fails, so does Report. Nothing is left out: what the index has not reached yet is waited for, and fails with ErrBehind.
func (x *Index) Report(ctx context.Context, s Scope, after uint64, fn func(*Row) error) error {
	kind, err := s.Kind()
	if err != nil {
		return err
	}
	value := s.Account + s.Device + s.Session + s.Agency
	err = x.read(ctx, after, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, "set local statement_timeout = '"+reportTimeout+"'"); err != nil {
			return err
		}
		rows, err := tx.Query(ctx, selectRows+`where e.reader = any (array(select id from access.readers where `+readersWhere[kind]+`))
			and e.at >= $2 and e.at < $3 and e.outcome in ('shown', 'broken_glass') order by e.at, e.id`, value, s.From, s.Until)
		if err != nil {
			return err
		}
		return each(rows, fn)
	})
	if err != nil {
		return fmt.Errorf("couldn't report what was opened: %w", err)
	}
	return nil
}

// OpenedSince returns the cases that an account opened at or after a time, and when it last opened each.
func (x *Index) OpenedSince(ctx context.Context, account string, since time.Time) (map[string]time.Time, error) {
	rows, err := x.db.Query(ctx, `select e.case_id::text, max(e.at) from access.entries e join access.readers r on r.id = e.reader
		where r.account = $1 and e.at >= $2 and e.case_id is not null and e.outcome in ('shown', 'broken_glass') group by 1`, account, since)
	if err != nil {
		return nil, fmt.Errorf("couldn't read what an account opened: %w", err)
	}
	opened := map[string]time.Time{}
	var caseID string
	var at time.Time
	if _, err := pgx.ForEachRow(rows, []any{&caseID, &at}, func() error { opened[caseID] = at; return nil }); err != nil {
		return nil, fmt.Errorf("couldn't read what an account opened: %w", err)
	}
	return opened, nil
}

// Alerts returns what an auditor should look at, the latest first; only what nobody has acknowledged where unread is set. Otherwise it is
// as OfCase.
func (x *Index) Alerts(ctx context.Context, unread bool, after uint64, page Page) ([]Alert, string, error) {
	at, id, err := page.place()
	if err != nil {
		return nil, "", err
	}
	limit := paging.Limit(page.Limit, paging.MaxLimit)
	found := []Alert{}
	err = x.read(ctx, after, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, `select id::text, kind, at, account, agency, role, coalesce(case_id::text, ''), count, acknowledged_by,
			coalesce(acknowledged_at, '0001-01-01Z') from access.alerts
			where (at, id) < ($1, $2) and (not $3 or acknowledged_at is null) order by at desc, id desc limit $4`, at, id, unread, limit+1)
		if err != nil {
			return err
		}
		found, err = pgx.AppendRows(found, rows, pgx.RowToStructByPos[Alert])
		return err
	})
	if err != nil {
		return nil, "", fmt.Errorf("couldn't list alerts: %w", err)
	}
	found, next := paging.Cut(found, limit, func(last *Alert) string { return cursorOf(last.At, last.ID) })
	return found, next, nil
}

// Unread counts the alerts that nobody has acknowledged.
func (x *Index) Unread(ctx context.Context) (int, error) {
	var n int
	if err := x.db.QueryRow(ctx, "select count(*) from access.alerts where acknowledged_at is null").Scan(&n); err != nil {
		return 0, fmt.Errorf("couldn't count alerts: %w", err)
	}
	return n, nil
}

// HasAlert fails with ErrNoAlert where there is no such alert.
func (x *Index) HasAlert(ctx context.Context, id string) error {
	var there bool
	if err := x.db.QueryRow(ctx, "select exists (select from access.alerts where id = $1)", id).Scan(&there); err != nil {
		return fmt.Errorf("couldn't look for an alert: %w", err)
	}
	if !there {
		return ErrNoAlert
	}
	return nil
}

// HoneyCases lists the cases that nobody has a reason to open.
func (x *Index) HoneyCases(ctx context.Context, after uint64) ([]string, error) {
	var cases []string
	err := x.read(ctx, after, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, "select case_id::text from access.honey order by since, case_id")
		if err != nil {
			return err
		}
		cases, err = pgx.CollectRows(rows, pgx.RowTo[string])
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("couldn't list the honey cases: %w", err)
	}
	return cases, nil
}
