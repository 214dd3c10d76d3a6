package eventlog

import (
	"errors"
	"reflect"
	"testing"
	"time"
)

// What was in a stream is put into an empty one as it was: positions, subjects, bytes and the times at which it was accepted, in every
// way of reading; and the log goes on from there.
func TestARefilledLogIsTheOneThatWas(t *testing.T) {
	t.Parallel()
	first, _ := openLog(t)
	opening := mustAppend(t, first, next(nil), 0)
	last := opening
	for range 40 {
		mustAppend(t, first, next(nil), 0)
		last = mustAppend(t, first, next(last), last.Position)
	}
	was := everything(t, first)

	second, _ := openLog(t)
	refill(t, second, was[:7])
	refill(t, second, was[7:])
	if got := everything(t, second); !reflect.DeepEqual(got, was) {
		t.Fatalf("the log holds %d messages, not the %d that were", len(got), len(was))
	}
	raws, err := second.LoadRaw(t.Context(), opening.CaseID)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range raws {
		if !reflect.DeepEqual(r, was[r.Position-1]) {
			t.Errorf("position %d is loaded as another message: accepted %s, was %s", r.Position, r.Accepted, was[r.Position-1].Accepted)
		}
	}
	asked, err := second.ask(t.Context(), leaderQuestion{Last: was[len(was)-1].Subject})
	if err != nil || !reflect.DeepEqual(asked, was[len(was)-1]) {
		t.Errorf("the leader answers with another message: %v", err)
	}
	if c := mustAppend(t, second, next(last), last.Position); c.Position != uint64(len(was))+1 {
		t.Errorf("the log goes on at %d", c.Position)
	}
}

func TestARefillThatDoesNotFitIsRefused(t *testing.T) {
	t.Parallel()
	first, _ := openLog(t)
	for range 3 {
		mustAppend(t, first, next(nil), 0)
	}
	was := everything(t, first)
	if err := first.Refill(t.Context(), was); !errors.Is(err, ErrConflict) {
		t.Errorf("into a log that is not empty: %v", err)
	}
	second, _ := openLog(t)
	if err := second.Refill(t.Context(), was[1:]); !errors.Is(err, ErrConflict) {
		t.Errorf("with its beginning missing: %v", err)
	}
	if err := second.Refill(t.Context(), []Raw{was[0], was[2]}); !errors.Is(err, ErrGap) {
		t.Errorf("with a gap: %v", err)
	}
}

// The control: the server's own time is another, so that without the header the log would say otherwise.
func TestTheServerKeepsNoTimeOfBefore(t *testing.T) {
	t.Parallel()
	first, _ := openLog(t)
	mustAppend(t, first, next(nil), 0)
	r := everything(t, first)[0]
	r.Accepted = r.Accepted.Add(-time.Hour)
	second, _ := openLog(t)
	refill(t, second, []Raw{r})
	m, err := jetStream(t, second.nc).Stream(t.Context(), StreamName)
	if err != nil {
		t.Fatal(err)
	}
	stored, err := m.GetMsg(t.Context(), 1)
	if err != nil {
		t.Fatal(err)
	}
	if acceptedAt(nil, stored.Time).Equal(r.Accepted) || !acceptedAt(stored.Header, stored.Time).Equal(r.Accepted) {
		t.Errorf("stored at %s, and accepted at %s", stored.Time, r.Accepted)
	}
}

func everything(t *testing.T, l *Log) []Raw {
	t.Helper()
	head, err := l.Head(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var all []Raw
	err = l.ScanRaw(t.Context(), 0, head, func(raws []Raw) error {
		all = append(all, raws...)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func refill(t *testing.T, l *Log, messages []Raw) {
	t.Helper()
	if err := l.Refill(t.Context(), messages); err != nil {
		t.Fatal(err)
	}
}
