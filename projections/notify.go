package projections

import (
	"context"
	"slices"
	"sync"

	"songtor/domain"
)

// Change says what a batch has touched, so that who shows queues can look again. It carries nothing of a case.
type Change struct {
	Position uint64
	Stages   []domain.Stage
	Agencies []string // nil: any
}

// merge takes two changes together.
func (c Change) merge(d Change) Change {
	merged := Change{Position: max(c.Position, d.Position), Stages: union(c.Stages, d.Stages)}
	if c.Agencies != nil && d.Agencies != nil {
		merged.Agencies = union(c.Agencies, d.Agencies)
	}
	return merged
}

func union[T ~string](a, b []T) []T {
	all := slices.Concat(a, b)
	slices.Sort(all)
	return slices.Compact(all)
}

// changeOf is what commits touch: the stages in which their cases stand and from which they came, and the agencies concerned.
func changeOf(commits []domain.Commit) Change {
	c := Change{Agencies: []string{}}
	stages, agencies := map[domain.Stage]bool{}, map[string]bool{}
	for i := range commits {
		commit := &commits[i]
		c.Position = commit.Position
		stages[commit.Standing.Stage] = true
		agencies[commit.Standing.Agency], agencies[commit.Actor.Agency] = true, true
		for _, f := range commit.Facts {
			touched(f.Event, stages, agencies)
		}
	}
	for s := range stages {
		c.Stages = append(c.Stages, s)
	}
	for a := range agencies {
		c.Agencies = append(c.Agencies, a)
	}
	slices.Sort(c.Stages)
	slices.Sort(c.Agencies)
	return c
}

// touched adds what an event touches beside where the case stands after it: the stage that was left, the agencies spoken of.
func touched(e domain.Event, stages map[domain.Stage]bool, agencies map[string]bool) {
	switch e := e.(type) {
	case *domain.ScreeningRecorded:
		stages[domain.Frontline] = true
	case *domain.ScreeningConcluded:
		stages[domain.Screening] = true
	case *domain.IdentificationDecided:
		stages[domain.Identification] = true
	case *domain.ConsentRefused:
		if e.Stops {
			for _, s := range domain.Stages() {
				stages[s] = true
			}
		}
	case *domain.ConsentWithdrawn:
		for _, a := range e.Recipients {
			agencies[a] = true
		}
	case *domain.ReferralSent:
		agencies[e.From], agencies[e.To] = true, true
	case *domain.ReferralAccepted:
		agencies[e.From], agencies[e.To] = true, true
	case *domain.ReferralDeclined:
		agencies[e.From], agencies[e.To] = true, true
	case *domain.ReferralRevoked:
		agencies[e.From], agencies[e.To] = true, true
	case *domain.ReferralDone:
		agencies[e.From], agencies[e.To] = true, true
	}
}

// hub hands changes to subscribers. A subscriber that is slow gets those it missed as one; it never makes anybody wait.
type hub struct {
	mu   sync.Mutex
	subs map[chan Change]bool
}

// Subscribe returns a channel of the changes from now on. It is closed when ctx ends.
func (r *Runner) Subscribe(ctx context.Context) <-chan Change {
	h, c := &r.hub, make(chan Change, 1)
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.subs == nil {
		h.subs = map[chan Change]bool{}
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

// send puts a change into every subscriber's one place, together with what lies there unread. Only send puts, under the lock,
// so that the place is free once it has been emptied.
func (h *hub) send(c Change) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for sub := range h.subs {
		change := c
		select {
		case unread := <-sub:
			change = unread.merge(c)
		default:
		}
		sub <- change
	}
}
