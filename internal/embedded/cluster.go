package embedded

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"

	"songtor/internal/durable"
)

// A cluster is the folder of a PostgreSQL server with everything it takes to
// run it: the programs, and the user who runs them.
type cluster struct {
	dir       string // absolute, without symbolic links
	socketDir string
	binaries  binaries
	account   account
}

// data is the folder that PostgreSQL itself calls the data directory.
func (c cluster) data() string { return filepath.Join(c.dir, "data") }

// openCluster finds the programs and makes the folders, each for the server's
// user alone.
func openCluster(ctx context.Context, config PostgresConfig) (cluster, error) {
	account, err := serverAccount()
	if err != nil {
		return cluster{}, err
	}
	dir, err := makeHome(ctx, account, config.Dir)
	if err != nil {
		return cluster{}, err
	}
	want, err := clusterVersion(dir)
	if err != nil {
		return cluster{}, err
	}
	found, err := findBinaries(ctx, config.BinDirs, want)
	if err != nil {
		return cluster{}, err
	}
	opened := cluster{dir: dir, socketDir: socketFolder(dir), binaries: found, account: account}
	if err := opened.makeSocketFolder(ctx); err != nil {
		return cluster{}, err
	}
	return opened, nil
}

// makeHome makes the folder of the cluster and returns its real path.
func makeHome(ctx context.Context, account account, dir string) (string, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return "", fmt.Errorf("couldn't name the database folder: %w", err)
	}
	if err := os.MkdirAll(filepath.Dir(dir), folderMode()); err != nil {
		return "", fmt.Errorf("couldn't make the data folder: %w", err)
	}
	parent, err := filepath.EvalSymlinks(filepath.Dir(dir))
	if err != nil {
		return "", fmt.Errorf("couldn't follow the path of the data folder: %w", err)
	}
	if err := account.checkReach(ctx, parent); err != nil {
		return "", err
	}
	home := filepath.Join(parent, filepath.Base(dir))
	if err := account.makeFolder(home); err != nil {
		return "", fmt.Errorf("couldn't make the database folder: %w", err)
	}
	return home, nil
}

func (c cluster) makeSocketFolder(ctx context.Context) error {
	if err := c.account.checkReach(ctx, filepath.Dir(c.socketDir)); err != nil {
		return err
	}
	if err := c.account.makeFolder(c.socketDir); err != nil {
		return fmt.Errorf("couldn't make the socket's folder: %w", err)
	}
	return nil
}

// clusterVersion is the major version that made the cluster in dir, or 0 where
// there is none yet. Only that version can serve it.
func clusterVersion(dir string) (int, error) {
	text, err := os.ReadFile(filepath.Join(dir, "data", "PG_VERSION"))
	if errors.Is(err, os.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("couldn't read the version of the database: %w", err)
	}
	version, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil {
		return 0, fmt.Errorf("couldn't read the version of the database: %w", err)
	}
	return version, nil
}

// init makes the cluster unless it is there. It is made under another name and
// renamed when complete, so that a crash in between leaves no half cluster. The
// caller holds the lock of the folder.
func (c cluster) init(ctx context.Context) error {
	if _, err := os.Stat(c.data()); !errors.Is(err, os.ErrNotExist) {
		return err
	}
	fresh := filepath.Join(c.dir, "data.new")
	if err := os.RemoveAll(fresh); err != nil {
		return fmt.Errorf("couldn't remove a half-made database: %w", err)
	}
	if err := c.initAt(ctx, fresh); err != nil {
		os.RemoveAll(fresh)
		return err
	}
	if err := os.Rename(fresh, c.data()); err != nil {
		return fmt.Errorf("couldn't put the new database in place: %w", err)
	}
	return durable.SyncFolder(c.dir)
}

// initAt tries the locale that compares by code point and knows the letters of
// every script; macOS and small systems may lack it, and then it is plain C.
func (c cluster) initAt(ctx context.Context, dir string) error {
	err := c.initdb(ctx, dir, "C.UTF-8")
	if err == nil || ctx.Err() != nil {
		return err
	}
	if removeErr := os.RemoveAll(dir); removeErr != nil {
		return fmt.Errorf("couldn't remove a half-made database: %w", removeErr)
	}
	return c.initdb(ctx, dir, "C")
}

func (c cluster) initdb(ctx context.Context, dir, locale string) error {
	// The signal at the parent's death is tied to the thread that started the child.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	command := exec.CommandContext(ctx, c.binaries.path("initdb"),
		"--pgdata", dir, "--username", superuser, "--encoding", "UTF8", "--locale", locale,
		"--data-checksums", "--auth-local", "trust", "--auth-host", "reject")
	command.Dir = c.dir
	command.Env = serverEnvironment()
	command.SysProcAttr = c.account.attributes(syscall.SIGKILL)
	var output bytes.Buffer
	command.Stderr = &output
	if err := command.Run(); ctx.Err() != nil {
		return fmt.Errorf("couldn't make the database: %w", ctx.Err())
	} else if err != nil {
		return fmt.Errorf("couldn't make the database: initdb: %w: %s", err, strings.TrimSpace(output.String()))
	}
	return nil
}

// serverEnvironment keeps the variables of whoever starts Songtor, such as
// PGDATA or a language, out of the server.
func serverEnvironment() []string {
	return []string{"PATH=/usr/local/bin:/usr/bin:/bin", "LC_ALL=C", "TZ=UTC"}
}
