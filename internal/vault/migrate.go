package vault

import (
	"context"
	"embed"

	"github.com/jackc/pgx/v5/pgxpool"

	"songtor/internal/database"
)

//go:embed migrations/*.sql
var steps embed.FS

var migrations = database.Migrations{Steps: steps, Table: "vault_migrations"}

// Migrate brings the tables up to date. Processes that start together wait for each other.
func Migrate(ctx context.Context, pool *pgxpool.Pool) error {
	if err := migrations.Up(ctx, pool); err != nil {
		return queryError("migrate the tables of the keys", err)
	}
	return nil
}
