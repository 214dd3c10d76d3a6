package vault

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"io"

	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/keyset"
	"github.com/tink-crypto/tink-go/v2/tink"

	"songtor/domain"
)

// KEKType says where a key-encryption key comes from. It is part of everything that the key wraps.
type KEKType string

// The types.
const (
	KEKDev        KEKType = "dev"        // in clear in a file of the demonstration
	KEKKeyFile    KEKType = "keyfile"    // in clear in a file
	KEKPassphrase KEKType = "passphrase" // in a file, encrypted under a passphrase
)

// KEK is a key-encryption key: it wraps the keys of the cases. It may be used concurrently, and no form of it prints.
type KEK struct {
	kind KEKType
	id   string
	aead tink.AEAD
}

// Type says where the key comes from.
func (k *KEK) Type() KEKType { return k.kind }

// ID is a fingerprint of the key and its type, in 16 hexadecimal digits. It is not secret.
func (k *KEK) ID() string { return k.id }

// Format keeps the key out of anything printed, whatever the verb.
func (k KEK) Format(f fmt.State, _ rune) {
	_, _ = io.WriteString(f, "[kek "+string(k.kind)+" "+k.id+"]")
}

// newKEK makes a KEK of a keyset.
func newKEK(kind KEKType, handle *keyset.Handle) (*KEK, error) {
	id, err := fingerprint(handle, 8, "key-encryption key", string(kind))
	if err != nil {
		return nil, err
	}
	primitive, err := aead.New(handle)
	if err != nil {
		return nil, fmt.Errorf("couldn't use the key-encryption key: %w", err)
	}
	return &KEK{kind: kind, id: hex.EncodeToString(id), aead: primitive}, nil
}

// wrapScope encrypts the keyset of a case's scope.
func (k *KEK) wrapScope(handle *keyset.Handle, caseID string, scope domain.Scope) ([]byte, error) {
	return k.wrap(handle, k.scopeData(caseID, scope))
}

// unwrapScope is the reverse of wrapScope. It fails with ErrWrongKEK.
func (k *KEK) unwrapScope(wrapped []byte, caseID string, scope domain.Scope) (*keyset.Handle, error) {
	return k.unwrap(wrapped, k.scopeData(caseID, scope))
}

func (k *KEK) scopeData(caseID string, scope domain.Scope) []byte {
	return joined("case key", string(k.kind), k.id, caseID, string(scope))
}

func (k *KEK) serviceData(name string) []byte {
	return joined("service key", string(k.kind), k.id, name)
}

func (k *KEK) wrap(handle *keyset.Handle, associated []byte) ([]byte, error) {
	var wrapped bytes.Buffer
	if err := handle.WriteWithAssociatedData(keyset.NewBinaryWriter(&wrapped), k.aead, associated); err != nil {
		return nil, fmt.Errorf("couldn't wrap a key: %w", err)
	}
	return wrapped.Bytes(), nil
}

func (k *KEK) unwrap(wrapped, associated []byte) (*keyset.Handle, error) {
	handle, err := keyset.ReadWithAssociatedData(keyset.NewBinaryReader(bytes.NewReader(wrapped)), k.aead, associated)
	if err != nil {
		return nil, fmt.Errorf("couldn't unwrap a key: %w: %w", ErrWrongKEK, err)
	}
	return handle, nil
}

// covers checks that the row names this KEK. The wrapped key would not open otherwise; the names tell the operator why.
func (k *KEK) covers(kind KEKType, id string) error {
	if kind != k.kind || id != k.id {
		return fmt.Errorf("%w: it is of type %s and id %s, this one of type %s and id %s", ErrWrongKEK, kind, id, k.kind, k.id)
	}
	return nil
}
