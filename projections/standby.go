package projections

import (
	"context"

	"github.com/jackc/pgx/v5"

	"songtor/domain"
	"songtor/internal/lease"
)

// While the runner of another process holds the lease, this one stands by: it reads how far the other has come, tells its own subscribers,
// and takes over as soon as the lease is free.

func (g *group) await(ctx context.Context, conn *pgx.Conn) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	before := g.lowest()
	if err := g.observe(ctx, conn, nil); err != nil {
		return err
	}
	if err := g.buildBeside(ctx, conn); err != nil {
		return err
	}
	if g.lowest() != before && !g.silent { // nobody knows what happened since
		g.runner.hub.send(Change{Position: g.lowest(), Stages: domain.Stages()})
	}
	news := &elsewhere{told: g.lowest()}
	if !g.silent {
		go news.follow(ctx, g.runner.source, g.lowest())
	}
	for {
		if err := g.observe(ctx, conn, news); err != nil {
			return err
		}
		sleep(ctx, lease.Retry)
		if err := ctx.Err(); err != nil {
			return err
		}
		if held, err := g.tryLock(ctx, conn); err != nil || held {
			return err
		}
	}
}

// observe reads how far the runner of another process has come and tells subscribers what has changed.
func (g *group) observe(ctx context.Context, db DB, news *elsewhere) error {
	found, err := positions(ctx, db, g.names())
	if err != nil {
		return err
	}
	g.mu.Lock()
	g.note(found)
	g.mu.Unlock()
	if err := g.prove(ctx); err != nil {
		return err
	}
	if g.silent || news == nil {
		return nil
	}
	if change, any := news.until(g.lowest()); any {
		g.runner.hub.send(change)
	}
	return nil
}

// note takes over positions from the database. Rows of an older version are not those of this projection; a later version's are read
// as they are (Projection.Version). The caller holds mu.
func (g *group) note(found map[string]stored) {
	built := true
	for _, m := range g.members {
		s, known := found[m.Name()]
		if s.version < m.Version() {
			s.position = 0
		}
		built = built && known && s.version >= m.Version()
		m.set(s.position)
		g.stands(m, s.fault)
	}
	g.built = built
}
