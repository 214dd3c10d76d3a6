package synthetic_test

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"testing"
	"time"

	"songtor/domain"
	"songtor/internal/app"
	"songtor/internal/identity"
	"songtor/internal/release"
	"songtor/internal/synthetic"
	"songtor/projections/statistics"
)

// A rebuild, an erasure and a correction change who would be counted today, and nothing of what was published.
func TestNothingChangesWhatWasPublished(t *testing.T) {
	t.Parallel()
	b := setUp(t)
	must(t, b.accounts.EnsureDemo(t.Context()))
	now := time.Now()
	people, err := synthetic.LoadPast(t.Context(), b.Service, now, synthetic.PastPeople, synthetic.By(b.account(t)))
	must(t, err)
	if again, err := synthetic.LoadPast(t.Context(), b.Service, now.Add(time.Hour), synthetic.PastPeople, synthetic.By(b.account(t))); err != nil || again != 0 || people != synthetic.PastPeople {
		t.Fatalf("loaded %d people, then %d: %v", people, again, err)
	}
	admin, committee := b.signedIn(t, "admin"), b.signedIn(t, "committee")
	plan, err := b.PlanReleases(t.Context(), admin)
	must(t, err)
	period := plan.Periods[len(plan.Periods)-1].Period.ID
	published := b.publishRelease(t, admin, committee, period)
	if published.Release.Total == nil || *published.Release.Total < 50 {
		t.Fatalf("identified are %v", published.Release.Total)
	}
	before := encoded(t, published.Bundle())
	wasCounted := counted(t, b, published.Release)

	for _, id := range b.identifiedIn(t, published.Release)[:20] {
		_, _, err := b.Shred(t.Context(), id, "erasure_request")
		must(t, err)
	}
	must(t, b.runner.Rebuild(t.Context(), []string{"statistics"}, nil))
	if now := counted(t, b, published.Release); now != wasCounted-20 {
		t.Errorf("%d people are counted after 20 erasures of %d: the control shows nothing", now, wasCounted)
	}
	again, err := b.Release(t.Context(), committee, period)
	must(t, err)
	if encoded(t, again.Bundle()) != before {
		t.Error("what was published changed")
	}
	if _, err := b.BuildRelease(t.Context(), admin, app.Building{Period: period}); !errors.Is(err, release.ErrPublished) {
		t.Errorf("a published period is built again: %v", err)
	}
}

func (b *bench) signedIn(t *testing.T, username string) identity.Principal {
	t.Helper()
	p, ok := b.account(t)(username)
	if !ok {
		t.Fatalf("no account %s", username)
	}
	return p
}

// publishRelease publishes what one account builds by another.
func (b *bench) publishRelease(t *testing.T, by, other identity.Principal, period string) *release.Published {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
	defer cancel()
	_, err := b.BuildRelease(ctx, by, app.Building{Period: period})
	must(t, err)
	waiting, err := b.Proposals(ctx, other)
	must(t, err)
	if _, err := b.PublishRelease(ctx, by, period, waiting[0].Digest); !errors.Is(err, release.ErrSamePerson) {
		t.Errorf("whoever built it publishes it: %v", err)
	}
	published, err := b.PublishRelease(ctx, other, period, waiting[0].Digest)
	must(t, err)
	return published
}

// counted is how many people a release of the same period would count now.
func counted(t *testing.T, b *bench, r release.Release) int {
	t.Helper()
	people, _, err := statistics.Extract(t.Context(), b.pools.Statistics)
	must(t, err)
	n := 0
	for _, p := range people {
		if slices.ContainsFunc(p.Decisions, func(d statistics.Decision) bool { return found(d.Result) && within(d.On, r) }) {
			n++
		}
	}
	return n
}

// identifiedIn are the cases in which somebody was found to be a victim in the release's period.
func (b *bench) identifiedIn(t *testing.T, r release.Release) []string {
	t.Helper()
	head, err := b.log.Head(t.Context())
	must(t, err)
	var cases []string
	must(t, b.log.Scan(t.Context(), 0, head, func(commits []domain.Commit) error {
		for _, c := range commits {
			for _, f := range c.Facts {
				if e, ok := f.Event.(*domain.IdentificationDecided); ok && e.Result == domain.InProtection && within(f.HappenedAt.In(domain.Thailand).Format(time.DateOnly), r) {
					cases = append(cases, c.CaseID)
				}
			}
		}
		return nil
	}))
	return cases
}

func within(day string, r release.Release) bool {
	return day >= r.From.In(domain.Thailand).Format(time.DateOnly) && day < r.Until.In(domain.Thailand).Format(time.DateOnly)
}

func found(result string) bool {
	return slices.Contains([]string{string(domain.VictimOfTrafficking), string(domain.VictimOfForcedLabour), string(domain.VictimOfBoth)}, result)
}

func encoded(t *testing.T, v any) string {
	t.Helper()
	text, err := json.Marshal(v)
	must(t, err)
	return string(text)
}
