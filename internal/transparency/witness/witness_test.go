package witness

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	formats "github.com/transparency-dev/formats/note"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"songtor/internal/durable"
	"songtor/internal/transparency"
)

// history is a log as a witness meets it.
type history struct {
	keys   *transparency.Keys
	hashes []tlog.Hash
	size   int64
}

func newHistory(t testing.TB, name string) *history {
	t.Helper()
	keys, err := transparency.NewKeys(t.Context(), name, make(transparency.Secret, transparency.SecretSize))
	must(t, err)
	return &history{keys: keys}
}

// grow adds leaves that tell one history from another by what they say.
func (h *history) grow(t testing.TB, n int, what string) {
	t.Helper()
	for range n {
		hashes, err := tlog.StoredHashes(h.size, fmt.Appendf(nil, "%s %d", what, h.size), h)
		must(t, err)
		h.hashes, h.size = append(h.hashes, hashes...), h.size+1
	}
}

// ReadHashes implements tlog.HashReader.
func (h *history) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	var found []tlog.Hash
	for _, i := range indexes {
		found = append(found, h.hashes[i])
	}
	return found, nil
}

func (h *history) signed(t testing.TB, size int64) []byte {
	t.Helper()
	root, err := tlog.TreeHash(size, h)
	must(t, err)
	signed, err := h.keys.SignCheckpoint(t.Context(), transparency.Cases, size, root)
	must(t, err)
	return signed
}

func (h *history) proof(t testing.TB, old, size int64) tlog.TreeProof {
	t.Helper()
	if old == 0 || old >= size {
		return nil
	}
	proof, err := tlog.ProveTree(size, old, h)
	must(t, err)
	return proof
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// served is a witness behind a server.
type served struct {
	*Witness
	file, key, url string
}

func serve(t *testing.T, h *history) *served {
	t.Helper()
	s := &served{file: filepath.Join(t.TempDir(), "witness")}
	var err error
	s.key, err = Create(s.file, "witness.example/w1")
	must(t, err)
	s.restart(t, h)
	return s
}

// restart opens the witness's file again, as after a stop.
func (s *served) restart(t *testing.T, h *history) {
	t.Helper()
	if s.Witness != nil {
		s.Close()
	}
	var err error
	s.Witness, err = Open(s.file, h.keys.VerifierKey(transparency.Cases))
	must(t, err)
	t.Cleanup(s.Close)
	server := httptest.NewServer(s.Handler())
	t.Cleanup(server.Close)
	s.url = server.URL
}

func (s *served) post(t testing.TB, body []byte) (status int, contentType, answer string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.url+"/add-checkpoint", bytes.NewReader(body))
	must(t, err)
	resp, err := http.DefaultClient.Do(req)
	must(t, err)
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	must(t, err)
	return resp.StatusCode, resp.Header.Get("Content-Type"), string(b)
}

func (s *served) add(t testing.TB, old int64, proof tlog.TreeProof, signed []byte) (status int, answer string) {
	t.Helper()
	status, _, answer = s.post(t, request{old: old, proof: proof, signed: signed}.body())
	return status, answer
}

// TestCosignaturesAreWhatAnotherLibraryVerifies has the cosignature read by the reference implementation of the specification.
func TestCosignaturesAreWhatAnotherLibraryVerifies(t *testing.T) {
	t.Parallel()
	h := newHistory(t, "log.example")
	h.grow(t, 5, "true")
	s := serve(t, h)
	status, line := s.add(t, 0, nil, h.signed(t, 5))
	if status != http.StatusOK {
		t.Fatalf("refused with %d %s", status, line)
	}
	verifier, err := formats.NewVerifierForCosignatureV1(s.key)
	must(t, err)
	n, err := note.Open(append(h.signed(t, 5), line...), note.VerifierList(verifier))
	must(t, err)
	at, err := formats.CoSigV1Timestamp(n.Sigs[0])
	must(t, err)
	if len(n.Sigs) != 1 || at.IsZero() {
		t.Errorf("verified %+v at %v", n.Sigs, at)
	}
	// and the reference's cosignature by this program
	skey, vkey, err := note.GenerateKey(zeros{}, "other.example")
	must(t, err)
	signer, err := formats.NewSignerForCosignatureV1(skey)
	must(t, err)
	vkey, err = formats.VKeyToCosignatureV1(vkey)
	must(t, err)
	ours, err := transparency.WitnessVerifier(vkey)
	must(t, err)
	text, _, _ := strings.Cut(string(h.signed(t, 5)), "\n\n")
	cosigned, err := note.Sign(&note.Note{Text: text + "\n"}, signer)
	must(t, err)
	if _, err := note.Open(cosigned, note.VerifierList(ours)); err != nil {
		t.Errorf("the reference's cosignature was refused: %v", err)
	}
}

// zeros is a source of randomness for a key of the test.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

// TestAnswersAreThoseOfTheSpecification goes through the refusals of C2SP tlog-witness.
func TestAnswersAreThoseOfTheSpecification(t *testing.T) {
	t.Parallel()
	h, stranger := newHistory(t, "log.example"), newHistory(t, "stranger.example")
	h.grow(t, 20, "true")
	stranger.grow(t, 20, "true")
	s := serve(t, h)
	fork := newHistory(t, "log.example")
	fork.grow(t, 5, "true")
	fork.grow(t, 15, "false")
	if status, answer := s.add(t, 0, nil, h.signed(t, 10)); status != http.StatusOK {
		t.Fatalf("refused with %d %s", status, answer)
	}
	unsigned := bytes.Replace(h.signed(t, 20), []byte("\n20\n"), []byte("\n19\n"), 1)
	for name, c := range map[string]struct {
		old    int64
		proof  tlog.TreeProof
		signed []byte
		status int
	}{
		"from what it does not stand at": {5, h.proof(t, 5, 20), h.signed(t, 20), http.StatusConflict},
		"from the beginning":             {0, nil, h.signed(t, 20), http.StatusConflict},
		"smaller than from":              {10, nil, h.signed(t, 7), http.StatusBadRequest},
		"another log":                    {10, stranger.proof(t, 10, 20), stranger.signed(t, 20), http.StatusNotFound},
		"not signed by the log":          {10, h.proof(t, 10, 20), unsigned, http.StatusForbidden},
		"a fork":                         {10, fork.proof(t, 10, 20), fork.signed(t, 20), http.StatusUnprocessableEntity},
		"a fork of the same size":        {10, nil, fork.signed(t, 10), http.StatusUnprocessableEntity},
		"a wrong proof":                  {10, h.proof(t, 9, 20), h.signed(t, 20), http.StatusUnprocessableEntity},
		"no proof":                       {10, nil, h.signed(t, 20), http.StatusUnprocessableEntity},
		"the same again":                 {10, nil, h.signed(t, 10), http.StatusOK},
	} {
		status, answer := s.add(t, c.old, c.proof, c.signed)
		if status != c.status {
			t.Errorf("%s: got %d, want %d: %s", name, status, c.status, answer)
		}
		if status == http.StatusConflict && answer != "10\n" {
			t.Errorf("%s: it says that it stands at %q", name, answer)
		}
	}
	_, contentType, _ := s.post(t, request{old: 3, signed: h.signed(t, 20)}.body())
	if contentType != "text/x.tlog.size" {
		t.Errorf("a size has the content type %q", contentType)
	}
	for _, body := range []string{
		"", "old 10", "old 10\n", "old -1\n\n", "old 010\n\n", "old 10\nxx\n\n", "new 10\n\n", "old 10\n\nnot a checkpoint\n",
		"old 10\n" + strings.Repeat(tlog.Hash{}.String()+"\n", 64) + "\n" + string(h.signed(t, 20)),
		"old 10\n\n" + strings.Repeat("x", maxRequest),
	} {
		if status, _, answer := s.post(t, []byte(body)); status != http.StatusBadRequest {
			t.Errorf("%.20q: got %d %s", body, status, answer)
		}
	}
	if status, answer := s.add(t, 10, h.proof(t, 10, 20), h.signed(t, 20)); status != http.StatusOK {
		t.Errorf("after all that the true log was refused with %d %s", status, answer)
	}
}

// TestAWitnessNeverSignsTwoHistories gives a witness random steps of two histories, with restarts in between: what it signs always
// belongs to one of them, and its sizes never fall.
func TestAWitnessNeverSignsTwoHistories(t *testing.T) {
	t.Parallel()
	for seed := range uint64(20) {
		r := rand.New(rand.NewPCG(seed, 1))
		first, second := newHistory(t, "log.example"), newHistory(t, "log.example")
		shared := r.IntN(8)
		first.grow(t, shared, "true")
		second.grow(t, shared, "true")
		first.grow(t, 40, "one")
		second.grow(t, 40, "other")
		s := serve(t, first)
		var known int64
		signedFor := map[*history]bool{}
		for range 120 {
			h := []*history{first, second}[r.IntN(2)]
			size := r.Int64N(h.size) + 1
			if r.IntN(10) == 0 {
				s.restart(t, first)
			}
			if status, _ := s.add(t, known, h.proof(t, known, size), h.signed(t, size)); status != http.StatusOK {
				continue
			}
			if size < known {
				t.Fatalf("seed %d: it went back from %d to %d", seed, known, size)
			}
			known = size
			if size > int64(shared) {
				signedFor[h] = true
			}
		}
		if len(signedFor) != 1 {
			t.Errorf("seed %d: it signed %d histories", seed, len(signedFor))
		}
	}
}

// TestAWitnessThatForgetsSignsTwoHistories is the control of the test above: with its memory taken away it would be deceived.
func TestAWitnessThatForgetsSignsTwoHistories(t *testing.T) {
	t.Parallel()
	first, second := newHistory(t, "log.example"), newHistory(t, "log.example")
	first.grow(t, 5, "one")
	second.grow(t, 5, "other")
	s := serve(t, first)
	before, err := os.ReadFile(s.file)
	must(t, err)
	if status, _ := s.add(t, 0, nil, first.signed(t, 5)); status != http.StatusOK {
		t.Fatalf("refused with %d", status)
	}
	must(t, os.WriteFile(s.file, before, 0o600)) // what the package says must never be done
	s.restart(t, second)
	if status, _ := s.add(t, 0, nil, second.signed(t, 5)); status != http.StatusOK {
		t.Errorf("the control shows nothing: refused with %d", status)
	}
}

// TestManyAtOnceStillOneHistory has many logs' requests at once: each comparison and what is remembered of it are one step.
func TestManyAtOnceStillOneHistory(t *testing.T) {
	t.Parallel()
	h := newHistory(t, "log.example")
	h.grow(t, 64, "true")
	s := serve(t, h)
	var asking sync.WaitGroup
	granted := make([]bool, 32)
	for i := range granted {
		asking.Go(func() {
			status, _ := s.add(t, 0, nil, h.signed(t, int64(i+1)))
			granted[i] = status == http.StatusOK
		})
	}
	asking.Wait()
	count := 0
	for _, g := range granted {
		if g {
			count++
		}
	}
	if count != 1 {
		t.Errorf("%d first checkpoints were signed", count)
	}
}

func TestAFileIsNeverReplacedOrGuessed(t *testing.T) {
	t.Parallel()
	h := newHistory(t, "log.example")
	s := serve(t, h)
	if _, err := Create(s.file, "witness.example/w1"); !errors.Is(err, fs.ErrExist) {
		t.Errorf("a witness was replaced: %v", err)
	}
	if key, err := Key(s.file); err != nil || key != s.key {
		t.Errorf("its key is %s, %v", key, err)
	}
	if _, err := Open(s.file); !errors.Is(err, durable.ErrLocked) {
		t.Errorf("a second process had the file: %v", err)
	}
	s.Close()
	must(t, os.WriteFile(s.file, []byte("{}"), 0o600))
	if _, err := Open(s.file); err == nil {
		t.Error("a damaged file was taken for one of a witness")
	}
	if _, err := Open(filepath.Join(t.TempDir(), "none")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a missing file: %v", err)
	}
}

// TestTheClientTakesNothingButACosignature answers the client with everything else.
func TestTheClientTakesNothingButACosignature(t *testing.T) {
	t.Parallel()
	h := newHistory(t, "log.example")
	h.grow(t, 3, "true")
	s := serve(t, h)
	client, err := NewClient(s.url, s.key)
	must(t, err)
	cosigned, err := client.Cosign(t.Context(), 0, nil, h.signed(t, 3))
	must(t, err)
	if !bytes.HasPrefix(cosigned, h.signed(t, 3)) || bytes.Count(cosigned, []byte("— ")) != 2 {
		t.Errorf("got %s", cosigned)
	}
	if _, err := client.Cosign(t.Context(), 1, h.proof(t, 1, 3), h.signed(t, 3)); !isConflict(err, 3) {
		t.Errorf("got %v", err)
	}
	for name, answer := range map[string]http.HandlerFunc{
		"nothing":        func(http.ResponseWriter, *http.Request) {},
		"another's line": func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(h.signed(t, 3)[len("log.example"):]) },
		"a redirect":     func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, s.url, http.StatusFound) },
		"a bad size": func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusConflict)
			_, _ = io.WriteString(w, "many\n")
		},
	} {
		server := httptest.NewServer(answer)
		client, err := NewClient(server.URL, s.key)
		must(t, err)
		if _, err := client.Cosign(t.Context(), 0, nil, h.signed(t, 3)); err == nil || isConflict(err, 0) {
			t.Errorf("%s: %v", name, err)
		}
		server.Close()
	}
	if _, err := NewClient("ftp://x", s.key); err == nil {
		t.Error("an address of another scheme was accepted")
	}
}

func isConflict(err error, size int64) bool {
	c, ok := errors.AsType[*Conflict](err)
	return ok && c.Size == size
}
