package stage_test

import (
	"fmt"
	"testing"

	"songtor/internal/database"
	"songtor/projections"
)

// A list is planned alike behind the wall and before it only where the policies are not taken to leave out rows that they let through.
func TestPoliciesAreWeighedAsLettingThrough(t *testing.T) {
	b := rebuilt(t, newLog(10))
	b.fill("screening", 2000, 1)
	b.exec("vacuum analyze exclusions.cases")
	behind := b.roles.Views.For(database.Viewer{Everywhere: true})
	if before, now := b.expected(b.pool, "cases"), b.expected(behind, "cases"); now < 0.95*before {
		t.Errorf("%v of %v cases are expected behind the wall", now, before)
	}
	// wall.hides, in the policy of the past, stands in the queries of those who pass over the wall too
	if before, now := b.expected(b.pool, "past"), b.expected(behind, "past"); now < 0.8*before {
		t.Errorf("%v of %v past rows are expected behind the wall", now, before)
	}
	b.exec(`do $do$ begin execute (select 'alter policy shown on screening.cases using (' || replace(pg_get_expr(polqual, polrelid), 'wall.likely(', '(') || ')'
		from pg_policy where polrelid = 'screening.cases'::regclass and polname = 'shown'); end $do$`)
	if before, now := b.expected(b.pool, "cases"), b.expected(behind, "cases"); now >= 0.95*before { // negative control
		t.Errorf("a condition that is weighed as a toss of a coin is not seen: %v of %v cases", now, before)
	}
}

// expected is how many rows of a table of screening the database expects to read.
func (b *bench) expected(db projections.DB, table string) float64 {
	b.Helper()
	var plans []struct {
		Plan struct {
			Rows float64 `json:"Plan Rows"`
		}
	}
	if err := db.QueryRow(b.Context(), fmt.Sprintf("explain (format json) select from screening.%s", table)).Scan(&plans); err != nil {
		b.Fatal(err)
	}
	return plans[0].Plan.Rows
}
