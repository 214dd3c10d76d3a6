package main

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"songtor/internal/testenv"
	"songtor/internal/transparency"
)

// given is a receipt and when it was given.
type given struct {
	CaseID   string `json:"case_id"`
	Position uint64 `json:"position"`
	Digest   string `json:"digest"`
	at       time.Time
	body     []byte
}

// leaf is what the receipt promises to be in the tree.
func (g given) leaf(t *testing.T) transparency.Leaf {
	t.Helper()
	digest, err := hex.DecodeString(g.Digest)
	must(t, err)
	return transparency.Leaf{Tree: transparency.Cases, Position: g.Position, Case: g.CaseID, Digest: [32]byte(digest)}
}

// auditOf is somebody who was given receipts and looks at the checkpoints that are published.
type auditOf struct {
	mu       sync.Mutex
	receipts []given
	seen     []published
}

// published is a checkpoint and when it was first seen.
type published struct {
	transparency.Checkpoint
	at time.Time
}

func (a *auditOf) give(g given) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.receipts = append(a.receipts, g)
}

func (a *auditOf) see(c transparency.Checkpoint) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if n := len(a.seen); n == 0 || a.seen[n-1].Size != c.Size {
		a.seen = append(a.seen, published{c, time.Now()})
	}
}

// covering is the first checkpoint that was seen to cover a receipt.
func (a *auditOf) covering(g given) (published, bool) {
	for _, c := range a.seen {
		if uint64(c.Size) >= g.Position {
			return c, true
		}
	}
	return published{}, false
}

// breaches are the receipts that no checkpoint covered within a time, as of now.
func (a *auditOf) breaches(within time.Duration) []given {
	a.mu.Lock()
	defer a.mu.Unlock()
	var broken []given
	for _, g := range a.receipts {
		c, covered := a.covering(g)
		if covered && c.at.Sub(g.at) > within || !covered && time.Since(g.at) > within {
			broken = append(broken, g)
		}
	}
	return broken
}

// waiting reports whether there are receipts that no checkpoint covers yet.
func (a *auditOf) waiting() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, g := range a.receipts {
		if _, covered := a.covering(g); !covered {
			return true
		}
	}
	return false
}

// ask makes one call, which may fail while the service is away.
func (in *installation) ask(ctx context.Context, token, method, path string, body []byte) (answer, error) {
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, in.url+path, bytes.NewReader(body))
	if err != nil {
		return answer{}, err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Authorization", "Bearer "+token)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return answer{}, err
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	return answer{resp.StatusCode, resp.Header, b}, err
}

// submit sends a form until there is a receipt, as devices do.
func (in *installation) submit(t *testing.T, token string, seed uint64) given {
	t.Helper()
	id, body := screeningFor(t, seed)
	g := given{}
	testenv.Eventually(t, time.Minute, func() bool {
		a, err := in.ask(t.Context(), token, http.MethodPut, "/api/v1/screenings/"+id, body)
		g.at, g.body = time.Now(), a.body
		return err == nil && a.status/100 == 2
	})
	must(t, json.Unmarshal(g.body, &g))
	return g
}

// watch looks at the published checkpoints until ctx ends.
func (in *installation) watch(ctx context.Context, t *testing.T, token string, a *auditOf) {
	t.Helper()
	for ctx.Err() == nil {
		answered, err := in.ask(ctx, token, http.MethodGet, "/api/v1/log/checkpoint/cases", nil)
		if err == nil && answered.status == http.StatusOK {
			c, err := transparency.ParseCheckpoint(answered.body)
			if err != nil {
				t.Errorf("a checkpoint that is none: %s", answered.body)
				return
			}
			a.see(c)
		}
		select {
		case <-ctx.Done():
		case <-time.After(200 * time.Millisecond): // the rate at which the auditor looks
		}
	}
}

// TestEveryReceiptIsHonouredWithinSixtySeconds sends forms while the service is killed and started again, and audits every receipt
// against the published checkpoints.
func TestEveryReceiptIsHonouredWithinSixtySeconds(t *testing.T) {
	t.Parallel()
	in := install(t)
	token := in.signIn(t, "officer")
	a := new(auditOf)
	watching, stop := context.WithCancel(t.Context())
	var work, watch sync.WaitGroup
	watch.Go(func() { in.watch(watching, t, token, a) })
	for sender := range 4 {
		work.Go(func() {
			for n := range 30 {
				a.give(in.submit(t, token, uint64(100+sender*30+n)))
				time.Sleep(300 * time.Millisecond) // the pace at which forms come in
			}
		})
	}
	for range 4 {
		time.Sleep(2 * time.Second) // the load goes on in between
		_ = in.end(syscall.SIGKILL)
		in.start(t)
	}
	work.Wait()
	testenv.Eventually(t, transparency.MMD+10*time.Second, func() bool { return !a.waiting() })
	stop()
	watch.Wait()

	if broken := a.breaches(transparency.MMD); len(broken) > 0 {
		t.Errorf("%d of %d receipts were not honoured within %s; the first is of position %d", len(broken), len(a.receipts), transparency.MMD, broken[0].Position)
	}
	for _, g := range a.receipts {
		in.mustInclude(t, token, a, g)
	}
	t.Logf("audited %d receipts against %d checkpoints", len(a.receipts), len(a.seen))
	in.mustVerify(t, a.receipts[0])
}

// mustInclude asks for the proof that what a receipt promises is in the first tree that covers it.
func (in *installation) mustInclude(t *testing.T, token string, a *auditOf, g given) {
	t.Helper()
	c, _ := a.covering(g)
	asked := in.call(t, token, http.MethodGet, fmt.Sprintf("/api/v1/log/proof?tree=cases&size=%d&position=%d", c.Size, g.Position), nil)
	mustStatus(t, asked, http.StatusOK)
	var proof struct{ Hashes tlog.RecordProof }
	must(t, json.Unmarshal(asked.body, &proof))
	if err := tlog.CheckRecord(proof.Hashes, c.Size, c.Root, int64(g.Position)-1, g.leaf(t).Hash()); err != nil {
		t.Errorf("position %d is not what its receipt says: %v", g.Position, err)
	}
}

// mustVerify has the command check a case's bundle and receipt, and the whole log, and refuse a bundle of which a byte is another.
func (in *installation) mustVerify(t *testing.T, g given) {
	t.Helper()
	manager := in.signIn(t, "manager")
	bundle := in.call(t, manager, http.MethodGet, "/api/v1/cases/"+g.CaseID+"/proof", nil)
	mustStatus(t, bundle, http.StatusOK)
	policy := in.songtor(t, "", "log", "keys", "--data", in.data, "--kek", in.kek) + "quorum none\n"
	forged := bytes.Replace(bundle.body, []byte(`"accepted_at": "20`), []byte(`"accepted_at": "19`), 1)
	for name, content := range map[string][]byte{"bundle": bundle.body, "forged": forged, "policy": []byte(policy), "receipt": g.body} {
		must(t, os.WriteFile(filepath.Join(in.dir, name), content, 0o600))
	}
	at := func(name string) string { return filepath.Join(in.dir, name) }
	out := in.songtor(t, "", "verify", at("bundle"), "--policy", at("policy"), "--receipt", at("receipt"))
	if !strings.Contains(out, "VERIFIED: case "+g.CaseID) || !strings.Contains(out, "The receipt is good") {
		t.Errorf("it says: %s", out)
	}
	if out, err := in.try("", "verify", at("forged"), "--policy", at("policy")); err == nil || !strings.Contains(out, "NOT VERIFIED: the bundle is not as the service gave it out") {
		t.Errorf("of a forged bundle it says: %v %s", err, out)
	}
	if out := in.songtor(t, "", "verify", "--data", in.data, "--kek", in.kek); !strings.Contains(out, "verified the tree cases") {
		t.Errorf("of the whole log it says: %s", out)
	}
}

// TestAReceiptThatIsNotHonouredIsNoticed is the control: where the tree stands still, the audit sees it.
func TestAReceiptThatIsNotHonouredIsNoticed(t *testing.T) {
	t.Parallel()
	in := install(t)
	token := in.signIn(t, "officer")
	book := filepath.Join(in.data, "checkpoints") // what is signed cannot be written down any more
	must(t, os.RemoveAll(book))
	must(t, os.Mkdir(book, 0o700))
	a := new(auditOf)
	watching, stop := context.WithCancel(t.Context())
	var watch sync.WaitGroup
	watch.Go(func() { in.watch(watching, t, token, a) })
	a.give(in.submit(t, token, 900))
	const patience = 15 * time.Second
	testenv.Eventually(t, 2*patience, func() bool { return len(a.breaches(patience)) == 1 })
	stop()
	watch.Wait()
	metrics := in.call(t, token, http.MethodGet, "/metrics", nil)
	if bytes.Contains(metrics.body, []byte("songtor_tree_waiting_seconds{tree=\"cases\"} 0\n")) {
		t.Error("the metric says that nothing waits")
	}
}
