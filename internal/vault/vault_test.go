package vault_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"path/filepath"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"

	"songtor/domain"
	"songtor/internal/testenv"
	"songtor/internal/vault"
)

// newPool connects to a database.
func newPool(tb testing.TB, url string) *pgxpool.Pool {
	tb.Helper()
	pool, err := pgxpool.New(tb.Context(), url)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(pool.Close)
	return pool
}

// newKEK makes a key file of a type and opens it.
func newKEK(tb testing.TB, kind vault.KEKType) *vault.KEK {
	tb.Helper()
	path := filepath.Join(tb.TempDir(), "kek")
	if kind == vault.KEKDev {
		kek, err := vault.OpenDevKEK(path)
		if err != nil {
			tb.Fatal(err)
		}
		return kek
	}
	if err := vault.CreateKEK(path, nil); err != nil {
		tb.Fatal(err)
	}
	kek, err := vault.OpenKEK(path, nil)
	if err != nil {
		tb.Fatal(err)
	}
	return kek
}

func openVault(tb testing.TB, pool *pgxpool.Pool, kek *vault.KEK) *vault.Vault {
	tb.Helper()
	v, err := vault.Open(tb.Context(), pool, kek, nil)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(v.Close)
	return v
}

// newVault opens a Vault on an empty database.
func newVault(tb testing.TB) (*vault.Vault, *pgxpool.Pool, *vault.KEK) {
	tb.Helper()
	pool, kek := newPool(tb, testenv.Postgres(tb)), newKEK(tb, vault.KEKKeyFile)
	return openVault(tb, pool, kek), pool, kek
}

func newCaseID() string {
	var b [16]byte
	rand.Read(b[:])
	h := hex.EncodeToString(b[:])
	return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
}

func create(tb testing.TB, v *vault.Vault, caseID string) *vault.CaseKeys {
	tb.Helper()
	keys, existed, err := v.Create(tb.Context(), caseID, deciding)
	if err != nil || existed {
		tb.Fatalf("Create: existed %v, %v", existed, err)
	}
	return keys
}

// deciding is the grant of a command.
var deciding = vault.Grant{Use: vault.ToDecide}

// shown is the grant of a reader whose access is on record.
func shown() vault.Grant {
	return vault.Grant{Use: vault.ToShow, Record: newCaseID(), Position: 1, Purpose: "protection"}
}

func seal(tb testing.TB, k *vault.CaseKeys, scope domain.Scope, place, text string) domain.Sealed {
	tb.Helper()
	sealed, err := k.Seal(scope, []byte(place), []byte(text))
	if err != nil {
		tb.Fatal(err)
	}
	return sealed
}

func wantOpen(tb testing.TB, k *vault.CaseKeys, scope domain.Scope, place string, sealed domain.Sealed, want string) {
	tb.Helper()
	got, err := k.Open(scope, []byte(place), sealed)
	if err != nil || string(got) != want {
		tb.Errorf("opened %d bytes, %v, want %d bytes", len(got), err, len(want))
	}
}

func wantErr(tb testing.TB, what string, got, want error) {
	tb.Helper()
	if !errors.Is(got, want) {
		tb.Errorf("%s: got %v, want %v", what, got, want)
	}
}

func TestRoundTripInEveryScope(t *testing.T) {
	t.Parallel()
	v, pool, kek := newVault(t)
	id := newCaseID()
	create(t, v, id)
	fresh := extend(t, v, id)
	texts := []string{"", "x", "นางสาวสมศรี", string(bytes.Repeat([]byte{0}, 100)), string(bytes.Repeat([]byte("é\x80"), 5000))}
	other := openVault(t, pool, kek)
	for _, scope := range domain.Scopes() {
		for i, text := range texts {
			place := fmt.Sprint(i)
			sealed := seal(t, fresh, scope, place, text)
			fetched, err := other.Keys(t.Context(), id, shown(), domain.Scopes()...)
			if err != nil {
				t.Fatal(err)
			}
			wantOpen(t, fresh, scope, place, sealed, text)
			wantOpen(t, fetched, scope, place, sealed, text)
			wantOpen(t, fresh, scope, place, seal(t, fetched, scope, place, text), text)
		}
	}
}

func TestEqualTextsDoNotLookEqual(t *testing.T) {
	t.Parallel()
	v, _, _ := newVault(t)
	keys := create(t, v, newCaseID())
	a, b := seal(t, keys, domain.ScopeIdentity, "p", "same"), seal(t, keys, domain.ScopeIdentity, "p", "same")
	if bytes.Equal(a.Ciphertext, b.Ciphertext) {
		t.Error("two seals of one text are equal")
	}
	short, long := seal(t, keys, domain.ScopeIdentity, "p", "ก"), seal(t, keys, domain.ScopeIdentity, "p", "นายสมชาย ใจดี")
	if len(short.Ciphertext) != len(long.Ciphertext) {
		t.Error("the length of a short name shows")
	}
}

func TestOpenRefusesWhatWasSealedForElsewhere(t *testing.T) {
	t.Parallel()
	v, _, _ := newVault(t)
	keys, others := create(t, v, newCaseID()), create(t, v, newCaseID())
	sealed := seal(t, keys, domain.ScopeIdentity, "place", "text")
	renamed := func(scope domain.Scope, k *vault.CaseKeys) domain.Sealed {
		return domain.Sealed{KeyID: seal(t, k, scope, "", "").KeyID, Ciphertext: sealed.Ciphertext}
	}
	flipped := domain.Sealed{KeyID: sealed.KeyID, Ciphertext: bytes.Clone(sealed.Ciphertext)}
	flipped.Ciphertext[len(flipped.Ciphertext)/2] ^= 1
	cut := domain.Sealed{KeyID: sealed.KeyID, Ciphertext: sealed.Ciphertext[:20]}
	for name, c := range map[string]struct {
		keys    *vault.CaseKeys
		scope   domain.Scope
		context string
		sealed  domain.Sealed
		want    error
	}{
		"another context":                 {keys, domain.ScopeIdentity, "elsewhere", sealed, vault.ErrNotAuthentic},
		"no context":                      {keys, domain.ScopeIdentity, "", sealed, vault.ErrNotAuthentic},
		"another scope":                   {keys, domain.ScopeSensitive, "place", sealed, vault.ErrWrongKey},
		"another scope, its key named":    {keys, domain.ScopeSensitive, "place", renamed(domain.ScopeSensitive, keys), vault.ErrNotAuthentic},
		"another case":                    {others, domain.ScopeIdentity, "place", sealed, vault.ErrWrongKey},
		"another case, its key named":     {others, domain.ScopeIdentity, "place", renamed(domain.ScopeIdentity, others), vault.ErrNotAuthentic},
		"a flipped bit":                   {keys, domain.ScopeIdentity, "place", flipped, vault.ErrNotAuthentic},
		"a cut ciphertext":                {keys, domain.ScopeIdentity, "place", cut, vault.ErrNotAuthentic},
		"no ciphertext":                   {keys, domain.ScopeIdentity, "place", domain.Sealed{KeyID: sealed.KeyID}, vault.ErrNotAuthentic},
		"a scope that does not exist":     {keys, "diary", "place", sealed, vault.ErrScope},
		"keys that were not fetched":      {nil, domain.ScopeIdentity, "place", sealed, vault.ErrNoKey},
		"the control: everything is well": {keys, domain.ScopeIdentity, "place", sealed, nil},
	} {
		_, err := c.keys.Open(c.scope, []byte(c.context), c.sealed)
		wantErr(t, name, err, c.want)
	}
}

func TestKeysForHoldsOneScopeOnly(t *testing.T) {
	t.Parallel()
	v, _, _ := newVault(t)
	ids := []string{newCaseID(), newCaseID(), newCaseID()}
	sealed := map[string]domain.Sealed{}
	for _, id := range ids {
		sealed[id] = seal(t, create(t, v, id), domain.ScopeStatistics, "p", id)
	}
	keys, err := v.KeysFor(t.Context(), shown(), domain.ScopeStatistics, append(ids, ids[0]))
	if err != nil || len(keys) != len(ids) {
		t.Fatalf("%d entries, %v", len(keys), err)
	}
	for _, id := range ids {
		wantOpen(t, keys[id], domain.ScopeStatistics, "p", sealed[id], id)
		for _, scope := range []domain.Scope{domain.ScopeIdentity, domain.ScopeSensitive} {
			_, err := keys[id].Seal(scope, nil, nil)
			wantErr(t, "sealing in another scope", err, vault.ErrScope)
			_, err = keys[id].Open(scope, nil, domain.Sealed{})
			wantErr(t, "opening in another scope", err, vault.ErrScope)
		}
	}
}

func TestKeysForNeedsNoOtherScope(t *testing.T) {
	t.Parallel()
	v, pool, _ := newVault(t)
	id := newCaseID()
	sealed := seal(t, create(t, v, id), domain.ScopeStatistics, "p", "text")
	exec(t, pool, `update case_keys set identity = 'broken', sensitive = 'broken'`)
	keys, err := v.KeysFor(t.Context(), shown(), domain.ScopeStatistics, []string{id})
	if err != nil {
		t.Fatal(err)
	}
	wantOpen(t, keys[id], domain.ScopeStatistics, "p", sealed, "text")
	_, err = v.Keys(t.Context(), id, shown(), domain.Scopes()...)
	wantErr(t, "the control: all scopes", err, vault.ErrWrongKEK)
}

func TestMissingKeysAreAFault(t *testing.T) {
	t.Parallel()
	v, _, _ := newVault(t)
	known := newCaseID()
	create(t, v, known)
	_, err := v.Keys(t.Context(), newCaseID(), shown(), domain.Scopes()...)
	wantErr(t, "Keys", err, vault.ErrNoKey)
	_, err = v.KeysFor(t.Context(), shown(), domain.ScopeStatistics, []string{known, newCaseID()})
	wantErr(t, "KeysFor", err, vault.ErrNoKey)
	if errors.Is(err, vault.ErrDestroyed) {
		t.Error("a missing key passes for a destroyed one")
	}
	_, err = v.KeysFor(t.Context(), shown(), "diary", []string{known})
	wantErr(t, "KeysFor in a scope that does not exist", err, vault.ErrScope)
}

func TestCaseIDsHaveOneSpelling(t *testing.T) {
	t.Parallel()
	v, _, _ := newVault(t)
	const id = "0B9D8E1C-52A4-4C6F-8D3E-7A1F00C2E9AB"
	_, _, createErr := v.Create(t.Context(), id, deciding)
	_, keysErr := v.Keys(t.Context(), id, shown(), domain.Scopes()...)
	_, forErr := v.KeysFor(t.Context(), shown(), domain.ScopeIdentity, []string{id})
	for name, err := range map[string]error{
		"Create": createErr, "Keys": keysErr, "KeysFor": forErr, "Destroy": v.Destroy(t.Context(), id, "retention"),
	} {
		if err == nil {
			t.Errorf("%s accepts a case id in capitals", name)
		}
	}
}

func TestAnotherKEKOpensNothing(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ wrapped, tried vault.KEKType }{
		{vault.KEKKeyFile, vault.KEKKeyFile}, {vault.KEKKeyFile, vault.KEKDev}, {vault.KEKDev, vault.KEKKeyFile},
	} {
		t.Run(string(c.wrapped+" by "+c.tried), func(t *testing.T) {
			t.Parallel()
			pool := newPool(t, testenv.Postgres(t))
			id := newCaseID()
			create(t, openVault(t, pool, newKEK(t, c.wrapped)), id)
			stranger := newKEK(t, c.tried)
			_, err := vault.Open(t.Context(), pool, stranger, nil)
			wantErr(t, "Open", err, vault.ErrWrongKEK)

			// Nor when the service keys are replaced and the rows name the stranger.
			exec(t, pool, `create table aside as select * from case_keys; create table kek_aside as select * from keks;
				truncate case_keys, service_keys, keks`)
			v := openVault(t, pool, stranger)
			exec(t, pool, `insert into keks select * from kek_aside; insert into case_keys select * from aside`)
			_, err = v.Keys(t.Context(), id, shown(), domain.Scopes()...)
			wantErr(t, "Keys", err, vault.ErrWrongKEK)
			_, err = pool.Exec(t.Context(), `update case_keys set kek_type = $1, kek_id = $2`, stranger.Type(), stranger.ID())
			if err != nil {
				t.Fatal(err)
			}
			_, err = v.Keys(t.Context(), id, shown(), domain.Scopes()...)
			wantErr(t, "Keys of forged rows", err, vault.ErrWrongKEK)
		})
	}
}

func TestWrappedKeysDoNotMove(t *testing.T) {
	t.Parallel()
	for name, forgery := range map[string]string{
		"to another case":  `update case_keys set identity = (select identity from case_keys where case_id <> $1) where case_id = $1`,
		"to another scope": `update case_keys set identity = sensitive where case_id = $1`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v, pool, _ := newVault(t)
			id := newCaseID()
			create(t, v, id)
			create(t, v, newCaseID())
			if _, err := pool.Exec(t.Context(), forgery, id); err != nil {
				t.Fatal(err)
			}
			_, err := v.Keys(t.Context(), id, shown(), domain.Scopes()...)
			wantErr(t, "Keys", err, vault.ErrWrongKEK)
		})
	}
}

// A keyset of the same case and scope, wrapped properly, still cannot stand in for the one that sealed.
func TestAKeyInPlaceOfAnotherIsNoticed(t *testing.T) {
	t.Parallel()
	v, pool, _ := newVault(t)
	id := newCaseID()
	sealed := seal(t, create(t, v, id), domain.ScopeIdentity, "p", "text")
	exec(t, pool, `delete from case_keys`)
	_, err := create(t, v, id).Open(domain.ScopeIdentity, []byte("p"), sealed)
	wantErr(t, "Open", err, vault.ErrWrongKey)
}

func TestStoppedDatabaseIsUnavailable(t *testing.T) {
	t.Parallel()
	server := testenv.PostgresServer(t)
	v := openVault(t, newPool(t, server.KeysURL), newKEK(t, vault.KEKKeyFile))
	id := newCaseID()
	sealed := seal(t, create(t, v, id), domain.ScopeSensitive, "p", "text")
	if err := v.CheckDurable(t.Context()); err != nil {
		t.Errorf("CheckDurable: %v", err)
	}
	server.Stop(t)
	_, _, createErr := v.Create(t.Context(), newCaseID(), deciding)
	_, keysErr := v.Keys(t.Context(), id, shown(), domain.Scopes()...)
	_, forErr := v.KeysFor(t.Context(), shown(), domain.ScopeStatistics, []string{id})
	_, ledgerErr := v.Erasures(t.Context())
	for name, err := range map[string]error{
		"Create": createErr, "Keys": keysErr, "KeysFor": forErr, "Erasures": ledgerErr, "Ping": v.Ping(t.Context()),
		"Destroy": v.Destroy(t.Context(), id, "retention"), "CheckDurable": v.CheckDurable(t.Context()),
	} {
		wantErr(t, name, err, vault.ErrUnavailable)
		if errors.Is(err, vault.ErrNoKey) || errors.Is(err, vault.ErrDestroyed) {
			t.Errorf("%s: an absent database passes for absent keys", name)
		}
	}
	server.Start(t)
	keys, err := v.Keys(t.Context(), id, shown(), domain.Scopes()...)
	if err != nil {
		t.Fatal(err)
	}
	wantOpen(t, keys, domain.ScopeSensitive, "p", sealed, "text")
	create(t, v, newCaseID())
}

func TestCheckDurableRefusesACarelessServer(t *testing.T) {
	t.Parallel()
	server := testenv.PostgresServer(t)
	pool := newPool(t, server.KeysURL+"&options=-c%20synchronous_commit%3Doff")
	v := openVault(t, pool, newKEK(t, vault.KEKKeyFile))
	wantErr(t, "CheckDurable", v.CheckDurable(t.Context()), vault.ErrNotDurable)
}

func TestACallerWhoGaveUpIsNotTheDatabasesFault(t *testing.T) {
	t.Parallel()
	v, _, _ := newVault(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := v.Keys(ctx, newCaseID(), shown(), domain.Scopes()...)
	wantErr(t, "Keys", err, context.Canceled)
	if errors.Is(err, vault.ErrUnavailable) {
		t.Errorf("Keys: %v", err)
	}
}

func TestNothingPrintsKeys(t *testing.T) {
	t.Parallel()
	v, _, kek := newVault(t)
	keys := create(t, v, newCaseID())
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%x", "%d", "%q"} {
		for _, value := range []any{v, kek, *kek, keys, *keys} {
			if got := fmt.Sprintf(verb, value); len(got) > 40 || got[0] != '[' {
				t.Errorf("%s of a %T gives %q", verb, value, got)
			}
		}
	}
}

func exec(tb testing.TB, pool *pgxpool.Pool, statements string) {
	tb.Helper()
	if _, err := pool.Exec(tb.Context(), statements); err != nil {
		tb.Fatal(err)
	}
}

// onDemand are the scopes whose keys are made when something is first sealed in them.
var onDemand = []domain.Scope{domain.ScopeLocation, domain.ScopeMedical, domain.ScopeLegal}

// extend makes the keys of all those scopes and returns the case's keys with them.
func extend(tb testing.TB, v *vault.Vault, id string) *vault.CaseKeys {
	tb.Helper()
	for _, scope := range onDemand {
		if _, err := v.Extend(tb.Context(), id, deciding, scope); err != nil {
			tb.Fatal(err)
		}
	}
	keys, err := v.Keys(tb.Context(), id, shown(), domain.Scopes()...)
	if err != nil {
		tb.Fatal(err)
	}
	return keys
}

func TestExtendMakesAKeyOnce(t *testing.T) {
	t.Parallel()
	v, _, _ := newVault(t)
	for _, scope := range onDemand {
		id := newCaseID()
		if made := create(t, v, id).Covers(scope); made != (scope == domain.ScopeMedical) {
			t.Errorf("the key of scope %s is made with the case: %v", scope, made)
		}
		first, err := v.Extend(t.Context(), id, deciding, scope)
		if err != nil {
			t.Fatal(err)
		}
		sealed := seal(t, first, scope, "p", "house")
		if _, err := v.Extend(t.Context(), id, deciding, scope); err != nil {
			t.Fatal(err)
		}
		later, err := v.Keys(t.Context(), id, shown(), scope)
		if err != nil {
			t.Fatal(err)
		}
		wantOpen(t, later, scope, "p", sealed, "house")
		_, err = first.Open(scope, []byte("p"), sealed)
		wantErr(t, "a command that opens what it sealed", err, vault.ErrGrant)
	}
}

func TestDestroyLeavesNoKeyOfAnyScope(t *testing.T) {
	t.Parallel()
	v, pool, _ := newVault(t)
	id := newCaseID()
	create(t, v, id)
	extend(t, v, id)
	if err := v.Destroy(t.Context(), id, "erasure_request"); err != nil {
		t.Fatal(err)
	}
	for _, scope := range domain.Scopes() {
		var left bool
		if err := pool.QueryRow(t.Context(), `select `+string(scope)+` is not null from case_keys where case_id = $1`, id).Scan(&left); err != nil {
			t.Fatal(err)
		}
		if left {
			t.Errorf("the key of scope %s is left", scope)
		}
		_, err := pool.Exec(t.Context(), `update case_keys set `+string(scope)+` = 'x' where case_id = $1`, id)
		if err == nil {
			t.Errorf("a tombstone takes a key of scope %s", scope)
		}
	}
}

func TestExtendRefuses(t *testing.T) {
	t.Parallel()
	v, _, _ := newVault(t)
	destroyed, living := newCaseID(), newCaseID()
	create(t, v, destroyed)
	create(t, v, living)
	if err := v.Destroy(t.Context(), destroyed, "erasure_request"); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		id    string
		scope domain.Scope
		want  error
	}{
		"a case whose keys were destroyed":     {destroyed, domain.ScopeLocation, vault.ErrDestroyed},
		"a case without keys":                  {newCaseID(), domain.ScopeLocation, vault.ErrNoKey},
		"a scope that is made with every case": {living, domain.ScopeIdentity, vault.ErrScope},
		"a scope that there is not":            {living, "elsewhere", vault.ErrScope},
	} {
		_, err := v.Extend(t.Context(), c.id, deciding, c.scope)
		wantErr(t, name, err, c.want)
	}
}
