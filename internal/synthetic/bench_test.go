package synthetic_test

import (
	"context"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"

	"songtor/internal/access"
	"songtor/internal/accesslog"
	"songtor/internal/app"
	"songtor/internal/calendar"
	"songtor/internal/database"
	"songtor/internal/eventlog"
	"songtor/internal/files"
	"songtor/internal/identity"
	"songtor/internal/limits"
	"songtor/internal/release"
	"songtor/internal/testenv"
	"songtor/internal/transparency"
	"songtor/internal/vault"
	"songtor/projections"
)

// bench is a service on stores of its own.
type bench struct {
	*app.Service
	log      *eventlog.Log
	trail    *eventlog.Trail
	accounts *identity.Service
	pools    *database.Pools
	runner   *projections.Runner
}

func setUp(t *testing.T) *bench {
	t.Helper()
	b := &bench{pools: testenv.Database(t)}
	nc, err := eventlog.Dial(testenv.NATS(t).URL)
	must(t, err)
	t.Cleanup(nc.Close)
	must(t, eventlog.CreateStream(t.Context(), nc, 1))
	options := eventlog.Options{ServerReport: func(context.Context) ([]eventlog.ServerReport, error) {
		return []eventlog.ServerReport{{Name: nc.ConnectedServerName(), SyncAlways: true}}, nil
	}}
	b.log, err = eventlog.Open(t.Context(), nc, options)
	must(t, err)
	b.trail, err = eventlog.OpenTrail(t.Context(), nc, options)
	must(t, err)
	kek, err := vault.OpenDevKEK(t.TempDir() + "/dev.kek")
	must(t, err)
	keys, err := vault.Open(t.Context(), pool(t), kek, nil)
	must(t, err)
	t.Cleanup(keys.Close)
	b.serve(t, keys)
	return b
}

func (b *bench) serve(t *testing.T, keys *vault.Vault) {
	t.Helper()
	models := app.NewReadModels(keys, limits.Default())
	runner, err := projections.New(b.pools.Projector, b.log, models.Groups(), projections.Options{Owner: b.pools.Migrate})
	must(t, err)
	b.runner = runner
	running, stop := context.WithCancel(t.Context())
	var stopped sync.WaitGroup
	stopped.Go(func() {
		if err := runner.Run(running); err != nil {
			t.Errorf("the runner ended: %v", err)
		}
	})
	t.Cleanup(func() { stop(); stopped.Wait() })
	contents, err := files.New(t.Context(), b.pools.Migrate, b.pools.Store)
	must(t, err)
	b.accounts, err = identity.New(t.Context(), b.pools.Identity, identity.Options{Owner: b.pools.Migrate, AllowDemo: true})
	must(t, err)
	policies, err := access.Load()
	must(t, err)
	journal := accesslog.NewJournal(b.trail, nil)
	t.Cleanup(journal.Close)
	openings := followTrail(t, b.pools, b.trail)
	b.Service = app.New(app.Config{
		Log: b.log, Vault: keys, Views: b.pools.Views, Counts: b.pools.Statistics, Runner: runner, Models: models, Files: contents,
		Accounts: b.accounts,
		Limits:   limits.Default(), Calendar: calendar.Thailand(), Signer: logKeys(t), Access: journal, Openings: openings,
		Policies: policies, DevKeys: true, Publishing: oneTable(),
	})
}

// oneTable are the usual rules with the smallest table of those who were identified, so that a release takes no longer than a test may.
func oneTable() *release.Rules {
	r := release.Usual()
	r.Universes = r.Universes[:1]
	r.Universes[0].Blocks = r.Universes[0].Blocks[3:4]
	return r
}

func pool(t *testing.T) *pgxpool.Pool {
	t.Helper()
	p, err := pgxpool.New(t.Context(), testenv.Postgres(t))
	must(t, err)
	t.Cleanup(p.Close)
	return p
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// logKeys are keys that sign receipts.
func logKeys(t *testing.T) *transparency.Keys {
	t.Helper()
	keys, err := transparency.NewKeys(t.Context(), "log.example", make(transparency.Secret, transparency.SecretSize))
	must(t, err)
	return keys
}

// followTrail keeps the index of the access record until the end of the test.
func followTrail(t *testing.T, pools *database.Pools, trail *eventlog.Trail) *accesslog.Index {
	t.Helper()
	x, err := accesslog.NewIndex(t.Context(), accesslog.IndexConfig{Owner: pools.Migrate, Audit: pools.Audit, Trail: trail})
	must(t, err)
	running, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	var stopped sync.WaitGroup
	stopped.Go(func() { x.Run(running) })
	t.Cleanup(func() { stop(); stopped.Wait() })
	return x
}
