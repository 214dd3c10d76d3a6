package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"songtor/internal/database"
	"songtor/internal/embedded"
	"songtor/internal/logging"
	"songtor/internal/secret"
	"songtor/internal/vault"
)

// keyFlags say where the keys lie and what opens them.
type keyFlags struct {
	KeysDatabase secret.Text `env:"SONGTOR_KEYS_DATABASE" help:"URL of the database of the wrapped keys; the database's name with _keys added where not given." placeholder:"URL"`
	KEK          string      `name:"kek" env:"SONGTOR_KEK" type:"path" help:"File of the key that wraps all case keys (see songtor keys create)." placeholder:"FILE"`
	Passphrase   string      `name:"kek-passphrase-file" env:"SONGTOR_KEK_PASSPHRASE_FILE" type:"path" help:"File whose first line is the passphrase of that key file." placeholder:"FILE"`
	Ledger       string      `name:"erasure-ledger" env:"SONGTOR_ERASURE_LEDGER" type:"path" help:"File of erasures, applied to the stores at every start; erasures.ledger in the data folder where not given." placeholder:"FILE"`
	BeginLedger  bool        `name:"begin-erasure-ledger" help:"Begin a file of erasures with what the keys' database knows: on another machine, or after the file was lost for good."`
}

// open opens the keys. The ledger lies in the data folder and not in those of the databases, which are restored from backups.
func (f keyFlags) open(ctx context.Context, pool *pgxpool.Pool, kek *vault.KEK, data string, logger *slog.Logger) (*vault.Vault, error) {
	v, err := vault.Open(ctx, pool, kek, vault.NewLedger(f.ledgerPath(data), f.BeginLedger))
	if err != nil {
		return nil, err
	}
	if err := v.CheckDurable(ctx); err != nil {
		v.Close()
		return nil, err
	}
	if age := kek.Age(time.Now()); age > vault.EpochLimit && kek.Type() != vault.KEKDev {
		logger.WarnContext(ctx, "the key-encryption key is old: turn it over with `songtor keys rotate`, so that copies of erased keys end",
			slog.Int("days", int(age.Hours()/24)))
	}
	return v, nil
}

// ledgerPath is where the file of erasures lies.
func (f keyFlags) ledgerPath(data string) string {
	if f.Ledger != "" {
		return f.Ledger
	}
	return filepath.Join(data, "erasures.ledger")
}

// pool opens the database of the keys that the flags name.
func (f keyFlags) pool(ctx context.Context) (*pgxpool.Pool, error) {
	return database.OpenPool(ctx, database.Keys, f.KeysDatabase.Expose())
}

// kek opens the key-encryption key that the flags name.
func (f keyFlags) kek() (*vault.KEK, error) {
	if f.KEK == "" {
		return nil, errors.New("no key is named to wrap the case keys with: make one with `songtor keys create FILE` and name it with --kek FILE, or try the demonstration with --demo")
	}
	passphrase, err := readPassphrase(f.Passphrase)
	if err != nil {
		return nil, err
	}
	kek, err := vault.OpenKEK(f.KEK, passphrase)
	if errors.Is(err, vault.ErrWrongPassphrase) && f.Passphrase == "" {
		return nil, fmt.Errorf("%s is sealed with a passphrase: name its file with --kek-passphrase-file", f.KEK)
	}
	return kek, err
}

// keeper is what holds the keys, as the service and its operator use it.
type keeper interface {
	vault.Keeper
	Epoch(ctx context.Context) (vault.Epoch, error)
	Rotate(ctx context.Context, tell func(cases int)) error
}

// dialKeys reaches the key service that --keys names.
func dialKeys(ctx context.Context, f storeFlags, demo bool) (*vault.Client, error) {
	path, ok := strings.CutPrefix(f.Keys, "unix:")
	switch {
	case !ok:
		return nil, errors.New("--keys must be unix: and the path of the key service's socket")
	case f.KEK != "" || !f.KeysDatabase.Empty():
		return nil, errors.New("with --keys this process has neither --kek nor --keys-database: they belong to `songtor keyservice`")
	}
	c, err := vault.Dial(ctx, path)
	if err != nil {
		return nil, err
	}
	if demo != (c.Type() == vault.KEKDev) {
		c.Close()
		return nil, fmt.Errorf("couldn't use the key service: %w", vault.ErrDevKEK)
	}
	return c, nil
}

// keyserviceCmd runs the key service, as a process and a user of its own.
type keyserviceCmd struct {
	keyFlags `embed:""`

	Data   string `env:"SONGTOR_KEYSERVICE_DATA" required:"" type:"path" help:"Folder of the file of erasures and, with no --keys-database, of a private PostgreSQL."`
	Socket string `env:"SONGTOR_KEYSERVICE_SOCKET" required:"" type:"path" help:"Unix socket to answer on."`
	Peer   string `name:"peer-user" env:"SONGTOR_KEYSERVICE_PEER_USER" help:"Name or id of the user whose processes may ask; this process's own where not given."`
}

// Run gives out keys until ctx ends.
func (c *keyserviceCmd) Run(ctx context.Context, out io.Writer) error {
	if err := vault.HideMemory(); err != nil {
		return err
	}
	logger := slog.New(logging.New(os.Stderr, false))
	peer, group, err := c.peer()
	if err != nil {
		return err
	}
	kek, err := c.kek()
	if err != nil {
		return err
	}
	lock, err := embedded.LockData(c.Data)
	if err != nil {
		return err
	}
	defer func() { _ = lock.Close() }()
	address, stop, err := c.database(ctx, logger)
	if err != nil {
		return err
	}
	defer stop()
	pool, err := database.OpenPool(ctx, database.Keys, address)
	if err != nil {
		return err
	}
	defer pool.Close()
	v, err := c.open(ctx, pool, kek, c.Data, logger)
	if err != nil {
		return err
	}
	defer v.Close()
	listener, err := vault.ListenUnix(ctx, c.Socket, group)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "The key service is ready on %s\n", c.Socket)
	return vault.NewServer(v, peer, logger).Serve(ctx, listener)
}

// database returns the address of the keys' database, starting and preparing a private server where none is named.
func (c *keyserviceCmd) database(ctx context.Context, logger *slog.Logger) (address string, stop func(), err error) {
	if !c.KeysDatabase.Empty() {
		return c.KeysDatabase.Expose(), func() {}, nil
	}
	pg, err := embedded.StartPostgres(ctx, embedded.PostgresConfig{Dir: filepath.Join(c.Data, "postgres"), Log: logger})
	if err != nil {
		return "", nil, err
	}
	stop = func() { _ = pg.Stop(context.Background()) }
	err = database.PrepareServer(ctx, pg.AdminURL("postgres"))
	if err == nil {
		err = pg.CreateDatabase(ctx, keysDatabase)
	}
	if err == nil {
		err = database.PrepareKeys(ctx, pg.AdminURL(keysDatabase))
	}
	if err != nil {
		stop()
		return "", nil, err
	}
	return pg.URL(string(database.Keys), keysDatabase), stop, nil
}

// peer is the id of the user who may ask, and of the group that the socket belongs to: -1 where it is this user's alone.
func (c *keyserviceCmd) peer() (uid, group int, err error) {
	if c.Peer == "" {
		return os.Geteuid(), -1, nil
	}
	u, err := user.Lookup(c.Peer)
	if err != nil {
		if u, err = user.LookupId(c.Peer); err != nil {
			return 0, 0, fmt.Errorf("couldn't find the user %s: %w", c.Peer, err)
		}
	}
	if uid, err = strconv.Atoi(u.Uid); err == nil {
		group, err = strconv.Atoi(u.Gid)
	}
	if err != nil {
		return 0, 0, fmt.Errorf("couldn't find the user %s: %w", c.Peer, err)
	}
	return uid, group, nil
}
