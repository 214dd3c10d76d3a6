package transparency

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"songtor/domain"
	"songtor/internal/eventlog"
)

// world is a log in memory, with everybody who signs for it: what a forger has to deceive.
type world struct {
	keys      *Keys
	witnesses []*Cosigner
	policy    *Policy
	now       time.Time // by which witnesses sign

	cases  []string
	log    []entry
	of     map[string][]int // where a case's messages are in the log
	hashes []tlog.Hash
	signed []signedTree

	rekeyed     []string   // cases of which the log took a part under another key
	rekeyedTree signedTree // with which it did
	fork        *world     // another history under the same keys
}

// entry is a message of the log.
type entry struct {
	caseID string
	data   []byte
	commit domain.Commit
}

// signedTree is a checkpoint that the log signed and the witnesses cosigned.
type signedTree struct {
	size int64
	note string
	at   time.Time
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func secret(seed byte) []byte {
	s := make([]byte, SecretSize)
	s[0] = seed
	return s
}

func keysOf(t testing.TB, name string, seed byte) *Keys {
	t.Helper()
	keys, err := NewKeys(t.Context(), name, Secret(secret(seed)))
	must(t, err)
	return keys
}

// newWorld makes a log of many cases, interleaved, with checkpoints as it grows.
func newWorld(t testing.TB, seed uint64, cases int) *world {
	t.Helper()
	w := &world{keys: keysOf(t, "log.example", 1), of: map[string][]int{}, now: time.Date(2026, 11, 1, 8, 0, 0, 0, time.UTC)}
	for i := range 3 {
		c, err := NewCosigner(fmt.Sprintf("w%d.example", i), secret(byte(10+i)), func() time.Time { return w.now })
		must(t, err)
		w.witnesses = append(w.witnesses, c)
	}
	var err error
	w.policy, err = ParsePolicy([]byte(w.policyText()))
	must(t, err)
	r := rand.New(rand.NewPCG(seed, 0))
	left := map[string]int{}
	for range cases {
		id := uuid.Must(uuid.NewRandomFromReader(randomBytes{r})).String()
		w.cases = append(w.cases, id)
		left[id] = 1 + r.IntN(12)
	}
	for open := append([]string{}, w.cases...); len(open) > 0; {
		i := r.IntN(len(open))
		id := open[i]
		w.append(t, r, id, key1)
		if left[id]--; left[id] == 0 {
			open = append(open[:i], open[i+1:]...)
		}
		w.now = w.now.Add(time.Duration(r.IntN(30)) * time.Second)
		if len(w.log)%64 == 0 || len(open) == 0 {
			w.sign(t)
		}
	}
	return w
}

// policyText trusts the log, and two of three witnesses.
func (w *world) policyText() string {
	var b strings.Builder
	fmt.Fprintf(&b, "# whom a reader trusts\nlog %s\nreceipts %s\n", w.keys.VerifierKey(Cases), w.keys.ReceiptKey())
	for i, c := range w.witnesses {
		fmt.Fprintf(&b, "witness W%d %s https://w%d.example/\n", i, c.VerifierKey(), i)
	}
	return b.String() + "group two 2 W0 W1 W2\nquorum two\n"
}

type randomBytes struct{ r *rand.Rand }

func (b randomBytes) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = byte(b.r.IntN(256))
	}
	return len(p), nil
}

// The keys of a case's scopes, as they are named beside what they seal.
const (
	key1 = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
	key2 = "BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB"
)

// append adds a commit to a case as the service would, sealed under a key.
func (w *world) append(t testing.TB, r *rand.Rand, id, key string) {
	t.Helper()
	if len(w.of[id]) == 0 {
		w.appendEvent(t, r, id, key, &domain.CaseOpened{Reference: "NRM-1", Agency: "datip", Province: "10"})
		return
	}
	w.appendEvent(t, r, id, key, &domain.NoteAdded{Audience: domain.ForCase, Agency: "datip", Text: sealedPrivate(r, key)})
}

func sealedPrivate(r *rand.Rand, key string) domain.Private {
	ciphertext := make([]byte, 96)
	_, _ = randomBytes{r}.Read(ciphertext)
	return domain.Private{Scope: domain.ScopeSensitive, Sealed: &domain.Sealed{KeyID: key, Ciphertext: ciphertext}}
}

func (w *world) appendEvent(t testing.TB, r *rand.Rand, id, key string, event domain.Event) {
	t.Helper()
	n, previous := len(w.of[id])+1, ""
	if n > 1 {
		previous = w.log[w.of[id][n-2]].commit.Digest
	}
	c := domain.Commit{
		ID: uuid.Must(uuid.NewRandomFromReader(randomBytes{r})).String(), CaseID: id, Number: n, Previous: previous, Command: "add-note",
		Actor: domain.Actor{User: "u1", Agency: "datip", Role: domain.CaseManager}, RecordedAt: w.now, Fingerprint: sealedPrivate(r, key),
		Facts: []domain.Fact{{HappenedAt: w.now, Event: event}},
	}
	data, err := eventlog.Encode(&c)
	must(t, err)
	c.Digest, c.Position, c.AcceptedAt = eventlog.Digest(data), uint64(len(w.log)+1), w.now
	w.of[id] = append(w.of[id], len(w.log))
	w.log = append(w.log, entry{id, data, c})
	leaf := LeafOf(Cases, c.Position, casePrefix+id, data)
	hashes, err := tlog.StoredHashes(int64(len(w.log)-1), leaf.Data(), w.reader())
	must(t, err)
	w.hashes = append(w.hashes, hashes...)
}

func (w *world) reader() tlog.HashReader {
	return tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		found := make([]tlog.Hash, len(indexes))
		for i, index := range indexes {
			found[i] = w.hashes[index]
		}
		return found, nil
	})
}

func (w *world) root(t testing.TB, size int64) tlog.Hash {
	t.Helper()
	root, err := tlog.TreeHash(size, w.reader())
	must(t, err)
	return root
}

// sign signs the log as it is, and has it cosigned by two or three witnesses.
func (w *world) sign(t testing.TB) {
	t.Helper()
	size := int64(len(w.log))
	signed, err := w.keys.SignCheckpoint(t.Context(), Cases, size, w.root(t, size))
	must(t, err)
	w.signed = append(w.signed, signedTree{size, cosign(t, string(signed), w.witnesses[:2+len(w.signed)%2]...), w.now})
}

func cosign(t testing.TB, signed string, by ...*Cosigner) string {
	t.Helper()
	text, _, _ := strings.Cut(signed, "\n\n")
	for _, c := range by {
		line, err := note.Sign(&note.Note{Text: text + "\n"}, c)
		must(t, err)
		signed += string(line[len(text)+2:])
	}
	return signed
}

// specimen is an honest bundle, with what a forger who works at it knows beside it.
type specimen struct {
	*Bundle
	tree    signedTree
	entries []entry // those of the bundle
	receipt []byte  // of one of them
}

// bundle is the honest bundle of a case in a signed tree, nil where the case is not in it. Without r it has no receipt.
func (w *world) bundle(t testing.TB, r *rand.Rand, id string, tree signedTree) *specimen {
	t.Helper()
	s := &specimen{Bundle: &Bundle{Case: id, MadeAt: tree.at, Checkpoint: tree.note}, tree: tree}
	for _, at := range w.of[id] {
		e := w.log[at]
		if e.commit.Position > uint64(tree.size) {
			break
		}
		s.entries = append(s.entries, e)
		s.Messages = append(s.Messages, w.message(t, e, tree.size))
	}
	if len(s.Messages) == 0 {
		return nil
	}
	must(t, w.keys.SignBundle(t.Context(), s.Bundle))
	if r != nil {
		s.receipt = w.receipt(t, s.entries[r.IntN(len(s.entries))].commit)
	}
	return s
}

func (w *world) message(t testing.TB, e entry, size int64) Message {
	t.Helper()
	proof, err := tlog.ProveRecord(size, int64(e.commit.Position)-1, w.reader())
	must(t, err)
	return Message{Position: e.commit.Position, AcceptedAt: e.commit.AcceptedAt, Data: e.data, Proof: proof}
}

// receipt is the service's answer to a command.
func (w *world) receipt(t testing.TB, c domain.Commit) []byte {
	t.Helper()
	signed, err := w.keys.SignReceipt(t.Context(), Receipt{c.CaseID, c.ID, c.Position, c.Digest})
	must(t, err)
	body, err := json.Marshal(map[string]any{
		"command_id": c.ID, "case_id": c.CaseID, "case_reference": "NRM-1", "position": c.Position, "digest": c.Digest, "mmd_seconds": 60,
		"key_id": signed.KeyID, "signature": signed.Value,
	})
	must(t, err)
	return body
}

// honest draws an honest bundle with at least so many messages.
func (w *world) honest(t testing.TB, r *rand.Rand, least int) *specimen {
	t.Helper()
	for {
		s := w.bundle(t, r, w.cases[r.IntN(len(w.cases))], w.signed[r.IntN(len(w.signed))])
		if s != nil && len(s.Messages) >= least {
			return s
		}
	}
}

// question asks for the bundle as it is now, by the world's policy.
func (w *world) question(t testing.TB, s *specimen) Question {
	t.Helper()
	file, err := s.Encode()
	must(t, err)
	return Question{Bundle: file, Policy: w.policy}
}

// resign is what an insider does who has the service's keys and not the witnesses'. What is said of the number of messages stays.
func (w *world) resign(t testing.TB, s *specimen, origin string) {
	t.Helper()
	text, err := s.text(origin)
	must(t, err)
	signature, err := w.keys.receipts.sign(context.Background(), text)
	must(t, err)
	s.Signature = w.keys.receipts.id() + " " + base64.StdEncoding.EncodeToString(signature)
}
