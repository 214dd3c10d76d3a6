//go:build linux

package faults

import (
	"math/rand/v2"
	"net"
	"sync"
	"testing"
	"time"
)

// way is how bad the way through a relay or a cable is. The zero way takes everything there at once.
type way struct {
	delay, jitter time.Duration // in each direction; the jitter is added
	rate          int           // bytes a second in each direction of a relay; 0 for as many as there are
	loses         float64       // share of a relay's answers at which the connection breaks instead, or of a cable's frames
}

// due is when what leaves now arrives.
func (w way) due(choose *rand.Rand) time.Time {
	due := time.Now().Add(w.delay)
	if w.jitter > 0 {
		due = due.Add(time.Duration(choose.Int64N(int64(w.jitter))))
	}
	return due
}

// relay stands between clients and a server. What it takes it hands over in order, late; what was under way when a connection breaks is
// lost without a word.
type relay struct {
	network, target string
	listener        net.Listener
	pipes           sync.WaitGroup

	mu     sync.Mutex
	way    way
	stands time.Time // nothing moves before
	open   map[net.Conn]bool
	choose *rand.Rand
}

// newRelay listens at an address of the target's network.
func newRelay(t *testing.T, network, address, target string, part uint64) *relay {
	t.Helper()
	listener, err := net.Listen(network, address)
	must(t, err)
	r := &relay{network: network, target: target, listener: listener, open: map[net.Conn]bool{}, choose: chooser(part)}
	r.pipes.Go(r.accept)
	t.Cleanup(func() {
		_ = listener.Close()
		r.breaks()
		r.pipes.Wait()
	})
	return r
}

func (r *relay) address() string { return r.listener.Addr().String() }

// is makes the way good or bad from now on.
func (r *relay) is(w way) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.way = w
}

// good reports whether the way takes everything there at once.
func (r *relay) good() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.way == (way{})
}

// stall lets nothing through for a while.
func (r *relay) stall(d time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.stands = time.Now().Add(d)
}

// breaks ends all connections with what is under way in them.
func (r *relay) breaks() {
	r.mu.Lock()
	defer r.mu.Unlock()
	for c := range r.open {
		_ = c.Close()
	}
	clear(r.open)
}

func (r *relay) accept() {
	for {
		client, err := r.listener.Accept()
		if err != nil {
			return
		}
		server, err := net.Dial(r.network, r.target)
		if err != nil {
			_ = client.Close()
			continue
		}
		r.mu.Lock()
		r.open[client], r.open[server] = true, true
		r.mu.Unlock()
		r.pipes.Go(func() { r.pass(client, server, false) })
		r.pipes.Go(func() { r.pass(server, client, true) })
	}
}

// chunk is what was read at once, and when it is due at the other end.
type chunk struct {
	data []byte
	due  time.Time
}

// pass takes what comes from one end to the other, until either ends.
func (r *relay) pass(from, to net.Conn, answers bool) {
	chunks := make(chan chunk, 1024)
	r.pipes.Go(func() {
		defer close(chunks)
		var last time.Time
		for {
			data := make([]byte, 16<<10)
			n, err := from.Read(data)
			if err != nil {
				return
			}
			if due := r.due(); due.After(last) {
				last = due
			}
			chunks <- chunk{data[:n], last}
		}
	})
	defer func() { // the reader ends with its connection
		r.drop(from, to)
		for range chunks {
			continue
		}
	}()
	for c := range chunks {
		if !r.carry(c, answers) {
			return
		}
		if _, err := to.Write(c.data); err != nil {
			return
		}
	}
}

func (r *relay) due() time.Time {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.way.due(r.choose)
}

// carry returns when a chunk has arrived, and whether it did.
func (r *relay) carry(c chunk, answer bool) bool {
	time.Sleep(time.Until(c.due)) // the way is long
	r.mu.Lock()
	w, stands := r.way, r.stands
	lost := answer && w.loses > 0 && r.choose.Float64() < w.loses
	r.mu.Unlock()
	time.Sleep(time.Until(stands))
	if w.rate > 0 {
		time.Sleep(time.Duration(len(c.data)) * time.Second / time.Duration(w.rate))
	}
	return !lost
}

func (r *relay) drop(ends ...net.Conn) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, c := range ends {
		_ = c.Close()
		delete(r.open, c)
	}
}
