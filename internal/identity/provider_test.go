package identity

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// idp is a small OpenID provider: authorisation code with PKCE, one client, one person. Its answers can be made wrong.
type idp struct {
	server *httptest.Server
	key    *ecdsa.PrivateKey
	now    func() time.Time

	mu     sync.Mutex
	codes  map[string]url.Values // what was asked for under each code that was not traded yet
	tamper func(claims map[string]any)
	signed func(payload []byte) string // nil: by the provider's key
	fails  int                         // status with which it answers instead; 0 for none
}

func newIDP(t *testing.T, now func() time.Time) *idp {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	p := &idp{key: key, now: now, codes: map[string]url.Values{}}
	mux := http.NewServeMux()
	mux.HandleFunc("/.well-known/openid-configuration", func(w http.ResponseWriter, _ *http.Request) {
		_ = json.NewEncoder(w).Encode(map[string]any{
			"issuer": p.server.URL, "authorization_endpoint": p.server.URL + "/authorize", "token_endpoint": p.server.URL + "/token",
			"jwks_uri": p.server.URL + "/keys", "id_token_signing_alg_values_supported": []string{"ES256"},
		})
	})
	mux.HandleFunc("/keys", func(w http.ResponseWriter, _ *http.Request) {
		_ = json.NewEncoder(w).Encode(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: key.Public(), KeyID: "k", Algorithm: "ES256", Use: "sig"}}})
	})
	mux.HandleFunc("/token", p.trade)
	p.server = httptest.NewServer(mux)
	t.Cleanup(p.server.Close)
	return p
}

// authorise is the person's browser at the provider: it gives the code that the browser is sent back with.
func (p *idp) authorise(t *testing.T, departure Departure) (state, code string) {
	t.Helper()
	u, err := url.Parse(departure.URL)
	if err != nil {
		t.Fatal(err)
	}
	asked := u.Query()
	if asked.Get("code_challenge_method") != "S256" || asked.Get("nonce") == "" || asked.Get("response_type") != "code" {
		t.Fatalf("asked for %v", asked)
	}
	code = rand.Text()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.codes[code] = asked
	return asked.Get("state"), code
}

func (p *idp) trade(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.fails != 0 {
		http.Error(w, "the database of Mali is down", p.fails)
		return
	}
	asked, known := p.codes[r.FormValue("code")]
	delete(p.codes, r.FormValue("code"))
	sum := sha256.Sum256([]byte(r.FormValue("code_verifier")))
	if !known || base64.RawURLEncoding.EncodeToString(sum[:]) != asked.Get("code_challenge") {
		w.WriteHeader(http.StatusBadRequest)
		_, _ = w.Write([]byte(`{"error":"invalid_grant"}`))
		return
	}
	claims := map[string]any{
		"iss": p.server.URL, "sub": "person-1", "aud": "songtor", "iat": p.now().Unix(), "exp": p.now().Add(5 * time.Minute).Unix(),
		"nonce": asked.Get("nonce"), "acr": "high", "amr": []string{"hwk", "pin"}, "auth_time": p.now().Unix(), "sid": "session-1",
	}
	if p.tamper != nil {
		p.tamper(claims)
	}
	payload, _ := json.Marshal(claims)
	sign := p.signed
	if sign == nil {
		sign = p.sign
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(map[string]any{"access_token": "x", "token_type": "Bearer", "id_token": sign(payload)})
}

func (p *idp) sign(payload []byte) string { return signedBy(p.key, jose.ES256, payload) }

func signedBy(key any, alg jose.SignatureAlgorithm, payload []byte) string {
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: alg, Key: key}, (&jose.SignerOptions{}).WithHeader("kid", "k"))
	if err != nil {
		panic(err)
	}
	signed, err := signer.Sign(payload)
	if err != nil {
		panic(err)
	}
	compact, err := signed.CompactSerialize()
	if err != nil {
		panic(err)
	}
	return compact
}

// withProvider is a service where mali signs in at the provider.
func withProvider(t *testing.T) (*Service, *idp, *clock, Account) {
	t.Helper()
	s, clock := testService(t, Options{})
	p := newIDP(t, clock.now)
	outside := startService(t, s.db, Options{Now: clock.now, Provider: &ProviderConfig{
		Issuer: p.server.URL, ClientID: "songtor",
		Assurance: []AssuranceRule{
			{ACR: []string{"high"}, AMR: []string{"hwk"}, Level: Phishproof, MaxAge: 600}, {AMR: []string{"otp"}, Level: TwoFactors},
		},
	}})
	a := addAccount(t, outside, "mali")
	if _, err := arrive(t, outside, p); !errors.Is(err, ErrBadCredentials) {
		t.Fatalf("a subject that nobody has linked: %v", err)
	}
	if arrival, err := link(t, outside, p, a); err != nil || arrival.Account.ID != a.ID {
		t.Fatalf("with the invitation: %+v, %v", arrival, err)
	}
	return outside, p, clock, a
}

// inviteOutside makes the code by which an account is linked.
func inviteOutside(t *testing.T, s *Service, account string) Invitation {
	t.Helper()
	made, err := s.InviteProvider(t.Context(), administrator(t, s, "admin-"+strings.ToLower(rand.Text()[:8])), account)
	if err != nil {
		t.Fatal(err)
	}
	return made
}

// link goes the whole way by an invitation, signed in to the account.
func link(t *testing.T, s *Service, p *idp, a Account) (Arrival, error) {
	t.Helper()
	departure, err := s.Link(t.Context(), signedIn(t, s, a), inviteOutside(t, s, a.ID).Code)
	if err != nil {
		t.Fatal(err)
	}
	state, code := p.authorise(t, departure)
	return s.Arrive(t.Context(), departure.Ceremony, state, code)
}

// arrive goes the whole way.
func arrive(t *testing.T, s *Service, p *idp) (Arrival, error) {
	t.Helper()
	departure, err := s.Depart(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	state, code := p.authorise(t, departure)
	return s.Arrive(t.Context(), departure.Ceremony, state, code)
}

func TestTheProvidersWordIsWorthWhatTheSettingsSay(t *testing.T) {
	t.Parallel()
	s, p, clock, _ := withProvider(t)
	for name, c := range map[string]struct {
		tamper func(map[string]any)
		want   Assurance
	}{
		"as it is":          {nil, Phishproof},
		"another acr":       {func(c map[string]any) { c["acr"] = "low" }, PasswordOnly},
		"a code":            {func(c map[string]any) { c["amr"] = []string{"pwd", "otp"} }, TwoFactors},
		"no methods":        {func(c map[string]any) { delete(c, "amr") }, PasswordOnly},
		"shown an hour ago": {func(c map[string]any) { c["auth_time"] = clock.now().Add(-time.Hour).Unix() }, PasswordOnly},
	} {
		p.tamper = c.tamper
		arrival, err := arrive(t, s, p)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		session, err := s.Start(t.Context(), arrival.Account, arrival.Evidence)
		if err != nil || session.Assurance != c.want {
			t.Errorf("%s: %v, %v", name, session.Assurance, err)
		}
	}
}

func TestWrongTokensOfTheProviderAreRefused(t *testing.T) {
	t.Parallel()
	s, p, clock, _ := withProvider(t)
	thief, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	set := func(name string, value any) func(map[string]any) { return func(c map[string]any) { c[name] = value } }
	for name, c := range map[string]struct {
		tamper func(map[string]any)
		signed func([]byte) string
	}{
		"another nonce":    {tamper: set("nonce", "x")},
		"no nonce":         {tamper: func(c map[string]any) { delete(c, "nonce") }},
		"another audience": {tamper: set("aud", "another")},
		"two audiences":    {tamper: set("aud", []string{"songtor", "another"})},
		"another issuer":   {tamper: set("iss", "https://evil.example")},
		"run out":          {tamper: set("exp", clock.now().Add(-2*time.Minute).Unix())},
		"another person":   {tamper: set("sub", "person-2")},
		"algorithm none": {signed: func(payload []byte) string {
			return base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"none"}`)) + "." + base64.RawURLEncoding.EncodeToString(payload) + "."
		}},
		"a shared key": {signed: func(payload []byte) string {
			return signedBy([]byte(strings.Repeat("k", 32)), jose.HS256, payload)
		}},
		"another key": {signed: func(payload []byte) string { return signedBy(thief, jose.ES256, payload) }},
		"nonsense":    {signed: func([]byte) string { return "a.b.c" }},
	} {
		p.tamper, p.signed = c.tamper, c.signed
		if arrival, err := arrive(t, s, p); !errors.Is(err, ErrBadCredentials) {
			t.Errorf("%s: %+v, %v", name, arrival, err)
		}
		p.tamper, p.signed = nil, nil
		if _, err := arrive(t, s, p); err != nil {
			t.Fatalf("%s: the control: %v", name, err)
		}
	}
	p.tamper = set("exp", clock.now().Add(-30*time.Second).Unix())
	if _, err := arrive(t, s, p); err != nil {
		t.Errorf("run out by less than clocks may differ: %v", err)
	}
}

// A provider that is away refuses nobody. What it says while it fails is repeated nowhere.
func TestAProviderThatIsAwayRefusesNobody(t *testing.T) {
	t.Parallel()
	s, p, _, a := withProvider(t)
	for status, want := range map[int]error{
		http.StatusInternalServerError: ErrUnavailable, http.StatusServiceUnavailable: ErrUnavailable, http.StatusUnauthorized: ErrBadCredentials,
	} {
		p.fails = status
		if _, err := arrive(t, s, p); !errors.Is(err, want) || strings.Contains(err.Error(), "Mali") {
			t.Errorf("a provider that answers %d: %v, want %v", status, err, want)
		}
	}
	p.fails = 0
	if arrival, err := arrive(t, s, p); err != nil || arrival.Account.ID != a.ID {
		t.Fatalf("when it is back: %+v, %v", arrival, err)
	}
	p.server.Close()
	if _, err := arrive(t, s, p); !errors.Is(err, ErrUnavailable) {
		t.Errorf("a provider that cannot be reached: %v", err)
	}
}

// A service starts while the provider is away, and finds it when it is back. Meanwhile nobody waits in line for it.
func TestAProviderThatIsAwayKeepsNobodyFromStarting(t *testing.T) {
	t.Parallel()
	s, clock := testService(t, Options{})
	p := newIDP(t, clock.now)
	var away atomic.Bool
	var asked atomic.Int32
	away.Store(true)
	handler := p.server.Config.Handler
	p.server.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		if away.Load() {
			http.Error(w, "away", http.StatusBadGateway)
			return
		}
		handler.ServeHTTP(w, r)
	})
	var log strings.Builder
	outside := startService(t, s.db, Options{
		Now: clock.now, Provider: &ProviderConfig{Issuer: p.server.URL, ClientID: "songtor"}, Logger: slog.New(slog.NewTextHandler(&log, nil)),
	})
	if !strings.Contains(log.String(), "level=WARN") || !outside.HasProvider() {
		t.Errorf("the operator reads %q", log.String())
	}
	clock.pass(providerPause)
	before := asked.Load()
	for range 5 {
		if _, err := outside.Depart(t.Context()); !errors.Is(err, ErrUnavailable) {
			t.Errorf("while it is away: %v", err)
		}
	}
	if more := asked.Load() - before; more != 1 {
		t.Errorf("it was asked %d times by five", more)
	}
	if err := outside.ProviderLogout(t.Context(), "token"); !errors.Is(err, ErrUnavailable) {
		t.Errorf("a logout that nobody can check: %v", err)
	}
	away.Store(false)
	clock.pass(providerPause)
	if _, err := arrive(t, outside, p); !errors.Is(err, ErrBadCredentials) { // whom nobody has linked
		t.Errorf("when it is back: %v", err)
	}
}

func TestAReturnIsGoodOnceAndForTheBrowserThatLeft(t *testing.T) {
	t.Parallel()
	s, p, clock, _ := withProvider(t)
	depart := func() (Departure, string, string) {
		departure, err := s.Depart(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		state, code := p.authorise(t, departure)
		return departure, state, code
	}
	departure, state, code := depart()
	if _, err := s.Arrive(t.Context(), departure.Ceremony, state, code); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Arrive(t.Context(), departure.Ceremony, state, code); !errors.Is(err, ErrBadCredentials) {
		t.Errorf("the same return again: %v", err)
	}
	fresh, freshState, _ := depart()
	if _, err := s.Arrive(t.Context(), fresh.Ceremony, freshState, code); !errors.Is(err, ErrBadCredentials) {
		t.Errorf("a code that was traded before: %v", err)
	}
	one, _, oneCode := depart()
	_, otherState, _ := depart()
	if _, err := s.Arrive(t.Context(), one.Ceremony, otherState, oneCode); !errors.Is(err, ErrBadCredentials) {
		t.Errorf("another sign-in's state: %v", err)
	}
	late, lateState, lateCode := depart()
	clock.pass(ceremonyTime)
	if _, err := s.Arrive(t.Context(), late.Ceremony, lateState, lateCode); !errors.Is(err, ErrBadCredentials) {
		t.Errorf("after five minutes: %v", err)
	}
}

// The code passes through an administrator's hands, who could otherwise become anybody by it, the second administrator too.
func TestACodeOfALinkIsWorthNothingWithoutTheAccount(t *testing.T) {
	t.Parallel()
	s, p, _, mali := withProvider(t)
	p.tamper = func(c map[string]any) { c["sub"] = "person-2" }
	nid, thief := addAccount(t, s, "nid"), addAccount(t, s, "thief")
	made := inviteOutside(t, s, nid.ID)
	if _, err := s.Link(t.Context(), signedIn(t, s, thief), made.Code); !errors.Is(err, ErrInvitation) {
		t.Errorf("from another account: %v", err)
	}
	if _, err := arrive(t, s, p); !errors.Is(err, ErrBadCredentials) {
		t.Errorf("from no account: %v", err)
	}
	if _, err := s.Link(t.Context(), signedIn(t, s, mali), "AAAA-AAAA-AAAA-AAAA"); !errors.Is(err, ErrInvitation) {
		t.Errorf("an unknown code: %v", err)
	}
	byPassword := signedIn(t, s, nid)
	key := mustPasskey(t, s, byPassword, false)
	var stepUp *StepUp
	if _, err := s.Link(t.Context(), byPassword, made.Code); !errors.As(err, &stepUp) {
		t.Errorf("by less than the account can show: %v", err)
	}
	_, methods, err := bySignIn(t, s, key)
	if err != nil {
		t.Fatal(err)
	}
	session, err := s.Start(t.Context(), nid, Evidence{Methods: methods})
	if err != nil {
		t.Fatal(err)
	}
	departure, err := s.Link(t.Context(), mustResolve(t, s, session.Token), made.Code)
	if err != nil {
		t.Fatal(err)
	}
	state, code := p.authorise(t, departure)
	if arrival, err := s.Arrive(t.Context(), departure.Ceremony, state, code); err != nil || arrival.Account.ID != nid.ID {
		t.Errorf("by the passkey: %+v, %v", arrival, err)
	}
}

// Whoever got into an account by a link of their own would stay in it.
func TestResettingTheFactorsUnlinksTheProvider(t *testing.T) {
	t.Parallel()
	s, p, _, mali := withProvider(t)
	left := inviteOutside(t, s, mali.ID)
	if err := s.ResetFactors(t.Context(), mali.Username); err != nil {
		t.Fatal(err)
	}
	if arrival, err := arrive(t, s, p); !errors.Is(err, ErrBadCredentials) {
		t.Errorf("by the link from before: %+v, %v", arrival, err)
	}
	if _, err := s.Link(t.Context(), signedIn(t, s, mali), left.Code); !errors.Is(err, ErrInvitation) {
		t.Errorf("by a code from before: %v", err)
	}
	if arrival, err := link(t, s, p, mali); err != nil || arrival.Account.ID != mali.ID {
		t.Errorf("linked anew: %+v, %v", arrival, err)
	}
}

func TestTheProvidersLogoutEndsTheSession(t *testing.T) {
	t.Parallel()
	s, p, clock, a := withProvider(t)
	arrival, err := arrive(t, s, p)
	if err != nil {
		t.Fatal(err)
	}
	session, err := s.Start(t.Context(), a, arrival.Evidence)
	if err != nil {
		t.Fatal(err)
	}
	local := begin(t, s, a)
	token := func(change func(map[string]any)) string {
		claims := map[string]any{
			"iss": p.server.URL, "aud": "songtor", "iat": clock.now().Unix(), "exp": clock.now().Add(time.Minute).Unix(), "jti": rand.Text(),
			"sub": "person-1", "sid": "session-1", "events": map[string]any{logoutEvent: map[string]any{}},
		}
		change(claims)
		payload, err := json.Marshal(claims)
		if err != nil {
			t.Fatal(err)
		}
		return p.sign(payload)
	}
	for name, change := range map[string]func(map[string]any){
		"a sign-in's token": func(c map[string]any) { c["nonce"] = "x" },
		"no event":          func(c map[string]any) { delete(c, "events") },
		"nobody":            func(c map[string]any) { delete(c, "sub"); delete(c, "sid") },
		"without an id":     func(c map[string]any) { delete(c, "jti") },
		"old":               func(c map[string]any) { c["iat"] = clock.now().Add(-time.Hour).Unix() },
		"another audience":  func(c map[string]any) { c["aud"] = "another" },
	} {
		if err := s.ProviderLogout(t.Context(), token(change)); !errors.Is(err, ErrBadCredentials) || !stands(t, s, session.Token) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := s.ProviderLogout(t.Context(), token(func(c map[string]any) { c["sid"] = "session-2" })); err != nil || !stands(t, s, session.Token) {
		t.Errorf("another session there: %v", err)
	}
	right := token(func(map[string]any) {})
	if err := s.ProviderLogout(t.Context(), right); err != nil || stands(t, s, session.Token) {
		t.Errorf("the session stands after its logout: %v", err)
	}
	if !stands(t, s, local.Token) {
		t.Error("a session of the password ended too")
	}
	if err := s.ProviderLogout(t.Context(), right); !errors.Is(err, ErrBadCredentials) {
		t.Errorf("the same token again: %v", err)
	}
}
