package identity

import (
	"crypto/sha256"
	"sync"
	"time"
)

// cacheMost is how many sessions are remembered at once.
const cacheMost = 10_000

// tokenHash is what is kept of a token.
type tokenHash = [sha256.Size]byte

// cache remembers who stands behind a token, so that many requests under one token do not each ask the database. It holds no
// refusals.
type cache struct {
	now  func() time.Time
	stay time.Duration // how long at most an answer is remembered

	mu      sync.RWMutex
	entries map[tokenHash]entry
	age     uint64 // counts what was forgotten on purpose
}

type entry struct {
	principal Principal
	until     time.Time
}

func newCache(now func() time.Time, stay time.Duration) *cache {
	return &cache{now: now, stay: stay, entries: map[tokenHash]entry{}}
}

// find returns the principal if it is remembered, and the age to hand to remember if it is not.
func (c *cache) find(t tokenHash) (p Principal, age uint64, found bool) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	e, found := c.entries[t]
	if !found || !c.now().Before(e.until) {
		return Principal{}, c.age, false
	}
	return e.principal, c.age, true
}

// remember keeps what the database said until the time given and no longer than for its stay. If anything was forgotten since the age
// was taken, the answer may have been read before that and is not kept.
func (c *cache) remember(t tokenHash, p Principal, until time.Time, age uint64) {
	now := c.now()
	if latest := now.Add(c.stay); until.After(latest) {
		until = latest
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.age != age {
		return
	}
	if len(c.entries) >= cacheMost {
		c.drop(func(e entry) bool { return !now.Before(e.until) })
	}
	if len(c.entries) < cacheMost {
		c.entries[t] = entry{principal: p, until: until}
	}
}

func (c *cache) forgetToken(t tokenHash) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.age++
	delete(c.entries, t)
}

// forget drops everybody whom something may concern.
func (c *cache) forget(concerns func(Principal) bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.age++
	c.drop(func(e entry) bool { return concerns(e.principal) })
}

func (c *cache) drop(which func(entry) bool) {
	for t, e := range c.entries {
		if which(e) {
			delete(c.entries, t)
		}
	}
}
