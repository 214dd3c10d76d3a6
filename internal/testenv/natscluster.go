package testenv

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
)

// A NATSCluster is three nats-servers with JetStream that sync every write, on loopback ports and folders of their own. A test may stop
// and start each.
type NATSCluster struct {
	// URL, AdminURL and SystemURL are the addresses of all three, for the service, for who creates streams and for who asks what a
	// server really does.
	URL, AdminURL, SystemURL string

	configs []string
	nodes   []*server.Server // nil while stopped
}

// clusterSize is the number of servers.
const clusterSize = 3

// StartNATSCluster starts a cluster that ends with the test.
func StartNATSCluster(tb testing.TB) *NATSCluster {
	tb.Helper()
	routes, clients := freeAddresses(tb, clusterSize), freeAddresses(tb, clusterSize)
	c := &NATSCluster{nodes: make([]*server.Server, clusterSize)}
	for i := range clusterSize {
		config := fmt.Sprintf(`server_name: n%d
listen: %q
jetstream { store_dir: %q, sync_interval: always }
cluster { name: songtor, listen: %q, routes: ["nats://%s"] }
accounts {
	SYS { users: [{user: sys, password: sys}] }
	APP { jetstream: enabled, users: [{user: songtor, password: songtor}, {user: admin, password: admin}] }
}
system_account: SYS
`, i+1, clients[i], tb.TempDir(), routes[i], strings.Join(routes, `", "nats://`))
		file := filepath.Join(tb.TempDir(), "nats.conf")
		if err := os.WriteFile(file, []byte(config), 0o600); err != nil {
			tb.Fatal(err)
		}
		c.configs = append(c.configs, file)
	}
	for i := range c.nodes {
		c.launch(tb, i)
		tb.Cleanup(func() { c.Stop(i) })
	}
	c.URL, c.AdminURL, c.SystemURL = addresses(clients, "songtor"), addresses(clients, "admin"), addresses(clients, "sys")
	Eventually(tb, time.Minute, func() bool {
		for _, s := range c.nodes {
			if s.JetStreamIsLeader() && len(s.JetStreamClusterPeers()) == clusterSize {
				return true
			}
		}
		return false
	})
	return c
}

func addresses(clients []string, user string) string {
	urls := make([]string, len(clients))
	for i, client := range clients {
		urls[i] = fmt.Sprintf("nats://%[1]s:%[1]s@%[2]s", user, client)
	}
	return strings.Join(urls, ",")
}

// launch starts a server without waiting for the others.
func (c *NATSCluster) launch(tb testing.TB, i int) {
	tb.Helper()
	options, err := server.ProcessConfigFile(c.configs[i])
	if err != nil {
		tb.Fatalf("couldn't read the settings of a nats-server: %v", err)
	}
	options.NoLog, options.NoSigs = true, true
	node, err := server.NewServer(options)
	if err != nil {
		tb.Fatalf("couldn't start a nats-server for the test: %v", err)
	}
	node.Start()
	c.nodes[i] = node
}

// Stop ends a server and keeps its store. It may be called again.
func (c *NATSCluster) Stop(i int) {
	if c.nodes[i] != nil {
		c.nodes[i].Shutdown()
		c.nodes[i].WaitForShutdown()
		c.nodes[i] = nil
	}
}

// Start starts a stopped server on its store, and returns when it has caught up with the others.
func (c *NATSCluster) Start(tb testing.TB, i int) {
	tb.Helper()
	c.launch(tb, i)
	Eventually(tb, time.Minute, func() bool {
		return c.nodes[i].ReadyForConnections(time.Second) && c.nodes[i].JetStreamIsCurrent()
	})
}

// Leader is the number of the server that leads a stream, -1 while there is none.
func (c *NATSCluster) Leader(stream string) int {
	for i, s := range c.nodes {
		if s != nil && s.JetStreamIsStreamLeader("APP", stream) {
			return i
		}
	}
	return -1
}

// freeAddresses are loopback addresses that nobody listens on: servers of a cluster have to know each other's beforehand.
func freeAddresses(tb testing.TB, n int) []string {
	tb.Helper()
	var free []string
	for range n {
		l, err := new(net.ListenConfig).Listen(tb.Context(), "tcp", "127.0.0.1:0")
		if err != nil {
			tb.Fatal(err)
		}
		defer l.Close()
		free = append(free, l.Addr().String())
	}
	return free
}
