package testenv

import (
	"context"
	"net/url"
	"testing"

	"songtor/internal/database"
)

// blank is the database that the tests' databases are copied from: empty but for the wall.
const blank = "songtor_blank"

// prepare makes the roles and the blank database of the shared server, as the service does on its own.
func (s sharedServer) prepare(ctx context.Context) error {
	if err := database.PrepareServer(ctx, s.admin); err != nil {
		return err
	}
	if err := execute(ctx, s.admin, "create database "+blank); err != nil {
		return err
	}
	address, err := named(s.admin, blank)
	if err != nil {
		return err
	}
	if err := database.PrepareMain(ctx, address); err != nil {
		return err
	}
	pools, err := database.Open(ctx, byRole(address))
	if err != nil {
		return err
	}
	pools.Close() // nobody may be in a database that is copied
	return nil
}

// named is the address of another database of the same server.
func named(address, database string) (string, error) {
	u, err := url.Parse(address)
	if err != nil {
		return "", err
	}
	u.Path = "/" + database
	return u.String(), nil
}

// byRole gives the address at which each role logs in: the tests' servers trust everybody who reaches them.
func byRole(address string) func(database.Role) string {
	return func(role database.Role) string { return As(address, role) }
}

// As is the address of a test's database for a role.
func As(address string, role database.Role) string {
	u, err := url.Parse(address)
	if err != nil {
		return address // pgx says why
	}
	u.User = url.User(string(role))
	return u.String()
}

// Database makes a database as Postgres does and opens it by role, as the service opens its own.
func Database(tb testing.TB) *database.Pools {
	tb.Helper()
	return OpenDatabase(tb, Postgres(tb))
}

// OpenDatabase opens a database by role until the end of the test. The address is an administrator's.
func OpenDatabase(tb testing.TB, address string) *database.Pools {
	tb.Helper()
	if err := database.PrepareMain(tb.Context(), address); err != nil {
		tb.Fatalf("couldn't prepare the test's database: %v", err)
	}
	pools, err := database.Open(tb.Context(), byRole(address))
	if err != nil {
		tb.Fatalf("couldn't open the test's database: %v", err)
	}
	tb.Cleanup(pools.Close)
	return pools
}
