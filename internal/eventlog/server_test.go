package eventlog

import (
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"songtor/domain"
	"songtor/internal/testenv"
)

// openLog returns a log on a fresh server, and the server.
func openLog(t testing.TB) (*Log, *testenv.NATSServer) {
	t.Helper()
	s := testenv.NATS(t)
	nc := dial(t, s.URL)
	if err := CreateStream(t.Context(), nc, 1); err != nil {
		t.Fatal(err)
	}
	return open(t, nc, Options{ServerReport: always(nc), Logger: discard}), s
}

func open(t testing.TB, nc *nats.Conn, o Options) *Log {
	t.Helper()
	l, err := Open(t.Context(), nc, o)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// always reports what testenv promises of its servers.
func always(nc *nats.Conn) func(context.Context) ([]ServerReport, error) {
	return func(context.Context) ([]ServerReport, error) {
		return []ServerReport{{Name: nc.ConnectedServerName(), SyncAlways: true}}, nil
	}
}

func dial(t testing.TB, url string, options ...nats.Option) *nats.Conn {
	t.Helper()
	nc, err := Dial(url, options...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(nc.Close)
	return nc
}

func jetStream(t testing.TB, nc *nats.Conn) jetstream.JetStream {
	t.Helper()
	js, err := jetstream.New(nc)
	if err != nil {
		t.Fatal(err)
	}
	return js
}

func mustAppend(t testing.TB, l *Log, c *domain.Commit, expected uint64) *domain.Commit {
	t.Helper()
	if err := l.Append(t.Context(), c, expected); err != nil {
		t.Fatal(err)
	}
	return c
}

func mustLoad(t testing.TB, l *Log, caseID string) []domain.Commit {
	t.Helper()
	commits, err := l.Load(t.Context(), caseID)
	if err != nil {
		t.Fatal(err)
	}
	return commits
}

// The accounts of a server that tests configure themselves. The service's user may do what the package comment says and no more.
const accounts = `
system_account: SYS
accounts {
	SYS { users: [{user: sys, password: sys}] }
	APP {
		jetstream: enabled
		users: [
			{user: admin, password: admin}
			{user: service, password: service, permissions: {
				publish: [%s]
				subscribe: [%s]
			}}
		]
	}
}
`

// startServer runs a server with accounts and the given sync_interval.
func startServer(t testing.TB, dir, sync, listen string) *server.Server {
	t.Helper()
	s := start(t, configure(t, "n1", dir, sync, fmt.Sprintf("listen: %q", listen)))
	if s == nil {
		t.FailNow()
	}
	return s
}

const anyPort = "127.0.0.1:-1"

func configure(t testing.TB, name, dir, sync, more string) *server.Options {
	t.Helper()
	service := fmt.Sprintf(accounts, quoted(documented(t, "publish")), quoted(documented(t, "subscribe")))
	config := fmt.Sprintf("server_name: %s\njetstream { store_dir: %q, sync_interval: %s }\n%s\n%s", name, dir, sync, service, more)
	file := filepath.Join(t.TempDir(), "nats.conf")
	if err := os.WriteFile(file, []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	options, err := server.ProcessConfigFile(file)
	if err != nil {
		t.Fatal(err)
	}
	options.NoLog, options.NoSigs = true, true
	if options.Port == 0 {
		options.Host, options.Port = "127.0.0.1", server.RANDOM_PORT
	}
	return options
}

// start runs a server that ends with the test. It may be called from any goroutine and returns nil where the server does not start.
func start(tb testing.TB, options *server.Options) *server.Server {
	tb.Helper()
	s, err := server.NewServer(options)
	if err != nil {
		tb.Error(err)
		return nil
	}
	s.Start()
	tb.Cleanup(func() { stopServer(s) })
	if !s.ReadyForConnections(10 * time.Second) {
		tb.Error("the server does not start")
		return nil
	}
	return s
}

func stopServer(s *server.Server) {
	s.Shutdown()
	s.WaitForShutdown()
}

func as(user string) nats.Option { return nats.UserInfo(user, user) }

// startCluster runs three servers that form a cluster. The last may have another sync_interval than the rest.
func startCluster(t testing.TB, sync, lastSync string) []*server.Server {
	t.Helper()
	routes := freeAddresses(t, 3)
	waits := make(chan *server.Server)
	for i, route := range routes {
		interval := sync
		if i == len(routes)-1 {
			interval = lastSync
		}
		more := fmt.Sprintf("cluster { name: c, listen: %q, routes: [\"nats://%s\"] }", route, strings.Join(routes, `", "nats://`))
		config := configure(t, fmt.Sprintf("n%d", i+1), t.TempDir(), interval, more)
		go func() { waits <- start(t, config) }()
	}
	var servers []*server.Server
	for range routes {
		if s := <-waits; s != nil {
			servers = append(servers, s)
		}
	}
	testenv.Eventually(t, 20*time.Second, func() bool {
		for _, s := range servers {
			if s.JetStreamIsLeader() && len(s.JetStreamClusterPeers()) == len(routes) {
				return true
			}
		}
		return false
	})
	return servers
}

// freeAddresses returns loopback addresses that nobody listens on. Servers of a cluster have to know each other's beforehand.
func freeAddresses(t testing.TB, n int) []string {
	t.Helper()
	var addresses []string
	for range n {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		addresses = append(addresses, l.Addr().String())
	}
	return addresses
}
