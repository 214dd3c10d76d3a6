package database

import (
	"context"
	"fmt"
	"maps"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// Pools are the connections to the database of the read models, by role.
type Pools struct {
	Views      *Views        // what people read
	Migrate    *pgxpool.Pool // for migrations, at start, and for the schemas of projections
	Projector  *pgxpool.Pool
	Audit      *pgxpool.Pool
	Identity   *pgxpool.Pool
	Store      *pgxpool.Pool
	Statistics *pgxpool.Pool
	Archive    *pgxpool.Pool

	opened map[Role]*pgxpool.Pool
}

// ByRole are all pools, for those who measure them.
func (p *Pools) ByRole() map[Role]*pgxpool.Pool { return maps.Clone(p.opened) }

// Open opens a pool for each role and brings the wall up to date; url gives the address at which a role logs in. Where that names
// another user, the connections take the role on, for which the user must be a member of it. It fails with ErrNoWall where a role
// could step over the wall.
func Open(ctx context.Context, url func(Role) string) (*Pools, error) {
	p := &Pools{opened: map[Role]*pgxpool.Pool{}}
	if err := p.open(ctx, url); err != nil {
		p.Close()
		return nil, err
	}
	return p, nil
}

func (p *Pools) open(ctx context.Context, url func(Role) string) error {
	var query *pgxpool.Pool
	for role, into := range map[Role]**pgxpool.Pool{
		Migrate: &p.Migrate, Projector: &p.Projector, Query: &query, Audit: &p.Audit, Identity: &p.Identity, Store: &p.Store,
		Statistics: &p.Statistics, Archive: &p.Archive,
	} {
		pool, err := OpenPool(ctx, role, url(role))
		if err != nil {
			return err
		}
		p.opened[role] = pool
		*into = pool
	}
	p.Views = &Views{pool: query}
	if err := Alone(ctx, p.Migrate, wallScript); err != nil {
		return fmt.Errorf("couldn't bring the wall up to date: %w", err)
	}
	return check(ctx, query)
}

// Close closes every pool.
func (p *Pools) Close() {
	for _, pool := range p.opened {
		pool.Close()
	}
}

// few is how many connections a role has that does not answer whoever reads: all roles together must fit on a server of 100.
const few = 4

// OpenPool opens the pool of one role.
func OpenPool(ctx context.Context, role Role, url string) (*pgxpool.Pool, error) {
	config, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, fmt.Errorf("couldn't read the address at which %s logs in: %w", role, err)
	}
	if role == Migrate {
		role = Owner // in whose name it works
	}
	config.ConnConfig.RuntimeParams["jit"] = "off" // compiling a question takes longer than answering any of ours, and holds up what runs beside it
	if config.ConnConfig.User != string(role) {
		config.ConnConfig.RuntimeParams["role"] = string(role)
		config.AfterConnect = settings
	}
	if role != Query && !strings.Contains(url, "pool_max_conns") {
		config.MaxConns = few
	}
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, fmt.Errorf("couldn't set up the connections of %s: %w", role, err)
	}
	if err := pool.Ping(ctx); err != nil {
		pool.Close()
		return nil, fmt.Errorf("couldn't reach the database as %s: %w", role, err)
	}
	return pool, nil
}

// settings takes over what is set for a role that did not log in itself.
func settings(ctx context.Context, conn *pgx.Conn) error {
	_, err := conn.Exec(ctx, `select set_config(split_part(s, '=', 1), substr(s, strpos(s, '=') + 1), false)
		from pg_db_role_setting, unnest(setconfig) as s where setdatabase = 0 and setrole = current_user::regrole`)
	if err != nil {
		return fmt.Errorf("couldn't take over the settings of a role: %w", err)
	}
	return nil
}
