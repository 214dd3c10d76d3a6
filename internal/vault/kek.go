package vault

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"io"
	"slices"
	"sync"
	"time"

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

// KEK is a key-encryption key: it wraps the keys of the cases. It has versions, each a random key of its own; the latest wraps, and
// those before it unwrap until nothing is left that they wrapped. It may be used concurrently, and no form of it prints.
type KEK struct{ *kekState }

type kekState struct {
	kind KEKType
	file keyFile

	mu       sync.RWMutex
	versions []*kekVersion // oldest first
}

// kekVersion is one version of a key-encryption key.
type kekVersion struct {
	kind   KEKType
	id     string
	made   time.Time
	handle *keyset.Handle
	aead   tink.AEAD
}

// Type says where the key comes from.
func (k *KEK) Type() KEKType { return k.kind }

// ID is a fingerprint of the version that wraps now and its type, in 16 hexadecimal digits. It is not secret.
func (k *KEK) ID() string { return k.latest().id }

// Age is how long ago the version that wraps now was made.
func (k *KEK) Age(now time.Time) time.Duration { return now.Sub(k.latest().made) }

// Format keeps the key out of anything printed, whatever the verb.
func (k KEK) Format(f fmt.State, _ rune) {
	_, _ = io.WriteString(f, "[kek "+string(k.kind)+" "+k.latest().id+"]")
}

func (k *kekState) latest() *kekVersion {
	k.mu.RLock()
	defer k.mu.RUnlock()
	return k.versions[len(k.versions)-1]
}

func (k *kekState) all() []*kekVersion {
	k.mu.RLock()
	defer k.mu.RUnlock()
	return slices.Clone(k.versions)
}

// version finds the version that a row names. It fails with ErrWrongKEK where the key file had none such when it was last read.
func (k *kekState) version(kind KEKType, id string) (*kekVersion, error) {
	for _, v := range k.all() {
		if v.id == id && v.kind == kind {
			return v, nil
		}
	}
	return nil, fmt.Errorf("%w: it is of type %s and id %s, this one of type %s and id %s", ErrWrongKEK, kind, id, k.kind, k.latest().id)
}

// newVersion makes a version of a keyset.
func newVersion(kind KEKType, handle *keyset.Handle, made time.Time) (*kekVersion, error) {
	id, err := fingerprint(handle, 8, "key-encryption key", string(kind))
	if err != nil {
		return nil, err
	}
	primitive, err := aead.New(handle)
	if err != nil {
		return nil, fmt.Errorf("couldn't use the key-encryption key: %w", err)
	}
	return &kekVersion{kind: kind, id: hex.EncodeToString(id), made: made, handle: handle, aead: primitive}, nil
}

// wrapScope encrypts the keyset of a case's scope.
func (k *kekVersion) wrapScope(handle *keyset.Handle, caseID string, scope domain.Scope) ([]byte, error) {
	return k.wrap(handle, k.scopeData(caseID, scope))
}

// unwrapScope is the reverse of wrapScope. It fails with ErrWrongKEK.
func (k *kekVersion) unwrapScope(wrapped []byte, caseID string, scope domain.Scope) (*keyset.Handle, error) {
	return k.unwrap(wrapped, k.scopeData(caseID, scope))
}

func (k *kekVersion) scopeData(caseID string, scope domain.Scope) []byte {
	return joined("case key", string(k.kind), k.id, caseID, string(scope))
}

func (k *kekVersion) serviceData(name string) []byte {
	return joined("service key", string(k.kind), k.id, name)
}

func (k *kekVersion) wrap(handle *keyset.Handle, associated []byte) ([]byte, error) {
	var wrapped bytes.Buffer
	if err := handle.WriteWithAssociatedData(keyset.NewBinaryWriter(&wrapped), k.aead, associated); err != nil {
		return nil, fmt.Errorf("couldn't wrap a key: %w", err)
	}
	return wrapped.Bytes(), nil
}

func (k *kekVersion) unwrap(wrapped, associated []byte) (*keyset.Handle, error) {
	handle, err := keyset.ReadWithAssociatedData(keyset.NewBinaryReader(bytes.NewReader(wrapped)), k.aead, associated)
	if err != nil {
		return nil, fmt.Errorf("couldn't unwrap a key: %w: %w", ErrWrongKEK, err)
	}
	return handle, nil
}
