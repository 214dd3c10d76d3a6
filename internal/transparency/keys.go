package transparency

import (
	"crypto/ed25519"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/mod/sumdb/note"
)

// SecretSize is the size in bytes of the secret from which all keys of a log are derived.
const SecretSize = 32

// The algorithm bytes of the C2SP signed-note and tlog-cosignature specifications.
const (
	algEd25519     = 1
	algCosignature = 4
)

// Errors about keys.
var (
	ErrBadName = errors.New("the log's name is not one that a signature can bear")
	ErrBadKey  = errors.New("malformed key")
)

// Keys are those by which a service answers for its log: one for the checkpoints of each tree and one for receipts. They may be used
// concurrently, and no form of them prints.
type Keys struct {
	cases    *key
	access   *key
	receipts *key
}

// NewKeys derives the keys of a log, by HKDF, from a secret of SecretSize bytes. The name tells this log from all others, for ever:
// a URL without its scheme is usual. An empty name becomes one that follows from the secret. It fails with ErrBadName and ErrBadKey.
func NewKeys(name string, secret []byte) (*Keys, error) {
	if len(secret) != SecretSize {
		return nil, fmt.Errorf("couldn't use the log's secret: %w", ErrBadKey)
	}
	if name == "" {
		sum := sha256.Sum256(derive(secret, "name"))
		name = "songtor-" + hex.EncodeToString(sum[:4])
	}
	if !goodName(name) {
		return nil, fmt.Errorf("couldn't name the log: %w", ErrBadName)
	}
	return &Keys{
		cases:    newKey(name+"/cases", derive(secret, "cases")),
		access:   newKey(name+"/access", derive(secret, "access")),
		receipts: newKey(name+"/receipts", derive(secret, "receipts")),
	}, nil
}

// OpenKeys reads the log's secret from a file, which it makes with the first start: 32 random bytes that their owner alone may use.
func OpenKeys(file, name string) (*Keys, error) {
	secret, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		secret, err = createSecret(file)
	}
	if err != nil {
		return nil, fmt.Errorf("couldn't open the log's key file: %w", err)
	}
	return NewKeys(name, secret)
}

// createSecret writes a new secret and returns when it is on disk: what is signed with a key that is lost can no longer be told from
// what somebody else signed.
func createSecret(file string) ([]byte, error) {
	secret := make([]byte, SecretSize)
	if _, err := rand.Read(secret); err != nil {
		return nil, err
	}
	return secret, writeDurably(file, secret)
}

// writeDurably replaces a file in one step and returns when the new content is on disk.
func writeDurably(file string, content []byte) error {
	f, err := os.CreateTemp(filepath.Dir(file), "."+filepath.Base(file)+"-")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	_, err = f.Write(content)
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.Rename(f.Name(), file); err != nil {
		return err
	}
	folder, err := os.Open(filepath.Dir(file))
	if err != nil {
		return err
	}
	defer folder.Close()
	return folder.Sync()
}

// Format keeps the keys out of anything printed, whatever the verb.
func (k *Keys) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "[keys of the log]") }

// ReceiptKey is what verifies receipts, in the form of a signed note's verifier key.
func (k *Keys) ReceiptKey() string { return k.receipts.public() }

// derive makes a key for one use out of the secret.
func derive(secret []byte, use string) []byte {
	derived, err := hkdf.Key(sha256.New, secret, nil, "songtor log v1 "+use, ed25519.SeedSize)
	if err != nil {
		panic(err) // only for a length that SHA-256 cannot give
	}
	return derived
}

// key is an Ed25519 key with a name, as the C2SP signed-note specification has it. It is a note.Signer.
type key struct {
	name    string
	private ed25519.PrivateKey
}

func newKey(name string, seed []byte) *key { return &key{name, ed25519.NewKeyFromSeed(seed)} }

// Name implements note.Signer.
func (k *key) Name() string { return k.name }

// KeyHash implements note.Signer.
func (k *key) KeyHash() uint32 { return keyHash(k.name, algEd25519, publicOf(k.private)) }

// Sign implements note.Signer. It always gives the same signature for the same message.
func (k *key) Sign(message []byte) ([]byte, error) { return ed25519.Sign(k.private, message), nil }

func (k *key) id() string { return fmt.Sprintf("%08x", k.KeyHash()) }

func (k *key) public() string { return encodeKey(k.name, algEd25519, publicOf(k.private)) }

var _ note.Signer = (*key)(nil)

func publicOf(private ed25519.PrivateKey) ed25519.PublicKey {
	return ed25519.PublicKey(private[ed25519.SeedSize:])
}

// encodeKey writes a verifier key: name, id and key.
func encodeKey(name string, algorithm byte, public []byte) string {
	return fmt.Sprintf("%s+%08x+%s", name, keyHash(name, algorithm, public), base64.StdEncoding.EncodeToString(append([]byte{algorithm}, public...)))
}

// keyHash is the id of a key under a name.
func keyHash(name string, algorithm byte, public []byte) uint32 {
	sum := sha256.Sum256(append(append([]byte(name+"\n"), algorithm), public...))
	return uint32(sum[0])<<24 | uint32(sum[1])<<16 | uint32(sum[2])<<8 | uint32(sum[3])
}

// goodName is the rule of the signed-note specification for names.
func goodName(name string) bool {
	return name != "" && utf8.ValidString(name) && !strings.ContainsFunc(name, unicode.IsSpace) && !strings.Contains(name, "+")
}
