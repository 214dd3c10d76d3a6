package testenv

import (
	"testing"

	"github.com/descope/virtualwebauthn"
)

// Passkey is an authenticator in software that holds one passkey, for tests that sign in as a browser would. Its fields may be
// changed to make it lie.
type Passkey struct {
	Party         virtualwebauthn.RelyingParty
	Authenticator virtualwebauthn.Authenticator
	Credential    virtualwebauthn.Credential
}

// wholeKey is how long a public key on P-256 is in COSE. The authenticator leaves out zeros at the beginning of a coordinate, which one key
// in 128 has and no verifier takes (RFC 9053, section 7.1.1).
const wholeKey = 77

// NewPasskey makes an authenticator used at an origin of the host localhost. A copied passkey is one that its provider keeps on
// several devices.
func NewPasskey(origin string, copied bool) *Passkey {
	credential := virtualwebauthn.NewCredential(virtualwebauthn.KeyTypeEC2)
	for len(credential.Key.AttestationData()) != wholeKey {
		credential = virtualwebauthn.NewCredential(virtualwebauthn.KeyTypeEC2)
	}
	return &Passkey{
		Party: virtualwebauthn.RelyingParty{ID: "localhost", Name: "Songtor", Origin: origin},
		Authenticator: virtualwebauthn.NewAuthenticatorWithOptions(virtualwebauthn.AuthenticatorOptions{
			BackupEligible: copied, BackupState: copied,
		}),
		Credential: credential,
	}
}

// Register answers the options of a registration with the credential in JSON.
func (k *Passkey) Register(tb testing.TB, options []byte) []byte {
	tb.Helper()
	parsed, err := virtualwebauthn.ParseAttestationOptions(string(options))
	if err != nil {
		tb.Fatal(err)
	}
	k.Authenticator.Options.UserHandle = []byte(parsed.UserID)
	return []byte(virtualwebauthn.CreateAttestationResponse(k.Party, k.Authenticator, k.Credential, *parsed))
}

// SignIn answers the options of a sign-in with the credential in JSON, and counts it.
func (k *Passkey) SignIn(tb testing.TB, options []byte) []byte {
	tb.Helper()
	parsed, err := virtualwebauthn.ParseAssertionOptions(string(options))
	if err != nil {
		tb.Fatal(err)
	}
	k.Credential.Counter++
	return []byte(virtualwebauthn.CreateAssertionResponse(k.Party, k.Authenticator, k.Credential, *parsed))
}
