package identity

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/jackc/pgx/v5"
	"golang.org/x/oauth2"
)

// ProviderConfig says which outside provider signs people in (OpenID Connect), and what its word is worth.
type ProviderConfig struct {
	Issuer           string          `json:"issuer"`
	ClientID         string          `json:"client_id"`
	ClientSecretFile string          `json:"client_secret_file"` // its first line; empty for a public client
	Scopes           []string        `json:"scopes"`             // beside openid
	Algorithms       []string        `json:"algorithms"`         // that tokens may be signed with; ES256 and RS256 where empty
	Assurance        []AssuranceRule `json:"assurance"`          // the first that fits counts; none: password_only

	Client *http.Client `json:"-"` // http.DefaultClient where nil
}

// AssuranceRule says what a sign-in at the provider amounts to.
type AssuranceRule struct {
	ACR    []string  `json:"acr"` // one of these; empty for any
	AMR    []string  `json:"amr"` // all of these
	Level  Assurance `json:"level"`
	MaxAge int       `json:"max_age"` // seconds since auth_time at most; 0 for any
}

// LoadProvider reads a file of a ProviderConfig in JSON.
func LoadProvider(file string) (*ProviderConfig, error) {
	raw, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("couldn't read the settings of the provider: %w", err)
	}
	var c ProviderConfig
	strict := json.NewDecoder(strings.NewReader(string(raw)))
	strict.DisallowUnknownFields()
	if err := strict.Decode(&c); err != nil {
		return nil, fmt.Errorf("couldn't read the settings of the provider: %w", err)
	}
	return &c, nil
}

const (
	providerSkew  = time.Minute      // that the provider's clock may be off
	providerTime  = 10 * time.Second // for one call to it
	providerStart = 2 * time.Second  // that a start waits for it
	providerPause = 5 * time.Second  // between attempts to find it
)

// asymmetric are the algorithms that can be allowed. "none" and those with a shared key are not among them.
func asymmetric() []string {
	return []string{oidc.RS256, oidc.RS384, oidc.RS512, oidc.ES256, oidc.ES384, oidc.ES512, oidc.PS256, oidc.PS384, oidc.PS512, oidc.EdDSA}
}

// outsideProvider is the outside provider. It is found when it is first reached: while somebody else's server is away, this service starts, and
// people sign in by other means.
type outsideProvider struct {
	config ProviderConfig
	secret string
	origin string
	client *http.Client
	now    func() time.Time

	mu      sync.Mutex
	found   *foundProvider // nil until it was reached
	askedAt time.Time      // in vain
}

// foundProvider is a provider whose addresses and keys are known.
type foundProvider struct {
	oauth    oauth2.Config
	verifier *oidc.IDTokenVerifier
	logouts  *oidc.IDTokenVerifier
}

// callbackPath is where the provider sends people back to.
const callbackPath = "/api/v1/session/provider/callback"

// newProvider fails where the settings can't be right, whatever the provider says.
func newProvider(c ProviderConfig, origin string, now func() time.Time) (*outsideProvider, error) {
	if len(c.Algorithms) == 0 {
		c.Algorithms = []string{oidc.ES256, oidc.RS256}
	}
	for _, a := range c.Algorithms {
		if !slices.Contains(asymmetric(), a) {
			return nil, fmt.Errorf("the provider's tokens can't be signed with %q; there are %v", a, asymmetric())
		}
	}
	secret, err := clientSecret(c.ClientSecretFile)
	if err != nil {
		return nil, err
	}
	client := c.Client
	if client == nil {
		client = &http.Client{Timeout: providerTime}
	}
	return &outsideProvider{config: c, secret: secret, origin: origin, client: client, now: now}, nil
}

// find asks the provider for its addresses and keys, once it was reached never again. While it is away it is asked every few seconds at
// most, so that nobody waits in line for it. Errors: ErrUnavailable.
func (p *outsideProvider) find(ctx context.Context) (*foundProvider, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.found != nil {
		return p.found, nil
	}
	if !p.askedAt.IsZero() && p.now().Sub(p.askedAt).Abs() < providerPause {
		return nil, fmt.Errorf("the provider of sign-ins was away a moment ago: %w", ErrUnavailable)
	}
	found, err := oidc.NewProvider(oidc.ClientContext(ctx, p.client), p.config.Issuer)
	if err != nil {
		p.askedAt = p.now()
		return nil, fmt.Errorf("couldn't find the provider of sign-ins: %w: %w", ErrUnavailable, err)
	}
	id, algorithms := p.config.ClientID, p.config.Algorithms
	p.found = &foundProvider{
		oauth: oauth2.Config{
			ClientID: id, ClientSecret: p.secret, Endpoint: found.Endpoint(), RedirectURL: p.origin + callbackPath,
			Scopes: append([]string{oidc.ScopeOpenID}, p.config.Scopes...),
		},
		// A token is taken up to a minute after it has run out, since the clocks are not one.
		verifier: found.Verifier(&oidc.Config{
			ClientID: id, SupportedSigningAlgs: algorithms, Now: func() time.Time { return p.now().Add(-providerSkew) },
		}),
		logouts: found.Verifier(&oidc.Config{ClientID: id, SupportedSigningAlgs: algorithms, SkipExpiryCheck: true, Now: p.now}),
	}
	return p.found, nil
}

// meet finds the provider at a start, and tells the operator where that is in vain: its name may be wrong.
func (p *outsideProvider) meet(ctx context.Context, log *slog.Logger) {
	brief, cancel := context.WithTimeout(ctx, providerStart)
	defer cancel()
	if _, err := p.find(brief); err != nil {
		log.WarnContext(ctx, "nobody can sign in at the outside provider yet; it is asked again whenever somebody wants to", slog.Any("error", err))
	}
}

func clientSecret(file string) (string, error) {
	if file == "" {
		return "", nil
	}
	raw, err := os.ReadFile(file)
	if err != nil {
		return "", fmt.Errorf("couldn't read the secret for the provider: %w", err)
	}
	line, _, _ := strings.Cut(string(raw), "\n")
	return strings.TrimSpace(line), nil
}

// redirection is what is kept of a sign-in while its person is at the provider.
type redirection struct {
	State      string
	Nonce      string
	Verifier   string // of PKCE
	Invitation []byte // hash of the code that links the subject to Account; nil for none
	Account    string
}

// HasProvider reports whether people may sign in at an outside provider.
func (s *Service) HasProvider() bool { return s.provider != nil }

// Departure is where a person is sent to sign in, and what has to come back with them.
type Departure struct {
	URL      string
	Ceremony string // to be kept by the browser alone, and shown at the return
}

// Depart begins a sign-in at the outside provider. Errors: ErrNoProvider, ErrBusy, ErrUnavailable where the provider cannot be found too.
func (s *Service) Depart(ctx context.Context) (Departure, error) {
	return s.depart(ctx, redirection{})
}

// Link begins a sign-in at the outside provider that links who comes back to the principal's account, by an invitation to it. The
// invitation passes through an administrator's hands: alone it opens nothing, and the person shows as much as the account can beside it.
// Errors: ErrNoProvider, *StepUp, ErrInvitation, ErrBusy, ErrUnavailable.
func (s *Service) Link(ctx context.Context, p Principal, invitation string) (Departure, error) {
	if s.provider == nil {
		return Departure{}, ErrNoProvider
	}
	if err := s.mayLink(ctx, p, invitation); err != nil {
		return Departure{}, err
	}
	return s.depart(ctx, redirection{Invitation: hashCode(invitation), Account: p.UserID})
}

func (s *Service) mayLink(ctx context.Context, p Principal, invitation string) error {
	f, err := s.FactorsOf(ctx, p.UserID)
	if err != nil {
		return err
	}
	if err := p.Require(f.strongest(), true, s.now()); err != nil {
		return err
	}
	var invited bool
	err = s.db.QueryRow(ctx, `
		select exists (select from identity.invitation where code_hash = $1 and kind = 'provider' and account = $2 and expires_at > $3)`,
		hashCode(invitation), p.UserID, s.now()).Scan(&invited)
	switch {
	case err != nil:
		return couldNot("find an invitation", err)
	case !invited:
		return ErrInvitation
	}
	return nil
}

func (s *Service) depart(ctx context.Context, r redirection) (Departure, error) {
	if s.provider == nil {
		return Departure{}, ErrNoProvider
	}
	found, err := s.provider.find(ctx)
	if err != nil {
		return Departure{}, err
	}
	r.State, r.Nonce, r.Verifier = rand.Text(), rand.Text(), oauth2.GenerateVerifier()
	ceremony, err := s.beginCeremony(ctx, redirect, "", r)
	if err != nil {
		return Departure{}, err
	}
	to := found.oauth.AuthCodeURL(r.State, oidc.Nonce(r.Nonce), oauth2.S256ChallengeOption(r.Verifier))
	return Departure{to, ceremony}, nil
}

// Arrival is who came back from the provider.
type Arrival struct {
	Account  Account
	Evidence Evidence
}

// claims are what an identity token says beside what its verifier checks.
type claims struct {
	Nonce     string   `json:"nonce"`
	ACR       string   `json:"acr"`
	AMR       []string `json:"amr"`
	AuthTime  int64    `json:"auth_time"`
	SessionID string   `json:"sid"`
	Party     string   `json:"azp"`
}

// Arrive ends a sign-in at the outside provider. Whatever is wrong is ErrBadCredentials, but for ErrNoProvider and ErrUnavailable.
func (s *Service) Arrive(ctx context.Context, ceremony, state, code string) (Arrival, error) {
	if s.provider == nil {
		return Arrival{}, ErrNoProvider
	}
	var r redirection
	if err := s.endCeremony(ctx, ceremony, redirect, "", &r); err != nil {
		return Arrival{}, badUnlessUnavailable(err)
	}
	if subtle.ConstantTimeCompare([]byte(state), []byte(r.State)) != 1 {
		return Arrival{}, ErrBadCredentials
	}
	token, said, err := s.provider.exchange(ctx, code, r)
	if err != nil {
		return Arrival{}, err
	}
	a, err := s.subjectAccount(ctx, token, r)
	if err != nil {
		return Arrival{}, err
	}
	return Arrival{a, Evidence{
		Methods: []Method{ByProvider}, vouched: s.provider.vouches(said, s.now()),
		issuer: token.Issuer, subject: token.Subject, providerID: said.SessionID,
	}}, nil
}

// exchange trades the code for an identity token and checks it, the nonce too, which the library leaves to its caller. Errors:
// ErrBadCredentials, ErrUnavailable where the provider does not answer.
func (p *outsideProvider) exchange(ctx context.Context, code string, r redirection) (*oidc.IDToken, claims, error) {
	found, err := p.find(ctx)
	if err != nil {
		return nil, claims{}, err
	}
	ctx = oidc.ClientContext(ctx, p.client)
	answered, err := found.oauth.Exchange(ctx, code, oauth2.VerifierOption(r.Verifier))
	if err != nil {
		return nil, claims{}, notTraded(err)
	}
	raw, _ := answered.Extra("id_token").(string)
	token, err := found.verifier.Verify(ctx, raw)
	if err != nil {
		return nil, claims{}, ErrBadCredentials
	}
	var said claims
	if err := token.Claims(&said); err != nil {
		return nil, claims{}, ErrBadCredentials
	}
	party := len(token.Audience) == 1 && said.Party == "" || said.Party == p.config.ClientID
	if subtle.ConstantTimeCompare([]byte(said.Nonce), []byte(r.Nonce)) != 1 || !party || token.Subject == "" {
		return nil, claims{}, ErrBadCredentials
	}
	return token, said, nil
}

// notTraded tells a provider that says no from one that is away or talks nonsense: its person is not refused and may try again. Of such an
// answer nothing is kept but its status, since nobody knows what it holds.
func notTraded(err error) error {
	var answer *oauth2.RetrieveError
	var call *url.Error
	switch {
	case errors.As(err, &call):
		return fmt.Errorf("couldn't reach the provider of sign-ins: %w: %w", ErrUnavailable, call)
	case !errors.As(err, &answer):
		return fmt.Errorf("couldn't understand the provider of sign-ins: %w", ErrUnavailable)
	case answer.Response.StatusCode >= http.StatusInternalServerError:
		return fmt.Errorf("couldn't ask the provider of sign-ins, which answers %d: %w", answer.Response.StatusCode, ErrUnavailable)
	}
	return ErrBadCredentials
}

// vouches is what the provider's word amounts to.
func (p *outsideProvider) vouches(said claims, now time.Time) Assurance {
	for _, rule := range p.config.Assurance {
		old := rule.MaxAge > 0 && now.Sub(time.Unix(said.AuthTime, 0)) > time.Duration(rule.MaxAge)*time.Second+providerSkew
		if !old && rule.fits(said) {
			return rule.Level
		}
	}
	return PasswordOnly
}

func (r AssuranceRule) fits(said claims) bool {
	if len(r.ACR) > 0 && !slices.Contains(r.ACR, said.ACR) {
		return false
	}
	for _, method := range r.AMR {
		if !slices.Contains(said.AMR, method) {
			return false
		}
	}
	return true
}

// subjectAccount finds the account of a subject of the provider, after linking it where the person left with an invitation.
func (s *Service) subjectAccount(ctx context.Context, token *oidc.IDToken, r redirection) (Account, error) {
	var account string
	err := s.inTransaction(ctx, "find the account of a subject", func(tx pgx.Tx) error {
		if r.Invitation != nil {
			_, err := tx.Exec(ctx, `
				with redeemed as (
					delete from identity.invitation where code_hash = $3 and kind = 'provider' and account = $5 and expires_at > $4 returning account
				)
				insert into identity.subject (issuer, subject, account, linked_at) select $1, $2, account, $4 from redeemed
				on conflict do nothing`, token.Issuer, token.Subject, r.Invitation, s.now(), r.Account)
			if err != nil {
				return err
			}
		}
		return tx.QueryRow(ctx, "select account from identity.subject where issuer = $1 and subject = $2",
			token.Issuer, token.Subject).Scan(&account)
	})
	if errors.Is(err, pgx.ErrNoRows) {
		return Account{}, ErrBadCredentials
	}
	if err != nil {
		return Account{}, err
	}
	a, err := s.ByID(ctx, account)
	if err != nil {
		return Account{}, badUnlessUnavailable(err)
	}
	if !a.Active || a.Demo {
		return Account{}, ErrBadCredentials
	}
	return a, nil
}

// logoutEvent is the member of a logout token that makes it one (OpenID Connect Back-Channel Logout 1.0, 2.4).
const logoutEvent = "http://schemas.openid.net/event/backchannel-logout"

// logoutAge is how old a logout token may be.
const logoutAge = 2 * time.Minute

// ProviderLogout ends the sessions that a logout token of the provider names. Errors: ErrNoProvider, ErrBadCredentials where it is
// no such token or was seen before, ErrUnavailable.
func (s *Service) ProviderLogout(ctx context.Context, raw string) error {
	if s.provider == nil {
		return ErrNoProvider
	}
	found, err := s.provider.find(ctx)
	if err != nil {
		return err
	}
	token, err := found.logouts.Verify(oidc.ClientContext(ctx, s.provider.client), raw)
	if err != nil {
		return ErrBadCredentials
	}
	var said struct {
		ID        string                     `json:"jti"`
		SessionID string                     `json:"sid"`
		Events    map[string]json.RawMessage `json:"events"`
		Nonce     *string                    `json:"nonce"`
	}
	if err := token.Claims(&said); err != nil {
		return ErrBadCredentials
	}
	age := s.now().Sub(token.IssuedAt)
	_, isLogout := said.Events[logoutEvent]
	if !isLogout || said.Nonce != nil || said.ID == "" || token.Subject == "" && said.SessionID == "" || age > logoutAge || age < -providerSkew {
		return ErrBadCredentials
	}
	return s.endProviderSessions(ctx, token, said.ID, said.SessionID)
}

func (s *Service) endProviderSessions(ctx context.Context, token *oidc.IDToken, id, session string) error {
	seen := false
	err := s.endingSessions(ctx, "end the sessions of a subject", change{all: true}, func(tx pgx.Tx) error {
		tag, err := tx.Exec(ctx, `
			with past as (delete from identity.logout_seen where expires_at <= $3)
			insert into identity.logout_seen (issuer, token_id, expires_at) values ($1, $2, $4) on conflict do nothing`,
			token.Issuer, id, s.now(), s.now().Add(logoutAge+2*providerSkew))
		if err != nil {
			return err
		}
		if seen = tag.RowsAffected() == 0; seen {
			return nil
		}
		_, err = tx.Exec(ctx, `
			delete from identity.session
			where issuer = $1 and ($2 = '' or subject = $2) and ($3 = '' or provider_id = $3)`, token.Issuer, token.Subject, session)
		return err
	})
	if err == nil && seen {
		return ErrBadCredentials
	}
	return err
}
