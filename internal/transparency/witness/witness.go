// Package witness is the witness of a log, at another organisation than the one that keeps it, and the client by which a log asks one.
//
// A witness cosigns a checkpoint (C2SP tlog-witness, tlog-cosignature) where a proof shows that the tree continues the tree which it
// cosigned last. So a log that rewrote its history, or shows two people two histories, cannot get both cosigned. A witness learns
// sizes and roots of trees, and nothing of what is in them.
//
// Its whole memory is one file: its key and, for each log, what it cosigned last. They lie together on purpose: a witness that lost
// its memory has lost its key too and cannot be talked into signing a second history. An older copy of the file must never be put
// back, for the same reason.
package witness

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"sync"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"songtor/internal/durable"
	"songtor/internal/transparency"
)

// Why a checkpoint is not cosigned.
var (
	ErrMalformed    = errors.New("malformed request")
	ErrUnknownLog   = errors.New("unknown log")
	ErrNotSigned    = errors.New("the checkpoint is not signed by the log")
	ErrInconsistent = errors.New("the checkpoint does not continue what was cosigned before")
)

// Conflict says that the witness cosigned another tree last than the one that the request begins with.
type Conflict struct{ Size int64 }

func (e *Conflict) Error() string { return fmt.Sprintf("the last cosigned tree has size %d", e.Size) }

// seen is the tree that was cosigned last.
type seen struct {
	Size int64     `json:"size"`
	Root tlog.Hash `json:"root"`
}

// memory is the witness's file.
type memory struct {
	Name   string          `json:"name"`
	Secret []byte          `json:"secret"`
	Logs   map[string]seen `json:"logs"` // by origin
}

// Witness cosigns checkpoints. Its methods may be called concurrently.
type Witness struct {
	file     string
	cosigner *transparency.Cosigner
	logs     map[string]note.Verifier

	lock   *os.File   // no other process has the file
	mu     sync.Mutex // a comparison and the memory of it are one step
	memory memory
}

// Create makes the file of a new witness and returns its verifier key. A file that exists is never replaced: the error is fs.ErrExist.
func Create(file, name string) (string, error) {
	if _, err := os.Stat(file); !errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("couldn't make a witness: %w", fs.ErrExist)
	}
	secret := make([]byte, transparency.SecretSize)
	if _, err := rand.Read(secret); err != nil {
		return "", fmt.Errorf("couldn't make a key: %w", err)
	}
	cosigner, err := transparency.NewCosigner(name, secret, time.Now)
	if err != nil {
		return "", err
	}
	return cosigner.VerifierKey(), remember(file, memory{name, secret, map[string]seen{}})
}

// Open opens a witness's file until Close. The logs that it cosigns are given by their verifier keys, as the service prints them. Two
// processes with one memory each would sign two histories, so a file that is open already is refused: the error is durable.ErrLocked.
func Open(file string, logs ...string) (*Witness, error) {
	w := &Witness{file: file, logs: map[string]note.Verifier{}}
	for _, log := range logs {
		v, err := transparency.LogVerifier(log)
		if err != nil {
			return nil, err
		}
		w.logs[v.Name()] = v
	}
	var err error
	if w.lock, err = durable.Lock(file + ".lock"); err != nil {
		return nil, err
	}
	if w.memory, w.cosigner, err = recall(file); err != nil {
		w.Close()
		return nil, err
	}
	return w, nil
}

// Close lets another process have the file.
func (w *Witness) Close() { _ = w.lock.Close() }

// Key is the verifier key of a witness's file, by which a policy names the witness.
func Key(file string) (string, error) {
	_, cosigner, err := recall(file)
	if err != nil {
		return "", err
	}
	return cosigner.VerifierKey(), nil
}

func recall(file string) (memory, *transparency.Cosigner, error) {
	content, err := os.ReadFile(file)
	if err != nil {
		return memory{}, nil, fmt.Errorf("couldn't open the witness's file: %w", err)
	}
	var m memory
	if err := json.Unmarshal(content, &m); err != nil || m.Logs == nil {
		return memory{}, nil, errors.New("couldn't read the witness's file: it is damaged")
	}
	cosigner, err := transparency.NewCosigner(m.Name, m.Secret, time.Now)
	return m, cosigner, err
}

// request is what a log asks for: a checkpoint, and a proof that it continues a tree of the old size.
type request struct {
	old        int64
	proof      tlog.TreeProof
	signed     []byte
	checkpoint transparency.Checkpoint
}

// cosign returns the witness's signature line. What it signs is in its memory, on disk, before.
func (w *Witness) cosign(r request) ([]byte, error) {
	log, known := w.logs[r.checkpoint.Origin]
	if !known {
		return nil, ErrUnknownLog
	}
	n, err := note.Open(r.signed, note.VerifierList(log))
	if err != nil {
		return nil, ErrNotSigned
	}
	if r.old > r.checkpoint.Size {
		return nil, ErrMalformed
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	last := w.memory.Logs[r.checkpoint.Origin]
	if r.old != last.Size {
		return nil, &Conflict{last.Size}
	}
	if !continues(last, r) {
		return nil, ErrInconsistent
	}
	next := memory{w.memory.Name, w.memory.Secret, map[string]seen{}}
	for origin, s := range w.memory.Logs {
		next.Logs[origin] = s
	}
	next.Logs[r.checkpoint.Origin] = seen{r.checkpoint.Size, r.checkpoint.Root}
	if err := remember(w.file, next); err != nil {
		return nil, err
	}
	w.memory = next
	return w.line(n.Text)
}

// continues reports whether a checkpoint continues what was cosigned last.
func continues(last seen, r request) bool {
	c := r.checkpoint
	switch {
	case last.Size == c.Size && last.Size > 0:
		return len(r.proof) == 0 && last.Root == c.Root
	case c.Size == 0:
		return len(r.proof) == 0 && c.Root == emptyRoot()
	case last.Size == 0:
		return len(r.proof) == 0
	}
	return tlog.CheckTree(r.proof, c.Size, c.Root, last.Size, last.Root) == nil
}

// emptyRoot is the root of a tree without leaves: the hash of nothing.
func emptyRoot() tlog.Hash {
	root, _ := tlog.TreeHash(0, nil) // reads nothing
	return root
}

// line signs a checkpoint and returns the signature line alone.
func (w *Witness) line(text string) ([]byte, error) {
	signed, err := note.Sign(&note.Note{Text: text}, w.cosigner)
	if err != nil {
		return nil, fmt.Errorf("couldn't cosign: %w", err)
	}
	return signed[len(text)+1:], nil
}

func remember(file string, m memory) error {
	content, err := json.MarshalIndent(m, "", " ")
	if err != nil {
		return fmt.Errorf("couldn't encode the witness's file: %w", err)
	}
	return durable.WriteFile(file, append(content, '\n'))
}
