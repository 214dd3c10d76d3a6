package guard

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"reflect"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/nats-io/nats.go"

	"songtor/internal/archive"
	"songtor/internal/database"
	"songtor/internal/eventlog"
	"songtor/internal/lease"
	"songtor/internal/testenv"
)

// rig is a stream with a copy, and what was applied and signed of it.
type rig struct {
	*Guard
	nc              *nats.Conn
	pools           *database.Pools
	trail           *eventlog.Trail
	was             []eventlog.Raw
	applied, signed uint64
	renewed         atomic.Int32
	missing         uint64 // a position that the stream seems to lack until it is made anew
}

const accepted = 30

// newRig makes a stream of messages that are all copied; of them 25 were applied and 20 signed.
func newRig(t *testing.T) *rig {
	t.Helper()
	r := &rig{pools: testenv.Database(t), nc: testenv.NATS(t).Connect(t), applied: 25, signed: 20}
	must(t, eventlog.CreateStream(t.Context(), r.nc, 1))
	r.trail = r.open(t)
	for i := range accepted {
		_, err := r.trail.Append(t.Context(), fmt.Appendf(nil, "message %d", i+1))
		must(t, err)
	}
	r.was = r.holds(t)
	r.Guard = r.process(t)
	must(t, r.Archive.Add(t.Context(), eventlog.TrailName, r.was))
	return r
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (r *rig) open(t *testing.T) *eventlog.Trail {
	t.Helper()
	trail, err := eventlog.OpenTrail(t.Context(), r.nc, eventlog.Options{
		Logger: slog.New(slog.DiscardHandler),
		ServerReport: func(context.Context) ([]eventlog.ServerReport, error) {
			return []eventlog.ServerReport{{Name: r.nc.ConnectedServerName(), SyncAlways: true}}, nil
		},
	})
	must(t, err)
	return trail
}

// process is the guard of a process that begins.
func (r *rig) process(t *testing.T) *Guard {
	t.Helper()
	log := slog.New(slog.DiscardHandler)
	copied, err := archive.New(t.Context(), r.pools.Migrate, r.pools.Archive, log)
	must(t, err)
	return &Guard{
		State: new(State), Archive: copied, Log: log,
		Alone: func(ctx context.Context, work func(context.Context) error) error {
			return lease.Once(ctx, r.pools.Store, "songtor/repair", work)
		},
		Streams: []Stream{{
			Name: eventlog.TrailName, Log: holed{r.trail, r},
			Applied: func(context.Context) (uint64, error) { return r.applied, nil },
			Signed:  func(context.Context) (uint64, error) { return r.signed, nil },
			Prove:   r.prove,
			Renew: func(ctx context.Context) error {
				r.renewed.Add(1)
				r.missing = 0
				return eventlog.Renew(ctx, r.nc, eventlog.TrailName, 1)
			},
		}},
	}
}

// prove holds messages against what was signed: the first ones, as they were.
func (r *rig) prove(ctx context.Context, from Source) error {
	var found []eventlog.Raw
	err := from.ScanRaw(ctx, 0, r.signed, func(batch []eventlog.Raw) error {
		found = append(found, batch...)
		return nil
	})
	if err == nil && !slices.EqualFunc(found, r.was[:r.signed], same) {
		err = ErrNotSigned
	}
	return err
}

// holds is what the stream holds.
func (r *rig) holds(t *testing.T) (all []eventlog.Raw) {
	t.Helper()
	head, err := r.trail.Head(t.Context())
	must(t, err)
	must(t, r.trail.ScanRaw(t.Context(), 0, head, func(batch []eventlog.Raw) error {
		all = append(all, batch...)
		return nil
	}))
	return all
}

// becomes makes the stream hold other messages than it did, behind everybody's back.
func (r *rig) becomes(t *testing.T, messages []eventlog.Raw) {
	t.Helper()
	must(t, eventlog.Renew(t.Context(), r.nc, eventlog.TrailName, 1))
	must(t, r.trail.Refill(t.Context(), messages))
}

// altered are the messages with another one at a position.
func (r *rig) altered(position int) []eventlog.Raw {
	all := slices.Clone(r.was)
	all[position-1].Data = []byte("another message")
	return all
}

// holed is a stream that seems to lack a message: a JetStream that cannot read one leaves it out.
type holed struct {
	*eventlog.Trail
	of *rig
}

func (h holed) At(ctx context.Context, position uint64) (eventlog.Raw, error) {
	if position == h.of.missing {
		return eventlog.Raw{}, nil
	}
	return h.Trail.At(ctx, position)
}

func (h holed) ScanRaw(ctx context.Context, from, to uint64, fn func([]eventlog.Raw) error) error {
	return h.Trail.ScanRaw(ctx, from, to, func(batch []eventlog.Raw) error {
		return fn(slices.DeleteFunc(slices.Clone(batch), func(r eventlog.Raw) bool { return r.Position == h.of.missing }))
	})
}

// mustBe holds the stream to what it was, and the service to taking in onto the next position.
func (r *rig) mustBe(t *testing.T, was []eventlog.Raw) {
	t.Helper()
	if err := r.State.Writable(); err != nil {
		t.Fatalf("%v: %s", err, r.State.Explain())
	}
	if got := r.holds(t); !reflect.DeepEqual(got, was) {
		t.Fatalf("the stream holds %d messages, not the %d that were", len(got), len(was))
	}
	position, err := r.trail.Append(t.Context(), []byte("the next"))
	if err != nil || position != uint64(len(was))+1 {
		t.Errorf("the next one got position %d: %v", position, err)
	}
}

// mustRefuse holds the service to taking nothing in for the reasons, and the stream to what it is.
func (r *rig) mustRefuse(t *testing.T, holds []eventlog.Raw, reasons ...Reason) {
	t.Helper()
	var shut *ReadOnly
	if err := r.State.Writable(); !errors.As(err, &shut) || !slices.Equal(shut.Reasons, reasons) {
		t.Fatalf("got %v, not %v", err, reasons)
	}
	if got := r.holds(t); !slices.EqualFunc(got, holds, same) {
		t.Errorf("the stream was changed: it holds %d messages", len(got))
	}
}

func (r *rig) strike(t *testing.T, statement string) {
	t.Helper()
	_, err := r.pools.Migrate.Exec(t.Context(), "alter table archive.event_archive no force row level security; "+statement)
	must(t, err)
}

// What a start finds damaged and can mend honestly is as it was afterwards, on the positions that it had.
func TestAStartMendsWhatWasLost(t *testing.T) {
	t.Parallel()
	for name, strike := range map[string]func(*testing.T, *rig){
		"nothing":                            func(*testing.T, *rig) {},
		"the end":                            func(t *testing.T, r *rig) { r.becomes(t, r.was[:17]) },
		"everything, as after a half repair": func(t *testing.T, r *rig) { r.becomes(t, nil) },
		"a message in the middle":            func(_ *testing.T, r *rig) { r.missing = 10 },
		"a message nobody has signed":        func(_ *testing.T, r *rig) { r.missing = 27 },
		"a signed message is another":        func(t *testing.T, r *rig) { r.becomes(t, r.altered(10)) },
		"the copy: a row":                    func(t *testing.T, r *rig) { r.strike(t, "delete from archive.event_archive where position = 9") },
		"the copy: its position":             func(t *testing.T, r *rig) { r.strike(t, "delete from archive.progress") },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			strike(t, r)
			must(t, r.Start(t.Context()))
			r.mustBe(t, r.was)
		})
	}
}

// The control: without the start, the next message gets a position that was given out.
func TestWithoutAStartPositionsAreGivenOutAgain(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.becomes(t, r.was[:17])
	position, err := r.trail.Append(t.Context(), []byte("the next"))
	if err != nil || position != 18 {
		t.Fatalf("position %d: %v", position, err)
	}
}

// What only the stream has is taken along where the stream is made anew.
func TestWhatWasNotCopiedYetIsKept(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	must(t, r.Archive.Renew(t.Context(), eventlog.TrailName))
	must(t, r.Archive.Add(t.Context(), eventlog.TrailName, r.was[:24]))
	r.missing = 10
	must(t, r.Start(t.Context()))
	if r.renewed.Load() != 1 {
		t.Fatal("the stream was not made anew")
	}
	r.mustBe(t, r.was)
}

// Where nothing says what is right, nothing is changed and nothing taken in.
func TestWhatCannotBeMendedIsLeftAsItIs(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		strike  func(*testing.T, *rig)
		holds   func(*rig) []eventlog.Raw
		reasons []Reason
	}{
		"an unsigned message is another": {func(t *testing.T, r *rig) { r.becomes(t, r.altered(25)) }, func(r *rig) []eventlog.Raw { return r.altered(25) }, []Reason{LogDiffers}},
		"a hole, and the stream may not be made anew": {func(_ *testing.T, r *rig) {
			r.missing, r.Streams[0].Renew = 10, nil
		}, nil, []Reason{LogDiffers}},
		"a hole in both": {func(t *testing.T, r *rig) {
			r.missing = 10
			r.strike(t, "delete from archive.event_archive where position = 10")
		}, nil, []Reason{ArchiveDamaged, LogDiffers}},
		"the end of both": {func(t *testing.T, r *rig) {
			r.becomes(t, r.was[:22])
			r.strike(t, "delete from archive.event_archive where position > 22")
		}, func(r *rig) []eventlog.Raw { return r.was[:22] }, []Reason{ArchiveDamaged}},
		"more was applied": {func(_ *testing.T, r *rig) { r.applied = 31 }, nil, []Reason{LogShort}},
		"more was signed":  {func(_ *testing.T, r *rig) { r.signed = 31 }, nil, []Reason{SignedMissing}},
		"what was signed is unreadable": {func(_ *testing.T, r *rig) {
			r.Streams[0].Signed = func(context.Context) (uint64, error) { return 0, ErrNotSigned }
		}, nil, []Reason{SignedMissing}},
		"the copy's position is not there, and the log is shorter than its rows": {func(t *testing.T, r *rig) {
			r.becomes(t, r.was[:22])
			r.strike(t, "delete from archive.progress")
		}, func(r *rig) []eventlog.Raw { return r.was[:22] }, []Reason{ArchiveDamaged}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			c.strike(t, r)
			must(t, r.Start(t.Context()))
			holds := r.was
			if c.holds != nil {
				holds = c.holds(r)
			}
			r.mustRefuse(t, holds, c.reasons...)
			if r.renewed.Load() > 0 {
				t.Error("the stream was made anew")
			}
		})
	}
}

// What is written, copied, applied and signed while a stream is compared is no loss, whatever the comparison finds. The controls are above:
// without the message, to have applied or signed so much is one.
func TestWhatComesMeanwhileIsNoLoss(t *testing.T) {
	t.Parallel()
	for name, strike := range map[string]func(*testing.T, *rig){
		"nothing is damaged":      func(*testing.T, *rig) {},
		"the end was lost":        func(t *testing.T, r *rig) { r.becomes(t, r.was[:17]) },
		"a message was lost":      func(_ *testing.T, r *rig) { r.missing = 10 },
		"the copy has lost a row": func(t *testing.T, r *rig) { r.strike(t, "delete from archive.event_archive where position = 9") },
	} {
		for _, done := range []string{"applied", "signed"} {
			t.Run(name+", "+done, func(t *testing.T) {
				t.Parallel()
				r := newRig(t)
				strike(t, r)
				r.Streams[0].Applied = func(context.Context) (uint64, error) {
					at := r.comes(t)
					if done == "signed" {
						r.signed, at = at, r.applied
					}
					return at, nil
				}
				must(t, r.Start(t.Context()))
				r.mustBe(t, r.was)
			})
		}
	}
}

// comes makes a message more come to the stream, as from another process.
func (r *rig) comes(t *testing.T) uint64 {
	t.Helper()
	at, err := r.trail.Append(t.Context(), fmt.Appendf(nil, "message %d", len(r.was)+1))
	must(t, err)
	r.was = r.holds(t)
	return at
}

// A damaged copy that goes on while the stream is proven is not ahead of it. The control is above: one that is makes the start refuse.
func TestACopyThatGoesOnMeanwhileIsNotAhead(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.strike(t, "delete from archive.event_archive where position = 9")
	r.Streams[0].Prove = func(ctx context.Context, from Source) error {
		err := r.prove(ctx, from)
		r.comes(t)
		must(t, r.Archive.Add(ctx, eventlog.TrailName, r.was[accepted:]))
		return err
	}
	must(t, r.Start(t.Context()))
	r.mustBe(t, r.was)
}

// slow is a stream whose server has not heard yet of what was applied when it is asked first.
type slow struct {
	holed
	asked *atomic.Int32
	hears func()
}

func (s slow) Extent(ctx context.Context, least uint64) (eventlog.Extent, error) {
	if least > accepted {
		if s.asked.Add(1) == 1 {
			return eventlog.Extent{}, eventlog.ErrSeemsShort
		}
		s.hears()
	}
	return s.holed.Extent(ctx, least)
}

// A server that knows less than what was applied or signed is asked again.
func TestAServerThatKnowsLessIsAskedAgain(t *testing.T) {
	t.Parallel()
	for _, done := range []string{"applied", "signed"} {
		t.Run(done, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			if done == "applied" {
				r.applied = accepted + 1
			} else {
				r.signed = accepted + 1
			}
			var asked atomic.Int32
			r.Streams[0].Log = slow{holed{r.trail, r}, &asked, func() { r.comes(t) }}
			must(t, r.check(t.Context(), r.Streams[0], false))
			r.mustBe(t, r.was)
			if asked.Load() != 2 {
				t.Errorf("it was asked %d times", asked.Load())
			}
		})
	}
}

// A service that runs takes nothing more in and leaves the mending to the next start, when nobody writes.
func TestARunningServiceMendsNothing(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		strike func(*testing.T, *rig)
		reason Reason
	}{
		"the end":     {func(t *testing.T, r *rig) { r.becomes(t, r.was[:17]) }, LogShort},
		"a message":   {func(_ *testing.T, r *rig) { r.missing = 10 }, LogDiffers},
		"in the copy": {func(t *testing.T, r *rig) { r.strike(t, "delete from archive.event_archive where position = 9") }, ArchiveDamaged},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			c.strike(t, r)
			held := r.holds(t)
			must(t, r.check(t.Context(), r.Streams[0], false))
			r.mustRefuse(t, held, c.reason)
			r.Guard = r.process(t)
			must(t, r.Start(t.Context()))
			r.mustBe(t, r.was)
		})
	}
}

// crowded tells when messages are put back, and may hold that up.
type crowded struct {
	holed
	refill func()
}

func (c crowded) Refill(ctx context.Context, messages []eventlog.Raw) error {
	c.refill()
	return c.holed.Refill(ctx, messages)
}

// Two processes that start at a time mend one after the other. The control: without the lease both put the same messages back, and at
// least one of them fails.
func TestTwoProcessesMendOneAfterTheOther(t *testing.T) {
	t.Parallel()
	for _, alone := range []bool{true, false} {
		t.Run(map[bool]string{true: "with the lease", false: "control"}[alone], func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			r.becomes(t, r.was[:17])
			var both sync.WaitGroup // until the second process waits for the lease, or both are about to put back
			both.Add(2)
			var once sync.Once
			guards := []*Guard{r.Guard, r.process(t)}
			for i, g := range guards {
				log := crowded{holed{r.trail, r}, func() { both.Done(); both.Wait() }}
				if alone {
					log.refill = func() { once.Do(func() { both.Done(); both.Wait() }) }
				}
				g.Streams[0].Log = log
				leased := g.Alone
				g.Alone = func(ctx context.Context, work func(context.Context) error) error {
					switch {
					case !alone:
						return work(ctx)
					case i == 1:
						both.Done()
					}
					return leased(ctx, work)
				}
			}
			errs := make([]error, 2)
			var done sync.WaitGroup
			for i, g := range guards {
				done.Go(func() { errs[i] = g.Start(t.Context()) })
			}
			done.Wait()
			if failed := errs[0] != nil || errs[1] != nil; failed == alone {
				t.Errorf("with the lease: %v; the starts ended with %v and %v", alone, errs[0], errs[1])
			}
			if alone {
				r.mustBe(t, r.was)
			}
		})
	}
}
