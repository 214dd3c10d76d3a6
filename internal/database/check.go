package database

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// ErrNoWall says that what people read would not stand behind row-level security.
var ErrNoWall = errors.New("the database does not keep its readers apart")

// check refuses a login that steps over the wall, and a wall with a gap.
func check(ctx context.Context, query *pgxpool.Pool) error {
	var login, role string
	var steps bool
	err := query.QueryRow(ctx, `select session_user, current_user,
		(select bool_or(rolsuper or rolbypassrls) from pg_roles where rolname in (session_user, current_user))`).Scan(&login, &role, &steps)
	switch {
	case err != nil:
		return fmt.Errorf("couldn't look at the role that reads: %w", err)
	case steps:
		return fmt.Errorf("%w: %s, as whom it is read, is a superuser or may bypass row-level security; name a login that is neither "+
			"(deployments/postgres/roles.sql makes the roles)", ErrNoWall, login)
	case role != string(Query):
		return fmt.Errorf("%w: it is read as %s and not as %s", ErrNoWall, role, Query)
	}
	rows, err := query.Query(ctx, `select c.oid::regclass::text from pg_class c join pg_namespace n on n.oid = c.relnamespace
		where c.relkind in ('r', 'p') and n.nspname !~ '^pg_' and has_schema_privilege(n.oid, 'usage') and has_table_privilege(c.oid, 'select')
			and n.nspname <> 'information_schema' and not c.relforcerowsecurity
			and (c.relrowsecurity or exists (select from pg_attribute where attrelid = c.oid and attname = 'case_id')) order by 1`)
	if err != nil {
		return fmt.Errorf("couldn't look at the tables that are read: %w", err)
	}
	open, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return fmt.Errorf("couldn't look at the tables that are read: %w", err)
	}
	if len(open) > 0 {
		return fmt.Errorf("%w: row-level security is not enabled and forced on %s", ErrNoWall, strings.Join(open, ", "))
	}
	return nil
}
