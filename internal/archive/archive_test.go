package archive_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"reflect"
	"sync"
	"testing"
	"time"

	"songtor/internal/archive"
	"songtor/internal/database"
	"songtor/internal/eventlog"
	"songtor/internal/testenv"
)

func open(t *testing.T) (*archive.Archive, *database.Pools) {
	t.Helper()
	pools := testenv.Database(t)
	a, err := archive.New(t.Context(), pools.Migrate, pools.Archive, slog.New(slog.DiscardHandler))
	must(t, err)
	return a, pools
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func messages(from, n int) []eventlog.Raw {
	list := make([]eventlog.Raw, n)
	for i := range list {
		list[i] = eventlog.Raw{
			Position: uint64(from + i), Subject: fmt.Sprintf("nrm.case.%d", i%7), Accepted: time.Unix(1_700_000_000, int64(i)*7).UTC(),
			Data: fmt.Appendf(nil, "message %d", from+i),
		}
	}
	return list
}

// stream is a source that is given in pieces, and again from the beginning to whoever follows anew.
type stream struct {
	all    []eventlog.Raw
	pieces int
}

func (s stream) FollowRaw(ctx context.Context, from uint64, fn func([]eventlog.Raw) error) error {
	for rest := s.all[from:]; len(rest) > 0; {
		n := min(s.pieces, len(rest))
		if err := fn(rest[:n]); err != nil {
			return err
		}
		rest = rest[n:]
	}
	<-ctx.Done()
	return ctx.Err()
}

func keep(t *testing.T, a *archive.Archive, s archive.Source) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Go(func() { _ = a.Keep(ctx, "NRM", s) })
	return func() { cancel(); running.Wait() }
}

func reach(t *testing.T, a *archive.Archive, position uint64) {
	t.Helper()
	testenv.Eventually(t, 20*time.Second, func() bool {
		s, err := a.State(t.Context(), "NRM")
		return err == nil && s.Position == position
	})
}

func everything(t *testing.T, a *archive.Archive, to uint64) []eventlog.Raw {
	t.Helper()
	var all []eventlog.Raw
	must(t, a.Read(t.Context(), "NRM", 0, to, func(batch []eventlog.Raw) error {
		all = append(all, batch...)
		return nil
	}))
	return all
}

// Each message lies in the copy once, as it was, however often the copying is begun anew and however many do it.
func TestTheCopyIsWhatWasCopied(t *testing.T) {
	t.Parallel()
	a, _ := open(t)
	was := messages(1, 2500)
	stop := keep(t, a, stream{was[:40], 7})
	reach(t, a, 40)
	stop()
	first := keep(t, a, stream{was, 300})
	second := keep(t, a, stream{was, 300})
	reach(t, a, 2500)
	first()
	second()
	if got := everything(t, a, 2500); !reflect.DeepEqual(got, was) {
		t.Fatalf("the copy holds %d messages, not the %d that were", len(got), len(was))
	}
	var middle []eventlog.Raw
	must(t, a.Read(t.Context(), "NRM", 1000, 1010, func(batch []eventlog.Raw) error {
		middle = append(middle, batch...)
		return nil
	}))
	if !reflect.DeepEqual(middle, was[1000:1010]) {
		t.Fatalf("got %v", middle)
	}
}

func TestAGapIsNotCopied(t *testing.T) {
	t.Parallel()
	a, _ := open(t)
	list := messages(1, 5)
	if err := a.Keep(t.Context(), "NRM", stream{append(list[:2:2], list[3:]...), 10}); !errors.Is(err, eventlog.ErrGap) {
		t.Fatalf("got %v", err)
	}
}

// What is changed, taken away or put in behind the archive's back is noticed when it is read.
func TestADamagedCopyIsNoticed(t *testing.T) {
	t.Parallel()
	for name, damage := range map[string]string{
		"bytes":                    `update archive.event_archive set bytes = 'other' where position = 5`,
		"bytes and their digest":   `update archive.event_archive set bytes = 'other', digest = sha256('other') where position = 5`,
		"subject":                  `update archive.event_archive set subject = 'nrm.case.other' where position = 5`,
		"time":                     `update archive.event_archive set accepted = accepted + 1 where position = 5`,
		"chain":                    `update archive.event_archive set chain = sha256('other') where position = 5`,
		"a row less in the middle": `delete from archive.event_archive where position = 5`,
		"rows less at the end":     `delete from archive.event_archive where position > 8`,
		"all rows less":            `delete from archive.event_archive`,
		"two rows in each other's place": `update archive.event_archive set position = 1000 where position = 5;
			update archive.event_archive set position = 5 where position = 6; update archive.event_archive set position = 6 where position = 1000`,
		"the chain of the end": `update archive.progress set chain = sha256('other')`,
		"a position beyond":    `update archive.progress set position = 11`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a, pools := open(t)
			stop := keep(t, a, stream{messages(1, 10), 4})
			reach(t, a, 10)
			stop()
			everything(t, a, 10) // the control: without damage nothing is noticed
			conn, err := pools.Migrate.Acquire(t.Context())
			must(t, err)
			defer conn.Release()
			_, err = conn.Exec(t.Context(), "alter table archive.event_archive no force row level security; "+damage)
			must(t, err)
			s, err := a.State(t.Context(), "NRM")
			must(t, err)
			err = a.Read(t.Context(), "NRM", 0, s.Position, func([]eventlog.Raw) error { return nil })
			if !errors.Is(err, archive.ErrDamaged) {
				t.Fatalf("got %v", err)
			}
		})
	}
}

// Its own role adds and reads, and takes nothing away.
func TestTheCopyOnlyGrows(t *testing.T) {
	t.Parallel()
	a, pools := open(t)
	must(t, a.Add(t.Context(), "NRM", nil))
	for _, statement := range []string{
		"update archive.event_archive set bytes = ''", "delete from archive.event_archive", "truncate archive.event_archive", "delete from archive.progress",
	} {
		if _, err := pools.Archive.Exec(t.Context(), statement); err == nil {
			t.Errorf("%s is allowed", statement)
		}
	}
}
