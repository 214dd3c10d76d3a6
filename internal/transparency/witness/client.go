package witness

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"songtor/internal/transparency"
)

// patience bounds one question to a witness.
const patience = 10 * time.Second

// Client asks one witness.
type Client struct {
	url      string
	verifier note.Verifier
	http     *http.Client
}

// NewClient names a witness by the URL before /add-checkpoint and its verifier key. It never follows a redirect: a witness is who it is
// configured to be.
func NewClient(address, verifierKey string) (*Client, error) {
	v, err := transparency.WitnessVerifier(verifierKey)
	if err != nil {
		return nil, err
	}
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil, errors.New("a witness's address must be an http or https URL")
	}
	return &Client{strings.TrimSuffix(address, "/"), v, &http.Client{
		Timeout:       patience,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}, nil
}

// Name is the name of the witness's key.
func (c *Client) Name() string { return c.verifier.Name() }

// Cosign asks for a cosignature on a signed checkpoint, with the proof that it continues a tree of the old size. It returns the
// checkpoint with the signature added. It fails with *Conflict where the witness cosigned a tree of another size last.
func (c *Client) Cosign(ctx context.Context, old int64, proof tlog.TreeProof, signed []byte) ([]byte, error) {
	asked := request{old: old, proof: proof, signed: signed}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.url+"/add-checkpoint", bytes.NewReader(asked.body()))
	if err != nil {
		return nil, fmt.Errorf("couldn't ask the witness %s: %w", c.Name(), err)
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return nil, fmt.Errorf("couldn't ask the witness %s: %w", c.Name(), err)
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(resp.Body, maxRequest))
	switch {
	case err != nil:
		return nil, fmt.Errorf("couldn't read the answer of the witness %s: %w", c.Name(), err)
	case resp.StatusCode == http.StatusConflict:
		return nil, c.conflict(answer)
	case resp.StatusCode != http.StatusOK:
		return nil, fmt.Errorf("the witness %s refused with status %d", c.Name(), resp.StatusCode)
	}
	return c.add(signed, answer)
}

func (c *Client) conflict(answer []byte) error {
	size, err := strconv.ParseInt(strings.TrimSuffix(string(answer), "\n"), 10, 64)
	if err != nil || size < 0 {
		return fmt.Errorf("the witness %s answered a size that is none", c.Name())
	}
	return &Conflict{size}
}

// add takes the witness's own signature out of its answer, and nothing else that may be in it.
func (c *Client) add(signed, lines []byte) ([]byte, error) {
	n, err := note.Open(append(bytes.Clone(signed), lines...), note.VerifierList(c.verifier))
	if err != nil || len(n.Sigs) != 1 {
		return nil, fmt.Errorf("the witness %s answered without a good cosignature", c.Name())
	}
	return fmt.Appendf(bytes.Clone(signed), "— %s %s\n", n.Sigs[0].Name, n.Sigs[0].Base64), nil
}
