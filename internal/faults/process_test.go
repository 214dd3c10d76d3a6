//go:build linux

package faults

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"sync"
	"syscall"
	"testing"
	"time"
)

// process is a child that dies with the tests, however they end.
type process struct {
	command *exec.Cmd
	output  *output
	ended   chan struct{}
}

// launch starts a command. Its thread is kept for the child's life, since the system sends the signal at the death of the thread.
func launch(command *exec.Cmd) (*process, error) {
	p := &process{command, new(output), make(chan struct{})}
	command.Stdout, command.Stderr = p.output, p.output
	command.WaitDelay = 10 * time.Second // a program in a machine ends a little after its disk
	if command.SysProcAttr == nil {
		command.SysProcAttr = new(syscall.SysProcAttr)
	}
	command.SysProcAttr.Pdeathsig = syscall.SIGKILL
	started := make(chan error)
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := command.Start()
		started <- err
		if err == nil {
			_ = command.Wait()
			close(p.ended)
		}
	}()
	if err := <-started; err != nil {
		return nil, fmt.Errorf("couldn't start %s: %w", command.Path, err)
	}
	return p, nil
}

// kill ends the process without a warning.
func (p *process) kill() { p.end(syscall.SIGKILL) }

// end sends a signal and waits for the end.
func (p *process) end(signal syscall.Signal) {
	_ = p.command.Process.Signal(signal)
	<-p.ended
}

// alive reports whether the process still runs.
func (p *process) alive() bool {
	select {
	case <-p.ended:
		return false
	default:
		return true
	}
}

// output keeps what a process has written last, without the requests of a service: those whom it refuses ask so often that nothing else
// would be left.
type output struct {
	mu   sync.Mutex
	text bytes.Buffer
}

const outputKept = 64 << 10

func (o *output) Write(p []byte) (int, error) {
	if bytes.Contains(p, []byte(`"msg":"request"`)) {
		return len(p), nil
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.text.Len() > 2*outputKept {
		o.text.Next(o.text.Len() - outputKept)
	}
	return o.text.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

// built is the service's program, built once for all tests.
type built struct {
	mu    sync.Mutex
	dir   string
	files map[string]string // by what is special about them
}

var program = &built{files: map[string]string{}}

// songtor is the program: SONGTOR_BINARY, or one that is built here. The arguments are those of go build.
func (b *built) songtor(t *testing.T, name string, arguments ...string) string {
	t.Helper()
	if given := os.Getenv("SONGTOR_BINARY"); given != "" && name == "songtor" {
		return given
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.dir == "" {
		dir, err := os.MkdirTemp("", "songtor-faults-")
		must(t, err)
		b.dir = dir
	}
	if b.files[name] == "" {
		file := filepath.Join(b.dir, name)
		build := exec.CommandContext(t.Context(), "go", slices.Concat([]string{"build", "-trimpath", "-o", file}, arguments, []string{"songtor/cmd/songtor"})...)
		build.Env = append(os.Environ(), "CGO_ENABLED=0") // as the Makefile builds it, so that it is compiled once
		if out, err := build.CombinedOutput(); err != nil {
			t.Fatalf("couldn't build the service: %v\n%s", err, out)
		}
		b.files[name] = file
	}
	return b.files[name]
}

func (b *built) remove() {
	if b.dir != "" {
		_ = os.RemoveAll(b.dir)
	}
}

// folder makes a folder that the user of PostgreSQL may pass through, and that goes with the test.
func folder(t *testing.T, parent string) string {
	t.Helper()
	dir, err := os.MkdirTemp(parent, "songtor-faults-")
	must(t, err)
	must(t, os.Chmod(dir, 0o711))
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}

// freePort is a port of the loopback that nobody had a moment ago, below those that the system gives to outgoing connections: it has to be
// free again after a kill.
func freePort(t *testing.T) int {
	t.Helper()
	for range 100 {
		port := 12000 + rand.IntN(20000)
		l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
		if err == nil {
			must(t, l.Close())
			return port
		}
	}
	t.Fatal("no port is free")
	return 0
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func middle(times []time.Duration) time.Duration {
	return slices.Sorted(slices.Values(times))[len(times)/2]
}

func most(times []time.Duration) time.Duration { return slices.Max(times) }

// within waits for a condition as testenv.Eventually does, and says what it waited for.
func within(t *testing.T, limit time.Duration, what string, condition func() bool) {
	t.Helper()
	start := time.Now()
	for !condition() {
		if time.Since(start) > limit {
			t.Fatalf("%s took longer than %v", what, limit)
		}
		time.Sleep(20 * time.Millisecond)
	}
}

var errGone = errors.New("the process has ended")
