package database

import (
	"context"
	"fmt"

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

	opened []*pgxpool.Pool
}

// Open opens a pool for each role; url gives the address at which a role logs in. It fails where one cannot be reached.
func Open(ctx context.Context, url func(Role) string) (*Pools, error) {
	p := &Pools{}
	var query *pgxpool.Pool
	for role, into := range map[Role]**pgxpool.Pool{
		Migrate: &p.Migrate, Projector: &p.Projector, Query: &query, Audit: &p.Audit, Identity: &p.Identity, Store: &p.Store,
		Statistics: &p.Statistics,
	} {
		pool, err := OpenPool(ctx, role, url(role))
		if err != nil {
			p.Close()
			return nil, err
		}
		p.opened = append(p.opened, pool)
		*into = pool
	}
	p.Views = &Views{pool: query}
	return p, nil
}

// Close closes every pool.
func (p *Pools) Close() {
	for _, pool := range p.opened {
		pool.Close()
	}
}

// OpenPool opens the pool of one role.
func OpenPool(ctx context.Context, role Role, url string) (*pgxpool.Pool, error) {
	pool, err := pgxpool.New(ctx, url)
	if err != nil {
		return nil, fmt.Errorf("couldn't set up the connections of %s: %w", role, err)
	}
	if err := pool.Ping(ctx); err != nil {
		pool.Close()
		return nil, fmt.Errorf("couldn't reach the database as %s: %w", role, err)
	}
	return pool, nil
}
