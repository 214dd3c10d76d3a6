package vault_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"songtor/domain"
	"songtor/internal/testenv"
	"songtor/internal/vault"
)

func kekPath(t *testing.T) string {
	t.Helper()
	return filepath.Join(t.TempDir(), "kek")
}

func TestKeyFiles(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		passphrase string
		kind       vault.KEKType
	}{
		"in clear":           {"", vault.KEKKeyFile},
		"under a passphrase": {"ช้างสามเชือกเดินข้ามสะพาน", vault.KEKPassphrase},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := kekPath(t)
			if err := vault.CreateKEK(path, []byte(c.passphrase)); err != nil {
				t.Fatal(err)
			}
			info, err := os.Stat(path)
			if err != nil || info.Mode().Perm() != 0o600 {
				t.Errorf("mode %v, %v, want 0600", info.Mode(), err)
			}
			a, err := vault.OpenKEK(path, []byte(c.passphrase))
			if err != nil {
				t.Fatal(err)
			}
			b, err := vault.OpenKEK(path, []byte(c.passphrase))
			if err != nil || a.ID() != b.ID() || len(a.ID()) != 16 || a.Type() != c.kind {
				t.Errorf("opened a key of type %s with id %q and then %q, %v", a.Type(), a.ID(), b.ID(), err)
			}
			_, err = vault.OpenKEK(path, []byte("wrong"))
			wantErr(t, "a wrong passphrase", err, vault.ErrWrongPassphrase)
			if entries, err := os.ReadDir(filepath.Dir(path)); err != nil || len(entries) != 1 {
				t.Errorf("the folder holds %d files, %v, want 1", len(entries), err)
			}
		})
	}
}

func TestPassphraseIsNeeded(t *testing.T) {
	t.Parallel()
	path := kekPath(t)
	if err := vault.CreateKEK(path, []byte("a passphrase of some length")); err != nil {
		t.Fatal(err)
	}
	_, err := vault.OpenKEK(path, nil)
	wantErr(t, "no passphrase", err, vault.ErrWrongPassphrase)
}

func TestTwoKeysHaveTwoIDs(t *testing.T) {
	t.Parallel()
	if a, b := newKEK(t, vault.KEKKeyFile), newKEK(t, vault.KEKKeyFile); a.ID() == b.ID() {
		t.Error("two keys have one id")
	}
}

func TestCreateKEKNeverReplaces(t *testing.T) {
	t.Parallel()
	path := kekPath(t)
	if err := vault.CreateKEK(path, nil); err != nil {
		t.Fatal(err)
	}
	before := read(t, path)
	for _, passphrase := range []string{"", "a passphrase of some length"} {
		wantErr(t, "CreateKEK", vault.CreateKEK(path, []byte(passphrase)), fs.ErrExist)
	}
	if !bytes.Equal(before, read(t, path)) {
		t.Error("the key file was replaced")
	}
	dangling := kekPath(t)
	if err := os.Symlink(filepath.Join(t.TempDir(), "nowhere"), dangling); err != nil {
		t.Fatal(err)
	}
	wantErr(t, "CreateKEK on a link", vault.CreateKEK(dangling, nil), fs.ErrExist)
}

func TestExposedKeyFilesAreRefused(t *testing.T) {
	t.Parallel()
	for _, mode := range []fs.FileMode{0o640, 0o604, 0o620, 0o602, 0o610, 0o644, 0o666} {
		clear, dev := kekPath(t), kekPath(t)
		if err := vault.CreateKEK(clear, nil); err != nil {
			t.Fatal(err)
		}
		if _, err := vault.OpenDevKEK(dev); err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(os.Chmod(clear, mode), os.Chmod(dev, mode)); err != nil {
			t.Fatal(err)
		}
		_, err := vault.OpenKEK(clear, nil)
		wantErr(t, mode.String(), err, vault.ErrExposed)
		_, err = vault.OpenDevKEK(dev)
		wantErr(t, mode.String(), err, vault.ErrExposed)
	}
}

func TestDevKeysStandApart(t *testing.T) {
	t.Parallel()
	dev, clear, sealed := kekPath(t), kekPath(t), kekPath(t)
	a, err := vault.OpenDevKEK(dev)
	if err != nil || a.Type() != vault.KEKDev {
		t.Fatalf("OpenDevKEK: %v", err)
	}
	if b, err := vault.OpenDevKEK(dev); err != nil || b.ID() != a.ID() {
		t.Errorf("OpenDevKEK again: %v", err)
	}
	_, err = vault.OpenKEK(dev, nil)
	wantErr(t, "OpenKEK of a dev key", err, vault.ErrDevKEK)
	_, err = vault.OpenKEK(dev, []byte("a passphrase"))
	wantErr(t, "OpenKEK of a dev key with a passphrase", err, vault.ErrDevKEK)
	if err := errors.Join(vault.CreateKEK(clear, nil), vault.CreateKEK(sealed, []byte("a passphrase"))); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{clear, sealed} {
		_, err = vault.OpenDevKEK(path)
		wantErr(t, "OpenDevKEK of another key", err, vault.ErrDevKEK)
	}
}

func TestDevKeysMadeTogetherAgree(t *testing.T) {
	t.Parallel()
	path := kekPath(t)
	ids := make([]string, 8)
	together(len(ids), func(i int) {
		kek, err := vault.OpenDevKEK(path)
		if err != nil {
			t.Error(err)
			return
		}
		ids[i] = kek.ID()
	})
	for _, id := range ids {
		if id != ids[0] {
			t.Error("two demonstrations use two keys in one place")
		}
	}
}

func TestAlteredKeyFilesAreRefused(t *testing.T) {
	t.Parallel()
	const passphrase = "a passphrase of some length"
	for name, c := range map[string]struct {
		passphrase string
		alter      func(map[string]any)
	}{
		"a dev key passed off as a key file": {"", func(f map[string]any) { f["type"] = "dev" }},
		"another id":                         {"", func(f map[string]any) { first(f)["id"] = "0123456789abcdef" }},
		"another type":                       {"", func(f map[string]any) { f["type"] = "hsm" }},
		"another format":                     {"", func(f map[string]any) { f["version"] = 3 }},
		"the first format":                   {"", func(f map[string]any) { f["version"] = 1 }},
		"a key of the first format beside":   {"", func(f map[string]any) { f["id"], f["keyset"] = "0123456789abcdef", "AAAA" }},
		"no versions":                        {"", func(f map[string]any) { delete(f, "versions") }},
		"a younger key":                      {passphrase, func(f map[string]any) { first(f)["made"] = "2031-01-01T00:00:00Z" }},
		"an unknown field":                   {"", func(f map[string]any) { f["note"] = "x" }},
		"no keyset":                          {"", func(f map[string]any) { delete(first(f), "keyset") }},
		"a broken keyset":                    {"", func(f map[string]any) { first(f)["keyset"] = "AAAA" }},
		"a cheaper derivation":               {passphrase, func(f map[string]any) { f["kdf"] = "argon2id t=1 m=8 p=1" }},
		"no salt":                            {passphrase, func(f map[string]any) { delete(f, "salt") }},
		"an id beside the passphrase":        {passphrase, func(f map[string]any) { first(f)["id"] = "0123456789abcdef" }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := kekPath(t)
			if err := vault.CreateKEK(path, []byte(c.passphrase)); err != nil {
				t.Fatal(err)
			}
			var file map[string]any
			if err := json.Unmarshal(read(t, path), &file); err != nil {
				t.Fatal(err)
			}
			c.alter(file)
			b, err := json.Marshal(file)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, b, 0o600); err != nil {
				t.Fatal(err)
			}
			if _, err := vault.OpenKEK(path, []byte(c.passphrase)); err == nil {
				t.Error("the file is accepted")
			}
			if _, err := vault.OpenDevKEK(path); err == nil {
				t.Error("the file is accepted for a demonstration")
			}
		})
	}
}

// first is the first version in a key file.
func first(file map[string]any) map[string]any {
	return file["versions"].([]any)[0].(map[string]any)
}

func TestKeyFilesOfTheFirstFormatAreRead(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ passphrase, id string }{
		"first-clear.kek":      {"", "5a650e89cf325086"},
		"first-passphrase.kek": {"a passphrase of some length", "a2d21216439ad0a1"},
	} {
		path := kekPath(t)
		if err := os.WriteFile(path, read(t, filepath.Join("testdata", name)), 0o600); err != nil {
			t.Fatal(err)
		}
		kek, err := vault.OpenKEK(path, []byte(c.passphrase))
		if err != nil || kek.ID() != c.id {
			t.Fatalf("%s: %v, %v", name, kek, err)
		}
		v := openVault(t, newPool(t, testenv.Postgres(t)), kek)
		id := newCaseID()
		sealed := seal(t, create(t, v, id), domain.ScopeSensitive, "p", "text")
		if err := v.Rotate(t.Context(), func(int) {}); err != nil {
			t.Fatal(err)
		}
		again, err := vault.OpenKEK(path, []byte(c.passphrase))
		if err != nil || again.ID() == c.id {
			t.Fatalf("%s after a rotation: %v, %v", name, again, err)
		}
		keys, err := v.Keys(t.Context(), id, shown(), domain.ScopeSensitive)
		if err != nil {
			t.Fatal(err)
		}
		wantOpen(t, keys, domain.ScopeSensitive, "p", sealed, "text")
	}
}

func TestAbsentAndForeignFiles(t *testing.T) {
	t.Parallel()
	path := kekPath(t)
	_, err := vault.OpenKEK(path, nil)
	wantErr(t, "no file", err, fs.ErrNotExist)
	for _, content := range []string{"", "secret words", "{}", "[1]", `{"version":1}`} {
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := vault.OpenKEK(path, nil); err == nil || bytes.Contains([]byte(err.Error()), []byte("secret")) {
			t.Errorf("a file with %q gives %v", content, err)
		}
	}
}

func read(t *testing.T, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
