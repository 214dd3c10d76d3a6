package vault_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"

	"songtor/domain"
	"songtor/internal/testenv"
	"songtor/internal/vault"
)

// ledgered is a database with a ledger of erasures and a copy of the tables from before an erasure.
type ledgered struct {
	pool         *pgxpool.Pool
	kek          *vault.KEK
	path         string
	erased, kept string
	sealed       domain.Sealed // of the erased case
}

// newLedgered erases one of two cases, after the tables were copied.
func newLedgered(t *testing.T) ledgered {
	t.Helper()
	l := ledgered{
		pool: newPool(t, testenv.Postgres(t)), kek: newKEK(t, vault.KEKKeyFile), path: filepath.Join(t.TempDir(), "ledger"),
		erased: newCaseID(), kept: newCaseID(),
	}
	v, err := l.open(t, l.path, false)
	if err != nil {
		t.Fatal(err)
	}
	l.sealed = seal(t, create(t, v, l.erased), domain.ScopeSensitive, "p", "text")
	create(t, v, l.kept)
	for _, table := range tables {
		exec(t, l.pool, `create table old_`+table+` as select * from `+table)
	}
	destroy(t, v, l.erased, "erasure_request")
	return l
}

var tables = []string{"case_keys", "destroyed", "service_keys", "ledgers", "keks"}

// restore puts the tables back as they were before the erasure.
func (l ledgered) restore(t *testing.T) {
	t.Helper()
	exec(t, l.pool, `truncate case_keys, destroyed, service_keys, ledgers, keks`)
	exec(t, l.pool, `insert into keks select * from old_keks`)
	for _, table := range tables[:4] {
		exec(t, l.pool, `insert into `+table+` select * from old_`+table)
	}
}

func (l ledgered) open(t *testing.T, path string, begin bool) (*vault.Vault, error) {
	t.Helper()
	var ledger *vault.Ledger
	if path != "" {
		ledger = vault.NewLedger(path, begin)
	}
	v, err := vault.Open(t.Context(), l.pool, l.kek, ledger)
	if err == nil {
		t.Cleanup(v.Close)
	}
	return v, err
}

func TestARestoredDatabaseIsGivenItsErasures(t *testing.T) {
	t.Parallel()
	l := newLedgered(t)
	l.restore(t)
	v, err := l.open(t, l.path, false)
	if err != nil {
		t.Fatal(err)
	}
	_, err = v.Keys(t.Context(), l.erased, shown(), domain.ScopeSensitive)
	wantErr(t, "Keys", err, vault.ErrDestroyed)
	if _, err := v.Keys(t.Context(), l.kept, shown(), domain.ScopeSensitive); err != nil {
		t.Errorf("the other case: %v", err)
	}
	list, err := destructions(t, v)
	if err != nil || len(list) != 1 || list[0].CaseID != l.erased || list[0].Reason != "erasure_request" || list[0].Recorded {
		t.Errorf("the list is %v, %v", list, err)
	}

	// The control: without the ledger the restored database opens the case, so it is the ledger that keeps it closed.
	l.restore(t)
	exec(t, l.pool, `truncate ledgers`)
	without, err := l.open(t, "", false)
	if err != nil {
		t.Fatal(err)
	}
	keys, err := without.Keys(t.Context(), l.erased, shown(), domain.ScopeSensitive)
	if err != nil {
		t.Fatal(err)
	}
	wantOpen(t, keys, domain.ScopeSensitive, "p", l.sealed, "text")
}

func TestALedgerThatIsNotWholeStopsTheStart(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		spoil func(lines [][]byte) [][]byte
		begin bool
	}{
		"missing":             {func([][]byte) [][]byte { return nil }, false},
		"one erasure short":   {func(l [][]byte) [][]byte { return l[:2] }, false},
		"one erasure dropped": {func(l [][]byte) [][]byte { return [][]byte{l[0], l[2]} }, false},
		"a case exchanged": {func(l [][]byte) [][]byte {
			return [][]byte{l[0], bytes.Replace(l[1], l[1][9:13], []byte("0000"), 1), l[2]}
		}, false},
		"another reason": {func(l [][]byte) [][]byte {
			return [][]byte{l[0], bytes.Replace(l[1], []byte("request"), []byte("mistake"), 1), l[2]}
		}, false},
		"two exchanged":          {func(l [][]byte) [][]byte { return [][]byte{l[0], l[2], l[1]} }, false},
		"no beginning":           {func(l [][]byte) [][]byte { return l[1:] }, false},
		"something behind it":    {func(l [][]byte) [][]byte { return append(l, []byte("{}\n")) }, false},
		"another ledger's":       {func([][]byte) [][]byte { return soundLedger(t) }, false},
		"altered and begun anew": {func(l [][]byte) [][]byte { return l[1:] }, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := newLedgered(t)
			v, err := l.open(t, l.path, false)
			if err != nil {
				t.Fatal(err)
			}
			destroy(t, v, newCaseID(), "erasure_request")
			spoilt := c.spoil(bytes.SplitAfter(bytes.TrimSuffix(read(t, l.path), []byte("\n")), []byte("\n")))
			if err := os.Remove(l.path); err != nil {
				t.Fatal(err)
			}
			if spoilt != nil {
				if err := os.WriteFile(l.path, append(bytes.TrimSuffix(bytes.Join(spoilt, nil), []byte("\n")), '\n'), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			_, err = l.open(t, l.path, c.begin)
			wantErr(t, "Open", err, vault.ErrLedger)
		})
	}
}

// soundLedger is the ledger of another installation, without an erasure.
func soundLedger(t *testing.T) [][]byte {
	t.Helper()
	other := ledgered{pool: newPool(t, testenv.Postgres(t)), kek: newKEK(t, vault.KEKKeyFile), path: filepath.Join(t.TempDir(), "ledger")}
	if _, err := other.open(t, other.path, false); err != nil {
		t.Fatal(err)
	}
	return [][]byte{read(t, other.path)}
}

func TestALedgerIsNeeded(t *testing.T) {
	t.Parallel()
	l := newLedgered(t)
	_, err := l.open(t, "", false)
	wantErr(t, "Open without a ledger", err, vault.ErrLedger)
}

func TestALedgerBegunAnewKnowsWhatTheDatabaseKnows(t *testing.T) {
	t.Parallel()
	l := newLedgered(t)
	second := filepath.Join(t.TempDir(), "ledger") // another machine's
	_, err := l.open(t, second, false)
	wantErr(t, "Open with a second ledger", err, vault.ErrLedger)
	if _, err := l.open(t, second, true); err != nil {
		t.Fatal(err)
	}
	l.restore(t) // it is not known there
	v, err := l.open(t, second, false)
	if err != nil {
		t.Fatal(err)
	}
	_, err = v.Keys(t.Context(), l.erased, shown(), domain.ScopeSensitive)
	wantErr(t, "Keys", err, vault.ErrDestroyed)
}

func TestALineThatWasNotFinishedIsCutOff(t *testing.T) {
	t.Parallel()
	l := newLedgered(t)
	whole := read(t, l.path)
	if err := os.WriteFile(l.path, append(bytes.Clone(whole), []byte(`{"case":"0b9d8e1c-52`)...), 0o600); err != nil {
		t.Fatal(err)
	}
	v, err := l.open(t, l.path, false)
	if err != nil || !bytes.Equal(read(t, l.path), whole) {
		t.Fatalf("opened with %v", err)
	}
	destroy(t, v, l.kept, "retention")
	if _, err := l.open(t, l.path, false); err != nil {
		t.Errorf("after another erasure: %v", err)
	}
}

func TestProcessesShareALedger(t *testing.T) {
	t.Parallel()
	l := newLedgered(t)
	vaults := make([]*vault.Vault, 4)
	for i := range vaults {
		var err error
		if vaults[i], err = l.open(t, l.path, false); err != nil {
			t.Fatal(err)
		}
	}
	together(len(vaults), func(i int) {
		for range 5 {
			destroy(t, vaults[i], newCaseID(), "retention")
		}
	})
	if _, err := l.open(t, l.path, false); err != nil {
		t.Fatal(err)
	}
	if lines := bytes.Count(read(t, l.path), []byte("\n")); lines != 1+1+4*5 {
		t.Errorf("the ledger has %d lines", lines)
	}
}

func TestTheLedgerIsItsOwnersAlone(t *testing.T) {
	t.Parallel()
	l := newLedgered(t)
	info, err := os.Stat(l.path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	if err := os.Chmod(l.path, 0o644); err != nil {
		t.Fatal(err)
	}
	_, err = l.open(t, l.path, false)
	wantErr(t, "Open", err, vault.ErrExposed)
}
