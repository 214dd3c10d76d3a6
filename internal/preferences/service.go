package preferences

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"songtor/domain"
	"songtor/internal/database"
)

// MaxFilters is how many filters an account may save.
const MaxFilters = 50

// What callers decide on.
var (
	ErrName    = errors.New("a name has 1 to 80 characters and no blank at either end")
	ErrQuery   = errors.New("not a query of a stage's list")
	ErrStage   = errors.New("there is no such stage")
	ErrTooMany = errors.New("the account has saved as many filters as it may")
	// ErrNoFilter says that the account has no filter of that name.
	ErrNoFilter = errors.New("there is no such filter")
)

// Filter is a saved filter.
type Filter struct {
	Name    string       `json:"name"`
	Stage   domain.Stage `json:"stage"`
	Query   string       `json:"query"` // as after the "?" of the stage's list, its names sorted
	SavedAt time.Time    `json:"saved_at"`
}

// Service keeps saved filters. Its methods may be called concurrently.
type Service struct {
	db  *pgxpool.Pool
	now func() time.Time
}

// New brings the schema of the database up to date, as its owner, and returns a Service; now is the clock, time.Now where nil. The pools
// stay the caller's to close.
func New(ctx context.Context, owner, pool *pgxpool.Pool, now func() time.Time) (*Service, error) {
	if now == nil {
		now = time.Now
	}
	if err := migrate(ctx, owner); err != nil {
		return nil, err
	}
	return &Service{db: pool, now: now}, nil
}

// List returns the filters that an account has saved, by name.
func (s *Service) List(ctx context.Context, account string) ([]Filter, error) {
	rows, err := s.db.Query(ctx, "select name, stage, query, saved_at from preferences.filter where account = $1 order by name", account)
	if err != nil {
		return nil, fmt.Errorf("couldn't list filters: %w", err)
	}
	filters, err := pgx.CollectRows(rows, pgx.RowToStructByPos[Filter])
	if err != nil {
		return nil, fmt.Errorf("couldn't list filters: %w", err)
	}
	return filters, nil
}

// Save keeps a filter under a name, in the place of one of the same name. It fails with ErrName, ErrStage, ErrQuery or, where the name is
// new and the account has MaxFilters, ErrTooMany.
func (s *Service) Save(ctx context.Context, account, name string, stage domain.Stage, query string) (Filter, error) {
	switch {
	case !validName(name):
		return Filter{}, ErrName
	case !validStage(stage):
		return Filter{}, ErrStage
	}
	query, err := normal(query)
	if err != nil {
		return Filter{}, err
	}
	f := Filter{Name: name, Stage: stage, Query: query, SavedAt: s.now().UTC().Truncate(time.Microsecond)}
	err = pgx.BeginFunc(ctx, s.db, func(tx pgx.Tx) error { return save(ctx, tx, account, f) })
	switch {
	case errors.Is(err, ErrTooMany):
		return Filter{}, err
	case err != nil:
		return Filter{}, fmt.Errorf("couldn't save a filter: %w", err)
	}
	return f, nil
}

// save writes under a lock of the account, so that two calls at once do not both take the last place.
func save(ctx context.Context, tx pgx.Tx, account string, f Filter) error {
	if _, err := tx.Exec(ctx, "select pg_advisory_xact_lock(hashtextextended($1, 0))", "songtor/preferences/"+account); err != nil {
		return err
	}
	var others int
	err := tx.QueryRow(ctx, "select count(*) from preferences.filter where account = $1 and name <> $2", account, f.Name).Scan(&others)
	if err != nil {
		return err
	}
	if others >= MaxFilters {
		return ErrTooMany
	}
	_, err = tx.Exec(ctx, `insert into preferences.filter (account, name, stage, query, saved_at) values ($1, $2, $3, $4, $5)
		on conflict (account, name) do update set stage = excluded.stage, query = excluded.query, saved_at = excluded.saved_at`,
		account, f.Name, string(f.Stage), f.Query, f.SavedAt)
	return err
}

// Delete forgets a filter. It fails with ErrNoFilter.
func (s *Service) Delete(ctx context.Context, account, name string) error {
	var tag pgconn.CommandTag
	tag, err := s.db.Exec(ctx, "delete from preferences.filter where account = $1 and name = $2", account, name)
	if err != nil {
		return fmt.Errorf("couldn't delete a filter: %w", err)
	}
	if tag.RowsAffected() == 0 {
		return ErrNoFilter
	}
	return nil
}

//go:embed migrations/*.sql
var steps embed.FS

//go:embed grants.sql
var grants string

var migrations = database.Migrations{Steps: steps, Schema: "preferences", Table: "preferences.migration", Grants: grants}

func migrate(ctx context.Context, owner *pgxpool.Pool) error {
	if err := migrations.Up(ctx, owner); err != nil {
		return fmt.Errorf("couldn't migrate the saved filters: %w", err)
	}
	return nil
}
