package vault

import (
	"context"
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/sha256"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/insecuresecretdataaccess"
	"github.com/tink-crypto/tink-go/v2/keyset"
	"github.com/tink-crypto/tink-go/v2/prf"
	"github.com/tink-crypto/tink-go/v2/secretdata"
	"github.com/tink-crypto/tink-go/v2/tink"
)

// rootName is the name under which the service's own keyset is stored. It was first made for pseudonyms; every other key of the
// service is derived from it for a use of its own.
const rootName = "statistics pseudonyms"

// ErrServiceUse says that there is no key of the service for a use.
var ErrServiceUse = errors.New("the service has no key for this use")

// services are the keys of the service itself, derived by HKDF from one keyset that is made with the first start on an empty database.
type services struct {
	pseudonym []byte   // key of Pseudonyms
	blind     []byte   // key of Blind
	exclusion []byte   // key of Exclusion
	coins     []byte   // key of Coins
	forms     *prf.Set // from which FormKey derives
	seals     map[ServiceUse]tink.AEAD
	signs     map[ServiceUse]ed25519.PrivateKey
}

// Pseudonyms implements Keeper: HMAC-SHA-256 of each id, 32 bytes, under a key of its own that lies in this database alone. Without
// the key nobody finds the case of a pseudonym by trying the known case ids. It is the same in every process and for ever, also when
// the case's own keys are destroyed.
func (v *Vault) Pseudonyms(_ context.Context, ids ...string) ([][]byte, error) {
	names := make([][]byte, len(ids))
	for i, id := range ids {
		names[i] = digest(v.services.pseudonym, joined("pseudonym", id))
	}
	return names, nil
}

// Blind implements Keeper: HMAC-SHA-256 of kind and value under a key of its own, so that equal values are found without being read.
// Whoever has the indexes and not the key can see which are equal, and nothing else.
func (v *Vault) Blind(_ context.Context, terms ...Term) ([][]byte, error) {
	indexes := make([][]byte, len(terms))
	for i, term := range terms {
		indexes[i] = digest(v.services.blind, joined("blind index", term.Kind, term.Value))
	}
	return indexes, nil
}

// Exclusion implements Keeper.
func (v *Vault) Exclusion(who string) []byte { return exclusion(v.services.exclusion, who) }

func exclusion(key []byte, who string) []byte { return digest(key, joined("exclusion", who)) }

// Coins implements Keeper: HMAC-SHA-256 of the release's name under a key of its own.
func (v *Vault) Coins(_ context.Context, release string) ([]byte, error) {
	return digest(v.services.coins, joined("coins", release)), nil
}

func digest(key, message []byte) []byte {
	mac := hmac.New(sha256.New, key)
	mac.Write(message)
	return mac.Sum(nil)
}

// SealSecret implements Keeper.
func (v *Vault) SealSecret(_ context.Context, use ServiceUse, place string, plain []byte) ([]byte, error) {
	key, ok := v.services.seals[use]
	if !ok {
		return nil, ErrServiceUse
	}
	sealed, err := key.Encrypt(plain, joined("service secret", string(use), place))
	if err != nil {
		return nil, fmt.Errorf("couldn't encrypt: %w", err)
	}
	return sealed, nil
}

// OpenSecret implements Keeper.
func (v *Vault) OpenSecret(_ context.Context, use ServiceUse, place string, sealed []byte) ([]byte, error) {
	key, ok := v.services.seals[use]
	if !ok {
		return nil, ErrServiceUse
	}
	plain, err := key.Decrypt(sealed, joined("service secret", string(use), place))
	if err != nil {
		return nil, ErrNotAuthentic
	}
	return plain, nil
}

// Sign implements Keeper, with Ed25519 (RFC 8032).
func (v *Vault) Sign(_ context.Context, use ServiceUse, message []byte) ([]byte, error) {
	key, ok := v.services.signs[use]
	if !ok {
		return nil, ErrServiceUse
	}
	return ed25519.Sign(key, message), nil
}

// PublicKey implements Keeper.
func (v *Vault) PublicKey(_ context.Context, use ServiceUse) (ed25519.PublicKey, error) {
	key, ok := v.services.signs[use]
	if !ok {
		return nil, ErrServiceUse
	}
	return append(ed25519.PublicKey(nil), key[ed25519.SeedSize:]...), nil
}

// serviceKeys derives the service's keys.
func (v *Vault) serviceKeys(ctx context.Context) (services, error) {
	handle, err := v.serviceKey(ctx, rootName)
	if err != nil {
		return services{}, err
	}
	root, err := prf.NewPRFSet(handle)
	if err != nil {
		return services{}, fmt.Errorf("couldn't use a service key: %w", err)
	}
	var failed error
	derive := func(use string) []byte {
		key, err := root.ComputePrimaryPRF(joined(use), keySize)
		failed = errors.Join(failed, err)
		return key
	}
	s := services{
		pseudonym: derive(rootName),
		blind:     derive("blind indexes"),
		exclusion: derive("exclusions"),
		coins:     derive("coins of releases"),
		forms:     root,
		seals:     map[ServiceUse]tink.AEAD{},
		signs:     map[ServiceUse]ed25519.PrivateKey{},
	}
	sealing := map[ServiceUse][]byte{}
	for _, use := range []ServiceUse{SecondFactors, ReleaseProofs} {
		sealing[use] = derive("seal " + string(use))
	}
	for _, use := range []ServiceUse{LogCases, LogAccess, LogReceipts, Backups} {
		if seed := derive("sign " + string(use)); failed == nil {
			s.signs[use] = ed25519.NewKeyFromSeed(seed)
		}
	}
	if failed != nil {
		return services{}, fmt.Errorf("couldn't derive from a service key: %w", failed)
	}
	for use, secret := range sealing {
		if s.seals[use], err = cipherOf(secret); err != nil {
			return services{}, err
		}
	}
	return s, nil
}

// cipherOf makes an AEAD of a secret of keySize bytes.
func cipherOf(secret []byte) (tink.AEAD, error) {
	handle, err := keysetOf(secretdata.NewBytesFromData(secret, insecuresecretdataaccess.Token{}))
	if err != nil {
		return nil, err
	}
	return aead.New(handle)
}

// serviceKey fetches a service key. Where there is none it makes one, but only in a database without cases: later a missing key was
// lost, and a new one in its place would hide that.
func (v *Vault) serviceKey(ctx context.Context, name string) (*keyset.Handle, error) {
	fresh, err := keyset.NewHandle(prf.HKDFSHA256PRFKeyTemplate())
	if err != nil {
		return nil, fmt.Errorf("couldn't make a service key: %w", err)
	}
	kek := v.kek.latest()
	wrapped, err := kek.wrap(fresh, kek.serviceData(name))
	if err != nil {
		return nil, err
	}
	if _, err := v.pool.Exec(ctx, insertServiceKey, name, kek.kind, kek.id, wrapped); err != nil {
		return nil, queryError("store a service key", err)
	}
	return v.readServiceKey(ctx, v.pool, name)
}

// querier is a pool or a transaction.
type querier interface {
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
}

func (v *Vault) readServiceKey(ctx context.Context, db querier, name string) (*keyset.Handle, error) {
	var kekType KEKType
	var kekID string
	var wrapped []byte
	err := db.QueryRow(ctx, `select kek_type, kek_id, wrapped from service_keys where name = $1`, name).Scan(&kekType, &kekID, &wrapped)
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return nil, fmt.Errorf("couldn't fetch the service key %q: %w", name, ErrNoKey)
	case err != nil:
		return nil, queryError("read a service key", err)
	}
	kek, err := v.kek.version(kekType, kekID)
	if err != nil {
		return nil, fmt.Errorf("couldn't open the keys of this database: %w", err)
	}
	return kek.unwrap(wrapped, kek.serviceData(name))
}

const insertServiceKey = `
	insert into service_keys (name, kek_type, kek_id, wrapped)
	select $1, $2, $3, $4::bytea where not exists (select from case_keys)
	on conflict (name) do nothing`
