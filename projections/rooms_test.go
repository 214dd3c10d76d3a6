package projections_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"songtor/domain"
	"songtor/projections/frontline"
	"songtor/projections/identification"
	"songtor/projections/protection"
	"songtor/projections/screening"
	"songtor/projections/stage"
	"songtor/projections/timeline"
)

func (b *bench) apply(commits ...domain.Commit) {
	b.t.Helper()
	b.log.add(commits...)
	r := b.runner()
	stop := b.start(r)
	b.waitAll(r)
	if err := stop(); err != nil {
		b.t.Fatal(err)
	}
}

func (b *bench) pages(v *stage.View, f stage.Filter, limit int) []stage.Row {
	b.t.Helper()
	var all []stage.Row
	for after := ""; ; {
		list, err := v.List(b.t.Context(), b.pool, f, stage.Page{Limit: limit, After: after})
		if err != nil {
			b.t.Fatal(err)
		}
		if len(list.Items) > limit {
			b.t.Fatalf("a page of %d has %d rows", limit, len(list.Items))
		}
		all = append(all, list.Items...)
		if after = list.Next; after == "" {
			return all
		}
	}
}

func TestEveryCaseStandsInOneStage(t *testing.T) {
	t.Parallel()
	w := newWorld(31)
	b := setUp(t)
	b.apply(w.history(900)...)
	seen := map[string]bool{}
	for _, v := range []*stage.View{frontline.New(), screening.New(), identification.New(), protection.New()} {
		open := 0
		for _, row := range b.pages(v, stage.Filter{}, 200) {
			s := w.cases[row.CaseID].state.Standing
			if seen[row.CaseID] || string(s.Stage) != v.Name() || s.Status != row.Status || s.Agency != row.Agency ||
				s.Reference != row.Reference || s.Urgent != row.Urgent || !s.Since.Equal(row.Since) || row.Open != s.Status.Open() {
				t.Fatalf("row %+v, but the case stands %+v", row, s)
			}
			seen[row.CaseID] = true
			if row.Open {
				open++
			}
		}
		counts, err := v.Counts(t.Context(), b.pool, stage.Filter{})
		if err != nil {
			t.Fatal(err)
		}
		open -= counts.Totals().Open
		if open != 0 {
			t.Errorf("%s: counts differ from rows by %d", v.Name(), open)
		}
	}
	if len(seen) != len(w.cases) {
		t.Errorf("%d cases have a row, want %d", len(seen), len(w.cases))
	}
}

func TestTimelines(t *testing.T) {
	t.Parallel()
	w := newWorld(36)
	b := setUp(t)
	history := w.history(400)
	b.apply(history...)
	room := timeline.New()
	byCase := map[string][]domain.Commit{}
	for _, c := range b.log.commits {
		byCase[c.CaseID] = append(byCase[c.CaseID], c)
	}
	for id, commits := range byCase {
		last := commits[len(commits)-1]
		c, err := room.Find(t.Context(), b.pool, id, time.Time{})
		if err != nil {
			t.Fatal(err)
		}
		if c.Position != last.Position || c.Commits != len(commits) || c.Digest != last.Digest || c.Standing.Status != last.Standing.Status ||
			!c.Standing.OpenedAt.Equal(commits[0].Facts[0].HappenedAt) || !c.UpdatedAt.Equal(last.AcceptedAt) {
			t.Fatalf("case is %+v, want as after %+v", c, last)
		}
		if byRef, err := room.ByReference(t.Context(), b.pool, c.Standing.Reference); err != nil || byRef.CaseID != id {
			t.Fatalf("by reference: %+v, %v", byRef, err)
		}
		mustTell(t, b, id, commits, time.Time{})
		mustTell(t, b, id, commits[:(len(commits)+1)/2], commits[(len(commits)-1)/2].AcceptedAt)
	}
	if _, err := room.Find(t.Context(), b.pool, w.uuid(), time.Time{}); !errors.Is(err, timeline.ErrNoCase) {
		t.Errorf("an unknown case gives %v", err)
	}
	if _, err := room.Find(t.Context(), b.pool, "x", time.Time{}); !errors.Is(err, timeline.ErrNoCase) {
		t.Errorf("an impossible case gives %v", err)
	}
}

func mustTell(t *testing.T, b *bench, id string, commits []domain.Commit, asOf time.Time) {
	t.Helper()
	entries, err := timeline.New().Entries(t.Context(), b.pool, id, asOf)
	if err != nil {
		t.Fatal(err)
	}
	var want []string
	for _, c := range commits {
		for i, f := range c.Facts {
			want = append(want, fmt.Sprint(c.Number, i, f.Event.EventType(), c.Actor, c.Standing.Stage, f.HappenedAt.UnixMicro()))
		}
	}
	var got []string
	for _, e := range entries {
		got = append(got, fmt.Sprint(e.Number, e.Index, e.Type, e.Actor, e.Stage, e.HappenedAt.UnixMicro()))
	}
	if !slices.Equal(got, want) {
		t.Fatalf("timeline is\n%v\nwant\n%v", got, want)
	}
}

// What is sealed is in no row, in clear or as ciphertext, while what is clear is.
func TestRowsHoldNothingPersonal(t *testing.T) {
	t.Parallel()
	w := newWorld(37)
	b := setUp(t)
	b.apply(w.history(400)...)
	mentions := func(word string) (n int) {
		for _, rows := range b.dump() {
			for _, row := range rows {
				n += strings.Count(row, word)
			}
		}
		return n
	}
	if mentions(`"hand_over": true`) == 0 || mentions("TH-50") == 0 {
		t.Error("clear facts are missing: the search would find nothing either way")
	}
	for _, word := range []string{secret, string(mask([]byte(secret))), `"ct"`, `"scope"`, `"note":`, `"answers":`, `"identity":`, `"findings":`} {
		if n := mentions(word); n > 0 {
			t.Errorf("%q stands in %d rows", word, n)
		}
	}
}
