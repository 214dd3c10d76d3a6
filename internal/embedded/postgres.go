package embedded

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
)

// superuser is the database user that the server is made with. It has nothing
// to do with the system's user of the server.
const superuser = "songtor"

// port numbers the socket file; there is no TCP listener.
const port = "5432"

// maxSocketPath is the longest path of a socket in bytes: Linux allows 107 and
// macOS 103.
const maxSocketPath = 100

// How long each way of stopping the server is given before the next, harsher
// one. After SIGQUIT the server needs recovery at its next start.
const (
	fastStop      = 20 * time.Second
	immediateStop = 10 * time.Second
)

// PostgresConfig says where the private PostgreSQL keeps its data and how it runs.
type PostgresConfig struct {
	// Dir is the folder of the cluster, its lock and its socket. It is made
	// when missing and then belongs to the user who runs the server.
	Dir string
	// Log takes the server's own messages; nil means slog.Default.
	Log *slog.Logger
	// Tune sets or replaces server settings, by name. Settings that keep the
	// server private are refused.
	Tune map[string]string
	// BinDirs are the folders to look for initdb and postgres in, in place of
	// the usual ones.
	BinDirs []string
}

// Postgres is a private PostgreSQL server, run as a child of this process.
type Postgres struct {
	log     *slog.Logger
	cluster cluster
	lock    *Lock
	child   *child
	done    chan error
	stop    chan struct{} // closed when a stop has been asked for
	asked   sync.Once
}

// StartPostgres starts the server on the cluster in config.Dir, which it makes
// first if need be, and returns when the server answers queries. A server that
// an earlier, killed service left behind is stopped first. The context bounds
// the start, not the life, of the server.
//
// The error is ErrNoPostgres when no server is installed, ErrUnreachable when
// the server's user cannot enter the folder, and ErrDataInUse when another
// process serves it.
func StartPostgres(ctx context.Context, config PostgresConfig) (*Postgres, error) {
	settings, err := serverSettings(config.Tune)
	if err != nil {
		return nil, err
	}
	return startPostgres(ctx, config, settings)
}

func startPostgres(ctx context.Context, config PostgresConfig, settings []string) (*Postgres, error) {
	cluster, err := openCluster(ctx, config)
	if err != nil {
		return nil, err
	}
	lock, err := lockFile(filepath.Join(cluster.dir, "lock"))
	if err != nil {
		return nil, err
	}
	postgres := &Postgres{
		log:     orDefault(config.Log),
		cluster: cluster,
		lock:    lock,
		done:    make(chan error, 1),
		stop:    make(chan struct{}),
	}
	if err := postgres.start(ctx, settings); err != nil {
		lock.Close()
		return nil, err
	}
	return postgres, nil
}

// InitPostgres makes the cluster in config.Dir, as StartPostgres would, and
// starts nothing. An existing cluster is left as it is.
func InitPostgres(ctx context.Context, config PostgresConfig) error {
	cluster, err := openCluster(ctx, config)
	if err != nil {
		return err
	}
	lock, err := lockFile(filepath.Join(cluster.dir, "lock"))
	if err != nil {
		return err
	}
	defer lock.Close()
	return cluster.init(ctx)
}

// AdminURL is the connection string of a database of the server as its
// superuser, which is for making roles and databases and for nothing else.
func (p *Postgres) AdminURL(database string) string { return p.URL(superuser, database) }

// URL is the connection string of a database of the server as one of its roles,
// for pgx, over the Unix socket.
func (p *Postgres) URL(role, database string) string {
	query := url.Values{"host": {p.cluster.socketDir}, "port": {port}}.Encode()
	address := url.URL{
		Scheme:   "postgres",
		User:     url.User(role),
		Path:     "/" + database,
		RawQuery: strings.ReplaceAll(query, "+", "%20"), // a plus stands for itself in such an address, and a folder's name may have blanks
	}
	return address.String()
}

// CreateDatabase makes a database of the given name unless it exists.
func (p *Postgres) CreateDatabase(ctx context.Context, name string) error {
	conn, err := pgx.Connect(ctx, p.AdminURL("postgres"))
	if err != nil {
		return fmt.Errorf("couldn't connect to the private PostgreSQL: %w", err)
	}
	defer conn.Close(context.WithoutCancel(ctx))
	var exists bool
	err = conn.QueryRow(ctx, "select exists (select from pg_database where datname = $1)", name).Scan(&exists)
	if err != nil {
		return fmt.Errorf("couldn't list the databases: %w", err)
	}
	if exists {
		return nil
	}
	if _, err := conn.Exec(ctx, "create database "+pgx.Identifier{name}.Sanitize()); err != nil {
		return fmt.Errorf("couldn't create database %s: %w", name, err)
	}
	return nil
}

// Done delivers one error if the server ends by itself, and is closed when it
// has ended for whatever reason.
func (p *Postgres) Done() <-chan error { return p.done }

// PID is the process id of the server.
func (p *Postgres) PID() int { return p.child.pid }

// Stop ends the server and gives the folder free. It closes the connections and
// waits for the data to be on disk; when that takes longer than 20 seconds, or
// the context ends, the server is stopped without, and recovers from its log at
// the next start. Stop may be called again.
func (p *Postgres) Stop(ctx context.Context) error {
	p.asked.Do(func() { close(p.stop) })
	clean := endProcess(ctx, p.child.pid, p.child.ended)
	if err := p.lock.Close(); err != nil && !errors.Is(err, os.ErrClosed) {
		return err
	}
	if !clean {
		return errors.New("the private PostgreSQL did not stop in time and was ended by force; it will recover at the next start")
	}
	return nil
}

// start brings the server up, holding the lock of the folder.
func (p *Postgres) start(ctx context.Context, settings []string) error {
	if err := p.cluster.init(ctx); err != nil {
		return err
	}
	if err := endLeftover(ctx, p.log, p.cluster); err != nil {
		return err
	}
	child, err := startChild(p.log, p.cluster, settings)
	if err != nil {
		return fmt.Errorf("couldn't start PostgreSQL: %w", err)
	}
	p.child = child
	if err := p.waitReady(ctx); err != nil {
		endProcess(context.WithoutCancel(ctx), child.pid, child.ended)
		return err
	}
	go p.watch()
	return nil
}

// waitReady returns when the server answers a query.
func (p *Postgres) waitReady(ctx context.Context) error {
	pause := 5 * time.Millisecond
	for {
		if answers(ctx, p.AdminURL("postgres")) {
			p.child.messages.ready()
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("couldn't wait for PostgreSQL to answer: %w", ctx.Err())
		case <-p.child.ended:
			return fmt.Errorf("PostgreSQL ended while starting (%w): %s", p.child.failure(), p.child.messages.startup())
		case <-time.After(pause):
			pause = min(pause*3/2, 100*time.Millisecond)
		}
	}
}

func answers(ctx context.Context, url string) bool {
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return false
	}
	defer conn.Close(ctx)
	_, err = conn.Exec(ctx, "select 1")
	return err == nil
}

// watch tells Done about the end of the server.
func (p *Postgres) watch() {
	defer close(p.done)
	<-p.child.ended
	select {
	case <-p.stop:
	default:
		p.done <- fmt.Errorf("the private PostgreSQL ended by itself: %w", p.child.failure())
	}
}

// endProcess stops the server with the given pid, gently first, and returns
// when it has ended. It reports whether gentle was enough.
func endProcess(ctx context.Context, pid int, ended <-chan struct{}) bool {
	if signalAndWait(ctx, pid, syscall.SIGINT, fastStop, ended) {
		return true
	}
	if !signalAndWait(context.WithoutCancel(ctx), pid, syscall.SIGQUIT, immediateStop, ended) {
		signalAndWait(context.WithoutCancel(ctx), pid, syscall.SIGKILL, immediateStop, ended)
	}
	return false
}

// signalAndWait reports whether the process ended within the time.
func signalAndWait(ctx context.Context, pid int, signal syscall.Signal, limit time.Duration, ended <-chan struct{}) bool {
	select {
	case <-ended:
		return true
	default:
	}
	if err := syscall.Kill(pid, signal); err != nil && !errors.Is(err, syscall.ESRCH) {
		return false
	}
	timer := time.NewTimer(limit)
	defer timer.Stop()
	select {
	case <-ended:
		return true
	case <-ctx.Done():
	case <-timer.C:
	}
	return false
}

// socketFolder is where the socket goes: beside the cluster, or, where that
// path is too long for a socket, in a folder of the system's temporary one that
// is named by the cluster.
func socketFolder(dir string) string {
	near := filepath.Join(dir, "run")
	if len(near)+len("/.s.PGSQL."+port) <= maxSocketPath {
		return near
	}
	digest := sha256.Sum256([]byte(dir))
	return filepath.Join(os.TempDir(), "songtor-"+hex.EncodeToString(digest[:8]))
}

func orDefault(log *slog.Logger) *slog.Logger {
	if log == nil {
		return slog.Default()
	}
	return log
}
