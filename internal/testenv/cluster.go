package testenv

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"

	"songtor/internal/embedded"
)

// careless trades safety for speed: the data of a test dies with it.
var careless = map[string]string{
	"fsync":              "off",
	"synchronous_commit": "off",
	"full_page_writes":   "off",
	"shared_buffers":     "64MB",
	"max_connections":    "600",
	"max_wal_size":       "512MB",
	"wal_level":          "minimal",
	"max_wal_senders":    "0",
}

// startShared starts a server on a copy of the template cluster. A small shell
// process, which outlives this one however it ends, then removes the copy.
func startShared(ctx context.Context) (sharedServer, error) {
	template, err := templateCluster(ctx)
	if err != nil {
		return sharedServer{}, err
	}
	dir, err := openFolder(fastDir())
	if err != nil {
		return sharedServer{}, err
	}
	home := filepath.Join(dir, "postgres")
	if out, err := exec.CommandContext(ctx, "cp", "-a", template, home).CombinedOutput(); err != nil {
		return sharedServer{}, fmt.Errorf("couldn't copy the template cluster: %w: %s", err, bytes.TrimSpace(out))
	}
	server, err := embedded.StartPostgres(ctx, embedded.PostgresConfig{Dir: home, Log: quiet(), Tune: careless})
	if err != nil {
		os.RemoveAll(dir)
		return sharedServer{}, err
	}
	watcher, err := removeAfterExit(dir, server.PID())
	if err != nil {
		return sharedServer{}, err
	}
	return sharedServer{admin: server.AdminURL("postgres"), watcher: watcher}, nil
}

// removeAfterExit starts a process that waits for the end of this one (its
// standard input then ends), stops the server and removes the folder. Keep the
// result: a pipe that nothing refers to is closed by the garbage collector.
func removeAfterExit(dir string, server int) (*exec.Cmd, error) {
	const script = `cat >/dev/null; kill -QUIT "$1" 2>/dev/null
n=0; while kill -0 "$1" 2>/dev/null && [ $n -lt 100 ]; do sleep 0.05; n=$((n+1)); done
rm -rf "$2"`
	command := exec.Command("/bin/sh", "-c", script, "sh", strconv.Itoa(server), dir) //nolint:noctx // it has to outlive the test binary
	command.Dir = "/"
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if _, err := command.StdinPipe(); err != nil {
		return nil, fmt.Errorf("couldn't watch over the cluster: %w", err)
	}
	if err := command.Start(); err != nil {
		return nil, fmt.Errorf("couldn't watch over the cluster: %w", err)
	}
	return command, nil
}

// openFolder makes a folder in parent that the server's user may pass through.
func openFolder(parent string) (string, error) {
	dir, err := os.MkdirTemp(parent, "songtor-test-")
	if err != nil {
		return "", fmt.Errorf("couldn't make a folder for the cluster: %w", err)
	}
	if err := os.Chmod(dir, 0o711); err != nil {
		return "", fmt.Errorf("couldn't open the folder for the server's user: %w", err)
	}
	return dir, nil
}

// templateCluster makes, once a machine, version and user, the cluster that every test
// binary copies, and returns its folder.
func templateCluster(ctx context.Context) (string, error) {
	version, err := embedded.PostgresVersion(ctx)
	if err != nil {
		return "", err
	}
	dir := filepath.Join(fastDir(), fmt.Sprintf("songtor-template-%d-user-%d", version, os.Geteuid()))
	lock, err := lockTemplate(dir)
	if err != nil {
		return "", err
	}
	defer lock.Close()
	home := filepath.Join(dir, "postgres")
	if err := embedded.InitPostgres(ctx, embedded.PostgresConfig{Dir: home, Log: quiet()}); err != nil {
		return "", err
	}
	return home, nil
}

// lockTemplate makes the folder and waits until no other test binary is at work
// in it. A folder that somebody else planted is refused.
func lockTemplate(dir string) (*os.File, error) {
	if err := os.MkdirAll(dir, 0o711); err != nil {
		return nil, fmt.Errorf("couldn't make the folder of the template cluster: %w", err)
	}
	info, err := os.Lstat(dir)
	if err != nil {
		return nil, fmt.Errorf("couldn't look at the folder of the template cluster: %w", err)
	}
	if owner := int(info.Sys().(*syscall.Stat_t).Uid); !info.IsDir() || owner != os.Geteuid() { //nolint:errcheck // what os.Stat gives on Unix
		return nil, fmt.Errorf("the folder of the template cluster, %s, belongs to somebody else", dir)
	}
	lock, err := os.OpenFile(filepath.Join(dir, "lock"), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("couldn't open the lock of the template cluster: %w", err)
	}
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX); err != nil {
		lock.Close()
		return nil, fmt.Errorf("couldn't lock the template cluster: %w", err)
	}
	return lock, nil
}

// fastDir is a folder in memory where the system has one.
func fastDir() string {
	const memory = "/dev/shm"
	probe, err := os.MkdirTemp(memory, "songtor-probe-")
	if err != nil {
		return os.TempDir()
	}
	os.Remove(probe)
	return memory
}
