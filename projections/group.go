package projections

import (
	"log/slog"
	"math"
	"sync"
	"time"

	"songtor/domain"
)

// group is a Group at work.
type group struct {
	name     string
	lock     string // name of the lease that one runner holds
	silent   bool
	pace     time.Duration
	patience time.Duration
	runner   *Runner
	members  []*member
	needed   *member       // by all others; nil for none
	requests chan *request // rebuilds for the active session
	using    sync.Mutex    // held by who uses the connection of the active session
	until    time.Time     // when its patience is over; zero while the others rest
	log      *slog.Logger

	mu       sync.Mutex
	phase    phase
	text     string // the last error, without data
	halted   bool   // by an error that does not pass
	haltedAt uint64 // the lowest position when that began
	built    bool   // the rows are of this program's version, or of a later one

	refreshing sync.Mutex
}

// phase is what a group is doing in this process.
type phase int

const (
	idle    phase = iota // Run has not been called or has returned
	waiting              // for the database, the log, another process or the next attempt
	active               // applying
)

// enter notes what the group is doing. The text of an error stays until the next batch has been applied, and that of a halt as long as it
// lasts.
func (g *group) enter(p phase, err error) {
	g.mu.Lock()
	g.phase = p
	if err != nil && !g.halted {
		g.text = text(err)
	}
	g.mu.Unlock()
	g.nudge()
}

// nudge wakes those who wait for a member.
func (g *group) nudge() {
	for _, m := range g.members {
		m.nudge()
	}
}

// applied notes that commits were applied, since they came.
func (g *group) applied(began time.Time, commits []domain.Commit) {
	g.mu.Lock()
	if !g.halted {
		g.text = ""
	}
	g.mu.Unlock()
	first, last := &commits[0], &commits[len(commits)-1]
	g.runner.options.Applied(Applied{
		Group: g.name, Began: began, Took: time.Since(began), Accepted: first.AcceptedAt,
		Commits: len(commits), First: first.Position, Last: last.Position,
	})
}

func (g *group) state() (phase, string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.phase, g.text
}

func (g *group) isBuilt() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.built
}

// add makes a projection a member.
func (g *group) add(p Projection) *member {
	m := &member{Projection: p}
	g.members = append(g.members, m)
	return m
}

func (g *group) names() []string {
	names := make([]string, len(g.members))
	for i, m := range g.members {
		names[i] = m.Name()
	}
	return names
}

func (g *group) lowest() uint64 {
	low := uint64(math.MaxUint64)
	for _, m := range g.working() {
		at, _ := m.at()
		low = min(low, at)
	}
	return low
}
