package database_test

import (
	"sync"
	"testing"
	"testing/fstest"

	"songtor/internal/database"
	"songtor/internal/testenv"
)

// rooms are the migrations of a room with so many steps.
func rooms(steps ...string) database.Migrations {
	files := fstest.MapFS{}
	for i, step := range steps {
		files["migrations/"+string(rune('1'+i))+"_step.sql"] = &fstest.MapFile{Data: []byte("-- +goose Up\n" + step)}
	}
	return database.Migrations{
		Steps: files, Schema: "room", Table: "room.migrations", Grants: "grant usage on schema room to songtor_store; grant select on room.things to songtor_store;",
	}
}

// Processes that start together take each step once, and the roles do what they are granted. A program of an earlier version does not work on
// tables that it does not know.
func TestMigrationsTakeEachStepOnce(t *testing.T) {
	t.Parallel()
	pools := testenv.Database(t)
	first := rooms("create table room.things (a int);", "insert into room.things values (1);")
	var starting sync.WaitGroup
	for range 4 {
		starting.Go(func() {
			if err := first.Up(t.Context(), pools.Migrate); err != nil {
				t.Errorf("couldn't migrate: %v", err)
			}
		})
	}
	starting.Wait()
	var n int
	must(t, pools.Store.QueryRow(t.Context(), "select count(*) from room.things").Scan(&n))
	if n != 1 {
		t.Errorf("a step was taken %d times", n)
	}
	must(t, rooms("create table room.things (a int);", "insert into room.things values (1);", "alter table room.things add b int;").Up(t.Context(), pools.Migrate))
	if err := first.Up(t.Context(), pools.Migrate); err == nil {
		t.Error("an earlier version works on the tables of a later one")
	}
}
