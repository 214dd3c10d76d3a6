//go:build linux

package faults

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"syscall"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"songtor/internal/eventlog"
	"songtor/internal/transparency"
)

// How soon after a fault the service has to accept and show forms again: after a kill, and after a power cut on a disk in user space. The
// short form runs beside other things and is patient.
var (
	afterKill  = either(10*time.Second, 30*time.Second)
	afterPower = 30 * time.Second
)

// world is a service with its stores, each a process of its own, and the clients who use it.
type world struct {
	nats     *natsServer
	postgres *postgres
	service  *service
	load     *load
}

func newWorld(t *testing.T, part uint64) *world {
	t.Helper()
	w := &world{nats: oneNATS(t), postgres: newPostgres(t)}
	w.service = newService(t, outside(w.nats.url(), w.nats.system(), 1, w.postgres)...)
	w.service.createStreams(t, w.nats.url(), 1)
	w.service.begin(t)
	w.load = newLoad(w.service.url(), w.service.officer, w.service.manager, part)
	return w
}

// target is something that can be killed and is started again at once, as a supervisor does.
type target struct {
	name  string
	kill  func()
	run   func(*testing.T)
	limit time.Duration
}

func (w *world) targets() []target {
	return []target{
		{"service", func() { w.service.process.kill() }, func(t *testing.T) { t.Helper(); must(t, w.service.run()) }, afterKill},
		{"NATS", w.nats.kill, w.nats.run, afterKill},
		{"PostgreSQL", w.postgres.kill, func(t *testing.T) { t.Helper(); must(t, w.postgres.run(t.Context())) }, afterKill},
	}
}

// TestKillsLoseNothing kills the service, NATS and PostgreSQL in turn, at moments that nobody knows, while clients work.
func TestKillsLoseNothing(t *testing.T) {
	cycles := either(200, 6)
	w := newWorld(t, 1)
	choose := chooser(100)
	ctx, cancel := context.WithTimeout(t.Context(), either(75*time.Minute, 5*time.Minute))
	defer cancel()
	w.load.work(ctx, 8, 1)
	times := map[string][]time.Duration{}
	for n := range cycles {
		victim := w.targets()[n%3]
		w.cycle(ctx, t, victim, choose, times)
	}
	within(t, time.Minute, "the last answers", func() bool { return w.load.acceptedForms() > 0 })
	w.load.stop()
	verdict := w.verdict(t, openLog(t, w.nats.url()))
	ready := w.readyAgain(t)
	results.add(result{fault: "clean restart of service, to ready", times: len(ready), recovered: ready, control: "-"})
	for _, victim := range w.targets() {
		results.add(result{fault: "kill -9 of " + victim.name, times: len(times[victim.name]), recovered: times[victim.name], control: "as all kills"})
	}
	results.add(result{fault: "all kills", times: cycles, accepted: w.load.acceptedForms(), lost: verdict.lost, doubled: verdict.doubled, control: "services that acknowledge early, forget or read stale are caught"})
}

// readyAgain stops the service and starts it again, some times, and returns how long each start took until it was ready.
func (w *world) readyAgain(t *testing.T) (times []time.Duration) {
	t.Helper()
	for range either(5, 1) {
		w.service.process.end(syscall.SIGTERM)
		began := time.Now()
		must(t, w.service.run())
		w.service.ready(t)
		times = append(times, time.Since(began))
	}
	return times
}

// cycle kills and starts one of them, and waits until the service accepts and shows forms again.
func (w *world) cycle(ctx context.Context, t *testing.T, victim target, choose *rand.Rand, times map[string][]time.Duration) {
	t.Helper()
	time.Sleep(time.Duration(choose.IntN(1200)) * time.Millisecond) // the moment is part of the test
	killed := time.Now()
	victim.kill()
	victim.run(t)
	took := w.load.probe(ctx, t, killed, 2*victim.limit)
	if took < 0 {
		t.Fatalf("%v after a kill of %s forms are not accepted and shown; %s\n%s", 2*victim.limit, victim.name, w.load.trouble(), w.service.logs())
	}
	if took > victim.limit {
		t.Errorf("after a kill of %s it took %v until forms were accepted and shown", victim.name, took)
	}
	times[victim.name] = append(times[victim.name], took)
}

// verdict has all judges look at what happened.
func (w *world) verdict(t *testing.T, log *eventlog.Log) losses {
	t.Helper()
	return finish(t, w.service, w.load, log)
}

// finish has all judges look at what a service that is at rest was asked and has.
func finish(t *testing.T, s *service, l *load, log *eventlog.Log) losses {
	t.Helper()
	for what, times := range l.odd {
		t.Errorf("%d times: %s", times, what)
	}
	for _, fault := range judge(l.operations) {
		t.Error(fault)
	}
	entries, root := readLog(t, log)
	found := audit(l.receipts, entries)
	for i, fault := range found.faults {
		if i == 20 {
			t.Errorf("and %d more", len(found.faults)-i)
			break
		}
		t.Error(fault)
	}
	mustPublish(t, s, int64(len(entries)), root)
	mustShowOnce(t, s, entries)
	t.Logf("%d operations, %d receipts, %d forms, %d commits, %d refusals; lost %d, doubled %d",
		len(l.operations), len(l.receipts), l.acceptedForms(), len(entries), l.refused, found.lost, found.doubled)
	return found
}

// mustPublish waits for the checkpoint that covers the log, and holds its root against the log.
func mustPublish(t *testing.T, s *service, size int64, root tlog.Hash) {
	t.Helper()
	var c transparency.Checkpoint
	within(t, transparency.MMD, "the checkpoint of the whole log", func() bool {
		status, _, body, err := call(t.Context(), s.url(), s.officer, http.MethodGet, "/api/v1/log/checkpoint/cases", nil)
		if err != nil || status != http.StatusOK {
			return false
		}
		c, err = transparency.ParseCheckpoint(body)
		must(t, err)
		return c.Size >= size
	})
	if c.Size != size || c.Root != root {
		t.Errorf("the published root of %d messages is %v; the log has %d and the root %v", c.Size, c.Root, size, root)
	}
}

// mustShowOnce pages through every stage view and wants each case of the log in exactly one, once.
func mustShowOnce(t *testing.T, s *service, entries []entry) {
	t.Helper()
	shown := map[string]int{}
	for _, stage := range []string{"frontline", "screening", "identification", "protection"} {
		for next := ""; ; {
			var page struct {
				Items []struct {
					CaseID string `json:"case_id"`
				}
				Next string
			}
			path := fmt.Sprintf("/api/v1/stages/%s/cases?limit=200", stage)
			if next != "" {
				path += "&after=" + next
			}
			s.mustCall(t, s.officer, http.MethodGet, path, nil, &page, "Songtor-Position", fmt.Sprint(entries[len(entries)-1].position))
			for _, item := range page.Items {
				shown[item.CaseID]++
			}
			if next = page.Next; next == "" {
				break
			}
		}
	}
	wrong, cases := 0, map[string]bool{}
	for _, e := range entries {
		cases[e.caseID] = true
	}
	for id := range cases {
		if shown[id] != 1 {
			wrong++
			t.Logf("the stage views show case %s %d times", id, shown[id])
		}
	}
	if wrong > 0 || len(shown) != len(cases) {
		t.Errorf("%d cases are not shown exactly once; %d cases are shown and %d exist", wrong, len(shown), len(cases))
	}
}
