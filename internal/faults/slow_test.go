//go:build linux

package faults

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// afterSlow is how soon forms are accepted and shown on a bad way.
const afterSlow = 40 * time.Second

// links are the ways of an installation, each through a relay.
type links struct{ clients, log, database *relay }

// newSlowWorld is a world with a relay in every way.
func newSlowWorld(t *testing.T, part uint64) (*world, links) {
	t.Helper()
	w := &world{nats: oneNATS(t), postgres: newPostgres(t)}
	direct, err := pgx.ParseConfig(w.postgres.url)
	must(t, err)
	sockets, near, socket := direct.Host, folder(t, ""), fmt.Sprintf(".s.PGSQL.%d", direct.Port)
	l := links{
		log:      newRelay(t, "tcp", "127.0.0.1:0", w.nats.address, part*10+1),
		database: newRelay(t, "unix", filepath.Join(near, socket), filepath.Join(sockets, socket), part*10+2),
	}
	far := *w.postgres
	there, here := url.QueryEscape(sockets), url.QueryEscape(near)
	far.url, far.query = strings.ReplaceAll(far.url, there, here), strings.ReplaceAll(far.query, there, here)
	w.service = newService(t, outside(strings.Replace(w.nats.url(), w.nats.address, l.log.address(), 1), w.nats.system(), 1, &far)...)
	w.service.createStreams(t, w.nats.url(), 1)
	w.service.begin(t)
	l.clients = newRelay(t, "tcp", "127.0.0.1:0", strings.TrimPrefix(w.service.url(), "http://"), part*10+3)
	w.load = newLoad("http://"+l.clients.address(), w.service.officer, w.service.manager, part)
	return w, l
}

// badWays are ways that are bad at the same time.
type badWays struct {
	name                   string
	clients, log, database way
}

// are makes the ways as bad as that, and lets those of the service stand still and break at moments that nobody knows.
func (l links) are(bad badWays, choose *rand.Rand) {
	l.clients.is(bad.clients)
	l.log.is(bad.log)
	l.database.is(bad.database)
	for range 3 {
		for _, r := range []*relay{l.log, l.database} {
			if r.good() {
				continue
			}
			time.Sleep(time.Duration(choose.IntN(500)) * time.Millisecond) // the moment is part of the test
			r.stall(time.Duration(choose.IntN(3000)) * time.Millisecond)
			if choose.IntN(3) == 0 {
				r.breaks()
			}
		}
	}
}

// TestSlowLinksLoseNothing has clients work over bad ways: theirs to the service, and those of the service to the log and to the database.
func TestSlowLinksLoseNothing(t *testing.T) {
	w, l := newSlowWorld(t, 6)
	ctx, cancel := context.WithTimeout(t.Context(), either(15*time.Minute, 5*time.Minute))
	defer cancel()
	w.load.work(ctx, 8, 6)
	choose := chooser(600)
	good := way{}
	phone := way{delay: 100 * time.Millisecond, jitter: 100 * time.Millisecond, rate: 64 << 10, loses: 0.2}
	overland := way{delay: 20 * time.Millisecond, jitter: 20 * time.Millisecond, rate: 256 << 10}
	nextRoom := way{delay: time.Millisecond, jitter: 2 * time.Millisecond, rate: 2 << 20}
	phases := []badWays{
		{"phones on a bad network that loses answers", phone, good, good},
		{"a slow way to the log that stands still and breaks", good, overland, good},
		{"a slow way to the database that stands still and breaks", good, good, nextRoom},
		{"all ways are bad", phone, overland, nextRoom},
	}
	rounds := either(5, 2)
	phases = either(phases, phases[len(phases)-1:])
	for _, phase := range phases {
		var times []time.Duration
		for range rounds {
			since := time.Now()
			l.are(phase, choose)
			took := w.load.probe(ctx, t, since, afterSlow)
			if took < 0 {
				t.Fatalf("%s: for %v forms are not accepted and shown; %s\n%s", phase.name, afterSlow, w.load.trouble(), w.service.logs())
			}
			times = append(times, took)
		}
		results.add(result{fault: phase.name, times: rounds, recovered: times, control: "as all bad ways"})
	}
	l.are(badWays{}, choose)
	w.load.stop()
	found := w.verdict(t, openLog(t, w.nats.url()))
	if w.load.heardLater == 0 {
		t.Error("no answer was lost: a client that sends anew instead of again would not have doubled anything")
	}
	results.add(result{
		fault: "all bad ways", times: rounds * len(phases), accepted: w.load.acceptedForms(), lost: found.lost, doubled: found.doubled,
		control: fmt.Sprintf("%d answers were lost after the commit: as many would be doubled without the same id", w.load.heardLater),
	})
}
