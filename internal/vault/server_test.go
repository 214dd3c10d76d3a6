package vault_test

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"os"
	command "os/exec"
	"path/filepath"
	"syscall"
	"testing"

	"songtor/domain"
	"songtor/internal/vault"
)

// served starts a key service and returns what a process of its user sees of it.
func served(tb testing.TB, v *vault.Vault, peer int) (client *vault.Client, path string) {
	tb.Helper()
	folder, err := os.MkdirTemp("", "songtor-keys-") // addresses of Unix sockets are short
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = os.RemoveAll(folder) })
	if err := os.Chmod(folder, 0o755); err != nil {
		tb.Fatal(err)
	}
	path = filepath.Join(folder, "keys.sock")
	listener, err := vault.ListenUnix(tb.Context(), path, -1)
	if err != nil {
		tb.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() {
		ended <- vault.NewServer(v, peer, slog.New(slog.DiscardHandler)).Serve(ctx, listener)
	}()
	tb.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			tb.Errorf("the key service ended with %v", err)
		}
	})
	if client, err = vault.Dial(tb.Context(), path); err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(client.Close)
	return client, path
}

func TestAClientIsAKeeper(t *testing.T) {
	t.Parallel()
	v, _, _ := newVault(t)
	c, _ := served(t, v, os.Geteuid())
	id := newCaseID()
	keys, existed, err := c.Create(t.Context(), id, deciding)
	if err != nil || existed {
		t.Fatalf("Create: %v, %v", existed, err)
	}
	sealed := seal(t, keys, domain.ScopeIdentity, "p", "text")
	if _, existed, err = c.Create(t.Context(), id, deciding); err != nil || !existed {
		t.Errorf("Create again: %v, %v", existed, err)
	}
	for name, k := range map[string]vault.Keeper{"the client": c, "the vault": v} {
		keys, err := k.Keys(t.Context(), id, shown(), domain.ScopeIdentity)
		if err != nil {
			t.Fatal(err)
		}
		wantOpen(t, keys, domain.ScopeIdentity, "p", sealed, "text")
		if keys.Covers(domain.ScopeSensitive) {
			t.Errorf("%s gives keys that nobody asked for", name)
		}
		many, err := k.KeysFor(t.Context(), vault.Grant{Use: vault.ToMatch}, domain.ScopeIdentity, []string{id})
		if err != nil || !many[id].Covers(domain.ScopeIdentity) {
			t.Errorf("%s: KeysFor: %v", name, err)
		}
	}
	extended, err := c.Extend(t.Context(), id, deciding, domain.ScopeLegal)
	if err != nil {
		t.Fatal(err)
	}
	_, err = extended.Open(domain.ScopeLegal, []byte("p"), seal(t, extended, domain.ScopeLegal, "p", "text"))
	wantErr(t, "opening with a key to seal", err, vault.ErrGrant)
	if string(blind(t, c, "name", "a")) != string(blind(t, v, "name", "a")) || string(pseudonym(t, c, "a")) != string(pseudonym(t, v, "a")) ||
		string(c.Exclusion("user:1")) != string(v.Exclusion("user:1")) || c.Type() != v.Type() {
		t.Error("the client and the vault make different digests")
	}
	destroy(t, v, id, "erasure_request")
	if list, err := destructions(t, c); err != nil || len(list) != 1 {
		t.Errorf("Erasures: %v, %v", list, err)
	}
	if err := c.Recorded(t.Context(), 7, id); err != nil {
		t.Fatal(err)
	}
	if e, err := c.Erasures(t.Context()); err != nil || e.Through != 7 || !e.List[0].Recorded {
		t.Errorf("after Recorded: %+v, %v", e, err)
	}
}

func TestAClientTellsErrorsApart(t *testing.T) {
	t.Parallel()
	v, _, _ := newVault(t)
	c, path := served(t, v, os.Geteuid())
	destroyed := newCaseID()
	if err := c.Destroy(t.Context(), destroyed, "retention"); err != nil {
		t.Fatal(err)
	}
	for name, ask := range map[string]struct {
		id    string
		grant vault.Grant
		scope domain.Scope
		want  error
	}{
		"destroyed":       {destroyed, shown(), domain.ScopeIdentity, vault.ErrDestroyed},
		"no key":          {newCaseID(), shown(), domain.ScopeIdentity, vault.ErrNoKey},
		"no grant":        {newCaseID(), vault.Grant{}, domain.ScopeIdentity, vault.ErrGrant},
		"a demonstration": {newCaseID(), vault.Grant{Use: vault.ToDecide, Demo: true}, domain.ScopeIdentity, vault.ErrDemo},
		"no scope":        {newCaseID(), shown(), "diary", vault.ErrScope},
	} {
		_, err := c.Keys(t.Context(), ask.id, ask.grant, ask.scope)
		wantErr(t, name, err, ask.want)
	}
	_, err := c.Sign(t.Context(), "anything", nil)
	wantErr(t, "Sign", err, vault.ErrServiceUse)
	_, err = vault.Dial(t.Context(), path+".not")
	wantErr(t, "Dial", err, vault.ErrUnavailable)
	_, err = vault.ListenUnix(t.Context(), path, -1)
	if err == nil {
		t.Error("two key services listen on one socket")
	}
}

func TestASocketIsReplacedAndAnotherFileNever(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "s")
	stale, err := new(net.ListenConfig).Listen(t.Context(), "unix", path)
	if err != nil {
		t.Fatal(err)
	}
	stale.(*net.UnixListener).SetUnlinkOnClose(false)
	if err := stale.Close(); err != nil {
		t.Fatal(err)
	}
	again, err := vault.ListenUnix(t.Context(), path, -1)
	if err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	if err := errors.Join(again.Close(), os.WriteFile(path, nil, 0o600)); err != nil {
		t.Fatal(err)
	}
	if _, err := vault.ListenUnix(t.Context(), path, -1); err == nil {
		t.Error("a file was replaced")
	}
}

// asStranger makes the test binary ask a key service, so that a test can do so as another user.
const asStranger = "SONGTOR_TEST_ASK_KEYS"

func TestMain(m *testing.M) {
	path := os.Getenv(asStranger)
	if path == "" {
		os.Exit(m.Run())
	}
	_, err := vault.Dial(context.Background(), path)
	switch {
	case err == nil:
		os.Exit(0)
	case errors.Is(err, vault.ErrPeer):
		os.Exit(3)
	}
	os.Exit(4)
}

func TestTheKeyServiceKnowsItsCallers(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 {
		t.Skip("NOT PROVEN: only root can ask as another user")
	}
	const nobody = 65534
	v, _, _ := newVault(t)
	binary := copyForAll(t)
	for peer, want := range map[int]int{nobody: 0, nobody - 1: 3} {
		_, path := served(t, v, peer)
		if err := os.Chmod(path, 0o666); err != nil { // the mode would stop strangers before the service does
			t.Fatal(err)
		}
		ask := command.CommandContext(t.Context(), binary)
		ask.Env = []string{asStranger + "=" + path}
		ask.Dir = "/"
		ask.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
		out, err := ask.CombinedOutput()
		if code := ask.ProcessState.ExitCode(); code != want {
			t.Errorf("asked as %d where %d may: exit %d, want %d: %v %s", nobody, peer, code, want, err, out)
		}
	}
}

// copyForAll copies the test binary to where every user may run it.
func copyForAll(t *testing.T) string {
	t.Helper()
	folder, err := os.MkdirTemp("", "songtor-keys-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(folder) })
	path := filepath.Join(folder, "ask")
	content, err := os.ReadFile(os.Args[0])
	if err = errors.Join(err, os.Chmod(folder, 0o755), os.WriteFile(path, content, 0o755)); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestRotationThroughTheKeyService(t *testing.T) {
	t.Parallel()
	v, _, _ := newVault(t)
	c, _ := served(t, v, os.Geteuid())
	id := newCaseID()
	sealed := seal(t, create(t, v, id), domain.ScopeSensitive, "p", "text")
	before, err := c.Epoch(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	done := 0
	if err := c.Rotate(t.Context(), func(n int) { done = n }); err != nil || done != 1 {
		t.Fatalf("Rotate: %d cases, %v", done, err)
	}
	after, err := c.Epoch(t.Context())
	if err != nil || len(after.Versions) != 1 || after.Versions[0].ID == before.Versions[0].ID {
		t.Errorf("after the rotation: %+v, %v", after, err)
	}
	keys, err := c.Keys(t.Context(), id, shown(), domain.ScopeSensitive)
	if err != nil {
		t.Fatal(err)
	}
	wantOpen(t, keys, domain.ScopeSensitive, "p", sealed, "text")
}

// BenchmarkKeeper makes keys in this process and through the socket.
func BenchmarkKeeper(b *testing.B) {
	v, _, _ := newVault(b)
	c, _ := served(b, v, os.Geteuid())
	for name, k := range map[string]vault.Keeper{"in process": v, "socket": c} {
		b.Run("create "+name, func(b *testing.B) {
			b.SetParallelism(32)
			b.RunParallel(func(p *testing.PB) {
				for p.Next() {
					if _, _, err := k.Create(b.Context(), newCaseID(), deciding); err != nil {
						b.Error(err)
						return
					}
				}
			})
		})
	}
}
