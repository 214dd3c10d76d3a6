package accesslog_test

import (
	"testing"
	"time"

	"songtor/internal/accesslog"
	"songtor/internal/testenv"
)

func TestManyOpensRaiseOneAlert(t *testing.T) {
	t.Parallel()
	r := newRoom(t)
	for i := range 60 {
		r.put(t, entry("a", caseNumber(i), noon), entry("a", caseNumber(i), noon)) // a case that is read again counts once
	}
	wantKinds(t, r)
	r.put(t, entry("a", caseNumber(60), noon))
	r.put(t, entry("a", caseNumber(61), noon))
	wantKinds(t, r, accesslog.ManyOpens)
	if a := r.alerts(t)[0]; a.Account != "a" || a.Count != 61 || a.Agency != "datip" {
		t.Errorf("got %+v", a)
	}
}

func TestOpensAreCountedByTheHour(t *testing.T) {
	t.Parallel()
	r := newRoom(t)
	for i := range 120 {
		r.put(t, entry("a", caseNumber(i), noon.Add(time.Duration(i)*61*time.Second)))
	}
	wantKinds(t, r)
}

func TestDenialsRaiseAnAlert(t *testing.T) {
	t.Parallel()
	r := newRoom(t)
	denied := func(at time.Time) accesslog.Entry {
		return with(entry("a", caseNumber(1), at), func(e *accesslog.Entry) { e.Outcome = accesslog.Denied })
	}
	r.put(t, denied(noon), denied(noon.Add(6*time.Minute)), denied(noon.Add(12*time.Minute)))
	wantKinds(t, r)
	r.put(t, denied(noon.Add(13*time.Minute)))
	wantKinds(t, r, accesslog.ManyDenials)
}

func TestABrokenGlassAndAStoppedAccountRaiseAlerts(t *testing.T) {
	t.Parallel()
	r := newRoom(t)
	r.put(t, with(entry("a", caseNumber(1), noon), func(e *accesslog.Entry) { e.Outcome = accesslog.BrokenGlass }))
	r.put(t, with(entry("b", caseNumber(1), noon.Add(time.Second)), func(e *accesslog.Entry) { e.Outcome = accesslog.Stopped }))
	wantKinds(t, r, accesslog.GlassBroken, accesslog.HardStop)
}

func TestAHoneyCaseRaisesAnAlertEvenWhereItIsDenied(t *testing.T) {
	t.Parallel()
	r := newRoom(t)
	honey := func(action string) accesslog.Entry {
		return with(entry("operator", caseNumber(7), noon), func(e *accesslog.Entry) { e.Action = action })
	}
	r.put(t, entry("a", caseNumber(7), noon))
	r.put(t, honey(accesslog.AddHoney))
	wantKinds(t, r)
	r.put(t, entry("a", caseNumber(8), noon))
	r.put(t, with(entry("a", caseNumber(7), noon), func(e *accesslog.Entry) { e.Outcome = accesslog.Denied }))
	wantKinds(t, r, accesslog.HoneyOpened)
	r.put(t, honey(accesslog.RemoveHoney))
	r.put(t, entry("b", caseNumber(7), noon))
	wantKinds(t, r, accesslog.HoneyOpened)
}

func TestCasesOfAStrangePlaceRaiseAnAlert(t *testing.T) {
	t.Parallel()
	r := newRoom(t)
	elsewhere := func(account string, n int, at time.Time) accesslog.Entry {
		return with(entry(account, caseNumber(n), at), func(e *accesslog.Entry) { e.Of, e.Province = "shelter-women-central", "TH-90" })
	}
	for i := range 20 {
		r.put(t, elsewhere("new", i, noon)) // in its first hour nobody has a pattern
	}
	r.put(t, entry("a", caseNumber(100), noon))
	later := noon.Add(2 * time.Hour)
	for i := range 9 {
		r.put(t, elsewhere("a", i, later))
	}
	wantKinds(t, r)
	r.put(t, elsewhere("a", 9, later))
	wantKinds(t, r, accesslog.Strange)
}

// What an alert rests on is in the rows: a process that begins in the middle raises the same.
func TestAlertsSurviveARestart(t *testing.T) {
	t.Parallel()
	trail, _ := openTrail(t)
	pools := testenv.Database(t)
	j := openJournal(t, trail)
	for i := range 61 {
		record(t, j, entry("a", caseNumber(i), noon))
		if i%10 == 0 || i == 60 {
			x := newIndex(t, pools, trail)
			head, err := x.Head(t.Context())
			must(t, err)
			catchUp(t, x, head)
			found, _, err := x.Alerts(t.Context(), true, head, accesslog.Page{})
			must(t, err)
			if want := i / 60; len(found) != want {
				t.Fatalf("after %d cases there are %d alerts", i+1, len(found))
			}
		}
	}
}

// catchUp runs an index until it has reached a position.
func catchUp(t *testing.T, x *accesslog.Index, position uint64) {
	t.Helper()
	ctx, stop := contextOf(t)
	ended := make(chan struct{})
	go func() { x.Run(ctx); close(ended) }()
	must(t, x.WaitFor(t.Context(), position))
	stop()
	<-ended
}

func TestAnAlertIsAcknowledgedOnce(t *testing.T) {
	t.Parallel()
	r := newRoom(t)
	hints := r.Hints(t.Context())
	r.put(t, with(entry("a", caseNumber(1), noon), func(e *accesslog.Entry) { e.Outcome = accesslog.BrokenGlass }))
	<-hints
	id := r.alerts(t)[0].ID
	acknowledge := func(account string) accesslog.Entry {
		return with(entry(account, "", noon.Add(time.Minute)), func(e *accesslog.Entry) { e.Action, e.Object = accesslog.AcknowledgeAlert, id })
	}
	r.put(t, acknowledge("auditor"), acknowledge("another"))
	<-hints
	if a := r.alerts(t)[0]; a.AcknowledgedBy != "auditor" || !a.AcknowledgedAt.Equal(noon.Add(time.Minute)) {
		t.Errorf("got %+v", a)
	}
	if n, err := r.Unread(t.Context()); n != 0 || err != nil {
		t.Errorf("%d are unread, %v", n, err)
	}
}

func TestTheMeterStopsAnAccountThatOpensTooMany(t *testing.T) {
	t.Parallel()
	r := newRoom(t)
	now := noon
	clock := func() time.Time { return now }
	r.put(t, entry("a", caseNumber(1), noon), entry("a", caseNumber(2), noon.Add(-2*time.Hour)))
	m := accesslog.NewMeter(r.Index, 3, clock)
	open := func(m *accesslog.Meter, n int) bool {
		allowed, err := m.Open(t.Context(), "a", caseNumber(n))
		must(t, err)
		return allowed
	}
	for _, step := range []struct {
		n    int
		want bool
	}{{3, true}, {1, true}, {4, true}, {5, false}, {4, true}, {5, false}} {
		if got := open(m, step.n); got != step.want {
			t.Errorf("case %d: got %v, want %v", step.n, got, step.want)
		}
	}
	if allowed, err := m.Open(t.Context(), "b", caseNumber(5)); !allowed || err != nil {
		t.Errorf("another account: %v, %v", allowed, err)
	}
	now = noon.Add(time.Hour + time.Second)
	if !open(m, 5) {
		t.Error("an hour later the account is still stopped")
	}
	// What another process let through is known from the record.
	r.put(t, entry("a", caseNumber(10), now), entry("a", caseNumber(11), now))
	now = now.Add(11 * time.Second)
	if open(m, 12) {
		t.Error("what another process let through does not count")
	}
}

func TestTheMeterLetsNobodyThroughUncounted(t *testing.T) {
	t.Parallel()
	server := testenv.PostgresServer(t)
	trail, _ := openTrail(t)
	x := newIndex(t, testenv.OpenDatabase(t, server.URL), trail)
	server.Stop(t)
	if allowed, err := accesslog.NewMeter(x, 3, nil).Open(t.Context(), "a", caseNumber(1)); allowed || err == nil {
		t.Errorf("got %v, %v", allowed, err)
	}
}
