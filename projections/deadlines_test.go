package projections_test

import (
	"cmp"
	"fmt"
	"slices"
	"testing"
	"time"

	"songtor/domain"
	"songtor/projections/inbox"
	"songtor/projections/screening"
	"songtor/projections/stage"
)

// What is due is every step of the ladder of every task that the cases wait for.
func TestWhatIsDueIsWhatTheCasesWaitFor(t *testing.T) {
	t.Parallel()
	l := newCaseload(61)
	r := newRooms(t)
	r.log.step = 7
	r.follow(l.history(700)...)
	now := l.clock
	type step struct {
		id, task string
		at       time.Time
	}
	var want, later []step
	for id, h := range l.cases {
		for _, task := range h.state.Standing.Tasks {
			if task.DueAt == nil {
				continue
			}
			if at := nextStep(nil, &task); at != nil {
				s := step{id, task.ID, stored(*at)}
				if at.After(now) {
					later = append(later, s)
				} else {
					want = append(want, s)
				}
			}
		}
	}
	slices.SortFunc(want, func(a, b step) int {
		return cmp.Or(a.at.Compare(b.at), cmp.Compare(a.id, b.id), cmp.Compare(a.task, b.task))
	})
	if len(want) < 10 || len(later) == 0 {
		t.Fatalf("%d steps due and %d later: the history is too thin to show anything", len(want), len(later))
	}
	due, err := r.deadlines.Due(t.Context(), r.pool, now, 1000)
	if err != nil {
		t.Fatal(err)
	}
	var got []step
	for _, d := range due {
		got = append(got, step{d.CaseID, d.Task, d.NextAt.UTC()})
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Fatalf("due is\n%v\nwant\n%v", got, want)
	}
	few, err := r.deadlines.Due(t.Context(), r.pool, now, 3)
	if err != nil || len(few) != 3 || few[2].Task != want[2].task {
		t.Errorf("the first three are %+v, %v", few, err)
	}
	at, known, err := r.deadlines.NextAt(t.Context(), r.pool)
	if err != nil || !known || !at.Equal(want[0].at) {
		t.Errorf("the next step falls at %s, %t, %v, want %s", at, known, err, want[0].at)
	}
}

// stored is a moment at which something falls, to the microsecond.
func stored(at time.Time) time.Time {
	return at.UTC().Add(999 * time.Nanosecond).Truncate(time.Microsecond)
}

// Recording a step moves the deadline to the next one; at the top of the ladder, or when the task is done, nothing is left to record.
func TestAStepThatIsRecordedIsNoLongerDue(t *testing.T) {
	t.Parallel()
	l := newCaseload(62)
	r := newRooms(t)
	if _, known, err := r.deadlines.NextAt(t.Context(), r.empty()); err != nil || known {
		t.Fatalf("with no case something is due: %t, %v", known, err)
	}
	id := l.id()
	r.follow(l.adult(t, id, "police"))
	first := *l.cases[id].state.Standing.Tasks[0].DueAt
	for level := range 4 {
		at := stored(first.Add(time.Duration(level) * 6 * time.Hour))
		if early, err := r.deadlines.Due(t.Context(), r.pool, at.Add(-time.Second), 9); err != nil || len(early) != 0 {
			t.Fatalf("early: %+v, %v", early, err)
		}
		due, err := r.deadlines.Due(t.Context(), r.pool, at, 9)
		if err != nil || len(due) != 1 || due[0].Missed != level || !due[0].NextAt.Equal(at) || !due[0].DueAt.Equal(first) {
			t.Fatalf("at step %d due is %+v, %v", level+1, due, err)
		}
		l.clock = at
		r.follow(l.must(t, id, "", domain.MissDeadline{Task: due[0].Task, DueAt: due[0].DueAt}))
	}
	if due, err := r.deadlines.Due(t.Context(), r.pool, first.AddDate(1, 0, 0), 9); err != nil || len(due) != 0 {
		t.Errorf("at the top of the ladder due is %+v, %v", due, err)
	}
}

// A limit in working days is over with its last day: until then it is due today, in the lists of the stages and in the inbox alike.
func TestALimitInWorkingDaysIsDueOnItsLastDay(t *testing.T) {
	t.Parallel()
	monday := time.Date(2026, 2, 2, 10, 0, 0, 0, domain.Thailand)
	limits := domain.Limits{Times: map[domain.LimitName]domain.Limit{domain.LimitConclude: {WorkingDays: 3}}}
	due, _ := limits.Due(domain.LimitConclude, monday) // with the end of Thursday
	b := setUp(t, domain.Commit{CaseID: "00000000-0000-4000-8000-000000000001", Number: 1, AcceptedAt: monday, Standing: domain.Standing{
		Stage: domain.Screening, Status: domain.ToConclude, Agency: "ngo", DueAt: due,
		Tasks: []domain.Task{{ID: "c", Kind: domain.TaskConclude, Agency: "ngo", Assignee: "boon", Since: monday, DueAt: due}},
	}})
	r := b.runner()
	b.start(r)
	b.waitAll(r)
	listed := func(due stage.Due, now time.Time) int {
		list, err := screening.New().List(t.Context(), b.pool, stage.Filter{Due: due, Now: now}, stage.Page{})
		if err != nil {
			t.Fatal(err)
		}
		return len(list.Items)
	}
	counted := func(of inbox.Whose, now time.Time) inbox.Count {
		counts, err := inbox.New(office).Counts(t.Context(), b.pool, of, now)
		if err != nil {
			t.Fatal(err)
		}
		return counts.Count
	}
	for _, test := range []struct {
		now                  time.Time
		today, week, overdue int
	}{
		{monday.AddDate(0, 0, -4), 0, 0, 0}, // Thursday a week before
		{monday.AddDate(0, 0, -3), 0, 1, 0},
		{monday.AddDate(0, 0, 2), 0, 1, 0},
		{monday.AddDate(0, 0, 3), 1, 1, 0},
		{due.Add(-time.Microsecond), 1, 1, 0},
		{due.Add(time.Microsecond), 0, 0, 1},
		{monday.AddDate(0, 0, 4), 0, 0, 1},
	} {
		for choice, want := range map[stage.Due]int{stage.DueToday: test.today, stage.DueWeek: test.week, stage.Overdue: test.overdue} {
			if got := listed(choice, test.now); got != want {
				t.Errorf("at %v the stage lists %d of %s, want %d", test.now, got, choice, want)
			}
		}
		for _, of := range []inbox.Whose{{Agency: "ngo"}, {Agency: "ngo", Assignee: "boon"}} {
			if got := counted(of, test.now); got != (inbox.Count{Items: 1, Overdue: test.overdue, Today: test.today}) {
				t.Errorf("at %v the inbox of %+v counts %+v", test.now, of, got)
			}
		}
	}
}
