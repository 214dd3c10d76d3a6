package testenv

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// Device is a field device in software: it holds a key and proves that requests come from it.
type Device struct {
	Origin string
	key    *ecdsa.PrivateKey
}

// NewDevice makes a device with a key of its own that talks to an origin.
func NewDevice(tb testing.TB, origin string) *Device {
	tb.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		tb.Fatal(err)
	}
	return &Device{origin, key}
}

// JWK is the public half of its key.
func (d *Device) JWK(tb testing.TB) []byte {
	tb.Helper()
	encoded, err := jose.JSONWebKey{Key: d.key.Public()}.MarshalJSON()
	if err != nil {
		tb.Fatal(err)
	}
	return encoded
}

// Claims are those of a proof of a request made now: the token and the body are empty where there is none.
func (d *Device) Claims(method, path, token string, body []byte) map[string]any {
	claims := map[string]any{"jti": rand.Text(), "htm": method, "htu": d.Origin + path, "iat": time.Now().Unix()}
	if token != "" {
		claims["ath"] = digest([]byte(token))
	}
	if len(body) > 0 {
		claims["bh"] = digest(body)
	}
	return claims
}

func digest(b []byte) string {
	sum := sha256.Sum256(b)
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// Proof signs the claims of a request.
func (d *Device) Proof(tb testing.TB, claims map[string]any) string {
	tb.Helper()
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: d.key},
		(&jose.SignerOptions{EmbedJWK: true}).WithType("dpop+jwt"))
	if err != nil {
		tb.Fatal(err)
	}
	payload, err := json.Marshal(claims)
	if err != nil {
		tb.Fatal(err)
	}
	signed, err := signer.Sign(payload)
	if err != nil {
		tb.Fatal(err)
	}
	compact, err := signed.CompactSerialize()
	if err != nil {
		tb.Fatal(err)
	}
	return compact
}
