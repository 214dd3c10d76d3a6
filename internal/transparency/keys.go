package transparency

import (
	"context"
	"crypto/ed25519"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/mod/sumdb/note"
)

// SecretSize is the size in bytes of a secret from which keys are derived.
const SecretSize = 32

// The algorithm bytes of the C2SP signed-note and tlog-cosignature specifications.
const (
	algEd25519     = 1
	algCosignature = 4
)

// Errors about keys.
var (
	ErrBadName = errors.New("the name is not one that a signature can bear")
	ErrBadKey  = errors.New("malformed key")
)

// Use is what a key of the log signs. Each use has a key of its own, so that a signature for one is never one for another.
type Use string

// The uses.
const (
	UseCases    Use = "cases"    // checkpoints of the tree of cases
	UseAccess   Use = "access"   // checkpoints of the tree of the access record
	UseReceipts Use = "receipts" // receipts and bundles
)

// Holder has the private keys, Ed25519 (RFC 8032), and lets nobody see them.
type Holder interface {
	PublicKey(ctx context.Context, use Use) (ed25519.PublicKey, error)
	Sign(ctx context.Context, use Use, message []byte) ([]byte, error)
}

// Keys are those by which a service answers for its log. They may be used concurrently.
type Keys struct{ cases, access, receipts *key }

// NewKeys names the keys of a log. The name tells this log from all others, for ever: a URL without its scheme is usual. An empty name
// becomes one that follows from the keys. It fails with ErrBadName, and with an error of the holder.
func NewKeys(ctx context.Context, name string, holder Holder) (*Keys, error) {
	keys := map[Use]*key{}
	for _, use := range []Use{UseCases, UseAccess, UseReceipts} {
		public, err := holder.PublicKey(ctx, use)
		if err != nil {
			return nil, fmt.Errorf("couldn't fetch the log's key for %s: %w", use, err)
		}
		keys[use] = &key{public: public, sign: func(ctx context.Context, message []byte) ([]byte, error) {
			return holder.Sign(ctx, use, message)
		}}
	}
	if name == "" {
		sum := sha256.Sum256(keys[UseCases].public)
		name = "songtor-" + hex.EncodeToString(sum[:4])
	}
	if !goodName(name) {
		return nil, fmt.Errorf("couldn't name the log: %w", ErrBadName)
	}
	for use, k := range keys {
		k.name = name + "/" + string(use)
	}
	return &Keys{keys[UseCases], keys[UseAccess], keys[UseReceipts]}, nil
}

// ReceiptKey is what verifies receipts, in the form of a signed note's verifier key.
func (k *Keys) ReceiptKey() string { return k.receipts.encoded() }

// Secret is a Holder whose keys are derived, by HKDF, from SecretSize random bytes in this process.
type Secret []byte

// PublicKey implements Holder.
func (s Secret) PublicKey(_ context.Context, use Use) (ed25519.PublicKey, error) {
	return publicOf(s.private(use)), nil
}

// Sign implements Holder.
func (s Secret) Sign(_ context.Context, use Use, message []byte) ([]byte, error) {
	return ed25519.Sign(s.private(use), message), nil
}

func (s Secret) private(use Use) ed25519.PrivateKey {
	seed, err := hkdf.Key(sha256.New, s, nil, "songtor log v1 "+string(use), ed25519.SeedSize)
	if err != nil {
		panic(err) // only for a length that SHA-256 cannot give
	}
	return ed25519.NewKeyFromSeed(seed)
}

// Format keeps the secret out of anything printed, whatever the verb.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte("[secret of the log]")) }

// key is an Ed25519 key with a name, as the C2SP signed-note specification has it.
type key struct {
	name   string
	public ed25519.PublicKey
	sign   func(ctx context.Context, message []byte) ([]byte, error)
}

func (k *key) hash() uint32 { return keyHash(k.name, algEd25519, k.public) }

func (k *key) id() string { return keyID(k.hash()) }

func (k *key) encoded() string { return encodeKey(k.name, algEd25519, k.public) }

// signer is a key for the time of one signature. It is a note.Signer, whose interface has no place for a context.
type signer struct {
	ctx context.Context
	key *key
}

// Name implements note.Signer.
func (s signer) Name() string { return s.key.name }

// KeyHash implements note.Signer.
func (s signer) KeyHash() uint32 { return s.key.hash() }

// Sign implements note.Signer.
func (s signer) Sign(message []byte) ([]byte, error) { return s.key.sign(s.ctx, message) }

var _ note.Signer = signer{}

func publicOf(private ed25519.PrivateKey) ed25519.PublicKey {
	return ed25519.PublicKey(private[ed25519.SeedSize:])
}

// encodeKey writes a verifier key: name, id and key.
func encodeKey(name string, algorithm byte, public []byte) string {
	material := base64.StdEncoding.EncodeToString(append([]byte{algorithm}, public...))
	return name + "+" + keyID(keyHash(name, algorithm, public)) + "+" + material
}

// keyHash is the id of a key under a name.
func keyHash(name string, algorithm byte, public []byte) uint32 {
	sum := sha256.Sum256(append(append([]byte(name+"\n"), algorithm), public...))
	return binary.BigEndian.Uint32(sum[:])
}

func keyID(hash uint32) string { return fmt.Sprintf("%08x", hash) }

// goodName is the rule of the signed-note specification for names.
func goodName(name string) bool {
	return name != "" && utf8.ValidString(name) && !strings.ContainsFunc(name, unicode.IsSpace) && !strings.Contains(name, "+")
}
