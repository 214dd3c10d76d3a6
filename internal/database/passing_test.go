package database_test

import (
	"testing"

	"songtor/internal/database"
)

func TestWhatPasses(t *testing.T) {
	t.Parallel()
	for state, want := range map[string]bool{
		"08006": true,  // connection failure
		"25006": true,  // read-only transaction: the server is a standby now
		"40001": true,  // serialization failure
		"40P01": true,  // deadlock
		"53100": true,  // disk full
		"55P03": true,  // a lock that others held for longer than lock_timeout
		"57P01": true,  // shutdown by an administrator
		"58030": true,  // input or output error
		"XX000": true,  // an error that the server did not expect
		"":      false, // no answer of a server at all
		"22001": false, // a value too long
		"23505": false, // a row that is there already
		"55000": false, // what a thing is not ready for
		"25001": false, // a transaction where none may be
		"42501": false, // a role that may not
		"42P01": false, // a table that is not there
		"XX001": false, // damaged data: it does not mend itself
		"XX002": false, // a damaged index
	} {
		if got := database.Passing(state); got != want {
			t.Errorf("Passing(%q) = %t, want %t", state, got, want)
		}
	}
}
