package stage_test

import (
	"cmp"
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
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
)

// filters are one of each condition and some together.
func filters() map[string]stage.Filter {
	token := []byte("lao")
	return map[string]stage.Filter{
		"everything":        {},
		"open":              {OpenOnly: true},
		"ended":             {EndedOnly: true},
		"nothing":           {OpenOnly: true, EndedOnly: true},
		"agency":            {Agency: []string{"ngo"}},
		"agencies":          {Agency: []string{"ngo", "police", "ngo", "nobody"}, OpenOnly: true},
		"scope":             {AgencyScope: []string{"ngo", "shelter"}},
		"agency in scope":   {AgencyScope: []string{"ngo", "shelter"}, Agency: []string{"shelter", "police"}},
		"outside scope":     {AgencyScope: []string{"ngo"}, Agency: []string{"police"}},
		"no scope":          {AgencyScope: []string{}},
		"provinces":         {Province: []string{"TH-50", "TH-63"}},
		"province scope":    {Provinces: []string{"TH-10", "TH-50"}, Province: []string{"TH-50", "TH-63"}},
		"no province":       {Provinces: []string{}},
		"status":            {Status: []domain.Status{domain.ToConclude, domain.Reassessing, domain.Closed, domain.FirstContact}},
		"unassigned":        {Assignee: []string{""}, OpenOnly: true},
		"assigned":          {Assignee: []string{"anong"}},
		"some or none":      {Assignee: []string{"", "krit"}},
		"overdue":           {Due: stage.Overdue},
		"today":             {Due: stage.DueToday},
		"week":              {Due: stage.DueWeek, OpenOnly: true},
		"no date":           {Due: stage.DueNone},
		"due before":        {DueBefore: epoch.AddDate(0, 0, 3)},
		"urgent":            {Urgent: true},
		"incident":          {Incident: "raid"},
		"task":              {Task: domain.TaskDecide},
		"language":          {Language: token},
		"much":              {AgencyScope: []string{"ngo", "police"}, Provinces: []string{"TH-10"}, OpenOnly: true, Urgent: true, Task: domain.TaskAnswer},
		"language of scope": {Language: token, AgencyScope: []string{"police", "ngo"}, Due: stage.Overdue},
	}
}

// chosen says in Go what a filter says to the database.
func chosen(f stage.Filter, speaks map[string]bool, r stage.Row) bool {
	in := func(list []string, s string) bool { return len(list) == 0 || slices.Contains(list, s) }
	switch {
	case f.AgencyScope != nil && !slices.Contains(f.AgencyScope, r.Agency), f.Provinces != nil && !slices.Contains(f.Provinces, r.Province),
		!in(f.Agency, r.Agency), !in(f.Province, r.Province), !in(f.Assignee, r.Assignee),
		len(f.Status) > 0 && !slices.Contains(f.Status, r.Status), f.OpenOnly && !r.Open, f.EndedOnly && r.Open, f.Urgent && !r.Urgent,
		f.Incident != "" && f.Incident != r.Incident, f.Task != "" && !slices.Contains(r.Tasks, string(f.Task)),
		f.Language != nil && !speaks[r.CaseID], !f.DueBefore.IsZero() && (r.DueAt == nil || !r.DueAt.Before(f.DueBefore)):
		return false
	}
	return chosenByDue(f, r)
}

func chosenByDue(f stage.Filter, r stage.Row) bool {
	days := func(n int) bool {
		from := f.Now.Add(7 * time.Hour).Truncate(24 * time.Hour).Add(-7 * time.Hour)
		return r.DueAt != nil && r.DueAt.After(from) && !r.DueAt.After(from.AddDate(0, 0, n))
	}
	switch f.Due {
	case stage.Overdue:
		return r.DueAt != nil && r.DueAt.Before(f.Now)
	case stage.DueToday:
		return days(1)
	case stage.DueWeek:
		return days(7)
	case stage.DueNone:
		return r.DueAt == nil
	}
	return true
}

// sorted says in Go what an order says to the database.
func sorted(v *stage.View, o stage.Order) func(a, b stage.Row) int {
	ended := func(a, b stage.Row) int {
		switch {
		case a.Open == b.Open:
			return 0
		case a.Open:
			return -1
		}
		return 1
	}
	due := func(r stage.Row) time.Time {
		if r.DueAt == nil {
			return time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)
		}
		return *r.DueAt
	}
	urgency := func(r stage.Row) int {
		if r.Urgent && (r.Stage == domain.Frontline || r.Stage == domain.Screening) {
			return 0
		}
		return 1
	}
	if o == stage.ByQueue && v.Name() == string(domain.Identification) {
		o = stage.ByDue
	}
	return func(a, b stage.Row) int {
		id := strings.Compare(a.CaseID, b.CaseID)
		switch o {
		case stage.ByQueue:
			return cmp.Or(ended(a, b), urgency(a)-urgency(b), a.Since.Compare(b.Since), id)
		case stage.ByDue:
			return cmp.Or(ended(a, b), due(a).Compare(due(b)), a.Since.Compare(b.Since), id)
		case stage.Newest:
			return cmp.Or(b.OpenedAt.Compare(a.OpenedAt), -id)
		case stage.Oldest:
			return cmp.Or(a.OpenedAt.Compare(b.OpenedAt), id)
		}
		return cmp.Or(strings.Compare(a.Reference, b.Reference), id)
	}
}

func ids(rows []stage.Row) []string {
	all := make([]string, len(rows))
	for i, r := range rows {
		all[i] = r.CaseID
	}
	return all
}

func TestARowShowsHowItsCaseStands(t *testing.T) {
	t.Parallel()
	w := newWorld(1)
	b := follow(t, newLog(40, w.history(900)...))
	seen := map[string]bool{}
	people := map[string]*person{}
	for _, p := range w.cases {
		people[p.id] = p
	}
	for _, v := range views() {
		for _, r := range b.all(v, time.Time{}, stage.Filter{Now: epoch.AddDate(0, 0, 3)}, stage.ByQueue, 200) {
			p := people[r.CaseID]
			s := p.standing
			if seen[r.CaseID] || r.Stage != s.Stage || r.Status != s.Status || r.Open != s.Status.Open() || r.Agency != s.Agency || r.Assignee != s.Assignee ||
				r.Province != s.Province || r.Incident != s.Incident || r.Entry != p.entry || r.Urgent != s.Urgent || r.Reference != s.Reference ||
				!r.OpenedAt.Equal(s.OpenedAt) || !r.Since.Equal(s.Since) || !equal(r.DueAt, s.DueAt) ||
				r.Overdue != (s.DueAt != nil && s.DueAt.Before(epoch.AddDate(0, 0, 3))) {
				t.Fatalf("row %+v, but the case stands %+v", r, s)
			}
			mustShowTasks(t, r, s)
			seen[r.CaseID] = true
		}
	}
	if len(seen) != len(w.cases) {
		t.Errorf("%d cases have a row, want %d", len(seen), len(w.cases))
	}
}

func equal(a, b *time.Time) bool { return a == nil && b == nil || a != nil && b != nil && a.Equal(*b) }

func mustShowTasks(t *testing.T, r stage.Row, s domain.Standing) {
	t.Helper()
	kinds, missed, rung, periods := []string{}, 0, domain.Rung(""), []time.Time{}
	counts := map[domain.TaskKind]int64{}
	for _, task := range s.Tasks {
		kinds = append(kinds, string(task.Kind))
		counts[task.Kind]++
		if task.Missed > missed {
			missed, rung = task.Missed, task.Rung
		}
		if task.Kind == domain.TaskPeriodEnds && task.DueAt != nil {
			periods = append(periods, *task.DueAt)
		}
	}
	slices.Sort(kinds)
	if !slices.Equal(r.Tasks, kinds) || r.Missed != missed || r.Rung != rung {
		t.Fatalf("row %+v, but the tasks are %+v", r, s.Tasks)
	}
	var want map[string]any
	switch s.Stage {
	case domain.Frontline:
		want = map[string]any{"referrals": counts[domain.TaskAnswer]}
	case domain.Screening:
		want = map[string]any{"referrals": counts[domain.TaskAnswer], "disagreements": int64(0)}
	case domain.Identification:
		want = map[string]any{"period_paused": false, "findings_due": int64(0), "reassessing": s.Status == domain.Reassessing}
	case domain.Protection:
		want = map[string]any{"services": counts[domain.TaskService], "claims": int64(0), "plan_missing": false}
	}
	ends, has := r.Own["period_ends_at"]
	delete(r.Own, "period_ends_at")
	shows := s.Stage == domain.Identification || s.Stage == domain.Protection
	if !reflect.DeepEqual(r.Own, want) || has != (shows && len(periods) == 1) || has && !ends.(time.Time).Equal(periods[0]) {
		t.Fatalf("%s shows %v and a period %v, want %v and %v", s.Stage, r.Own, ends, want, periods)
	}
}

func TestEveryOrderAndFilterByPages(t *testing.T) {
	t.Parallel()
	w := newWorld(2)
	b := follow(t, newLog(40, w.history(700)...))
	speaks := b.someSpeak(w)
	now := epoch.AddDate(0, 0, 2).Add(time.Hour)
	for _, v := range views() {
		for _, o := range stage.Orders() {
			all := b.all(v, time.Time{}, stage.Filter{Now: now}, o, 200)
			if len(all) < 20 || !slices.IsSortedFunc(all, sorted(v, o)) {
				t.Errorf("%s by %s: %d rows, and not in order", v.Name(), o, len(all))
			}
			for name, f := range filters() {
				f.Now = now
				want := slices.DeleteFunc(slices.Clone(all), func(r stage.Row) bool { return !chosen(f, speaks, r) })
				if got := b.all(v, time.Time{}, f, o, 7); !slices.Equal(ids(got), ids(want)) {
					t.Errorf("%s by %s, %s: pages give %d rows, want %d", v.Name(), o, name, len(got), len(want))
				}
			}
		}
	}
}

// someSpeak notes a language for every third case.
func (b *bench) someSpeak(w *world) map[string]bool {
	b.Helper()
	speaks := map[string]bool{}
	for i, p := range w.cases {
		if i%3 == 0 {
			speaks[p.id] = true
			b.exec("insert into matching.languages values ($1, 'lao')", p.id)
		}
	}
	return speaks
}

// What a list says as of a moment is what a projection says that was given only what was known then. Batches end anywhere, the log's
// clock is set back now and then.
func TestAsOfIsWhatWasKnown(t *testing.T) {
	t.Parallel()
	for seed := range uint64(2) {
		w := newWorld(100 + seed)
		commits := w.history(400)
		live, built := follow(t, newLog(60, commits...)), rebuilt(t, newLog(1+int(seed)*90, commits...))
		moments := []time.Time{epoch.Add(-time.Hour), commits[0].AcceptedAt, w.now.AddDate(1, 0, 0)}
		for range 4 {
			c := pick(w.rnd, commits)
			moments = append(moments, c.AcceptedAt, c.AcceptedAt.Add(-time.Microsecond))
		}
		for _, at := range moments {
			at = at.Truncate(time.Microsecond)
			then := rebuilt(t, newLog(50, knownAt(commits, at)...))
			for _, b := range []*bench{live, built} {
				b.mustEqualThen(then, at)
			}
		}
	}
}

// mustEqualThen compares lists as of a moment with the lists of a bench that knows only what was known then.
func (b *bench) mustEqualThen(then *bench, at time.Time) {
	b.Helper()
	all := filters()
	for _, v := range views() {
		for _, o := range stage.Orders() {
			names := []string{"everything", "open", "agencies", "overdue", "province scope", "unassigned", "much"}
			for range 2 {
				name := names[rand.IntN(len(names))]
				f := all[name]
				f.Now = at
				want := then.all(v, time.Time{}, f, o, 200)
				if got := b.all(v, at, f, o, 20); !slices.EqualFunc(got, want, sameRow) {
					b.Fatalf("%s by %s, %s, as of %v: %d rows, want %d\n%+v\n%+v", v.Name(), o, name, at, len(got), len(want), got, want)
				}
			}
		}
	}
}

func sameRow(a, b stage.Row) bool {
	return fmt.Sprintf("%+v", plain(a)) == fmt.Sprintf("%+v", plain(b))
}

// plain is a row without pointers and zones.
func plain(r stage.Row) []any {
	due := time.Time{}
	if r.DueAt != nil {
		due = r.DueAt.UTC()
	}
	ends, _ := r.Own["period_ends_at"].(time.Time)
	own := map[string]any{}
	for k, v := range r.Own {
		if k != "period_ends_at" {
			own[k] = v
		}
	}
	opened, since, updated := r.OpenedAt.UTC(), r.Since.UTC(), r.UpdatedAt.UTC()
	r.DueAt, r.Own, r.OpenedAt, r.Since, r.UpdatedAt = nil, nil, time.Time{}, time.Time{}, time.Time{}
	return []any{r, due, ends.UTC(), own, opened, since, updated}
}

func TestCountsAreThoseOfTheRows(t *testing.T) {
	t.Parallel()
	w := newWorld(4)
	commits := w.history(900)
	now := epoch.AddDate(0, 0, 3)
	for _, b := range []*bench{follow(t, newLog(30, commits...)), rebuilt(t, newLog(100, commits...))} {
		for _, v := range views() {
			for name, f := range filters() {
				if strings.Contains("everything agencies agency in scope no scope province scope provinces", name) {
					f = stage.Filter{AgencyScope: f.AgencyScope, Provinces: f.Provinces, Agency: f.Agency, Province: f.Province, Now: now}
					b.mustCount(v, name, f)
				}
			}
		}
	}
}

func (b *bench) mustCount(v *stage.View, name string, f stage.Filter) {
	b.Helper()
	counts, err := v.Counts(b.Context(), b.pool, f)
	if err != nil {
		b.Fatal(err)
	}
	want, overdue := map[string]stage.Count{}, 0
	for _, r := range b.all(v, time.Time{}, f, stage.ByQueue, 200) {
		key := string(r.Status) + r.Agency
		c := want[key]
		c.Status, c.Agency, c.Open = r.Status, r.Agency, r.Open
		c.Cases++
		if r.Assignee == "" {
			c.Unassigned++
		}
		if r.Urgent {
			c.Urgent++
		}
		if r.Open && r.Overdue {
			overdue++
		}
		want[key] = c
	}
	for _, c := range counts.Rows {
		if want[string(c.Status)+c.Agency] != c {
			b.Errorf("%s, %s: counted %+v, want %+v", v.Name(), name, c, want[string(c.Status)+c.Agency])
		}
		delete(want, string(c.Status)+c.Agency)
	}
	if len(want) > 0 || counts.Overdue != overdue || counts.More {
		b.Errorf("%s, %s: %d overdue, want %d; not counted: %v", v.Name(), name, counts.Overdue, overdue, want)
	}
}

func TestTotals(t *testing.T) {
	t.Parallel()
	got := stage.Counts{Rows: []stage.Count{
		{Status: domain.ToConclude, Agency: "a", Open: true, Cases: 3, Unassigned: 2, Urgent: 1},
		{Status: domain.Unclear, Agency: "a", Open: true, Cases: 4, Unassigned: 1},
		{Status: domain.NoGrounds, Agency: "b", Cases: 9, Unassigned: 9, Urgent: 9},
	}}.Totals()
	want := stage.Totals{
		Open: 7, Unassigned: 3, Urgent: 1,
		ByStatus: map[domain.Status]int{domain.ToConclude: 3, domain.Unclear: 4}, ByAgency: map[string]int{"a": 7},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("totals are %+v, want %+v", got, want)
	}
}

func TestMoreOverdueThanAreCounted(t *testing.T) {
	t.Parallel()
	b := rebuilt(t, newLog(10))
	b.fill("screening", 4000, 1)
	for now, want := range map[time.Time]stage.Counts{
		epoch.AddDate(9, 0, 0):  {Overdue: stage.MostOverdue, More: true},
		epoch.AddDate(-9, 0, 0): {},
	} {
		got, err := screening.New().Counts(t.Context(), b.pool, stage.Filter{Now: now})
		if err != nil || got.Overdue != want.Overdue || got.More != want.More {
			t.Errorf("at %v: %d overdue, more: %t, %v", now, got.Overdue, got.More, err)
		}
	}
}

func TestNextIsTheFirstThatNobodyHas(t *testing.T) {
	t.Parallel()
	w := newWorld(5)
	b := follow(t, newLog(40, w.history(900)...))
	for _, v := range views() {
		f := stage.Filter{AgencyScope: []string{"ngo", "police"}, Now: epoch.AddDate(0, 0, 3)}
		var want []stage.Row
		for _, r := range b.all(v, time.Time{}, f, stage.ByQueue, 200) {
			if r.Open && r.Assignee == "" {
				want = append(want, r)
			}
		}
		got, err := v.Next(t.Context(), b.pool, f, 3)
		if err != nil || len(want) < 3 || !slices.Equal(ids(got), ids(want[:3])) {
			t.Errorf("%s: next are %v, want the first of %v; %v", v.Name(), ids(got), ids(want), err)
		}
	}
}

func TestACursorOfAnotherListIsRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(6)
	b := follow(t, newLog(40, w.history(300)...))
	next := func(v *stage.View, o stage.Order) string {
		list, err := v.List(t.Context(), b.pool, stage.Filter{}, stage.Page{Order: o, Limit: 1})
		if err != nil || list.Next == "" {
			t.Fatalf("%s by %s has one page: %v", v.Name(), o, err)
		}
		return list.Next
	}
	for _, of := range stage.Orders() {
		for _, o := range stage.Orders() {
			_, err := screening.New().List(t.Context(), b.pool, stage.Filter{}, stage.Page{Order: o, After: next(screening.New(), of)})
			if errors.Is(err, stage.ErrCursor) != (o != of) {
				t.Errorf("a cursor by %s in a list by %s gives %v", of, o, err)
			}
		}
	}
	for name, cursor := range map[string]string{"another stage": next(frontline.New(), stage.ByQueue), "no base64": "%", "no JSON": "bm90IGpzb24", "no case": "eyJnIjoic2NyZWVuaW5nIiwibyI6InF1ZXVlIiwiYyI6IjEifQ"} {
		if _, err := screening.New().AsOf(t.Context(), b.pool, epoch, stage.Filter{}, stage.Page{After: cursor}); !errors.Is(err, stage.ErrCursor) {
			t.Errorf("%s gives %v", name, err)
		}
	}
	if _, err := protection.New().List(t.Context(), b.pool, stage.Filter{}, stage.Page{Order: "random"}); !errors.Is(err, stage.ErrOrder) {
		t.Errorf("an unknown order gives %v", err)
	}
}

// What somebody reads as overdue is so from the very next instant after the date.
func TestOverdueIsToTheSecond(t *testing.T) {
	t.Parallel()
	due := epoch.Add(time.Hour)
	b := follow(t, newLog(1, domain.Commit{
		CaseID: "00000000-0000-4000-8000-000000000001", Number: 1, Position: 1, AcceptedAt: epoch,
		Standing: domain.Standing{Stage: domain.Identification, Status: domain.AwaitingDecision, Agency: "ngo", DueAt: &due},
	}))
	for now, want := range map[time.Time]bool{due: false, due.Add(time.Second): true, due.Add(-time.Second): false} {
		rows := b.all(identification.New(), time.Time{}, stage.Filter{Now: now}, stage.ByQueue, 5)
		if len(rows) != 1 || rows[0].Overdue != want {
			t.Errorf("%v after the date: %+v", now.Sub(due), rows)
		}
	}
}
