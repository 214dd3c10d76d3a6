package accesslog_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"songtor/internal/accesslog"
	"songtor/internal/testenv"
)

// slowTrail takes one message at a time, each when the test lets it.
type slowTrail struct {
	release  chan error
	messages [][]byte
	began    atomic.Int64
}

func (t *slowTrail) Append(ctx context.Context, data []byte) (uint64, error) {
	t.began.Add(1)
	select {
	case err := <-t.release:
		if err == nil {
			t.messages = append(t.messages, data)
		}
		return uint64(len(t.messages)), err
	case <-ctx.Done():
		return 0, ctx.Err()
	}
}

func TestAnEntryIsInTheTrailWhenRecordReturns(t *testing.T) {
	t.Parallel()
	trail, _ := openTrail(t)
	j := openJournal(t, trail)
	e := entry("a", caseNumber(1), noon)
	if at := record(t, j, e); at != 1 {
		t.Errorf("the first message lies at %d", at)
	}
	got := inTrail(t, trail)
	if len(got) != 1 || got[0].ID != e.ID || got[0].Case != e.Case || !slices.Equal(got[0].Classes, e.Classes) || !got[0].At.Equal(e.At) {
		t.Errorf("the trail has %+v", got)
	}
}

func TestWhatGathersWhileAMessageIsWrittenSharesTheNext(t *testing.T) {
	t.Parallel()
	trail := &slowTrail{release: make(chan error)}
	j := openJournal(t, trail)
	var callers sync.WaitGroup
	call := func() {
		callers.Go(func() {
			if _, err := j.Record(context.Background(), entry("a", caseNumber(1), noon)); err != nil {
				t.Error(err)
			}
		})
	}
	call()
	testenv.Eventually(t, 5*time.Second, func() bool { return trail.began.Load() == 1 })
	const many = 50
	for range many {
		call()
	}
	testenv.Eventually(t, 5*time.Second, func() bool { return j.Stats().Waiting == many+1 })
	trail.release <- nil
	trail.release <- nil
	callers.Wait()
	if len(trail.messages) != 2 {
		t.Fatalf("%d messages for one call and the %d that came meanwhile", len(trail.messages), many)
	}
	for i, want := range []int{1, many} {
		if got, err := accesslog.Decode(trail.messages[i]); err != nil || len(got) != want {
			t.Errorf("message %d has %d entries, %v", i+1, len(got), err)
		}
	}
}

func TestARecordThatCannotBeWrittenFails(t *testing.T) {
	t.Parallel()
	trail, server := openTrail(t)
	j := openJournal(t, trail)
	record(t, j, entry("a", caseNumber(1), noon))
	server.Stop()
	if _, err := j.Record(t.Context(), entry("a", caseNumber(2), noon)); !errors.Is(err, accesslog.ErrUnavailable) {
		t.Fatalf("got %v, want ErrUnavailable", err)
	}
	server.Restart(t)
	testenv.Eventually(t, 20*time.Second, func() bool {
		_, err := j.Record(t.Context(), entry("a", caseNumber(3), noon))
		return err == nil
	})
}

func TestACallThatIsGivenUpIsNotWritten(t *testing.T) {
	t.Parallel()
	trail := &slowTrail{release: make(chan error)}
	j := openJournal(t, trail)
	go func() { _, _ = j.Record(context.Background(), entry("first", caseNumber(1), noon)) }()
	testenv.Eventually(t, 5*time.Second, func() bool { return trail.began.Load() == 1 })
	gone, cancel := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() {
		_, err := j.Record(gone, entry("second", caseNumber(1), noon))
		ended <- err
	}()
	testenv.Eventually(t, 5*time.Second, func() bool { return j.Stats().Waiting == 2 })
	cancel()
	if err := <-ended; !errors.Is(err, accesslog.ErrUnavailable) {
		t.Errorf("got %v, want ErrUnavailable", err)
	}
	trail.release <- nil
	testenv.Eventually(t, 5*time.Second, func() bool { return j.Stats().Waiting == 0 })
	if len(trail.messages) != 1 || strings.Contains(string(trail.messages[0]), "second") {
		t.Error("a call that nobody waited for was written")
	}
}

// A denial is told of at once and written in the end, however long the trail is away.
func TestADenialIsNeverLost(t *testing.T) {
	t.Parallel()
	trail, server := openTrail(t)
	j := openJournal(t, trail)
	server.Stop()
	const denials = 100
	for i := range denials {
		must(t, j.Note(t.Context(), with(entry("a", caseNumber(i), noon), func(e *accesslog.Entry) { e.Outcome = accesslog.Denied })))
	}
	if s := j.Stats(); s.Held != denials {
		t.Errorf("%d denials are held of %d", s.Held, denials)
	}
	server.Restart(t)
	testenv.Eventually(t, 30*time.Second, func() bool { return j.Stats().Held == 0 })
	// A message whose answer got lost may lie there twice; each denial is there, and it is one by its id.
	ids := map[string]bool{}
	for _, e := range inTrail(t, trail) {
		ids[e.ID] = true
	}
	if len(ids) != denials {
		t.Errorf("%d denials are in the trail of %d", len(ids), denials)
	}
}

func TestAFullQueueMakesItsCallersWait(t *testing.T) {
	t.Parallel()
	trail := &slowTrail{release: make(chan error)}
	j := accesslog.NewJournalOf(trail, quiet, 3)
	t.Cleanup(j.Close)
	for i := range 3 {
		must(t, j.Note(t.Context(), entry("a", caseNumber(i), noon)))
	}
	impatient, cancel := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() { ended <- j.Note(impatient, entry("a", caseNumber(4), noon)) }()
	select {
	case err := <-ended:
		t.Fatalf("a full queue took another call: %v", err)
	case <-time.After(50 * time.Millisecond): // long enough for a call that does not wait
	}
	cancel()
	if err := <-ended; !errors.Is(err, accesslog.ErrUnavailable) {
		t.Errorf("got %v, want ErrUnavailable", err)
	}
	go func() {
		for {
			select {
			case trail.release <- nil:
			case <-t.Context().Done():
				return
			}
		}
	}()
	must(t, j.Note(t.Context(), entry("a", caseNumber(5), noon)))
}

func TestCloseWritesWhatIsQueued(t *testing.T) {
	t.Parallel()
	trail, _ := openTrail(t)
	j := accesslog.NewJournal(trail, quiet)
	for i := range 20 {
		must(t, j.Note(t.Context(), entry("a", caseNumber(i), noon)))
	}
	j.Close()
	if got := len(inTrail(t, trail)); got != 20 {
		t.Errorf("%d of 20 entries are in the trail", got)
	}
	if _, err := j.Record(t.Context(), entry("a", caseNumber(1), noon)); !errors.Is(err, accesslog.ErrUnavailable) {
		t.Errorf("after the end: %v", err)
	}
}

func TestAnEntryHoldsTokensOnly(t *testing.T) {
	t.Parallel()
	j := openJournal(t, &slowTrail{release: make(chan error)})
	for name, spoil := range map[string]func(*accesslog.Entry){
		"no id":           func(e *accesslog.Entry) { e.ID = "" },
		"no time":         func(e *accesslog.Entry) { e.At = time.Time{} },
		"no account":      func(e *accesslog.Entry) { e.User = "" },
		"no action":       func(e *accesslog.Entry) { e.Action = "" },
		"a name":          func(e *accesslog.Entry) { e.User = "Somchai Jaidee" },
		"a Thai name":     func(e *accesslog.Entry) { e.Object = "สมชาย" },
		"a search":        func(e *accesslog.Entry) { e.Filters = []string{"name=somchai jaidee"} },
		"no outcome":      func(e *accesslog.Entry) { e.Outcome = "" },
		"a case by name":  func(e *accesslog.Entry) { e.Case = "case-7" },
		"a long token":    func(e *accesslog.Entry) { e.Request = strings.Repeat("x", 129) },
		"many classes":    func(e *accesslog.Entry) { e.Classes = make([]string, 33) },
		"a negative page": func(e *accesslog.Entry) { e.Count = -1 },
	} {
		if _, err := j.Record(t.Context(), with(entry("a", caseNumber(1), noon), spoil)); !errors.Is(err, accesslog.ErrMalformed) {
			t.Errorf("%s: got %v, want ErrMalformed", name, err)
		}
	}
}

func TestAMessageIsDecodedStrictly(t *testing.T) {
	t.Parallel()
	trail, _ := openTrail(t)
	record(t, openJournal(t, trail), entry("a", caseNumber(1), noon))
	good := `{"v":1,"entries":[{"id":"` + caseNumber(9) + `","at":"2026-11-28T12:00:00Z","user":"a","action":"case.read","outcome":"shown"}]}`
	if _, err := accesslog.Decode([]byte(good)); err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string][2]string{
		"another version":    {`"v":1`, `"v":2`},
		"an unknown member":  {`"user":"a"`, `"user":"a","name":"x"`},
		"a member twice":     {`"user":"a"`, `"user":"a","user":"b"`},
		"an unknown outcome": {`"shown"`, `"seen"`},
		"no entries":         {good[16 : len(good)-2], ``},
		"no object":          {`{"v"`, `["v"`},
	} {
		if _, err := accesslog.Decode([]byte(strings.Replace(good, change[0], change[1], 1))); !errors.Is(err, accesslog.ErrMalformed) {
			t.Errorf("%s: got %v, want ErrMalformed", name, err)
		}
	}
}
