package builder

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"songtor/internal/transparency/witness"
)

// gatherCosignatures asks the witnesses whenever a checkpoint was signed, again while one of them has not answered, and now and then
// while nothing happens.
func (g *growth) gatherCosignatures(ctx context.Context) error {
	if len(g.builder.config.Witnesses) == 0 {
		return nil
	}
	known := &progress{sizes: map[*witness.Client]int64{}}
	wait, failing := time.Duration(0), false
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-g.news:
		case <-time.After(wait):
		}
		wait = cosignEvery
		all, err := g.round(ctx, known)
		if err != nil || !all {
			wait = signEvery
			if !failing {
				g.log.WarnContext(ctx, "not every witness cosigned; trying again", slog.Any("error", err))
			}
		}
		failing = err != nil || !all
	}
}

// progress is which tree each witness cosigned last, as far as is known.
type progress struct {
	mu    sync.Mutex
	sizes map[*witness.Client]int64
}

// round asks every witness to cosign the latest checkpoint, and keeps what they answer. It reports whether all did.
func (g *growth) round(ctx context.Context, known *progress) (bool, error) {
	c, err := g.store.lastSigned(ctx)
	if err != nil || c.Size == 0 {
		return true, err
	}
	plain := signatureOfLog(c.note)
	notes := make([][]byte, len(g.builder.config.Witnesses))
	failed := make([]error, len(notes))
	var asking sync.WaitGroup
	for i, w := range g.builder.config.Witnesses {
		asking.Go(func() { notes[i], failed[i] = g.ask(ctx, w, known, c.Size, plain) })
	}
	asking.Wait()
	cosigned, count := bytes.Clone(plain), 0
	for _, n := range notes {
		if n != nil {
			cosigned = append(cosigned, n[len(plain):]...)
			count++
		}
	}
	if count < c.cosignatures {
		return false, errors.Join(failed...) // what was there before is worth more
	}
	return count == len(notes), errors.Join(errors.Join(failed...), g.store.cosign(ctx, c.Size, cosigned, count, time.Now()))
}

// ask asks one witness, and again from the size that it names where it stands elsewhere than was thought.
func (g *growth) ask(ctx context.Context, w *witness.Client, known *progress, size int64, note []byte) ([]byte, error) {
	known.mu.Lock()
	old := known.sizes[w]
	known.mu.Unlock()
	for range 2 {
		proof, err := g.consistency(ctx, old, size)
		if err != nil {
			return nil, err
		}
		cosigned, err := w.Cosign(ctx, old, proof, note)
		if err == nil {
			known.mu.Lock()
			known.sizes[w] = size
			known.mu.Unlock()
			return cosigned, nil
		}
		moved, ok := errors.AsType[*witness.Conflict](err)
		if !ok {
			return nil, err
		}
		if old = moved.Size; old > size {
			return nil, fmt.Errorf("the witness %s cosigned a larger tree, of size %d", w.Name(), old)
		}
	}
	return nil, fmt.Errorf("the witness %s keeps moving", w.Name())
}

// consistency proves that the tree of one size continues that of a smaller one.
func (g *growth) consistency(ctx context.Context, old, size int64) (tlog.TreeProof, error) {
	if old == 0 || old == size {
		return nil, nil
	}
	proof, err := tlog.ProveTree(size, old, g.store.reader(ctx))
	if err != nil {
		return nil, fmt.Errorf("couldn't prove that the tree continues: %w", err)
	}
	return proof, nil
}

// signatureOfLog is a signed checkpoint with its first signature alone, which is the log's.
func signatureOfLog(note []byte) []byte {
	text := bytes.Index(note, []byte("\n\n")) + 2
	end := bytes.IndexByte(note[text:], '\n')
	return note[:text+end+1]
}
