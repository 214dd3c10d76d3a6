package vault_test

import (
	"encoding/json"
	"testing"
	"time"

	"songtor/domain"
	"songtor/internal/vault"
)

// waitLimit bounds what a test waits for in another process.
const waitLimit = time.Minute

func destroy(tb testing.TB, v *vault.Vault, caseID, reason string) {
	tb.Helper()
	if err := v.Destroy(tb.Context(), caseID, reason); err != nil {
		tb.Fatal(err)
	}
}

func TestDestroyBitesAtOnceEverywhere(t *testing.T) {
	t.Parallel()
	v, pool, kek := newVault(t)
	second := openVault(t, pool, kek)
	id, neighbour := newCaseID(), newCaseID()
	sealed := seal(t, create(t, v, id), domain.ScopeStatistics, "p", "text")
	create(t, v, neighbour)
	if _, err := second.Keys(t.Context(), id, shown(), domain.Scopes()...); err != nil {
		t.Fatalf("the control: %v", err)
	}
	destroy(t, v, id, "retention")
	for _, v := range []*vault.Vault{v, second, openVault(t, pool, kek)} {
		_, err := v.Keys(t.Context(), id, shown(), domain.Scopes()...)
		wantErr(t, "Keys", err, vault.ErrDestroyed)
		_, _, err = v.Create(t.Context(), id, deciding)
		wantErr(t, "Create", err, vault.ErrDestroyed)
		many, err := v.KeysFor(t.Context(), shown(), domain.ScopeStatistics, []string{id, neighbour})
		if err != nil {
			t.Fatal(err)
		}
		if !many[id].Destroyed() || many[neighbour].Destroyed() {
			t.Error("KeysFor does not tell the destroyed case from its neighbour")
		}
		_, err = many[id].Open(domain.ScopeStatistics, []byte("p"), sealed)
		wantErr(t, "Open", err, vault.ErrDestroyed)
		_, err = many[id].Seal(domain.ScopeStatistics, nil, nil)
		wantErr(t, "Seal", err, vault.ErrDestroyed)
	}
	if n := count(t, pool, `select count(*) from case_keys where num_nonnulls(identity, sensitive, statistics) > 0`); n != 1 {
		t.Errorf("%d rows with keys, want the neighbour's", n)
	}
}

func TestDestroyIsIdempotentAndKeepsALedger(t *testing.T) {
	t.Parallel()
	v, _, _ := newVault(t)
	id := newCaseID()
	create(t, v, id)
	destroy(t, v, id, "retention")
	first, err := destructions(t, v)
	if err != nil {
		t.Fatal(err)
	}
	destroy(t, v, id, "erasure_request")
	again, err := destructions(t, v)
	if err != nil {
		t.Fatal(err)
	}
	if len(first) != 1 || len(again) != 1 || first[0] != again[0] || first[0].CaseID != id || first[0].Reason != "retention" {
		t.Errorf("the ledger says %v and then %v", first, again)
	}
}

func TestDestroyBeforeCreate(t *testing.T) {
	t.Parallel()
	v, _, _ := newVault(t)
	id := newCaseID()
	destroy(t, v, id, "erasure_request")
	_, _, err := v.Create(t.Context(), id, deciding)
	wantErr(t, "Create", err, vault.ErrDestroyed)
	_, err = v.Keys(t.Context(), id, shown(), domain.Scopes()...)
	wantErr(t, "Keys", err, vault.ErrDestroyed)
}

func TestDestroyAmongCreatesWins(t *testing.T) {
	t.Parallel()
	v, _, _ := newVault(t)
	id := newCaseID()
	together(16, func(i int) {
		if i%4 == 3 {
			if err := v.Destroy(t.Context(), id, "retention"); err != nil {
				t.Error(err)
			}
			return
		}
		if _, _, err := v.Create(t.Context(), id, deciding); err != nil {
			wantErr(t, "Create", err, vault.ErrDestroyed)
		}
	})
	_, err := v.Keys(t.Context(), id, shown(), domain.Scopes()...)
	wantErr(t, "Keys", err, vault.ErrDestroyed)
}

func TestReasonsAreCodes(t *testing.T) {
	t.Parallel()
	v, _, _ := newVault(t)
	for _, reason := range []string{"", "Asked by Somchai", "retention\n", "x'", string(make([]byte, 100))} {
		id := newCaseID()
		create(t, v, id)
		if err := v.Destroy(t.Context(), id, reason); err == nil {
			t.Errorf("Destroy accepts the reason %q", reason)
		}
		if _, err := v.Keys(t.Context(), id, shown(), domain.Scopes()...); err != nil {
			t.Errorf("a refused destruction took the keys: %v", err)
		}
	}
}

// A copy of the log from before the destruction opens nothing.
func TestAnOldLogStaysClosed(t *testing.T) {
	t.Parallel()
	v, pool, kek := newVault(t)
	commit := newCommit(t, newCaseID())
	if err := vault.SealCommit(create(t, v, commit.CaseID), commit); err != nil {
		t.Fatal(err)
	}
	backup, err := json.Marshal(commit.Facts[1].Event)
	if err != nil {
		t.Fatal(err)
	}
	destroy(t, v, commit.CaseID, "retention")
	var restored domain.ScreeningRecorded
	if err := json.Unmarshal(backup, &restored); err != nil {
		t.Fatal(err)
	}
	commit.Facts[1].Event = &restored
	keys, err := openVault(t, pool, kek).KeysFor(t.Context(), shown(), domain.ScopeStatistics, []string{commit.CaseID})
	if err != nil {
		t.Fatal(err)
	}
	wantErr(t, "OpenCommit", vault.OpenCommit(keys[commit.CaseID], commit, domain.ScopeStatistics), vault.ErrDestroyed)
	if restored.Categories.Plain() != nil {
		t.Error("the restored event is open")
	}
}

func TestTheTableHoldsAllKeysOrNone(t *testing.T) {
	t.Parallel()
	v, pool, _ := newVault(t)
	create(t, v, newCaseID())
	for _, statement := range []string{
		`update case_keys set identity = null`,
		`update case_keys set destroyed_at = now()`,
		`update case_keys set identity = null, sensitive = null, statistics = null`,
	} {
		if _, err := pool.Exec(t.Context(), statement); err == nil {
			t.Errorf("the database allows %s", statement)
		}
	}
}

func destructions(tb testing.TB, k vault.Keeper) ([]vault.Destruction, error) {
	tb.Helper()
	erasures, err := k.Erasures(tb.Context())
	return erasures.List, err
}
