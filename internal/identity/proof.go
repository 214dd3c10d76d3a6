package identity

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"errors"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/jackc/pgx/v5"

	"songtor/domain"
)

// Proofs that a request comes from an enrolled device, after RFC 9449 (DPoP): a JWT signed by the device's key over the request. To
// what that standard asks is added the digest of the body (claim bh), so that nobody changes it on the way.
const (
	proofType  = "dpop+jwt"
	proofMost  = 4 << 10 // bytes
	proofSkew  = 60 * time.Second
	proofIDMax = 128
)

// Proven is the request that a proof has to be of.
type Proven struct {
	Method string
	Path   string
	Token  string // under which it is made; empty for signing in
	Body   []byte // nil for a request without one, and for a stream, whose parts come later than the proof
}

// signedProof is a proof whose signature and claims are right. Whether the key is anybody's is not known yet.
type signedProof struct {
	id         []byte // digest of its jti
	key        []byte // uncompressed point
	thumbprint string // RFC 7638
}

type proofClaims struct {
	ID     string `json:"jti"`
	Method string `json:"htm"`
	URI    string `json:"htu"`
	Issued int64  `json:"iat"`
	Token  string `json:"ath"`
	Body   string `json:"bh"`
}

// readProof checks everything about a proof that it says itself. It fails with ErrProof.
func (s *Service) readProof(proof string, of Proven) (signedProof, error) {
	if proof == "" || len(proof) > proofMost {
		return signedProof{}, ErrProof
	}
	parsed, err := jose.ParseSignedCompact(proof, []jose.SignatureAlgorithm{jose.ES256})
	if err != nil {
		return signedProof{}, ErrProof
	}
	header := parsed.Signatures[0].Protected
	kind, _ := header.ExtraHeaders[jose.HeaderType].(string)
	if kind != proofType || header.JSONWebKey == nil || !header.JSONWebKey.Valid() || !header.JSONWebKey.IsPublic() {
		return signedProof{}, ErrProof
	}
	key, ok := header.JSONWebKey.Key.(*ecdsa.PublicKey)
	if !ok {
		return signedProof{}, ErrProof
	}
	payload, err := parsed.Verify(key)
	if err != nil {
		return signedProof{}, ErrProof
	}
	var claims proofClaims
	if json.Unmarshal(payload, &claims) != nil || !s.claimsHold(claims, of) {
		return signedProof{}, ErrProof
	}
	return identified(header.JSONWebKey, key, claims)
}

func identified(jwk *jose.JSONWebKey, key *ecdsa.PublicKey, claims proofClaims) (signedProof, error) {
	point, err := key.Bytes()
	if err != nil {
		return signedProof{}, ErrProof
	}
	id := sha256.Sum256([]byte(claims.ID))
	return signedProof{id: id[:], key: point, thumbprint: thumbprintOf(jwk)}, nil
}

// thumbprintOf names a key; empty for one that has no name.
func thumbprintOf(jwk *jose.JSONWebKey) string {
	thumbprint, err := jwk.Thumbprint(crypto.SHA256)
	if err != nil {
		return ""
	}
	return base64.RawURLEncoding.EncodeToString(thumbprint)
}

func (s *Service) claimsHold(c proofClaims, of Proven) bool {
	age := s.now().Sub(time.Unix(c.Issued, 0))
	switch {
	case c.ID == "" || len(c.ID) > proofIDMax:
	case age > proofSkew || age < -proofSkew:
	case c.Method != of.Method || c.URI != s.options.Origin+of.Path:
	case of.Token != "" && !same(c.Token, digestOf([]byte(of.Token))):
	case of.Body != nil && !same(c.Body, digestOf(of.Body)):
	default:
		return true
	}
	return false
}

func digestOf(b []byte) string {
	sum := sha256.Sum256(b)
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

func same(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }

// DeviceOf returns the account whose device a proof is of, and the device. Errors: ErrProof, ErrUnavailable.
func (s *Service) DeviceOf(ctx context.Context, proof string, of Proven) (account, device string, err error) {
	signed, err := s.readProof(proof, of)
	if err != nil {
		return "", "", err
	}
	err = s.db.QueryRow(ctx, "select account, id from identity.device where thumbprint = $1 and lost_at is null", signed.thumbprint).Scan(
		&account, &device)
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return "", "", ErrProof
	case err != nil:
		return "", "", couldNot("find a device", err)
	}
	return account, device, s.takeProof(ctx, device, signed)
}

// CheckProof fails with ErrProof where a request under a session that is bound to a device does not come from it: the token alone,
// taken to another machine, is worth nothing. Errors: ErrProof, ErrUnavailable.
func (s *Service) CheckProof(ctx context.Context, p Principal, proof string, of Proven) error {
	signed, err := s.readProof(proof, of)
	if err != nil {
		return err
	}
	return s.takeProof(ctx, p.Device, signed)
}

// RevokedDevice is a device that signs for nothing any more, or whose account was shut: all that it may still do is hand over what was
// finished on it.
type RevokedDevice struct {
	ID       string
	Username string
	Officer  domain.Actor // whose device it is
}

// RevokedDeviceOf returns the device whose key made a proof, where it was reported lost or its account was shut. A device in use is
// refused: what it has goes the usual way. Errors: ErrProof, ErrUnavailable.
func (s *Service) RevokedDeviceOf(ctx context.Context, proof string, of Proven) (RevokedDevice, error) {
	signed, err := s.readProof(proof, of)
	if err != nil {
		return RevokedDevice{}, err
	}
	var d RevokedDevice
	err = s.db.QueryRow(ctx, `
		select d.id, a.username, a.id, a.agency, a.role from identity.device d join identity.account a on a.id = d.account
		where d.thumbprint = $1 and (d.lost_at is not null or not a.active) and (not a.demo or $2)`, signed.thumbprint, s.options.AllowDemo).Scan(
		&d.ID, &d.Username, &d.Officer.User, &d.Officer.Agency, &d.Officer.Role)
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return RevokedDevice{}, ErrProof
	case err != nil:
		return RevokedDevice{}, couldNot("find a device", err)
	}
	return d, s.noteProof(ctx, d.ID, signed, "thumbprint = $2")
}

// takeProof notes a proof of a device in use, once, and that the device was heard of.
func (s *Service) takeProof(ctx context.Context, device string, signed signedProof) error {
	return s.noteProof(ctx, device, signed, "thumbprint = $2 and lost_at is null")
}

// noteProof notes a proof of a device, once: the same proof again, at any process, is refused, and so is one of another key.
func (s *Service) noteProof(ctx context.Context, device string, signed signedProof, condition string) error {
	tag, err := s.db.Exec(ctx, `
		with used as (
			update identity.device set used_at = $4 where id = $1 and `+condition+` returning id
		), stale as (
			delete from identity.proof_seen where expires_at <= $4
		)
		insert into identity.proof_seen (device, id_hash, expires_at) select id, $3, $5 from used
		on conflict do nothing`, device, signed.thumbprint, signed.id, s.now(), s.now().Add(2*proofSkew+time.Second))
	switch {
	case err != nil:
		return couldNot("note the proof of a device", err)
	case tag.RowsAffected() == 0:
		return ErrProof
	}
	return nil
}
