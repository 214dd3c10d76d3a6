//go:build linux

package faults

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"songtor/internal/eventlog"
)

// network is a bridge with a namespace for each node of a cluster. Its cables can be pulled: what is sent then is lost without a word.
type network struct {
	cluster
	name   string // of the bridge, and the beginning of everybody else's
	subnet string
	cables []*cable // of each node
}

// ip runs a command of the network.
func ip(arguments ...string) error {
	if out, err := exec.Command("ip", arguments...).CombinedOutput(); err != nil {
		return fmt.Errorf("ip %s: %w: %s", strings.Join(arguments, " "), err, out)
	}
	return nil
}

// needNetworks tells whether there can be networks here.
func needNetworks(t *testing.T) {
	t.Helper()
	if os.Geteuid() != 0 {
		lacks(t, "parting a cluster needs root, for network namespaces")
	}
	probe := fmt.Sprintf("sf%d", os.Getpid())
	if err := ip("netns", "add", probe); err != nil {
		lacks(t, "parting a cluster needs network namespaces: "+err.Error())
	}
	must(t, ip("netns", "delete", probe))
	if _, err := os.Stat("/dev/net/tun"); err != nil {
		lacks(t, "parting a cluster needs network devices of its own: "+err.Error())
	}
}

// newNetwork starts three servers, each in a namespace of its own.
func newNetwork(t *testing.T) *network {
	t.Helper()
	n := &network{name: fmt.Sprintf("sf%d", os.Getpid()%100000), subnet: fmt.Sprintf("10.213.%d.", 1+rand.IntN(250))}
	t.Cleanup(func() {
		n.stop()
		for i := range nodeNames {
			_ = ip("netns", "delete", n.namespace(i))
		}
		_ = ip("link", "delete", n.name)
	})
	must(t, ip("link", "add", n.name, "type", "bridge"))
	must(t, ip("address", "add", n.subnet+"1/24", "dev", n.name))
	must(t, ip("link", "set", n.name, "up"))
	routes := make([]string, len(nodeNames))
	for i := range routes {
		routes[i] = n.address(i) + ":6222"
	}
	for i, name := range nodeNames {
		n.plug(t, i)
		s := newNATS(t, name, n.address(i)+":4222", folder(t, ""), "always", clusterConfig(len(routes), routes[i], routes))
		s.wrap = func(command *exec.Cmd) *exec.Cmd {
			wrapped := exec.Command("ip", append([]string{"netns", "exec", n.namespace(i)}, command.Args...)...)
			wrapped.Env = command.Env
			return wrapped
		}
		n.nodes = append(n.nodes, s)
	}
	n.boot(t)
	n.create(t)
	return n
}

func (n *network) namespace(i int) string { return fmt.Sprintf("%s-%s", n.name, nodeNames[i]) }
func (n *network) plugOf(i int) string    { return fmt.Sprintf("%sc%d", n.name, i) } // the end of its cable at the bridge
func (n *network) address(i int) string   { return fmt.Sprintf("%s%d", n.subnet, 11+i) }

// plug makes a node's namespace and its cable to the bridge.
func (n *network) plug(t *testing.T, i int) {
	t.Helper()
	outside, inside := n.plugOf(i), n.plugOf(i)+"i"
	n.cables = append(n.cables, newCable(t, outside, inside, uint64(510+i)))
	for _, arguments := range [][]string{
		{"netns", "add", n.namespace(i)},
		{"link", "set", inside, "netns", n.namespace(i)},
		{"link", "set", outside, "master", n.name, "up"},
		{"-n", n.namespace(i), "address", "add", n.address(i) + "/24", "dev", inside},
		{"-n", n.namespace(i), "link", "set", inside, "up"},
		{"-n", n.namespace(i), "link", "set", "lo", "up"},
	} {
		must(t, ip(arguments...))
	}
}

// pull pulls the cables of nodes, and returns what puts them back.
func (n *network) pull(t *testing.T, nodes ...int) (mend func()) {
	t.Helper()
	for _, i := range nodes {
		must(t, ip("link", "set", n.plugOf(i), "down"))
	}
	return func() {
		for _, i := range nodes {
			must(t, ip("link", "set", n.plugOf(i), "up"))
		}
	}
}

// part keeps a node from the others and leaves it to its clients, and returns what undoes it.
func (n *network) part(t *testing.T, node int) (mend func()) {
	t.Helper()
	each := func(verb string) {
		for i := range nodeNames {
			if i != node {
				must(t, ip("-n", n.namespace(node), "route", verb, "blackhole", n.address(i)+"/32"))
			}
		}
	}
	each("add")
	return func() { each("delete") }
}

// spoil makes the cable of a node bad, and returns what mends it.
func (n *network) spoil(node int, w way) (mend func()) {
	n.cables[node].is(w)
	return func() { n.cables[node].is(way{}) }
}

// distance is the shortest of a few round trips to a node.
func (n *network) distance(t *testing.T, node int) time.Duration {
	t.Helper()
	nc, err := nats.Connect(n.nodes[node].url(), nats.Timeout(10*time.Second))
	must(t, err)
	defer nc.Close()
	shortest := time.Hour
	for range 5 {
		took, err := nc.RTT()
		must(t, err)
		shortest = min(shortest, took)
	}
	return shortest
}

// leader is the node that leads a stream.
func (n *network) leader(t *testing.T, js jetstream.JetStream, stream string) int {
	t.Helper()
	leads := -1
	within(t, 30*time.Second, "the election of a leader", func() bool {
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
		defer cancel()
		s, err := js.Stream(ctx, stream)
		if err != nil {
			return false
		}
		for i, name := range nodeNames {
			if c := s.CachedInfo().Cluster; c != nil && c.Leader == name {
				leads = i
			}
		}
		return leads >= 0
	})
	return leads
}

// lead has a node lead the log.
func (n *network) lead(t *testing.T, nc *nats.Conn, js jetstream.JetStream, node int) {
	t.Helper()
	within(t, time.Minute, "the move of the leadership", func() bool {
		if n.leader(t, js, eventlog.StreamName) == node {
			return true
		}
		where := fmt.Appendf(nil, `{"placement":{"preferred":%q}}`, nodeNames[node])
		_, _ = nc.Request("$JS.API.STREAM.LEADER.STEPDOWN."+eventlog.StreamName, where, 2*time.Second)
		return false
	})
}

// serving is the node to which the service is connected.
func (n *network) serving(t *testing.T) int {
	t.Helper()
	system, err := nats.Connect(n.system())
	must(t, err)
	defer system.Close()
	serving := -1
	within(t, 30*time.Second, "the service's connection", func() bool {
		inbox := system.NewInbox()
		answers, err := system.SubscribeSync(inbox)
		must(t, err)
		defer func() { _ = answers.Unsubscribe() }()
		must(t, system.PublishRequest("$SYS.REQ.SERVER.PING.CONNZ", inbox, []byte(`{"acc":"SONGTOR"}`)))
		for range nodeNames {
			m, err := answers.NextMsg(time.Second)
			if err != nil {
				break
			}
			var said struct {
				Server struct{ Name string }
				Data   struct{ Connections []struct{ Name string } }
			}
			must(t, json.Unmarshal(m.Data, &said))
			for _, c := range said.Data.Connections {
				if c.Name == "songtor" {
					serving = slices.Index(nodeNames, said.Server.Name)
				}
			}
		}
		return serving >= 0
	})
	return serving
}

// afterParting is how soon after a fault of the network forms have to be accepted and shown. A connection whose other end has gone
// without a word is given up after 15 seconds.
const afterParting = 40 * time.Second

// TestAPartedClusterLosesNothing loses one node of three and two, parts the leader from the others, moves the leadership, kills the leader,
// moves it far away and has a cable lose frames, under the service's clients.
func TestAPartedClusterLosesNothing(t *testing.T) {
	onlyWhole(t)
	needNetworks(t)
	const rounds = 5
	n := newNetwork(t)
	w := n.world(t, 5)
	nc, err := nats.Connect(n.url(), nats.MaxReconnects(-1), nats.PingInterval(time.Second), nats.MaxPingsOutstanding(2), nats.ReconnectWait(100*time.Millisecond))
	must(t, err)
	defer nc.Close()
	js, err := jetstream.New(nc)
	must(t, err)
	_, err = js.CreateStream(t.Context(), jetstream.StreamConfig{Name: "ALONE", Subjects: []string{"alone"}, Replicas: 1})
	must(t, err)
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Minute)
	defer cancel()
	w.load.work(ctx, 8, 5)
	p := &parting{network: n, world: w, nc: nc, js: js, times: map[string][]time.Duration{}, choose: chooser(500)}
	for range rounds {
		p.loseOne(ctx, t)
		p.loseOwn(ctx, t)
		p.loseTwo(ctx, t)
		p.partLeader(ctx, t)
		p.moveLeader(ctx, t)
		p.killLeader(ctx, t)
		p.slowDown(ctx, t)
		p.loseFrames(ctx, t)
	}
	w.load.stop()
	found := w.verdict(t, openLog(t, n.url()))
	p.report(found)
}

// TestAPartedLeaderIsLeft parts the leader from the others and leaves it to its clients. A log that knows all nodes goes on with the others
// while that is so. One that knows that node alone, the control, is refused as long.
func TestAPartedLeaderIsLeft(t *testing.T) {
	needNetworks(t)
	n := newNetwork(t)
	nc, err := nats.Connect(n.url())
	must(t, err)
	defer nc.Close()
	js, err := jetstream.New(nc)
	must(t, err)
	node := n.leader(t, js, eventlog.StreamName)
	n.nodes[0], n.nodes[node] = n.nodes[node], n.nodes[0] // the first is the one that a client connects to
	knowsAll, err := eventlog.Dial(n.url(), nats.DontRandomize())
	must(t, err)
	defer knowsAll.Close()
	knowsOne, err := eventlog.Dial(n.nodes[0].url())
	must(t, err)
	defer knowsOne.Close()
	log, alone := logOf(t, knowsAll), logOf(t, knowsOne)
	for _, l := range []*eventlog.Log{log, alone} {
		_, err := appendOne(t.Context(), l)
		must(t, err)
	}
	since := time.Now()
	mend := n.part(t, node)
	within(t, afterParting, "an append while the leader is parted", func() bool {
		_, err := appendOne(t.Context(), log)
		return err == nil
	})
	took := time.Since(since)
	// The leader may remember what it could not hand on, and then takes the log's second try for one that comes too late.
	if _, err := appendOne(t.Context(), alone); !errors.Is(err, eventlog.ErrUnavailable) && !errors.Is(err, eventlog.ErrConflict) {
		t.Errorf("appended at a parted leader: %v", err)
	}
	mend()
	within(t, afterParting, "an append at the node that is back", func() bool {
		_, err := appendOne(t.Context(), alone)
		return err == nil
	})
	results.add(result{fault: "a parted leader's client", times: 1, recovered: []time.Duration{took}, control: "one that knows no other node is refused"})
}

// parting is what is done to a network, and how long each took.
type parting struct {
	network *network
	world   *world
	nc      *nats.Conn
	js      jetstream.JetStream
	times   map[string][]time.Duration
	choose  *rand.Rand
	alone   int // times that the stream on one node stood still
}

// The faults, as the table names them.
const (
	lostOne   = "one node of three lost"
	lostOwn   = "the node lost to which the service is connected"
	lostTwo   = "two nodes of three lost, and back"
	parted    = "the leader parted from the others"
	joined    = "the leader back with the others"
	ledAnew   = "the leadership moved"
	killedOne = "kill -9 of the node that leads"
	slowNode  = "the leader 100 ms away"
	badCable  = "a cable that loses frames"
	refusedIn = 30 * time.Second
)

// serves waits until forms are accepted and shown.
func (p *parting) serves(ctx context.Context, t *testing.T, fault string, since time.Time) {
	t.Helper()
	took := p.world.load.probe(ctx, t, since, afterParting)
	if took < 0 {
		t.Fatalf("%s: for %v forms are not accepted and shown; %s\n%s", fault, afterParting, p.world.load.trouble(), p.world.service.logs())
	}
	p.times[fault] = append(p.times[fault], took)
}

// loseOne loses the node that holds the stream with one copy. The log goes on with two of three; that stream, the control, cannot.
func (p *parting) loseOne(ctx context.Context, t *testing.T) {
	t.Helper()
	since := time.Now()
	mend := p.network.pull(t, p.network.leader(t, p.js, "ALONE"))
	defer mend()
	p.serves(ctx, t, lostOne, since)
	asking, cancel := context.WithTimeout(ctx, 3*time.Second)
	defer cancel()
	if _, err := p.js.Publish(asking, "alone", nil); err == nil {
		t.Error("a stream with one copy goes on without its node: nothing was lost")
		return
	}
	p.alone++
}

// loseOwn loses the node to which the service is connected: what is written to it goes nowhere, and no answer says so.
func (p *parting) loseOwn(ctx context.Context, t *testing.T) {
	t.Helper()
	since := time.Now()
	defer p.network.pull(t, p.network.serving(t))()
	p.serves(ctx, t, lostOwn, since)
}

// loseTwo loses two nodes. Nothing may be accepted until they are back, and who asks is told when to ask again.
func (p *parting) loseTwo(ctx context.Context, t *testing.T) {
	t.Helper()
	gone := p.choose.Perm(3)[:2]
	mend := p.network.pull(t, gone...)
	f := p.world.load.forms.take()
	path := "/api/v1/screenings/" + f.id
	within(t, refusedIn, "a refusal while two nodes are lost", func() bool {
		status, header, body, err := call(ctx, p.world.service.url(), p.world.service.officer, http.MethodPut, path, f.body)
		if err == nil && status/100 == 2 {
			t.Errorf("accepted on one node of three: %s", body)
		}
		return err == nil && status == http.StatusServiceUnavailable && header.Get("Retry-After") != ""
	})
	since := time.Now()
	mend()
	p.serves(ctx, t, lostTwo, since)
}

// partLeader has the node to which the service is connected lead the log, and keeps it from the others but not from the service. Forms
// have to be accepted while it is so, and afterwards.
func (p *parting) partLeader(ctx context.Context, t *testing.T) {
	t.Helper()
	node := p.network.serving(t)
	p.network.lead(t, p.nc, p.js, node)
	since := time.Now()
	mend := p.network.part(t, node)
	p.serves(ctx, t, parted, since)
	since = time.Now()
	mend()
	p.serves(ctx, t, joined, since)
}

func (p *parting) moveLeader(ctx context.Context, t *testing.T) {
	t.Helper()
	since := time.Now()
	for range 3 {
		_, _ = p.nc.Request("$JS.API.STREAM.LEADER.STEPDOWN."+eventlog.StreamName, nil, 2*time.Second)
		p.network.leader(t, p.js, eventlog.StreamName)
	}
	p.serves(ctx, t, ledAnew, since)
}

// killLeader kills the node that leads the log, and starts it again once forms are accepted and shown without it.
func (p *parting) killLeader(ctx context.Context, t *testing.T) {
	t.Helper()
	node := p.network.nodes[p.network.leader(t, p.js, eventlog.StreamName)]
	since := time.Now()
	node.kill()
	p.serves(ctx, t, killedOne, since)
	node.run(t)
	node.ready(t)
}

// slowDown moves the node that leads the log 100 ms away: what it is told and what it answers take half of that each, and up to 30 ms more.
func (p *parting) slowDown(ctx context.Context, t *testing.T) {
	t.Helper()
	node := p.network.leader(t, p.js, eventlog.StreamName)
	defer p.network.spoil(node, way{delay: 50 * time.Millisecond, jitter: 30 * time.Millisecond})()
	p.serves(ctx, t, slowNode, time.Now())
	if away := p.network.distance(t, node); away < 100*time.Millisecond {
		t.Errorf("a round trip to the node that is 100 ms away took %v", away)
	}
}

// loseFrames has the cable of a node lose one frame of twenty in each direction.
func (p *parting) loseFrames(ctx context.Context, t *testing.T) {
	t.Helper()
	defer p.network.spoil(p.choose.IntN(3), way{loses: 0.05})()
	p.serves(ctx, t, badCable, time.Now())
}

func (p *parting) report(found losses) {
	for _, fault := range []string{lostOne, lostOwn, lostTwo, parted, joined, ledAnew, killedOne, slowNode, badCable} {
		times := p.times[fault]
		results.add(result{fault: fault, times: len(times), recovered: times, control: "as all partings"})
	}
	results.add(result{
		fault: "all partings", accepted: p.world.load.acceptedForms(), lost: found.lost, doubled: found.doubled,
		control: fmt.Sprintf("a stream with one copy stood still %d times", p.alone),
	})
}
