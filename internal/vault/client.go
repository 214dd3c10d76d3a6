package vault

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"

	"songtor/domain"
)

// Client is a Keeper that asks a Server in another process. This process then holds neither the key-encryption key nor any key that
// it did not ask for.
type Client struct {
	http      *http.Client
	kind      KEKType
	exclusion []byte
}

var _ Keeper = (*Client)(nil)

// connections is how many connections to the key service are kept open.
const connections = 64

// Dial asks the key service at a socket who it is. It fails with ErrUnavailable where nobody answers and with ErrPeer where this
// process's user may not ask.
func Dial(ctx context.Context, path string) (*Client, error) {
	c := &Client{http: &http.Client{Transport: &http.Transport{
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "unix", path)
		},
		MaxIdleConns: connections, MaxIdleConnsPerHost: connections, DisableCompression: true,
	}}}
	hello, err := call[helloAnswer](ctx, c, "/hello", nothing{})
	if err != nil {
		return nil, fmt.Errorf("couldn't reach the key service at %s: %w", path, err)
	}
	c.kind, c.exclusion = hello.Type, hello.Exclusion
	return c, nil
}

// Close gives the connections back.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// Format keeps the keys out of anything printed, whatever the verb.
func (c *Client) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "[key service]") }

// call asks the key service.
func call[A, Q any](ctx context.Context, c *Client, path string, q Q) (a A, err error) {
	response, err := c.post(ctx, path, q)
	if err != nil {
		return a, err
	}
	defer func() { _ = response.Body.Close() }() // it was read
	if response.StatusCode != http.StatusOK {
		return a, refusal(response)
	}
	if err := json.NewDecoder(response.Body).Decode(&a); err != nil {
		return a, unreachable(ctx, err)
	}
	_, err = io.Copy(io.Discard, response.Body)
	if err != nil {
		return a, unreachable(ctx, err)
	}
	return a, nil
}

func (c *Client) post(ctx context.Context, path string, q any) (*http.Response, error) {
	body, err := json.Marshal(q)
	if err != nil {
		return nil, fmt.Errorf("couldn't encode a call: %w", err)
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://keys"+path, bytes.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("couldn't make a call: %w", err)
	}
	response, err := c.http.Do(request)
	if err != nil {
		return nil, unreachable(ctx, err)
	}
	return response, nil
}

// unreachable is ErrUnavailable, unless the caller gave up.
func unreachable(ctx context.Context, err error) error {
	if errors.Is(ctx.Err(), context.Canceled) {
		return fmt.Errorf("couldn't ask the key service: %w", err)
	}
	return fmt.Errorf("couldn't ask the key service: %w: %w", ErrUnavailable, err)
}

func refusal(response *http.Response) error {
	var refused errorAnswer
	if err := json.NewDecoder(response.Body).Decode(&refused); err != nil {
		return fmt.Errorf("the key service answers %s: %w", response.Status, ErrUnavailable)
	}
	return refused.decode()
}

// Type implements Keeper.
func (c *Client) Type() KEKType { return c.kind }

// Ping implements Keeper.
func (c *Client) Ping(ctx context.Context) error {
	_, err := call[nothing](ctx, c, "/ping", nothing{})
	return err
}

// Create implements Keeper.
func (c *Client) Create(ctx context.Context, caseID string, g Grant) (*CaseKeys, bool, error) {
	a, err := call[createAnswer](ctx, c, "/create", caseCall{Case: caseID, Grant: g})
	if err != nil {
		return nil, false, err
	}
	keys, err := fromWire(a.Keys)
	return keys, a.Existed, err
}

// Extend implements Keeper.
func (c *Client) Extend(ctx context.Context, caseID string, g Grant, scope domain.Scope) (*CaseKeys, error) {
	return c.keys(ctx, "/extend", caseCall{Case: caseID, Grant: g, Scope: scope})
}

// Keys implements Keeper.
func (c *Client) Keys(ctx context.Context, caseID string, g Grant, scopes ...domain.Scope) (*CaseKeys, error) {
	return c.keys(ctx, "/keys", caseCall{Case: caseID, Grant: g, Scopes: scopes})
}

func (c *Client) keys(ctx context.Context, path string, q caseCall) (*CaseKeys, error) {
	w, err := call[*wireKeys](ctx, c, path, q)
	if err != nil {
		return nil, err
	}
	return fromWire(w)
}

// KeysFor implements Keeper.
func (c *Client) KeysFor(ctx context.Context, g Grant, scope domain.Scope, caseIDs []string) (map[string]*CaseKeys, error) {
	sent, err := call[map[string]*wireKeys](ctx, c, "/keys-for", casesCall{Cases: caseIDs, Grant: g, Scope: scope})
	if err != nil {
		return nil, err
	}
	keys := make(map[string]*CaseKeys, len(sent))
	for id, w := range sent {
		if keys[id], err = fromWire(w); err != nil {
			return nil, err
		}
	}
	return keys, nil
}

// Destroy implements Keeper.
func (c *Client) Destroy(ctx context.Context, caseID, reason string) error {
	_, err := call[nothing](ctx, c, "/destroy", destroyCall{caseID, reason})
	return err
}

// Erasures implements Keeper.
func (c *Client) Erasures(ctx context.Context) (Erasures, error) {
	return call[Erasures](ctx, c, "/erasures", nothing{})
}

// Recorded implements Keeper.
func (c *Client) Recorded(ctx context.Context, through uint64, caseIDs ...string) error {
	_, err := call[nothing](ctx, c, "/recorded", recordedCall{through, caseIDs})
	return err
}

// Blind implements Keeper.
func (c *Client) Blind(ctx context.Context, terms ...Term) ([][]byte, error) {
	return several(call[[][]byte](ctx, c, "/blind", terms))(len(terms))
}

// Pseudonyms implements Keeper.
func (c *Client) Pseudonyms(ctx context.Context, ids ...string) ([][]byte, error) {
	return several(call[[][]byte](ctx, c, "/pseudonyms", ids))(len(ids))
}

// several checks that there is an answer for each of what was asked.
func several(answers [][]byte, err error) func(asked int) ([][]byte, error) {
	return func(asked int) ([][]byte, error) {
		if err == nil && len(answers) != asked {
			return nil, errors.New("the key service answered something else than what was asked")
		}
		return answers, err
	}
}

// Exclusion implements Keeper.
func (c *Client) Exclusion(who string) []byte { return exclusion(c.exclusion, who) }

// Coins implements Keeper.
func (c *Client) Coins(ctx context.Context, release string) ([]byte, error) {
	return call[[]byte](ctx, c, "/coins", release)
}

// FormKey implements Keeper.
func (c *Client) FormKey(ctx context.Context, keyID string) ([]byte, error) {
	return call[[]byte](ctx, c, "/form-key", keyID)
}

// OpenForm implements Keeper.
func (c *Client) OpenForm(ctx context.Context, f SealedForm) ([]byte, error) {
	return call[[]byte](ctx, c, "/open-form", f)
}

// SealSecret implements Keeper.
func (c *Client) SealSecret(ctx context.Context, use ServiceUse, place string, plain []byte) ([]byte, error) {
	return call[[]byte](ctx, c, "/seal", serviceCall{use, place, plain})
}

// OpenSecret implements Keeper.
func (c *Client) OpenSecret(ctx context.Context, use ServiceUse, place string, sealed []byte) ([]byte, error) {
	return call[[]byte](ctx, c, "/open", serviceCall{use, place, sealed})
}

// Sign implements Keeper.
func (c *Client) Sign(ctx context.Context, use ServiceUse, message []byte) ([]byte, error) {
	return call[[]byte](ctx, c, "/sign", serviceCall{Use: use, Bytes: message})
}

// PublicKey implements Keeper.
func (c *Client) PublicKey(ctx context.Context, use ServiceUse) (ed25519.PublicKey, error) {
	key, err := call[[]byte](ctx, c, "/public", serviceCall{Use: use})
	return key, err
}

// Epoch tells how the key-encryption key stands. It is for the key service's own user and for root.
func (c *Client) Epoch(ctx context.Context) (Epoch, error) {
	return call[Epoch](ctx, c, "/epoch", nothing{})
}

// Rotate turns the key-encryption key over, as Vault.Rotate does. It is for the key service's own user and for root.
func (c *Client) Rotate(ctx context.Context, tell func(cases int)) error {
	response, err := c.post(ctx, "/rotate", nothing{})
	if err != nil {
		return err
	}
	defer func() { _ = response.Body.Close() }() // it was read
	if response.StatusCode != http.StatusOK {
		return refusal(response)
	}
	for lines := json.NewDecoder(response.Body); ; {
		var a rotateAnswer
		switch err := lines.Decode(&a); {
		case err != nil:
			return unreachable(ctx, err)
		case a.Error != nil:
			return a.Error.decode()
		case a.Done:
			return nil
		}
		tell(a.Cases)
	}
}
