package vault_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"songtor/domain"
	"songtor/internal/testenv"
	"songtor/internal/vault"
)

// kekIn makes a key file, where there is none, and opens it.
func kekIn(tb testing.TB, path string) *vault.KEK {
	tb.Helper()
	if err := vault.CreateKEK(path, nil); err != nil && !errors.Is(err, os.ErrExist) {
		tb.Fatal(err)
	}
	kek, err := vault.OpenKEK(path, nil)
	if err != nil {
		tb.Fatal(err)
	}
	return kek
}

func rotate(tb testing.TB, v *vault.Vault) {
	tb.Helper()
	if err := v.Rotate(tb.Context(), func(int) {}); err != nil {
		tb.Fatal(err)
	}
}

// rotationCases is how many cases the rotation under load has; SONGTOR_TEST_KEYSETS asks for another number.
func rotationCases(tb testing.TB) int {
	tb.Helper()
	text := os.Getenv("SONGTOR_TEST_KEYSETS")
	if text == "" {
		return 2_000
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		tb.Fatal(err)
	}
	return n
}

func TestKEKRotationUnderLoad(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "kek")
	pool := newPool(t, testenv.Postgres(t))
	v := openVault(t, pool, kekIn(t, path))
	other := openVault(t, pool, kekIn(t, path)) // as another process has it
	ids := make([]string, rotationCases(t))
	sealed := make([]domain.Sealed, len(ids))
	together(64, func(worker int) {
		for i := worker; i < len(ids); i += 64 {
			ids[i] = newCaseID()
			sealed[i] = seal(t, create(t, v, ids[i]), domain.ScopeSensitive, "p", ids[i])
		}
	})

	stop := make(chan struct{})
	var calls, failures atomic.Int64
	var group sync.WaitGroup
	for worker := range 4 {
		group.Go(func() {
			for i := worker; ; i++ {
				select {
				case <-stop:
					return
				case <-time.After(80 * time.Millisecond): // with four workers 50 calls a second
				}
				calls.Add(1)
				if err := use([]*vault.Vault{v, other}[i%2], ids[i%len(ids)], sealed[i%len(ids)]); err != nil {
					failures.Add(1)
					t.Errorf("during the rotation: %v", err)
				}
			}
		})
	}
	began := time.Now()
	rotate(t, v)
	took := time.Since(began)
	close(stop)
	group.Wait()
	t.Logf("%d cases in %v; meanwhile %d calls, %d failures", len(ids), took.Round(time.Millisecond), calls.Load(), failures.Load())

	for i := range ids {
		keys, err := v.Keys(t.Context(), ids[i], shown(), domain.ScopeSensitive)
		if err != nil {
			t.Fatal(err)
		}
		wantOpen(t, keys, domain.ScopeSensitive, "p", sealed[i], ids[i])
	}
	epoch, err := openVault(t, pool, kekIn(t, path)).Epoch(t.Context())
	if err != nil || len(epoch.Versions) != 1 || epoch.Versions[0].Keysets != epoch.Cases || epoch.Cases < len(ids) {
		t.Errorf("after the rotation %+v, %v", epoch, err)
	}
}

// use does what the service does with keys: it opens, extends and makes them.
func use(v *vault.Vault, id string, sealed domain.Sealed) error {
	keys, err := v.Keys(context.Background(), id, shown(), domain.ScopeSensitive)
	if err != nil {
		return fmt.Errorf("keys: %w", err)
	}
	if _, err := keys.Open(domain.ScopeSensitive, []byte("p"), sealed); err != nil {
		return fmt.Errorf("open: %w", err)
	}
	if _, err := v.Extend(context.Background(), id, deciding, domain.ScopeMedical); err != nil {
		return fmt.Errorf("extend: %w", err)
	}
	if _, _, err := v.Create(context.Background(), newCaseID(), deciding); err != nil {
		return fmt.Errorf("create: %w", err)
	}
	return nil
}

func TestAfterARotationOldCopiesDoNotOpen(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	path := filepath.Join(folder, "kek")
	pool := newPool(t, testenv.Postgres(t))
	v := openVault(t, pool, kekIn(t, path))
	id := newCaseID()
	sealed := seal(t, create(t, v, id), domain.ScopeSensitive, "p", "text")
	exec(t, pool, `create table stolen as select * from case_keys; create table stolen_kek as select * from keks`)
	oldFile := read(t, path)
	destroy(t, v, id, "erasure_request")
	rotate(t, v)

	// Whoever puts the stolen rows back has nothing that unwraps them.
	exec(t, pool, `insert into keks select * from stolen_kek; delete from case_keys; insert into case_keys select * from stolen`)
	_, err := openVault(t, pool, kekIn(t, path)).Keys(t.Context(), id, shown(), domain.ScopeSensitive)
	wantErr(t, "rows from before the rotation", err, vault.ErrWrongKEK)
	entries, err := os.ReadDir(folder)
	if err != nil || len(entries) != 1 {
		t.Errorf("beside the key file lies something: %v, %v", entries, err)
	}

	// The control: with the key file from before the rotation they open, so it is the rotation that ended them.
	copied := filepath.Join(t.TempDir(), "kek")
	if err := os.WriteFile(copied, oldFile, 0o600); err != nil {
		t.Fatal(err)
	}
	exec(t, pool, `create table aside as select * from service_keys; delete from service_keys; delete from keks where id not in (select kek_id from case_keys)`)
	exec(t, pool, `create table cases_aside as select * from case_keys; delete from case_keys`)
	old := openVault(t, pool, kekIn(t, copied))
	exec(t, pool, `insert into case_keys select * from cases_aside`)
	keys, err := old.Keys(t.Context(), id, shown(), domain.ScopeSensitive)
	if err != nil {
		t.Fatal(err)
	}
	wantOpen(t, keys, domain.ScopeSensitive, "p", sealed, "text")
}

// A rotation that died left several versions in the file; the next start and the next rotation go on from there.
func TestARotationThatDiedHarmsNothing(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "kek")
	pool := newPool(t, testenv.Postgres(t))
	v := openVault(t, pool, kekIn(t, path))
	id := newCaseID()
	sealed := seal(t, create(t, v, id), domain.ScopeSensitive, "p", "text")
	for _, dying := range []string{"the versions are in the file", "the former content lies beside it"} {
		ctx, cancel := context.WithCancel(t.Context())
		if err := v.Rotate(ctx, func(int) { cancel() }); err == nil {
			t.Fatal("a rotation that nobody waits for succeeds")
		}
		if dying == "the former content lies beside it" {
			if err := os.WriteFile(path+".retired", read(t, path), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		next := openVault(t, pool, kekIn(t, path))
		keys, err := next.Keys(t.Context(), id, shown(), domain.ScopeSensitive)
		if err != nil {
			t.Fatalf("%s: %v", dying, err)
		}
		wantOpen(t, keys, domain.ScopeSensitive, "p", sealed, "text")
		if epoch, err := next.Epoch(t.Context()); err != nil || len(epoch.Versions) < 2 || !epoch.Late(time.Now()) {
			t.Errorf("%s: %+v, %v", dying, epoch, err)
		}
	}
	rotate(t, v)
	epoch, err := v.Epoch(t.Context())
	if err != nil || len(epoch.Versions) != 1 || epoch.Late(time.Now()) || !epoch.Late(time.Now().Add(31*24*time.Hour)) {
		t.Errorf("after a whole rotation: %+v, %v", epoch, err)
	}
	if entries, err := os.ReadDir(filepath.Dir(path)); err != nil || len(entries) != 1 {
		t.Errorf("beside the key file lies something: %v, %v", entries, err)
	}
}

// A form that is sent again to a second process, after the first one rotated the key, finds the case's keys there: the answer to it is the one
// that was given. The control is a row that no version of the key opens.
func TestCreateAgainInAnotherProcessAfterARotation(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "kek")
	pool := newPool(t, testenv.Postgres(t))
	one, two := openVault(t, pool, kekIn(t, path)), openVault(t, pool, kekIn(t, path))
	id, broken := newCaseID(), newCaseID()
	sealed := seal(t, create(t, one, id), domain.ScopeSensitive, "p", "text")
	create(t, one, broken)
	rotate(t, one)

	keys, existed, err := two.Create(t.Context(), id, deciding)
	if err != nil || !existed {
		t.Fatalf("Create: existed %v, %v", existed, err)
	}
	wantOpen(t, keys, domain.ScopeSensitive, "p", sealed, "text")

	exec(t, pool, `update case_keys set sensitive = identity where case_id = '`+broken+`'`)
	_, _, err = two.Create(t.Context(), broken, deciding)
	wantErr(t, "Create for a case with a damaged row", err, vault.ErrWrongKEK)
}

// Wherever a rotation fails, keys are made and extended as before, in this process and in others. The control: the whole rotation afterwards
// leaves one version.
func TestARotationThatFailsStopsNothing(t *testing.T) {
	t.Parallel()
	for name, failing := range map[string]func(t *testing.T, v *vault.Vault, path string) error{
		"before the database knows of the version": func(t *testing.T, v *vault.Vault, _ string) error {
			ctx, cancel := context.WithCancel(t.Context())
			cancel()
			return v.Rotate(ctx, func(int) {})
		},
		"before the file has the version": func(t *testing.T, v *vault.Vault, path string) error {
			inTheWay := path + ".retired"
			if err := os.Mkdir(inTheWay, 0o700); err != nil {
				t.Fatal(err)
			}
			defer func() { _ = os.Remove(inTheWay) }()
			return v.Rotate(t.Context(), func(int) {})
		},
		"before the versions before are retired": func(t *testing.T, v *vault.Vault, _ string) error {
			ctx, cancel := context.WithCancel(t.Context())
			return v.Rotate(ctx, func(int) { cancel() })
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "kek")
			pool := newPool(t, testenv.Postgres(t))
			v, other := openVault(t, pool, kekIn(t, path)), openVault(t, pool, kekIn(t, path))
			id := newCaseID()
			sealed := seal(t, create(t, v, id), domain.ScopeSensitive, "p", "text")
			if err := failing(t, v, path); err == nil {
				t.Fatal("the rotation succeeds")
			}
			for scope, each := range map[domain.Scope]*vault.Vault{domain.ScopeLegal: v, domain.ScopeLocation: other} {
				if err := use(each, id, sealed); err != nil {
					t.Error(err)
				}
				if _, err := each.Extend(t.Context(), id, deciding, scope); err != nil {
					t.Errorf("extend: %v", err)
				}
				destroy(t, each, newCaseID(), "retention")
			}
			rotate(t, v)
			if e, err := v.Epoch(t.Context()); err != nil || len(e.Versions) != 1 || e.Versions[0].Keysets != e.Cases {
				t.Errorf("after a whole rotation: %+v, %v", e, err)
			}
			if err := use(openVault(t, pool, kekIn(t, path)), id, sealed); err != nil {
				t.Error(err)
			}
		})
	}
}

// heldUp begins a rotation and returns while it is under way. end lets it go on and returns what it ends with.
func heldUp(t *testing.T, v *vault.Vault) (end func() error) {
	t.Helper()
	begun, let, ended := make(chan struct{}), make(chan struct{}), make(chan error, 1)
	var once sync.Once
	go func() {
		ended <- v.Rotate(context.WithoutCancel(t.Context()), func(int) {
			once.Do(func() { close(begun); <-let })
		})
	}()
	select {
	case <-begun:
	case err := <-ended:
		t.Fatalf("the rotation ended with %v", err)
	}
	return func() error { close(let); return <-ended }
}

// While the key is turned over, nobody else turns it over: not this process, not another one, and not the operator of the key service. The
// control is each of them afterwards.
func TestOneRotationAtATime(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "kek")
	pool := newPool(t, testenv.Postgres(t))
	one, two := openVault(t, pool, kekIn(t, path)), openVault(t, pool, kekIn(t, path))
	client, socket := served(t, two, os.Geteuid())
	id := newCaseID()
	sealed := seal(t, create(t, one, id), domain.ScopeSensitive, "p", "text")
	end := heldUp(t, one)
	rotations := map[string]func(context.Context, func(int)) error{"this process": one.Rotate, "another": two.Rotate, "the key service": client.Rotate}
	for name, again := range rotations {
		wantErr(t, name, again(t.Context(), func(int) {}), vault.ErrRotating)
	}
	if status := post(t, socket, "/rotate"); status != http.StatusConflict {
		t.Errorf("the key service answers %d", status)
	}
	if err := end(); err != nil {
		t.Fatal(err)
	}
	for name, again := range rotations {
		if err := again(t.Context(), func(int) {}); err != nil {
			t.Errorf("afterwards, %s: %v", name, err)
		}
	}
	for _, each := range []*vault.Vault{one, two, openVault(t, pool, kekIn(t, path))} {
		if err := use(each, id, sealed); err != nil {
			t.Error(err)
		}
	}
}

// post calls a key service and returns the status of its answer.
func post(t *testing.T, socket, path string) int {
	t.Helper()
	transport := &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", socket)
	}}
	defer transport.CloseIdleConnections()
	response, err := (&http.Client{Transport: transport}).Post("http://keys"+path, "application/json", strings.NewReader("{}"))
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	return response.StatusCode
}

// A process that turns the key over after another one did begins with what the file holds then, not with what it read at its start.
func TestARotationAfterThatOfAnotherProcess(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "kek")
	pool := newPool(t, testenv.Postgres(t))
	one, two := openVault(t, pool, kekIn(t, path)), openVault(t, pool, kekIn(t, path))
	id := newCaseID()
	sealed := seal(t, create(t, one, id), domain.ScopeSensitive, "p", "text")
	rotate(t, one)
	rotate(t, two)
	for _, each := range []*vault.Vault{one, two, openVault(t, pool, kekIn(t, path))} {
		if err := use(each, id, sealed); err != nil {
			t.Error(err)
		}
	}
	if e, err := two.Epoch(t.Context()); err != nil || len(e.Versions) != 1 || e.Versions[0].Keysets != e.Cases {
		t.Errorf("after both: %+v, %v", e, err)
	}
}

// A rotation that has lost its session, and does not know yet, goes on beside the next one. It may fail, but it takes nothing from that.
func TestARotationThatLostItsLeaseHarmsNothing(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "kek")
	pool := newPool(t, testenv.Postgres(t))
	one, two := openVault(t, pool, kekIn(t, path)), openVault(t, pool, kekIn(t, path))
	id := newCaseID()
	sealed := seal(t, create(t, one, id), domain.ScopeSensitive, "p", "text")
	end := heldUp(t, one)
	exec(t, pool, `select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory'
		and database = (select oid from pg_database where datname = current_database())`)
	testenv.Eventually(t, waitLimit, func() bool {
		return count(t, pool, `select count(*) from pg_locks where locktype = 'advisory'
		and database = (select oid from pg_database where datname = current_database())`) == 0
	})
	endTwo := heldUp(t, two)
	t.Logf("the first ended with %v", end())
	if err := use(openVault(t, pool, kekIn(t, path)), id, sealed); err != nil {
		t.Errorf("while the second goes on: %v", err)
	}
	if err := endTwo(); err != nil {
		t.Errorf("the second: %v", err)
	}
	for _, each := range []*vault.Vault{one, two, openVault(t, pool, kekIn(t, path))} {
		if err := use(each, id, sealed); err != nil {
			t.Error(err)
		}
	}
}

// A process that starts while a rotation ends has read a key file that is no more. It names nothing that the rotation retires: a process that
// is behind as well could wrap with it. The control is a start with the key file as it is.
func TestAStartNamesNothingThatIsBeingRetired(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "kek")
	pool := newPool(t, testenv.Postgres(t))
	v, behind := openVault(t, pool, kekIn(t, path)), kekIn(t, path)
	retired := `keks where id = '` + behind.ID() + `'`
	rotate(t, v)
	exec(t, pool, `insert into keks (id, type) values ('`+behind.ID()+`', 'keyfile')`)
	retiring, err := pool.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := retiring.Exec(t.Context(), `delete from `+retired); err != nil {
		t.Fatal(err)
	}
	opened := make(chan error, 1)
	go func() {
		_, err := vault.Open(t.Context(), pool, behind, nil)
		opened <- err
	}()
	testenv.Eventually(t, waitLimit, func() bool {
		return count(t, pool, `select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`) == 1
	})
	if err := retiring.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}
	wantErr(t, "a start with a key file that is no more", <-opened, vault.ErrWrongKEK)
	if n := count(t, pool, `select count(*) from `+retired); n != 0 {
		t.Error("a version that was retired is named again")
	}
	openVault(t, pool, kekIn(t, path))
}
