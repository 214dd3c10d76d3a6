package app

import (
	"context"
	"errors"

	"songtor/internal/access"
	"songtor/internal/identity"
	"songtor/internal/vault"
)

// KeywordSealed is the fault of a sealed form that does not open.
const KeywordSealed = "sealed"

// SealedScreening is a form that a device in the field has sealed to a key of the service.
type SealedScreening struct {
	Key        string
	Enc        []byte
	Ciphertext []byte
}

// FormKeys is what a device needs to finish forms: the key to seal them to, and the one that verifies what the service answers.
type FormKeys struct {
	Seal struct {
		ID        string `json:"id"`
		PublicKey []byte `json:"public_key"` // uncompressed point on P-256
	} `json:"seal"`
	ReceiptKey string `json:"receipt_key"`
}

// FormKeys returns the keys of the moment. Errors: ErrUnavailable.
func (s *Service) FormKeys(ctx context.Context) (FormKeys, error) {
	keys := FormKeys{ReceiptKey: s.signer.ReceiptKey()}
	keys.Seal.ID = vault.FormKeyID(s.Now())
	var err error
	keys.Seal.PublicKey, err = s.vault.FormKey(ctx, keys.Seal.ID)
	if err != nil {
		return FormKeys{}, unavailable("reach the keys", err)
	}
	return keys, nil
}

// SubmitSealed opens a sealed form and records it, as SubmitScreening does. Its id was sealed with it: under another it does not open.
// Who repeats the same bytes repeats the same form, and gets the receipt that the first call had.
func (s *Service) SubmitSealed(ctx context.Context, p identity.Principal, id string, sealed SealedScreening) (Receipt, bool, error) {
	if err := s.May(p, access.ScreeningSubmit); err != nil {
		return Receipt{}, false, err
	}
	body, err := s.openForm(ctx, id, sealed)
	if err != nil {
		return Receipt{}, false, err
	}
	return s.SubmitScreening(ctx, p, id, body)
}

func (s *Service) openForm(ctx context.Context, id string, sealed SealedScreening) ([]byte, error) {
	body, err := s.vault.OpenForm(ctx, vault.SealedForm{KeyID: sealed.Key, Screening: id, Enc: sealed.Enc, Ciphertext: sealed.Ciphertext})
	switch {
	case errors.Is(err, vault.ErrNoKey):
		return nil, invalid("/key", KeywordSealed)
	case errors.Is(err, vault.ErrNotAuthentic):
		return nil, invalid("/ciphertext", KeywordSealed)
	case err != nil:
		return nil, unavailable("reach the keys", err)
	}
	return body, nil
}
