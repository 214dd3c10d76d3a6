package eventlog

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// documented are the subjects that the package comment says are enough to publish on, or to subscribe to, in order.
func documented(tb testing.TB, what string) []string {
	tb.Helper()
	comment, err := os.ReadFile("doc.go")
	if err != nil {
		tb.Fatal(err)
	}
	list := regexp.MustCompile(`(?m)^//\t` + what + ` +\S.*\n(?://\t +\S.*\n)*`).FindString(string(comment))
	if list == "" {
		tb.Fatalf("the package comment does not say what the service may %s", what)
	}
	subjects := strings.Fields(strings.ReplaceAll(list, "//\t", ""))[1:]
	slices.Sort(subjects)
	return subjects
}

func quoted(subjects []string) string { return `"` + strings.Join(subjects, `", "`) + `"` }

// shipped are the settings in deployments, which the servers of a cluster include too. They are without TLS, which deployments tests, and each
// user's password is their name.
func shipped(t *testing.T) *server.Options {
	t.Helper()
	settings, err := os.ReadFile(filepath.Join("..", "..", "deployments", "nats", "nats-server.conf"))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	variables := fmt.Sprintf("NATS_SERVER_NAME: n1\nNATS_LISTEN: %q\nNATS_STORE: %q\n", anyPort, t.TempDir()) +
		"NATS_ADMIN_PASSWORD: admin\nNATS_SONGTOR_PASSWORD: songtor\nNATS_SYS_PASSWORD: sys\n"
	for name, content := range map[string][]byte{
		"nats-server.conf": regexp.MustCompile(`(?ms)^tls \{.*?^\}\n`).ReplaceAll(settings, nil),
		"variables.conf":   []byte(variables),
	} {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	options, err := server.ProcessConfigFile(filepath.Join(dir, "nats-server.conf"))
	if err != nil {
		t.Fatal(err)
	}
	options.NoLog, options.NoSigs = true, true
	return options
}

// service is the user that the service comes as.
func service(t *testing.T, o *server.Options) *server.User {
	t.Helper()
	for _, user := range o.Users {
		if user.Username == "songtor" {
			return user
		}
	}
	t.Fatal("the settings have no user songtor")
	return nil
}

// serveShipped starts a server with such settings, and opens both streams as the service does.
func serveShipped(t *testing.T, o *server.Options) (*nats.Conn, *Log, *Trail) {
	t.Helper()
	s := start(t, o)
	if s == nil {
		t.FailNow()
	}
	if err := CreateStream(t.Context(), dial(t, s.ClientURL(), as("admin")), 1); err != nil {
		t.Fatal(err)
	}
	nc := dial(t, s.ClientURL(), as("songtor"), nats.ErrorHandler(func(*nats.Conn, *nats.Subscription, error) {}))
	demands := Options{ServerReport: SystemReport(dial(t, s.ClientURL(), as("sys"))), Logger: discard}
	trail, err := OpenTrail(t.Context(), nc, demands)
	if err != nil {
		t.Fatal(err)
	}
	return nc, open(t, nc, demands), trail
}

// The service has the rights that the package comment lists, no fewer and no more, and they are enough for all that it does with both streams.
func TestTheShippedRightsAreEnoughAndNoMore(t *testing.T) {
	t.Parallel()
	options := shipped(t)
	rights := service(t, options).Permissions
	for what, has := range map[string]*server.SubjectPermission{"publish": rights.Publish, "subscribe": rights.Subscribe} {
		if allowed, want := slices.Sorted(slices.Values(has.Allow)), documented(t, what); !slices.Equal(allowed, want) {
			t.Errorf("the service may %s %q, and the package comment lists %q", what, allowed, want)
		}
	}
	nc, l, trail := serveShipped(t, options)
	usesTheLog(t, l)
	usesTheTrail(t, trail)
	mayNotTouchTheStreams(t, nc)
}

func usesTheLog(t *testing.T, l *Log) {
	t.Helper()
	c := mustAppend(t, l, next(nil), 0)
	mustAppend(t, l, next(c), c.Position)
	if got := mustLoad(t, l, c.CaseID); len(got) != 2 {
		t.Errorf("loaded %d commits", len(got))
	}
	if _, err := l.AppendRelease(t.Context(), []byte("{}"), 0); err != nil {
		t.Error(err)
	}
	if releases, err := l.LoadReleases(t.Context(), 0); err != nil || len(releases) != 1 {
		t.Errorf("loaded %d releases: %v", len(releases), err)
	}
	n := 0
	if err := l.Follow(patience(t), 0, countTo(&n, 2)); !errors.Is(err, errEnough) {
		t.Error(err)
	}
	if r, err := l.At(t.Context(), c.Position); err != nil || r.Position != c.Position {
		t.Errorf("at position %d of the log is position %d: %v", c.Position, r.Position, err)
	}
}

func usesTheTrail(t *testing.T, trail *Trail) {
	t.Helper()
	position, err := trail.Append(t.Context(), []byte("entry"))
	if err != nil {
		t.Fatal(err)
	}
	var read []Raw
	err = trail.ScanRaw(patience(t), 0, position, func(batch []Raw) error {
		read = append(read, batch...)
		return nil
	})
	if err != nil || len(read) != 1 {
		t.Errorf("read %d entries of the trail: %v", len(read), err)
	}
	if r, err := trail.At(t.Context(), position); err != nil || string(r.Data) != "entry" {
		t.Errorf("at position %d of the trail is %q: %v", position, r.Data, err)
	}
}

func mayNotTouchTheStreams(t *testing.T, nc *nats.Conn) {
	t.Helper()
	js := jetStream(t, nc)
	for name, try := range map[string]func(context.Context) error{
		"delete": func(ctx context.Context) error { return js.DeleteStream(ctx, StreamName) },
		"update": func(ctx context.Context) error { _, err := js.UpdateStream(ctx, casesPlace.config(1)); return err },
		"create": func(ctx context.Context) error {
			_, err := js.CreateStream(ctx, jetstream.StreamConfig{Name: "X"})
			return err
		},
	} {
		ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
		if try(ctx) == nil {
			t.Errorf("the service may %s a stream", name)
		}
		cancel()
	}
}

// The control: without the right to read single messages of the access record, what the guard does at damage fails.
func TestAMissingRightIsNoticed(t *testing.T) {
	t.Parallel()
	options := shipped(t)
	allowed := service(t, options).Permissions.Publish
	allowed.Allow = slices.DeleteFunc(allowed.Allow, func(subject string) bool { return subject == "$JS.API.STREAM.MSG.GET.ACCESS" })
	_, l, trail := serveShipped(t, options)
	usesTheLog(t, l)
	position, err := trail.Append(t.Context(), []byte("entry"))
	if err != nil {
		t.Fatal(err)
	}
	if r, err := trail.At(t.Context(), position); !errors.Is(err, ErrUnavailable) {
		t.Errorf("read %q: %v", r.Data, err)
	}
}
