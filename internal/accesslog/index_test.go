package accesslog_test

import (
	"context"
	"errors"
	"reflect"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"

	"songtor/internal/accesslog"
	"songtor/internal/database"
	"songtor/internal/eventlog"
	"songtor/internal/testenv"
)

// room is a trail with its journal and index.
type room struct {
	trail *eventlog.Trail
	pools *database.Pools
	*accesslog.Journal
	*accesslog.Index
}

func newRoom(t *testing.T) *room {
	t.Helper()
	trail, _ := openTrail(t)
	pools := testenv.Database(t)
	return &room{trail, pools, openJournal(t, trail), openIndex(t, pools, trail)}
}

// put records entries and waits until the index has them. It returns their position.
func (r *room) put(t *testing.T, entries ...accesslog.Entry) uint64 {
	t.Helper()
	at := record(t, r.Journal, entries...)
	must(t, r.WaitFor(t.Context(), at))
	return at
}

func (r *room) alerts(t *testing.T) []accesslog.Alert {
	t.Helper()
	head, err := r.Head(t.Context())
	must(t, err)
	found, _, err := r.Alerts(t.Context(), false, head, accesslog.Page{})
	must(t, err)
	return found
}

// kinds are the kinds of all alerts, the first one first.
func (r *room) kinds(t *testing.T) []accesslog.AlertKind {
	t.Helper()
	var kinds []accesslog.AlertKind
	for _, a := range slices.Backward(r.alerts(t)) {
		kinds = append(kinds, a.Kind)
	}
	return kinds
}

func wantKinds(t *testing.T, r *room, want ...accesslog.AlertKind) {
	t.Helper()
	if got := r.kinds(t); !slices.Equal(got, want) {
		t.Errorf("the alerts are %v, want %v", got, want)
	}
}

func (r *room) report(t *testing.T, s accesslog.Scope) []accesslog.Row {
	t.Helper()
	head, err := r.Head(t.Context())
	must(t, err)
	rows := []accesslog.Row{}
	must(t, r.Report(t.Context(), s, head, func(row *accesslog.Row) error {
		rows = append(rows, *row)
		return nil
	}))
	return rows
}

func TestWhoOpenedACase(t *testing.T) {
	t.Parallel()
	r := newRoom(t)
	denied := with(entry("b", caseNumber(1), noon.Add(time.Minute)), func(e *accesslog.Entry) { e.Outcome, e.Classes = accesslog.Denied, nil })
	at := r.put(t, entry("a", caseNumber(1), noon), denied, entry("a", caseNumber(2), noon))
	rows, next, err := r.OfCase(t.Context(), caseNumber(1), at, accesslog.Page{})
	must(t, err)
	if len(rows) != 2 || next != "" {
		t.Fatalf("%d rows and %q", len(rows), next)
	}
	if rows[0].Account != "b" || rows[0].Outcome != accesslog.Denied || rows[1].Account != "a" || !slices.Equal(rows[1].Classes, []string{"workflow", "identity"}) {
		t.Errorf("got %+v", rows)
	}
}

func TestPagesOfWhoOpenedACaseLeaveNothingOut(t *testing.T) {
	t.Parallel()
	r := newRoom(t)
	var want []string
	var last uint64
	for i := range 23 {
		e := entry("a", caseNumber(1), noon.Add(time.Duration(i/3)*time.Second)) // several share a time
		want = append(want, e.ID)
		last = r.put(t, e)
	}
	var got []string
	for page := (accesslog.Page{Limit: 5}); ; {
		rows, next, err := r.OfCase(t.Context(), caseNumber(1), last, page)
		must(t, err)
		for _, row := range rows {
			got = append(got, row.ID)
		}
		if next == "" {
			break
		}
		page.After = next
	}
	slices.Sort(want)
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Errorf("the pages have %d entries of %d", len(got), len(want))
	}
	for _, bad := range []string{"x", "12", "12_x", "_" + uuid.NewString()} {
		if _, _, err := r.OfCase(t.Context(), caseNumber(1), last, accesslog.Page{After: bad}); !errors.Is(err, accesslog.ErrCursor) {
			t.Errorf("%q: got %v, want ErrCursor", bad, err)
		}
	}
}

func TestAReportIsByAccountDeviceSessionOrAgency(t *testing.T) {
	t.Parallel()
	r := newRoom(t)
	other := with(entry("b", caseNumber(2), noon), func(e *accesslog.Entry) { e.Agency, e.Device = "rtp-atpd", "" })
	denied := with(entry("a", caseNumber(3), noon), func(e *accesslog.Entry) { e.Outcome = accesslog.Denied })
	early, late := entry("a", caseNumber(4), noon.Add(-time.Hour)), entry("a", caseNumber(4), noon.Add(time.Hour))
	r.put(t, entry("a", caseNumber(1), noon), other, denied, early, late)
	period := accesslog.Scope{From: noon.Add(-time.Minute), Until: noon.Add(time.Minute)}
	for name, tt := range map[string]struct {
		scope accesslog.Scope
		want  string
	}{
		"account": {accesslog.Scope{Account: "a"}, caseNumber(1)},
		"device":  {accesslog.Scope{Device: "d-a"}, caseNumber(1)},
		"session": {accesslog.Scope{Session: "s-b"}, caseNumber(2)},
		"agency":  {accesslog.Scope{Agency: "rtp-atpd"}, caseNumber(2)},
	} {
		tt.scope.From, tt.scope.Until = period.From, period.Until
		if rows := r.report(t, tt.scope); len(rows) != 1 || rows[0].Case != tt.want {
			t.Errorf("by %s: got %+v", name, rows)
		}
	}
	for _, scope := range []accesslog.Scope{period, {Account: "a", Device: "d-a", From: period.From, Until: period.Until}, {Account: "a"}} {
		if err := r.Report(t.Context(), scope, 0, nil); !errors.Is(err, accesslog.ErrScope) {
			t.Errorf("%+v: got %v, want ErrScope", scope, err)
		}
	}
}

// A message whose answer was lost may lie in the trail twice.
func TestAnEntryThatWasWrittenTwiceCountsOnce(t *testing.T) {
	t.Parallel()
	r := newRoom(t)
	e := entry("a", caseNumber(1), noon)
	r.put(t, e, e)
	at := r.put(t, e, entry("a", caseNumber(2), noon))
	rows, _, err := r.OfCase(t.Context(), caseNumber(1), at, accesslog.Page{})
	must(t, err)
	if len(rows) != 1 {
		t.Errorf("%d rows for one entry", len(rows))
	}
}

// A report waits for what it has to contain, and never answers from an index that is being built anew.
func TestAnIndexThatIsBehindDoesNotAnswer(t *testing.T) {
	t.Parallel()
	trail, _ := openTrail(t)
	pools := testenv.Database(t)
	j, x := openJournal(t, trail), newIndex(t, pools, trail)
	at := record(t, j, entry("a", caseNumber(1), noon))
	must(t, x.Rebuild(t.Context(), func(uint64, uint64) {}))
	scope := accesslog.Scope{Account: "a", From: noon, Until: noon.Add(time.Second)}
	n := 0
	count := func(*accesslog.Row) error { n++; return nil }
	if must(t, x.Report(t.Context(), scope, at, count)); n != 1 {
		t.Fatalf("the report has %d rows", n)
	}
	// Another process begins to build it anew; this one still believes that it is complete.
	if _, err := pools.Migrate.Exec(t.Context(), "truncate access.entries; update access.progress set position = 0"); err != nil {
		t.Fatal(err)
	}
	if err := x.Report(t.Context(), scope, at, count); !errors.Is(err, accesslog.ErrBehind) {
		t.Errorf("got %v, want ErrBehind", err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if err := x.Report(ctx, scope, at+1, count); !errors.Is(err, accesslog.ErrBehind) {
		t.Errorf("got %v, want ErrBehind", err)
	}
}

// The index holds nothing that is not in the trail: built anew it is the same, alerts and what was decided about them too.
func TestTheIndexIsBuiltAnewFromTheTrailAlone(t *testing.T) {
	t.Parallel()
	r := newRoom(t)
	for i := range 70 {
		r.put(t, entry("a", caseNumber(i), noon.Add(time.Duration(i)*time.Second)))
	}
	at := r.put(t, with(entry("operator", caseNumber(500), noon), func(e *accesslog.Entry) { e.Action = accesslog.AddHoney }),
		entry("b", caseNumber(500), noon))
	before := r.alerts(t)
	at = max(at, r.put(t, with(entry("auditor", "", noon), func(e *accesslog.Entry) { e.Action, e.Object = accesslog.AcknowledgeAlert, before[0].ID })))
	before = r.alerts(t)
	rows := r.report(t, accesslog.Scope{Account: "a", From: noon, Until: noon.Add(time.Hour)})
	must(t, r.Rebuild(t.Context(), func(uint64, uint64) {}))
	if after := r.alerts(t); !reflect.DeepEqual(after, before) || len(after) != 2 {
		t.Errorf("the alerts are %+v, were %+v", after, before)
	}
	if after := r.report(t, accesslog.Scope{Account: "a", From: noon, Until: noon.Add(time.Hour)}); !reflect.DeepEqual(after, rows) || len(after) != 70 {
		t.Errorf("the report has %d rows, had %d", len(after), len(rows))
	}
	if cases, err := r.HoneyCases(t.Context(), at); err != nil || !slices.Equal(cases, []string{caseNumber(500)}) {
		t.Errorf("the honey cases are %v, %v", cases, err)
	}
}

// Two processes follow the trail; each entry has one row, and one of them goes on where the other ends.
func TestOneOfTwoProcessesApplies(t *testing.T) {
	t.Parallel()
	trail, _ := openTrail(t)
	pools := testenv.Database(t)
	j := openJournal(t, trail)
	first := newIndex(t, pools, trail)
	running, stop := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { first.Run(running); close(ended) }()
	second := openIndex(t, pools, trail)
	must(t, second.WaitFor(t.Context(), record(t, j, entry("a", caseNumber(1), noon))))
	stop()
	<-ended
	must(t, second.WaitFor(t.Context(), record(t, j, entry("a", caseNumber(2), noon))))
}

func TestAMessageThatIsNotUnderstoodStopsTheIndexAndNothingElse(t *testing.T) {
	t.Parallel()
	r := newRoom(t)
	if _, err := r.trail.Append(t.Context(), []byte(`{"v":2}`)); err != nil {
		t.Fatal(err)
	}
	testenv.Eventually(t, 10*time.Second, func() bool { return errors.Is(r.Err(), accesslog.ErrMalformed) })
	at := record(t, r.Journal, entry("a", caseNumber(1), noon))
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, _, err := r.OfCase(ctx, caseNumber(1), at, accesslog.Page{}); !errors.Is(err, accesslog.ErrBehind) {
		t.Errorf("got %v, want ErrBehind", err)
	}
}

// counted is a trail that counts how often somebody began to follow it.
type counted struct {
	*eventlog.Trail
	follows atomic.Int64
}

func (c *counted) FollowRaw(ctx context.Context, from uint64, fn func([]eventlog.Raw) error) error {
	c.follows.Add(1)
	return c.Trail.FollowRaw(ctx, from, fn)
}

// An index that has stopped is tried again by itself, and counts as stopped until it applies, here or in another process.
func TestAStoppedIndexGoesOnByItself(t *testing.T) {
	t.Parallel()
	trail, _ := openTrail(t)
	pools := testenv.Database(t)
	j := openJournal(t, trail)
	must(t, newIndex(t, pools, trail).CatchUp(t.Context()))
	record(t, j, entry("a", caseNumber(1), noon))
	move := func(by int) {
		t.Helper()
		_, err := pools.Audit.Exec(t.Context(), "update access.progress set position = position + $1", by)
		must(t, err)
	}
	move(1000)
	source := &counted{Trail: trail}
	processes := make([]*accesslog.Index, 2)
	for i := range processes {
		x, err := accesslog.NewIndex(t.Context(), accesslog.IndexConfig{Owner: pools.Migrate, Audit: pools.Audit, Trail: source, Log: quiet})
		must(t, err)
		x.TryAgainAfter(20 * time.Millisecond)
		follow(t, x)
		processes[i] = x
	}
	for _, x := range processes {
		testenv.Eventually(t, 20*time.Second, func() bool { return errors.Is(x.Err(), eventlog.ErrGap) })
	}
	before := source.follows.Load()
	testenv.Eventually(t, 20*time.Second, func() bool { return source.follows.Load() >= before+3 })
	for _, x := range processes {
		if err := x.Err(); !errors.Is(err, eventlog.ErrGap) {
			t.Errorf("after attempts in vain it stands at %v", err)
		}
	}

	move(-1000)
	for _, x := range processes {
		testenv.Eventually(t, 20*time.Second, func() bool { return x.Err() == nil })
	}
	at := record(t, j, entry("a", caseNumber(1), noon))
	for _, x := range processes {
		must(t, x.WaitFor(t.Context(), at))
		if rows, _, err := x.OfCase(t.Context(), caseNumber(1), at, accesslog.Page{}); err != nil || len(rows) != 2 {
			t.Errorf("%d openings are counted of 2, %v", len(rows), err)
		}
	}
}
