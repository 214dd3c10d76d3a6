package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/nats-io/nats.go"

	"songtor/internal/archive"
	"songtor/internal/database"
	"songtor/internal/embedded"
	"songtor/internal/eventlog"
	"songtor/internal/guard"
	"songtor/internal/secret"
	"songtor/internal/telemetry"
	"songtor/internal/transparency"
	"songtor/internal/transparency/builder"
	"songtor/internal/vault"
)

// storeFlags say where the service keeps things, and by which rules. With neither --nats nor --database everything lies in the data folder.
type storeFlags struct {
	ruleFlags `embed:""`
	keyFlags  `embed:""`

	Keys      string `name:"keys" env:"SONGTOR_KEYS" help:"unix: and the socket of a key service to use; the keys are held in this process where not given." placeholder:"unix:PATH"`
	natsFlags `embed:""`

	Data          string      `env:"SONGTOR_DATA" default:"${data}" type:"path" help:"Folder of the private PostgreSQL, the log and the keys."`
	NATS          secret.Text `name:"nats" env:"SONGTOR_NATS" help:"URL of a NATS server or cluster to use instead of the one in process." placeholder:"URL"`
	NATSSystem    secret.Text `name:"nats-system" env:"SONGTOR_NATS_SYSTEM" help:"URL with which to ask the system account of that server whether it syncs always." placeholder:"URL"`
	Replicas      int         `env:"SONGTOR_REPLICAS" default:"1" help:"Copies that the log has on the outside cluster."`
	Database      secret.Text `env:"SONGTOR_DATABASE" help:"URL of a PostgreSQL database to use instead of the private one, prepared with deployments/postgres/roles.sql." placeholder:"URL"`
	QueryDatabase secret.Text `env:"SONGTOR_QUERY_DATABASE" help:"URL of the same database for the login that reads, songtor_query itself; the one of --database, which takes that role on, where not given." placeholder:"URL"`
	LogName       string      `name:"log-name" env:"SONGTOR_LOG_NAME" help:"Name under which the log is known to its witnesses, for ever; follows from its keys where not given." placeholder:"NAME"`
	Witness       []string    `name:"witness" env:"SONGTOR_WITNESS" help:"URL of a witness that cosigns the log's tree; may be repeated, each with its --witness-key." placeholder:"URL"`
	WitnessKey    []string    `name:"witness-key" env:"SONGTOR_WITNESS_KEY" help:"Verifier key of the witness, in the order of --witness." placeholder:"KEY"`

	// Kept refuses stores that were never served: what a backup made of those would be empty, and be taken for one.
	Kept bool `kong:"-"`
}

// check refuses flags that do not go together, and a folder that is empty where it must not be.
func (f storeFlags) check() error {
	switch {
	case !f.Database.Empty():
		return nil
	case f.Keys == "" && !f.KeysDatabase.Empty():
		return errors.New("--keys-database goes with --database: where the service runs a PostgreSQL of its own, the keys lie there too. " +
			"A key service with a database of its own is used with --keys")
	case f.Kept:
		if _, err := os.Stat(filepath.Join(f.Data, "postgres")); err != nil {
			return fmt.Errorf("couldn't find the stores of a service in %s: %w", f.Data, err)
		}
	}
	return nil
}

// stores are the open log, keys and databases.
type stores struct {
	log     *eventlog.Log
	trail   *eventlog.Trail
	vault   keeper
	pools   *database.Pools // of the read models and all that goes with them
	keys    *pgxpool.Pool   // nil where a key service holds the keys
	rules   rules
	logKeys *transparency.Keys // sign receipts and checkpoints
	trees   *builder.Builder
	at      addresses
	book    string       // file of the checkpoints
	guard   *guard.State // whether anything may be written
	archive *archive.Archive
	renew   func(ctx context.Context, stream string) error // makes an empty stream; nil where the service may not
	ledger  string                                         // file of erasures; empty where a key service has it
	meter   *telemetry.Meter
	// failed gets the reason where a part that runs inside this process dies by itself.
	failed  chan error
	closers []func()
}

// newStores are stores of which none is open yet.
func newStores() *stores {
	return &stores{failed: make(chan error, 1), meter: telemetry.New(), guard: new(guard.State)}
}

// Close closes everything in the opposite order of opening. It may be called again.
func (s *stores) Close() {
	for i := len(s.closers) - 1; i >= 0; i-- {
		s.closers[i]()
	}
	s.closers = nil
}

// openStores opens everything that a command needs, with the demonstration's key where demo is set. The data folder is locked
// until Close.
func openStores(ctx context.Context, f storeFlags, demo bool, logger *slog.Logger) (*stores, error) {
	if err := finished(f.Data); err != nil {
		return nil, err
	}
	return openAnyStores(ctx, f, demo, logger)
}

// openAnyStores opens also what a restore has not finished.
func openAnyStores(ctx context.Context, f storeFlags, demo bool, logger *slog.Logger) (*stores, error) {
	s := newStores()
	s.keepHeap(ctx)
	if err := s.open(ctx, f, demo, logger); err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

// keepHeap lets the heap grow until Close as it does for a service, unless the environment says how.
func (s *stores) keepHeap(ctx context.Context) {
	if os.Getenv("GOGC") != "" {
		return
	}
	ctx, stop := context.WithCancel(ctx)
	s.closers = append(s.closers, stop)
	go keepHeap(ctx)
}

func (s *stores) open(ctx context.Context, f storeFlags, demo bool, logger *slog.Logger) error {
	if _, err := os.Stat(f.Data); err != nil { // nothing is made for flags that do not go together
		if err := f.check(); err != nil {
			return err
		}
	}
	var err error
	if s.rules, err = f.ruleFlags.load(); err != nil {
		return err
	}
	lock, err := embedded.LockData(f.Data) // before the flags are looked at: a service that runs there has its own
	if err != nil {
		return err
	}
	s.closers = append(s.closers, func() { _ = lock.Close() })
	if err := f.check(); err != nil {
		return err
	}
	if err := s.openPools(ctx, f, logger); err != nil {
		return err
	}
	if err := s.openKeys(ctx, f, demo, logger); err != nil {
		return err
	}
	if err := s.openLog(ctx, f, logger); err != nil {
		return err
	}
	if err := s.openTrees(ctx, f, logger); err != nil {
		return err
	}
	return s.openArchive(ctx, logger)
}

// openPools opens the database of the read models.
func (s *stores) openPools(ctx context.Context, f storeFlags, logger *slog.Logger) error {
	var err error
	if s.at, err = s.databases(ctx, f, logger); err != nil {
		return err
	}
	if s.pools, err = database.Open(ctx, s.at.main); err != nil {
		return err
	}
	s.closers = append(s.closers, s.pools.Close)
	return nil
}

// openKeys reaches the key service that is named, or holds the keys in this process.
func (s *stores) openKeys(ctx context.Context, f storeFlags, demo bool, logger *slog.Logger) error {
	if f.Keys != "" {
		client, err := dialKeys(ctx, f, demo)
		if err != nil {
			return err
		}
		s.vault, s.closers = measuredKeeper{client, s.meter}, append(s.closers, client.Close)
		return nil
	}
	kek, err := openKEK(f, demo)
	if err != nil {
		return err
	}
	if s.keys, err = database.OpenPool(ctx, database.Keys, s.at.keys); err != nil {
		return err
	}
	s.closers = append(s.closers, s.keys.Close)
	if f.Kept {
		if err := mustBeBegun(ctx, s.keys); err != nil {
			return err
		}
	}
	s.ledger = f.ledgerPath(f.Data)
	v, err := f.open(ctx, s.keys, kek, f.Data, logger)
	if err != nil {
		return err
	}
	s.vault, s.closers = measuredKeeper{v, s.meter}, append(s.closers, v.Close)
	return nil
}

// addresses say where each role logs in.
type addresses struct {
	main func(database.Role) string
	keys string
}

// databases returns the addresses of the two databases, starting and preparing the private server where no other is named.
func (s *stores) databases(ctx context.Context, f storeFlags, logger *slog.Logger) (addresses, error) {
	if !f.Database.Empty() {
		return outside(f)
	}
	pg, err := embedded.StartPostgres(ctx, embedded.PostgresConfig{Dir: filepath.Join(f.Data, "postgres"), Log: logger})
	if err != nil {
		return addresses{}, err
	}
	s.closers = append(s.closers, func() { _ = pg.Stop(context.Background()) })
	go func() {
		if err := <-pg.Done(); err != nil {
			s.failed <- fmt.Errorf("the private PostgreSQL ended: %w", err)
		}
	}()
	if err := preparePrivate(ctx, pg, f.Keys == ""); err != nil {
		return addresses{}, err
	}
	return addresses{
		main: func(role database.Role) string { return pg.URL(string(role), mainDatabase) },
		keys: pg.URL(string(database.Keys), keysDatabase),
	}, nil
}

// The databases of the private server.
const (
	mainDatabase = "songtor"
	keysDatabase = "songtor_keys"
)

// preparePrivate makes the roles and the databases of the private server. Nothing else is done as its superuser.
func preparePrivate(ctx context.Context, pg *embedded.Postgres, withKeys bool) error {
	if err := database.PrepareServer(ctx, pg.AdminURL("postgres")); err != nil {
		return err
	}
	if err := pg.CreateDatabase(ctx, mainDatabase); err != nil {
		return err
	}
	if err := database.PrepareMain(ctx, pg.AdminURL(mainDatabase)); err != nil {
		return err
	}
	if !withKeys {
		return nil
	}
	if err := pg.CreateDatabase(ctx, keysDatabase); err != nil {
		return err
	}
	return database.PrepareKeys(ctx, pg.AdminURL(keysDatabase))
}

// outside are the addresses on a server that an administrator has prepared: one login, which is a member of the roles.
func outside(f storeFlags) (addresses, error) {
	keys := f.KeysDatabase.Expose()
	if keys == "" && f.Keys == "" {
		var err error
		if keys, err = besides(f.Database.Expose()); err != nil {
			return addresses{}, err
		}
	}
	return addresses{main: f.roleURL, keys: keys}, nil
}

// roleURL is the address at which a role logs in on an outside server.
func (f storeFlags) roleURL(role database.Role) string {
	if role == database.Query && !f.QueryDatabase.Empty() {
		return f.QueryDatabase.Expose()
	}
	return f.Database.Expose()
}

// besides names the keys' database on the same server: the two must never lie in one dump.
func besides(database string) (string, error) {
	u, err := url.Parse(database)
	if err != nil || strings.Trim(u.Path, "/") == "" {
		return "", errors.New("--database must be a postgres:// URL that names a database")
	}
	u.Path += "_keys"
	return u.String(), nil
}

// demoKEK is the key of a demonstration, which lies in its data folder.
func demoKEK(data string) string { return filepath.Join(data, "dev.kek") }

// openKEK opens the key that wraps the case keys. The demonstration has one of its own kind, which opens nothing else.
func openKEK(f storeFlags, demo bool) (*vault.KEK, error) {
	if demo {
		return vault.OpenDevKEK(demoKEK(f.Data))
	}
	return f.kek()
}

func readPassphrase(file string) ([]byte, error) {
	if file == "" {
		return nil, nil
	}
	b, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("couldn't read the passphrase file: %w", err)
	}
	line, _, _ := strings.Cut(string(b), "\n")
	return []byte(strings.TrimSuffix(line, "\r")), nil
}

// openLog opens the log, on the server in process where no other is named.
func (s *stores) openLog(ctx context.Context, f storeFlags, logger *slog.Logger) error {
	if !f.NATS.Empty() {
		return s.openOutsideLog(ctx, f, logger)
	}
	server, err := embedded.StartNATS(embedded.NATSConfig{Dir: filepath.Join(f.Data, "nats"), Log: logger})
	if err != nil {
		return err
	}
	s.closers = append(s.closers, server.Shutdown)
	nc, err := s.connect(server.Connect(eventlog.Noticing(logger)))
	if err != nil {
		return err
	}
	if err := eventlog.CreateStream(ctx, nc, 1); err != nil {
		return err
	}
	s.renew = renewIn(filepath.Join(f.Data, "nats"), nc)
	return s.openStreams(ctx, nc, eventlog.Options{Replicas: 1, ServerReport: inProcessReport(server, nc.ConnectedServerName())})
}

// openStreams opens the log and the trail.
func (s *stores) openStreams(ctx context.Context, nc *nats.Conn, o eventlog.Options) error {
	var err error
	if s.log, err = eventlog.Open(ctx, nc, o); err != nil {
		return err
	}
	s.trail, err = eventlog.OpenTrail(ctx, nc, o)
	return err
}

func (s *stores) openOutsideLog(ctx context.Context, f storeFlags, logger *slog.Logger) error {
	private, err := f.natsFlags.options()
	if err != nil {
		return err
	}
	private = append(private, eventlog.Noticing(logger))
	nc, err := s.connect(eventlog.Dial(f.NATS.Expose(), private...))
	if err != nil {
		return err
	}
	options := eventlog.Options{Replicas: f.Replicas}
	if !f.NATSSystem.Empty() {
		system, err := s.connect(eventlog.Dial(f.NATSSystem.Expose(), private...))
		if err != nil {
			return err
		}
		options.ServerReport = eventlog.SystemReport(system)
	}
	return s.openStreams(ctx, nc, options)
}

func (s *stores) connect(nc *nats.Conn, err error) (*nats.Conn, error) {
	if err != nil {
		return nil, fmt.Errorf("couldn't connect to NATS: %w", err)
	}
	s.closers = append(s.closers, nc.Close)
	return nc, nil
}

// inProcessReport asks the server in this process what it really does.
func inProcessReport(server *embedded.NATS, name string) func(context.Context) ([]eventlog.ServerReport, error) {
	return func(context.Context) ([]eventlog.ServerReport, error) {
		r, err := server.Report()
		if err != nil {
			return nil, fmt.Errorf("couldn't ask the server for its settings: %w", err)
		}
		return []eventlog.ServerReport{{Name: name, SyncAlways: r.SyncAlways}}, nil
	}
}
