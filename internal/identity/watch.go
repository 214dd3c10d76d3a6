package identity

import (
	"context"
	"log/slog"
	"slices"
	"sync"
	"time"
)

// watches are the answers under way that take long, such as streams of events: each ends with its session.
type watches struct {
	mu      sync.Mutex
	open    map[*watch]bool
	sweeper bool          // whether there is a goroutine that looks
	wake    chan struct{} // holds a value when it is to look at once
}

// watch is one answer under way.
type watch struct {
	principal Principal
	end       context.CancelCauseFunc
	seen      time.Time // when the session was last seen to stand; the sweeper's alone
}

func newWatches() *watches {
	return &watches{open: map[*watch]bool{}, wake: make(chan struct{}, 1)}
}

// look has the sessions that a change may concern looked at now.
func (w *watches) look(c change) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for open := range w.open {
		if c.concerns(open.principal) {
			select {
			case w.wake <- struct{}{}:
			default: // it is to look already
			}
			return
		}
	}
}

// WhileStanding returns a context that ends with ErrNoSession as its cause as soon as the principal's session does not stand any
// more or is of somebody else's rights: another role, agency, province or level than the principal has. Looking does not count as
// use of the session, so that a page left open keeps nobody signed in. Where the database does not answer for longer than a look and a
// half apart, the context ends too. The function gives the watch up.
func (s *Service) WhileStanding(ctx context.Context, p Principal) (context.Context, context.CancelFunc) {
	ctx, end := context.WithCancelCause(ctx)
	w := &watch{principal: p, end: end, seen: time.Now()}
	s.watches.mu.Lock()
	defer s.watches.mu.Unlock()
	s.watches.open[w] = true
	if !s.watches.sweeper {
		s.watches.sweeper = true
		go s.sweep()
	}
	return ctx, func() {
		s.watches.mu.Lock()
		defer s.watches.mu.Unlock()
		delete(s.watches.open, w)
		end(context.Canceled)
	}
}

// sweep looks at all watched sessions, when there is reason to and every Options.Staleness, for as long as there are any.
func (s *Service) sweep() {
	every := time.NewTicker(s.options.Staleness)
	defer every.Stop()
	for {
		watched := s.watches.all()
		if watched == nil {
			return
		}
		s.endFallen(watched)
		select {
		case <-s.watches.wake:
		case <-every.C:
		}
	}
}

// all returns what is watched; nil after which there is no sweeper any more.
func (w *watches) all() []*watch {
	w.mu.Lock()
	defer w.mu.Unlock()
	var all []*watch
	for open := range w.open {
		all = append(all, open)
	}
	w.sweeper = all != nil
	return all
}

// endFallen ends the watches whose principal is not what it was.
func (s *Service) endFallen(watched []*watch) {
	ctx, cancel := context.WithTimeout(context.Background(), s.options.Staleness/2)
	defer cancel()
	standing, err := s.standing(ctx, watched)
	if err != nil {
		s.options.Logger.WarnContext(ctx, "couldn't look at the sessions of open answers", slog.Any("error", err))
	}
	for _, w := range watched {
		now, stands := standing[w.principal.SessionID]
		switch {
		case err != nil && time.Since(w.seen) < s.options.Staleness*3/2:
		case !stands || !now.sameRights(w.principal):
			w.end(ErrNoSession)
		default:
			w.seen = time.Now()
		}
	}
}

// standing returns the principals, by session, of those sessions that stand.
func (s *Service) standing(ctx context.Context, watched []*watch) (map[string]Principal, error) {
	ids := make([]string, len(watched))
	for i, w := range watched {
		ids[i] = w.principal.SessionID
	}
	now := s.now()
	rows, err := s.db.Query(ctx, selectPrincipal+" and s.id = any($4::uuid[])", now, now.Add(-s.options.IdleLimit), s.options.AllowDemo, ids)
	if err != nil {
		return nil, couldNot("look at sessions", err)
	}
	defer rows.Close()
	standing := make(map[string]Principal, len(watched))
	for rows.Next() {
		found, err := scanPrincipal(rows)
		if err != nil {
			return nil, couldNot("look at sessions", err)
		}
		standing[found.principal.SessionID] = found.principal
	}
	return standing, rows.Err()
}

// sameRights reports whether two principals of one session may do the same.
func (p Principal) sameRights(other Principal) bool {
	return p.UserID == other.UserID && p.Role == other.Role && p.Agency == other.Agency && p.Device == other.Device &&
		p.Assurance >= other.Assurance && slices.Equal(p.Provinces, other.Provinces)
}
