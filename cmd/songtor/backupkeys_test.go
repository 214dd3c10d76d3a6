package main

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"songtor/internal/database"
	"songtor/internal/embedded"
	"songtor/internal/secret"
	"songtor/internal/testenv"
	"songtor/internal/vault"
)

// TestABackupOfKeysMakesNone saves the keys of databases that never had any, and then of one that has.
func TestABackupOfKeysMakesNone(t *testing.T) {
	t.Parallel()
	in := newInstallation(t)
	db := testenv.PostgresServer(t)
	must(t, database.PrepareKeys(t.Context(), db.KeysURL))
	recipients := filepath.Join(in.dir, "recipients")
	must(t, os.WriteFile(recipients, []byte(recipientOf(t, in.songtor(t, "", "backup", "identity", filepath.Join(in.dir, "identity")))), 0o600))
	ledger, file := filepath.Join(in.dir, "ledger"), filepath.Join(in.dir, "backup")
	save := func(flags ...string) (string, error) {
		return in.try("", append([]string{"backup", "keys", file, "--recipients", recipients, "--kek", in.kek}, flags...)...)
	}
	refused := func(flags ...string) {
		t.Helper()
		out, err := save(flags...)
		if _, lies := os.Lstat(file); err == nil || lies == nil {
			t.Errorf("%q were saved: %s", flags, out)
		}
	}
	refused("--keys-database", db.KeysURL, "--erasure-ledger", ledger)
	if holdsKeys(t, db.KeysURL) {
		t.Error("the backup made keys")
	}
	refused("--data", in.data)
	if _, err := os.Lstat(in.data); err == nil {
		t.Error("the backup made the stores of a service")
	}
	beginKeys(t, db.KeysURL, in.kek, ledger)
	if out, err := save("--keys-database", db.KeysURL, "--erasure-ledger", ledger); err != nil || !strings.Contains(out, "read back and whole") {
		t.Errorf("keys that are there are not saved: %v: %s", err, out)
	}
}

// beginKeys makes a vault in a database, as the first start of a key service does.
func beginKeys(t *testing.T, address, kekFile, ledger string) {
	t.Helper()
	kek, err := vault.OpenKEK(kekFile, nil)
	must(t, err)
	pool, err := database.OpenPool(t.Context(), database.Keys, address)
	must(t, err)
	defer pool.Close()
	v, err := vault.Open(t.Context(), pool, kek, vault.NewLedger(ledger, false))
	must(t, err)
	v.Close()
}

// holdsKeys reports whether a database has the table of the keys.
func holdsKeys(t *testing.T, address string) (held bool) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), address)
	must(t, err)
	defer conn.Close(t.Context())
	must(t, conn.QueryRow(t.Context(), `select to_regclass('case_keys') is not null`).Scan(&held))
	return held
}

// A database of the keys beside a PostgreSQL that the service runs itself was left aside without a word.
func TestAKeysDatabaseWithoutADatabaseIsRefused(t *testing.T) {
	t.Parallel()
	in := newInstallation(t)
	const nowhere = "postgres://nobody@127.0.0.1:1/keys"
	for _, command := range [][]string{{"keys", "status"}, {"verify"}, {"serve", "--listen", "127.0.0.1:0"}} {
		out, err := in.try("", append(command, "--data", in.data, "--kek", in.kek, "--keys-database", nowhere)...)
		if err == nil || !strings.Contains(out, "--keys-database goes with --database") {
			t.Fatalf("%q: %v: %s", command, err, out) // the service would not end by itself
		}
	}
	if _, err := os.Lstat(in.data); err == nil {
		t.Error("the refusal made the stores of a service")
	}
}

// A service whose databases are outside has none in its folder, and is asked all the same: which they are it knows itself.
func TestTheServiceOfAFolderIsAskedWhateverTheFlagsLack(t *testing.T) {
	t.Parallel()
	for name, flags := range map[string]storeFlags{
		"a backup":                           {Kept: true},
		"a keys' database without any other": {keyFlags: keyFlags{KeysDatabase: secret.TextOf("postgres://nobody@127.0.0.1:1/keys")}},
	} {
		flags.Data = t.TempDir()
		lock, err := embedded.LockData(flags.Data)
		must(t, err)
		if _, err := openStores(t.Context(), flags, false, quiet()); !errors.Is(err, embedded.ErrDataInUse) {
			t.Errorf("%s: while a service runs: %v", name, err)
		}
		must(t, lock.Close())
		if s, err := openStores(t.Context(), flags, false, quiet()); err == nil || errors.Is(err, embedded.ErrDataInUse) {
			s.Close()
			t.Errorf("%s: while none runs: %v", name, err)
		}
	}
}
