//go:build linux

package faults

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/google/uuid"

	"songtor/domain"
	"songtor/internal/embedded"
	"songtor/internal/eventlog"
)

// box is a service that keeps its own stores, PostgreSQL and the log, on a machine's disk.
type box struct {
	service *service
	machine *machine
	load    *load
}

// newBox sets the service up on a good disk, and moves it to a machine.
func newBox(t *testing.T, mode string, part uint64) *box {
	t.Helper()
	s := newService(t)
	s.begin(t)
	s.process.end(syscall.SIGTERM)
	b := &box{s, newMachine(t, s.dir, mode), newLoad(s.url(), s.officer, s.manager, part)}
	s.wrap = b.machine.wrap
	return b
}

func (b *box) run(t *testing.T) {
	t.Helper()
	b.machine.boot(t)
	must(t, b.service.run())
}

// platterLog opens the log as it lies on the platter, which is what a power cut at this moment would leave. The error is eventlog's.
func (b *box) platterLog(t *testing.T) (*eventlog.Log, error) {
	t.Helper()
	store := folder(t, "")
	copyTree(t, filepath.Join(b.machine.platter, "data", "nats"), store)
	return logIn(t, store)
}

// logIn opens the log of a folder that no server has. The error is eventlog's.
func logIn(t *testing.T, store string) (*eventlog.Log, error) {
	t.Helper()
	server, err := embedded.StartNATS(embedded.NATSConfig{Dir: store, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		return nil, err
	}
	t.Cleanup(server.Shutdown)
	nc, err := server.Connect()
	must(t, err)
	t.Cleanup(nc.Close)
	return eventlog.Open(t.Context(), nc, eventlog.Options{ServerReport: func(context.Context) ([]eventlog.ServerReport, error) {
		return []eventlog.ServerReport{{Name: nc.ConnectedServerName(), SyncAlways: true}}, nil
	}})
}

// TestPowerCutsOfOneMachineLoseNothing cuts the power of a machine on which everything runs: the service, its log and its PostgreSQL. What
// was not synced is dropped, or torn, in turn.
func TestPowerCutsOfOneMachineLoseNothing(t *testing.T) {
	onlyWhole(t)
	needMachines(t)
	const cuts = 15
	b := newBox(t, dropping, 2)
	b.run(t)
	b.service.ready(t)
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Minute)
	defer cancel()
	b.load.work(ctx, 8, 2)
	w := &world{service: b.service, load: b.load}
	times := map[string][]time.Duration{}
	for n := range cuts {
		w.cycle(ctx, t, target{"power", b.service.process.kill, func(t *testing.T) {
			t.Helper()
			b.machine.mode = []string{dropping, tearing}[n%2]
			b.run(t)
		}, afterPower}, chooser(uint64(200+n)), times)
	}
	b.load.stop()
	log, err := b.platterLog(t)
	must(t, err)
	found := finish(t, b.service, b.load, log)
	results.add(result{
		fault: "power cut of one machine", times: cuts, accepted: b.load.acceptedForms(), recovered: times["power"],
		lost: found.lost, doubled: found.doubled, control: lyingDisk(t),
	})
}

// lyingDisk is the control: the same service on a disk whose syncs do nothing has to lose what it accepted.
func lyingDisk(t *testing.T) string {
	t.Helper()
	b := newBox(t, lying, 3)
	b.run(t)
	b.service.ready(t)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	b.load.work(ctx, 4, 3)
	within(t, time.Minute, "some work", func() bool { return b.load.acceptedForms() > 20 })
	b.service.process.kill()
	cancel()
	b.load.stop()
	var entries []entry
	if log, err := b.platterLog(t); err == nil {
		entries, _ = readLog(t, log)
	}
	lost := audit(b.load.receipts, entries).lost
	if lost == 0 {
		t.Errorf("a disk that lies lost none of %d receipts: the judges see no loss", len(b.load.receipts))
	}
	return fmt.Sprintf("a lying disk lost %d of %d", lost, len(b.load.receipts))
}

// TestTheDefaultSyncLosesAndAlwaysDoesNot cuts the power of one server and of three under the same writers, with both settings. It is the
// reason for which the service refuses a server that does not sync always, and the control of the file system.
func TestTheDefaultSyncLosesAndAlwaysDoesNot(t *testing.T) {
	needMachines(t)
	for _, nodes := range either([]int{1, 3}, []int{1}) {
		lost := map[string]string{}
		for _, sync := range []string{"always", "2m"} {
			c := newCluster(t, nodes, sync, dropping)
			given := c.write(t, either(400, 100))
			c.stop()
			c.boot(t)
			missing := audit(given, c.read(t)).lost
			if (missing > 0) != (sync != "always") {
				t.Errorf("%d nodes with sync_interval %s lost %d of %d", nodes, sync, missing, len(given))
			}
			lost[sync] = fmt.Sprintf("%d of %d", missing, len(given))
			c.stop()
		}
		t.Logf("%d nodes: with sync always %s lost, with the default %s", nodes, lost["always"], lost["2m"])
		results.add(result{fault: fmt.Sprintf("power cut of %d bare nodes", nodes), times: 1, control: "the default sync lost " + lost["2m"]})
	}
}

// write appends commits from several writers until there are so many, and returns the receipts.
func (c *cluster) write(t *testing.T, commits int) []receipt {
	t.Helper()
	log := openLog(t, c.url())
	var mu sync.Mutex
	var given []receipt
	var writers sync.WaitGroup
	for range 8 {
		writers.Go(func() {
			for range commits / 8 {
				r, err := appendOne(t.Context(), log)
				if err != nil {
					t.Errorf("couldn't append: %v", err)
					return
				}
				mu.Lock()
				given = append(given, r)
				mu.Unlock()
			}
		})
	}
	writers.Wait()
	return given
}

// appendOne appends the first commit of a case.
func appendOne(ctx context.Context, log *eventlog.Log) (receipt, error) {
	now := time.Now().UTC()
	hidden := func(text string) domain.Private {
		return domain.Private{Scope: domain.ScopeSensitive, Sealed: &domain.Sealed{KeyID: "none", Ciphertext: []byte(text)}}
	}
	c := &domain.Commit{
		ID: uuid.NewString(), CaseID: uuid.NewString(), Number: 1, Command: "record-consent", RecordedAt: now,
		Actor:       domain.Actor{User: "writer", Agency: "rtp-atpd", Role: domain.Responder},
		Standing:    domain.Standing{Reference: "0123-4567-89AB-CDEF", Stage: domain.Screening, Status: domain.ToConclude, Agency: "rtp-atpd", Province: "TH-10", Since: now},
		Fingerprint: hidden("fingerprint"),
		Facts:       []domain.Fact{{HappenedAt: now, Event: &domain.ConsentGiven{Purpose: domain.ToReferral, Details: hidden("details")}}},
	}
	if err := log.Append(ctx, c, 0); err != nil {
		return receipt{}, err
	}
	return receipt{CommandID: c.ID, CaseID: c.CaseID, Position: c.Position, Digest: c.Digest}, nil
}

// read reads the log after a cut. A stream that is gone is an empty one.
func (c *cluster) read(t *testing.T) []entry {
	t.Helper()
	nc, err := eventlog.Dial(c.url())
	must(t, err)
	defer nc.Close()
	var entries []entry
	within(t, 30*time.Second, "the reading of the log", func() bool {
		log, err := eventlog.Open(t.Context(), nc, eventlog.Options{Replicas: 1, ServerReport: credulous(nc)})
		switch {
		case errors.Is(err, eventlog.ErrNoStream):
			return true
		case err != nil:
			return false
		}
		entries, _ = readLog(t, log)
		return true
	})
	return entries
}

// TestPowerCutsOfThreeMachinesLoseNothing cuts the power of all three nodes of the log at once, under the service's clients.
func TestPowerCutsOfThreeMachinesLoseNothing(t *testing.T) {
	onlyWhole(t)
	needMachines(t)
	const cuts = 15
	c := newCluster(t, 3, "always", dropping)
	defer c.stop()
	w := c.world(t, 4)
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Minute)
	defer cancel()
	w.load.work(ctx, 8, 4)
	times := map[string][]time.Duration{}
	for n := range cuts {
		w.cycle(ctx, t, target{"power", c.stop, func(t *testing.T) {
			t.Helper()
			for _, m := range c.machines {
				m.mode = []string{dropping, tearing}[n%2]
			}
			c.boot(t)
		}, afterPower}, chooser(uint64(300+n)), times)
	}
	w.load.stop()
	found := w.verdict(t, openLog(t, c.url()))
	results.add(result{
		fault: "power cut of three nodes", times: cuts, accepted: w.load.acceptedForms(), recovered: times["power"],
		lost: found.lost, doubled: found.doubled, control: "the default sync loses, as bare nodes",
	})
}
