package synthetic

import (
	"encoding/json"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"songtor/domain"
	"songtor/internal/app"
	"songtor/internal/matching"
	"songtor/schemas"
)

var today = time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)

// loaded walks the caseload of a day at the desk.
func loaded(t *testing.T, now time.Time) *desk {
	t.Helper()
	d := newDesk()
	n, err := load(t.Context(), d, now)
	if err != nil {
		t.Fatalf("on %s: %v", now, err)
	}
	if n != demoPeople {
		t.Fatalf("on %s: %d people", now, n)
	}
	return d
}

// events counts the events of a desk by type.
func (d *desk) events() map[string]int {
	counts := map[string]int{}
	for _, f := range d.cases {
		for _, fact := range f.facts {
			counts[fact.Event.EventType()]++
		}
	}
	return counts
}

// notWalked are the events that no person's work adds to the demonstration: the keeper of deadlines does, an erasure to its end, which
// leaves nothing to see, a sealed part opened in an emergency, and an accusation of who was about to give a service.
var notWalked = []string{
	"case.keys_destroyed", "case.deadline_missed", "protection.service_withdrawn", "glass.approved", "erasure.approved",
}

// Whatever the day, every step is one that the case allows, and every event of the domain is there.
func TestTheCaseloadOfEveryDayUsesAllOfTheMechanism(t *testing.T) {
	t.Parallel()
	for i := range 8 {
		now := today.Add(time.Duration(i) * (43*24 + 5) * time.Hour)
		t.Run(now.Format(time.DateTime), func(t *testing.T) {
			t.Parallel()
			d := loaded(t, now)
			counts := d.events()
			for _, e := range domain.EventTypes() {
				if name := e.EventType(); (counts[name] == 0) != slices.Contains(notWalked, name) {
					t.Errorf("%d of %s", counts[name], name)
				}
			}
			checkTimes(t, d, now)
			checkDeadlines(t, d, now)
		})
	}
}

func checkTimes(t *testing.T, d *desk, now time.Time) {
	t.Helper()
	for id, f := range d.cases {
		var last time.Time
		for _, fact := range f.facts {
			if fact.HappenedAt.Before(last) || fact.HappenedAt.After(now) || fact.HappenedAt.Before(now.Add(-demoSpan-day)) {
				t.Fatalf("case %s: %s at %s after %s", id, fact.Event.EventType(), fact.HappenedAt, last)
			}
			last = fact.HappenedAt
		}
	}
}

// A handful of tasks is overdue; most are done in time.
func checkDeadlines(t *testing.T, d *desk, now time.Time) {
	t.Helper()
	overdue, total, today, soon := map[domain.TaskKind]int{}, 0, 0, 0
	for _, f := range d.cases {
		for _, task := range f.state.Standing.Tasks {
			switch {
			case task.DueAt == nil:
			case task.DueAt.Before(now):
				overdue[task.Kind]++
				total++
			case task.DueAt.Before(now.Add(12 * time.Hour)):
				today++
			case task.DueAt.Before(now.Add(6 * day)):
				soon++
			}
		}
	}
	t.Logf("%d overdue %v, %d due today, %d soon", total, overdue, today, soon)
	if total < 3 || total > 25 || today < 1 || soon < 3 {
		t.Errorf("%d overdue %v, %d due today, %d soon", total, overdue, today, soon)
	}
}

// What the stage views and inboxes show of a case that is under way is there to be seen now, not only in histories.
func TestTheCaseloadShowsWorkUnderWay(t *testing.T) {
	t.Parallel()
	kinds, paused, withoutGuardian := map[domain.TaskKind]int{}, 0, 0
	for _, f := range loaded(t, today).cases {
		for _, task := range f.state.Standing.Tasks {
			kinds[task.Kind]++
		}
		if f.state.Periods[domain.Reflection].Paused() {
			paused++
		}
		child := f.state.Findings != nil && f.state.Findings.Branch != domain.AdultBranch
		if child && !f.state.Guardian && f.state.Standing.Status == domain.AwaitingDecision {
			withoutGuardian++
		}
	}
	for _, k := range domain.TaskKinds() {
		if kinds[k] == 0 {
			t.Errorf("nobody has to do %s", k)
		}
	}
	t.Logf("tasks %v", kinds)
	if paused == 0 || withoutGuardian == 0 {
		t.Errorf("%d paused, %d children without a guardian", paused, withoutGuardian)
	}
}

func TestTheCaseloadIsOfTheSizeThatWasSeen(t *testing.T) {
	t.Parallel()
	d := loaded(t, today)
	incidents, halves, statuses, commits, recent := map[string]int{}, map[string]int{}, map[domain.Status]int{}, 0, 0
	for _, f := range d.cases {
		s := f.state.Standing
		commits += len(f.commits)
		statuses[s.Status]++
		if s.Incident != "" {
			incidents[s.Incident]++
			continue
		}
		halves[s.OpenedAt.Format("2006")+map[bool]string{true: "-H1", false: "-H2"}[s.OpenedAt.Month() <= 6]]++
		if s.OpenedAt.After(today.Add(-30 * day)) {
			recent++
		}
	}
	var sizes []int
	for _, n := range incidents {
		sizes = append(sizes, n)
	}
	slices.Sort(sizes)
	if !slices.Equal(sizes, []int{demoCrew, demoBatch}) {
		t.Errorf("incidents of %v", sizes)
	}
	for _, half := range []string{"2025-H1", "2025-H2", "2026-H1"} {
		if halves[half] < 35 {
			t.Errorf("only %d people in %s", halves[half], half)
		}
	}
	if recent < 60 {
		t.Errorf("only %d people in the last month", recent)
	}
	for _, s := range []domain.Status{
		domain.FirstContact, domain.ConsentDenied, domain.ToConclude, domain.NoGrounds, domain.AwaitingDecision, domain.NotIdentified,
		domain.InProtection, domain.Closed,
	} {
		if statuses[s] == 0 {
			t.Errorf("nobody is %s", s)
		}
	}
	t.Logf("%d commits, by status %v, by half %v, in the last month %d", commits, statuses, halves, recent)
}

// Of a large group few are found to be victims, as was seen in the groups of 2025.
func TestFewOfTheLargeGroupAreVictims(t *testing.T) {
	t.Parallel()
	victims, batch, ethiopian := 0, 0, 0
	for _, j := range demo(today, newCast(nil)).people {
		if j.entry == 0 {
			continue
		}
		batch++
		if j.victim {
			victims++
		}
		if j.nationality == "ETH" {
			ethiopian++
		}
	}
	if batch != demoBatch || victims < 8 || victims > 40 || ethiopian < 110 || ethiopian > 170 {
		t.Errorf("%d people, %d victims, %d from Ethiopia", batch, victims, ethiopian)
	}
}

func TestALoadThatIsDoneIsNotDoneAgain(t *testing.T) {
	t.Parallel()
	d := loaded(t, today)
	before := d.position
	n, err := load(t.Context(), d, today.Add(100*time.Hour))
	if err != nil || n != 0 || d.position != before {
		t.Fatalf("%d people, %d commits more, %v", n, d.position-before, err)
	}
}

// A load that broke off is finished by one of another day, and comes to the same.
func TestALoadThatBrokeOffIsFinished(t *testing.T) {
	t.Parallel()
	whole := loaded(t, today)
	d := loaded(t, today)
	people := demo(today, newCast(nil)).people
	for i, j := range people {
		if i > 0 && i%3 == 0 || i == len(people)-1 {
			delete(d.cases, app.CaseID(j.id))
		}
	}
	if _, err := load(t.Context(), d, today.Add(50*time.Hour)); err != nil {
		t.Fatal(err)
	}
	for id, f := range whole.cases {
		if got := d.cases[id]; got == nil || len(got.facts) != len(f.facts) || !got.facts[len(got.facts)-1].HappenedAt.Equal(f.facts[len(f.facts)-1].HappenedAt) {
			t.Fatalf("case %s differs", id)
		}
	}
}

// The pairs that were planted are found by what the service compares.
func TestWhoHasTwoCasesIsFound(t *testing.T) {
	t.Parallel()
	byName, found, likely := map[string][]person{}, 0, 0
	for _, j := range demo(today, newCast(nil)).people {
		byName[strings.Join(j.name, " ")] = append(byName[strings.Join(j.name, " ")], j.person)
	}
	all := demo(today, newCast(nil))
	for _, again := range all.people {
		if again.script != "Latn" || len(spelledBack(again.name)) == 0 {
			continue
		}
		best := 0
		for _, first := range byName[strings.Join(spelledBack(again.name), " ")] {
			if first.age == again.age && first.female == again.female {
				best = max(best, matching.Compare(matching.Features(features(first)), matching.Features(features(again.person))).Score)
			}
		}
		if found++; best >= matching.Likely {
			likely++
		}
		if best < matching.Possible {
			t.Errorf("%v scores %d", again.name, best)
		}
	}
	if found != demoTwice || likely < demoTwice*3/4 {
		t.Errorf("%d people have two cases, of %d that is likely", found, likely)
	}
}

// spelledBack is the name as it is written at home, nil where it is not one of spellings.
func spelledBack(name []string) []string {
	var home []string
	for _, part := range name {
		for script, latin := range spellings {
			if latin == part {
				home = append(home, script)
			}
		}
	}
	if len(home) != len(name) {
		return nil
	}
	return home
}

func features(p person) matching.Person {
	m := matching.Person{Names: []string{strings.Join(p.name, " ")}, AgeIn: p.metAt.Year(), Age: p.age, Sex: map[bool]string{true: "female", false: "male"}[p.female]}
	if p.document != "" {
		m.Documents = []matching.Document{{Kind: "passport", Country: p.nationality, Number: p.document}}
	}
	return m
}

// A large caseload is not one of doubles. The control are people with the caseload's few names.
func TestACrowdIsOfDifferentPeople(t *testing.T) {
	t.Parallel()
	likely := func(named func(person, *rand.Rand) person) (pairs int) {
		r := rand.New(rand.NewPCG(1, 1))
		var crowd [][]matching.Feature
		for range 400 {
			one := matching.Features(features(named(newPerson(r, origins, today), r)))
			for _, other := range crowd {
				if matching.Compare(one, other).Score >= matching.Possible {
					pairs++
				}
			}
			crowd = append(crowd, one)
		}
		return pairs
	}
	of, control := likely(person.ofMany), likely(func(p person, _ *rand.Rand) person { return p })
	if of*10 > control || control < 100 {
		t.Errorf("%d pairs of 400 people are likely to be one person; with the caseload's names %d", of, control)
	}
}

func TestEveryInventedFormIsValid(t *testing.T) {
	t.Parallel()
	forms := Forms(7, 200, today)
	for _, j := range demo(today, newCast(nil)).people {
		forms = append(forms, j.form(j.random))
	}
	form, err := schemas.Screening(1)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range forms {
		body, err := f.Body()
		if err != nil {
			t.Fatal(err)
		}
		fields, violations := form.Decode(body)
		if violations = append(violations, form.Validate(fields, today)...); len(violations) > 0 {
			t.Fatalf("%s: %v", body, violations)
		}
	}
}

// The same day gives the same people and the same courses, whatever the number of processors.
func TestTheSameDayGivesTheSameCaseload(t *testing.T) {
	t.Parallel()
	a, b := loaded(t, today), loaded(t, today)
	for id, f := range a.cases {
		if digest(t, f) != digest(t, b.cases[id]) {
			t.Fatalf("case %s differs", id)
		}
	}
}

func digest(t *testing.T, f *folder) string {
	t.Helper()
	var text strings.Builder
	for _, fact := range f.facts {
		text.WriteString(fact.HappenedAt.String() + fact.Event.EventType())
		for _, p := range fact.Event.Privates() {
			text.Write(p.Plain())
		}
	}
	standing, err := json.Marshal(f.state.Standing)
	if err != nil {
		t.Fatal(err)
	}
	return text.String() + string(standing)
}
