package main

import (
	"slices"
	"testing"

	"github.com/jackc/pgx/v5"

	"songtor/internal/backup"
)

// unclassified lists the tables of a database of which nobody has said whether a backup has them, and those that are said to be there
// and are not.
func unclassified(t *testing.T, tables []string) []string {
	t.Helper()
	var found []string
	for _, name := range tables {
		if _, said := backup.ClassOf(name); !said {
			found = append(found, name)
		}
	}
	for _, name := range backup.Tables(backup.Truth) {
		if !slices.Contains(tables, name) {
			found = append(found, "no "+name)
		}
	}
	return found
}

func everyTable(t *testing.T, conn *pgx.Conn) []string {
	t.Helper()
	rows, err := conn.Query(t.Context(), `select n.nspname || '.' || c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace
		where c.relkind in ('r', 'p') and `+inside+` order by 1`)
	must(t, err)
	names, err := pgx.CollectRows(rows, pgx.RowTo[string])
	must(t, err)
	return names
}

// Whoever adds a table says whether it is truth, which a backup has, or made from the log.
func TestEveryTableIsSavedOrFollowsFromTheLog(t *testing.T) {
	t.Parallel()
	w := newWalled(t)
	main := w.as(admin)
	tables := everyTable(t, main)
	for _, fault := range unclassified(t, tables) {
		t.Errorf("%s: neither truth nor derived in internal/backup/tables.go", fault)
	}
	if len(tables) < 50 {
		t.Errorf("there are only %d tables", len(tables))
	}
	keys := connectAs(t, main.Config().Host, admin, keysDatabase)
	want := append(backup.KeysTables(), "public.vault_migrations")
	slices.Sort(want)
	if got := everyTable(t, keys); !slices.Equal(got, want) {
		t.Errorf("the database of the keys has %v, and %v are saved or follow from the program", got, want)
	}

	// The control: a table that somebody adds is found, in a room of its own and beside what is saved.
	for _, name := range []string{"identity.more", "files.more", "tree.more", "projections.more"} {
		if found := unclassified(t, append(slices.Clone(tables), name)); !slices.Equal(found, []string{name}) {
			t.Errorf("of a new table %s is found %v", name, found)
		}
	}
}
