package projections_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"songtor/domain"
	"songtor/projections/inbox"
)

func (r *rooms) list(f inbox.Filter, limit int) []inbox.Item {
	r.t.Helper()
	var all []inbox.Item
	for after := ""; ; {
		page, err := r.inbox.List(r.t.Context(), r.db, f, inbox.Page{Limit: limit, After: after})
		if err != nil {
			r.t.Fatal(err)
		}
		if len(page.Items) > limit {
			r.t.Fatalf("a page of %d has %d items", limit, len(page.Items))
		}
		all = append(all, page.Items...)
		if after = page.Next; after == "" {
			return all
		}
	}
}

func (r *rooms) box(f inbox.BoxFilter, limit int) []inbox.Referral {
	r.t.Helper()
	var all []inbox.Referral
	for after := ""; ; {
		page, err := r.inbox.Referrals(r.t.Context(), r.db, f, inbox.Page{Limit: limit, After: after})
		if err != nil {
			r.t.Fatal(err)
		}
		if len(page.Items) > limit {
			r.t.Fatalf("a page of %d has %d referrals", limit, len(page.Items))
		}
		all = append(all, page.Items...)
		if after = page.Next; after == "" {
			return all
		}
	}
}

// The items of a case are the tasks of its standing, and each once more for those to whom it was escalated.
func TestTheInboxIsTheTasksOfEveryStanding(t *testing.T) {
	t.Parallel()
	l := newCaseload(21)
	r := newRooms(t)
	r.log.step = 9
	r.follow(l.history(900)...)
	var want, got []string
	line := func(id, agency string, t domain.Task) string {
		due := int64(0)
		if t.DueAt != nil {
			due = t.DueAt.UnixMicro()
		}
		return fmt.Sprint(id, t.ID, t.Kind, agency, t.Assignee, t.Ref, t.Other, t.Since.UnixMicro(), due, t.Source, t.Missed, t.Rung)
	}
	for id, h := range l.cases {
		for _, task := range h.state.Standing.Tasks {
			want = append(want, line(id, task.Agency, task))
		}
	}
	escalated := 0
	for _, i := range r.list(inbox.Filter{}, 50) {
		s := l.cases[i.CaseID].state.Standing
		if i.Reference != s.Reference || i.Stage != s.Stage || i.Status != s.Status || i.Province != s.Province || i.Incident != s.Incident || i.Urgent != s.Urgent {
			t.Fatalf("item %+v of a case that stands %+v", i, s)
		}
		if i.Escalated {
			if i.Missed == 0 || i.Agency != office(i.For, s.Province) || i.Box != inbox.Escalated {
				t.Fatalf("escalated: %+v", i)
			}
			escalated++
			continue
		}
		got = append(got, line(i.CaseID, i.Agency, domain.Task{
			ID: i.Task, Kind: i.Kind, Assignee: i.Assignee, Ref: i.Ref, Other: i.Other, Since: i.Since, DueAt: i.DueAt, Source: i.Source,
			Missed: i.Missed, Rung: i.Rung,
		}))
	}
	slices.Sort(want)
	slices.Sort(got)
	if !slices.Equal(got, want) || len(want) < 50 || escalated == 0 {
		t.Fatalf("%d items, want %d; %d escalated", len(got), len(want), escalated)
	}
}

// An inbox and every box as of a moment are what rooms hold that were told only what was known then.
func TestInboxesAsOfAMoment(t *testing.T) {
	t.Parallel()
	l := newCaseload(22)
	l.pace = 80 * time.Hour // so that some rows are known for weeks, and some for years
	r := newRooms(t)
	r.log.step = 17
	r.follow(l.history(900)...)
	commits := r.log.commits
	moments := []time.Time{commits[0].AcceptedAt.Add(-time.Second), l.clock.AddDate(1, 0, 0), commits[700].AcceptedAt}
	for range 6 {
		moments = append(moments, pick(l.rnd, commits).AcceptedAt.Add(time.Duration(l.rnd.IntN(7200)-3600)*time.Second))
	}
	for _, at := range moments {
		then := built(t, knownAt(commits, at)...)
		filters := []inbox.Filter{{}, {Agencies: []string{"police", "ministry"}}, {Box: inbox.Escalated}, {Overdue: true, Now: at}, {Unassigned: true}}
		for _, f := range filters {
			want := then.list(f, 50)
			f.AsOf = at
			mustSay(t, r.list(f, 7), want)
		}
		for _, agency := range agencies {
			for _, box := range inbox.ReferralBoxes() {
				f := inbox.BoxFilter{Agency: agency, Box: box}
				want := then.box(f, 50)
				f.AsOf = at
				mustSay(t, r.box(f, 3), want)
			}
		}
	}
}

// mustSay compares what lists say, but for the positions: a shorter log has others.
func mustSay[T any](t *testing.T, got, want []T) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%d rows, want %d", len(got), len(want))
	}
	for i := range got {
		if a, b := said(t, got[i]), said(t, want[i]); a != b {
			t.Fatalf("row %d is\n%s\nwant\n%s", i, a, b)
		}
	}
}

func said(t *testing.T, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	var fields map[string]any
	if err := json.Unmarshal(b, &fields); err != nil {
		t.Fatal(err)
	}
	delete(fields, "position")
	b, _ = json.Marshal(fields)
	return string(b)
}

func TestFiltersAndPagesOfTheInbox(t *testing.T) {
	t.Parallel()
	l := newCaseload(23)
	r := newRooms(t)
	r.follow(l.history(900)...)
	all := r.list(inbox.Filter{}, 200)
	inOrder := slices.IsSortedFunc(all, func(a, b inbox.Item) int {
		if c := dueOf(a).Compare(dueOf(b)); c != 0 {
			return c
		}
		return a.Since.Compare(b.Since)
	})
	if !inOrder {
		t.Error("the inbox is not in its order")
	}
	now := l.clock
	for name, test := range map[string]struct {
		f    inbox.Filter
		want func(inbox.Item) bool
	}{
		"agencies":  {inbox.Filter{Agencies: []string{"ngo", "police", "ngo", "nobody"}}, func(i inbox.Item) bool { return i.Agency == "ngo" || i.Agency == "police" }},
		"no agency": {inbox.Filter{Agencies: []string{}}, func(inbox.Item) bool { return false }},
		"mine":      {inbox.Filter{Agencies: agencies, Assignee: "anong"}, func(i inbox.Item) bool { return slices.Contains(agencies, i.Agency) && i.Assignee == "anong" }},
		"nobody's":  {inbox.Filter{Unassigned: true}, func(i inbox.Item) bool { return i.Assignee == "" }},
		"kinds":     {inbox.Filter{Kinds: []domain.TaskKind{domain.TaskAnswer, domain.TaskDecide}}, func(i inbox.Item) bool { return i.Kind == domain.TaskAnswer || i.Kind == domain.TaskDecide }},
		"overdue":   {inbox.Filter{Overdue: true, Now: now}, func(i inbox.Item) bool { return i.DueAt != nil && i.DueAt.Before(now) }},
		"due between": {
			inbox.Filter{DueFrom: now, DueBefore: now.Add(9 * time.Hour)},
			func(i inbox.Item) bool {
				return i.DueAt != nil && !i.DueAt.Before(now) && i.DueAt.Before(now.Add(9*time.Hour))
			},
		},
		"due before": {inbox.Filter{DueBefore: now.Add(9 * time.Hour)}, func(i inbox.Item) bool { return i.DueAt != nil && i.DueAt.Before(now.Add(9*time.Hour)) }},
		"urgent":     {inbox.Filter{Urgent: true}, func(i inbox.Item) bool { return i.Urgent }},
		"province":   {inbox.Filter{Province: "TH-50"}, func(i inbox.Item) bool { return i.Province == "TH-50" }},
		"incident":   {inbox.Filter{Incident: "op-2"}, func(i inbox.Item) bool { return i.Incident == "op-2" }},
		"supervisor": {inbox.Filter{For: domain.ToSupervisor}, func(i inbox.Item) bool { return i.For == domain.ToSupervisor }},
		"own":        {inbox.Filter{Box: inbox.Own}, func(i inbox.Item) bool { return i.Box == inbox.Own }},
		"incoming":   {inbox.Filter{Box: inbox.Incoming}, func(i inbox.Item) bool { return i.Box == inbox.Incoming }},
		"outgoing":   {inbox.Filter{Box: inbox.Outgoing}, func(i inbox.Item) bool { return i.Box == inbox.Outgoing }},
		"escalated":  {inbox.Filter{Box: inbox.Escalated}, func(i inbox.Item) bool { return i.Escalated }},
	} {
		want := slices.Clone(all)
		want = slices.DeleteFunc(want, func(i inbox.Item) bool { return !test.want(i) })
		if len(want) == 0 && name != "no agency" {
			t.Errorf("%s: the history is too thin to show anything", name)
		}
		mustSay(t, r.list(test.f, 7), want)
	}
}

func dueOf(i inbox.Item) time.Time {
	if i.DueAt == nil {
		return time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)
	}
	return *i.DueAt
}

func TestCountsAreTheLengthsOfTheLists(t *testing.T) {
	t.Parallel()
	l := newCaseload(24)
	r := newRooms(t)
	r.log.step = 11
	r.follow(l.history(900)...)
	now, today := l.clock, 0
	for _, i := range r.list(inbox.Filter{Agencies: []string{"police"}}, 200) {
		if i.DueAt != nil {
			now = *i.DueAt // of the last: many are overdue then, and one at least is due today
		}
	}
	for _, of := range []inbox.Whose{{Agency: "police"}, {Agency: "ngo"}, {Agency: "ngo", Assignee: "boon"}, {Agency: "ministry"}, {Agency: "nobody"}} {
		counts, err := r.inbox.Counts(t.Context(), r.pool, of, now)
		if err != nil {
			t.Fatal(err)
		}
		want := inbox.Counts{Kinds: map[domain.TaskKind]inbox.Count{}, Boxes: map[inbox.Box]inbox.Count{}, Position: 900}
		for _, i := range r.list(inbox.Filter{Agencies: []string{of.Agency}, Assignee: of.Assignee}, 200) {
			one := inbox.Count{Items: 1}
			switch {
			case i.DueAt == nil:
			case i.DueAt.Before(now):
				one.Overdue = 1
			case i.DueAt.Add(-time.Microsecond).In(domain.Thailand).Format(time.DateOnly) == now.In(domain.Thailand).Format(time.DateOnly):
				one.Today, today = 1, today+1
			}
			add := func(c inbox.Count) inbox.Count {
				return inbox.Count{Items: c.Items + 1, Overdue: c.Overdue + one.Overdue, Today: c.Today + one.Today}
			}
			want.Count, want.Kinds[i.Kind], want.Boxes[i.Box] = add(want.Count), add(want.Kinds[i.Kind]), add(want.Boxes[i.Box])
		}
		if got, want := fmt.Sprint(counts), fmt.Sprint(want); got != want {
			t.Errorf("%v: counts are %s, want %s", of, got, want)
		}
	}
	if today == 0 {
		t.Error("nothing is due today: the history is too thin to show anything")
	}
	for _, agency := range agencies {
		counts, err := r.inbox.BoxCounts(t.Context(), r.pool, agency, nil)
		if err != nil || counts.Position != 900 {
			t.Fatalf("counts are %+v, %v", counts, err)
		}
		for _, box := range inbox.ReferralBoxes() {
			want := map[inbox.ReferralKind]int{}
			for _, x := range r.box(inbox.BoxFilter{Agency: agency, Box: box}, 200) {
				want[x.Kind]++
			}
			if len(want) == 0 || fmt.Sprint(counts.Boxes[box]) != fmt.Sprint(want) {
				t.Errorf("%s, %s: counts are %v, want %v", agency, box, counts.Boxes[box], want)
			}
		}
	}
}

// boxes are the boxes of agencies as "agency box status reason" lines.
func (r *rooms) boxes() []string {
	r.t.Helper()
	var lines []string
	for _, agency := range agencies {
		for _, box := range inbox.ReferralBoxes() {
			for _, x := range r.box(inbox.BoxFilter{Agency: agency, Box: box}, 5) {
				line := fmt.Sprintf("%s %s %s", agency, box, x.Status)
				if x.Reason != "" {
					line += " " + x.Reason
				}
				lines = append(lines, line)
			}
		}
	}
	return lines
}

func (l *caseload) adult(t testing.TB, id, agency string) domain.Commit {
	t.Helper()
	c, _ := l.screened("", 0).(domain.RecordScreening)
	c.Content.Findings.Branch = domain.AdultBranch
	c.Opening.Province, c.Opening.Needs = "TH-10", nil
	c.Consents = []domain.Answer{{Purpose: domain.ToScreening, Agreed: true}, {Purpose: domain.ToReferral, Agreed: true}}
	return l.must(t, id, agency, c)
}

// The sender of a referral learns what became of it, and by whose word.
func TestBoxesCloseTheLoop(t *testing.T) {
	t.Parallel()
	l := newCaseload(25)
	r := newRooms(t)
	id := l.id()
	r.follow(l.adult(t, id, "police"))
	refer := func(referral, to string) domain.Command {
		return domain.Refer{Referral: referral, To: to, Services: []string{"shelter_temp", "legal"}}
	}
	sent := []string{"police outgoing pending", "police pending pending", "shelter incoming pending", "shelter pending pending"}
	for _, step := range []struct {
		by      string
		command domain.Command
		want    []string
	}{
		{"police", refer("r1", "shelter"), sent},
		{"shelter", domain.DeclineReferral{Referral: "r1", Reason: "full"}, []string{"police outgoing declined full", "shelter closed declined full"}},
		{"police", refer("r2", "ngo"), []string{
			"police outgoing pending", "police pending pending", "police closed declined full", "ngo incoming pending",
			"ngo pending pending", "shelter closed declined full",
		}},
		{"ngo", domain.AcceptReferral{Referral: "r2"}, []string{
			"police outgoing accepted", "police closed declined full", "ngo incoming accepted", "shelter closed declined full",
		}},
		{"ngo", domain.CompleteReferral{Referral: "r2", Outcome: secret}, []string{
			"police closed done", "police closed declined full", "ngo closed done", "shelter closed declined full",
		}},
	} {
		r.follow(l.must(t, id, step.by, step.command))
		if got := r.boxes(); !slices.Equal(got, step.want) {
			t.Fatalf("after %T the boxes hold\n%q, want\n%q", step.command, got, step.want)
		}
	}
	done := r.box(inbox.BoxFilter{Agency: "police", Box: inbox.Closed}, 10)[0]
	if done.ID != "r2" || done.From != "police" || done.To != "ngo" || done.Services != 2 || done.AnsweredAt == nil || done.DoneAt == nil || done.DueAt == nil {
		t.Errorf("the sender sees %+v", done)
	}
}

func TestAWithdrawnConsentShowsInTheBoxes(t *testing.T) {
	t.Parallel()
	l := newCaseload(26)
	r := newRooms(t)
	id := l.id()
	r.follow(l.adult(t, id, "police"), l.must(t, id, "police", domain.Refer{Referral: "r1", To: "ngo", Services: []string{"legal"}}),
		l.must(t, id, "police", domain.WithdrawConsent{Purpose: domain.ToReferral}))
	want := []string{"police closed revoked consent_withdrawn", "ngo closed revoked consent_withdrawn"}
	if got := r.boxes(); !slices.Equal(got, want) {
		t.Errorf("the boxes hold %q, want %q", got, want)
	}
	items := r.list(inbox.Filter{Agencies: []string{"ngo"}}, 10)
	if len(items) != 1 || items[0].Kind != domain.TaskAcknowledge || items[0].Box != inbox.Incoming {
		t.Errorf("the recipient's inbox holds %+v", items)
	}
}

// Requests for the case and for services lie in the same boxes. Who has the case answers requests for it, and what was closed tells
// nothing of what came after.
func TestRequestsLieInTheBoxes(t *testing.T) {
	t.Parallel()
	l := newCaseload(27)
	r := newRooms(t)
	id := l.id()
	r.follow(l.adult(t, id, "police"), l.must(t, id, "ngo", domain.RequestHandOver{Reason: secret}))
	request := l.cases[id].state.Requests[0].ID
	r.follow(l.must(t, id, "police", domain.RequestService{Code: "medical", Level: domain.FromPresumed, Urgent: true, Provider: "shelter"}))
	service := l.cases[id].state.Services[0].ID
	want := []string{
		"police incoming pending", "police outgoing pending", "police pending pending", "police pending pending",
		"ngo outgoing pending", "ngo pending pending", "shelter incoming pending", "shelter pending pending",
	}
	if got := r.boxes(); !slices.Equal(got, want) {
		t.Fatalf("the boxes hold\n%q, want\n%q", got, want)
	}
	r.follow(l.must(t, id, "police", domain.RefuseService{Service: service, Reason: secret}),
		l.must(t, id, "police", domain.GrantHandOver{Request: request}))
	want = []string{
		"police closed revoked refused_by_person", "police closed accepted", "ngo closed accepted", "shelter closed revoked refused_by_person",
	}
	if got := r.boxes(); !slices.Equal(got, want) {
		t.Fatalf("the boxes hold\n%q, want\n%q", got, want)
	}
	r.follow(l.must(t, id, "ngo", domain.ConcludeScreening{Grounds: domain.GroundsYes, Reasons: domain.Reasons{Narrative: secret}}))
	for _, x := range r.box(inbox.BoxFilter{Agency: "shelter", Box: inbox.Closed}, 10) {
		if x.Stage != domain.Screening || x.Status != domain.Revoked {
			t.Errorf("the provider sees %+v", x)
		}
	}
}

// A missed deadline climbs: marked for the supervisor, then in the provincial office's inbox, then in the ministry's, until it is done.
func TestAMissedDeadlineClimbs(t *testing.T) {
	t.Parallel()
	l := newCaseload(28)
	r := newRooms(t)
	id := l.id()
	r.follow(l.adult(t, id, "police"))
	task := l.cases[id].state.Standing.Tasks[0]
	look := func() []string {
		var lines []string
		for _, i := range r.list(inbox.Filter{}, 10) {
			lines = append(lines, fmt.Sprintf("%s %s for %q, %d %s, escalated %t", i.Agency, i.Kind, i.For, i.Missed, i.Rung, i.Escalated))
		}
		slices.Sort(lines)
		return lines
	}
	for i, want := range [][]string{
		{`police screening_to_conclude for "", 1 assignee, escalated false`},
		{`police screening_to_conclude for "supervisor", 2 supervisor, escalated false`},
		{
			`office-TH-10 screening_to_conclude for "province", 3 province, escalated true`,
			`police screening_to_conclude for "supervisor", 3 province, escalated false`,
		},
		{
			`ministry screening_to_conclude for "ministry", 4 ministry, escalated true`,
			`office-TH-10 screening_to_conclude for "province", 4 ministry, escalated true`,
			`police screening_to_conclude for "supervisor", 4 ministry, escalated false`,
		},
	} {
		l.clock = task.DueAt.Add(time.Duration(i) * 6 * time.Hour)
		r.follow(l.must(t, id, "", domain.MissDeadline{Task: task.ID, DueAt: *task.DueAt}))
		if got := look(); !slices.Equal(got, want) {
			t.Fatalf("at step %d the inboxes hold\n%q, want\n%q", i+1, got, want)
		}
	}
	r.follow(l.must(t, id, "police", domain.ConcludeScreening{Grounds: domain.GroundsYes, Reasons: domain.Reasons{Narrative: secret}}))
	if got := look(); len(got) != 1 || got[0] != `police identification_to_decide for "", 0 , escalated false` {
		t.Errorf("after it was done the inboxes hold %q", got)
	}
}

// A commit that changes nothing about what a case waits for writes no item anew.
func TestWhatDoesNotChangeIsNotWritten(t *testing.T) {
	t.Parallel()
	l := newCaseload(29)
	r := newRooms(t)
	id := l.id()
	r.follow(l.adult(t, id, "police"), l.must(t, id, "police", domain.Refer{Referral: "r1", To: "ngo", Services: []string{"legal"}}))
	before := r.list(inbox.Filter{}, 10)
	r.follow(l.must(t, id, "police", domain.AddNote{Audience: domain.ForCase, Text: secret}))
	after := r.list(inbox.Filter{}, 10)
	if len(before) != 2 || fmt.Sprint(positions(before)) != fmt.Sprint(positions(after)) {
		t.Errorf("positions were %v and are %v", positions(before), positions(after))
	}
	if n := len(r.dump()["inbox.past_items"]); n != 0 {
		t.Errorf("%d rows went to the past", n)
	}
}

func positions(items []inbox.Item) []uint64 {
	var all []uint64
	for _, i := range items {
		all = append(all, i.Position)
	}
	return all
}

func TestWhatIsNoCursorOrBoxIsRefused(t *testing.T) {
	t.Parallel()
	r := newRooms(t)
	for _, cursor := range []string{"x", "bm90IGpzb24", "eyJjIjoiMSJ9"} {
		if _, err := r.inbox.List(t.Context(), r.pool, inbox.Filter{}, inbox.Page{After: cursor}); !errors.Is(err, inbox.ErrCursor) {
			t.Errorf("inbox: cursor %q gives %v", cursor, err)
		}
		f := inbox.BoxFilter{Agency: "ngo", Box: inbox.Closed}
		if _, err := r.inbox.Referrals(t.Context(), r.pool, f, inbox.Page{After: cursor}); !errors.Is(err, inbox.ErrCursor) {
			t.Errorf("boxes: cursor %q gives %v", cursor, err)
		}
	}
	if _, err := r.inbox.List(t.Context(), r.pool, inbox.Filter{Box: inbox.Closed}, inbox.Page{}); !errors.Is(err, inbox.ErrBox) {
		t.Errorf("closed items give %v", err)
	}
	if _, err := r.inbox.Referrals(t.Context(), r.pool, inbox.BoxFilter{Box: inbox.Own}, inbox.Page{}); !errors.Is(err, inbox.ErrBox) {
		t.Errorf("own referrals give %v", err)
	}
}
