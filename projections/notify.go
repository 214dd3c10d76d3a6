package projections

import (
	"context"
	"maps"
	"slices"
	"strings"
	"sync"

	"songtor/domain"
)

// Change says what a batch has touched, so that who shows queues can look again. It carries nothing of a case.
type Change struct {
	Position uint64
	Stages   []domain.Stage
	Agencies []string // nil: any
	Guarded  []Guarded
}

// Guarded is what cases have touched that name somebody who may not know of them, and who is told nothing of it.
type Guarded struct {
	Excluded []string // digests, as domain.Standing has them
	Stages   []domain.Stage
	Agencies []string // nil: any
}

// merge takes two changes together.
func (c Change) merge(d Change) Change {
	merged := Change{
		Position: max(c.Position, d.Position), Stages: union(c.Stages, d.Stages), Agencies: anyOf(c.Agencies, d.Agencies),
		Guarded: slices.Clone(c.Guarded),
	}
	for _, g := range d.Guarded {
		i := slices.IndexFunc(merged.Guarded, func(other Guarded) bool { return slices.Equal(other.Excluded, g.Excluded) })
		if i < 0 {
			merged.Guarded = append(merged.Guarded, g)
			continue
		}
		old := merged.Guarded[i]
		merged.Guarded[i] = Guarded{Excluded: g.Excluded, Stages: union(old.Stages, g.Stages), Agencies: anyOf(old.Agencies, g.Agencies)}
	}
	return merged
}

// For is what of a change is told to somebody whom cases name by one of the tokens.
func (c Change) For(tokens []string) Change {
	told := Change{Position: c.Position, Stages: c.Stages, Agencies: c.Agencies}
	for _, g := range c.Guarded {
		if !slices.ContainsFunc(tokens, func(token string) bool { return slices.Contains(g.Excluded, token) }) {
			told = told.merge(Change{Stages: g.Stages, Agencies: g.Agencies})
		}
	}
	return told
}

// anyOf takes lists of agencies together, of which nil is any.
func anyOf(a, b []string) []string {
	if a == nil || b == nil {
		return nil
	}
	return union(a, b)
}

func union[T ~string](a, b []T) []T {
	all := slices.Concat(a, b)
	slices.Sort(all)
	return slices.Compact(all)
}

// changeOf is what commits touch: the stages in which their cases stand and from which they came, and the agencies concerned; apart for
// the cases that name somebody.
func changeOf(commits []domain.Commit) Change {
	by := map[string]*touched{}
	for i := range commits {
		excluded := strings.Join(commits[i].Standing.Excluded, " ")
		if by[excluded] == nil {
			by[excluded] = &touched{stages: map[domain.Stage]bool{}, agencies: map[string]bool{}}
		}
		by[excluded].commit(&commits[i])
	}
	c := Change{Position: commits[len(commits)-1].Position, Agencies: []string{}}
	for _, excluded := range slices.Sorted(maps.Keys(by)) {
		stages, agencies := by[excluded].lists()
		if excluded == "" {
			c.Stages, c.Agencies = stages, agencies
		} else {
			c.Guarded = append(c.Guarded, Guarded{Excluded: strings.Fields(excluded), Stages: stages, Agencies: agencies})
		}
	}
	return c
}

// touched is what commits touch beside where their cases stand after them: the stages that were left, and the agencies whose tasks
// are done.
type touched struct {
	stages   map[domain.Stage]bool
	agencies map[string]bool
	any      bool // agencies are concerned that the commits do not name
}

func (t *touched) commit(commit *domain.Commit) {
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

// lists are the stages, and the agencies: nil for any.
func (t *touched) lists() (stages []domain.Stage, agencies []string) {
	stages = slices.Sorted(maps.Keys(t.stages))
	if t.any {
		return stages, nil
	}
	return stages, append([]string{}, slices.Sorted(maps.Keys(t.agencies))...)
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
	case *domain.ServiceWithdrawn:
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

// stops tells whenever a projection stops or goes on. Its zero value is usable.
type stops struct {
	mu      sync.Mutex
	changed chan struct{}
}

func (s *stops) next() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.changed == nil {
		s.changed = make(chan struct{})
	}
	return s.changed
}

func (s *stops) tell() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.changed != nil {
		close(s.changed)
		s.changed = nil
	}
}
