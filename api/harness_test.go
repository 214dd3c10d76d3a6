package api

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"

	"songtor/internal/access"
	"songtor/internal/accesslog"
	"songtor/internal/app"
	"songtor/internal/calendar"
	"songtor/internal/database"
	"songtor/internal/eventlog"
	"songtor/internal/files"
	"songtor/internal/identity"
	"songtor/internal/limits"
	"songtor/internal/preferences"
	"songtor/internal/quarantine"
	"songtor/internal/testenv"
	"songtor/internal/transparency"
	"songtor/internal/transparency/builder"
	"songtor/internal/vault"
	"songtor/projections"
)

// harness is the whole service over real stores, behind a real HTTP server.
type harness struct {
	url   string
	http  *http.Server
	log   *eventlog.Log
	trail *eventlog.Trail
	parts app.Config // of the service
	nats  *testenv.NATSServer
	logs  *lockedBuffer // every line that the service wrote
	trees *builder.Builder
	book  string // file of the signed checkpoints

	identity *identity.Service
	pools    *database.Pools

	mu     sync.Mutex
	tokens map[string]givenToken
}

// givenToken is what a sign-in gave. After a while it is no longer fresh, and another is taken: what is grave asks for a fresh one.
type givenToken struct {
	text string
	at   time.Time
}

const freshEnough = 4 * time.Minute

// lockedBuffer is a bytes.Buffer for several writers.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func newHarness(t testing.TB) *harness {
	t.Helper()
	return newHarnessWith(t, func(*Config) {})
}

// newHarnessWith lets the server be configured otherwise.
func newHarnessWith(t testing.TB, change func(*Config)) *harness {
	t.Helper()
	h := &harness{logs: new(lockedBuffer), tokens: map[string]givenToken{}}
	logger := slog.New(slog.NewJSONHandler(h.logs, &slog.HandlerOptions{Level: slog.LevelDebug}))
	pools := testenv.Database(t)
	h.openLog(t)
	v := openVault(t)
	models := app.NewReadModels(v, limits.Default())
	runner, err := projections.New(pools.Projector, h.log, models.Groups(), projections.Options{Owner: pools.Migrate, Log: slog.New(slog.DiscardHandler)})
	must(t, err)
	run(t, runner)
	accounts, err := identity.New(t.Context(), pools.Identity, identity.Options{Owner: pools.Migrate, AllowDemo: true, Logger: logger, Sealer: factorSecrets{v}})
	must(t, err)
	must(t, accounts.EnsureDemo(t.Context()))
	h.identity, h.pools = accounts, pools
	listening, deaf := context.WithCancel(context.WithoutCancel(t.Context()))
	t.Cleanup(deaf)
	go accounts.Listen(listening)
	contents, err := files.New(t.Context(), pools.Migrate, pools.Store)
	must(t, err)
	filters, err := preferences.New(t.Context(), pools.Migrate, pools.Store, nil)
	must(t, err)
	held, err := quarantine.New(t.Context(), pools.Migrate, pools.Store, nil)
	must(t, err)
	policies, err := access.Load()
	must(t, err)
	journal := accesslog.NewJournal(h.trail, logger)
	t.Cleanup(journal.Close)
	openings := followTrail(t, pools, h.trail)
	keys := logKeys(t)
	h.parts = app.Config{
		Log: h.log, Vault: v, Views: pools.Views, Counts: pools.Statistics, Runner: runner, Models: models, Files: contents,
		Filters: filters, Quarantine: held, Accounts: accounts,
		Limits: limits.Default(), Calendar: calendar.Thailand(), Signer: keys, Trees: keepTrees(t, h, pools, keys), Access: journal, Openings: openings,
		Policies: policies, DevKeys: true,
	}
	service := app.New(h.parts)
	server := httptest.NewUnstartedServer(nil)
	config := Config{
		App: service, Identity: accounts, Log: logger, Demo: true, Ready: service.Ready,
		Page: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "page") }),
	}
	change(&config)
	server.Config = New(config)
	server.Start()
	t.Cleanup(func() {
		must(t, server.Config.Shutdown(context.WithoutCancel(t.Context())))
		server.Close()
	})
	h.url, h.http = server.URL, server.Config
	return h
}

// keepTrees keeps the trees of the log.
func keepTrees(t testing.TB, h *harness, pools *database.Pools, keys *transparency.Keys) *builder.Builder {
	t.Helper()
	must(t, builder.Migrate(t.Context(), pools.Migrate))
	h.book = filepath.Join(t.TempDir(), "checkpoints")
	trees, err := builder.New(builder.Config{
		DB: pools.Store, Keys: keys, Book: h.book, Log: slog.New(slog.DiscardHandler),
		Streams: map[transparency.Tree]builder.Stream{transparency.Cases: h.log, transparency.Access: h.trail},
	})
	must(t, err)
	run(t, trees)
	h.trees = trees
	return trees
}

func (h *harness) openLog(t testing.TB) {
	t.Helper()
	h.nats = testenv.NATS(t)
	nc, err := eventlog.Dial(h.nats.URL)
	must(t, err)
	t.Cleanup(nc.Close)
	must(t, eventlog.CreateStream(t.Context(), nc, 1))
	// testenv's server is known to sync always; its own tests see to that.
	options := eventlog.Options{ServerReport: func(context.Context) ([]eventlog.ServerReport, error) {
		return []eventlog.ServerReport{{Name: nc.ConnectedServerName(), SyncAlways: true}}, nil
	}}
	h.log, err = eventlog.Open(t.Context(), nc, options)
	must(t, err)
	h.trail, err = eventlog.OpenTrail(t.Context(), nc, options)
	must(t, err)
}

// factorSecrets seals the secrets of one-time codes.
type factorSecrets struct{ *vault.Vault }

func (f factorSecrets) Seal(ctx context.Context, place string, plain []byte) ([]byte, error) {
	return f.SealSecret(ctx, vault.SecondFactors, place, plain)
}

func (f factorSecrets) Open(ctx context.Context, place string, sealed []byte) ([]byte, error) {
	return f.OpenSecret(ctx, vault.SecondFactors, place, sealed)
}

func openVault(t testing.TB) *vault.Vault {
	t.Helper()
	kek, err := vault.OpenDevKEK(filepath.Join(t.TempDir(), "dev.kek"))
	must(t, err)
	v, err := vault.Open(t.Context(), pool(t, testenv.Postgres(t)), kek, nil)
	must(t, err)
	t.Cleanup(v.Close)
	return v
}

func pool(t testing.TB, url string) *pgxpool.Pool {
	t.Helper()
	p, err := pgxpool.New(t.Context(), url)
	must(t, err)
	t.Cleanup(p.Close)
	return p
}

func run(t testing.TB, r interface{ Run(context.Context) error }) {
	t.Helper()
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	ended := make(chan error, 1)
	go func() { ended <- r.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil && !errors.Is(err, context.Canceled) {
			t.Errorf("a part of the service ended: %v", err)
		}
	})
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// response is an answer read to its end.
type response struct {
	status int
	header http.Header
	body   []byte
}

// into decodes the body into v.
func (r response) into(t testing.TB, v any) {
	t.Helper()
	if err := json.Unmarshal(r.body, v); err != nil {
		t.Fatalf("couldn't decode the answer %d %s: %v", r.status, r.body, err)
	}
}

func (r response) problem(t testing.TB) problem {
	t.Helper()
	var p problem
	r.into(t, &p)
	return p
}

// want fails the test where the answer has another status.
func (r response) want(t testing.TB, status int) response {
	t.Helper()
	if r.status != status {
		t.Fatalf("got %d, want %d: %s", r.status, status, r.body)
	}
	return r
}

// call is a request on its way.
type call struct {
	h       *harness
	request *http.Request
}

func (h *harness) call(t testing.TB, method, path, body string) *call {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, h.url+path, strings.NewReader(body))
	must(t, err)
	if body != "" {
		request.Header.Set("Content-Type", jsonType)
	}
	return &call{h, request}
}

// as sends the request's token as that of a demo account.
func (c *call) as(t testing.TB, username string) *call {
	t.Helper()
	c.request.Header.Set("Authorization", "Bearer "+c.h.token(t, username))
	return c
}

func (c *call) with(name, value string) *call {
	c.request.Header.Set(name, value)
	return c
}

// key gives the call a fresh Idempotency-Key.
func (c *call) key() *call { return c.with("Idempotency-Key", uuid.NewString()) }

func (c *call) do(t testing.TB) response {
	t.Helper()
	r, err := http.DefaultClient.Do(c.request)
	must(t, err)
	defer r.Body.Close()
	body, err := io.ReadAll(r.Body)
	must(t, err)
	answered := response{r.StatusCode, r.Header, body}
	conforms(t, c.request, answered)
	return answered
}

func (h *harness) token(t testing.TB, username string) string {
	t.Helper()
	h.mu.Lock()
	defer h.mu.Unlock()
	if given := h.tokens[username]; time.Since(given.at) < freshEnough {
		return given.text
	}
	h.tokens[username] = givenToken{h.signIn(t, username).Token, time.Now()}
	return h.tokens[username].text
}

func (h *harness) signIn(t testing.TB, username string) sessionAnswer {
	t.Helper()
	var signed sessionAnswer
	h.call(t, http.MethodPost, "/api/v1/session", `{"username":"`+username+`","password":"`+identity.DemoPassword+`"}`).
		do(t).want(t, http.StatusCreated).into(t, &signed)
	return signed
}

// fixture is a valid screening of the schemas package.
func fixture(t testing.TB, name string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("..", "schemas", "testdata", "valid", name+".json"))
	must(t, err)
	return string(b)
}

// administrator is the demonstration's, as the accounts know who does something to another's.
func (h *harness) administrator(t testing.TB) identity.Principal {
	t.Helper()
	admin, err := h.identity.ByUsername(t.Context(), "admin")
	must(t, err)
	return identity.Principal{UserID: admin.ID, Role: admin.Role}
}

// submit records a screening as the responder.
func (h *harness) submit(t testing.TB, name string) app.Receipt {
	t.Helper()
	var r app.Receipt
	h.call(t, http.MethodPut, "/api/v1/screenings/"+uuid.NewString(), fixture(t, name)).as(t, "responder").
		do(t).want(t, http.StatusCreated).into(t, &r)
	return r
}

// head is the number of commits in the log: what nothing may be added to by a request that was refused.
func (h *harness) head(t testing.TB) uint64 {
	t.Helper()
	head, err := h.log.Head(t.Context())
	must(t, err)
	return head
}

// logKeys are keys that sign receipts.
func logKeys(t testing.TB) *transparency.Keys {
	t.Helper()
	keys, err := transparency.NewKeys(t.Context(), "log.example", make(transparency.Secret, transparency.SecretSize))
	must(t, err)
	return keys
}

// followTrail keeps the index of the access record until the end of the test.
func followTrail(t testing.TB, pools *database.Pools, trail *eventlog.Trail) *accesslog.Index {
	t.Helper()
	x, err := accesslog.NewIndex(t.Context(), accesslog.IndexConfig{Owner: pools.Migrate, Audit: pools.Audit, Trail: trail})
	must(t, err)
	running, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	var stopped sync.WaitGroup
	stopped.Go(func() { x.Run(running) })
	t.Cleanup(func() { stop(); stopped.Wait() })
	return x
}
