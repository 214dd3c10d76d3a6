package accesslog_test

import (
	"context"
	"fmt"
	"maps"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"songtor/internal/accesslog"
	"songtor/internal/testenv"
)

// The made-up record of TestABreachCanBeScoped. Every property of entry i follows from i alone, once in SQL and once in Go: what Go
// says is the truth that a report is held against.
const (
	rowsVariable = "SONGTOR_TEST_ACCESS_ROWS"
	defaultRows  = 1_000_000
	readers      = 4000 // sessions: four of each of 1,000 accounts, on 500 devices, in 40 agencies
	cases        = 200_000
	mix          = 2654435761 // spreads the entries over the readers
	step         = 30 * time.Millisecond
)

var classLists = []string{"workflow", "workflow,sensitive", "workflow,sensitive,identity", "workflow,sensitive,identity,location"}

func sessionOf(i int) int    { return i * mix % readers }
func accountOf(i int) int    { return sessionOf(i) / 4 }
func deviceOf(i int) int     { return sessionOf(i) / 8 }
func agencyOf(i int) int     { return accountOf(i) % 40 }
func timeOf(i int) time.Time { return noon.Add(time.Duration(i) * step) }

// seen is what an entry opened: a case and the classes of it.
func seen(i int) string {
	return caseNumber(i*7919%cases) + " " + classLists[i/readers%len(classLists)]
}

// fill writes the made-up record past the trail: what it says is not in question here, only whether a report finds all of it.
func fill(t *testing.T, url string, rows int) {
	t.Helper()
	db, err := pgx.Connect(t.Context(), url)
	must(t, err)
	defer db.Close(t.Context())
	const sql = `
		drop index access.entries_by_case, access.entries_by_reader;
		alter table access.entries drop constraint entries_pkey;
		alter table access.entries set unlogged;
		insert into access.readers (account, agency, role, session, device, assurance, purpose, policy)
			select 'account-' || s / 4, 'agency-' || s / 4 %% 40, 'casemanager', 'session-' || s, 'device-' || s / 8, 3, 'protection', 'p'
			from generate_series(0, %[2]d - 1) s order by s;
		insert into access.entries (id, at, reader, case_id, count, action, outcome, classes, filters, object, agency, province, request)
			select ('00000000-0000-7000-8000-' || lpad(to_hex(i), 12, '0'))::uuid, timestamptz '2026-11-28 12:00:00Z' + i * interval '30 ms',
				first.id + i * %[4]d %% %[2]d, ('00000000-0000-4000-8000-' || lpad(to_hex(i * 7919 %% %[3]d), 12, '0'))::uuid,
				0, 'case.read', 'shown', ('{workflow,"workflow,sensitive","workflow,sensitive,identity","workflow,sensitive,identity,location"}'::text[])
				[1 + i / %[2]d %% 4], '', '', 'agency', 'TH-10', ''
			from generate_series(0::bigint, %[1]d - 1) i, (select min(id) as id from access.readers) first;
		alter table access.entries add primary key (id);
		create index entries_by_case on access.entries (case_id, at, id) where case_id is not null;
		create index entries_by_reader on access.entries (reader, at);
		analyze access.entries, access.readers;`
	_, err = db.Exec(t.Context(), fmt.Sprintf(sql, rows, readers, cases, int64(mix)))
	must(t, err)
}

func rowsWanted(t *testing.T) int {
	t.Helper()
	given := os.Getenv(rowsVariable)
	if given == "" {
		return defaultRows
	}
	n, err := strconv.Atoi(given)
	must(t, err)
	return n
}

// reporter is Index.Report.
type reporter func(ctx context.Context, s accesslog.Scope, after uint64, fn func(*accesslog.Row) error) error

// differences holds a report against the truth: what was opened and how often.
func differences(t *testing.T, report reporter, scope accesslog.Scope, rows int, in func(i int) bool) (found, wrong int, took time.Duration) {
	t.Helper()
	truth := map[string]int{}
	for i := range rows {
		if at := timeOf(i); in(i) && !at.Before(scope.From) && at.Before(scope.Until) {
			truth[seen(i)]++
		}
	}
	start := time.Now()
	must(t, report(t.Context(), scope, 0, func(r *accesslog.Row) error {
		found++
		truth[r.Case+" "+strings.Join(r.Classes, ",")]--
		return nil
	}))
	took = time.Since(start)
	for n := range maps.Values(truth) {
		wrong += max(n, -n)
	}
	return found, wrong, took
}

// A report of what an account, a device, a session or an agency opened in a period has exactly that, within a minute over ten million
// entries (security.md, promise 34). It runs over a million; SONGTOR_TEST_ACCESS_ROWS=10000000 runs it over ten.
func TestABreachCanBeScoped(t *testing.T) {
	t.Parallel()
	url, rows := testenv.Postgres(t), rowsWanted(t)
	trail, _ := openTrail(t)
	x := newIndex(t, testenv.OpenDatabase(t, url), trail)
	start := time.Now()
	fill(t, url, rows)
	t.Logf("made %d entries in %v", rows, time.Since(start).Round(time.Second))
	whole := accesslog.Scope{From: noon, Until: noon.Add(time.Duration(rows) * step)}
	part := accesslog.Scope{From: timeOf(rows / 3), Until: timeOf(rows / 2)}
	scopes := []struct {
		name string
		of   func(s accesslog.Scope) accesslog.Scope
		in   func(i int) bool
	}{
		{"account", func(s accesslog.Scope) accesslog.Scope { s.Account = "account-17"; return s }, func(i int) bool { return accountOf(i) == 17 }},
		{"device", func(s accesslog.Scope) accesslog.Scope { s.Device = "device-17"; return s }, func(i int) bool { return deviceOf(i) == 17 }},
		{"session", func(s accesslog.Scope) accesslog.Scope { s.Session = "session-17"; return s }, func(i int) bool { return sessionOf(i) == 17 }},
		{"agency", func(s accesslog.Scope) accesslog.Scope { s.Agency = "agency-17"; return s }, func(i int) bool { return agencyOf(i) == 17 }},
	}
	for _, s := range scopes {
		for name, period := range map[string]accesslog.Scope{"the whole time": whole, "a part of it": part} {
			found, wrong, took := differences(t, x.Report, s.of(period), rows, s.in)
			t.Logf("by %s in %s: %d entries in %v", s.name, name, found, took.Round(time.Millisecond))
			if wrong != 0 || found == 0 || took > time.Minute {
				t.Errorf("by %s in %s: %d entries in %v, %d wrong", s.name, name, found, took, wrong)
			}
		}
	}
	// The control: a report that leaves out one session of an account, or one page of what it found, is found out.
	for name, faulty := range map[string]func(n int, r *accesslog.Row) bool{
		"one way to the account": func(_ int, r *accesslog.Row) bool { return r.Session == "session-69" },
		"one page":               func(n int, _ *accesslog.Row) bool { return n >= 50 && n < 100 },
		"one entry":              func(n int, _ *accesslog.Row) bool { return n == 3 },
	} {
		if _, wrong, _ := differences(t, without(x.Report, faulty), scopes[0].of(whole), rows, scopes[0].in); wrong == 0 {
			t.Errorf("a report without %s passes", name)
		}
	}
}

// without is a report that leaves something out.
func without(report reporter, left func(n int, r *accesslog.Row) bool) reporter {
	return func(ctx context.Context, s accesslog.Scope, after uint64, fn func(*accesslog.Row) error) error {
		n := -1
		return report(ctx, s, after, func(r *accesslog.Row) error {
			if n++; left(n, r) {
				return nil
			}
			return fn(r)
		})
	}
}
