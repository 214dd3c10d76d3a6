package api

import (
	"bufio"
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/jackc/pgx/v5/pgxpool"

	"songtor/domain"
	"songtor/internal/identity"
	"songtor/internal/testenv"
)

// bite is the promise: within so long a revocation counts everywhere, on open connections too.
const bite = 5 * time.Second

// revoked is an account that revocations are tried on.
type revoked struct {
	account identity.Account
	device  *testenv.Device // nil for none
	id      string          // of the device
}

// revocationTrial revokes something of a person through another process than the one that serves, and undoes it where the next
// trial needs that.
type revocationTrial struct {
	name   string
	revoke func(ctx context.Context, s *identity.Service, p revoked, session identity.Session) error
	undo   func(ctx context.Context, s *identity.Service, p revoked) error
}

func revocationTrials(admin identity.Principal) []revocationTrial {
	toggled := map[domain.Role]domain.Role{domain.Shelter: domain.Responder, domain.Responder: domain.Shelter}
	return []revocationTrial{
		{name: "session", revoke: func(ctx context.Context, s *identity.Service, p revoked, session identity.Session) error {
			return s.EndSession(ctx, p.account.ID, session.ID)
		}},
		{name: "device", revoke: func(ctx context.Context, s *identity.Service, p revoked, _ identity.Session) error {
			return s.EndDevice(ctx, p.id)
		}},
		{name: "role", revoke: func(ctx context.Context, s *identity.Service, p revoked, _ identity.Session) error {
			now, err := s.ByID(ctx, p.account.ID)
			if err != nil {
				return err
			}
			_, err = s.SetPost(ctx, admin, now.ID, identity.Post{Role: toggled[now.Role], Agency: now.Agency})
			return err
		}},
		{name: "agency", revoke: func(ctx context.Context, s *identity.Service, p revoked, _ identity.Session) error {
			return s.EndAllOfAgency(ctx, p.account.Agency)
		}},
		{name: "account", revoke: func(ctx context.Context, s *identity.Service, p revoked, _ identity.Session) error {
			return s.SetActive(ctx, admin, p.account.ID, false)
		}, undo: func(ctx context.Context, s *identity.Service, p revoked) error {
			return s.SetActive(ctx, admin, p.account.ID, true)
		}},
	}
}

// TestRevocationBitesWithinFiveSeconds holds promise 15: 200 revocations by another process, each with a stream of events open.
func TestRevocationBitesWithinFiveSeconds(t *testing.T) {
	const trials = 200
	h := newHarness(t)
	other := h.otherProcess(t, identity.Options{})
	people := map[string]revoked{}
	ways := revocationTrials(h.administrator(t))
	for _, trial := range ways {
		people[trial.name] = h.newPerson(t, trial.name)
	}
	var longest time.Duration
	for i := range trials {
		trial := ways[i%len(ways)]
		took := h.timeRevocation(t, other, trial, people[trial.name])
		longest = max(longest, took)
	}
	t.Logf("%d revocations, the longest took %v", trials, longest)
	if longest > bite {
		t.Errorf("a revocation took %v", longest)
	}
}

// timeRevocation returns how long after a revocation the stream has ended and a request with the same token is no more what it was.
func (h *harness) timeRevocation(t *testing.T, other *identity.Service, trial revocationTrial, p revoked) time.Duration {
	t.Helper()
	session, err := h.identity.Start(t.Context(), p.account, identity.Evidence{
		Methods: []identity.Method{identity.ByPassword, identity.ByDevicePasskey}, Device: p.id,
	})
	must(t, err)
	before := h.whose(t, p, session.Token)
	ended := h.follow(t, p, session.Token)
	began := time.Now()
	must(t, trial.revoke(t.Context(), other, p, session))
	deadline := time.After(2 * bite)
	select {
	case <-ended:
	case <-deadline:
		t.Fatalf("%s: the stream goes on", trial.name)
	}
	testenv.Eventually(t, 2*bite, func() bool { return h.whose(t, p, session.Token) != before })
	took := time.Since(began)
	if trial.undo != nil {
		must(t, trial.undo(t.Context(), other, p))
	}
	return took
}

// otherProcess is a second service on the same accounts.
func (h *harness) otherProcess(t *testing.T, o identity.Options) *identity.Service {
	t.Helper()
	o.AllowDemo, o.Owner = true, h.pools.Migrate
	other, err := identity.New(t.Context(), h.pools.Identity, o)
	must(t, err)
	return other
}

// newPerson makes an account of an agency of its own, with an enrolled device where that is to be revoked.
func (h *harness) newPerson(t *testing.T, name string) revoked {
	t.Helper()
	account, err := h.identity.CreateAccount(t.Context(), identity.NewAccount{
		Username: "revoked-" + name, Password: "a quiet river at dawn", Role: domain.Shelter, Agency: "agency-of-" + name,
	})
	must(t, err)
	p := revoked{account: account}
	if name == "device" {
		p.device = testenv.NewDevice(t, "http://localhost:8080")
		p.id = h.enrol(t, account, p.device)
	}
	return p
}

// enrol enrols a device by a ticket of an administrator.
func (h *harness) enrol(t *testing.T, account identity.Account, d *testenv.Device) string {
	t.Helper()
	session, err := h.identity.Start(t.Context(), account, identity.Evidence{Methods: []identity.Method{identity.ByDevicePasskey}})
	must(t, err)
	var ticket invitationAnswer
	h.call(t, http.MethodPost, "/api/v1/devices/tickets", `{"username":"`+account.Username+`"}`).as(t, "admin").
		do(t).want(t, http.StatusCreated).into(t, &ticket)
	body := `{"ticket":"` + ticket.Code + `","label":"phone","key":` + string(d.JWK(t)) + `}`
	var made deviceAnswer
	h.call(t, http.MethodPost, "/api/v1/devices", body).with("Authorization", "Bearer "+session.Token).
		with(proofHeader, d.Proof(t, d.Claims(http.MethodPost, "/api/v1/devices", session.Token, []byte(body)))).
		do(t).want(t, http.StatusCreated).into(t, &made)
	return made.ID
}

// request is one under a session of a person, from their device where it is bound to one.
func (h *harness) request(t *testing.T, p revoked, method, path, token string) *http.Request {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, h.url+path, nil)
	must(t, err)
	r.Header.Set("Authorization", "Bearer "+token)
	if p.device != nil {
		r.Header.Set(proofHeader, p.device.Proof(t, p.device.Claims(method, path, token, nil)))
	}
	return r
}

// whose is the role of whom a token stands for; empty where it stands for nobody.
func (h *harness) whose(t *testing.T, p revoked, token string) domain.Role {
	t.Helper()
	r, err := http.DefaultClient.Do(h.request(t, p, http.MethodGet, "/api/v1/session", token))
	must(t, err)
	defer r.Body.Close()
	var session sessionAnswer
	if r.StatusCode != http.StatusOK {
		return ""
	}
	must(t, json.UnmarshalRead(r.Body, &session))
	return session.User.Role
}

// follow opens a stream of events and returns what is closed when it has ended.
func (h *harness) follow(t *testing.T, p revoked, token string) <-chan struct{} {
	t.Helper()
	r, err := http.DefaultClient.Do(h.request(t, p, http.MethodGet, "/api/v1/events", token))
	must(t, err)
	if r.StatusCode != http.StatusOK {
		t.Fatalf("the stream answers %d", r.StatusCode)
	}
	lines := bufio.NewReader(r.Body)
	if first, err := lines.ReadString('\n'); err != nil || !strings.HasPrefix(first, ":") {
		t.Fatalf("the stream begins with %q, %v", first, err)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		defer r.Body.Close()
		for {
			if _, err := lines.ReadString('\n'); err != nil {
				return
			}
		}
	}()
	return ended
}

// The control: a process that remembers for long and does not listen still takes the token after the promised time, and its open
// answers go on. The stopwatch sees it.
func TestTheStopwatchCatchesARevocationThatIsNotNoticed(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	connections, err := pgxpool.NewWithConfig(t.Context(), h.pools.Identity.Config())
	must(t, err)
	t.Cleanup(connections.Close)
	deaf, err := identity.New(t.Context(), connections, identity.Options{AllowDemo: true, Owner: h.pools.Migrate, Staleness: time.Hour})
	must(t, err)
	p := h.newPerson(t, "control")
	session, err := deaf.Start(t.Context(), p.account, identity.Evidence{Methods: []identity.Method{identity.ByDevicePasskey}})
	must(t, err)
	principal, err := deaf.Resolve(t.Context(), session.Token)
	must(t, err)
	asked := connections.Stat().AcquireCount()
	standing, done := deaf.WhileStanding(t.Context(), principal)
	defer done()
	testenv.Eventually(t, bite, func() bool { // it has looked for the only time
		now := connections.Stat()
		return now.AcquireCount() > asked && now.AcquiredConns() == 0
	})
	began := time.Now()
	must(t, h.identity.EndSession(t.Context(), p.account.ID, session.ID))
	testenv.Eventually(t, 2*bite, func() bool { return time.Since(began) > bite })
	if _, err := deaf.Resolve(t.Context(), session.Token); err != nil {
		t.Errorf("the token counts no more after %v: %v", bite, err)
	}
	if standing.Err() != nil {
		t.Errorf("the open answer has ended: %v", standing.Err())
	}
	if _, err := h.identity.Resolve(t.Context(), session.Token); !errors.Is(err, identity.ErrNoSession) {
		t.Errorf("where it was revoked: %v", err)
	}
}
