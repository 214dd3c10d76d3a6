package projections_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"songtor/domain"
	"songtor/projections/statistics"
)

// afterHalf is the first moment at which the first half of 2026 can be published, a month after its end.
var afterHalf = time.Date(2026, 8, 1, 0, 0, 0, 0, time.FixedZone("", 7*3600))

func (b *bench) publish(period string, now time.Time) statistics.Release {
	b.t.Helper()
	head, _ := b.log.Head(b.t.Context())
	r, err := statistics.Publish(b.t.Context(), b.pool, period, statistics.AsOf{Now: now, Head: head})
	if err != nil {
		b.t.Fatal(err)
	}
	return r
}

func text(t *testing.T, r statistics.Release) string {
	t.Helper()
	b, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestAReleaseNeverChanges(t *testing.T) {
	t.Parallel()
	w := newWorld(41)
	b := setUp(t)
	r := b.runner()
	b.start(r)
	var people []domain.Commit
	for range 120 {
		people = append(people, w.screened("police"))
	}
	b.log.add(people...)
	b.waitAll(r)
	first := b.publish("2026-H1", afterHalf)
	if first.Total.Count == nil || *first.Total.Count != 120 || len(first.Tables) != 6 || first.Position != 120 || first.Method.K != 11 {
		t.Fatalf("release is %s", text(t, first))
	}
	w.now = afterHalf.AddDate(0, 1, 0)
	for _, c := range people[:60] {
		b.log.add(w.must(c.CaseID, "police", domain.CorrectScreening{
			Screening: screeningOf(c), Form: domain.FormRef{Name: "screening", Version: 1}, Content: w.content(), Reason: domain.WrongEntry,
		}))
	}
	b.waitAll(r)
	for _, c := range people[60:] {
		b.log.add(w.must(c.CaseID, "police", domain.DestroyKeys{Reason: "erasure_request", Synthetic: true}))
	}
	b.waitAll(r)
	if n := len(b.dump()["statistics.persons"]); n != 60 {
		t.Errorf("%d persons are left after 60 erasures of 120", n)
	}
	b.vault.mu.Lock()
	b.vault.erased = w.erased
	b.vault.mu.Unlock()
	if err := r.Rebuild(t.Context(), []string{"statistics"}, nil); err != nil {
		t.Fatal(err)
	}
	if again := b.publish("2026-H1", afterHalf.AddDate(1, 0, 0)); text(t, again) != text(t, first) {
		t.Error("a release changed")
	}
	all, err := statistics.Releases(t.Context(), b.pool)
	if err != nil || len(all) != 1 || text(t, all[0]) != text(t, first) {
		t.Errorf("releases are %v, %v", all, err)
	}
}

func screeningOf(c domain.Commit) string {
	for _, f := range c.Facts {
		if e, ok := f.Event.(*domain.ScreeningRecorded); ok {
			return e.Screening
		}
	}
	return ""
}

func TestACorrectionCounts(t *testing.T) {
	t.Parallel()
	w := newWorld(42)
	b := setUp(t)
	r := b.runner()
	b.start(r)
	c := w.screened("police")
	corrected := w.content()
	corrected.Categories = private(domain.ScopeStatistics, statistics.Categories{
		Sex: "other", AgeBand: "unknown", NationalityGroup: "other_asia", Exploitation: "begging", Disability: "missing",
	})
	b.log.add(c, w.must(c.CaseID, "police", domain.CorrectScreening{
		Screening: screeningOf(c), Form: domain.FormRef{Name: "screening", Version: 1}, Content: corrected, Reason: domain.WrongEntry,
	}))
	b.waitAll(r)
	rows := b.dump()["statistics.persons"]
	if len(rows) != 1 || !strings.Contains(rows[0], `"exploitation": "begging"`) || !strings.Contains(rows[0], `"sex": "other"`) || !strings.Contains(rows[0], "2026-01") {
		t.Errorf("rows are %v", rows)
	}
	if strings.Contains(rows[0], c.CaseID) || strings.Contains(rows[0], strings.ReplaceAll(c.CaseID, "-", "")) {
		t.Error("a row names its case")
	}
}

func TestWhatIsNotPublished(t *testing.T) {
	t.Parallel()
	w := newWorld(43)
	b := setUp(t)
	for range 10 {
		b.log.add(w.screened("ngo"))
	}
	r := b.runner()
	b.start(r)
	b.waitAll(r)
	at := statistics.AsOf{Now: afterHalf, Head: 10}
	for _, refusal := range []struct {
		period string
		at     statistics.AsOf
		want   error
	}{
		{"2026", at, statistics.ErrPeriodUnknown},
		{"2026-H3", at, statistics.ErrPeriodUnknown},
		{"2026-H2", at, statistics.ErrPeriodOpen},
		{"2026-H1", statistics.AsOf{Now: afterHalf.Add(-time.Second), Head: 10}, statistics.ErrPeriodOpen},
		{"2026-H1", statistics.AsOf{Now: afterHalf, Head: 11}, statistics.ErrNotCaughtUp},
	} {
		if _, err := statistics.Publish(t.Context(), b.pool, refusal.period, refusal.at); !errors.Is(err, refusal.want) {
			t.Errorf("%s at %v gives %v, want %v", refusal.period, refusal.at, err, refusal.want)
		}
	}
	if _, err := statistics.Find(t.Context(), b.pool, "2026-H1"); !errors.Is(err, statistics.ErrNoRelease) {
		t.Errorf("what was refused is found: %v", err)
	}
	few := b.publish("2026-H1", afterHalf)
	if few.Total.Count != nil || !few.Total.Withheld || len(few.Tables) != 0 || strings.Contains(text(t, few), `"count":0`) {
		t.Errorf("ten people are published as %s", text(t, few))
	}
}
