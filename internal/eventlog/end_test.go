package eventlog

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"songtor/domain"
)

// lacksTheEnd is the log of a server of several that has three messages of five.
func lacksTheEnd(t *testing.T) (l *Log, was []Raw) {
	t.Helper()
	first, _ := openLog(t)
	fill(t, first, 5)
	was = everything(t, first)
	l, _ = openLog(t)
	l.single.Store(false)
	refill(t, l, was[:3])
	return l, was
}

// A server of several that tells of an earlier end is not believed for a while, and nothing is appended meanwhile: a position might be given
// out again. When the end is back everything goes on. The control is the same log without the knowledge.
func TestAnEndBeforeTheKnownOneIsNotBelievedAtOnce(t *testing.T) {
	t.Parallel()
	l, was := lacksTheEnd(t)
	if head, err := l.Head(t.Context()); head != 3 || err != nil {
		t.Fatalf("before anything is known of its end: %d, %v", head, err)
	}

	l.end.knows(5)
	if _, err := l.Head(t.Context()); !errors.Is(err, ErrSeemsShort) || !errors.Is(err, ErrUnavailable) {
		t.Errorf("asked for the end: %v", err)
	}
	if err := l.Append(t.Context(), next(nil), 0); !errors.Is(err, ErrUnavailable) {
		t.Errorf("appended: %v", err)
	}
	read := make(chan error, 1)
	var followed []domain.Commit
	go func() { read <- l.Follow(patience(t), 5, collect(&followed, 1)) }()

	refill(t, l, was[3:])
	if head, err := l.Head(t.Context()); head != 5 || err != nil {
		t.Errorf("after the end is back: %d, %v", head, err)
	}
	if c := mustAppend(t, l, next(nil), 0); c.Position != 6 {
		t.Errorf("goes on at %d", c.Position)
	}
	if err := <-read; !errors.Is(err, errEnough) || positions(followed) != "6" {
		t.Errorf("who had read it to its end got %s: %v", positions(followed), err)
	}

	control, _ := openLog(t)
	refill(t, control, was[:3])
	if c := mustAppend(t, control, next(nil), 0); c.Position != 4 {
		t.Errorf("a log of which nothing is known gives out position %d, so that the above shows nothing", c.Position)
	}
}

// A server of several that lacks the end of the stream does not know a case that lies there. That is no word on the case: who believed it
// would take what was accepted for new. The controls are a case that it has, and the same question once the end is back.
func TestACaseIsNotMissingWhereTheEndIs(t *testing.T) {
	t.Parallel()
	l, was := lacksTheEnd(t)
	l.end.knows(5)
	nowhere := next(nil).CaseID
	for _, caseID := range []string{was[3].CaseID(), was[4].CaseID(), nowhere} {
		if commits, err := l.Load(t.Context(), caseID); !errors.Is(err, ErrSeemsShort) || !errors.Is(err, ErrUnavailable) {
			t.Errorf("loaded %d commits: %v", len(commits), err)
		}
	}
	if commits := mustLoad(t, l, was[2].CaseID()); len(commits) != 1 {
		t.Errorf("of a case that is there it loaded %d commits", len(commits))
	}

	refill(t, l, was[3:])
	if commits := mustLoad(t, l, was[4].CaseID()); len(commits) != 1 {
		t.Errorf("after the end is back it loaded %d commits", len(commits))
	}
	if commits := mustLoad(t, l, nowhere); len(commits) != 0 {
		t.Errorf("of a case that is nowhere it loaded %d commits", len(commits))
	}
}

// An end that stays before the known one is one: who has read further fails, and nothing is appended in this process.
func TestAnEndThatStaysBeforeTheKnownOneIsBelieved(t *testing.T) {
	t.Parallel()
	l, _ := openLog(t)
	l.single.Store(false)
	fill(t, l, 3)
	l.end.knows(5)
	if _, err := l.Head(t.Context()); !errors.Is(err, ErrSeemsShort) {
		t.Fatalf("asked for the end: %v", err)
	}
	if _, err := l.Extent(t.Context(), 7); !errors.Is(err, ErrSeemsShort) {
		t.Errorf("asked for more: %v", err)
	}
	l.end.since = time.Now().Add(-staleFor)
	if head, err := l.Head(t.Context()); head != 3 || err != nil {
		t.Errorf("after %v: %d, %v", staleFor, head, err)
	}
	if err := l.Follow(patience(t), 5, collect(new([]domain.Commit), 1)); !errors.Is(err, ErrGap) {
		t.Errorf("followed: %v", err)
	}
	if err := l.Append(t.Context(), next(nil), 0); !errors.Is(err, ErrUnavailable) {
		t.Errorf("appended: %v", err)
	}
}

// What a database says of a stream, which may be damaged, is no reason to refuse an append. It is doubted for as long, and then believed.
func TestWhatOthersSayOfTheEndRefusesNothing(t *testing.T) {
	t.Parallel()
	l, _ := openLog(t)
	fill(t, l, 3)
	for _, single := range []bool{false, true} {
		l.single.Store(single)
		if held, err := l.Extent(t.Context(), 1000); single != (err == nil) || !single && !errors.Is(err, ErrSeemsShort) {
			t.Errorf("one server: %v; told of a position 1000 it ends at %d: %v", single, held.Last, err)
		}
		mustAppend(t, l, next(nil), 0)
	}
	l.single.Store(false)
	l.end.heard = time.Now().Add(-staleFor)
	if err := l.Follow(patience(t), 1000, collect(new([]domain.Commit), 1)); !errors.Is(err, ErrGap) {
		t.Errorf("followed: %v", err)
	}
}

// An answer is compared with what was known when the question was asked: what others append meanwhile makes no end seem early.
func TestAnEndIsAskedForWhileOthersAppend(t *testing.T) {
	t.Parallel()
	l, _ := openLog(t)
	l.single.Store(false)
	ctx, cancel := context.WithCancel(patience(t))
	var appending sync.WaitGroup
	for range 4 {
		appending.Go(func() {
			for ctx.Err() == nil {
				if err := l.Append(ctx, next(nil), 0); err != nil && ctx.Err() == nil {
					t.Errorf("appended: %v", err)
				}
			}
		})
	}
	for range 300 {
		if _, err := l.Head(ctx); err != nil {
			t.Errorf("asked for the end: %v", err)
		}
	}
	cancel()
	appending.Wait()

	var e end
	asked := e.reached()
	e.knows(1)
	if err := e.told(0, asked, time.Now(), staleFor); err != nil || e.short() {
		t.Errorf("what was acknowledged after the question counts: %v", err)
	}
	if err := e.told(0, e.reached(), time.Now(), staleFor); !errors.Is(err, ErrSeemsShort) {
		t.Errorf("what was acknowledged before it does not: %v", err)
	}
}
