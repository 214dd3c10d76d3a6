package projections_test

import (
	"encoding/json"
	"errors"
	"testing"
	"time"

	"songtor/domain"
	"songtor/projections/inbox"
	"songtor/projections/timeline"
)

// A case and its timeline as of a moment are what rooms hold that were told only what was known then, also where the log's clock was
// set back in between.
func TestACaseAsOfAMoment(t *testing.T) {
	t.Parallel()
	l := newCaseload(71)
	r := newRooms(t)
	r.follow(l.history(500)...)
	commits := r.log.commits
	missing := 0
	for range 5 {
		at := pick(l.rnd, commits).AcceptedAt.Add(time.Duration(l.rnd.IntN(7200)-3600) * time.Second)
		then := built(t, knownAt(commits, at)...)
		for _, id := range l.order {
			want, wantErr := then.timeline.Find(t.Context(), then.pool, id, time.Time{})
			got, err := r.timeline.Find(t.Context(), r.pool, id, at)
			if !errors.Is(err, wantErr) {
				t.Fatalf("finding a case gives %v, want %v", err, wantErr)
			}
			if wantErr != nil {
				missing++
			}
			mustSay(t, []timeline.Case{got}, []timeline.Case{want})
			wanted, err := then.timeline.Entries(t.Context(), then.pool, id, time.Time{})
			if err != nil {
				t.Fatal(err)
			}
			entries, err := r.timeline.Entries(t.Context(), r.pool, id, at)
			if err != nil {
				t.Fatal(err)
			}
			mustSay(t, entries, wanted)
		}
	}
	if missing == 0 {
		t.Error("every case was known at every moment")
	}
}

// The course of a case is the same from its rows and from its commits, now and as of a moment.
func TestTheCourseOfACaseFromItsCommits(t *testing.T) {
	t.Parallel()
	l := newCaseload(75)
	r := newRooms(t)
	r.follow(l.history(500)...)
	of := map[string][]domain.Commit{}
	for _, c := range r.log.commits {
		of[c.CaseID] = append(of[c.CaseID], c)
	}
	partly := 0
	for id, commits := range of {
		middle := commits[len(commits)/2].AcceptedAt
		for _, at := range []time.Time{{}, middle, middle.Add(-time.Microsecond)} {
			rows, err := r.timeline.Entries(t.Context(), r.pool, id, at)
			if err != nil {
				t.Fatal(err)
			}
			told, err := timeline.EntriesOf(commits, at)
			if err != nil {
				t.Fatal(err)
			}
			if len(told) > 0 && told[len(told)-1].Number < len(commits) {
				partly++
			}
			mustSay(t, plain(t, told), plain(t, rows))
		}
	}
	if partly == 0 {
		t.Error("every case was known whole at every moment")
	}
}

// plain are entries without what their way through the database changes in how they are written.
func plain(t *testing.T, entries []timeline.Entry) []timeline.Entry {
	t.Helper()
	for i := range entries {
		e := &entries[i]
		var facts any
		if err := json.Unmarshal(e.Facts, &facts); err != nil {
			t.Fatal(err)
		}
		e.Facts = []byte(said(t, facts))
		e.HappenedAt, e.RecordedAt, e.AcceptedAt = e.HappenedAt.UTC(), e.RecordedAt.UTC(), e.AcceptedAt.UTC()
	}
	return entries
}

// What was accepted after a clock was set back is known when the commit before it is, in every room; and a commit is known at the very
// moment at which it was accepted.
func TestAClockSetBackMakesNoHole(t *testing.T) {
	t.Parallel()
	l := newCaseload(74)
	r := newRooms(t)
	id := l.id()
	opened := l.adult(t, id, "police")
	referred := l.must(t, id, "police", domain.Refer{Referral: "r1", To: "ngo", Services: []string{"legal"}})
	declined := l.must(t, id, "ngo", domain.DeclineReferral{Referral: "r1", Reason: "full"})
	opened.AcceptedAt, referred.AcceptedAt, declined.AcceptedAt = epoch, epoch.Add(2*time.Hour), epoch.Add(time.Hour)
	r.follow(opened, referred, declined)
	for _, test := range []struct {
		after                 time.Duration
		commits, items, boxes int
	}{{-time.Microsecond, 0, 0, 0}, {0, 1, 1, 0}, {90 * time.Minute, 1, 1, 0}, {2*time.Hour - time.Microsecond, 1, 1, 0}, {2 * time.Hour, 3, 2, 1}} {
		at := epoch.Add(test.after)
		c, err := r.timeline.Find(t.Context(), r.pool, id, at)
		if c.Commits != test.commits || (test.commits == 0) != errors.Is(err, timeline.ErrNoCase) {
			t.Errorf("after %s the case is %+v, %v", test.after, c, err)
		}
		entries, err := r.timeline.Entries(t.Context(), r.pool, id, at)
		if err != nil || len(entries) > 0 && entries[len(entries)-1].Number != test.commits {
			t.Errorf("after %s the timeline is %+v, %v", test.after, entries, err)
		}
		items, boxes := r.list(inbox.Filter{AsOf: at}, 9), r.box(inbox.BoxFilter{Agency: "ngo", Box: inbox.Closed, AsOf: at}, 9)
		if len(items) != test.items || len(boxes) != test.boxes {
			t.Errorf("after %s the inboxes hold %+v and the box %+v", test.after, items, boxes)
		}
	}
}

// Find gives the standing of the latest commit, whole.
func TestACaseAsItStands(t *testing.T) {
	t.Parallel()
	l := newCaseload(72)
	r := newRooms(t)
	r.follow(l.history(300)...)
	for id, h := range l.cases {
		c, err := r.timeline.Find(t.Context(), r.pool, id, time.Time{})
		if err != nil {
			t.Fatal(err)
		}
		got, _ := json.Marshal(c.Standing)
		want, _ := json.Marshal(h.state.Standing)
		if string(got) != string(want) || c.Commits != h.number || c.Digest != h.digest {
			t.Fatalf("case is %+v\n%s\nwant\n%s", c, got, want)
		}
		named, err := r.timeline.ByReference(t.Context(), r.pool, c.Standing.Reference)
		if err != nil || named.CaseID != id || named.Commits != c.Commits {
			t.Fatalf("by reference: %+v, %v", named, err)
		}
	}
}

// What is sealed is in no row of these rooms.
func TestTheRoomsHoldNothingPersonal(t *testing.T) {
	t.Parallel()
	l := newCaseload(73)
	r := newRooms(t)
	r.follow(l.history(600)...)
	if mentions(r, "hand_over_request") == 0 || mentions(r, `"hand_over": true`) == 0 {
		t.Error("clear facts are missing: the search would find nothing either way")
	}
	for _, word := range []string{secret, string(mask([]byte(secret))), `"ct"`, `"scope"`, `"note":`, `"answers":`, `"identity":`, `"findings":`} {
		if n := mentions(r, word); n > 0 {
			t.Errorf("%q stands in %d rows", word, n)
		}
	}
}
