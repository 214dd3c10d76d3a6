package database

import (
	"context"
	_ "embed"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// What an administrator runs on a server that is not Songtor's own lies in deployments/postgres: roles.sql with main.sql, and
// roles.sql with keys.sql.
var (
	//go:embed roles.sql
	rolesScript string
	//go:embed main.sql
	mainScript string
	//go:embed keys.sql
	keysScript string
	//go:embed wall.sql
	wallScript string
)

// preparing is the advisory lock under which one process at a time prepares a database.
const preparing = "songtor/database"

// PrepareServer makes the roles. url is an administrator's, of the database postgres: all who prepare the server meet there.
func PrepareServer(ctx context.Context, url string) error {
	return prepare(ctx, url, "make the roles", rolesScript)
}

// PrepareMain opens the database of the read models to the roles that work in it, and hands over what an earlier version left there.
// url is an administrator's.
func PrepareMain(ctx context.Context, url string) error {
	return prepare(ctx, url, "prepare the database of the read models", mainScript)
}

// PrepareKeys opens the database of the keys to songtor_keys. url is an administrator's.
func PrepareKeys(ctx context.Context, url string) error {
	return prepare(ctx, url, "prepare the database of the keys", keysScript)
}

func prepare(ctx context.Context, url, what, script string) error {
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return fmt.Errorf("couldn't connect to %s: %w", what, err)
	}
	defer conn.Close(context.WithoutCancel(ctx))
	if err := Alone(ctx, conn, script); err != nil {
		return fmt.Errorf("couldn't %s: %w", what, err)
	}
	return nil
}

// Alone runs a script in one transaction, one process at a time. Where two grant or make the same at once, the server fails one of them.
func Alone(ctx context.Context, db interface {
	Begin(context.Context) (pgx.Tx, error)
}, script string,
) error {
	return pgx.BeginFunc(ctx, db, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, "select pg_advisory_xact_lock(hashtextextended($1, 0))", preparing); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, script)
		return err
	})
}
