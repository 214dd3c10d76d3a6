// Package rate counts what somebody does against what somebody may do in a time.
//
// Counts are kept by this process alone and forgotten when it ends: they hold off floods and make gathering slow, and are no rule of the
// mechanism. Several processes together allow as many times as much.
package rate

import (
	"context"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// Budget is how much one may do. What is spent comes back evenly over the time; whoever has not spent anything for that long has all of it.
// The zero Budget is no limit.
type Budget struct {
	Most int
	In   time.Duration
}

// Unlimited reports whether the budget limits nothing.
func (b Budget) Unlimited() bool { return b.Most == 0 }

func (b Budget) rate() rate.Limit {
	return rate.Every(b.In / time.Duration(b.Most))
}

// mostAccounts is how many are remembered at once. When so many have spent something lately, nobody new may: a flood of invented names
// must not use up memory, nor open the gate for everybody.
const mostAccounts = 100_000

// Book keeps the accounts of one budget, by whom they are of. Its methods may be called concurrently.
type Book[K comparable] struct {
	budget Budget
	most   int
	now    func() time.Time

	mu       sync.Mutex
	accounts map[K]*account
}

// account is what one has left.
type account struct {
	left     *rate.Limiter
	returned int // taken and given back: spent before anything else is
	last     time.Time
}

// NewBook returns a Book in which nobody has spent anything.
func NewBook[K comparable](b Budget) *Book[K] {
	return &Book[K]{budget: b, most: mostAccounts, now: time.Now, accounts: map[K]*account{}}
}

// Take spends n of what k may, or says how long k has to wait before it can. It never takes a part.
func (b *Book[K]) Take(k K, n int) (wait time.Duration) {
	if b.budget.Unlimited() {
		return 0
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	now := b.now()
	a := b.account(k, now)
	if a == nil {
		return b.budget.In
	}
	returned := min(a.returned, n)
	r := a.left.ReserveN(now, n-returned)
	if !r.OK() { // more than anybody may at once
		return b.budget.In
	}
	if wait = r.DelayFrom(now); wait > 0 {
		r.CancelAt(now)
		return wait
	}
	a.returned -= returned
	return 0
}

// GiveBack returns n that were taken for something that then was not done.
func (b *Book[K]) GiveBack(k K, n int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if a := b.accounts[k]; a != nil {
		a.returned += n
	}
}

// Await takes n as soon as k may spend it. Fails with the error of the context where that ends before.
func (b *Book[K]) Await(ctx context.Context, k K, n int) error {
	for {
		wait := b.Take(k, n)
		if wait == 0 {
			return nil
		}
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// account returns k's account, or nil where there is no room for another.
func (b *Book[K]) account(k K, now time.Time) *account {
	a := b.accounts[k]
	if a == nil {
		if !b.makeRoom(now) {
			return nil
		}
		a = &account{left: rate.NewLimiter(b.budget.rate(), b.budget.Most)}
		b.accounts[k] = a
	}
	a.last = now
	return a
}

// makeRoom forgets those that have got everything back.
func (b *Book[K]) makeRoom(now time.Time) bool {
	if len(b.accounts) < b.most {
		return true
	}
	for k, a := range b.accounts {
		if now.Sub(a.last) >= b.budget.In {
			delete(b.accounts, k)
		}
	}
	return len(b.accounts) < b.most
}
