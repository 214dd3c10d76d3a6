package preferences_test

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"

	"songtor/domain"
	"songtor/internal/preferences"
	"songtor/internal/testenv"
)

var moment = time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)

func openPool(t *testing.T) *pgxpool.Pool {
	t.Helper()
	pool, err := pgxpool.New(t.Context(), testenv.Postgres(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	return pool
}

func start(t *testing.T) *preferences.Service {
	t.Helper()
	pool := openPool(t)
	s, err := preferences.New(t.Context(), pool, pool, func() time.Time { return moment })
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func mustHave(t *testing.T, s *preferences.Service, account string, want ...preferences.Filter) {
	t.Helper()
	got, err := s.List(t.Context(), account)
	if err != nil || len(got) != len(want) {
		t.Fatalf("%s has %+v, want %+v; %v", account, got, want, err)
	}
	for i := range want {
		if got[i].Name != want[i].Name || got[i].Stage != want[i].Stage || got[i].Query != want[i].Query || !got[i].SavedAt.Equal(moment) {
			t.Errorf("%s has %+v, want %+v", account, got[i], want[i])
		}
	}
}

func TestFiltersBelongToTheirAccount(t *testing.T) {
	t.Parallel()
	s := start(t)
	for _, save := range []struct{ account, name, query string }{
		{"a", "ของฉัน", "province=TH-50&province=TH-63&due=overdue&assignee=&order=due"},
		{"a", "Urgent ones", "urgent=true"},
		{"b", "Urgent ones", "open=true"},
		{"a", "Urgent ones", "urgent=true&agency=ngo-1"},
	} {
		if _, err := s.Save(t.Context(), save.account, save.name, domain.Screening, save.query); err != nil {
			t.Fatal(err)
		}
	}
	mustHave(
		t, s, "a",
		preferences.Filter{Name: "Urgent ones", Stage: domain.Screening, Query: "agency=ngo-1&urgent=true"},
		preferences.Filter{Name: "ของฉัน", Stage: domain.Screening, Query: "assignee=&due=overdue&order=due&province=TH-50&province=TH-63"},
	)
	mustHave(t, s, "b", preferences.Filter{Name: "Urgent ones", Stage: domain.Screening, Query: "open=true"})
	if err := s.Delete(t.Context(), "b", "ของฉัน"); !errors.Is(err, preferences.ErrNoFilter) {
		t.Errorf("deleting the filter of another gives %v", err)
	}
	if err := s.Delete(t.Context(), "b", "Urgent ones"); err != nil {
		t.Fatal(err)
	}
	mustHave(t, s, "b")
}

func TestWhatIsNoFilterIsRefused(t *testing.T) {
	t.Parallel()
	s := start(t)
	for name, c := range map[string]struct {
		name, query string
		stage       domain.Stage
		want        error
	}{
		"no name":               {"", "open=true", domain.Screening, preferences.ErrName},
		"a blank before":        {" x", "open=true", domain.Screening, preferences.ErrName},
		"a line break":          {"x\ny", "open=true", domain.Screening, preferences.ErrName},
		"no text":               {"\xff", "open=true", domain.Screening, preferences.ErrName},
		"81 characters":         {strings.Repeat("ก", 81), "open=true", domain.Screening, preferences.ErrName},
		"no stage":              {"x", "open=true", "closing", preferences.ErrStage},
		"no query string":       {"x", "a=%zz", domain.Screening, preferences.ErrQuery},
		"an unknown name":       {"x", "search=somchai", domain.Screening, preferences.ErrQuery},
		"a place in a list":     {"x", "after=abc", domain.Screening, preferences.ErrQuery},
		"a person's name":       {"x", "assignee=Somchai+Jaidee", domain.Screening, preferences.ErrQuery},
		"Thai text":             {"x", "agency=สมชาย", domain.Screening, preferences.ErrQuery},
		"an empty agency":       {"x", "agency=", domain.Screening, preferences.ErrQuery},
		"too long a value":      {"x", "agency=" + strings.Repeat("a", 81), domain.Screening, preferences.ErrQuery},
		"too many values":       {"x", strings.Repeat("agency=a&", 51), domain.Screening, preferences.ErrQuery},
		"too long a query":      {"x", "agency=" + strings.Repeat("a", 2000), domain.Screening, preferences.ErrQuery},
		"too long when encoded": {"x", strings.Repeat("due_before=2026-01-01T00:00:00%2b07:00&", 48), domain.Screening, preferences.ErrQuery},
	} {
		if _, err := s.Save(t.Context(), "a", c.name, c.stage, c.query); !errors.Is(err, c.want) {
			t.Errorf("%s gives %v, want %v", name, err, c.want)
		}
	}
	mustHave(t, s, "a")
	if _, err := s.Save(t.Context(), "a", strings.Repeat("ก", 80), domain.Protection, ""); err != nil {
		t.Errorf("80 characters and no condition: %v", err)
	}
}

func TestNoMoreThanTheMostEvenAtOnce(t *testing.T) {
	t.Parallel()
	s := start(t)
	errs := make([]error, preferences.MaxFilters+10)
	var saving sync.WaitGroup
	for i := range errs {
		saving.Go(func() {
			_, errs[i] = s.Save(t.Context(), "a", fmt.Sprintf("filter %02d", i), domain.Frontline, "open=true")
		})
	}
	saving.Wait()
	refused := 0
	for _, err := range errs {
		if errors.Is(err, preferences.ErrTooMany) {
			refused++
		} else if err != nil {
			t.Fatal(err)
		}
	}
	have, err := s.List(t.Context(), "a")
	if err != nil || len(have) != preferences.MaxFilters || refused != 10 {
		t.Fatalf("%d saved, %d refused, %v", len(have), refused, err)
	}
	if _, err := s.Save(t.Context(), "a", have[0].Name, domain.Frontline, "urgent=true"); err != nil {
		t.Errorf("one of the same name is refused: %v", err)
	}
}

// Two processes that start together on an empty database both come up, and one that starts later finds what is there.
func TestStartsTogetherAndAgain(t *testing.T) {
	t.Parallel()
	pool := openPool(t)
	var starting sync.WaitGroup
	for range 3 {
		starting.Go(func() {
			if _, err := preferences.New(t.Context(), pool, pool, nil); err != nil {
				t.Error(err)
			}
		})
	}
	starting.Wait()
	s, err := preferences.New(t.Context(), pool, pool, func() time.Time { return moment })
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Save(t.Context(), "a", "x", domain.Frontline, ""); err != nil {
		t.Fatal(err)
	}
	mustHave(t, s, "a", preferences.Filter{Name: "x", Stage: domain.Frontline})
}

func TestTheCaseThatWasToBeTakenIsFoundAgain(t *testing.T) {
	t.Parallel()
	s := start(t)
	command, first, second := uuid.NewString(), uuid.NewString(), uuid.NewString()
	if _, known, err := s.Taken(t.Context(), "anong", command); known || err != nil {
		t.Fatalf("before: %t, %v", known, err)
	}
	for _, id := range []string{first, second} {
		if err := s.Take(t.Context(), "anong", command, id); err != nil {
			t.Fatal(err)
		}
	}
	if id, known, err := s.Taken(t.Context(), "anong", command); id != second || !known || err != nil {
		t.Errorf("got %s, %t, %v", id, known, err)
	}
	if _, known, err := s.Taken(t.Context(), "boonmee", command); known || err != nil {
		t.Errorf("another account finds it: %v", err)
	}
}
