package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// mustNotRun runs the program, which must end by itself with an error that says why.
func (in *installation) mustNotRun(t *testing.T, says string, args ...string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, os.Args[0], args...)
	cmd.Env = append(os.Environ(), asProgram+"=1")
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	out, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	if ctx.Err() != nil || !errors.As(err, &exit) || exit.ExitCode() != 1 || !strings.Contains(string(out), says) {
		t.Errorf("songtor %s: got %v, want an error that says %q\n%s", strings.Join(args, " "), err, says, out)
	}
}

// The accounts of the demonstration, whose password everybody knows, are reached from the same machine only; neither they nor its key are
// ever part of a service that is none. The demonstration itself, where they are, is the control.
func TestDevIdentityCannotShip(t *testing.T) {
	t.Parallel()
	in := newInstallation(t)
	for _, address := range []string{"0.0.0.0:0", "[::]:0", ":0", "192.0.2.1:0", "songtor.example:0", "127.0.0.1.example:0", "127.0.0.1"} {
		in.mustNotRun(t, "loopback only", "serve", "--demo", "--listen", address, "--data", in.data)
	}
	if _, err := os.Stat(in.data); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a demonstration that was refused left something behind: %v", err)
	}

	own := in.keys
	in.keys = []string{"--demo"}
	in.start(t)
	signIn := fmt.Appendf(nil, `{"username":"admin","password":%q}`, demoPassword)
	mustStatus(t, in.call(t, "", http.MethodPost, "/api/v1/session", signIn), http.StatusCreated)
	if err := in.end(syscall.SIGTERM); err != nil {
		t.Fatalf("ended with %v\n%s", err, in.output)
	}

	dev := filepath.Join(in.data, "dev.kek")
	serve := []string{"serve", "--listen", "127.0.0.1:0", "--data", in.data}
	in.mustNotRun(t, "no key is named", serve...)
	in.mustNotRun(t, "keys of type dev", append(serve, "--kek", dev)...)
	in.mustNotRun(t, "wrapped by another key", slices.Concat(serve, own)...)
	in.mustNotRun(t, "keys of type dev", "keyservice", "--kek", dev, "--data", filepath.Join(in.dir, "keys"), "--socket", filepath.Join(in.dir, "s"))
}

// On stores that are nobody's demonstration its accounts do not exist, and no demonstration begins there, by whatever way the keys are
// reached.
func TestNoDemonstrationOnTheStoresOfAService(t *testing.T) {
	t.Parallel()
	for name, holdKeys := range map[string]func(*installation){
		"that holds its key":      func(*installation) {},
		"that asks a key service": func(in *installation) { in.startKeyService(t) },
	} {
		in := newInstallation(t)
		holdKeys(in)
		in.begin(t)
		signIn := fmt.Appendf(nil, `{"username":"admin","password":%q}`, demoPassword)
		mustStatus(t, in.call(t, "", http.MethodPost, "/api/v1/session", signIn), http.StatusUnauthorized)
		mustStatus(t, in.call(t, "", http.MethodPost, "/api/v1/session", fmt.Appendf(nil, `{"username":"officer","password":%q}`, testPassword)), http.StatusCreated)
		if err := in.end(syscall.SIGTERM); err != nil {
			t.Fatalf("%s: ended with %v\n%s", name, err, in.output)
		}
		demo, says := []string{"serve", "--demo", "--listen", "127.0.0.1:0", "--data", in.data}, "wrapped by another key"
		if in.keys[0] == "--keys" {
			demo, says = append(demo, in.keys...), "keys of type dev"
		}
		in.mustNotRun(t, says, demo...)
	}
}
