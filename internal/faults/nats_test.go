//go:build linux

package faults

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
)

// nodeNames are the names of the servers of a cluster.
var nodeNames = []string{"n1", "n2", "n3"}

// runNATS is the process of a nats-server: the module's server with the configuration file that is the first argument.
func runNATS() {
	options, err := server.ProcessConfigFile(os.Args[1])
	if err == nil {
		var s *server.Server
		if s, err = server.NewServer(options); err == nil {
			s.ConfigureLogger()
			s.Start()
			s.WaitForShutdown()
		}
	}
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}

// natsServer is a nats-server in a process of its own, with accounts as the service wants them.
type natsServer struct {
	name    string
	address string
	config  string
	process *process
	wrap    func(*exec.Cmd) *exec.Cmd // runs the command elsewhere; nil for here
}

// newNATS writes the configuration of a server and starts nothing. More is added to the file.
func newNATS(t *testing.T, name, address, store, sync, more string) *natsServer {
	t.Helper()
	config := filepath.Join(folder(t, ""), "nats.conf")
	must(t, os.WriteFile(config, fmt.Appendf(nil, `
server_name: %s
listen: %q
jetstream { store_dir: %q, sync_interval: %s, max_file_store: 8GB, max_memory_store: 256MB }
accounts {
  SONGTOR: { jetstream: enabled, users: [ { user: songtor, password: songtor } ] }
  SYS: { users: [ { user: sys, password: sys } ] }
}
system_account: SYS
%s
`, name, address, store, sync, more), 0o600))
	s := &natsServer{name: name, address: address, config: config}
	t.Cleanup(s.kill)
	return s
}

// oneNATS starts a server on a loopback port and a folder of its own.
func oneNATS(t *testing.T) *natsServer {
	t.Helper()
	s := newNATS(t, nodeNames[0], fmt.Sprintf("127.0.0.1:%d", freePort(t)), folder(t, ""), "always", "")
	s.run(t)
	s.ready(t)
	return s
}

func (s *natsServer) run(t *testing.T) {
	t.Helper()
	command := exec.Command(os.Args[0], s.config)
	command.Env = append(os.Environ(), asVariable+"=nats")
	if s.wrap != nil {
		command = s.wrap(command)
	}
	p, err := launch(command)
	must(t, err)
	s.process = p
}

// ready waits until the server takes connections.
func (s *natsServer) ready(t *testing.T) {
	t.Helper()
	within(t, 20*time.Second, "the start of a nats-server", func() bool {
		if !s.process.alive() {
			t.Fatalf("%s: %v:\n%s", s.name, errGone, s.process.output)
		}
		nc, err := nats.Connect(s.url())
		if err != nil {
			return false
		}
		nc.Close()
		return true
	})
}

func (s *natsServer) kill() {
	if s.process != nil {
		s.process.kill()
	}
}

func (s *natsServer) url() string    { return "nats://songtor:songtor@" + s.address }
func (s *natsServer) system() string { return "nats://sys:sys@" + s.address }
