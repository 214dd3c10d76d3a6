package vault_test

import (
	"bytes"
	"crypto/ecdh"
	"crypto/ed25519"
	"crypto/hpke"
	"testing"

	"songtor/internal/testenv"
	"songtor/internal/vault"
)

func TestPseudonyms(t *testing.T) {
	t.Parallel()
	v, pool, kek := newVault(t)
	id := newCaseID()
	name := pseudonym(t, v, id)
	if len(name) != 32 {
		t.Errorf("a pseudonym has %d bytes, want 32", len(name))
	}
	if bytes.Equal(name, pseudonym(t, v, newCaseID())) {
		t.Error("two cases have one pseudonym")
	}
	create(t, v, id)
	destroy(t, v, id, "retention")
	if !bytes.Equal(name, pseudonym(t, openVault(t, pool, kek), id)) {
		t.Error("a pseudonym changed with a restart")
	}
	elsewhere := openVault(t, newPool(t, testenv.Postgres(t)), kek)
	if bytes.Equal(name, pseudonym(t, elsewhere, id)) {
		t.Error("two databases share pseudonyms")
	}
}

func TestBlindIndexes(t *testing.T) {
	t.Parallel()
	v, pool, kek := newVault(t)
	index := blind(t, v, "name", "somchai")
	if !bytes.Equal(index, blind(t, openVault(t, pool, kek), "name", "somchai")) {
		t.Error("equal values have different indexes after a restart")
	}
	for what, other := range map[string][]byte{
		"another value":                 blind(t, v, "name", "somsak"),
		"another kind":                  blind(t, v, "alias", "somchai"),
		"the parts cut elsewhere":       blind(t, v, "namesom", "chai"),
		"a pseudonym of the same words": pseudonym(t, v, "somchai"),
		"another database":              blind(t, openVault(t, newPool(t, testenv.Postgres(t)), kek), "name", "somchai"),
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
	_, err := vault.Open(t.Context(), pool, kek, nil)
	wantErr(t, "Open", err, vault.ErrNoKey)
}

func pseudonym(tb testing.TB, k vault.Keeper, id string) []byte {
	tb.Helper()
	names, err := k.Pseudonyms(tb.Context(), id)
	if err != nil {
		tb.Fatal(err)
	}
	return names[0]
}

func blind(tb testing.TB, k vault.Keeper, kind, value string) []byte {
	tb.Helper()
	indexes, err := k.Blind(tb.Context(), vault.Term{Kind: kind, Value: value})
	if err != nil {
		tb.Fatal(err)
	}
	return indexes[0]
}

func TestSecretsOfTheService(t *testing.T) {
	t.Parallel()
	v, pool, kek := newVault(t)
	sealed, err := v.SealSecret(t.Context(), vault.SecondFactors, "account 1", []byte("JBSWY3DP"))
	if err != nil {
		t.Fatal(err)
	}
	again := openVault(t, pool, kek)
	if plain, err := again.OpenSecret(t.Context(), vault.SecondFactors, "account 1", sealed); err != nil || string(plain) != "JBSWY3DP" {
		t.Errorf("after a restart: %q, %v", plain, err)
	}
	_, err = v.OpenSecret(t.Context(), vault.SecondFactors, "account 2", sealed)
	wantErr(t, "another account's place", err, vault.ErrNotAuthentic)
	_, err = v.SealSecret(t.Context(), vault.LogReceipts, "x", nil)
	wantErr(t, "sealing with a key for signing", err, vault.ErrServiceUse)
	elsewhere := openVault(t, newPool(t, testenv.Postgres(t)), kek)
	_, err = elsewhere.OpenSecret(t.Context(), vault.SecondFactors, "account 1", sealed)
	wantErr(t, "another database", err, vault.ErrNotAuthentic)
}

func TestSignatures(t *testing.T) {
	t.Parallel()
	v, pool, kek := newVault(t)
	message := []byte("a receipt")
	signature, err := v.Sign(t.Context(), vault.LogReceipts, message)
	if err != nil {
		t.Fatal(err)
	}
	again := openVault(t, pool, kek)
	public, err := again.PublicKey(t.Context(), vault.LogReceipts)
	if err != nil {
		t.Fatal(err)
	}
	if !ed25519.Verify(public, message, signature) || ed25519.Verify(public, []byte("another receipt"), signature) {
		t.Error("the signature does not tell the messages apart")
	}
	if same, err := again.Sign(t.Context(), vault.LogReceipts, message); err != nil || !bytes.Equal(same, signature) {
		t.Errorf("another signature of the same message, %v", err)
	}
	_, err = v.Sign(t.Context(), vault.SecondFactors, message)
	wantErr(t, "signing with a key for sealing", err, vault.ErrServiceUse)
	_, err = v.PublicKey(t.Context(), "anything")
	wantErr(t, "a use that there is not", err, vault.ErrServiceUse)
}

func TestFormsOpenUnderTheirMonthAndScreening(t *testing.T) {
	t.Parallel()
	v, pool, kek := newVault(t)
	sealed := sealForm(t, v, "2026-11", "screening", "a form")
	create(t, v, newCaseID())
	plain, err := openVault(t, pool, kek).OpenForm(t.Context(), sealed)
	if err != nil || string(plain) != "a form" {
		t.Fatalf("OpenForm after a restart = %q, %v", plain, err)
	}
	for what, change := range map[string]func(*vault.SealedForm){
		"another screening": func(f *vault.SealedForm) { f.Screening = "other" },
		"another month":     func(f *vault.SealedForm) { f.KeyID = "2026-12" },
		"another text":      func(f *vault.SealedForm) { f.Ciphertext = append([]byte{f.Ciphertext[0] ^ 1}, f.Ciphertext[1:]...) },
		"no key inside":     func(f *vault.SealedForm) { f.Enc = nil },
	} {
		altered := sealed
		change(&altered)
		_, err := v.OpenForm(t.Context(), altered)
		wantErr(t, "OpenForm for "+what, err, vault.ErrNotAuthentic)
	}
	_, err = v.FormKey(t.Context(), "now")
	wantErr(t, "FormKey", err, vault.ErrNoKey)
}

// sealForm seals a form as a device does.
func sealForm(t *testing.T, k vault.Keeper, keyID, screening, form string) vault.SealedForm {
	t.Helper()
	raw, err := k.FormKey(t.Context(), keyID)
	if err != nil {
		t.Fatal(err)
	}
	public, err := hpke.DHKEM(ecdh.P256()).NewPublicKey(raw)
	if err != nil {
		t.Fatal(err)
	}
	enc, sender, err := hpke.NewSender(public, hpke.HKDFSHA256(), hpke.AES256GCM(), []byte("songtor form v1"))
	if err != nil {
		t.Fatal(err)
	}
	ciphertext, err := sender.Seal([]byte(screening), []byte(form))
	if err != nil {
		t.Fatal(err)
	}
	return vault.SealedForm{KeyID: keyID, Screening: screening, Enc: enc, Ciphertext: ciphertext}
}
