package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"songtor/internal/database"
	"songtor/internal/eventlog"
	"songtor/internal/synthetic"
	"songtor/internal/testenv"
)

// several are services side by side: they share a NATS cluster, a PostgreSQL and a key, and each has a data folder of its own.
type several struct {
	nats    *testenv.NATSCluster
	db      *testenv.Server
	members []*installation
	officer string // a token
}

// sideBySide starts services. The first has the accounts.
func sideBySide(t testing.TB, n int) *several {
	t.Helper()
	s := &several{nats: testenv.StartNATSCluster(t), db: testenv.PostgresServer(t)}
	must(t, database.PrepareMain(t.Context(), s.db.URL))
	must(t, database.PrepareKeys(t.Context(), s.db.KeysURL))
	const login = "service"
	conn := s.connect(t)
	_, err := conn.Exec(t.Context(), `do $$
		declare
			part text;
		begin
			create role `+login+` login;
			for part in select rolname from pg_roles where rolname ~ '^songtor_' loop
				execute format('grant %I to `+login+`', part);
			end loop;
		end
		$$`)
	must(t, err)
	for range n {
		in := newInstallation(t)
		if len(s.members) > 0 {
			in.kek = s.members[0].kek
		}
		in.keys = []string{
			"--kek", in.kek, "--nats", s.nats.URL, "--nats-system", s.nats.SystemURL, "--replicas", "3",
			"--database", asUser(t, s.db.URL, login), "--keys-database", asUser(t, s.db.KeysURL, login),
		}
		s.members = append(s.members, in)
	}
	first := s.members[0]
	for _, in := range s.members {
		in.keys = append(in.keys, "--erasure-ledger", filepath.Join(first.dir, "erasures.ledger"))
	}
	first.songtor(t, "", "stream", "create", "--nats", s.nats.AdminURL, "--replicas", "3")
	first.begin(t)
	for _, in := range s.members[1:] {
		in.start(t)
	}
	s.officer = first.signIn(t, "officer")
	return s
}

func asUser(t testing.TB, address, user string) string {
	t.Helper()
	u, err := url.Parse(address)
	must(t, err)
	u.User = url.User(user)
	return u.String()
}

// connect sees everything.
func (s *several) connect(t testing.TB) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), s.db.URL)
	must(t, err)
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	return conn
}

// applies returns who applies a read model: exactly one does.
func (s *several) applies(t testing.TB, model string) *installation {
	t.Helper()
	var found *installation
	testenv.Eventually(t, 30*time.Second, func() bool {
		found = nil
		for _, in := range s.members {
			if in.process == nil {
				continue
			}
			page := in.call(t, "", http.MethodGet, "/metrics", nil)
			if bytes.Contains(page.body, fmt.Appendf(nil, "songtor_projection_active{projection=%q} 1", model)) {
				if found != nil {
					t.Fatalf("two processes apply %s", model)
				}
				found = in
			}
		}
		return found != nil
	})
	return found
}

// other is a member that is not this one.
func (s *several) other(in *installation) *installation {
	for _, m := range s.members {
		if m != in && m.process != nil {
			return m
		}
	}
	return nil
}

// clients send forms to the members in turn, and each again to the next member until it has its receipt.
type clients struct {
	stop     context.CancelFunc
	working  sync.WaitGroup
	urls     []string
	token    string
	next     atomic.Int64
	retries  atomic.Int64
	failed   atomic.Int64 // gave up
	mu       sync.Mutex
	accepted map[string]string // case reference by screening
	slowest  time.Duration
}

// clients are those of the members, of whom none sends yet.
func (s *several) clients() *clients {
	c := &clients{stop: func() {}, token: s.officer, accepted: map[string]string{}}
	for _, in := range s.members {
		c.urls = append(c.urls, in.url)
	}
	return c
}

// load starts clients that send until the test stops them.
func (s *several) load(t testing.TB, n int) *clients {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	c := s.clients()
	c.stop = stop
	for i := range n {
		c.working.Go(func() {
			for seed := uint64(1000 * (i + 1)); ctx.Err() == nil; seed++ {
				form := synthetic.Forms(seed, 1, time.Now().UTC())[0]
				if _, refused := form.Answers["b_refusal_screening"]; refused {
					continue
				}
				body, err := form.Body()
				if err != nil {
					t.Error(err)
					return
				}
				c.send(t, form.ID, body)
			}
		})
	}
	t.Cleanup(stop)
	return c
}

// patienceOfClients is how long a client goes on trying.
const patienceOfClients = 30 * time.Second

func (c *clients) send(t testing.TB, id string, body []byte) {
	t.Helper()
	began := time.Now()
	for try := 0; time.Since(began) < patienceOfClients; try++ {
		address := c.urls[int(c.next.Add(1))%len(c.urls)]
		reference, done, err := c.once(address, id, body)
		if err != nil {
			t.Errorf("%s was refused: %v", id, err)
			return
		}
		if done {
			c.mu.Lock()
			defer c.mu.Unlock()
			c.accepted[id], c.slowest = reference, max(c.slowest, time.Since(began))
			return
		}
		c.retries.Add(1)
		time.Sleep(20 * time.Millisecond)
	}
	c.failed.Add(1)
}

// sender keeps a connection for each client.
var sender = &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 64}}

// once sends a form. It fails where another try would not help.
func (c *clients) once(address, id string, body []byte) (reference string, done bool, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPut, address+"/api/v1/screenings/"+id, bytes.NewReader(body))
	if err != nil {
		return "", false, err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Authorization", "Bearer "+c.token)
	resp, err := sender.Do(req)
	if err != nil {
		return "", false, nil //nolint:nilerr // nobody is there: the next one is tried
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	switch {
	case err != nil, resp.StatusCode == http.StatusServiceUnavailable, resp.StatusCode == http.StatusTooManyRequests:
		return "", false, nil //nolint:nilerr // as above
	case resp.StatusCode != http.StatusCreated && resp.StatusCode != http.StatusOK:
		return "", false, fmt.Errorf("status %d: %s", resp.StatusCode, text)
	}
	var receipt struct {
		Reference string `json:"case_reference"`
	}
	return receipt.Reference, true, json.Unmarshal(text, &receipt)
}

// count is how many forms have been accepted so far.
func (c *clients) count() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.accepted)
}

// more waits until 20 more forms have been accepted.
func (c *clients) more(t testing.TB) {
	t.Helper()
	goal := c.count() + 20
	testenv.Eventually(t, time.Minute, func() bool { return c.count() >= goal })
}

// end stops the clients and holds the stores to what was accepted: every form once, and no other.
func (c *clients) end(t testing.TB, s *several) {
	t.Helper()
	c.stop()
	c.working.Wait()
	if n := c.failed.Load(); n > 0 {
		t.Errorf("%d forms were not accepted in %s", n, patienceOfClients)
	}
	t.Logf("%d accepted, %d tries more, the slowest took %s", len(c.accepted), c.retries.Load(), c.slowest.Round(time.Millisecond))
	s.mustHold(t, c.accepted)
}

// mustHold compares the read models with what was accepted.
func (s *several) mustHold(t testing.TB, accepted map[string]string) {
	t.Helper()
	conn := s.connect(t)
	want := map[string]int{}
	for _, reference := range accepted {
		want[reference]++
	}
	testenv.Eventually(t, time.Minute, func() bool {
		rows, err := conn.Query(t.Context(), "select reference from timeline.standings where number = 1")
		must(t, err)
		references, err := pgx.CollectRows(rows, pgx.RowTo[string])
		must(t, err)
		got := map[string]int{}
		for _, r := range references {
			if want[r] > 0 {
				got[r]++
			}
		}
		for r, n := range want {
			if n > 1 || got[r] > 1 {
				t.Fatalf("%s: %d forms, %d cases", r, n, got[r])
			}
		}
		return len(got) == len(want)
	})
}

// shows reports whether a stage view has come as far as a receipt. One that has not says how far it is.
func (in *installation) shows(t testing.TB, token string, receipt answer) bool {
	t.Helper()
	want, ok := receipt.field(t, "position").(float64)
	list := in.call(t, token, http.MethodGet, "/api/v1/stages/screening/cases", nil, "Songtor-Position", fmt.Sprintf("%.0f", want))
	at, err := strconv.ParseFloat(list.header.Get("Songtor-Position"), 64)
	return ok && list.status == http.StatusOK && err == nil && at >= want
}

func TestServicesSideBySideAreOneService(t *testing.T) {
	t.Parallel()
	s := sideBySide(t, 3)
	first, second, third := s.members[0], s.members[1], s.members[2]
	for _, model := range []string{"timeline", "statistics", "matching"} {
		s.applies(t, model)
	}

	changes := third.changes(t, s.officer)
	id, body := screeningFor(t, 1)
	receipt := second.call(t, s.officer, http.MethodPut, "/api/v1/screenings/"+id, body)
	mustStatus(t, receipt, http.StatusCreated)
	for _, in := range s.members { // whoever is asked shows what another one took in
		in.mustList(t, s.officer, receipt)
		again := in.call(t, s.officer, http.MethodPut, "/api/v1/screenings/"+id, body)
		mustStatus(t, again, http.StatusOK)
		if !bytes.Equal(again.body, receipt.body) {
			t.Errorf("another receipt: %s, then %s", receipt.body, again.body)
		}
	}
	select {
	case <-changes:
	case <-time.After(10 * time.Second):
		t.Error("nobody was told of the change")
	}

	mustStatus(t, first.call(t, s.officer, http.MethodDelete, "/api/v1/session", nil), http.StatusNoContent)
	testenv.Eventually(t, 5*time.Second, func() bool { // the bound that is promised
		for _, in := range s.members {
			if in.call(t, s.officer, http.MethodGet, "/api/v1/session", nil).status != http.StatusUnauthorized {
				return false
			}
		}
		return true
	})
	testenv.Eventually(t, 30*time.Second, func() bool { return strings.Contains(third.verify(t), "verified") })
}

// changes opens a stream of changes and returns what it tells.
func (in *installation) changes(t *testing.T, token string) <-chan string {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, in.url+"/api/v1/events", nil)
	must(t, err)
	req.Header.Set("Authorization", "Bearer "+token)
	resp, err := http.DefaultClient.Do(req)
	must(t, err)
	if resp.StatusCode != http.StatusOK {
		t.Fatalf("status %d", resp.StatusCode)
	}
	told := make(chan string, 100)
	go func() {
		defer resp.Body.Close()
		for lines := bufio.NewScanner(resp.Body); lines.Scan(); {
			if strings.HasPrefix(lines.Text(), "event: change") {
				told <- lines.Text()
			}
		}
	}()
	return told
}

func (in *installation) verify(t *testing.T) string {
	t.Helper()
	out, err := in.try("", append([]string{"verify", "--data", in.data}, in.keys...)...)
	if err != nil {
		return ""
	}
	return out
}

// The process that applies the read models dies, or stands still as a machine that is gone would. Another one goes on.
func TestAnotherProcessTakesOver(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]syscall.Signal{"killed": syscall.SIGKILL, "frozen": syscall.SIGSTOP, "stopped": syscall.SIGTERM} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := sideBySide(t, 2)
			holder := s.applies(t, "timeline")
			rest := s.other(holder)
			fell := time.Now()
			must(t, holder.process.Process.Signal(fault))
			id, body := screeningFor(t, 2)
			receipt := s.accepts(t, rest, id, body)
			took := time.Since(fell)
			t.Logf("%s: shown again after %s", name, took.Round(time.Millisecond))
			if took > 15*time.Second { // 5 s on a machine that does nothing else
				t.Errorf("another process took over after %s", took)
			}
			if fault == syscall.SIGSTOP { // what wakes up again has nothing to say
				must(t, holder.process.Process.Signal(syscall.SIGCONT))
				testenv.Eventually(t, 30*time.Second, func() bool { return holder.shows(t, s.officer, receipt) })
				s.applies(t, "timeline")
			}
		})
	}
}

// One after the other is restarted, and a node of the log's cluster goes away, while clients send. Nobody has to know: what one does not
// answer the next one does, and every form is accepted once.
func TestRollingRestartsLoseNothing(t *testing.T) {
	t.Parallel()
	s := sideBySide(t, 3)
	c := s.load(t, 4)
	c.more(t)
	for _, in := range s.members {
		if err := in.end(syscall.SIGTERM); err != nil {
			t.Fatalf("ended with %v\n%s", err, in.output)
		}
		c.more(t)
		in.start(t)
		c.more(t)
	}
	leader := s.nats.Leader("NRM")
	s.nats.Stop(leader)
	c.more(t)
	s.nats.Start(t, leader)
	c.more(t)
	c.end(t, s)
	testenv.Eventually(t, time.Minute, func() bool { return strings.Contains(s.members[1].verify(t), "verified") })
}

// What one more process is worth where all of them share one machine with the clients, the cluster and the database: nothing is to be gained
// there, and this tells what it costs.
func BenchmarkServicesSideBySide(b *testing.B) {
	const senders, warm = 64, 500
	for n := 1; n <= 3; n++ {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			s := sideBySide(b, n)
			forms := make(chan synthetic.Form, b.N+warm)
			for seed := uint64(0); len(forms) < cap(forms); seed++ {
				if form := synthetic.Forms(seed, 1, time.Now().UTC())[0]; form.Answers["b_refusal_screening"] == nil {
					forms <- form
				}
			}
			c := s.clients()
			c.drain(b, forms, senders, warm)
			before := s.bare(b, senders, b.N)
			b.ResetTimer()
			c.drain(b, forms, senders, b.N)
			b.StopTimer()
			accepted := float64(b.N) / b.Elapsed().Seconds()
			began := time.Now()
			c.end(b, s)
			b.ReportMetric(time.Since(began).Seconds(), "s-to-show-all")
			bare := (before + s.bare(b, senders, b.N)) / 2
			b.ReportMetric(accepted, "accepted/s")
			b.ReportMetric(bare, "bare/s")
			b.ReportMetric(accepted/bare, "of-bare")
		})
	}
}

// bare publishes what the log got for the forms to a stream of its own on the same three servers, under the same expectation and from as
// many publishers, and returns how many of n were acknowledged a second: what no service on this cluster can pass.
func (s *several) bare(b *testing.B, publishers, n int) float64 {
	b.Helper()
	nc, err := nats.Connect(s.nats.AdminURL)
	must(b, err)
	defer nc.Close()
	js, err := jetstream.New(nc)
	must(b, err)
	log, err := js.Stream(b.Context(), eventlog.StreamName)
	must(b, err)
	settings := log.CachedInfo().Config
	settings.Name, settings.Subjects = "BARE", []string{"bare.>"}
	_, err = js.CreateStream(b.Context(), settings)
	must(b, err)
	var messages [][]byte
	for at := log.CachedInfo().State.LastSeq; at > 0 && len(messages) < 200; at-- {
		m, err := log.GetMsg(b.Context(), at)
		must(b, err)
		messages = append(messages, m.Data)
	}
	var publishing sync.WaitGroup
	var left atomic.Int64
	left.Store(int64(n))
	began := time.Now()
	for range publishers {
		publishing.Go(func() {
			for at := left.Add(-1); at >= 0; at = left.Add(-1) {
				m := &nats.Msg{Subject: "bare." + uuid.NewString(), Data: messages[int(at)%len(messages)]}
				if _, err := js.PublishMsg(b.Context(), m, jetstream.WithExpectLastSequencePerSubject(0)); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	publishing.Wait()
	took := time.Since(began)
	must(b, js.DeleteStream(b.Context(), settings.Name))
	return float64(n) / took.Seconds()
}

// BenchmarkTakeOver kills the process that applies the read models, so many times, and tells how long it took until a form that was sent
// after that was accepted and shown by the other one.
func BenchmarkTakeOver(b *testing.B) {
	s := sideBySide(b, 2)
	var times []time.Duration
	for n := range b.N {
		holder := s.applies(b, "timeline")
		rest := s.other(holder)
		id, body := screeningFor(b, uint64(100+n))
		killed := time.Now()
		_ = holder.end(syscall.SIGKILL)
		s.accepts(b, rest, id, body)
		times = append(times, time.Since(killed))
		holder.start(b)
	}
	slices.Sort(times)
	b.ReportMetric(times[len(times)/2].Seconds(), "s-median")
	b.ReportMetric(times[len(times)-1].Seconds(), "s-most")
	b.ReportMetric(0, "ns/op")
}

// accepts waits until a member has accepted a form and shows it.
func (s *several) accepts(t testing.TB, in *installation, id string, body []byte) answer {
	t.Helper()
	var receipt answer
	testenv.Eventually(t, 30*time.Second, func() bool {
		receipt = in.call(t, s.officer, http.MethodPut, "/api/v1/screenings/"+id, body)
		return receipt.status == http.StatusCreated || receipt.status == http.StatusOK
	})
	testenv.Eventually(t, 30*time.Second, func() bool { return in.shows(t, s.officer, receipt) })
	return receipt
}

// drain sends so many forms.
func (c *clients) drain(b *testing.B, forms <-chan synthetic.Form, senders, n int) {
	b.Helper()
	var sending sync.WaitGroup
	left := atomic.Int64{}
	left.Store(int64(n))
	for range senders {
		sending.Go(func() {
			for left.Add(-1) >= 0 {
				form := <-forms
				body, err := form.Body()
				if err != nil {
					b.Error(err)
					return
				}
				c.send(b, form.ID, body)
			}
		})
	}
	sending.Wait()
}
