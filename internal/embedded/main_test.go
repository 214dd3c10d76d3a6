package embedded

import (
	"bufio"
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// helperVariable names the data folder of a service to imitate. With it set,
// the test binary runs that service instead of the tests, until it is killed.
const helperVariable = "SONGTOR_EMBEDDED_HELPER"

func TestMain(m *testing.M) {
	if dir := os.Getenv(helperVariable); dir != "" {
		serve(dir)
	}
	os.Exit(m.Run())
}

// serve locks the data folder, starts its server, and prints the server's pid.
func serve(dir string) {
	_, err := LockData(dir)
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	postgres, err := StartPostgres(context.Background(), PostgresConfig{Dir: filepath.Join(dir, "postgres")})
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	fmt.Println(postgres.PID())
	select {}
}

// A service is a process of its own that holds a data folder and its server.
type service struct {
	process *os.Process
	server  int // pid of postgres
}

func startService(t *testing.T, dir string) service {
	t.Helper()
	command := exec.CommandContext(t.Context(), os.Args[0])
	command.Env = append(os.Environ(), helperVariable+"="+dir)
	out, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	line, _ := bufio.NewReader(out).ReadString('\n')
	server, err := strconv.Atoi(strings.TrimSpace(line))
	if err != nil {
		t.Fatalf("the service did not start: %s", line)
	}
	return service{process: command.Process, server: server}
}

// kill ends the service as kill -9 does.
func (s service) kill(t *testing.T) {
	t.Helper()
	if err := s.process.Kill(); err != nil {
		t.Fatal(err)
	}
	s.process.Wait()
}

// dataFolder is a new folder that PostgreSQL's user may pass through, in memory
// where the system has that.
func dataFolder(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("/dev/shm", "songtor-embedded-")
	if err != nil {
		dir, err = os.MkdirTemp("", "songtor-embedded-")
	}
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(dir, folderMode()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

// eventually waits for what happens in another process.
func eventually(t *testing.T, what string, condition func() bool) {
	t.Helper()
	deadline := time.Now().Add(30 * time.Second)
	for !condition() {
		if time.Now().After(deadline) {
			t.Fatalf("waited in vain for: %s", what)
		}
		time.Sleep(5 * time.Millisecond)
	}
}

func quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }
