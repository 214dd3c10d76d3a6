package vault

import (
	"context"
	"crypto/ecdh"
	"crypto/hpke"
	"fmt"
	"time"
)

// Forms that are finished in the field are sealed on the device with HPKE (RFC 9180) to a public key of the service: DHKEM(P-256,
// HKDF-SHA256), HKDF-SHA256, AES-256-GCM, with formInfo as info and the id of the screening as associated data. The device cannot open
// them again.
//
// Every month has a key pair of its own, derived from the service's own keyset, so that all processes know it without being told and
// it comes back with every restored backup. The private halves do not leave the keeper, and that of a month stays good: nobody knows
// how long a phone lies in a drawer with a form in it.
const formInfo = "songtor form v1"

const formMonth = "2006-01"

// FormKeyID names the key to which forms are sealed at a time.
func FormKeyID(t time.Time) string { return t.UTC().Format(formMonth) }

// SealedForm is a form as a device sealed it.
type SealedForm struct {
	KeyID      string `json:"key"`
	Screening  string `json:"screening"`
	Enc        []byte `json:"enc"`
	Ciphertext []byte `json:"ciphertext"`
}

// FormKey implements Keeper.
func (v *Vault) FormKey(_ context.Context, keyID string) ([]byte, error) {
	private, err := v.formKey(keyID)
	if err != nil {
		return nil, err
	}
	return private.PublicKey().Bytes(), nil
}

// OpenForm implements Keeper.
func (v *Vault) OpenForm(_ context.Context, f SealedForm) ([]byte, error) {
	private, err := v.formKey(f.KeyID)
	if err != nil {
		return nil, err
	}
	recipient, err := hpke.NewRecipient(f.Enc, private, hpke.HKDFSHA256(), hpke.AES256GCM(), []byte(formInfo))
	if err != nil {
		return nil, ErrNotAuthentic
	}
	plain, err := recipient.Open([]byte(f.Screening), f.Ciphertext)
	if err != nil {
		return nil, ErrNotAuthentic
	}
	return plain, nil
}

// formKey fails with ErrNoKey where the id is not that of a month.
func (v *Vault) formKey(keyID string) (hpke.PrivateKey, error) {
	if _, err := time.Parse(formMonth, keyID); err != nil {
		return nil, fmt.Errorf("couldn't find a key for forms: %w", ErrNoKey)
	}
	seed, err := v.services.forms.ComputePrimaryPRF(joined("forms", keyID), keySize)
	if err != nil {
		return nil, fmt.Errorf("couldn't derive a key for forms: %w", err)
	}
	private, err := hpke.DHKEM(ecdh.P256()).DeriveKeyPair(seed)
	if err != nil {
		return nil, fmt.Errorf("couldn't make a key for forms: %w", err)
	}
	return private, nil
}
