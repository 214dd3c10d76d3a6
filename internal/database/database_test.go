package database_test

import (
	"context"
	"errors"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"songtor/internal/database"
	"songtor/internal/testenv"
)

// What an administrator runs on another server is what the service runs on its own.
func TestTheDeployedScriptsAreTheServicesOwn(t *testing.T) {
	t.Parallel()
	for deployed, parts := range map[string][]string{
		"../../deployments/postgres/roles.sql": {"roles.sql", "main.sql"},
		"../../deployments/postgres/keys.sql":  {"keys.sql"},
	} {
		var texts []string
		for _, part := range parts {
			texts = append(texts, read(t, part))
		}
		if read(t, deployed) != strings.Join(texts, "\n") {
			t.Errorf("%s is not %v", deployed, parts)
		}
	}
}

func read(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	must(t, err)
	return string(text)
}

// Services that start together on one server prepare it together.
func TestManyPrepareAtOnce(t *testing.T) {
	t.Parallel()
	server := testenv.PostgresServer(t)
	var working sync.WaitGroup
	for range 6 {
		working.Go(func() {
			ctx := t.Context()
			err := errors.Join(database.PrepareServer(ctx, server.URL), database.PrepareMain(ctx, server.URL), database.PrepareKeys(ctx, server.KeysURL))
			if err != nil {
				t.Errorf("couldn't prepare: %v", err)
				return
			}
			pools, err := database.Open(ctx, func(role database.Role) string { return testenv.As(server.URL, role) })
			if err != nil {
				t.Errorf("couldn't open: %v", err)
				return
			}
			pools.Close()
		})
	}
	working.Wait()
}

// What an earlier version left in the name of its one login comes into the hands of the roles.
func TestWhatAnEarlierVersionMadeIsHandedOver(t *testing.T) {
	t.Parallel()
	server := testenv.PostgresServer(t)
	execute(t, server.URL, `create schema old; create table old.cases (id int generated always as identity, case_id uuid);
		create view old.shown as select * from old.cases; create function old.f() returns int language sql as 'select 1'`)
	execute(t, server.KeysURL, `create table case_keys (case_id uuid)`)
	must(t, database.PrepareServer(t.Context(), server.URL))
	for range 2 {
		must(t, database.PrepareMain(t.Context(), server.URL))
		must(t, database.PrepareKeys(t.Context(), server.KeysURL))
	}
	execute(t, testenv.As(server.URL, database.Migrate), `set role songtor_owner; alter table old.cases add column n int; drop view old.shown;
		drop function old.f(); drop schema old cascade`)
	execute(t, testenv.As(server.KeysURL, database.Keys), `alter table case_keys add column n int; create table more (n int)`)
}

// A login that steps over the wall is refused, and so is a wall with a gap.
func TestNobodyReadsAroundTheWall(t *testing.T) {
	t.Parallel()
	address := testenv.Postgres(t)
	must(t, database.PrepareMain(t.Context(), address))
	byRole := func(role database.Role) string { return testenv.As(address, role) }
	_, err := database.Open(t.Context(), func(role database.Role) string {
		if role == database.Query {
			return address // the superuser's
		}
		return byRole(role)
	})
	if !errors.Is(err, database.ErrNoWall) || !strings.Contains(err.Error(), "superuser") {
		t.Errorf("a superuser reads: %v", err)
	}
	execute(t, address, `create schema room; create table room.cases (case_id uuid); grant usage on schema room to songtor_query;
		grant select on room.cases to songtor_query; alter table room.cases enable row level security`)
	if _, err := database.Open(t.Context(), byRole); !errors.Is(err, database.ErrNoWall) || !strings.Contains(err.Error(), "room.cases") {
		t.Errorf("with row-level security that is not forced: %v", err)
	}
	execute(t, address, `alter table room.cases force row level security`)
	pools, err := database.Open(t.Context(), byRole)
	must(t, err)
	pools.Close()
}

// One login that is a member of the roles works as each of them, with what is set for it.
func TestALoginTakesTheRolesOn(t *testing.T) {
	t.Parallel()
	address := testenv.Postgres(t)
	must(t, database.PrepareMain(t.Context(), address))
	login := "member_" + strings.ReplaceAll(strings.Trim(parsed(t, address).Path, "/"), "-", "_")
	execute(t, address, `create role `+login+` login; grant songtor_migrate, songtor_projector, songtor_query, songtor_audit, songtor_identity,
		songtor_store, songtor_statistics, songtor_archive to `+login)
	t.Cleanup(func() { _ = run(context.WithoutCancel(t.Context()), address, "drop role "+login) })
	u := parsed(t, address)
	u.User = url.User(login)
	pools, err := database.Open(t.Context(), func(database.Role) string { return u.String() })
	must(t, err)
	defer pools.Close()
	reading := pools.Views.For(database.Viewer{})
	var role, limit, only string
	must(t, reading.QueryRow(t.Context(), "select current_user, current_setting('statement_timeout'), current_setting('default_transaction_read_only')").
		Scan(&role, &limit, &only))
	if role != string(database.Query) || limit != "5s" || only != "on" {
		t.Errorf("it is read as %s, with a limit of %s, read only %s", role, limit, only)
	}
}

// No question is compiled before it is answered, on whatever server. The control is a connection of the test's own.
func TestNoQuestionIsCompiled(t *testing.T) {
	t.Parallel()
	address := testenv.Postgres(t)
	must(t, database.PrepareMain(t.Context(), address))
	execute(t, address, "do $$ begin execute format('alter database %I set jit = on', current_database()); end $$")
	compiles := func(pool *pgxpool.Pool) (setting string) {
		must(t, pool.QueryRow(t.Context(), "select current_setting('jit')").Scan(&setting))
		return setting
	}
	plain, err := pgxpool.New(t.Context(), address)
	must(t, err)
	defer plain.Close()
	if compiles(plain) != "on" {
		t.Fatal("the server compiles nothing anyway")
	}
	pools, err := database.Open(t.Context(), func(role database.Role) string { return testenv.As(address, role) })
	must(t, err)
	defer pools.Close()
	for role, pool := range pools.ByRole() {
		if compiles(pool) != "off" {
			t.Errorf("what %s asks is compiled", role)
		}
	}
}

// The viewer holds for what is asked in its name and for nothing after it, on the same connection.
func TestTheViewerEndsWithTheQuestion(t *testing.T) {
	t.Parallel()
	address := testenv.Postgres(t)
	must(t, database.PrepareMain(t.Context(), address))
	pools, err := database.Open(t.Context(), func(role database.Role) string {
		return testenv.As(address, role) + map[bool]string{true: "&pool_max_conns=1", false: ""}[role == database.Query]
	})
	must(t, err)
	defer pools.Close()
	const asked = `select coalesce(current_setting('songtor.scope', true), ''), coalesce(current_setting('songtor.agencies', true), ''),
		coalesce(current_setting('songtor.tokens', true), ''), coalesce(current_setting('songtor.case', true), '')`
	const one = "11111111-1111-4111-8111-111111111111"
	for range 2 {
		var got [4]string
		v := database.Viewer{Agencies: []string{"a", "b"}, Tokens: []string{"x", "y"}}.On(one)
		must(t, pools.Views.For(v).QueryRow(t.Context(), asked).Scan(&got[0], &got[1], &got[2], &got[3]))
		if got != [4]string{"agencies", "a,b", "x,y", one} {
			t.Fatalf("the viewer is %q", got)
		}
		must(t, pools.Views.For(database.Viewer{}).QueryRow(t.Context(), asked).Scan(&got[0], &got[1], &got[2], &got[3]))
		if got != [4]string{"agencies", "", "", ""} {
			t.Fatalf("the next viewer is %q", got)
		}
	}
}

// However a question ends, its connection goes back.
func TestEveryQuestionGivesItsConnectionBack(t *testing.T) {
	t.Parallel()
	address := testenv.Postgres(t)
	must(t, database.PrepareMain(t.Context(), address))
	pools, err := database.Open(t.Context(), func(role database.Role) string {
		return testenv.As(address, role) + map[bool]string{true: "&pool_max_conns=1", false: ""}[role == database.Query]
	})
	must(t, err)
	defer pools.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	reading := pools.Views.For(database.Viewer{})
	var n int
	for range 3 {
		if err := reading.QueryRow(ctx, "select 1 where false").Scan(&n); !errors.Is(err, pgx.ErrNoRows) {
			t.Fatalf("no row: %v", err)
		}
		if err := reading.QueryRow(ctx, "select 1/0").Scan(&n); err == nil {
			t.Fatal("a division by zero is no error")
		}
		if _, err := reading.Exec(ctx, "create table t (n int)"); err == nil {
			t.Fatal("a reader makes a table")
		}
		rows, err := reading.Query(ctx, "select generate_series(1, 5)")
		must(t, err)
		rows.Next()
		rows.Close()
		rows, err = reading.Query(ctx, "select generate_series(1, 5)")
		must(t, err)
		all, err := pgx.CollectRows(rows, pgx.RowTo[int])
		if err != nil || len(all) != 5 {
			t.Fatalf("read %v, %v", all, err)
		}
		if rows, err = reading.Query(ctx, "select nothing"); err == nil {
			rows.Close()
			err = rows.Err()
		}
		if err == nil {
			t.Fatal("an unknown column is no error")
		}
		b := &pgx.Batch{}
		b.Queue("select 7").QueryRow(func(row pgx.Row) error { return row.Scan(&n) })
		if err := reading.SendBatch(ctx, b).Close(); err != nil || n != 7 {
			t.Fatalf("a batch reads %d, %v", n, err)
		}
	}
}

func parsed(t *testing.T, address string) *url.URL {
	t.Helper()
	u, err := url.Parse(address)
	must(t, err)
	return u
}

func execute(t *testing.T, address, statements string) {
	t.Helper()
	must(t, run(t.Context(), address, statements))
}

func run(ctx context.Context, address, statements string) error {
	conn, err := pgx.Connect(ctx, address)
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	_, err = conn.Exec(ctx, statements)
	return err
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
