package guard

import (
	"context"
	"time"
)

const (
	// MostInside is how many operations are on their way to the log at a time, where nobody says otherwise. The log takes thousands a second,
	// so that so many wait a tenth of a second; more would only wait longer.
	MostInside = 512
	// MostBehind is by how many messages the read models may be behind the log, where nobody says otherwise: about what they apply in a second.
	MostBehind = 4000
	// askEvery is how often it is asked how far they are behind.
	askEvery = 50 * time.Millisecond
)

// Queue bounds what is on its way: operations that wait for the log, and messages that wait for the read models.
type Queue struct {
	State  *State
	Inside int64  // operations; 0 for no bound
	Behind uint64 // messages; 0 for no bound
	// Lag is by how many messages the read models are behind that people wait for.
	Lag func(ctx context.Context) (uint64, error)
}

// Run watches until ctx ends. Read models that do not answer refuse nothing: what is accepted does not depend on them.
func (q *Queue) Run(ctx context.Context) {
	q.State.most.Store(q.Inside)
	if q.Behind == 0 {
		return
	}
	tick := time.NewTicker(askEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		lag, err := q.Lag(ctx)
		switch {
		case err == nil && lag > q.Behind:
			q.State.behind.Store(true)
		case err != nil, lag < q.Behind/2:
			q.State.behind.Store(false)
		}
	}
}

// Counts are how often something was refused since the process began, and how many operations are under way.
type Counts struct{ ReadOnly, Busy, Inside int64 }

// Counts returns them.
func (s *State) Counts() Counts {
	return Counts{s.refused.Load(), s.shed.Load(), s.inside.Load()}
}
