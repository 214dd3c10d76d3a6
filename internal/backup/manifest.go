package backup

import (
	"crypto/ed25519"
	"crypto/sha256"
	"fmt"
	"time"

	"github.com/go-json-experiment/json"
)

// format is the version of the stream.
const format = 1

// Kind says what a backup is of.
type Kind string

// The kinds.
const (
	KindData Kind = "data" // everything but the keys
	KindKeys Kind = "keys" // the database of the wrapped keys
)

// Head is what a backup begins with.
type Head struct {
	Format  int       `json:"format"`
	Kind    Kind      `json:"kind"`
	MadeAt  time.Time `json:"made_at"`
	Program string    `json:"program"` // that made it
}

// Manifest says what a backup holds. There is nothing of a person in it.
type Manifest struct {
	Head

	Log     string   `json:"log,omitempty"` // name of the log; none where the keys were saved by themselves
	Streams []Stream `json:"streams,omitempty"`
	Tables  []Part   `json:"tables"`
	Files   []Part   `json:"files"`
	Models  []Model  `json:"models,omitempty"`
	// Covers is, in a backup of keys, the position of the log up to which the keys of every case are there; 0 where it was not known.
	Covers uint64 `json:"covers,omitempty"`
	Digest string `json:"digest"` // SHA-256 of all that came before
	Signer string `json:"signer"` // Ed25519 public key, in hex
}

// Stream is a stream of the log as far as a backup has it.
type Stream struct {
	Name       string `json:"name"`
	Position   uint64 `json:"position"` // of the last message, and the number of messages
	Bytes      uint64 `json:"bytes"`    // of the messages
	Digest     string `json:"digest"`
	Root       string `json:"root"`                 // of the signed tree of this size
	Checkpoint string `json:"checkpoint,omitempty"` // that says so; none for an empty stream
}

// Part is a table or a file.
type Part struct {
	Name   string `json:"name"`
	Rows   uint64 `json:"rows,omitempty"`
	Bytes  uint64 `json:"bytes"`
	Digest string `json:"digest"`
}

// Model is a read model as it stood at a position. Its rows are not in the backup.
type Model struct {
	Name     string       `json:"name"`
	Version  int          `json:"version"`
	Position uint64       `json:"position"`
	Tables   []ModelTable `json:"tables"`
}

// ModelTable is a table of a read model.
type ModelTable struct {
	Name   string `json:"name"`
	Rows   uint64 `json:"rows"`
	Digest string `json:"digest"` // of all rows, whatever their order
}

// Stream returns what a backup says of a stream, empty where it has none.
func (m *Manifest) Stream(name string) Stream {
	for _, s := range m.Streams {
		if s.Name == name {
			return s
		}
	}
	return Stream{}
}

// signed is the last frame.
type signed struct {
	Manifest  []byte `json:"manifest"`
	Signature []byte `json:"signature"`
}

// signedText keeps the signature of a manifest from being one of anything else.
func signedText(manifest []byte) []byte {
	sum := sha256.Sum256(manifest)
	return fmt.Appendf(nil, "songtor backup v1\nsha256 %x\n", sum)
}

// Signature is a manifest as it was signed.
type Signature struct{ manifest, signature []byte }

// Verify fails with ErrForeign where another key than the given one signed.
func (s Signature) Verify(key ed25519.PublicKey) error {
	if !ed25519.Verify(key, signedText(s.manifest), s.signature) {
		return fmt.Errorf("%w: another key signed it", ErrForeign)
	}
	return nil
}

func encode(v any) ([]byte, error) {
	b, err := json.Marshal(v, json.Deterministic(true))
	if err != nil {
		return nil, fmt.Errorf("couldn't encode a part of the backup: %w", err)
	}
	return b, nil
}

// decode is strict: a member that this version does not know could be one that a restore must heed.
func decode(b []byte, v any) error {
	if err := json.Unmarshal(b, v, json.RejectUnknownMembers(true)); err != nil {
		return fmt.Errorf("%w: a part of it cannot be read", ErrDamaged)
	}
	return nil
}
