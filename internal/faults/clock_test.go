//go:build linux

package faults

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/uuid"

	"songtor/domain"
	"songtor/internal/eventlog"
)

// What makes a service whose clock can be set while it runs: time.Now adds a step, and a goroutine of the program reads it from a file. The
// time that has passed, by which pauses and time-outs are measured, is left alone, as where a machine's clock is set.
const (
	clockFile = "SONGTOR_FAULTS_CLOCK"

	reading = "sec, nsec, mono := runtimeNow()\n\tif mono == 0 {"
	stepped = "sec, nsec, mono := runtimeNow()\n\tsec += FaultsStep.Load()\n\tif mono == 0 {"

	follower = `package main

import (
	"os"
	"strconv"
	"time"
)

func init() {
	read := func() {
		text, err := os.ReadFile(os.Getenv("` + clockFile + `"))
		if err != nil {
			return
		}
		if step, err := strconv.ParseInt(string(text), 10, 64); err == nil {
			time.FaultsStep.Store(step)
		}
	}
	read()
	go func() {
		for range time.Tick(10 * time.Millisecond) {
			read()
		}
	}()
}
`
)

// steppable builds the service with a clock that can be set. The first time, that takes minutes: everything depends on package time.
func steppable(t *testing.T) string {
	t.Helper()
	tool := func(arguments ...string) string {
		out, err := exec.CommandContext(t.Context(), "go", arguments...).Output()
		must(t, err)
		return strings.TrimSpace(string(out))
	}
	clock := filepath.Join(tool("env", "GOROOT"), "src", "time", "time.go")
	source, err := os.ReadFile(clock)
	must(t, err)
	if strings.Count(string(source), reading) != 1 {
		lacks(t, "a clock step needs a package time whose Now is known here")
	}
	set := strings.Replace(string(source), reading, stepped, 1)
	set = strings.Replace(set, "import (", "import (\n\t\"sync/atomic\"", 1) + "\n// FaultsStep is what a test adds to the clock, in seconds.\nvar FaultsStep atomic.Int64\n"
	dir := t.TempDir()
	replace := map[string]string{}
	for at, text := range map[string]string{clock: set, filepath.Join(tool("list", "-f", "{{.Dir}}", "songtor/cmd/songtor"), "faults_clock.go"): follower} {
		replace[at] = filepath.Join(dir, filepath.Base(at))
		must(t, os.WriteFile(replace[at], []byte(text), 0o600))
	}
	overlay, err := json.Marshal(map[string]any{"Replace": replace})
	must(t, err)
	must(t, os.WriteFile(filepath.Join(dir, "overlay.json"), overlay, 0o600))
	return program.songtor(t, "songtor-steppable", "-overlay", filepath.Join(dir, "overlay.json"))
}

// clock is that of a service whose clock can be set.
type clock struct {
	file    string
	service *service
}

// newClock gives a service a clock that can be set. It is right.
func newClock(t *testing.T, s *service) clock {
	t.Helper()
	c := clock{filepath.Join(folder(t, ""), "clock"), s}
	s.binary, s.env = steppable(t), []string{clockFile + "=" + c.file}
	c.write(t, 0)
	return c
}

func (c clock) write(t *testing.T, step time.Duration) {
	t.Helper()
	must(t, os.WriteFile(c.file+".new", fmt.Append(nil, int64(step/time.Second)), 0o600))
	must(t, os.Rename(c.file+".new", c.file))
}

// set sets the clock so far from the right time, and waits until the service answers by it: without that nothing would be shown.
func (c clock) set(t *testing.T, step time.Duration) {
	t.Helper()
	c.write(t, step)
	within(t, 30*time.Second, "the service's clock", func() bool {
		_, header, _, err := call(t.Context(), c.service.url(), "", http.MethodGet, "/healthz", nil)
		if err != nil {
			return false
		}
		said, err := http.ParseTime(header.Get("Date"))
		return err == nil && said.Sub(time.Now().Add(step)).Abs() < 5*time.Second
	})
}

// TestClockStepsLoseNothing sets the clock of the service's machine forwards and backwards, by minutes under the clients' work and by hours
// and weeks between, and kills the service while its clock is wrong. Once the log and the database lie on other machines whose clocks are
// right, and once the log is in the same process, and its clock is as wrong.
func TestClockStepsLoseNothing(t *testing.T) {
	onlyWhole(t)
	nats, postgres := oneNATS(t), newPostgres(t)
	elsewhere := newService(t, outside(nats.url(), nats.system(), 1, postgres)...)
	elsewhere.createStreams(t, nats.url(), 1)
	clockSteps(t, "the service's clock set", elsewhere, 8, func() *eventlog.Log { return openLog(t, nats.url()) })
	together := newService(t)
	clockSteps(t, "the clock of service and log set", together, 9, func() *eventlog.Log {
		together.process.end(syscall.SIGTERM)
		store := folder(t, "")
		copyTree(t, filepath.Join(together.data(), "nats"), store)
		must(t, together.run())
		together.ready(t)
		log, err := logIn(t, store)
		must(t, err)
		return log
	})
}

func clockSteps(t *testing.T, fault string, s *service, part uint64, open func() *eventlog.Log) {
	t.Helper()
	c := newClock(t, s)
	s.begin(t)
	w := &world{service: s, load: newLoad(s.url(), s.officer, s.manager, part)}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
	defer cancel()
	var times []time.Duration
	serves := func(step time.Duration, since time.Time) {
		t.Helper()
		took := w.load.probe(ctx, t, since, 2*afterKill)
		if took < 0 {
			t.Fatalf("%s by %v: for %v forms are not accepted and shown; %s\n%s", fault, step, 2*afterKill, w.load.trouble(), s.logs())
		}
		times = append(times, took)
	}
	waiting := w.concluded(ctx, t) // a case with a deadline in 15 days
	w.load.work(ctx, 8, part)
	for _, step := range []time.Duration{4 * time.Minute, 0, 10 * time.Minute, 0, -4 * time.Minute, 0, -10 * time.Minute, 0} {
		since := time.Now()
		c.set(t, step)
		serves(step, since)
	}
	for i, step := range []time.Duration{3 * time.Hour, 0, -3 * time.Hour, 0, 20 * 24 * time.Hour} {
		w.load.stop()
		since := time.Now()
		c.set(t, step)
		w.signInAnew(t, step > time.Hour)
		w.load.stopping.Store(false)
		w.load.work(ctx, 8, part*10+uint64(i))
		serves(step, since)
		if step == 3*time.Hour || step == -3*time.Hour {
			since = time.Now()
			s.process.kill()
			must(t, s.run())
			serves(step, since)
		}
	}
	w.load.stop()
	missed := w.misses(t, waiting)
	if missed > 0 {
		t.Errorf("%s: %d deadlines count as missed by a clock that was set forward", fault, missed)
	}
	// The control: a program that starts by a wrong clock cannot know that it is wrong.
	s.process.kill()
	must(t, s.run())
	s.ready(t)
	within(t, time.Minute, "the missed deadline", func() bool { return w.misses(t, waiting) > 0 })
	c.set(t, 0)
	w.signInAnew(t, false)
	log := open()
	found := finish(t, s, w.load, log)
	results.add(result{
		fault: fault, times: len(times), accepted: w.load.acceptedForms(), recovered: times, lost: found.lost, doubled: found.doubled,
		control: fmt.Sprintf("started by a clock 20 days ahead it records a missed deadline; %d of the commits lie before an earlier one by time", outOfTime(t, log)),
	})
}

// concluded makes a case whose identification is due in some days.
func (w *world) concluded(ctx context.Context, t *testing.T) (caseID string) {
	t.Helper()
	r, _, ok := w.load.ask(ctx, 0, w.load.submission(w.load.forms.take(), false, true))
	if !ok {
		t.Fatal("the first form is not accepted")
	}
	w.service.mustCall(t, w.service.manager, http.MethodPost, "/api/v1/cases/"+r.CaseID+"/conclude-screening",
		[]byte(`{"grounds":"yes","elements":{"act":"present"},"narrative":"n"}`), nil, "Idempotency-Key", uuid.NewString())
	return r.CaseID
}

// misses counts the missed deadlines that a case knows of.
func (w *world) misses(t *testing.T, caseID string) int {
	t.Helper()
	status, _, body, err := call(t.Context(), w.service.url(), w.service.manager, http.MethodGet, "/api/v1/cases/"+caseID+"/timeline", nil)
	must(t, err)
	if status != http.StatusOK {
		t.Fatalf("the timeline: status %d: %s", status, body)
	}
	return strings.Count(string(body), fmt.Sprintf("%q", new(domain.DeadlineMissed).EventType()))
}

// signInAnew begins new sessions for the clients, who are at rest. Where the clock went past the end of the old ones, these have to be over.
func (w *world) signInAnew(t *testing.T, over bool) {
	t.Helper()
	if over {
		within(t, 10*time.Second, "the end of a session that is over by the clock", func() bool { // answers are remembered for a moment
			status, _, _, err := call(t.Context(), w.service.url(), w.service.officer, http.MethodGet, "/api/v1/stages/screening/cases?limit=1", nil)
			return err == nil && status == http.StatusUnauthorized
		})
	}
	w.service.officer, w.service.manager = w.service.begins(t, "officer"), w.service.begins(t, "manager")
	w.load.officer, w.load.manager = w.service.officer, w.service.manager
}

// outOfTime counts the commits that the log took at an earlier time than one before them: whoever ordered by time would see as many in a
// wrong place.
func outOfTime(t *testing.T, log *eventlog.Log) (count int) {
	t.Helper()
	head, err := log.Head(t.Context())
	must(t, err)
	var latest time.Time
	must(t, log.ScanRaw(t.Context(), 0, head, func(records []eventlog.Raw) error {
		for _, r := range records {
			if r.Accepted.Before(latest) {
				count++
				continue
			}
			latest = r.Accepted
		}
		return nil
	}))
	return count
}
