package embedded

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// endLeftover stops the server that a killed service left on the cluster, and
// waits for its end. The caller holds the lock of the folder, so no living
// service uses that server.
func endLeftover(ctx context.Context, log *slog.Logger, cluster cluster) error {
	data := cluster.data()
	pidFile := filepath.Join(data, "postmaster.pid")
	text, err := os.ReadFile(pidFile)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("couldn't read the pid of an earlier server: %w", err)
	}
	first, rest, _ := bytes.Cut(text, []byte("\n"))
	pid, err := strconv.Atoi(string(bytes.TrimSpace(first)))
	if err == nil && serves(pid, data) {
		log.WarnContext(ctx, "stopping the database server that an earlier run left behind", slog.Int("pid", pid))
		if !stopForeign(ctx, pid, data) {
			return fmt.Errorf("couldn't stop the database server of an earlier run (process %d)", pid)
		}
		return nil
	}
	if err := disownPID(pidFile, rest); err != nil {
		return err
	}
	return removeSocket(cluster.socketDir)
}

// removeSocket removes the dead server's socket and the lock beside it, which
// names the same pid.
func removeSocket(dir string) error {
	socket := filepath.Join(dir, ".s.PGSQL."+port)
	for _, path := range []string{socket + ".lock", socket} {
		if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
			return fmt.Errorf("couldn't remove the socket of an earlier server: %w", err)
		}
	}
	return nil
}

// disownPID replaces the pid of a dead server by our own. PostgreSQL refuses to
// start while a process of the noted pid lives, and in a container, where pids
// are few, another process soon has it; its own parent's pid it knows to be
// stale. The rest of the file stays, because it holds the key of the shared
// memory by which PostgreSQL notices backends that outlived their server.
func disownPID(pidFile string, rest []byte) error {
	owned := append([]byte(strconv.Itoa(os.Getpid())+"\n"), rest...)
	file, err := os.OpenFile(pidFile, os.O_WRONLY|os.O_TRUNC|syscall.O_NOFOLLOW, 0)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("couldn't take over the pid file of an earlier server: %w", err)
	}
	_, err = file.Write(owned)
	if err := errors.Join(err, file.Close()); err != nil {
		return fmt.Errorf("couldn't take over the pid file of an earlier server: %w", err)
	}
	return nil
}

// serves tells whether the process is a postgres that runs on this cluster.
func serves(pid int, data string) bool {
	if pid <= 1 || !alive(pid) {
		return false
	}
	arguments := commandLine(pid)
	return len(arguments) > 0 && filepath.Base(arguments[0]) == "postgres" &&
		strings.Contains(strings.Join(arguments, " "), "-D "+data+" ")
}

// commandLine reads the arguments of a process, from /proc or from ps.
func commandLine(pid int) []string {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid))
	if err == nil {
		return strings.Split(string(text), "\x00")
	}
	out, err := exec.Command("ps", "-o", "args=", "-p", strconv.Itoa(pid)).Output() //nolint:noctx // ps answers at once
	if err != nil {
		return nil
	}
	return strings.Fields(string(out))
}

// stopForeign stops a server that is not our child, and so cannot be waited for
// but by asking.
func stopForeign(ctx context.Context, pid int, data string) bool {
	watch, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	ended := make(chan struct{})
	go func() {
		for serves(pid, data) {
			select {
			case <-watch.Done():
				return
			case <-time.After(10 * time.Millisecond):
			}
		}
		close(ended)
	}()
	endProcess(ctx, pid, ended)
	select {
	case <-ended:
		return true
	default:
		return false
	}
}
