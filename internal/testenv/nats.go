package testenv

import (
	"log/slog"
	"net/url"
	"testing"

	"github.com/nats-io/nats.go"

	"songtor/internal/embedded"
)

// A NATSServer is a nats-server with JetStream that syncs every write, on a
// loopback port and a folder of its own.
type NATSServer struct {
	// URL is the address; it stays the same over Stop and Restart.
	URL string

	dir    string
	listen string
	server *embedded.NATS // nil while stopped
}

// NATS starts a server that ends with the test.
func NATS(tb testing.TB) *NATSServer {
	tb.Helper()
	running := &NATSServer{dir: tb.TempDir(), listen: "127.0.0.1:0"}
	running.Restart(tb)
	running.URL = running.server.ClientURL()
	address, err := url.Parse(running.URL)
	if err != nil {
		tb.Fatalf("couldn't read the nats-server's address: %v", err)
	}
	running.listen = address.Host
	tb.Cleanup(running.Stop)
	return running
}

// Stop ends the server and keeps its store. It may be called again.
func (s *NATSServer) Stop() {
	if s.server != nil {
		s.server.Shutdown()
		s.server = nil
	}
}

// Restart stops the server if it runs and starts it on the same store and port.
func (s *NATSServer) Restart(tb testing.TB) {
	tb.Helper()
	s.Stop()
	server, err := embedded.StartNATS(embedded.NATSConfig{Dir: s.dir, Log: quiet(), Listen: s.listen})
	if err != nil {
		tb.Fatalf("couldn't start a nats-server for the test: %v", err)
	}
	s.server = server
}

// Connect opens a connection that ends with the test.
func (s *NATSServer) Connect(tb testing.TB) *nats.Conn {
	tb.Helper()
	conn, err := nats.Connect(s.URL)
	if err != nil {
		tb.Fatalf("couldn't connect to the test's nats-server: %v", err)
	}
	tb.Cleanup(conn.Close)
	return conn
}

// quiet drops the servers' logs: tests stop servers in ways that make them complain.
func quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }
