package embedded

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// MinPostgres is the oldest major version of PostgreSQL that Songtor works
// with. Earlier ones lack security_invoker views.
const MinPostgres = 15

// ErrNoPostgres says that no PostgreSQL that Songtor can run is installed. The
// text of an error that wraps it says what to install.
var ErrNoPostgres = errors.New("no usable PostgreSQL found")

const installHelp = `install PostgreSQL 15 or newer:
  Debian, Ubuntu:  apt-get install postgresql
  Fedora, RHEL:    dnf install postgresql-server
  macOS:           brew install postgresql@17
or name a running server with --database URL`

// binaries is a folder with postgres and initdb of one major version.
type binaries struct {
	dir   string
	major int
}

func (b binaries) path(name string) string { return filepath.Join(b.dir, name) }

// PostgresVersion is the major version of the server that StartPostgres would
// make a new cluster with. The error is ErrNoPostgres when there is none.
func PostgresVersion(ctx context.Context) (int, error) {
	found, err := findBinaries(ctx, nil, 0)
	return found.major, err
}

// findBinaries looks for a server of the major version want, or of any version
// from MinPostgres when want is 0. It takes the first match in dirs, or, when
// dirs is nil, in the usual places.
func findBinaries(ctx context.Context, dirs []string, want int) (binaries, error) {
	if dirs == nil {
		dirs = usualDirs(ctx)
	}
	var seen []string
	for _, dir := range dirs {
		found, err := inspect(ctx, dir)
		if ctx.Err() != nil {
			return binaries{}, fmt.Errorf("couldn't look for PostgreSQL: %w", ctx.Err())
		}
		if err != nil {
			continue
		}
		if found.major >= MinPostgres && (want == 0 || found.major == want) {
			return found, nil
		}
		seen = append(seen, fmt.Sprintf("%d in %s", found.major, found.dir))
	}
	return binaries{}, notFound(want, seen)
}

func notFound(want int, seen []string) error {
	passed := ""
	if len(seen) > 0 {
		passed = " (passed over: PostgreSQL " + strings.Join(seen, ", ") + ")"
	}
	if want != 0 {
		return fmt.Errorf("%w%s: the data folder was made by PostgreSQL %d; install that version, or dump and restore the database",
			ErrNoPostgres, passed, want)
	}
	return fmt.Errorf("%w%s; %s", ErrNoPostgres, passed, installHelp)
}

// inspect tells the version of the server in dir. A folder counts only if it
// has both programs and postgres answers: Debian's /usr/bin has wrappers of the
// clients only, and stray copies of initdb are common.
func inspect(ctx context.Context, dir string) (binaries, error) {
	for _, name := range []string{"initdb", "postgres"} {
		if _, err := exec.LookPath(filepath.Join(dir, name)); err != nil {
			return binaries{}, err
		}
	}
	out, err := exec.CommandContext(ctx, filepath.Join(dir, "postgres"), "--version").Output()
	if err != nil {
		return binaries{}, err
	}
	major, err := parseMajor(string(out))
	return binaries{dir: dir, major: major}, err
}

var versionPattern = regexp.MustCompile(`\(PostgreSQL\) (\d+)`)

// parseMajor reads "postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)".
func parseMajor(version string) (int, error) {
	match := versionPattern.FindStringSubmatch(version)
	if match == nil {
		return 0, errors.New("postgres --version gave no version")
	}
	return strconv.Atoi(match[1])
}

// usualDirs lists the folders that may hold a server, the ones the user chose
// first: PATH, then pg_config, then the packages of Debian and of Homebrew.
func usualDirs(ctx context.Context) []string {
	dirs := pathDirs(os.Getenv("PATH"))
	if out, err := exec.CommandContext(ctx, "pg_config", "--bindir").Output(); err == nil {
		dirs = append(dirs, strings.TrimSpace(string(out)))
	}
	for _, pattern := range []string{
		"/usr/lib/postgresql/*/bin",
		"/usr/pgsql-*/bin",
		"/opt/homebrew/opt/postgresql@*/bin",
		"/usr/local/opt/postgresql@*/bin",
	} {
		dirs = append(dirs, newestFirst(pattern)...)
	}
	return dirs
}

// pathDirs gives the real folders behind each postgres in PATH: a symbolic link
// to the program is no proof that initdb lies beside the link.
func pathDirs(path string) []string {
	var dirs []string
	for _, dir := range filepath.SplitList(path) {
		real, err := filepath.EvalSymlinks(filepath.Join(dir, "postgres"))
		if err == nil && filepath.IsAbs(real) {
			dirs = append(dirs, filepath.Dir(real))
		}
	}
	return dirs
}

var numberPattern = regexp.MustCompile(`\d+`)

func newestFirst(pattern string) []string {
	dirs, err := filepath.Glob(pattern)
	if err != nil {
		return nil
	}
	sortNewestFirst(dirs)
	return dirs
}

// sortNewestFirst orders folders by the first number in their path.
func sortNewestFirst(dirs []string) {
	version := func(dir string) int {
		number, _ := strconv.Atoi(numberPattern.FindString(dir))
		return number
	}
	slices.SortStableFunc(dirs, func(a, b string) int { return cmp.Compare(version(b), version(a)) })
}
