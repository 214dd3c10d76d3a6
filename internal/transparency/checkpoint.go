package transparency

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// ErrCheckpoint says that bytes are no checkpoint.
var ErrCheckpoint = errors.New("malformed checkpoint")

// Checkpoint is the state of a tree: so many leaves, and their root.
type Checkpoint struct {
	Origin string
	Size   int64
	Root   tlog.Hash
}

// Text is the checkpoint as it is signed (C2SP tlog-checkpoint).
func (c Checkpoint) Text() string { return fmt.Sprintf("%s\n%d\n%s\n", c.Origin, c.Size, c.Root) }

// ParseCheckpoint reads the checkpoint of a signed note without looking at the signatures. Lines after the third are other logs'
// extensions; those that this package signs have none. It fails with ErrCheckpoint.
func ParseCheckpoint(signed []byte) (Checkpoint, error) {
	text, _, found := strings.Cut(string(signed), "\n\n")
	lines := strings.Split(text, "\n")
	if !found || len(lines) < 3 || lines[0] == "" {
		return Checkpoint{}, ErrCheckpoint
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil || size < 0 || strconv.FormatInt(size, 10) != lines[1] {
		return Checkpoint{}, ErrCheckpoint
	}
	root, err := tlog.ParseHash(lines[2])
	if err != nil || root.String() != lines[2] {
		return Checkpoint{}, ErrCheckpoint
	}
	return Checkpoint{lines[0], size, root}, nil
}

// Origin is the name of a tree.
func (k *Keys) Origin(tree Tree) string { return k.of(tree).name }

// VerifierKey is what verifies the checkpoints of a tree, in the form of a signed note's verifier key.
func (k *Keys) VerifierKey(tree Tree) string { return k.of(tree).encoded() }

// Verifier verifies the checkpoints of a tree.
func (k *Keys) Verifier(tree Tree) note.Verifier {
	return verifier{k.of(tree).name, algEd25519, k.of(tree).public}
}

// SignCheckpoint signs the state of a tree, as a signed note. It fails with an error of the keys' holder.
func (k *Keys) SignCheckpoint(ctx context.Context, tree Tree, size int64, root tlog.Hash) ([]byte, error) {
	c := Checkpoint{k.Origin(tree), size, root}
	signed, err := note.Sign(&note.Note{Text: c.Text()}, signer{ctx, k.of(tree)})
	if err != nil {
		return nil, fmt.Errorf("couldn't sign a checkpoint: %w", err)
	}
	return signed, nil
}

func (k *Keys) of(tree Tree) *key {
	if tree == Cases {
		return k.cases
	}
	return k.access
}
