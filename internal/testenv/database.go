package testenv

import (
	"testing"

	"songtor/internal/database"
)

// Database makes a database as Postgres does and opens it by role.
func Database(tb testing.TB) *database.Pools {
	tb.Helper()
	return OpenDatabase(tb, Postgres(tb))
}

// OpenDatabase opens a database by role until the end of the test.
func OpenDatabase(tb testing.TB, url string) *database.Pools {
	tb.Helper()
	pools, err := database.Open(tb.Context(), func(database.Role) string { return url })
	if err != nil {
		tb.Fatalf("couldn't open the test's database: %v", err)
	}
	tb.Cleanup(pools.Close)
	return pools
}
