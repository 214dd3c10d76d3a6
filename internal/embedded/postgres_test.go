package embedded

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

func TestPostgresKeepsDataOverRestart(t *testing.T) {
	t.Parallel()
	config := PostgresConfig{Dir: filepath.Join(dataFolder(t), "a name+with blanks"), Log: quiet()}
	first := start(t, config)
	run(t, first, "create table kept as select 7 as n")
	stop(t, first)
	if err, open := <-first.Done(); open {
		t.Errorf("a stop that was asked for was reported as %v", err)
	}
	second := start(t, config)
	if got := read(t, second, "select n::text from kept"); got != "7" {
		t.Errorf("read %s after the restart, want 7", got)
	}
	stop(t, second)
	stop(t, second)
}

func TestPostgresSettings(t *testing.T) {
	t.Parallel()
	server := start(t, PostgresConfig{
		Dir: filepath.Join(dataFolder(t), "postgres"), Log: quiet(),
		Tune: map[string]string{"max_connections": "37"},
	})
	for name, want := range map[string]string{
		"listen_addresses":                  "",
		"fsync":                             "on",
		"synchronous_commit":                "on",
		"full_page_writes":                  "on",
		"data_checksums":                    "on",
		"server_encoding":                   "UTF8",
		"log_statement":                     "none",
		"log_parameter_max_length":          "0",
		"log_parameter_max_length_on_error": "0",
		"log_min_messages":                  "log",
		"max_connections":                   "37",
	} {
		if got := read(t, server, "show "+name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	info, err := os.Stat(server.cluster.socketDir)
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode().Perm() != 0o700 {
		t.Errorf("the socket's folder has mode %v, want 0700", info.Mode().Perm())
	}
}

func TestPostgresRefusesUnsafeTuning(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"listen_addresses", "log_statement", "log_min_messages", "unix_socket_directories"} {
		config := PostgresConfig{Dir: filepath.Join(t.TempDir(), "postgres"), Tune: map[string]string{name: "x"}}
		if server, err := StartPostgres(t.Context(), config); err == nil {
			stop(t, server)
			t.Errorf("setting %s was accepted", name)
		}
	}
}

func TestServerIsOutOfReachOfTheTerminal(t *testing.T) {
	t.Parallel()
	server := start(t, PostgresConfig{Dir: filepath.Join(dataFolder(t), "postgres"), Log: quiet()})
	group, err := syscall.Getpgid(server.PID())
	if err != nil {
		t.Fatal(err)
	}
	if group == syscall.Getpgrp() {
		t.Error("the server is in our process group, so Ctrl-C ends it before us")
	}
}

func TestCreateDatabaseTwice(t *testing.T) {
	t.Parallel()
	server := start(t, PostgresConfig{Dir: filepath.Join(dataFolder(t), "postgres"), Log: quiet()})
	for range 2 {
		if err := server.CreateDatabase(t.Context(), `odd "name`); err != nil {
			t.Fatal(err)
		}
	}
	conn, err := pgx.Connect(t.Context(), server.AdminURL(`odd "name`))
	if err != nil {
		t.Fatalf("couldn't connect to the new database: %v", err)
	}
	conn.Close(t.Context())
}

func TestPostgresRefusesASecondServerOnOneFolder(t *testing.T) {
	t.Parallel()
	config := PostgresConfig{Dir: filepath.Join(dataFolder(t), "postgres"), Log: quiet()}
	first := start(t, config)
	if _, err := StartPostgres(t.Context(), config); !errors.Is(err, ErrDataInUse) {
		t.Errorf("second start: %v, want ErrDataInUse", err)
	}
	if err := InitPostgres(t.Context(), config); !errors.Is(err, ErrDataInUse) {
		t.Errorf("init of a served cluster: %v, want ErrDataInUse", err)
	}
	run(t, first, "select 1")
}

func TestStartWithoutBinaries(t *testing.T) {
	t.Parallel()
	config := PostgresConfig{Dir: filepath.Join(dataFolder(t), "postgres"), BinDirs: []string{}}
	if _, err := StartPostgres(t.Context(), config); !errors.Is(err, ErrNoPostgres) {
		t.Errorf("error %v, want ErrNoPostgres", err)
	}
}

func TestStartWhereTheServersUserCannotGo(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 {
		t.Skip("only root runs the server as another user")
	}
	closed := filepath.Join(dataFolder(t), "closed")
	if err := os.Mkdir(closed, 0o700); err != nil {
		t.Fatal(err)
	}
	_, err := StartPostgres(t.Context(), PostgresConfig{Dir: filepath.Join(closed, "deep", "postgres")})
	if !errors.Is(err, ErrUnreachable) {
		t.Fatalf("error %v, want ErrUnreachable", err)
	}
	for _, part := range []string{"through " + closed + ";", "--data /var/lib/songtor"} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("the error %q does not say %q", err, part)
		}
	}
}

func TestStartClearsAHalfMadeCluster(t *testing.T) {
	t.Parallel()
	config := PostgresConfig{Dir: filepath.Join(dataFolder(t), "postgres"), Log: quiet()}
	half := filepath.Join(config.Dir, "data.new", "base")
	if err := os.MkdirAll(half, 0o755); err != nil {
		t.Fatal(err)
	}
	run(t, start(t, config), "select 1")
	if _, err := os.Stat(filepath.Dir(half)); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the half-made cluster is still there (%v)", err)
	}
}

func TestStartUnderAPathTooLongForASocket(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(dataFolder(t), strings.Repeat("long", 20), "postgres")
	server := start(t, PostgresConfig{Dir: dir, Log: quiet()})
	t.Cleanup(func() { os.RemoveAll(server.cluster.socketDir) })
	if strings.HasPrefix(server.cluster.socketDir, dir) {
		t.Errorf("the socket is at %s", server.cluster.socketDir)
	}
	run(t, server, "select 1")
}

func TestStartEndsWithItsContext(t *testing.T) {
	t.Parallel()
	config := PostgresConfig{Dir: filepath.Join(dataFolder(t), "postgres"), Log: quiet()}
	for limit := time.Duration(0); limit < 600*time.Millisecond; limit = max(time.Millisecond, limit*3/2) { // at every step of a start
		ctx, cancel := context.WithTimeout(t.Context(), limit)
		server, err := StartPostgres(ctx, config)
		cancel()
		if err == nil {
			stop(t, server)
		} else if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("error after %v: %v, want context.DeadlineExceeded", limit, err)
		}
	}
	run(t, start(t, config), "select 1")
}

func TestFailedStartSaysWhy(t *testing.T) {
	t.Parallel()
	config := PostgresConfig{
		Dir: filepath.Join(dataFolder(t), "postgres"), Log: quiet(),
		Tune: map[string]string{"shared_buffers": "plenty"},
	}
	if _, err := StartPostgres(t.Context(), config); err == nil || !strings.Contains(err.Error(), "shared_buffers") {
		t.Errorf("error %v, want one that names the setting", err)
	}
}

func TestDoneReportsADeadServer(t *testing.T) {
	t.Parallel()
	config := PostgresConfig{Dir: filepath.Join(dataFolder(t), "postgres"), Log: quiet()}
	server := start(t, config)
	run(t, server, "create table kept as select 7 as n")
	if err := syscall.Kill(server.PID(), syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	if err := <-server.Done(); err == nil {
		t.Error("Done gave no error")
	}
	stop(t, server)
	if got := read(t, start(t, config), "select n::text from kept"); got != "7" {
		t.Errorf("read %s after the crash, want 7", got)
	}
}

func TestKilledServiceLeavesNoServer(t *testing.T) {
	t.Parallel()
	dir := dataFolder(t)
	service := startService(t, dir)
	data := filepath.Join(dir, "postgres", "data")
	if !serves(service.server, data) {
		t.Fatal("the server of the living service was not recognised")
	}
	if _, err := LockData(dir); !errors.Is(err, ErrDataInUse) ||
		!strings.Contains(err.Error(), strconv.Itoa(service.process.Pid)) {
		t.Errorf("lock of a living service's folder: %v, want ErrDataInUse with pid %d", err, service.process.Pid)
	}
	service.kill(t)
	if hasSignalOnDeath {
		eventually(t, "the server to end with its service", func() bool { return !serves(service.server, data) })
	}
	lock, err := LockData(dir)
	if err != nil {
		t.Fatalf("the lock outlived its process: %v", err)
	}
	defer lock.Close()
	run(t, start(t, PostgresConfig{Dir: filepath.Join(dir, "postgres"), Log: quiet()}), "select 1")
}

func TestStartRightAfterTheKill(t *testing.T) {
	t.Parallel()
	dir := dataFolder(t)
	startService(t, dir).kill(t)
	run(t, start(t, PostgresConfig{Dir: filepath.Join(dir, "postgres"), Log: quiet()}), "select 1")
}

func TestStartEndsALeftoverServer(t *testing.T) {
	t.Parallel()
	config := PostgresConfig{Dir: filepath.Join(dataFolder(t), "postgres"), Log: quiet()}
	leftover := start(t, config)
	if err := leftover.lock.Close(); err != nil { // as the death of the service does
		t.Fatal(err)
	}
	next := start(t, config)
	if err := <-leftover.Done(); err == nil {
		t.Error("the leftover server was not stopped")
	}
	run(t, next, "select 1")
}

// In a container the pid of a killed server soon belongs to somebody else.
func TestStartIgnoresAReusedPID(t *testing.T) {
	t.Parallel()
	config := PostgresConfig{Dir: filepath.Join(dataFolder(t), "postgres"), Log: quiet()}
	killed := start(t, config)
	if err := syscall.Kill(killed.PID(), syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	<-killed.Done()
	stop(t, killed)
	other := strangerOf(t, killed.cluster.account)
	replacePID(t, filepath.Join(killed.cluster.data(), "postmaster.pid"), other)
	replacePID(t, filepath.Join(killed.cluster.socketDir, ".s.PGSQL."+port+".lock"), other)
	run(t, start(t, config), "select 1")
	if !alive(other) {
		t.Error("the start ended a process that is none of its own")
	}
}

// strangerOf starts a process of the server's user that is no server.
func strangerOf(t *testing.T, account account) int {
	t.Helper()
	command := exec.Command("sleep", "600")
	command.Dir = "/"
	command.SysProcAttr = account.attributes(syscall.SIGKILL)
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { command.Process.Kill(); command.Wait() })
	return command.Process.Pid
}

func replacePID(t *testing.T, path string, pid int) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := bytes.Cut(text, []byte("\n"))
	if err := os.WriteFile(path, append([]byte(strconv.Itoa(pid)+"\n"), rest...), 0o600); err != nil {
		t.Fatal(err)
	}
}

const planted = "Planted-Name-4711"

// misuse makes the server complain about the planted value in every way known.
func misuse(t *testing.T, server *Postgres) {
	t.Helper()
	run(t, server, "create table people (name text primary key, age int check (age < 200))")
	run(t, server, "insert into people values ($1, 1)", planted)
	for _, statement := range []string{
		"insert into people values ($1, 2)",
		"insert into people values ($1 || 'x', 300)",
		"select ($1::text)::int",
		"select ('" + planted + "')::int, $1::text",
		`do $$ begin raise warning '` + planted + `'; end $$`,
		"select '" + planted + "', pg_terminate_backend(pg_backend_pid()), $1::text",
	} {
		tryRun(t, server, statement, planted)
	}
	crashBackend(t, server)
}

// crashBackend kills a backend at work, after which PostgreSQL writes down what
// it was working on.
func crashBackend(t *testing.T, server *Postgres) {
	t.Helper()
	conn := connect(t, server)
	pid := int(conn.PgConn().PID())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		conn.Exec(t.Context(), "select pg_sleep(600), '"+planted+"'")
	}()
	eventually(t, "the backend to be at work", func() bool {
		return read(t, server, "select count(*)::text from pg_stat_activity where state = 'active' and query like '%pg_sleep(600)%' and pid = "+strconv.Itoa(pid)) == "1"
	})
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	<-ended
	eventually(t, "the server to recover", func() bool { return answers(t.Context(), server.AdminURL("postgres")) })
}

func TestLogHoldsNoValues(t *testing.T) {
	t.Parallel()
	log := &logBuffer{}
	server := start(t, PostgresConfig{Dir: filepath.Join(dataFolder(t), "postgres"), Log: log.logger()})
	misuse(t, server)
	stop(t, server)
	if text := log.String(); strings.Contains(text, planted) {
		t.Errorf("the log holds a value:\n%s", text)
	}
	if !strings.Contains(log.String(), "terminated by signal 9") {
		t.Error("the log does not tell of the crash, so it proves nothing")
	}
}

// The control: with statements logged, the same search finds the value.
func TestLogWithStatementsHoldsValues(t *testing.T) {
	t.Parallel()
	log := &logBuffer{}
	settings, err := serverSettings(nil)
	if err != nil {
		t.Fatal(err)
	}
	config := PostgresConfig{Dir: filepath.Join(dataFolder(t), "postgres"), Log: log.logger()}
	server, err := startPostgres(t.Context(), config, append(settings, "-c", "log_statement=all"))
	if err != nil {
		t.Fatal(err)
	}
	misuse(t, server)
	stop(t, server)
	if !strings.Contains(log.String(), planted) {
		t.Error("the search does not find a logged value")
	}
}

// A logBuffer collects log lines of every level.
type logBuffer struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (b *logBuffer) Write(data []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(data)
}

func (b *logBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}

func (b *logBuffer) logger() *slog.Logger {
	return slog.New(slog.NewTextHandler(b, &slog.HandlerOptions{Level: slog.LevelDebug}))
}

func start(t *testing.T, config PostgresConfig) *Postgres {
	t.Helper()
	before := time.Now()
	server, err := StartPostgres(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("started in %v", time.Since(before).Round(time.Millisecond))
	t.Cleanup(func() { server.Stop(context.WithoutCancel(t.Context())) })
	return server
}

func stop(t *testing.T, server *Postgres) {
	t.Helper()
	if err := server.Stop(t.Context()); err != nil {
		t.Errorf("couldn't stop the server: %v", err)
	}
}

func connect(t *testing.T, server *Postgres) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), server.AdminURL("postgres"))
	if err != nil {
		t.Fatal(err)
	}
	return conn
}

func run(t *testing.T, server *Postgres, statement string, arguments ...any) {
	t.Helper()
	conn := connect(t, server)
	defer conn.Close(t.Context())
	if _, err := conn.Exec(t.Context(), statement, arguments...); err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
}

// tryRun runs a statement that is meant to fail or to complain.
func tryRun(t *testing.T, server *Postgres, statement string, arguments ...any) {
	t.Helper()
	conn := connect(t, server)
	defer conn.Close(t.Context())
	conn.Exec(t.Context(), statement, arguments...)
}

func read(t *testing.T, server *Postgres, query string) string {
	t.Helper()
	conn := connect(t, server)
	defer conn.Close(t.Context())
	var value string
	if err := conn.QueryRow(t.Context(), query).Scan(&value); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return value
}
