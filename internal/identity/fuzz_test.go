package identity

import (
	"errors"
	"testing"
	"time"

	"github.com/go-webauthn/webauthn/protocol"

	"songtor/internal/testenv"
)

// FuzzCanonicalUsername holds that a username has one spelling, and that it is made of what the table allows.
func FuzzCanonicalUsername(f *testing.F) {
	for _, s := range []string{"somchai", "SomChai", "a", "a b", "ｓｏｍ", "som\u0000", "K", "\xff", "ﬁ", "İstanbul"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		name, ok := canonicalUsername(s)
		if !ok {
			return
		}
		if again, ok := canonicalUsername(name); !ok || again != name {
			t.Errorf("%q becomes %q and then %q", s, name, again)
		}
		for _, r := range name {
			if r > 'z' || r < '-' {
				t.Errorf("%q becomes %q", s, name)
			}
		}
	})
}

// FuzzNormalisePassword holds that a password is hashed in one form, and that checking one never fails.
func FuzzNormalisePassword(f *testing.F) {
	for _, s := range []string{"correct horse battery", "น้ำ", "นำ้", "\xff", "demo-only", ""} {
		f.Add("somchai", s)
	}
	f.Fuzz(func(t *testing.T, username, password string) {
		_, _ = checkPassword(username, password)
		normal, ok := normalise(password)
		if !ok {
			return
		}
		if again, ok := normalise(normal); !ok || again != normal {
			t.Errorf("%q becomes %q and then %q", password, normal, again)
		}
	})
}

// FuzzChange holds that what tells processes of a change is read in one way, and what is not understood concerns everybody.
func FuzzChange(f *testing.F) {
	for _, s := range []string{"all", "session x", "account x", "device x", "agency x", "", " ", "session", "newer x"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		c := parseChange(s)
		if again := parseChange(c.String()); again != c && !again.all {
			t.Errorf("%q is read as %+v and then as %+v", s, c, again)
		}
	})
}

// FuzzPasskeyAnswer reads anything as what an authenticator answered.
func FuzzPasskeyAnswer(f *testing.F) {
	for _, s := range []string{
		`{}`, `{"id":"AA","rawId":"AA","type":"public-key","response":{"clientDataJSON":"e30","attestationObject":"oA"}}`,
		`{"id":"AA","rawId":"AA","type":"public-key","response":{"clientDataJSON":"e30","authenticatorData":"AA","signature":"AA","userHandle":"AA"}}`,
		`{"response":{"attestationObject":"o2NmbXRkbm9uZWdhdHRTdG10oGhhdXRoRGF0YVgl"}}`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(_ *testing.T, answer []byte) {
		_, _ = protocol.ParseCredentialCreationResponseBytes(answer)
		_, _ = protocol.ParseCredentialRequestResponseBytes(answer)
	})
}

// FuzzProof reads anything as a device's proof of a request: it is refused as no proof, or known by its name and its key.
func FuzzProof(f *testing.F) {
	device := testenv.NewDevice(f, "https://example.org")
	s := &Service{options: Options{Origin: device.Origin, Now: time.Now}}
	of := Proven{Method: "GET", Path: "/api/v1/session"}
	good := device.Proof(f, device.Claims(of.Method, of.Path, "", nil))
	if _, err := s.readProof(good, of); err != nil {
		f.Fatal(err)
	}
	for _, proof := range []string{good, good[:len(good)-1], good + ".", "", "..", "eyJhbGciOiJub25lIn0.e30.", `{"payload":"e30"}`} {
		f.Add(proof)
	}
	f.Fuzz(func(t *testing.T, proof string) {
		found, err := s.readProof(proof, of)
		switch {
		case err != nil && !errors.Is(err, ErrProof):
			t.Errorf("fails with %v", err)
		case err == nil && (len(found.id) != 32 || len(found.key) != 65 || found.thumbprint == ""):
			t.Errorf("%q counts as %+v", proof, found)
		}
	})
}
