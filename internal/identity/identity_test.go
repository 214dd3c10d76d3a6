package identity

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"songtor/domain"
	"songtor/internal/testenv"
)

// cheap makes the tests that are not about the cost of a hash quick.
func cheap() cost { return cost{passes: 1, memory: 8, threads: 1} }

// clock is moved by the tests alone.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func newClock() *clock {
	return &clock{at: time.Date(2026, time.November, 23, 9, 0, 0, 0, time.UTC)}
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

func openPool(tb testing.TB, url string) *pgxpool.Pool {
	tb.Helper()
	pool, err := pgxpool.New(tb.Context(), url)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(pool.Close)
	return pool
}

func startService(tb testing.TB, pool *pgxpool.Pool, o Options) *Service {
	tb.Helper()
	s, err := newService(tb.Context(), pool, o, cheap())
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

func testService(tb testing.TB, o Options) (*Service, *clock) {
	tb.Helper()
	c := newClock()
	o.Now = c.now
	return startService(tb, openPool(tb, testenv.Postgres(tb)), o), c
}

// cacheTime is how long an answer is remembered.
const cacheTime = 2 * time.Second

const goodPassword = "ช้างสามตัว river kettle"

func addAccount(tb testing.TB, s *Service, username string) Account {
	tb.Helper()
	a, err := s.CreateAccount(tb.Context(), NewAccount{
		Username: username, Password: goodPassword, Role: domain.Responder, Agency: "dopa", Provinces: []string{"TH-63", "TH-27"},
	})
	if err != nil {
		tb.Fatal(err)
	}
	return a
}

func begin(tb testing.TB, s *Service, a Account) Session {
	tb.Helper()
	session, err := s.Start(tb.Context(), a, Evidence{Methods: []Method{ByPassword}})
	if err != nil {
		tb.Fatal(err)
	}
	return session
}

func execute(tb testing.TB, s *Service, statement string) {
	tb.Helper()
	if _, err := s.db.Exec(tb.Context(), statement); err != nil {
		tb.Fatal(err)
	}
}

func count(tb testing.TB, s *Service, query string) int {
	tb.Helper()
	var n int
	if err := s.db.QueryRow(tb.Context(), query).Scan(&n); err != nil {
		tb.Fatal(err)
	}
	return n
}

func TestServicesThatStartTogetherMigrateOnce(t *testing.T) {
	t.Parallel()
	url := testenv.Postgres(t)
	var starting sync.WaitGroup
	for range 4 {
		pool := openPool(t, url)
		starting.Go(func() {
			if _, err := newService(t.Context(), pool, Options{}, cheap()); err != nil {
				t.Error(err)
			}
		})
	}
	starting.Wait()
	s := startService(t, openPool(t, url), Options{})
	if n := count(t, s, "select count(*) from identity.migration where version_id = 1"); n != 1 {
		t.Errorf("the first migration is noted %d times", n)
	}
}

func TestANewerSchemaIsRefused(t *testing.T) {
	t.Parallel()
	s, _ := testService(t, Options{})
	execute(t, s, "insert into identity.migration (version_id, is_applied) values (99999, true)")
	if _, err := newService(t.Context(), s.db, Options{}, cheap()); err == nil {
		t.Error("a program older than the schema started")
	}
}

func TestAStoppedDatabaseIsUnavailable(t *testing.T) {
	t.Parallel()
	server := testenv.PostgresServer(t)
	s := startService(t, openPool(t, server.URL), Options{})
	a := addAccount(t, s, "mali")
	session := begin(t, s, a)
	server.Stop(t)
	for name, call := range everyCall(s, a, session.Token) {
		if err := call(t.Context()); !isUnavailable(err) {
			t.Errorf("%s: got %v, want ErrUnavailable", name, err)
		}
	}
	if _, err := newService(t.Context(), s.db, Options{}, cheap()); !isUnavailable(err) {
		t.Errorf("New: got %v, want ErrUnavailable", err)
	}
	server.Start(t)
	for name, call := range everyCall(s, a, session.Token) {
		testenv.Eventually(t, 10*time.Second, func() bool { return !isUnavailable(call(t.Context())) })
		t.Logf("%s answers again", name)
	}
}

func everyCall(s *Service, a Account, token string) map[string]func(context.Context) error {
	return map[string]func(context.Context) error{
		"CreateAccount": func(ctx context.Context) error {
			_, err := s.CreateAccount(ctx, NewAccount{Username: "nid", Password: goodPassword, Role: domain.Team, Agency: "datip"})
			return err
		},
		"SetPassword": func(ctx context.Context) error { return s.SetPassword(ctx, a.Username, goodPassword) },
		"Disable":     func(ctx context.Context) error { return s.Disable(ctx, "nobody") },
		"List":        func(ctx context.Context) error { _, err := s.List(ctx); return err },
		"ByUsername":  func(ctx context.Context) error { _, err := s.ByUsername(ctx, a.Username); return err },
		"Authenticate": func(ctx context.Context) error {
			_, err := s.Authenticate(ctx, a.Username, "wrong", noAddress)
			return err
		},
		"Start": func(ctx context.Context) error {
			_, err := s.Start(ctx, a, Evidence{Methods: []Method{ByPassword}})
			return err
		},
		"Resolve":  func(ctx context.Context) error { _, err := s.Resolve(ctx, token); return err },
		"End":      func(ctx context.Context) error { return s.End(ctx, token) },
		"EndAll":   func(ctx context.Context) error { return s.EndAll(ctx, a.ID) },
		"Sessions": func(ctx context.Context) error { _, err := s.Sessions(ctx, a.ID); return err },
	}
}
