package transparency

import (
	"crypto/ed25519"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"io"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"
)

// A cosignature is eight bytes of time, in seconds since 1970 and big-endian, and an Ed25519 signature (C2SP tlog-cosignature).
const (
	timeSize        = 8
	cosignatureSize = timeSize + ed25519.SignatureSize
)

// verifier verifies signatures of a named key. It is a note.Verifier.
type verifier struct {
	name      string
	algorithm byte
	public    ed25519.PublicKey
}

// parseKey reads a verifier key: of a log or of receipts with the algorithm of plain signatures, of a witness with that of cosignatures.
func parseKey(encoded string, algorithm byte) (verifier, error) {
	name, rest, _ := strings.Cut(encoded, "+")
	_, material, _ := strings.Cut(rest, "+")
	decoded, err := base64.StdEncoding.DecodeString(material)
	if err != nil || len(decoded) != 1+ed25519.PublicKeySize || decoded[0] != algorithm || !goodName(name) {
		return verifier{}, fmt.Errorf("couldn't read a verifier key: %w", ErrBadKey)
	}
	if encodeKey(name, algorithm, decoded[1:]) != encoded {
		return verifier{}, fmt.Errorf("couldn't read a verifier key: %w", ErrBadKey)
	}
	return verifier{name, algorithm, decoded[1:]}, nil
}

// Name implements note.Verifier.
func (v verifier) Name() string { return v.name }

// KeyHash implements note.Verifier.
func (v verifier) KeyHash() uint32 { return keyHash(v.name, v.algorithm, v.public) }

// Verify implements note.Verifier.
func (v verifier) Verify(message, signature []byte) bool {
	if v.algorithm == algEd25519 {
		return ed25519.Verify(v.public, message, signature)
	}
	if len(signature) != cosignatureSize {
		return false
	}
	at := binary.BigEndian.Uint64(signature)
	return at < 1<<63 && ed25519.Verify(v.public, cosigned(at, message), signature[timeSize:])
}

// cosigned is what a witness signs.
func cosigned(at uint64, message []byte) []byte {
	return fmt.Appendf(nil, "cosignature/v1\ntime %d\n%s", at, message)
}

// cosignedAt reads the time of a cosignature that has been verified.
func cosignedAt(s note.Signature) (time.Time, error) {
	decoded, err := base64.StdEncoding.DecodeString(s.Base64)
	if err != nil || len(decoded) != 4+cosignatureSize {
		return time.Time{}, ErrBadKey
	}
	return time.Unix(int64(binary.BigEndian.Uint64(decoded[4:])), 0).UTC(), nil
}

// Cosigner signs checkpoints as a witness. It is a note.Signer, may be used concurrently, and no form of it prints.
type Cosigner struct {
	name    string
	private ed25519.PrivateKey
	now     func() time.Time
}

// NewCosigner makes a witness's key of its name and a secret of SecretSize bytes. It tells the time by now. It fails with ErrBadName
// and ErrBadKey.
func NewCosigner(name string, secret []byte, now func() time.Time) (*Cosigner, error) {
	switch {
	case len(secret) != SecretSize:
		return nil, fmt.Errorf("couldn't use the witness's secret: %w", ErrBadKey)
	case !goodName(name):
		return nil, fmt.Errorf("couldn't name the witness: %w", ErrBadName)
	}
	return &Cosigner{name, ed25519.NewKeyFromSeed(secret), now}, nil
}

// Format keeps the key out of anything printed, whatever the verb.
func (c *Cosigner) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "[key of a witness]") }

// VerifierKey is what verifies the witness's cosignatures, as a policy names it.
func (c *Cosigner) VerifierKey() string {
	return encodeKey(c.name, algCosignature, publicOf(c.private))
}

// Name implements note.Signer.
func (c *Cosigner) Name() string { return c.name }

// KeyHash implements note.Signer.
func (c *Cosigner) KeyHash() uint32 {
	return keyHash(c.name, algCosignature, publicOf(c.private))
}

// Sign implements note.Signer.
func (c *Cosigner) Sign(message []byte) ([]byte, error) {
	at := uint64(c.now().Unix())
	return append(binary.BigEndian.AppendUint64(nil, at), ed25519.Sign(c.private, cosigned(at, message))...), nil
}

var (
	_ note.Signer   = (*Cosigner)(nil)
	_ note.Verifier = verifier{}
)

// WitnessVerifier reads a witness's verifier key. It fails with ErrBadKey.
func WitnessVerifier(encoded string) (note.Verifier, error) { return parseKey(encoded, algCosignature) }

// LogVerifier reads the verifier key of a log. It fails with ErrBadKey.
func LogVerifier(encoded string) (note.Verifier, error) { return parseKey(encoded, algEd25519) }
