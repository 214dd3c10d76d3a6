package projections

import (
	"context"
	"maps"
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
	t := touched{stages: map[domain.Stage]bool{}, agencies: map[string]bool{}}
	for i := range commits {
		commit := &commits[i]
		t.stages[commit.Standing.Stage] = true
		t.agency(commit.Standing.Agency, commit.Actor.Agency)
		for _, task := range commit.Standing.Tasks {
			t.agency(task.Agency, task.Other)
		}
		for _, f := range commit.Facts {
			t.course(f.Event)
			t.exchange(f.Event)
		}
	}
	return t.change(commits[len(commits)-1].Position)
}

// touched is what commits touch beside where their cases stand after them: the stages that were left, and the agencies whose tasks
// are done.
type touched struct {
	stages   map[domain.Stage]bool
	agencies map[string]bool
	any      bool // agencies are concerned that the commits do not name
}

func (t *touched) change(position uint64) Change {
	c := Change{Position: position, Stages: slices.Sorted(maps.Keys(t.stages))}
	if !t.any {
		c.Agencies = slices.Sorted(maps.Keys(t.agencies))
	}
	return c
}

func (t *touched) agency(codes ...string) {
	for _, code := range codes {
		if code != "" {
			t.agencies[code] = true
		}
	}
}

func (t *touched) course(e domain.Event) {
	switch e := e.(type) {
	case *domain.ScreeningRecorded:
		t.stages[domain.Frontline] = true
	case *domain.ScreeningConcluded:
		t.stages[domain.Screening] = true
	case *domain.IdentificationDecided:
		t.stages[domain.Identification] = true
	case *domain.ReassessmentRequested:
		t.everyStage()
	case *domain.ConsentRefused:
		if e.Stops {
			t.everyStage()
		}
	case *domain.CaseTransferred:
		t.agency(e.From, e.To)
	case *domain.TeamConvened:
		for _, m := range e.Members {
			t.agency(m.Agency)
		}
	case *domain.DeadlineMissed:
		t.any = true // the offices further up the ladder
	}
}

func (t *touched) everyStage() {
	for _, s := range domain.Stages() {
		t.stages[s] = true
	}
}

func (t *touched) exchange(e domain.Event) {
	switch e := e.(type) {
	case *domain.ConsentWithdrawn:
		t.agency(e.Recipients...)
	case *domain.WithdrawalAcknowledged:
		t.agency(e.Agency)
	case *domain.ReferralSent:
		t.agency(e.From, e.To)
	case *domain.ReferralAccepted:
		t.agency(e.From, e.To)
	case *domain.ReferralDeclined:
		t.agency(e.From, e.To)
	case *domain.ReferralRevoked:
		t.agency(e.From, e.To)
	case *domain.ReferralDone:
		t.agency(e.From, e.To)
	case *domain.HandOverRequested:
		t.agency(e.By, e.From)
	case *domain.HandOverRefused:
		t.agency(e.By)
	case *domain.ServiceRequested:
		t.agency(e.By, e.Provider)
	case *domain.ServiceAccepted:
		t.agency(e.Provider)
	case *domain.ServiceDeclined:
		t.agency(e.Provider)
	case *domain.ServiceDelivered:
		t.agency(e.Provider)
	case *domain.ServiceRefusedByPerson:
		t.any = true // the event does not name the provider
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
