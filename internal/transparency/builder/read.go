package builder

import (
	"context"
	"errors"
	"fmt"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"songtor/internal/eventlog"
	"songtor/internal/transparency"
)

// Errors of what readers ask for.
var (
	// ErrNoCheckpoint says that nothing has been signed yet that covers what was asked for. A moment later it may be.
	ErrNoCheckpoint = errors.New("no checkpoint covers this yet")
	// ErrRange says that there is no such proof: a size or a position that the tree does not have.
	ErrRange = errors.New("the tree has no such size or position")
)

// Checkpoint is the latest checkpoint with its cosignatures, as a signed note. It fails with ErrNoCheckpoint.
func (b *Builder) Checkpoint(ctx context.Context, tree transparency.Tree) ([]byte, error) {
	best, err := b.growth[tree].store.best(ctx)
	if err == nil && best.Size == 0 {
		err = ErrNoCheckpoint
	}
	return best.note, err
}

// Consistency proves that the tree of one size continues that of a smaller one. It fails with ErrRange.
func (b *Builder) Consistency(ctx context.Context, tree transparency.Tree, old, size int64) (tlog.TreeProof, error) {
	if err := b.reached(ctx, tree, size); err != nil || old < 1 || old > size {
		return nil, errors.Join(ErrRange, err)
	}
	return b.growth[tree].consistency(ctx, old, size)
}

// Inclusion proves that the leaf of a position is in the tree of a size. It fails with ErrRange.
func (b *Builder) Inclusion(ctx context.Context, tree transparency.Tree, position, size int64) (tlog.RecordProof, error) {
	if err := b.reached(ctx, tree, size); err != nil || position < 1 || position > size {
		return nil, errors.Join(ErrRange, err)
	}
	proof, err := tlog.ProveRecord(size, position-1, b.growth[tree].store.reader(ctx))
	if err != nil {
		return nil, fmt.Errorf("couldn't prove that a position is in the tree: %w", err)
	}
	return proof, nil
}

// reached fails where no signed tree has the size yet.
func (b *Builder) reached(ctx context.Context, tree transparency.Tree, size int64) error {
	last, err := b.growth[tree].store.lastSigned(ctx)
	if err == nil && size > last.Size {
		err = ErrRange
	}
	return err
}

// Bundle makes the bundle of a case of its messages, all of them; of those at the withheld positions it has the digest alone. What no
// checkpoint covers yet is left out. It fails with ErrNoCheckpoint where that is everything.
func (b *Builder) Bundle(ctx context.Context, caseID string, messages []eventlog.Raw, withheld map[uint64]bool) ([]byte, error) {
	best, err := b.growth[transparency.Cases].store.best(ctx)
	if err != nil {
		return nil, err
	}
	bundle := &transparency.Bundle{Case: caseID, MadeAt: time.Now().UTC().Truncate(time.Second), Checkpoint: string(best.note)}
	for _, m := range messages {
		if int64(m.Position) > best.Size {
			break
		}
		proof, err := tlog.ProveRecord(best.Size, int64(m.Position)-1, b.growth[transparency.Cases].store.reader(ctx))
		if err != nil {
			return nil, fmt.Errorf("couldn't prove that a message is in the tree: %w", err)
		}
		message := transparency.Message{Position: m.Position, AcceptedAt: m.Accepted, Data: m.Data, Proof: proof}
		if withheld[m.Position] {
			message.Withhold()
		}
		bundle.Messages = append(bundle.Messages, message)
	}
	if len(bundle.Messages) == 0 {
		return nil, ErrNoCheckpoint
	}
	if err := b.config.Keys.SignBundle(ctx, bundle); err != nil {
		return nil, err
	}
	return bundle.Encode()
}

// Verified is what Verify found to be so.
type Verified struct {
	Messages    uint64 // of the log, all of which were read
	Checkpoints int    // that were compared, of the file and the database
}

// Verify reads a stream from its beginning, computes the tree anew and compares it with every checkpoint that was ever signed, in the
// file and in the database. It fails with ErrBroken at the first that does not agree, and with an error of the log.
func (b *Builder) Verify(ctx context.Context, tree transparency.Tree, tell func(done, total uint64)) (Verified, error) {
	g := b.growth[tree]
	roots, count, err := g.everySigned(ctx)
	if err != nil {
		return Verified{}, err
	}
	largest := int64(0)
	for size := range roots {
		largest = max(largest, size)
	}
	head, err := g.head(ctx, largest)
	if err != nil {
		return Verified{}, err
	}
	f := new(frontier)
	err = g.stream.ScanRaw(ctx, 0, head, func(batch []eventlog.Raw) error {
		for _, m := range batch {
			f.append(transparency.LeafOf(tree, m.Position, m.Subject, m.Data).Hash())
			if root, ok := roots[f.size]; ok && root != f.root() {
				return fmt.Errorf("%w: up to position %d it has another root than was signed", ErrBroken, f.size)
			}
		}
		tell(uint64(f.size), head)
		return nil
	})
	if err != nil {
		return Verified{}, err
	}
	return Verified{head, count}, nil
}

// CatchUp takes what the stream holds now into its tree, where nobody else does. It fails as Run would stop: with ErrBroken where the
// stream is not the one that was signed.
func (b *Builder) CatchUp(ctx context.Context, tree transparency.Tree, tell func(done, total uint64)) error {
	g := b.growth[tree]
	if err := g.check(ctx); err != nil {
		return err
	}
	head, err := g.head(ctx, 0)
	if err != nil {
		return err
	}
	return g.stream.ScanRaw(ctx, uint64(g.edge.size), head, func(batch []eventlog.Raw) error {
		if err := g.take(ctx, batch); err != nil {
			return err
		}
		tell(batch[len(batch)-1].Position, head)
		return nil
	})
}

// RootOf is the root of the stored tree when it had a size.
func (b *Builder) RootOf(ctx context.Context, tree transparency.Tree, size int64) (tlog.Hash, error) {
	root, err := tlog.TreeHash(size, b.growth[tree].store.reader(ctx))
	if err != nil {
		return root, fmt.Errorf("couldn't compute a root: %w", err)
	}
	return root, nil
}

// everySigned are the roots of all checkpoints, by size, and their number. Two of one size with two roots are ErrBroken.
func (g *growth) everySigned(ctx context.Context) (map[int64]tlog.Hash, int, error) {
	verifier := g.builder.config.Keys.Verifier(g.tree)
	entries, err := g.book.read(verifier)
	if err != nil {
		return nil, 0, err
	}
	roots, count := map[int64]tlog.Hash{}, 0
	add := func(c transparency.Checkpoint) error {
		if root, ok := roots[c.Size]; ok && root != c.Root {
			return fmt.Errorf("%w: two checkpoints of size %d have two roots", ErrBroken, c.Size)
		}
		roots[c.Size] = c.Root
		count++
		return nil
	}
	for _, c := range entries {
		if err := add(c.Checkpoint); err != nil {
			return nil, 0, err
		}
	}
	err = g.store.all(ctx, func(signed []byte) error {
		c, err := transparency.ParseCheckpoint(signed)
		if err != nil {
			return fmt.Errorf("%w: a checkpoint in the database is damaged", ErrBroken)
		}
		if _, err := note.Open(signed, note.VerifierList(verifier)); err != nil {
			return fmt.Errorf("%w: the database has a checkpoint of size %d that this service did not sign", ErrBroken, c.Size)
		}
		return add(c)
	})
	return roots, count, err
}
