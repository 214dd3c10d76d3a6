package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync/atomic"

	"songtor/internal/access"
	"songtor/internal/accesslog"
	"songtor/internal/app"
	"songtor/internal/eventlog"
	"songtor/internal/files"
	"songtor/internal/guard"
	"songtor/internal/identity"
	"songtor/internal/preferences"
	"songtor/internal/quarantine"
	"songtor/internal/transparency"
	"songtor/internal/transparency/builder"
	"songtor/internal/vault"
	"songtor/projections"
)

// operator is what an operator does to the stores. The running service offers it on its control socket; where no service runs, the
// command opens the stores itself.
type operator struct {
	app      *app.Service
	keys     keeper
	runner   *projections.Runner
	identity *identity.Service
	openings *accesslog.Index
	journal  *accesslog.Journal
	trees    *builder.Builder
	logKeys  *transparency.Keys
	policies *access.Policies
	stores   *stores
	guard    *guard.Guard
	space    *guard.Space // nil where nobody serves
	stopping atomic.Bool  // requests are still answered, and others should go elsewhere
}

// newOperator wires the service's parts to open stores, and holds the stores to the erasures before anything else. What only serving
// needs of the accounts is in front.
func newOperator(ctx context.Context, s *stores, demo bool, front identity.Options, logger *slog.Logger) (*operator, error) {
	watching := s.watchOver(logger)
	if err := guarding.start(watching, ctx); err != nil {
		return nil, err
	}
	o, err := wire(ctx, s, demo, front, logger)
	if err != nil {
		return nil, err
	}
	o.guard = watching
	return o, o.app.HoldErasures(ctx, s.pools.Projector)
}

// wire wires the service's parts to open stores.
func wire(ctx context.Context, s *stores, demo bool, front identity.Options, logger *slog.Logger) (*operator, error) {
	models := app.NewReadModels(s.vault, s.rules.limits)
	runner, err := projections.New(s.pools.Projector, s.log, models.Groups(), projections.Options{
		Owner: s.pools.Migrate, Log: logger, Permanent: beyondRepair, Applied: appliedBy(s.meter),
	})
	if err != nil {
		return nil, err
	}
	accounts, err := openAccounts(ctx, s, demo, front, logger)
	if err != nil {
		return nil, err
	}
	contents, err := files.New(ctx, s.pools.Migrate, s.pools.Store)
	if err != nil {
		return nil, err
	}
	filters, err := preferences.New(ctx, s.pools.Migrate, s.pools.Store, nil)
	if err != nil {
		return nil, err
	}
	held, err := quarantine.New(ctx, s.pools.Migrate, s.pools.Store, nil)
	if err != nil {
		return nil, err
	}
	policies, err := access.Load()
	if err != nil {
		return nil, err
	}
	policies.LogFaults(logger)
	cleaner, err := pictures()
	if err != nil {
		return nil, err
	}
	journal, openings, err := openRecord(ctx, s, logger)
	if err != nil {
		return nil, err
	}
	if demo && s.rules.usual {
		s.rules.publishing = quickRules()
	}
	return &operator{
		app: app.New(app.Config{
			Log: s.log, Vault: s.vault, Views: s.pools.Views, Counts: s.pools.Statistics, Runner: runner, Models: models, Files: contents, Pictures: cleaner,
			Filters: filters, Quarantine: held, Accounts: accounts,
			Publishing: s.rules.publishing, Limits: s.rules.limits, Calendar: s.rules.calendar, Keeping: s.rules.keeping, Signer: s.logKeys, Trees: s.trees, Access: openRecorder(journal), Openings: openings, OpenMost: s.rules.openMost,
			Policies: policies, DevKeys: demo, Guard: s.guard, Meter: s.meter,
		}),
		keys:     s.vault,
		runner:   runner,
		identity: accounts,
		openings: openings,
		journal:  journal,
		policies: policies,
		trees:    s.trees,
		logKeys:  s.logKeys,
		stores:   s,
	}, nil
}

// openRecord opens the access record: the journal in which openings are written down, and the index in which they are found.
func openRecord(ctx context.Context, s *stores, logger *slog.Logger) (*accesslog.Journal, *accesslog.Index, error) {
	journal := accesslog.NewJournal(s.trail, logger)
	s.closers = append(s.closers, journal.Close)
	openings, err := accesslog.NewIndex(ctx, accesslog.IndexConfig{
		Owner: s.pools.Migrate, Audit: s.pools.Audit, Trail: s.trail, Rules: s.rules.alerts, Log: logger,
	})
	return journal, openings, err
}

// openAccounts opens the accounts. The secrets of their one-time codes are sealed under a key of the vault.
func openAccounts(ctx context.Context, s *stores, demo bool, o identity.Options, logger *slog.Logger) (*identity.Service, error) {
	o.Owner, o.AllowDemo, o.Sealer, o.Logger = s.pools.Migrate, demo, factorSecrets{s.vault}, logger
	return identity.New(ctx, s.pools.Identity, o)
}

// factorSecrets is the vault as the accounts need it.
type factorSecrets struct{ keeper vault.Keeper }

// Seal implements identity.Sealer.
func (f factorSecrets) Seal(ctx context.Context, place string, plain []byte) ([]byte, error) {
	return f.keeper.SealSecret(ctx, vault.SecondFactors, place, plain)
}

// Open implements identity.Sealer.
func (f factorSecrets) Open(ctx context.Context, place string, sealed []byte) ([]byte, error) {
	return f.keeper.OpenSecret(ctx, vault.SecondFactors, place, sealed)
}

// openRecorder makes of a journal what the service records with. A test puts a careless recorder in its place, to show that it finds one.
var openRecorder = func(j *accesslog.Journal) accesslog.Recorder { return j }

// beyondRepair tells the errors of the log that no waiting mends.
func beyondRepair(err error) bool {
	return errors.Is(err, eventlog.ErrGap) || errors.Is(err, eventlog.ErrBrokenChain) || errors.Is(err, eventlog.ErrUnknownCommit)
}

// task is one thing asked of an operator, on the command line or through the control socket.
type task struct {
	Shred   *shredTask   `json:"shred,omitempty"`
	Rebuild *rebuildTask `json:"rebuild,omitempty"`
	User    *userTask    `json:"user,omitempty"`
	Keys    *keysTask    `json:"keys,omitempty"`
	Honey   *honeyTask   `json:"honey,omitempty"`
	Release *releaseTask `json:"release,omitempty"`
	Backup  *backupTask  `json:"backup,omitempty"`

	AccessReport *accessReportTask `json:"access_report,omitempty"`
	Verify       bool              `json:"verify,omitempty"`
	LogKeys      bool              `json:"log_keys,omitempty"`
}

// progress is one line of what an operator's task says while it works.
type progress struct {
	Message string `json:"message,omitempty"`
	Step    string `json:"step,omitempty"` // what is being done, of several things
	Data    []byte `json:"data,omitempty"` // a piece of what the task makes
	Done    uint64 `json:"done,omitempty"`
	Total   uint64 `json:"total,omitempty"`
	Error   string `json:"error,omitempty"`
}

// do carries out a task and tells how it goes.
func (o *operator) do(ctx context.Context, t task, tell func(progress)) error {
	switch {
	case t.Shred != nil:
		return o.shred(ctx, *t.Shred, tell)
	case t.Rebuild != nil:
		return o.rebuild(ctx, *t.Rebuild, tell)
	case t.AccessReport != nil:
		return o.accessReport(ctx, *t.AccessReport, tell)
	case t.Release != nil:
		return o.release(ctx, *t.Release, tell)
	case t.Honey != nil:
		return o.honey(ctx, *t.Honey, tell)
	case t.Backup != nil:
		return o.backup(ctx, *t.Backup, tell)
	case t.Keys != nil:
		return o.doKeys(ctx, *t.Keys, tell)
	case t.User != nil:
		return o.user(ctx, *t.User, tell)
	case t.Verify:
		return o.verify(ctx, tell)
	case t.LogKeys:
		o.printLogKeys(tell)
		return nil
	}
	return errors.New("this build knows no such task")
}

// ready tells whether the service can do its work: take a screening in and show it. It fails with app.ErrReadOnly where it takes nothing in,
// and with app.ErrStale where it does not show everything.
func (o *operator) ready(ctx context.Context) error {
	if o.stopping.Load() {
		return errStopping
	}
	open := o.app.Ready(ctx)
	if open != nil && !errors.Is(open, app.ErrReadOnly) {
		return open
	}
	stale := o.shown(ctx)
	if stale != nil && !errors.Is(stale, app.ErrStale) {
		return stale
	}
	if err := o.openings.Err(); err != nil && open == nil {
		return errors.New("the index of the access record has stopped")
	}
	return cmp.Or(open, stale) // of a log that is not whole, what was read before stands
}

// shown tells whether every read model shows what happens: it fails with app.ErrStale where one has stopped. What stops one stops it in every
// process, and the forms that come meanwhile have to find somebody who takes them in. One that was never built is another matter: the
// processes of the version before still show theirs.
func (o *operator) shown(ctx context.Context) (stale error) {
	for _, s := range o.runner.Status(ctx) {
		stopped := !s.Running && s.Error != ""
		switch {
		case !s.Built && stopped:
			return fmt.Errorf("the read model %s could not be built: %s", s.Name, s.Error)
		case !s.Built:
			return fmt.Errorf("the read model %s is being built", s.Name)
		case stopped && stale == nil:
			stale = fmt.Errorf("%w: the read model %s has stopped: %s", app.ErrStale, s.Name, s.Error)
		}
	}
	return stale
}

// keepReadModels runs the read models. Where they have applied more than the log has the service ends, so that it is started again and puts
// back what is missing; where it was known at its start already that nothing has more either, it goes on read-only.
func (o *operator) keepReadModels(ctx context.Context) error {
	err := o.runner.Run(ctx)
	standing, _ := o.app.ReadOnly()
	if errors.Is(err, projections.ErrLogShorter) && slices.Contains(standing, guard.LogShort) {
		<-ctx.Done()
		return nil
	}
	return err
}
