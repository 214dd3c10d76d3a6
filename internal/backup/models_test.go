package backup_test

import (
	"context"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"songtor/internal/backup"
	"songtor/internal/testenv"
)

// executor is a pool or a transaction.
type executor interface {
	Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error)
}

func execute(t *testing.T, db executor, sql string) {
	t.Helper()
	_, err := db.Exec(t.Context(), sql)
	must(t, err)
}

// fill makes a read model anew, of as many rows as its position is.
func fill(t *testing.T, db executor, name, position string) {
	t.Helper()
	execute(t, db, `drop schema if exists `+name+` cascade; create schema `+name+`; create table `+name+`.rows (n bigint);
		insert into `+name+`.rows select generate_series(1, `+position+`);
		insert into projections.positions values ('`+name+`', 1, `+position+`) on conflict (name) do update set position = excluded.position`)
}

// A read model that is built anew while read models are added up is taken with the rows of its position, whether it is its turn then or another's.
func TestAReadModelThatIsBuiltAnewMeanwhileHasTheRowsOfItsPosition(t *testing.T) {
	t.Parallel()
	for _, turn := range []string{"first", "second"} {
		t.Run(turn, func(t *testing.T) {
			t.Parallel()
			pool, err := pgxpool.New(t.Context(), testenv.Postgres(t))
			must(t, err)
			t.Cleanup(pool.Close)
			execute(t, pool, "create schema projections; create table projections.positions (name text primary key, version integer, position bigint)")
			fill(t, pool, "first", "10")
			fill(t, pool, "second", "20")
			build, err := pool.Begin(t.Context())
			must(t, err)
			execute(t, build, "lock table "+turn+".rows in access exclusive mode")
			models := make(chan []backup.Model, 1)
			go func() {
				found, err := backup.Models(t.Context(), pool, pool, "first", "second")
				if err != nil {
					t.Error(err)
				}
				models <- found
			}()
			testenv.Eventually(t, 20*time.Second, func() (waits bool) {
				must(t, pool.QueryRow(t.Context(), `select exists (select from pg_locks l join pg_database d on d.oid = l.database
					where d.datname = current_database() and not l.granted)`).Scan(&waits))
				return waits
			})
			fill(t, build, "second", "30")
			must(t, build.Commit(t.Context()))
			found := <-models
			if len(found) != 2 {
				t.Fatalf("%d read models were added up", len(found))
			}
			for _, m := range found {
				if rows := m.Tables[0].Rows; rows != m.Position {
					t.Errorf("%s has %d rows at position %d", m.Name, rows, m.Position)
				}
			}
		})
	}
}
