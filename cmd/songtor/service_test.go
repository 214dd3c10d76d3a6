package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"songtor/internal/synthetic"
	"songtor/internal/testenv"
)

// asProgram makes the test binary be songtor itself, so that tests can run it, kill it and start it again as an operator would.
const asProgram = "SONGTOR_TEST_AS_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" || len(os.Args) > 1 && os.Args[1] == pictureCommand { // which runs without an environment
		if os.Getenv(unguarded) != "" {
			guardNothing()
		}
		main()
		return
	}
	os.Exit(m.Run())
}

const testPassword = "correct horse battery"

// installation is a service with accounts and a key of its own, in a folder of its own.
type installation struct {
	dir, data, kek string
	keys           []string // the flags that say where the keys are
	url            string
	environment    []string // beside that of the test
	process        *exec.Cmd
	output         *output
	passkeys       map[string]*testenv.Passkey // by username
}

// output is what a process has written so far.
type output struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

// install makes a key, starts the service and adds the accounts that the tests sign in with.
func install(t *testing.T) *installation {
	t.Helper()
	in := newInstallation(t)
	in.begin(t)
	return in
}

// newInstallation makes a folder and a key.
func newInstallation(t testing.TB) *installation {
	t.Helper()
	dir, err := os.MkdirTemp("", "songtor-test-")
	must(t, err)
	must(t, os.Chmod(dir, 0o711)) // the private PostgreSQL may run as another user
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	in := &installation{dir: dir, data: filepath.Join(dir, "data"), kek: filepath.Join(dir, "kek.json")}
	in.keys = []string{"--kek", in.kek}
	in.songtor(t, "", "keys", "create", in.kek)
	return in
}

// begin starts the service and adds the accounts.
func (in *installation) begin(t testing.TB) {
	t.Helper()
	in.start(t)
	for _, account := range [][3]string{{"officer", "responder", "rtp-atpd"}, {"manager", "casemanager", "datip"}} {
		in.songtor(t, testPassword+"\n", append([]string{"user", "add", account[0], "--role", account[1], "--agency", account[2], "--data", in.data}, in.keys...)...)
	}
}

// songtor runs a command to its end and returns what it printed.
func (in *installation) songtor(t testing.TB, stdin string, args ...string) string {
	t.Helper()
	out, err := in.try(stdin, args...)
	if err != nil {
		t.Fatalf("songtor %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return out
}

func (in *installation) try(stdin string, args ...string) (string, error) {
	cmd := exec.Command(os.Args[0], args...)
	cmd.Env = append(os.Environ(), asProgram+"=1")
	cmd.Stdin = strings.NewReader(stdin)
	out, err := cmd.CombinedOutput()
	return string(out), err
}

func (in *installation) start(t testing.TB) {
	t.Helper()
	if in.url == "" {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		must(t, err)
		in.url = "http://" + l.Addr().String()
		must(t, l.Close())
	}
	in.output = new(output)
	in.process = exec.Command(os.Args[0], append([]string{
		"serve", "--data", in.data, "--listen", strings.TrimPrefix(in.url, "http://"), "--no-rate-limits",
	}, in.keys...)...)
	in.process.Env = append(append(os.Environ(), asProgram+"=1"), in.environment...)
	in.process.Stdout, in.process.Stderr = in.output, in.output
	must(t, in.process.Start())
	t.Cleanup(func() { in.end(syscall.SIGKILL) })
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	if err := waitReady(ctx, in.url); err != nil {
		in.end(syscall.SIGKILL)
		t.Fatalf("%v\n%s", err, in.output)
	}
}

// end sends a signal and waits for the process. It returns what the process ended with.
func (in *installation) end(signal syscall.Signal) error {
	if in.process == nil {
		return nil
	}
	_ = in.process.Process.Signal(signal)
	err := in.process.Wait()
	in.process = nil
	return err
}

// answer is what a call to the API came to.
type answer struct {
	status int
	header http.Header
	body   []byte
}

func (a answer) field(t testing.TB, name string) any {
	t.Helper()
	var fields map[string]any
	if err := json.Unmarshal(a.body, &fields); err != nil {
		t.Fatalf("status %d: not a JSON object: %s", a.status, a.body)
	}
	return fields[name]
}

func (in *installation) call(t testing.TB, token, method, path string, body []byte, headers ...string) answer {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, in.url+path, bytes.NewReader(body))
	must(t, err)
	req.Header.Set("Content-Type", "application/json")
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	resp, err := http.DefaultClient.Do(req)
	must(t, err)
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	must(t, err)
	return answer{resp.StatusCode, resp.Header, b}
}

// signIn begins a session of the highest level, with a passkey that is enrolled at the account's first sign-in.
func (in *installation) signIn(t testing.TB, username string) string {
	t.Helper()
	if in.passkeys[username] == nil {
		in.enrol(t, username)
	}
	return in.byPasskey(t, username)
}

// byPasskey signs in by the passkey that an account has.
func (in *installation) byPasskey(t testing.TB, username string) string {
	t.Helper()
	options := in.challenge(t, "", "/api/v1/session/passkey")
	a := in.finish(t, "", "/api/v1/session/passkey/finish", options, in.passkeys[username].SignIn(t, options.Options), "")
	mustStatus(t, a, http.StatusCreated)
	if level := a.field(t, "assurance"); level != "device_bound" {
		t.Fatalf("%s signed in as %v", username, level)
	}
	return tokenOf(t, a)
}

// enrol gives an account its first passkey, as its person does after the first sign-in with the password.
func (in *installation) enrol(t testing.TB, username string) {
	t.Helper()
	a := in.call(t, "", http.MethodPost, "/api/v1/session", fmt.Appendf(nil, `{"username":%q,"password":%q}`, username, testPassword))
	mustStatus(t, a, http.StatusCreated)
	token := tokenOf(t, a)
	mustStatus(t, in.call(t, token, http.MethodGet, "/api/v1/stages", nil), http.StatusForbidden) // a password alone opens nothing
	if in.passkeys == nil {
		in.passkeys = map[string]*testenv.Passkey{}
	}
	in.passkeys[username] = testenv.NewPasskey(in.origin(), false)
	options := in.challenge(t, token, "/api/v1/factors/passkeys")
	made := in.passkeys[username].Register(t, options.Options)
	mustStatus(t, in.finish(t, token, "/api/v1/factors/passkeys/finish", options, made, "security-key"), http.StatusCreated)
}

// challenge is what the service gives a browser for its authenticator.
type challenge struct {
	Ceremony string
	Options  json.RawMessage
}

func (in *installation) challenge(t testing.TB, token, path string) challenge {
	t.Helper()
	a := in.call(t, token, http.MethodPost, path, nil)
	mustStatus(t, a, http.StatusCreated)
	var c challenge
	must(t, json.Unmarshal(a.body, &c))
	return c
}

func (in *installation) finish(t testing.TB, token, path string, c challenge, credential []byte, label string) answer {
	t.Helper()
	fields := map[string]any{"ceremony": c.Ceremony, "credential": json.RawMessage(credential)}
	if label != "" {
		fields["label"] = label
	}
	body, err := json.Marshal(fields)
	must(t, err)
	return in.call(t, token, http.MethodPost, path, body)
}

func tokenOf(t testing.TB, a answer) string {
	t.Helper()
	token, ok := a.field(t, "token").(string)
	if !ok {
		t.Fatal("no token")
	}
	return token
}

// origin is the address for which the passkeys are.
func (in *installation) origin() string { return strings.Replace(in.url, "127.0.0.1", "localhost", 1) }

func mustStatus(t testing.TB, a answer, want int) {
	t.Helper()
	if a.status != want {
		t.Fatalf("status %d, want %d: %s", a.status, want, a.body)
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// screening returns an id and a body that nobody has sent before.
func screeningFor(t testing.TB, seed uint64) (id string, body []byte) {
	t.Helper()
	for ; ; seed += 1000 {
		form := synthetic.Forms(seed, 1, time.Now().UTC())[0]
		if _, refused := form.Answers["b_refusal_screening"]; refused {
			continue
		}
		body, err := form.Body()
		must(t, err)
		return form.ID, body
	}
}

func TestAScreeningFromFieldToStageViewAndThroughAKill(t *testing.T) {
	t.Parallel()
	in := install(t)
	officer := in.signIn(t, "officer")
	id, body := screeningFor(t, 1)
	path := "/api/v1/screenings/" + id

	first := in.call(t, officer, http.MethodPut, path, body)
	mustStatus(t, first, http.StatusCreated)
	again := in.call(t, officer, http.MethodPut, path, body)
	mustStatus(t, again, http.StatusOK)
	if !bytes.Equal(first.body, again.body) {
		t.Fatalf("another receipt for the same form: %s, then %s", first.body, again.body)
	}
	changed := bytes.Replace(body, []byte(`"TH-`), []byte(` "TH-`), 1)
	mustStatus(t, in.call(t, officer, http.MethodPut, path, changed), http.StatusOK) // white space is no other content
	_, other := screeningFor(t, 2)
	mustStatus(t, in.call(t, officer, http.MethodPut, path, other), http.StatusConflict)
	mustStatus(t, in.call(t, officer, http.MethodPut, "/api/v1/screenings/00000000-0000-4000-8000-000000000001", []byte(`{"form":"screening","version":1}`)), http.StatusUnprocessableEntity)
	in.mustList(t, officer, first)

	_ = in.end(syscall.SIGKILL)
	in.start(t)
	in.mustList(t, officer, first) // the session is kept too
	after := in.call(t, officer, http.MethodPut, path, body)
	mustStatus(t, after, http.StatusOK)
	if !bytes.Equal(first.body, after.body) {
		t.Fatalf("another receipt after the kill: %s", after.body)
	}
}

// mustList finds a receipt's case in the screening view, at the receipt's position.
func (in *installation) mustList(t *testing.T, token string, receipt answer) {
	t.Helper()
	position := fmt.Sprintf("%.0f", receipt.field(t, "position"))
	list := in.call(t, token, http.MethodGet, "/api/v1/stages/screening/cases?limit=200", nil, "Songtor-Position", position)
	mustStatus(t, list, http.StatusOK)
	reference, _ := receipt.field(t, "case_reference").(string)
	if reference == "" || !bytes.Contains(list.body, []byte(reference)) {
		t.Fatalf("%s is not in the screening view: %s", reference, list.body)
	}
}

func TestAStopIsClean(t *testing.T) {
	t.Parallel()
	in := install(t)
	if err := in.end(syscall.SIGTERM); err != nil {
		t.Fatalf("ended with %v\n%s", err, in.output)
	}
	in.start(t)
	in.signIn(t, "officer")
}

func TestTwoServicesOnOneFolderAreRefused(t *testing.T) {
	t.Parallel()
	in := install(t)
	out, err := in.try("", "serve", "--data", in.data, "--kek", in.kek, "--listen", "127.0.0.1:0")
	var exit *exec.ExitError
	if !errors.As(err, &exit) || !strings.Contains(out, "in use") {
		t.Fatalf("got %v\n%s", err, out)
	}
}

func TestNoKeyNoService(t *testing.T) {
	t.Parallel()
	dir, err := os.MkdirTemp("", "songtor-test-")
	must(t, err)
	must(t, os.Chmod(dir, 0o711))
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	out, err := new(installation).try("", "serve", "--data", filepath.Join(dir, "data"), "--listen", "127.0.0.1:0")
	if err == nil || !strings.Contains(out, "songtor keys create") {
		t.Fatalf("got %v\n%s", err, out)
	}
}

func TestABatchTakesWhatIsGoodAndNamesWhatIsNot(t *testing.T) {
	t.Parallel()
	in := install(t)
	var lines bytes.Buffer
	for i, form := range synthetic.Forms(77, 1000, time.Now().UTC()) {
		if i%100 == 50 {
			form.Answers["d_sex"] = map[string]any{"state": "answered", "value": "purple"}
		}
		must(t, json.NewEncoder(&lines).Encode(form))
	}
	a := in.call(t, in.signIn(t, "officer"), http.MethodPost, "/api/v1/screenings/batch", lines.Bytes(), "Content-Type", "application/x-ndjson")
	mustStatus(t, a, http.StatusOK)
	created, refused, number := 0, 0, 0
	for line := range bytes.Lines(a.body) {
		number++
		var result struct{ Line, Status int }
		must(t, json.Unmarshal(line, &result))
		if result.Line != number {
			t.Fatalf("result %d is for line %d", number, result.Line)
		}
		switch result.Status {
		case http.StatusCreated:
			created++
		case http.StatusUnprocessableEntity:
			refused++
			if !bytes.Contains(line, []byte("/answers/d_sex")) || bytes.Contains(line, []byte("purple")) {
				t.Fatalf("the error names the wrong thing: %s", line)
			}
		}
	}
	if created != 990 || refused != 10 {
		t.Fatalf("%d created and %d refused", created, refused)
	}
}

func TestRebuildAndShred(t *testing.T) {
	t.Parallel()
	in := install(t)
	officer, manager := in.signIn(t, "officer"), in.signIn(t, "manager")
	id, body := screeningFor(t, 5)
	receipt := in.call(t, officer, http.MethodPut, "/api/v1/screenings/"+id, body)
	mustStatus(t, receipt, http.StatusCreated)
	caseID, _ := receipt.field(t, "case_id").(string)

	open := in.call(t, manager, http.MethodGet, "/api/v1/cases/"+caseID, nil)
	mustStatus(t, open, http.StatusOK)
	if !bytes.Contains(open.body, []byte("d_nationality")) {
		t.Fatalf("the answers are missing: %s", open.body)
	}
	before := in.views(t, manager, caseID, receipt)
	in.songtor(t, "", "rebuild", "--data", in.data, "--kek", in.kek)
	if after := in.views(t, manager, caseID, receipt); after != before {
		t.Fatalf("rebuilt\n%s\nwas\n%s", after, before)
	}

	in.erase(t, caseID)
	in.mustBeUnreadable(t, manager, caseID)
	in.songtor(t, "", "rebuild", "--data", in.data, "--kek", in.kek)
	in.mustBeUnreadable(t, manager, caseID)
	mustStatus(t, in.call(t, officer, http.MethodPut, "/api/v1/screenings/"+id, body), http.StatusGone)
}

// views is what the read models say of a case.
func (in *installation) views(t *testing.T, token, caseID string, receipt answer) string {
	t.Helper()
	position := fmt.Sprintf("%.0f", receipt.field(t, "position"))
	var all strings.Builder
	for _, path := range []string{"/stages", "/stages/screening/cases", "/stages/frontline/cases", "/inbox", "/cases/" + caseID + "/timeline"} {
		a := in.call(t, token, http.MethodGet, "/api/v1"+path, nil, "Songtor-Position", position)
		mustStatus(t, a, http.StatusOK)
		all.Write(a.body)
	}
	return all.String()
}

func (in *installation) mustBeUnreadable(t *testing.T, token, caseID string) {
	t.Helper()
	a := in.call(t, token, http.MethodGet, "/api/v1/cases/"+caseID, nil)
	if bytes.Contains(a.body, []byte("d_nationality")) || bytes.Contains(a.body, []byte("h_narrative")) {
		t.Fatalf("the case can still be read: %s", a.body)
	}
	if a.status == http.StatusOK && a.field(t, "erased") != true {
		t.Fatalf("the case does not say that it was erased: %s", a.body)
	}
}
