package accesslog

import (
	"context"
	"sync"
	"time"

	"github.com/google/uuid"
)

// AlertKind is what an auditor is told of.
type AlertKind string

// The kinds.
const (
	ManyOpens   AlertKind = "many_opens"   // more different cases in an hour than Rules.Opens
	HardStop    AlertKind = "stopped"      // more than the service allows, so that it stopped
	ManyDenials AlertKind = "many_denials" // Rules.Denials in ten minutes
	GlassBroken AlertKind = "broken_glass" // a case was read by an emergency grant
	Strange     AlertKind = "strange"      // many cases of an agency and province of which the account had never opened any
	HoneyOpened AlertKind = "honey"        // a case was asked for that nobody has a reason to open
)

// The windows in which openings and denials are counted, and how long an alert stands for what follows it.
const (
	openWindow   = time.Hour
	denialWindow = 10 * time.Minute
)

// Alert is something that an auditor should look at.
type Alert struct {
	ID             string
	Kind           AlertKind
	At             time.Time
	Account        string
	Agency         string
	Role           string
	Case           string // empty where it is about many
	Count          int    // openings or denials at that moment; 1 where it is about one
	AcknowledgedBy string // account; empty while nobody has
	AcknowledgedAt time.Time
}

// ground is an agency's cases in a province.
type ground struct{ agency, province string }

// opening is one opening of a case in the window.
type opening struct {
	at     time.Time
	caseID string
}

// activity is what one account did lately.
type activity struct {
	openings []opening // in the window, the oldest first
	cases    map[string]*openCase
	denials  []time.Time
	grounds  map[ground]time.Time // since when
	raised   map[raisedKey]time.Time
}

// openCase is a case that lies in the window.
type openCase struct {
	openings int
	on       ground
}

type raisedKey struct {
	kind   AlertKind
	caseID string
}

func newActivity() *activity {
	return &activity{cases: map[string]*openCase{}, grounds: map[ground]time.Time{}, raised: map[raisedKey]time.Time{}}
}

// opened counts an opening. It reports whether the account had never opened a case of the ground.
func (a *activity) opened(at time.Time, caseID string, on ground) (fresh bool) {
	for len(a.openings) > 0 && a.openings[0].at.Before(at.Add(-openWindow)) {
		oldest := a.openings[0].caseID
		if c := a.cases[oldest]; c.openings == 1 {
			delete(a.cases, oldest)
		} else {
			c.openings--
		}
		a.openings = a.openings[1:]
	}
	a.openings = append(a.openings, opening{at, caseID})
	if c := a.cases[caseID]; c != nil {
		c.openings, c.on = c.openings+1, on
	} else {
		a.cases[caseID] = &openCase{1, on}
	}
	if _, known := a.grounds[on]; !known {
		a.grounds[on], fresh = at, true
	}
	return fresh
}

func (a *activity) denied(at time.Time) {
	for len(a.denials) > 0 && a.denials[0].Before(at.Add(-denialWindow)) {
		a.denials = a.denials[1:]
	}
	a.denials = append(a.denials, at)
}

// strange counts the cases in the window that lie on a ground which the account first touched within it. Somebody whose first hour it is
// has no pattern to be out of.
func (a *activity) strange(at time.Time, on ground) int {
	begin := at.Add(-openWindow)
	if a.grounds[on].Before(begin) {
		return 0
	}
	settled := false
	for _, since := range a.grounds {
		settled = settled || since.Before(begin)
	}
	if !settled {
		return 0
	}
	n := 0
	for _, c := range a.cases {
		if c.on == on {
			n++
		}
	}
	return n
}

// raise returns an alert, and false where one of its kind still stands.
func (a *activity) raise(kind AlertKind, e *Entry, count int) (Alert, bool) {
	key, stands := raisedKey{kind, ""}, openWindow
	switch kind {
	case GlassBroken, HoneyOpened:
		key.caseID = e.Case
	case ManyDenials:
		stands = denialWindow
	}
	if last, ok := a.raised[key]; ok && e.At.Sub(last) < stands {
		return Alert{}, false
	}
	a.raised[key] = e.At
	return Alert{
		ID: alertID(kind, e.ID), Kind: kind, At: e.At, Account: e.User, Agency: e.Agency, Role: string(e.Role), Case: key.caseID, Count: count,
	}, true
}

// alertSpace is the space of names in which alerts have their ids (RFC 9562, version 5): built anew, an alert is the same one.
var alertSpace = uuid.MustParse("6f1b8a52-0d0e-5a53-9a54-3f2c7b0a1e6d")

func alertID(kind AlertKind, entry string) string {
	return uuid.NewSHA1(alertSpace, []byte(string(kind)+" "+entry)).String()
}

// hints wakes those who show alerts. A subscriber that is slow gets one hint for all that it missed.
type hints struct {
	mu   sync.Mutex
	subs map[chan struct{}]bool
}

// Hints returns a channel that receives whenever an alert was raised or acknowledged. It is closed when ctx ends.
func (x *Index) Hints(ctx context.Context) <-chan struct{} {
	h, c := &x.hints, make(chan struct{}, 1)
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.subs == nil {
		h.subs = map[chan struct{}]bool{}
	}
	h.subs[c] = true
	context.AfterFunc(ctx, func() {
		h.mu.Lock()
		defer h.mu.Unlock()
		delete(h.subs, c)
		close(c)
	})
	return c
}

func (h *hints) send() {
	h.mu.Lock()
	defer h.mu.Unlock()
	for c := range h.subs {
		select {
		case c <- struct{}{}:
		default:
		}
	}
}
