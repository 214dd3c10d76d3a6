package vault_test

import (
	"context"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"

	"songtor/domain"
	"songtor/internal/testenv"
	"songtor/internal/vault"
)

// together runs n calls at once and waits for them.
func together(n int, call func(int)) {
	var group sync.WaitGroup
	start := make(chan struct{})
	for i := range n {
		group.Go(func() {
			<-start
			call(i)
		})
	}
	close(start)
	group.Wait()
}

func TestManyCreatesOfDifferentCases(t *testing.T) {
	t.Parallel()
	v, pool, _ := newVault(t)
	ids, made := make([]string, 64), make([]*vault.CaseKeys, 64)
	together(len(ids), func(i int) {
		ids[i] = newCaseID()
		var existed bool
		var err error
		if made[i], existed, err = v.Create(t.Context(), ids[i], deciding); err != nil || existed {
			t.Errorf("Create: existed %v, %v", existed, err)
		}
	})
	if t.Failed() {
		return
	}
	for i, id := range ids {
		sealed := seal(t, made[i], domain.ScopeIdentity, "p", id)
		fetched, err := v.Keys(t.Context(), id, shown(), domain.Scopes()...)
		if err != nil {
			t.Fatal(err)
		}
		wantOpen(t, fetched, domain.ScopeIdentity, "p", sealed, id)
	}
	if n := count(t, pool, `select count(*) from case_keys`); n != len(ids) {
		t.Errorf("%d rows, want %d", n, len(ids))
	}
}

func TestManyCreatesOfOneCaseAgree(t *testing.T) {
	t.Parallel()
	v, pool, kek := newVault(t)
	second := openVault(t, pool, kek)
	id := newCaseID()
	made, existed := make([]*vault.CaseKeys, 64), make([]bool, 64)
	together(len(made), func(i int) {
		var err error
		if made[i], existed[i], err = []*vault.Vault{v, second}[i%2].Create(t.Context(), id, deciding); err != nil {
			t.Error(err)
		}
	})
	if t.Failed() {
		return
	}
	sealed, news := seal(t, made[0], domain.ScopeSensitive, "p", "text"), 0
	for i, keys := range made {
		if !existed[i] {
			news++
		}
		wantOpen(t, keys, domain.ScopeSensitive, "p", sealed, "text")
	}
	if news != 1 {
		t.Errorf("%d calls say that they made the case's keys, want 1", news)
	}
}

func TestCreateAgainReturnsTheSameKeys(t *testing.T) {
	t.Parallel()
	v, _, _ := newVault(t)
	id := newCaseID()
	sealed := seal(t, create(t, v, id), domain.ScopeIdentity, "p", "text")
	keys, existed, err := v.Create(t.Context(), id, deciding)
	if err != nil || !existed {
		t.Fatalf("Create: existed %v, %v", existed, err)
	}
	wantOpen(t, keys, domain.ScopeIdentity, "p", sealed, "text")
}

func TestCreateAfterCloseIsUnavailable(t *testing.T) {
	t.Parallel()
	v, _, _ := newVault(t)
	v.Close()
	v.Close()
	_, _, err := v.Create(t.Context(), newCaseID(), deciding)
	wantErr(t, "Create", err, vault.ErrUnavailable)
}

// A Close among Creates leaves none without an answer, and every yes is true.
func TestCloseAmongCreates(t *testing.T) {
	t.Parallel()
	v, pool, _ := newVault(t)
	var mu sync.Mutex
	accepted := 0
	together(64, func(i int) {
		if i == 32 {
			v.Close()
			return
		}
		_, _, err := v.Create(t.Context(), newCaseID(), deciding)
		if err != nil {
			wantErr(t, "Create", err, vault.ErrUnavailable)
			return
		}
		mu.Lock()
		accepted++
		mu.Unlock()
	})
	if n := count(t, pool, `select count(*) from case_keys`); n != accepted {
		t.Errorf("%d rows for %d accepted creations", n, accepted)
	}
}

// While a lock holds the writer up, callers may give up; the others are served when the lock is gone.
func TestCreateHeldUp(t *testing.T) {
	t.Parallel()
	v, pool, _ := newVault(t)
	tx, err := pool.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tx.Exec(t.Context(), `lock table case_keys in exclusive mode`); err != nil {
		t.Fatal(err)
	}
	errs := make(chan error, 8)
	for range cap(errs) {
		go func() {
			_, _, err := v.Create(t.Context(), newCaseID(), deciding)
			errs <- err
		}()
	}
	testenv.Eventually(t, waitLimit, func() bool {
		return count(t, pool, `select count(*) from pg_locks where relation = 'case_keys'::regclass and not granted`) == 1
	})
	impatient, cancel := context.WithTimeout(t.Context(), 1)
	defer cancel()
	_, _, err = v.Create(impatient, newCaseID(), deciding)
	wantErr(t, "a caller without time", err, vault.ErrUnavailable)
	if err := tx.Rollback(t.Context()); err != nil {
		t.Fatal(err)
	}
	for range cap(errs) {
		if err := <-errs; err != nil {
			t.Error(err)
		}
	}
}

func TestVaultsThatStartTogetherAgree(t *testing.T) {
	t.Parallel()
	pool, kek := newPool(t, testenv.Postgres(t)), newKEK(t, vault.KEKKeyFile)
	vaults := make([]*vault.Vault, 4)
	together(len(vaults), func(i int) {
		var err error
		if vaults[i], err = vault.Open(t.Context(), pool, kek, nil); err != nil {
			t.Error(err)
			return
		}
		t.Cleanup(vaults[i].Close)
	})
	if t.Failed() {
		return
	}
	for _, v := range vaults[1:] {
		if string(pseudonym(t, v, "a")) != string(pseudonym(t, vaults[0], "a")) {
			t.Error("two vaults give a case different pseudonyms")
		}
	}
}

func count(tb testing.TB, pool *pgxpool.Pool, query string) int {
	tb.Helper()
	var n int
	if err := pool.QueryRow(tb.Context(), query).Scan(&n); err != nil {
		tb.Fatal(err)
	}
	return n
}
