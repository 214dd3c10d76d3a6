package synthetic

import (
	"testing"
	"time"

	"songtor/schemas"
)

var today = time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)

func TestTheCaseloadCoversTwoYearsAndOneLargeGroup(t *testing.T) {
	t.Parallel()
	people := demo(today)
	if len(people) != demoPeople {
		t.Fatalf("%d people", len(people))
	}
	perHalf, grouped := map[string]int{}, 0
	for _, p := range people {
		if p.incident != "" {
			grouped++
		}
		half := p.metAt.Format("2006") + map[bool]string{true: "-H1", false: "-H2"}[p.metAt.Month() <= 6]
		perHalf[half]++
		if p.metAt.After(today) || p.metAt.Before(today.AddDate(-2, 0, -1)) {
			t.Fatalf("met at %v", p.metAt)
		}
	}
	for _, half := range []string{"2025-H1", "2025-H2", "2026-H1"} {
		if perHalf[half] < 60 {
			t.Errorf("only %d people in %s: %v", perHalf[half], half, perHalf)
		}
	}
	if grouped != demoBatch {
		t.Errorf("%d people in the group", grouped)
	}
}

func TestEveryInventedFormIsValid(t *testing.T) {
	t.Parallel()
	forms := Forms(7, 200, today)
	for _, j := range demo(today) {
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

func TestTheSameSeedGivesTheSamePeople(t *testing.T) {
	t.Parallel()
	a, b := demo(today), demo(today)
	for i := range a {
		one, err := a[i].form(a[i].random).Body()
		if err != nil {
			t.Fatal(err)
		}
		two, err := b[i].form(b[i].random).Body()
		if err != nil {
			t.Fatal(err)
		}
		if string(one) != string(two) {
			t.Fatalf("person %d differs", i)
		}
	}
}
