package api

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"songtor/internal/accesslog"
	"songtor/internal/app"
	"songtor/internal/database"
	"songtor/internal/testenv"
)

// What the record and the second wall may cost, as a multiple of the time that opening a case takes without them. The policies are on
// both sides: they take microseconds, and what they decide about cannot be left away.
const (
	mostTimes = 3
	rounds    = 150
)

// superuser is with whom the tests' servers are made. Row-level security does not hold for it.
const superuser database.Role = "songtor"

// noRecord says that an opening is on disk and writes nothing.
type noRecord struct{}

func (noRecord) Record(context.Context, ...accesslog.Entry) (uint64, error) { return 1, nil }
func (noRecord) Note(context.Context, ...accesslog.Entry) error             { return nil }

// unguarded is a service without an access record, on a database in which row-level security does not hold.
func unguarded(t testing.TB) (*harness, string) {
	t.Helper()
	h := newHarness(t)
	db, err := pgx.Connect(t.Context(), testenv.As(h.pools.Migrate.Config().ConnString(), superuser))
	must(t, err)
	defer db.Close(t.Context())
	rows, err := db.Query(t.Context(), `select format('alter table %s no force row level security, disable row level security', oid::regclass)
		from pg_class where relrowsecurity`)
	must(t, err)
	statements, err := pgx.CollectRows(rows, pgx.RowTo[string])
	must(t, err)
	if len(statements) == 0 {
		t.Fatal("no table is behind the second wall")
	}
	_, err = db.Exec(t.Context(), strings.Join(statements, ";"))
	must(t, err)
	return h, h.beside(t, noRecord{})
}

// beside serves what a harness serves once more, with another access record.
func (h *harness) beside(t testing.TB, record accesslog.Recorder) (address string) {
	t.Helper()
	parts := h.parts
	parts.Access = record
	server := httptest.NewUnstartedServer(nil)
	server.Config = New(Config{App: app.New(parts), Identity: h.identity, Demo: true, Log: slog.New(slog.DiscardHandler)})
	server.Start()
	t.Cleanup(server.Close)
	return server.URL
}

// lateRecord is a record that takes its time.
type lateRecord struct {
	accesslog.Recorder
	late time.Duration
}

func (r lateRecord) Record(ctx context.Context, entries ...accesslog.Entry) (uint64, error) {
	time.Sleep(r.late)
	return r.Recorder.Record(ctx, entries...)
}

// opening is how a case is opened at one of the services that are compared.
type opening struct{ address, token string }

// Opening a case takes at most three times as long with the record and the second wall as without, both measured in turn in one run.
func TestOpeningACaseCostsAtMostThreeTimes(t *testing.T) {
	guarded := newHarness(t)
	plain, plainURL := unguarded(t)
	path := "/api/v1/cases/" + guarded.submit(t, "minimal-adult").CaseID
	with := opening{guarded.url + path, guarded.token(t, "casemanager")}
	without := opening{plainURL + "/api/v1/cases/" + plain.submit(t, "minimal-adult").CaseID, plain.token(t, "casemanager")}

	ratio, least := compared(t, with, without)
	for range 3 { // the machine may be busy with something else for a while
		if ratio <= mostTimes {
			break
		}
		ratio, least = compared(t, with, without)
	}
	if ratio > mostTimes {
		t.Errorf("opening a case takes %.2f times as long", ratio)
	}
	late := opening{guarded.beside(t, lateRecord{guarded.parts.Access, 2 * mostTimes * least}) + path, with.token}
	if found, _ := compared(t, late, without); found <= mostTimes {
		t.Errorf("a record that is late makes it %.2f times as long: the test shows nothing", found)
	}
}

// compared opens a case at both services in turn. It returns how many times as long the one takes, and how long the other takes at least.
func compared(t *testing.T, with, without opening) (ratio float64, least time.Duration) {
	t.Helper()
	var took [2][]time.Duration
	for i := range rounds + 10 {
		for side, o := range []opening{with, without} {
			start := time.Now()
			openOnce(t, o.address, o.token)
			if i >= 10 { // the first ones warm the caches of both
				took[side] = append(took[side], time.Since(start))
			}
		}
	}
	ratio = float64(fastest(took[0])) / float64(fastest(took[1]))
	dear, cheap := percentiles(took[0]), percentiles(took[1])
	t.Logf("opening a case: p50 %v and p99 %v, p50 %v and p99 %v without record and second wall: %.2f times", dear[0], dear[1], cheap[0], cheap[1], ratio)
	return ratio, fastest(took[1])
}

func openOnce(t *testing.T, url, token string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	must(t, err)
	request.Header.Set("Authorization", "Bearer "+token)
	answered, err := http.DefaultClient.Do(request)
	must(t, err)
	defer answered.Body.Close()
	_, err = io.Copy(io.Discard, answered.Body)
	must(t, err)
	if answered.StatusCode != http.StatusOK {
		t.Fatalf("got %d", answered.StatusCode)
	}
}

// percentiles are the median and the 99th.
func percentiles(took []time.Duration) [2]time.Duration {
	slices.Sort(took)
	return [2]time.Duration{took[len(took)/2].Round(time.Microsecond), took[len(took)*99/100].Round(time.Microsecond)}
}
