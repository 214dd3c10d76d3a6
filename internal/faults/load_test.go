//go:build linux

package faults

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"
	"github.com/google/uuid"

	"songtor/internal/synthetic"
)

const (
	hotCases   = 8    // cases on which all clients work at once
	mostOfCase = 100  // operations on one case, so that its history can be judged
	giveUp     = 0.02 // share of the requests that a client does not repeat after a failure
	repeatAt   = 50 * time.Millisecond
)

// load is a number of clients that work until they are told to stop, and the book in which they write.
type load struct {
	url              string
	officer, manager string
	start            time.Time
	forms            *forms
	stopping         atomic.Bool

	mu         sync.Mutex
	operations []porcupine.Operation
	receipts   []receipt
	sent       []form // those with a receipt, to be sent again
	hot        []*hotCase
	odd        map[string]int // answers that nobody should get, and how often they came
	refused    int            // answers 503 and 429
	refusal    string         // the last of them
	heardLater int            // commits of which the first answer did not reach the client
	clients    sync.WaitGroup
}

// hotCase is a case that all clients know.
type hotCase struct {
	key, id    string
	position   uint64
	operations int
}

// form is a screening ready to be sent.
type form struct {
	id   string
	body []byte
}

// forms makes forms that nobody has sent before, each of a person who agrees to be screened.
type forms struct {
	mu    sync.Mutex
	next  uint64
	ready []form
}

func (f *forms) take() form {
	f.mu.Lock()
	defer f.mu.Unlock()
	for len(f.ready) == 0 {
		for _, made := range synthetic.Forms(f.next, 100, time.Now().UTC()) {
			if _, refuses := made.Answers["b_refusal_screening"]; refuses {
				continue
			}
			body, err := made.Body()
			if err != nil {
				panic(err) // synthetic forms can be encoded
			}
			f.ready = append(f.ready, form{made.ID, body})
		}
		f.next++
	}
	taken := f.ready[0]
	f.ready = f.ready[1:]
	return taken
}

// newLoad begins a book for a service. The part makes its forms differ from those of other loads of the same seed.
func newLoad(url, officer, manager string, part uint64) *load {
	return &load{
		url: url, officer: officer, manager: manager, start: time.Now(), odd: map[string]int{},
		forms: &forms{next: seed()*1_000_000 + part*100_000 + 1},
	}
}

// work starts clients. Each goes on until stop.
func (l *load) work(ctx context.Context, clients int, part uint64) {
	for n := range clients {
		choose := chooser(part*1000 + uint64(n))
		l.clients.Go(func() {
			for !l.stopping.Load() && ctx.Err() == nil {
				l.one(ctx, n, choose)
			}
		})
	}
}

// stop lets the clients finish what they have begun. Repeating goes on until there is an answer or the context ends.
func (l *load) stop() {
	l.stopping.Store(true)
	l.clients.Wait()
}

// one does one thing that a client does.
func (l *load) one(ctx context.Context, client int, choose *rand.Rand) {
	gives := choose.Float64() < giveUp
	dice := choose.IntN(100)
	again, known := l.again(choose)
	c := l.pick(choose)
	switch {
	case c == nil || dice < 35:
		l.send(ctx, client, l.forms.take(), gives, true)
	case dice < 42 && known:
		l.send(ctx, client, again, gives, false)
	case dice < 75:
		l.note(ctx, client, c, choose.IntN(2) == 0, gives)
	default:
		l.look(ctx, client, c, gives)
	}
}

func (l *load) again(choose *rand.Rand) (form, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.sent) == 0 {
		return form{}, false
	}
	last := min(len(l.sent), 50)
	return l.sent[len(l.sent)-1-choose.IntN(last)], true
}

func (l *load) pick(choose *rand.Rand) *hotCase {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.hot) < hotCases {
		return nil
	}
	i := choose.IntN(len(l.hot))
	c := l.hot[i]
	if c.operations++; c.operations >= mostOfCase {
		l.hot = append(l.hot[:i:i], l.hot[i+1:]...)
	}
	return c
}

// request is what is repeated until it is answered.
type request struct {
	asked   asked
	token   string
	method  string
	path    string
	body    []byte
	headers []string
	gives   bool
	fresh   bool // nobody has sent it before
}

func (l *load) send(ctx context.Context, client int, f form, gives, fresh bool) {
	r, _, ok := l.ask(ctx, client, l.submission(f, gives, fresh))
	if !ok {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.sent = append(l.sent, f)
	if len(l.hot) < hotCases {
		l.hot = append(l.hot, &hotCase{key: f.id, id: r.CaseID, position: r.Position})
	}
}

func (l *load) submission(f form, gives, fresh bool) request {
	return request{asked{submit, f.id, f.id, 0}, l.officer, http.MethodPut, "/api/v1/screenings/" + f.id, f.body, nil, gives, fresh}
}

func (l *load) note(ctx context.Context, client int, c *hotCase, match, gives bool) {
	id := uuid.NewString()
	a := asked{command, c.key, id, 0}
	headers := []string{"Idempotency-Key", id}
	if match {
		l.mu.Lock()
		a.ifMatch = c.position
		l.mu.Unlock()
		headers = append(headers, "If-Match", fmt.Sprintf("%q", fmt.Sprint(a.ifMatch)))
	}
	body := fmt.Appendf(nil, `{"audience":"case","text":"note %s"}`, id)
	if r, t, ok := l.ask(ctx, client, request{a, l.officer, http.MethodPost, "/api/v1/cases/" + c.id + "/add-note", body, headers, gives, false}); ok && t.answer == accepted {
		l.learn(c, r.Position)
	}
}

func (l *load) look(ctx context.Context, client int, c *hotCase, gives bool) {
	if _, t, ok := l.ask(ctx, client, request{asked{read, c.key, "", 0}, l.manager, http.MethodGet, "/api/v1/cases/" + c.id, nil, nil, gives, false}); ok {
		l.learn(c, t.position)
	}
}

func (l *load) learn(c *hotCase, position uint64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	c.position = max(c.position, position)
}

// ask repeats a request until it is answered, or gives up after the first failure where the client is one that does, and writes
// down what came of it.
func (l *load) ask(ctx context.Context, client int, q request) (receipt, told, bool) {
	begun := time.Since(l.start)
	for {
		if q.asked.act == read {
			begun = time.Since(l.start) // an unanswered reading has no effect
		}
		r, t, ok := l.try(ctx, q)
		if ok {
			l.write(client, q.asked, t, int64(begun), int64(time.Since(l.start)), r)
			return r, t, true
		}
		if q.gives || ctx.Err() != nil {
			l.write(client, q.asked, told{unknown, 0}, int64(begun), math.MaxInt64, receipt{})
			return receipt{}, told{}, false
		}
		time.Sleep(repeatAt) // the pace of a client that was not answered
	}
}

// try asks once. The last result says whether the answer is one to keep.
func (l *load) try(ctx context.Context, q request) (r receipt, t told, ok bool) {
	status, header, body, err := call(ctx, l.url, q.token, q.method, q.path, q.body, q.headers...)
	switch {
	case err != nil:
		return r, t, false
	case status == http.StatusServiceUnavailable || status == http.StatusTooManyRequests:
		l.note503(header, body)
		return r, t, false
	case status == http.StatusPreconditionFailed && q.asked.ifMatch != 0:
		return r, told{moved, 0}, true
	case status/100 != 2:
		l.oddly(fmt.Sprintf("%s answered %d: %.300s", pattern(q), status, body))
		return r, t, false
	case q.asked.act == read:
		var position uint64
		if _, err := fmt.Sscanf(header.Get("ETag"), `"%d"`, &position); err != nil {
			l.oddly(fmt.Sprintf("%s answered the tag %q", pattern(q), header.Get("ETag")))
			return r, t, false
		}
		return r, told{shown, position}, true
	}
	if q.fresh && status == http.StatusOK {
		l.mu.Lock()
		l.heardLater++
		l.mu.Unlock()
	}
	if err := json.Unmarshal(body, &r); err != nil || r.Position == 0 || r.CommandID != q.asked.id {
		l.oddly(fmt.Sprintf("%s answered %d with a receipt that is none: %.300s", pattern(q), status, body))
		return r, t, false
	}
	return r, told{accepted, r.Position}, true
}

// pattern is the request without ids.
func pattern(q request) string {
	switch q.asked.act {
	case submit:
		return "PUT a screening"
	case command:
		return "POST a note"
	}
	return "GET a case"
}

func (l *load) note503(header http.Header, body []byte) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.refused++
	l.refusal = string(body)
	if header.Get("Retry-After") == "" || !strings.HasPrefix(header.Get("Content-Type"), "application/problem+json") {
		l.odd[fmt.Sprintf("a refusal that names no time to repeat, or is no problem: %.300s", body)]++
	}
}

func (l *load) oddly(what string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.odd[what]++
}

func (l *load) write(client int, a asked, t told, from, to int64, r receipt) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.operations = append(l.operations, porcupine.Operation{ClientId: client, Input: a, Output: t, Call: from, Return: to})
	if t.answer == accepted {
		l.receipts = append(l.receipts, r)
	}
}

// acceptedForms counts the different forms that have a receipt.
func (l *load) acceptedForms() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	ids := map[string]bool{}
	for _, f := range l.sent {
		ids[f.id] = true
	}
	return len(ids)
}

// probe sends forms until one is accepted and shown in the stage view, and returns how long that took from a moment on.
func (l *load) probe(ctx context.Context, t *testing.T, since time.Time, limit time.Duration) time.Duration {
	t.Helper()
	const probing = 1 << 16 // a client of its own
	f := l.forms.take()
	ctx, cancel := context.WithDeadline(ctx, since.Add(limit))
	defer cancel()
	r, _, ok := l.ask(ctx, probing, l.submission(f, false, true))
	for ok && !l.shows(ctx, r) {
		if ctx.Err() != nil {
			ok = false
		}
	}
	if !ok {
		return -1
	}
	l.mu.Lock()
	l.sent = append(l.sent, f)
	l.mu.Unlock()
	return time.Since(since)
}

// shows asks whether the stage view has come as far as a receipt.
func (l *load) shows(ctx context.Context, r receipt) bool {
	status, header, _, err := call(ctx, l.url, l.officer, http.MethodGet, "/api/v1/stages/screening/cases?limit=1", nil, "Songtor-Position", fmt.Sprint(r.Position))
	if err != nil || status != http.StatusOK {
		return false
	}
	position, err := strconv.ParseUint(header.Get("Songtor-Position"), 10, 64)
	return err == nil && position >= r.Position
}

// trouble says what clients were last told, for a test that waits in vain.
func (l *load) trouble() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return fmt.Sprintf("odd answers %v; the last refusal of %d: %s", l.odd, l.refused, l.refusal)
}
