package stage_test

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"songtor/domain"
	"songtor/internal/database"
	"songtor/internal/testenv"
	"songtor/projections"
	"songtor/projections/exclusions"
	"songtor/projections/frontline"
	"songtor/projections/identification"
	"songtor/projections/protection"
	"songtor/projections/screening"
	"songtor/projections/stage"
)

var (
	epoch     = time.Date(2026, 1, 10, 3, 0, 0, 0, time.UTC)
	agencies  = []string{"police", "ngo", "shelter"}
	provinces = []string{"TH-10", "TH-50", "TH-63"}
	people    = []string{"", "", "anong", "krit"}
)

func views() []*stage.View {
	return []*stage.View{frontline.New(), screening.New(), identification.New(), protection.New()}
}

// log is a log in memory that hands over a random number of commits at a time.
type log struct {
	mu      sync.Mutex
	commits []domain.Commit
	grown   chan struct{}
	most    int
}

func newLog(most int, commits ...domain.Commit) *log {
	l := &log{grown: make(chan struct{}), most: most}
	l.add(commits...)
	return l
}

func (l *log) add(commits ...domain.Commit) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.commits = append(l.commits, commits...)
	close(l.grown)
	l.grown = make(chan struct{})
}

// Head implements projections.Source.
func (l *log) Head(context.Context) (uint64, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.commits) == 0 {
		return 0, nil
	}
	return l.commits[len(l.commits)-1].Position, nil
}

func (l *log) next(from uint64) ([]domain.Commit, <-chan struct{}) {
	l.mu.Lock()
	defer l.mu.Unlock()
	at, _ := slices.BinarySearchFunc(l.commits, from+1, func(c domain.Commit, p uint64) int { return cmp.Compare(c.Position, p) })
	end := min(len(l.commits), at+1+rand.IntN(l.most))
	return slices.Clone(l.commits[at:max(at, end)]), l.grown
}

// Follow implements projections.Source.
func (l *log) Follow(ctx context.Context, from uint64, fn func([]domain.Commit) error) error {
	for {
		commits, grown := l.next(from)
		if len(commits) > 0 {
			if err := fn(commits); err != nil {
				return err
			}
			from = commits[len(commits)-1].Position
			continue
		}
		select {
		case <-grown:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// Scan implements projections.Source.
func (l *log) Scan(_ context.Context, from, to uint64, fn func([]domain.Commit) error) error {
	for from < to {
		commits, _ := l.next(from)
		if len(commits) == 0 {
			return nil
		}
		if err := fn(commits); err != nil {
			return err
		}
		from = commits[len(commits)-1].Position
	}
	return nil
}

// world makes random histories of standings, without asking what a case may do.
type world struct {
	rnd   *rand.Rand
	now   time.Time
	cases []*person
	log   []domain.Commit
}

// person is a case as the world knows it.
type person struct {
	id       string
	number   int
	entry    int
	known    time.Time
	standing domain.Standing
}

func newWorld(seed uint64) *world { return &world{rnd: rand.New(rand.NewPCG(seed, 11)), now: epoch} }

func pick[T any](r *rand.Rand, from []T) T { return from[r.IntN(len(from))] }

var statuses = map[domain.Stage][]domain.Status{
	domain.Frontline:      {domain.FirstContact, domain.ConsentDenied, domain.Erased},
	domain.Screening:      {domain.ToConclude, domain.ToConclude, domain.Unclear, domain.NoGrounds, domain.Erased},
	domain.Identification: {domain.AwaitingDecision, domain.Undetermined, domain.Reassessing, domain.NotIdentified},
	domain.Protection:     {domain.InProtection, domain.InProtection, domain.Closed},
}

// commit adds a commit of a new or an old case. The clock goes forward, mostly, or is set back by minutes.
func (w *world) commit() {
	step := time.Duration(w.rnd.IntN(600_000_000)) * time.Microsecond
	if w.rnd.IntN(12) == 0 {
		step = -3 * step
	}
	w.now = w.now.Add(step + 7*time.Nanosecond)
	p, facts := w.person()
	p.number++
	p.standing.After, p.standing.Entry = p.known, p.entry
	if w.now.After(p.known) {
		p.known = w.now
	}
	w.log = append(w.log, domain.Commit{
		ID: fmt.Sprint(len(w.log)), CaseID: p.id, Number: p.number, Standing: p.standing, Facts: facts,
		Position: uint64(3*len(w.log) + 1), AcceptedAt: w.now,
	})
}

func (w *world) person() (*person, []domain.Fact) {
	if len(w.cases) == 0 || w.rnd.IntN(5) == 0 {
		n := len(w.cases)
		p := &person{id: fmt.Sprintf("%08x-0000-4000-8000-%012x", w.rnd.Uint32(), n), entry: w.rnd.IntN(3)}
		p.standing = domain.Standing{
			Reference: fmt.Sprintf("TH-%04d", w.rnd.IntN(10_000)), Incident: pick(w.rnd, []string{"", "raid"}), Province: pick(w.rnd, provinces),
			OpenedAt: w.day(), Since: w.day(),
		}
		w.change(p)
		w.cases = append(w.cases, p)
		return p, []domain.Fact{{HappenedAt: w.now, Event: &domain.CaseOpened{Entry: p.entry}}}
	}
	p := pick(w.rnd, w.cases)
	if w.rnd.IntN(4) > 0 {
		w.change(p)
	}
	return p, nil
}

// day is a moment that others share, so that ties are met.
func (w *world) day() time.Time { return epoch.AddDate(0, 0, w.rnd.IntN(6)) }

func (w *world) change(p *person) {
	s := p.standing
	if s.Stage == "" || w.rnd.IntN(3) == 0 {
		s.Stage, s.Since = pick(w.rnd, domain.Stages()), w.day()
	}
	s.Status, s.Agency, s.Assignee, s.Urgent = pick(w.rnd, statuses[s.Stage]), pick(w.rnd, agencies), pick(w.rnd, people), w.rnd.IntN(3) == 0
	s.DueAt, s.Tasks = nil, nil
	for _, kind := range []domain.TaskKind{domain.TaskAnswer, domain.TaskDecide, domain.TaskPeriodEnds, domain.TaskService} {
		if w.rnd.IntN(2) == 0 {
			continue
		}
		t := domain.Task{ID: string(kind), Kind: kind}
		if w.rnd.IntN(2) == 0 {
			t.DueAt, t.Missed = new(w.day()), w.rnd.IntN(3)
			if t.Missed > 0 {
				t.Rung = domain.Rungs()[t.Missed]
			}
			if s.DueAt == nil || t.DueAt.Before(*s.DueAt) {
				s.DueAt = t.DueAt
			}
		}
		s.Tasks = append(s.Tasks, t)
	}
	p.standing = s
}

func (w *world) history(n int) []domain.Commit {
	for range n {
		w.commit()
	}
	return w.log
}

// knownAt are the commits that were known at a moment: no commit of the case up to it was accepted later.
func knownAt(commits []domain.Commit, at time.Time) []domain.Commit {
	late := map[string]bool{}
	var known []domain.Commit
	for _, c := range commits {
		late[c.CaseID] = late[c.CaseID] || c.AcceptedAt.Truncate(time.Microsecond).After(at)
		if !late[c.CaseID] {
			known = append(known, c)
		}
	}
	return known
}

// bench is a database with the four views.
type bench struct {
	testing.TB
	roles  *database.Pools
	pool   *pgxpool.Pool
	log    *log
	runner *projections.Runner
}

// follow applies a log as it comes.
func follow(t testing.TB, l *log) *bench {
	t.Helper()
	b := setUp(t, l)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- b.runner.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	b.wait()
	return b
}

// rebuilt applies a log as a rebuild does.
func rebuilt(t testing.TB, l *log) *bench {
	t.Helper()
	b := setUp(t, l)
	if err := b.runner.Rebuild(t.Context(), nil, nil); err != nil {
		t.Fatal(err)
	}
	return b
}

func setUp(t testing.TB, l *log) *bench {
	t.Helper()
	address := testenv.Postgres(t)
	roles := testenv.OpenDatabase(t, address)
	pool, err := pgxpool.New(t.Context(), address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	b := &bench{TB: t, roles: roles, pool: pool, log: l}
	b.exec(`create schema matching; create table matching.languages (case_id uuid, token bytea, primary key (token, case_id))`)
	group := projections.Group{Name: "views", Projections: []projections.Projection{exclusions.New()}}
	for _, v := range views() {
		group.Projections = append(group.Projections, v)
	}
	b.runner, err = projections.New(roles.Projector, l, []projections.Group{group}, projections.Options{
		Log: slog.New(slog.DiscardHandler), Owner: roles.Migrate,
	})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func (b *bench) exec(sql string, args ...any) {
	b.Helper()
	if _, err := b.pool.Exec(b.Context(), sql, args...); err != nil {
		b.Fatal(err)
	}
}

func (b *bench) wait() {
	b.Helper()
	ctx, cancel := context.WithTimeout(b.Context(), time.Minute)
	defer cancel()
	head, _ := b.log.Head(ctx)
	for _, v := range views() {
		if err := b.runner.WaitFor(ctx, v.Name(), head); err != nil {
			b.Fatalf("%v; status %+v", err, b.runner.Status(ctx))
		}
	}
}

// all are the rows of every page of a list, as of a moment where that is not zero.
func (b *bench) all(v *stage.View, at time.Time, f stage.Filter, o stage.Order, limit int) []stage.Row {
	b.Helper()
	var all []stage.Row
	for after := ""; ; {
		page := stage.Page{Order: o, Limit: limit, After: after}
		list, err := v.List(b.Context(), b.pool, f, page)
		if !at.IsZero() {
			list, err = v.AsOf(b.Context(), b.pool, at, f, page)
		}
		if err != nil {
			b.Fatal(err)
		}
		if len(list.Items) > limit || list.Next != "" && len(list.Items) < limit {
			b.Fatalf("a page of %d has %d rows and %q after it", limit, len(list.Items), list.Next)
		}
		all = append(all, list.Items...)
		if after = list.Next; after == "" {
			return all
		}
	}
}
