package identity

import (
	"net/netip"
	"sync"
	"time"
)

// The limits on failed attempts to sign in: OWASP ASVS 5.0, 6.3.1.
const (
	limitWindow     = time.Minute
	limitAnAccount  = 5
	limitAnAddress  = 20
	limitedSubjects = 100_000 // how many accounts, and how many addresses, are remembered at once
)

// limits keeps the failed attempts of the last minute.
type limits struct {
	accounts  *window[string]
	addresses *window[netip.Prefix]
}

func newLimits(now func() time.Time) limits {
	return limits{
		accounts:  &window[string]{most: limitAnAccount, now: now, attempts: map[string][]time.Time{}},
		addresses: &window[netip.Prefix]{most: limitAnAddress, now: now, attempts: map[netip.Prefix][]time.Time{}},
	}
}

// take counts an attempt on both limits or gives *TooMany and counts it on neither. What it returns takes the attempt back.
func (l limits) take(username string, from netip.Addr) (giveBack func(), err error) {
	network := networkOf(from)
	at, wait := l.addresses.take(network, from.IsValid())
	if wait > 0 {
		return nil, &TooMany{RetryAfter: wait}
	}
	atAccount, wait := l.accounts.take(username, true)
	if wait > 0 {
		l.addresses.giveBack(network, at)
		return nil, &TooMany{RetryAfter: wait}
	}
	return func() {
		l.addresses.giveBack(network, at)
		l.accounts.giveBack(username, atAccount)
	}, nil
}

// networkOf returns whom an address stands for: itself, or in IPv6 the /64 that one subscriber has to choose from.
func networkOf(a netip.Addr) netip.Prefix {
	a = a.Unmap().WithZone("")
	bits := a.BitLen()
	if a.Is6() {
		bits = 64
	}
	network, err := a.Prefix(bits)
	if err != nil {
		return netip.Prefix{}
	}
	return network
}

// window allows each subject so many attempts in any span of limitWindow.
type window[S comparable] struct {
	most int
	now  func() time.Time

	mu       sync.Mutex
	attempts map[S][]time.Time // in their order, at most so many
}

// take counts an attempt, or says how long the subject has to wait. A subject that is not limited is not counted.
func (w *window[S]) take(s S, limited bool) (at time.Time, wait time.Duration) {
	if !limited {
		return time.Time{}, 0
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	at = w.now()
	recent := since(w.attempts[s], at.Add(-limitWindow))
	if len(recent) >= w.most {
		w.attempts[s] = recent
		return time.Time{}, recent[0].Add(limitWindow).Sub(at)
	}
	if len(recent) == 0 && !w.makeRoom(at) {
		return time.Time{}, limitWindow
	}
	w.attempts[s] = append(recent, at)
	return at, 0
}

// giveBack takes back the attempt that was counted at this time.
func (w *window[S]) giveBack(s S, at time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	attempts := w.attempts[s]
	for i, t := range attempts {
		if t.Equal(at) {
			w.attempts[s] = append(attempts[:i:i], attempts[i+1:]...)
			break
		}
	}
	if len(w.attempts[s]) == 0 {
		delete(w.attempts, s)
	}
}

// makeRoom forgets subjects whose attempts are past. Where there is still no room it reports false: under a flood of names or
// addresses nobody new gets in, rather than everybody without limit.
func (w *window[S]) makeRoom(now time.Time) bool {
	if len(w.attempts) < limitedSubjects {
		return true
	}
	for s, attempts := range w.attempts {
		if len(since(attempts, now.Add(-limitWindow))) == 0 {
			delete(w.attempts, s)
		}
	}
	return len(w.attempts) < limitedSubjects
}

// since returns the times after a moment, in a slice of its own.
func since(times []time.Time, moment time.Time) []time.Time {
	for i, t := range times {
		if t.After(moment) {
			return append([]time.Time(nil), times[i:]...)
		}
	}
	return nil
}
