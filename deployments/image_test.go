package deployments_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/nats-io/nats.go"

	"songtor/internal/database"
	"songtor/internal/testenv"
)

// imageUser is the user of the image, as its last line says.
const imageUser = "10001:10001"

// image makes the tree of the image's last stage without a container engine: what the Dockerfile copies, and nothing else.
func image(t *testing.T, root string) {
	t.Helper()
	dockerfile := readFile(t, "Dockerfile")
	stages := strings.Split(dockerfile, "\nFROM ")
	last := stages[len(stages)-1]
	if !strings.Contains(last, "\nUSER "+imageUser+"\n") {
		t.Fatalf("the image's user is not %s", imageUser)
	}
	copied := regexp.MustCompile(`(?m)^COPY --from=build (?:--chown=\S+ )?(.+)$`).FindAllStringSubmatch(last, -1)
	if len(copied) < 5 {
		t.Fatalf("found %q only", copied)
	}
	made := strings.ReplaceAll(dockerfile, "\\\n", "")
	for _, line := range copied {
		fields := strings.Fields(line[1])
		to := fields[len(fields)-1]
		for _, from := range fields[:len(fields)-1] {
			path := filepath.Join(root, to)
			if strings.HasSuffix(to, "/") {
				path = filepath.Join(path, filepath.Base(from))
			}
			must(t, os.MkdirAll(filepath.Dir(path), 0o755))
			place(t, made, from, path)
		}
	}
}

// place makes one of the things that the build stage would have made.
func place(t *testing.T, dockerfile, from, path string) {
	t.Helper()
	switch {
	case from == "/out/songtor" || from == "/out/songtor-witness":
		build(t, path, filepath.Base(from), "-ldflags=-s -w")
	case from == "/out/passwd" || from == "/out/group":
		text := regexp.MustCompile(`printf '([^']*)' > ` + from).FindStringSubmatch(dockerfile)
		if text == nil {
			t.Fatalf("the Dockerfile does not make %s", from)
		}
		must(t, os.WriteFile(path, []byte(strings.ReplaceAll(text[1], `\n`, "\n")), 0o644))
	case strings.HasSuffix(from, "/zoneinfo.zip"):
		copyFile(t, filepath.Join(runtime.GOROOT(), "lib/time/zoneinfo.zip"), path) //nolint:staticcheck // where the tests run the toolchain is there
	case strings.HasSuffix(from, "/ca-certificates.crt"):
		copyFile(t, from, path)
	default:
		must(t, os.MkdirAll(path, 0o755))
	}
}

// build makes a program as the Dockerfile and the Makefile do, so that what one of them has compiled serves all.
func build(t *testing.T, path, program string, flags ...string) {
	t.Helper()
	command := exec.CommandContext(t.Context(), "go", slices.Concat([]string{"build", "-trimpath", "-o", path}, flags, []string{"songtor/cmd/" + program})...)
	command.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := command.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
}

func copyFile(t *testing.T, from, to string) {
	t.Helper()
	content, err := os.ReadFile(from)
	must(t, err)
	must(t, os.WriteFile(to, content, 0o644))
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// inside runs a program of the image as a container would: another user, another root, which is read-only but for its volumes, and no
// environment but the image's; /proc is there as in every container. The three arguments of the script are the root, the folder of the volumes and the command.
const inside = `set -e
root=$1; volumes=$2; shift 2
mkdir -p "$root/proc"
mount --bind "$root" "$root"
mount -o remount,bind,ro "$root"
mount --bind "$volumes" "$root/var/lib/songtor"
mount --rbind /proc "$root/proc"
mount -t tmpfs -o mode=1777,noexec,nosuid,nodev none "$root/tmp"
exec env -i ZONEINFO=/zoneinfo.zip "$(command -v chroot)" --userspec=` + imageUser + ` "$root" "$@"`

func run(ctx context.Context, root, volumes string, arguments ...string) *exec.Cmd {
	return exec.CommandContext(ctx, "unshare", append([]string{"--mount", "sh", "-c", inside, "sh", root, volumes}, arguments...)...)
}

// TestTheImageRunsByItself makes the image's tree and runs the service in it against a NATS and a PostgreSQL outside, without a container engine.
func TestTheImageRunsByItself(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 || exec.CommandContext(t.Context(), "unshare", "--mount", "true").Run() != nil {
		t.Log("NOT PROVED: this user may make no mount namespace")
		return
	}
	dir, err := os.MkdirTemp("", "songtor-image-")
	must(t, err)
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	must(t, os.Chmod(dir, 0o755))
	root, volumes := filepath.Join(dir, "root"), filepath.Join(dir, "volumes")
	must(t, os.Mkdir(volumes, 0o700))
	must(t, os.Chown(volumes, 10001, 10001))
	image(t, root)
	mustHaveNothingElse(t, root)
	if out, err := run(t.Context(), root, volumes, "/songtor", "keys", "create", "/kek.json").CombinedOutput(); err == nil {
		t.Errorf("the image can be written to: %s", out)
	}
	const kek = "/var/lib/songtor/kek.json"
	if out, err := run(t.Context(), root, volumes, "/songtor", "keys", "create", kek).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	log := logServer(t, volumes)
	create := append([]string{"/songtor", "stream", "create", "--nats", "tls://admin:a@" + log, "--replicas", "1"}, shown...)
	if out, err := run(t.Context(), root, volumes, create...).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	main, keys := databases(t)
	listen := freeAddress(t)
	serve := run(t.Context(), root, volumes, append([]string{
		"/songtor", "serve", "--data", "/var/lib/songtor", "--listen", listen, "--kek", kek, "--database", main, "--keys-database", keys,
		"--nats", "tls://songtor:b@" + log, "--nats-system", "tls://sys:c@" + log, "--replicas", "1",
	}, shown...)...)
	var said strings.Builder
	serve.Stdout, serve.Stderr = &said, &said
	serve.Cancel = func() error { return serve.Process.Signal(os.Interrupt) }
	must(t, serve.Start())
	ended := make(chan error, 1)
	go func() { ended <- serve.Wait() }()
	testenv.Eventually(t, time.Minute, func() bool { return status(t, "http://"+listen+"/readyz") == http.StatusOK || len(ended) > 0 })
	if len(ended) > 0 {
		t.Fatalf("ended with %v\n%s", <-ended, said.String())
	}
	if code := status(t, "http://"+listen+"/"); code != http.StatusOK {
		t.Errorf("the page answers %d", code)
	}
	must(t, serve.Process.Signal(os.Interrupt))
	if err := <-ended; err != nil {
		t.Errorf("ended with %v\n%s", err, said.String())
	}
	if strings.Contains(said.String(), nats.ErrPermissionViolation.Error()) {
		t.Errorf("the service lacks a right to the log:\n%s", said.String())
	}
}

// shown are the flags for the certificates that logServer makes, as the image sees them.
var shown = []string{
	"--nats-ca", "/var/lib/songtor/ca.crt", "--nats-cert", "/var/lib/songtor/songtor.crt", "--nats-key", "/var/lib/songtor/songtor.key",
}

// logServer starts a NATS server with the settings that are shipped, puts into the folder of the image's volume what the service shows it, and
// returns its host and port.
func logServer(t *testing.T, volumes string) string {
	t.Helper()
	a := newAuthority(t)
	certificate, key := a.sign(t, "nats")
	ca := filepath.Join(a.dir, "ca.crt")
	own, ownKey := a.sign(t, "songtor")
	for _, file := range []string{ca, own, ownKey} {
		to := filepath.Join(volumes, filepath.Base(file))
		copyFile(t, file, to)
		must(t, os.Chown(to, 10001, 10001))
	}
	s := startFrom(t, filepath.Join(settings(t,
		`NATS_SERVER_NAME: nats-0`, `NATS_LISTEN: "127.0.0.1:-1"`, fmt.Sprintf("NATS_STORE: %q", t.TempDir()),
		fmt.Sprintf("NATS_CERT: %q", certificate), fmt.Sprintf("NATS_KEY: %q", key), fmt.Sprintf("NATS_CA: %q", ca),
		"NATS_ADMIN_PASSWORD: a", "NATS_SONGTOR_PASSWORD: b", "NATS_SYS_PASSWORD: c"), "nats-server.conf"))
	if !s.ReadyForConnections(20 * time.Second) {
		t.Fatal("the NATS server does not get ready")
	}
	return s.Addr().String()
}

// mustHaveNothingElse sees that the tree has the programs and no other, and that the kernel alone starts them.
func mustHaveNothingElse(t *testing.T, root string) {
	t.Helper()
	var programs []string
	must(t, filepath.WalkDir(root, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err // the proc of the process is mounted in its own namespace only
		}
		info, err := d.Info()
		if err == nil && info.Mode()&0o111 != 0 {
			programs = append(programs, strings.TrimPrefix(path, root))
		}
		return err
	}))
	if strings.Join(programs, " ") != "/songtor /songtor-witness" {
		t.Errorf("the image has the programs %q", programs)
	}
	if out, err := run(t.Context(), root, t.TempDir(), "/bin/sh").CombinedOutput(); err == nil {
		t.Errorf("the image has a shell: %s", out)
	}
}

// status is the status of an answer, 0 where nobody answers.
func status(t *testing.T, address string) int {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	must(t, err)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0
	}
	_ = response.Body.Close()
	return response.StatusCode
}

func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	must(t, err)
	defer l.Close()
	return l.Addr().String()
}

// databases prepares a server as an administrator does who reads README.md, and returns the addresses of the read models and of the keys, over TCP.
func databases(t *testing.T) (main, keys string) {
	t.Helper()
	server := testenv.PostgresServer(t)
	admin, err := pgx.Connect(t.Context(), server.URL)
	must(t, err)
	defer admin.Close(t.Context())
	must(t, database.PrepareMain(t.Context(), server.URL))
	must(t, database.PrepareKeys(t.Context(), server.KeysURL))
	login := regexp.MustCompile("(?s)```sql\n(create role songtor login .*?;)\n```").FindStringSubmatch(readFile(t, "README.md"))
	if login == nil {
		t.Fatal("the page does not make the service's login")
	}
	_, err = admin.Exec(t.Context(), strings.Replace(login[1], "role songtor ", "role service ", 1)) // the server's own administrator has the name
	must(t, err)
	host := overTCP(t, admin.Config().Host)
	return "postgres://service@" + host + "/main?sslmode=disable", "postgres://songtor_keys@" + host + "/main_keys?sslmode=disable"
}

// overTCP passes connections on to a server that listens on a socket in a folder, which the image does not see.
func overTCP(t *testing.T, folder string) string {
	t.Helper()
	sockets, err := filepath.Glob(filepath.Join(folder, ".s.PGSQL.*[0-9]"))
	if err != nil || len(sockets) == 0 {
		return folder // a server in a container listens on TCP already
	}
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	must(t, err)
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			in, err := l.Accept()
			if errors.Is(err, net.ErrClosed) {
				return
			}
			if err != nil {
				continue
			}
			out, err := new(net.Dialer).DialContext(context.Background(), "unix", sockets[0])
			if err != nil {
				_ = in.Close()
				continue
			}
			go func() { _, _ = io.Copy(out, in); _ = out.Close() }()
			go func() { _, _ = io.Copy(in, out); _ = in.Close() }()
		}
	}()
	return l.Addr().String()
}
