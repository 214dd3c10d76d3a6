package vault_test

import (
	"bytes"
	"testing"

	"songtor/internal/testenv"
	"songtor/internal/vault"
)

func TestPseudonyms(t *testing.T) {
	t.Parallel()
	v, pool, kek := newVault(t)
	id := newCaseID()
	name := v.Pseudonym(id)
	if len(name) != 32 {
		t.Errorf("a pseudonym has %d bytes, want 32", len(name))
	}
	if bytes.Equal(name, v.Pseudonym(newCaseID())) {
		t.Error("two cases have one pseudonym")
	}
	create(t, v, id)
	destroy(t, v, id, "retention")
	if !bytes.Equal(name, openVault(t, pool, kek).Pseudonym(id)) {
		t.Error("a pseudonym changed with a restart")
	}
	elsewhere := openVault(t, newPool(t, testenv.Postgres(t)), kek)
	if bytes.Equal(name, elsewhere.Pseudonym(id)) {
		t.Error("two databases share pseudonyms")
	}
}

func TestBlindIndexes(t *testing.T) {
	t.Parallel()
	v, pool, kek := newVault(t)
	index := v.Blind("name", "somchai")
	if !bytes.Equal(index, openVault(t, pool, kek).Blind("name", "somchai")) {
		t.Error("equal values have different indexes after a restart")
	}
	for what, other := range map[string][]byte{
		"another value":                 v.Blind("name", "somsak"),
		"another kind":                  v.Blind("alias", "somchai"),
		"the parts cut elsewhere":       v.Blind("namesom", "chai"),
		"a pseudonym of the same words": v.Pseudonym("somchai"),
		"another database":              openVault(t, newPool(t, testenv.Postgres(t)), kek).Blind("name", "somchai"),
	} {
		if bytes.Equal(index, other) {
			t.Errorf("%s has the same index", what)
		}
	}
}

func TestALostServiceKeyIsNotReplaced(t *testing.T) {
	t.Parallel()
	v, pool, kek := newVault(t)
	create(t, v, newCaseID())
	exec(t, pool, `delete from service_keys`)
	_, err := vault.Open(t.Context(), pool, kek)
	wantErr(t, "Open", err, vault.ErrNoKey)
}
