package projections

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"

	"songtor/domain"
)

// follow applies what comes until ctx ends, something fails or somebody wants a rebuild, which it returns.
func (g *group) follow(ctx context.Context, conn *pgx.Conn) (*request, error) {
	reading, end := context.WithCancel(ctx)
	var wanted *request
	var listening sync.WaitGroup
	listening.Go(func() {
		select {
		case wanted = <-g.requests:
			end()
		case <-reading.Done():
		}
	})
	var mended error
	listening.Go(func() {
		if mended = g.tend(ctx, reading, conn); errors.Is(mended, errMended) {
			end()
		}
	})
	var failed error
	err := g.runner.source.Follow(reading, g.lowest(), func(commits []domain.Commit) error {
		for portion := range g.portions(reading, commits) {
			if failed = g.apply(ctx, conn, portion); failed == nil {
				failed = g.prove(ctx)
			}
			if failed != nil {
				return failed
			}
		}
		if len(commits) < large {
			sleep(reading, g.pace)
		}
		return nil
	})
	end()
	listening.Wait()
	switch {
	case failed != nil:
		err = failed
	case errors.Is(mended, errMended):
		err = mended
	case err == nil:
		err = &sourceError{errReaderEnded}
	default:
		err = &sourceError{err}
	}
	if wanted != nil && failed != nil {
		wanted.done <- failed
		wanted = nil
	}
	return wanted, err
}

// How a group for whose rows nobody waits lets the others go first.
const (
	portion = 64                     // commits that it applies at a time, which is about how long somebody who comes meanwhile waits
	gap     = 5 * time.Millisecond   // the pause of one with a pace before each portion
	quiet   = 300 * time.Millisecond // how long the others have had nothing to do when one with patience goes on
	breath  = 30 * time.Millisecond  // its pause before each portion when its patience is over and they still work
)

// portions cuts up a batch of a group for whose rows nobody waits, which gives way before each portion.
func (g *group) portions(ctx context.Context, commits []domain.Commit) iter.Seq[[]domain.Commit] {
	if g.pace == 0 && g.patience == 0 {
		return slices.Values([][]domain.Commit{commits})
	}
	return func(yield func([]domain.Commit) bool) {
		for some := range slices.Chunk(commits, portion) {
			if g.giveWay(ctx); !yield(some) {
				return
			}
		}
	}
}

// giveWay pauses. A group with patience waits while the others work, as long as its patience lasts, and from then on for a breath at a time.
func (g *group) giveWay(ctx context.Context) {
	if g.patience == 0 {
		sleep(ctx, gap)
		return
	}
	for ctx.Err() == nil {
		now := time.Now() //nolint:forbidigo // measures a pause; no row depends on it
		rest := quiet - now.Sub(time.Unix(0, g.runner.busy.Load()))
		if rest <= 0 {
			g.until = time.Time{}
			return
		}
		if g.until.IsZero() {
			g.until = now.Add(g.patience)
		}
		left := g.until.Sub(now)
		if left <= 0 {
			sleep(ctx, breath)
			return
		}
		sleep(ctx, min(rest, left))
	}
}

// large is the number of commits from which a batch has little to gain by waiting for more.
const large = 500

// apply applies one batch to the members that are not set aside: to all of them in one transaction, or to each in its own where that
// fails for good.
func (g *group) apply(ctx context.Context, conn *pgx.Conn, commits []domain.Commit) error {
	g.using.Lock()
	defer g.using.Unlock()
	began := time.Now() //nolint:forbidigo // measures; no row depends on it
	working := g.working()
	fresh := after(commits, g.lowest())
	if len(fresh) == 0 {
		return nil
	}
	err := g.write(ctx, conn, working, fresh)
	if err != nil && len(working) > 1 && ctx.Err() == nil && !g.runner.transient(err) {
		err = g.applyEach(ctx, conn, working, fresh)
	}
	if err != nil {
		return err
	}
	g.applied(began, fresh)
	if g.patience == 0 {
		g.runner.busy.Store(time.Now().UnixNano()) //nolint:forbidigo // measures a pause; no row depends on it
	}
	if !g.silent {
		g.runner.hub.send(changeOf(commits))
	}
	return nil
}

// write writes a batch in one transaction: each of the members gets the commits that it has not seen.
func (g *group) write(ctx context.Context, conn *pgx.Conn, members []*member, commits []domain.Commit) error {
	tx := &transaction{conn: conn}
	var batches []*Batch
	var moves []move
	var behind []*member
	for _, m := range members {
		at, _ := m.at()
		unseen := after(commits, at)
		if len(unseen) == 0 {
			continue
		}
		b := &Batch{schema: m.Name(), tx: tx}
		if err := m.fold(ctx, b, unseen); err != nil {
			return errors.Join(tx.lost(err), tx.rollback(ctx))
		}
		batches, behind = append(batches, b), append(behind, m)
		moves = append(moves, move{m.Name(), m.Version(), at, unseen[len(unseen)-1].Position})
	}
	if len(moves) == 0 {
		return nil
	}
	if err := tx.commit(ctx, batches, moves); err != nil {
		return errors.Join(err, tx.rollback(ctx))
	}
	for i, m := range behind {
		m.set(moves[i].to)
	}
	return nil
}

func (m *member) fold(ctx context.Context, b *Batch, commits []domain.Commit) error {
	err := m.Apply(ctx, b, commits)
	if err == nil {
		err = b.err
	}
	if err != nil {
		return fmt.Errorf("couldn't apply positions %d to %d to %s: %w", commits[0].Position, commits[len(commits)-1].Position, m.Name(), err)
	}
	return nil
}

func after(commits []domain.Commit, position uint64) []domain.Commit {
	for i := range commits {
		if commits[i].Position > position {
			return commits[i:]
		}
	}
	return nil
}
