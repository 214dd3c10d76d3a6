package synthetic_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"songtor/domain"
	"songtor/internal/app"
	"songtor/internal/identity"
	"songtor/internal/synthetic"
)

// The real service takes every step of the caseload: its access rules, code lists and forms allow what the domain does. A second load
// changes nothing, and does not fail for what the people of the demonstration have opened since.
func TestTheServiceTakesTheWholeCaseloadOnce(t *testing.T) {
	t.Parallel()
	b := setUp(t)
	must(t, b.accounts.EnsureDemo(t.Context()))
	start := time.Now()
	n, err := synthetic.Load(t.Context(), b.Service, start, synthetic.By(b.account(t)))
	must(t, err)
	head, err := b.log.Head(t.Context())
	must(t, err)
	t.Logf("%d people, %d commits in %v", n, head, time.Since(start))
	if n != 600 {
		t.Errorf("%d people", n)
	}
	manager, ok := b.account(t)("casemanager")
	if !ok {
		t.Fatal("no demonstration account")
	}
	b.checkLog(t, head, manager.UserID)
	b.openAll(t, head, manager)
	again, err := synthetic.Load(t.Context(), b.Service, time.Now().Add(time.Hour), synthetic.By(b.account(t)))
	must(t, err)
	after, err := b.log.Head(t.Context())
	must(t, err)
	if again != 0 || after != head {
		t.Errorf("the second load added %d people and %d commits", again, after-head)
	}
}

// openAll has somebody open case after case until the service stops them.
func (b *bench) openAll(t *testing.T, head uint64, by identity.Principal) {
	t.Helper()
	stopped := errors.New("stopped")
	err := b.log.Scan(t.Context(), 0, head, func(commits []domain.Commit) error {
		for _, c := range commits {
			if _, err := b.Case(t.Context(), by, c.CaseID, time.Time{}); errors.Is(err, app.ErrTooManyOpened) {
				return stopped
			}
		}
		return nil
	})
	if !errors.Is(err, stopped) {
		t.Fatalf("nothing stopped them: %v", err)
	}
}

// account finds the demonstration's accounts.
func (b *bench) account(t *testing.T) synthetic.Accounts {
	t.Helper()
	return func(username string) (identity.Principal, bool) {
		a, err := b.accounts.ByUsername(t.Context(), username)
		return synthetic.SignedIn(identity.Principal{
			UserID: a.ID, Username: a.Username, Role: a.Role, Agency: a.Agency, Provinces: a.Provinces,
		}), err == nil
	}
}

// checkLog looks for every event of the domain, and for cases in the hands of the demonstration's case manager.
func (b *bench) checkLog(t *testing.T, head uint64, manager string) {
	t.Helper()
	counts, last, assigned := map[string]int{}, map[string]domain.Commit{}, 0
	must(t, b.log.Scan(t.Context(), 0, head, func(commits []domain.Commit) error {
		for _, c := range commits {
			last[c.CaseID] = c
			for _, f := range c.Facts {
				counts[f.Event.EventType()]++
			}
		}
		return nil
	}))
	for _, e := range domain.EventTypes() {
		if name := e.EventType(); counts[name] == 0 && !slices.Contains(synthetic.NotWalked(), name) {
			t.Errorf("none of %s", name)
		}
	}
	for _, c := range last {
		if c.Standing.Assignee == manager && c.Standing.Status.Open() {
			assigned++
		}
	}
	if assigned < 10 {
		t.Errorf("%d open cases are in the case manager's hands", assigned)
	}
}
