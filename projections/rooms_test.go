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
	"songtor/projections/inbox"
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
		counts, err := v.Counts(t.Context(), b.pool, nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range counts {
			open -= c.Cases
		}
		if open != 0 {
			t.Errorf("%s: counts differ from rows by %d", v.Name(), open)
		}
	}
	if len(seen) != len(w.cases) {
		t.Errorf("%d cases have a row, want %d", len(seen), len(w.cases))
	}
}

func TestPagesOfAStage(t *testing.T) {
	t.Parallel()
	w := newWorld(32)
	b := setUp(t)
	b.apply(w.history(900)...)
	for _, v := range []*stage.View{frontline.New(), screening.New(), identification.New(), protection.New()} {
		all := b.pages(v, stage.Filter{}, 200)
		if !slices.IsSortedFunc(all, before(v.Name())) {
			t.Errorf("%s is not in its order", v.Name())
		}
		for name, f := range map[string]stage.Filter{
			"everything": {}, "open": {OpenOnly: true}, "province": {Province: "TH-50"}, "urgent": {Urgent: true},
			"agency": {Agency: "ngo"}, "status": {Status: domain.AwaitingDecision}, "due": {DueBefore: epoch.AddDate(0, 0, 20)},
			"one of scope": {AgencyScope: []string{"police"}}, "scope": {AgencyScope: []string{"ngo", "police", "ngo", "nobody"}, OpenOnly: true},
			"outside scope": {AgencyScope: []string{"ngo"}, Agency: "police"}, "no scope": {AgencyScope: []string{}},
		} {
			var want []string
			for _, row := range all {
				if chosen(f, row) {
					want = append(want, row.CaseID)
				}
			}
			var got []string
			for _, row := range b.pages(v, f, 7) {
				got = append(got, row.CaseID)
			}
			if !slices.Equal(got, want) {
				t.Errorf("%s, %s: %d rows by pages, want %d", v.Name(), name, len(got), len(want))
			}
		}
	}
}

func chosen(f stage.Filter, r stage.Row) bool {
	return (f.AgencyScope == nil || slices.Contains(f.AgencyScope, r.Agency)) && (f.Agency == "" || f.Agency == r.Agency) &&
		(f.Province == "" || f.Province == r.Province) && (f.Status == "" || f.Status == r.Status) && (!f.OpenOnly || r.Open) &&
		(!f.Urgent || r.Urgent) && (f.DueBefore.IsZero() || r.DueAt != nil && r.DueAt.Before(f.DueBefore))
}

// before compares two rows by what each stage promises: open ones first, and among those the order of the room.
func before(name string) func(a, b stage.Row) int {
	rank := func(r stage.Row) int {
		switch {
		case !r.Open:
			return 2
		case r.Urgent && (name == "frontline" || name == "screening"):
			return 0
		}
		return 1
	}
	due := func(r stage.Row) time.Time {
		if name != "identification" {
			return time.Time{}
		}
		if r.DueAt == nil {
			return time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)
		}
		return *r.DueAt
	}
	return func(a, b stage.Row) int {
		if c := rank(a) - rank(b); c != 0 {
			return c
		}
		if c := due(a).Compare(due(b)); c != 0 {
			return c
		}
		if c := a.Since.Compare(b.Since); c != 0 {
			return c
		}
		return strings.Compare(a.CaseID, b.CaseID)
	}
}

func TestACursorOfAnotherKindIsRefused(t *testing.T) {
	t.Parallel()
	b := setUp(t)
	b.apply(newWorld(33).screened("police"))
	for _, cursor := range []string{"x", "bm90IGpzb24", "eyJyIjoxLCJjIjoiMSJ9"} {
		if _, err := screening.New().List(t.Context(), b.pool, stage.Filter{}, stage.Page{After: cursor}); !errors.Is(err, stage.ErrCursor) {
			t.Errorf("stage: cursor %q gives %v", cursor, err)
		}
		if _, err := inbox.New().List(t.Context(), b.pool, nil, inbox.Page{After: cursor}); !errors.Is(err, inbox.ErrCursor) {
			t.Errorf("inbox: cursor %q gives %v", cursor, err)
		}
	}
}

// items are an inbox as "agency kind" lines.
func (b *bench) items() []string {
	b.t.Helper()
	var lines []string
	for after := ""; ; {
		list, err := inbox.New().List(b.t.Context(), b.pool, nil, inbox.Page{Limit: 3, After: after})
		if err != nil {
			b.t.Fatal(err)
		}
		for _, i := range list.Items {
			lines = append(lines, i.Agency+" "+string(i.Kind))
		}
		if after = list.Next; after == "" {
			slices.Sort(lines)
			return lines
		}
	}
}

func TestInboxes(t *testing.T) {
	t.Parallel()
	w := newWorld(34)
	b := setUp(t)
	r := b.runner()
	b.start(r)
	id, now := w.uuid(), ""
	form := domain.FormRef{Name: "screening", Version: 1, Hash: "h"}
	refer := func(referral, to string) domain.Command {
		return domain.Refer{Referral: referral, To: to, Services: []string{"shelter_temp"}, HandOver: true}
	}
	consents := []domain.Answer{{Purpose: domain.ToScreening, Agreed: true}, {Purpose: domain.ToReferral, Agreed: true}}
	adult := w.content()
	adult.Findings.Branch = domain.AdultBranch
	for _, step := range []struct {
		by      string
		command domain.Command
		want    []string
	}{
		{"police", domain.OpenCase{Reference: "R", Province: "TH-10"}, []string{"police first_contact_to_screen"}},
		{
			"police",
			domain.RecordScreening{Screening: "s", Form: form, Content: adult, Consents: consents},
			[]string{"police screening_to_conclude"},
		},
		{"police", refer("r1", "shelter"), []string{"police referral_outgoing", "police screening_to_conclude", "shelter referral_incoming"}},
		{"shelter", domain.DeclineReferral{Referral: "r1", Reason: "full"}, []string{"police referral_declined", "police screening_to_conclude"}},
		{"police", refer("r2", "ngo"), []string{"ngo referral_incoming", "police referral_outgoing", "police screening_to_conclude"}},
		{"ngo", domain.AcceptReferral{Referral: "r2"}, []string{"ngo screening_to_conclude"}},
		{"ngo", domain.ConcludeScreening{Grounds: domain.GroundsYes, Reasons: domain.Reasons{Narrative: "n"}}, []string{"ngo identification_to_decide"}},
		{"ngo", refer("r3", "labour"), []string{"labour referral_incoming", "ngo identification_to_decide", "ngo referral_outgoing"}},
		{
			"ngo",
			domain.WithdrawConsent{Purpose: domain.ToReferral},
			[]string{"labour consent_withdrawn", "ngo consent_withdrawn", "ngo identification_to_decide"},
		},
		{
			"ngo",
			domain.DecideIdentification{Finding: domain.Finding{Outcome: domain.NotAVictim, Grounds: "g"}},
			[]string{"labour consent_withdrawn", "ngo consent_withdrawn"},
		},
		{"ngo", domain.DestroyKeys{Reason: "retention"}, nil},
	} {
		b.log.add(w.must(id, step.by, step.command))
		b.waitAll(r)
		if got := b.items(); !slices.Equal(got, step.want) {
			t.Fatalf("after %s and %T the inboxes hold %v, want %v", now, step.command, got, step.want)
		}
		now = fmt.Sprintf("%T", step.command)
	}
	b.mustEqualRebuilt(w)
}

func TestInboxCounts(t *testing.T) {
	t.Parallel()
	w := newWorld(35)
	b := setUp(t)
	b.apply(w.history(400)...)
	left := map[string]int{}
	for _, line := range b.items() {
		left[line]++
	}
	counts, err := inbox.New().Counts(t.Context(), b.pool, []string{"police", "ngo", "shelter", "labour"})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range counts {
		left[c.Agency+" "+string(c.Kind)] -= c.Items
	}
	for line, n := range left {
		if n != 0 {
			t.Errorf("%s: items and counts differ by %d", line, n)
		}
	}
	list, err := inbox.New().List(t.Context(), b.pool, []string{"ngo"}, inbox.Page{Limit: 200})
	if err != nil || len(list.Items) == 0 || list.Position != 400 {
		t.Fatalf("list is %+v, %v", list, err)
	}
	for _, i := range list.Items {
		if i.Agency != "ngo" {
			t.Errorf("an item of %s lies in the inbox of ngo", i.Agency)
		}
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
		c, err := room.Find(t.Context(), b.pool, id)
		if err != nil {
			t.Fatal(err)
		}
		if c.Position != last.Position || c.Commits != len(commits) || c.Digest != last.Digest || c.Standing.Status != last.Standing.Status ||
			!c.OpenedAt.Equal(commits[0].Facts[0].HappenedAt) || !c.UpdatedAt.Equal(last.AcceptedAt) {
			t.Fatalf("case is %+v, want as after %+v", c, last)
		}
		if byRef, err := room.ByReference(t.Context(), b.pool, c.Standing.Reference); err != nil || byRef.CaseID != id {
			t.Fatalf("by reference: %+v, %v", byRef, err)
		}
		mustTell(t, b, id, commits, time.Time{})
		mustTell(t, b, id, commits[:(len(commits)+1)/2], commits[(len(commits)-1)/2].AcceptedAt)
	}
	if _, err := room.Find(t.Context(), b.pool, w.uuid()); !errors.Is(err, timeline.ErrNoCase) {
		t.Errorf("an unknown case gives %v", err)
	}
	if _, err := room.Find(t.Context(), b.pool, "x"); !errors.Is(err, timeline.ErrNoCase) {
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
	for _, word := range []string{secret, string(mask([]byte(secret))), `"ct"`, `"scope"`, `"note"`, `"answers"`, `"identity"`, `"findings"`} {
		if n := mentions(word); n > 0 {
			t.Errorf("%q stands in %d rows", word, n)
		}
	}
}
