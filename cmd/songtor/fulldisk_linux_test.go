package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"golang.org/x/sys/unix"

	"songtor/internal/testenv"
)

const (
	diskSize = 1 << 30 // bytes; of them 82 MiB are kept free while something is taken in
	spare    = 24 << 20
	senders  = 16
	// How long the service may take to come to where nothing is taken in, and back after there is space.
	fillingTakes, recoveryTakes = 3 * time.Minute, 30 * time.Second
)

// small is an installation of which everything lies on a small disk.
type small struct {
	*installation
	officer, manager string
	watched          bool // the space of the disk is watched
	bodies           [][]byte

	mu       sync.Mutex
	sent     map[string][]byte // forms, by path
	receipts map[string][]byte // by path
	refused  map[string]bool   // paths of forms that were refused at least once
	faults   []string          // answers that are neither a receipt nor a plain refusal
}

// The shares of free space that come with the program, and none: those of whoever runs the tests may be for a crowded disk.
var (
	usualShares = []string{"SONGTOR_SPACE_WARN=15", "SONGTOR_SPACE_REFUSE=8", "SONGTOR_SPACE_STOP=3"}
	noShares    = []string{"SONGTOR_SPACE_WARN=0", "SONGTOR_SPACE_REFUSE=0", "SONGTOR_SPACE_STOP=0"}
)

func newSmall(t *testing.T, watched bool) *small {
	t.Helper()
	s := &small{installation: newInstallation(t), sent: map[string][]byte{}, receipts: map[string][]byte{}, refused: map[string]bool{}, watched: watched}
	key, err := os.ReadFile(s.kek)
	must(t, err)
	if err := unix.Mount("tmpfs", s.dir, "tmpfs", 0, fmt.Sprintf("size=%d,mode=0711", diskSize)); err != nil {
		t.Skipf("NOT PROVEN HERE: a small disk cannot be mounted (%v); run as root", err)
	}
	t.Cleanup(func() { _ = unix.Unmount(s.dir, unix.MNT_DETACH) })
	must(t, os.WriteFile(s.kek, key, 0o600))
	s.environment = noShares
	if watched {
		s.environment = usualShares
	}
	s.begin(t)
	s.officer, s.manager = s.signIn(t, "officer"), s.signIn(t, "manager")
	for seed := range uint64(4) {
		_, body := screeningFor(t, 700+seed)
		s.bodies = append(s.bodies, body)
	}
	return s
}

func (s *small) free(t *testing.T) int64 {
	t.Helper()
	var fs unix.Statfs_t
	must(t, unix.Statfs(s.dir, &fs))
	return int64(fs.Bavail) * fs.Bsize
}

func (s *small) ballast() string { return filepath.Join(s.dir, "ballast") }

// leave takes so much of the disk that so much is left.
func (s *small) leave(t *testing.T, left int64) {
	t.Helper()
	f, err := os.Create(s.ballast())
	must(t, err)
	must(t, unix.Fallocate(int(f.Fd()), 0, 0, s.free(t)-left))
	must(t, f.Close())
}

// send sends forms one after the other until it is enough, each again until it has its receipt, as a phone does, or until ctx ends.
func (s *small) send(ctx context.Context, n int, enough <-chan struct{}) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-enough:
			return
		default:
		}
		path, body := "/api/v1/screenings/"+uuid.NewString(), s.bodies[n%len(s.bodies)]
		s.mu.Lock()
		s.sent[path] = body
		s.mu.Unlock()
		for done := false; !done && ctx.Err() == nil; {
			a, err := s.ask(ctx, s.officer, http.MethodPut, path, body)
			if ctx.Err() != nil {
				return
			}
			done = s.note(path, a, err)
			if !done {
				time.Sleep(50 * time.Millisecond) // a phone waits for longer: Retry-After
			}
		}
	}
}

// note takes note of an answer to a form, and reports whether it was a receipt.
func (s *small) note(path string, a answer, err error) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case err != nil:
		s.faults = append(s.faults, "nobody answers: "+err.Error())
	case a.status == http.StatusCreated, a.status == http.StatusOK && s.refused[path]:
		s.receipts[path] = a.body
		return true
	case a.refusedAs("read-only"), !s.watched && a.refusedAs("unavailable"):
		s.refused[path] = true
	case a.refusedAs("busy"):
	default:
		s.faults = append(s.faults, fmt.Sprintf("%d %s", a.status, a.body))
	}
	return false
}

func (s *small) counts() (accepted, refused int, faults []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.receipts), len(s.refused), s.faults
}

// reads reports what is wrong with what people read at this moment, and nil where nothing is.
func (s *small) reads(ctx context.Context) error {
	for _, path := range []string{"/readyz", "/api/v1/stages/screening/cases?limit=20"} {
		a, err := s.ask(ctx, s.manager, http.MethodGet, path, nil)
		if err != nil {
			return err
		}
		if a.status != http.StatusOK {
			return fmt.Errorf("%s answers %d %s", path, a.status, a.body)
		}
	}
	return nil
}

// fill sends forms until the disk refuses, says what it saw wrong until there was space again, and returns when every form has its receipt.
func (s *small) fill(t *testing.T) error {
	t.Helper()
	sending, stop := context.WithCancel(t.Context())
	defer stop()
	enough := make(chan struct{})
	var running sync.WaitGroup
	for n := range senders {
		running.Go(func() { s.send(sending, n, enough) })
	}
	err := s.untilRefused()
	if err == nil && s.watched {
		err = s.whileRefused(t)
	}
	must(t, os.Remove(s.ballast()))
	if err == nil {
		err = s.goesOn(t)
	}
	if err != nil {
		stop()
	}
	close(enough)
	running.Wait()
	if _, _, faults := s.counts(); err == nil && len(faults) > 0 {
		err = fmt.Errorf("%d strange answers: %.300s", len(faults), faults[0])
	}
	return err
}

// until waits for a condition, and fails where somebody got a strange answer meanwhile.
func (s *small) until(most time.Duration, what string, is func() bool) error {
	for deadline := time.Now().Add(most); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		if _, _, faults := s.counts(); len(faults) > 0 {
			return fmt.Errorf("a strange answer: %.300s", faults[0])
		}
		if is() {
			return nil
		}
	}
	return errors.New(what)
}

func (s *small) untilRefused() error {
	return s.until(fillingTakes, "nothing was refused", func() bool {
		_, refused, _ := s.counts()
		return refused >= senders
	})
}

// whileRefused holds that for some time of pressing on nothing is accepted and everything can be read.
func (s *small) whileRefused(t *testing.T) error {
	t.Helper()
	before, _, _ := s.counts()
	for range 20 {
		if err := s.reads(t.Context()); err != nil {
			return fmt.Errorf("while nothing is taken in: %w", err)
		}
		time.Sleep(50 * time.Millisecond) // so long the senders press on
	}
	ready := s.call(t, "", http.MethodGet, "/readyz", nil)
	if ready.field(t, "status") != "read_only" || !bytes.Contains(ready.body, []byte("disk_low")) {
		return fmt.Errorf("/readyz says %s", ready.body)
	}
	if after, _, _ := s.counts(); after != before {
		return fmt.Errorf("%d forms were accepted while nothing is taken in", after-before)
	}
	t.Logf("nothing is taken in from %d MiB of free space on, after %d forms; reading goes on", s.free(t)>>20, before)
	return nil
}

// goesOn holds that after there is space every form that was refused gets its receipt.
func (s *small) goesOn(t *testing.T) error {
	t.Helper()
	at := time.Now()
	err := s.until(recoveryTakes, "refused forms are still not accepted", func() bool {
		s.mu.Lock()
		defer s.mu.Unlock()
		for path := range s.refused {
			if s.receipts[path] == nil {
				return false
			}
		}
		return true
	})
	if err == nil {
		t.Logf("every refused form had its receipt %s after there was space", time.Since(at).Round(time.Millisecond))
	}
	return err
}

// A disk that fills up makes the service read-only before an engine meets its end; nothing that was accepted is lost or doubled, and when
// there is space again it goes on by itself.
func TestAFullDiskLosesNothing(t *testing.T) {
	t.Parallel()
	s := newSmall(t, true)
	s.leave(t, diskSize*8/100+spare)
	if err := s.fill(t); err != nil {
		t.Fatalf("%v\n%.3000s", err, s.output)
	}
	for path, receipt := range s.receipts {
		again, err := s.ask(t.Context(), s.officer, http.MethodPut, path, s.sent[path])
		if err != nil || again.status != http.StatusOK || !bytes.Equal(again.body, receipt) {
			t.Fatalf("a receipt became %d %s (%v), and was %s", again.status, again.body, err, receipt)
		}
	}
	testenv.Eventually(t, time.Minute, func() bool { // every message of the log has its receipt, so that none is there twice
		page := s.call(t, "", http.MethodGet, "/metrics", nil).body
		return bytes.Contains(page, fmt.Appendf(nil, "songtor_log_head_position{tree=\"cases\"} %d\n", len(s.receipts)))
	})
	t.Logf("%d forms have their receipts, %d of them after they were refused", len(s.receipts), len(s.refused))
}

// The control: where nobody watches the space, the same load on the same disk meets its end, an engine stops with it, and forms are not
// accepted again when there is space.
func TestAFullDiskThatNobodyWatchesIsSeen(t *testing.T) {
	t.Parallel()
	if !faultsWanted() {
		t.Skip("the control of TestAFullDiskLosesNothing, of a minute: make test-faults")
	}
	s := newSmall(t, false)
	s.leave(t, spare)
	if err := s.fill(t); err == nil {
		t.Fatal("a full disk made no difference, so that the test shows nothing")
	} else {
		t.Logf("seen: %v\n%s", err, firstError(s.output.String()))
	}
}
