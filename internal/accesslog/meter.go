package accesslog

import (
	"context"
	"sync"
	"time"
)

// Meter counts the different cases that each account opens in an hour, and stops an account that opens too many. A case counts once however
// often it is read: a page that shows a case asks for it again and again. Its methods may be called concurrently.
//
// What this process lets through counts at once. What the account opened before the process began, and what other processes let through,
// is read from the index: an account that is served by several at a time may come above the limit by what they let through in refreshAfter.
type Meter struct {
	history History
	limit   int
	now     func() time.Time

	mu       sync.Mutex
	accounts map[string]*gauge
}

// History tells what an account has opened: Index.
type History interface {
	OpenedSince(ctx context.Context, account string, since time.Time) (map[string]time.Time, error)
}

// gauge is what one account has opened lately. Its lock is held while the index is asked, so that nobody passes uncounted.
type gauge struct {
	mu     sync.Mutex
	opened map[string]time.Time // by case, when last
	asked  time.Time
}

// DefaultOpenLimit is how many different cases an account may open in an hour (design: three times what an auditor is told of).
const DefaultOpenLimit = 200

// refreshAfter is how long a process goes by what it knows of an account before it asks the index again.
const refreshAfter = 10 * time.Second

// NewMeter returns a meter; now is the clock, time.Now where nil.
func NewMeter(h History, limit int, now func() time.Time) *Meter {
	if now == nil {
		now = time.Now
	}
	return &Meter{history: h, limit: limit, now: now, accounts: map[string]*gauge{}}
}

// Open counts the opening of a case, and reports whether the account may open it. A case that it has opened within the hour it may open
// again. It fails where the index does not answer and nothing is known of the account.
func (m *Meter) Open(ctx context.Context, account, caseID string) (bool, error) {
	g, now := m.gauge(account), m.now()
	g.mu.Lock()
	defer g.mu.Unlock()
	if err := g.refresh(ctx, m.history, account, now); err != nil {
		return false, err
	}
	_, again := g.opened[caseID]
	if !again && len(g.opened) >= m.limit {
		return false, nil
	}
	g.opened[caseID] = now
	return true, nil
}

func (m *Meter) gauge(account string) *gauge {
	m.mu.Lock()
	defer m.mu.Unlock()
	g := m.accounts[account]
	if g == nil {
		if len(m.accounts) > maxAccounts {
			m.accounts = map[string]*gauge{} // they are read again from the index
		}
		g = &gauge{opened: map[string]time.Time{}}
		m.accounts[account] = g
	}
	return g
}

// refresh drops what is older than the window and takes in what the index knows.
func (g *gauge) refresh(ctx context.Context, h History, account string, now time.Time) error {
	if now.Sub(g.asked) < refreshAfter {
		return nil
	}
	since := now.Add(-openWindow)
	known, err := h.OpenedSince(ctx, account, since)
	if err != nil && g.asked.IsZero() {
		return err
	}
	for caseID, at := range known {
		if at.After(g.opened[caseID]) {
			g.opened[caseID] = at
		}
	}
	for caseID, at := range g.opened {
		if at.Before(since) {
			delete(g.opened, caseID)
		}
	}
	g.asked = now
	return nil
}
