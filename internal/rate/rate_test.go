package rate

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

func TestABudgetIsSpentAndComesBack(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := NewBook[string](Budget{Most: 5, In: time.Minute})
		for i := range 5 {
			if wait := b.Take("a", 1); wait != 0 {
				t.Fatalf("after %d: wait %v", i, wait)
			}
		}
		if wait := b.Take("a", 1); wait != 12*time.Second {
			t.Errorf("the sixth has to wait %v", wait)
		}
		if wait := b.Take("b", 5); wait != 0 {
			t.Errorf("another has to wait %v", wait)
		}
		time.Sleep(12 * time.Second)
		if b.Take("a", 1) != 0 || b.Take("a", 1) == 0 {
			t.Error("after a fifth of the time a fifth does not come back")
		}
		if wait := b.Take("c", 6); wait != time.Minute {
			t.Errorf("more than there is: wait %v", wait)
		}
		time.Sleep(time.Hour)
		if b.Take("a", 5) != 0 || b.Take("a", 1) == 0 {
			t.Error("after an hour there is something other than the budget")
		}
	})
}

func TestWhatIsGivenBackCanBeSpent(t *testing.T) {
	t.Parallel()
	b := NewBook[string](Budget{Most: 3, In: time.Hour})
	b.Take("a", 2)
	b.GiveBack("a", 1)
	b.GiveBack("nobody", 1)
	if b.Take("a", 3) == 0 || b.Take("a", 2) != 0 || b.Take("a", 1) == 0 {
		t.Error("giving one back is not one")
	}
}

func TestNoBudgetIsNoLimit(t *testing.T) {
	t.Parallel()
	b := NewBook[string](Budget{})
	for range 1000 {
		if b.Take("a", 1_000_000) != 0 {
			t.Fatal("limited")
		}
	}
}

func TestAwaitPaces(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b, start := NewBook[string](Budget{Most: 10, In: 10 * time.Second}), time.Now()
		for range 15 {
			if err := b.Await(t.Context(), "a", 1); err != nil {
				t.Fatal(err)
			}
		}
		if took := time.Since(start); took != 5*time.Second {
			t.Errorf("15 of 10 in 10 seconds take %v", took)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
		defer cancel()
		if err := b.Await(ctx, "a", 1); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v", err)
		}
	})
}

func TestAFloodOfNamesUsesUpNeitherMemoryNorTheLimit(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := NewBook[int](Budget{Most: 1, In: time.Minute})
		b.most = 10
		for i := range 10 {
			b.Take(i, 1)
		}
		if b.Take(11, 1) == 0 || len(b.accounts) > 10 {
			t.Errorf("one more gets in; %d are remembered", len(b.accounts))
		}
		time.Sleep(time.Minute)
		if b.Take(11, 1) != 0 {
			t.Error("nobody is forgotten")
		}
	})
}
