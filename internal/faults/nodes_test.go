//go:build linux

package faults

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"songtor/internal/eventlog"
)

// cluster is one server of the log or three, each on a machine where a disk is to be cut.
type cluster struct {
	nodes    []*natsServer
	machines []*machine
}

// newCluster starts servers on the loopback, each on a machine of its own, and makes the streams.
func newCluster(t *testing.T, size int, sync, mode string) *cluster {
	t.Helper()
	c := new(cluster)
	routes := make([]string, size)
	for i := range routes {
		routes[i] = fmt.Sprintf("127.0.0.1:%d", freePort(t))
	}
	for i := range size {
		store := folder(t, "")
		m := newMachine(t, store, mode)
		s := newNATS(t, nodeNames[i], fmt.Sprintf("127.0.0.1:%d", freePort(t)), store, sync, clusterConfig(size, routes[i], routes))
		s.wrap = m.wrap
		c.nodes, c.machines = append(c.nodes, s), append(c.machines, m)
	}
	c.boot(t)
	c.create(t)
	return c
}

// clusterConfig is the part of a server's configuration that makes it a node; nothing for a server on its own.
func clusterConfig(size int, listen string, routes []string) string {
	if size == 1 {
		return ""
	}
	var urls []string
	for _, r := range routes {
		urls = append(urls, fmt.Sprintf("%q", "nats-route://"+r))
	}
	return fmt.Sprintf("cluster { name: faults, listen: %q, no_advertise: true, routes: [%s] }", listen, strings.Join(urls, ", "))
}

// boot starts every node on what its platter has, and waits until each takes connections.
func (c *cluster) boot(t *testing.T) {
	t.Helper()
	for i, n := range c.nodes {
		if len(c.machines) > 0 {
			c.machines[i].boot(t)
		}
		n.run(t)
	}
	for _, n := range c.nodes {
		n.ready(t)
	}
}

func (c *cluster) stop() {
	for _, n := range c.nodes {
		n.kill()
	}
}

// create makes the streams, on as many servers as there are, once these have found each other.
func (c *cluster) create(t *testing.T) {
	t.Helper()
	nc, err := nats.Connect(c.url(), nats.MaxReconnects(-1))
	must(t, err)
	defer nc.Close()
	within(t, time.Minute, "the making of the streams", func() bool {
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second) // a question to servers that have no leader yet is never answered
		defer cancel()
		return eventlog.CreateStream(ctx, nc, len(c.nodes)) == nil
	})
}

func (c *cluster) url() string    { return c.list((*natsServer).url) }
func (c *cluster) system() string { return c.list((*natsServer).system) }

func (c *cluster) list(address func(*natsServer) string) string {
	var urls []string
	for _, n := range c.nodes {
		urls = append(urls, address(n))
	}
	return strings.Join(urls, ",")
}

// world starts a service on the cluster, with a PostgreSQL and clients.
func (c *cluster) world(t *testing.T, part uint64) *world {
	t.Helper()
	w := &world{postgres: newPostgres(t)}
	w.service = newService(t, outside(c.url(), c.system(), len(c.nodes), w.postgres)...)
	w.service.begin(t)
	w.load = newLoad(w.service.url(), w.service.officer, w.service.manager, part)
	return w
}
