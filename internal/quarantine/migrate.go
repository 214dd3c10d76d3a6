package quarantine

import (
	"context"
	"embed"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"songtor/internal/database"
)

//go:embed migrations/*.sql
var steps embed.FS

//go:embed grants.sql
var grants string

var migrations = database.Migrations{Steps: steps, Schema: "quarantine", Table: "quarantine.migrations", Grants: grants}

// New brings the tables up to date, as their owner, and returns a Store; now is the clock, time.Now where nil. The pools stay the caller's
// to close.
func New(ctx context.Context, owner, db *pgxpool.Pool, now func() time.Time) (*Store, error) {
	if now == nil {
		now = time.Now
	}
	if err := migrations.Up(ctx, owner); err != nil {
		return nil, couldNot("migrate the tables of the quarantine", err)
	}
	return &Store{db: db, now: now}, nil
}
