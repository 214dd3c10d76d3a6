package vault

import (
	"encoding/base64"
	"fmt"
	"io"
	"slices"

	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/keyset"
	"github.com/tink-crypto/tink-go/v2/tink"

	"songtor/domain"
)

// keyIDSize is the length of a key id in bytes, before base64: two keys with one id cost 2^96 work even for who makes both keys.
const keyIDSize = 24

// CaseKeys are the unwrapped keys of one case, for all scopes or for those that were asked for. They are for the work at hand and
// are not to be kept: that is how destroying takes effect. They may be used concurrently, and no form of them prints.
type CaseKeys struct {
	caseID    string
	destroyed bool
	keys      map[domain.Scope]scopeKey
}

// scopeKey seals and opens one scope of a case.
type scopeKey struct {
	id       string
	handle   *keyset.Handle
	aead     tink.AEAD
	sealOnly bool
}

func newScopeKey(handle *keyset.Handle, caseID string, scope domain.Scope) (scopeKey, error) {
	id, err := fingerprint(handle, keyIDSize, "case key", caseID, string(scope))
	if err != nil {
		return scopeKey{}, err
	}
	primitive, err := aead.New(handle)
	if err != nil {
		return scopeKey{}, fmt.Errorf("couldn't use a key: %w", err)
	}
	return scopeKey{id: base64.RawURLEncoding.EncodeToString(id), handle: handle, aead: primitive}, nil
}

// CaseID names the case.
func (k *CaseKeys) CaseID() string { return k.caseID }

// Destroyed reports whether the case's keys were destroyed; Seal and Open then fail with ErrDestroyed.
func (k *CaseKeys) Destroyed() bool { return k.destroyed }

// live returns the keys, or ErrDestroyed where nothing is left to open.
func (k *CaseKeys) live() (*CaseKeys, error) {
	if k.destroyed {
		return nil, fmt.Errorf("couldn't fetch the keys of case %s: %w", k.caseID, ErrDestroyed)
	}
	return k, nil
}

// Covers reports whether these keys can seal in a scope.
func (k *CaseKeys) Covers(scope domain.Scope) bool {
	_, err := k.key(scope)
	return err == nil
}

// sealOnly leaves to the keys of scopes that the grant does not open nothing but sealing. Sealing and opening take the same secret, so
// this keeps mistakes of the service from showing anything, and not a process that was taken over.
func (k *CaseKeys) sealOnly(g Grant) {
	for scope, key := range k.keys {
		key.sealOnly = !slices.Contains(opens[g.Use], scope)
		k.keys[scope] = key
	}
}

// Format keeps the keys out of anything printed, whatever the verb.
func (k CaseKeys) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "[keys of a case]") }

// Seal encrypts plain for a place in the case's history that context names. The same context is needed to open it. It fails with
// ErrScope where these keys do not cover the scope and with ErrDestroyed.
func (k *CaseKeys) Seal(scope domain.Scope, context, plain []byte) (domain.Sealed, error) {
	key, err := k.key(scope)
	if err != nil {
		return domain.Sealed{}, err
	}
	padded := pad(plain)
	defer clear(padded)
	ciphertext, err := key.aead.Encrypt(padded, k.associated(scope, context))
	if err != nil {
		return domain.Sealed{}, fmt.Errorf("couldn't encrypt: %w", err)
	}
	return domain.Sealed{KeyID: key.id, Ciphertext: ciphertext}, nil
}

// Open decrypts what Seal made for the same case, scope and context. It fails with ErrNotAuthentic where any of them differs or the
// ciphertext was altered, with ErrWrongKey where another key is named, with ErrGrant where the keys were given to seal only, and with ErrScope and ErrDestroyed as
// Seal does.
func (k *CaseKeys) Open(scope domain.Scope, context []byte, sealed domain.Sealed) ([]byte, error) {
	key, err := k.key(scope)
	if err != nil {
		return nil, err
	}
	switch {
	case key.sealOnly:
		return nil, ErrGrant
	case sealed.KeyID != key.id:
		return nil, ErrWrongKey
	}
	padded, err := key.aead.Decrypt(sealed.Ciphertext, k.associated(scope, context))
	if err != nil {
		return nil, ErrNotAuthentic
	}
	plain, ok := unpad(padded)
	if !ok {
		return nil, ErrNotAuthentic
	}
	return plain, nil
}

func (k *CaseKeys) key(scope domain.Scope) (scopeKey, error) {
	switch {
	case k == nil:
		return scopeKey{}, ErrNoKey
	case k.destroyed:
		return scopeKey{}, ErrDestroyed
	}
	key, ok := k.keys[scope]
	if !ok {
		return scopeKey{}, ErrScope
	}
	return key, nil
}

// associated is what a ciphertext is bound to.
func (k *CaseKeys) associated(scope domain.Scope, context []byte) []byte {
	return appendPart(joined("sealed", k.caseID, string(scope)), context)
}
