package embedded

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"runtime"
	"syscall"
	"time"
)

// A child is a running postgres.
type child struct {
	pid      int
	messages *messages
	ended    chan struct{} // closed after err is set
	err      error
}

// failure is why the child ended. It is valid once ended is closed.
func (c *child) failure() error {
	if c.err == nil {
		return errors.New("it stopped with status 0")
	}
	return c.err
}

// startChild starts postgres on the cluster.
//
// The goroutine that starts it keeps its thread for the child's whole life: the
// system sends the signal at the parent's death when the thread that forked
// ends, not when the process does.
func startChild(log *slog.Logger, cluster cluster, settings []string) (*child, error) {
	child := &child{messages: newMessages(log), ended: make(chan struct{})}
	command := serverCommand(cluster, settings)
	command.Stderr = child.messages
	// A backend that outlives its server must not keep Wait from returning.
	command.WaitDelay = 2 * time.Second
	started := make(chan error)
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		if err := command.Start(); err != nil {
			started <- err
			return
		}
		child.pid = command.Process.Pid
		started <- nil
		if err := command.Wait(); err != nil && !errors.Is(err, exec.ErrWaitDelay) {
			child.err = err
		}
		close(child.ended)
	}()
	if err := <-started; err != nil {
		return nil, fmt.Errorf("couldn't run %s: %w", command.Path, err)
	}
	return child, nil
}

func serverCommand(cluster cluster, settings []string) *exec.Cmd {
	arguments := append([]string{"-D", cluster.data(), "-c", "unix_socket_directories=" + cluster.socketDir}, settings...)
	command := exec.Command(cluster.binaries.path("postgres"), arguments...) //nolint:noctx // it outlives the call that starts it; Stop ends it
	command.Dir = cluster.dir
	command.Env = serverEnvironment()
	command.Stdin, command.Stdout = nil, nil
	command.SysProcAttr = cluster.account.attributes(syscall.SIGINT)
	return command
}

// alive tells whether a process of that id exists.
func alive(pid int) bool {
	process, err := os.FindProcess(pid)
	if err != nil {
		return false
	}
	err = process.Signal(syscall.Signal(0))
	return err == nil || errors.Is(err, os.ErrPermission)
}
