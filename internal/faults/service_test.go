//go:build linux

package faults

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"songtor/internal/database"
	"songtor/internal/embedded"
	"songtor/internal/testenv"
)

// postgres is a PostgreSQL outside the service, with fsync as in service.
type postgres struct {
	dir    string
	server *embedded.Postgres
	url    string // of the service's login
	query  string // of the login that reads
}

func newPostgres(t *testing.T) *postgres {
	t.Helper()
	p := &postgres{dir: filepath.Join(folder(t, ""), "postgres")}
	must(t, p.run(t.Context()))
	t.Cleanup(func() { _ = p.server.Stop(context.Background()) })
	must(t, database.PrepareServer(t.Context(), p.server.AdminURL("postgres")))
	for name, prepare := range map[string]func(context.Context, string) error{"main": database.PrepareMain, "main_keys": database.PrepareKeys} {
		must(t, p.server.CreateDatabase(t.Context(), name))
		must(t, prepare(t.Context(), p.server.AdminURL(name)))
	}
	p.addLogin(t)
	return p
}

// addLogin makes the one login that the service is given: a member of the roles, and no superuser.
func (p *postgres) addLogin(t *testing.T) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), p.server.AdminURL("main"))
	must(t, err)
	defer conn.Close(t.Context())
	_, err = conn.Exec(t.Context(), `create role service login; grant songtor_owner, songtor_migrate, songtor_projector, songtor_query, songtor_audit,
		songtor_identity, songtor_store, songtor_statistics, songtor_archive, songtor_keys to service`)
	must(t, err)
	p.url, p.query = p.server.URL("service", "main"), p.server.URL(string(database.Query), "main")
}

// run starts the server on its data, after a kill too.
func (p *postgres) run(ctx context.Context) (err error) {
	p.server, err = embedded.StartPostgres(ctx, embedded.PostgresConfig{Dir: p.dir, Log: slog.New(slog.DiscardHandler)})
	return err
}

// kill kills the first of its processes; the others end when they see it gone.
func (p *postgres) kill() {
	_ = syscall.Kill(p.server.PID(), syscall.SIGKILL)
	<-p.server.Done()
	_ = p.server.Stop(context.Background()) // gives the lock of the folder back
}

// service is songtor serve in a process of its own.
type service struct {
	binary  string
	dir     string
	port    int
	flags   []string
	wrap    func(*exec.Cmd) *exec.Cmd // runs the command elsewhere; nil for here
	process *process

	env     []string                    // what its environment has more than that of the tests
	passkey map[string]*testenv.Passkey // by username

	officer, manager string // tokens
}

const password = "correct horse battery"

// newService makes a folder and a key. The flags say where the stores are; without any the service keeps its own.
func newService(t *testing.T, flags ...string) *service {
	t.Helper()
	s := &service{binary: program.songtor(t, "songtor"), dir: folder(t, ""), port: freePort(t), passkey: map[string]*testenv.Passkey{}}
	s.flags = append([]string{"--data", s.data(), "--kek", filepath.Join(s.dir, "kek.json")}, flags...)
	s.tool(t, "", "keys", "create", filepath.Join(s.dir, "kek.json"))
	t.Cleanup(func() {
		if s.process != nil {
			s.process.kill()
		}
	})
	return s
}

func (s *service) data() string { return filepath.Join(s.dir, "data") }
func (s *service) url() string  { return fmt.Sprintf("http://127.0.0.1:%d", s.port) }

// outside are the flags of a service with stores outside.
func outside(url, system string, replicas int, p *postgres) []string {
	return []string{"--nats", url, "--nats-system", system, "--replicas", fmt.Sprint(replicas), "--database", p.url, "--query-database", p.query}
}

// tool runs a command of the program to its end.
func (s *service) tool(t *testing.T, stdin string, arguments ...string) {
	t.Helper()
	command := exec.CommandContext(t.Context(), s.binary, arguments...)
	command.Stdin = strings.NewReader(stdin)
	out, err := command.CombinedOutput()
	if err != nil {
		t.Fatalf("songtor %s: %v\n%s", strings.Join(arguments, " "), err, out)
	}
}

// run starts the service and does not wait for it.
func (s *service) run() error {
	arguments := slices.Concat([]string{"serve"}, s.flags, []string{
		"--listen", fmt.Sprintf("127.0.0.1:%d", s.port), "--no-rate-limits", "--open-limit", "1000000", "--open-alert", "1000000",
	})
	command := exec.Command(s.binary, arguments...)
	if len(s.env) > 0 {
		command.Env = append(os.Environ(), s.env...)
	}
	if s.wrap != nil {
		command = s.wrap(command)
	}
	p, err := launch(command)
	s.process = p
	return err
}

// begin starts the service and signs two people in.
func (s *service) begin(t *testing.T) {
	t.Helper()
	must(t, s.run())
	s.ready(t)
	for _, account := range [][3]string{{"officer", "responder", "rtp-atpd"}, {"manager", "casemanager", "datip"}} {
		s.tool(t, password+"\n", slices.Concat([]string{"user", "add", account[0], "--role", account[1], "--agency", account[2]}, s.flags)...)
	}
	s.officer, s.manager = s.signIn(t, "officer"), s.signIn(t, "manager")
}

func (s *service) ready(t *testing.T) {
	t.Helper()
	within(t, time.Minute, "the start of the service", func() bool {
		if !s.process.alive() {
			t.Fatalf("%v:\n%s", errGone, s.process.output)
		}
		status, _, _, err := call(t.Context(), s.url(), "", http.MethodGet, "/readyz", nil)
		return err == nil && status == http.StatusOK
	})
}

// client gives up on an answer in the time that a phone would.
var client = &http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: 64}}

// call asks a service once. Headers are names and values in turn.
func call(ctx context.Context, url, token, method, path string, body []byte, headers ...string) (int, http.Header, []byte, error) {
	req, err := http.NewRequestWithContext(ctx, method, url+path, bytes.NewReader(body))
	if err != nil {
		return 0, nil, nil, err
	}
	req.Header.Set("Content-Type", "application/json")
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	resp, err := client.Do(req)
	if err != nil {
		return 0, nil, nil, err
	}
	defer resp.Body.Close()
	answered, err := io.ReadAll(resp.Body)
	return resp.StatusCode, resp.Header, answered, err
}

// mustCall asks and wants a good answer, decoded into v where v is not nil.
func (s *service) mustCall(t *testing.T, token, method, path string, body []byte, v any, headers ...string) {
	t.Helper()
	status, _, answered, err := call(t.Context(), s.url(), token, method, path, body, headers...)
	must(t, err)
	if status/100 != 2 {
		t.Fatalf("%s %s: status %d: %s", method, path, status, answered)
	}
	if v != nil {
		must(t, json.Unmarshal(answered, v))
	}
}

// signIn gives an account a passkey, as its person does after the first sign-in, and begins a session by it.
func (s *service) signIn(t *testing.T, username string) string {
	t.Helper()
	var session struct{ Token string }
	s.mustCall(t, "", http.MethodPost, "/api/v1/session", fmt.Appendf(nil, `{"username":%q,"password":%q}`, username, password), &session)
	passkey := testenv.NewPasskey(fmt.Sprintf("http://localhost:%d", s.port), false)
	s.ceremony(t, session.Token, "/api/v1/factors/passkeys", "security-key", func(options []byte) []byte { return passkey.Register(t, options) }, nil)
	s.passkey[username] = passkey
	return s.begins(t, username)
}

// begins begins a session by the passkey of an account.
func (s *service) begins(t *testing.T, username string) string {
	t.Helper()
	var session struct{ Token string }
	s.ceremony(t, "", "/api/v1/session/passkey", "", func(options []byte) []byte { return s.passkey[username].SignIn(t, options) }, &session)
	return session.Token
}

// ceremony asks for a challenge and sends what an authenticator makes of it.
func (s *service) ceremony(t *testing.T, token, path, label string, authenticate func([]byte) []byte, v any) {
	t.Helper()
	var c struct {
		Ceremony string
		Options  json.RawMessage
	}
	s.mustCall(t, token, http.MethodPost, path, nil, &c)
	fields := map[string]any{"ceremony": c.Ceremony, "credential": json.RawMessage(authenticate(c.Options))}
	if label != "" {
		fields["label"] = label
	}
	body, err := json.Marshal(fields)
	must(t, err)
	s.mustCall(t, token, http.MethodPost, path+"/finish", body, v)
}

// createStreams prepares the log on an outside server, as an operator does.
func (s *service) createStreams(t *testing.T, url string, replicas int) {
	t.Helper()
	s.tool(t, "", "stream", "create", "--nats", url, "--replicas", fmt.Sprint(replicas))
}

// logs is the end of what the service wrote.
func (s *service) logs() string {
	if s.process == nil {
		return ""
	}
	lines := slices.Collect(strings.Lines(s.process.output.String()))
	return strings.Join(lines[max(0, len(lines)-30):], "")
}
