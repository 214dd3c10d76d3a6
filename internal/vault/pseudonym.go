package vault

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/tink-crypto/tink-go/v2/keyset"
	"github.com/tink-crypto/tink-go/v2/prf"
)

// pseudonymName is the name of the service key behind Pseudonym.
const pseudonymName = "statistics pseudonyms"

// blindName names what the key of Blind is derived for.
const blindName = "blind indexes"

// Pseudonym names a case in the statistics: HMAC-SHA-256 of its id, 32 bytes, under a key of its own that lies in this database
// alone. Without the key nobody finds the case of a pseudonym by trying the known case ids. It is the same in every process and for
// ever, also when the case's own keys are destroyed.
func (v *Vault) Pseudonym(caseID string) []byte {
	mac := hmac.New(sha256.New, v.pseudonym)
	mac.Write(joined("pseudonym", caseID))
	return mac.Sum(nil)
}

// Blind makes a blind index of a value of a kind: HMAC-SHA-256 under a key of its own, so that equal values are found without being
// read. Whoever has the indexes and not the key can see which are equal, and nothing else.
func (v *Vault) Blind(kind, value string) []byte {
	mac := hmac.New(sha256.New, v.blind)
	mac.Write(joined("blind index", kind, value))
	return mac.Sum(nil)
}

// deriveServiceKeys derives the keys of Pseudonym and Blind, by HKDF, from a keyset that is made with the first start on an empty
// database.
func (v *Vault) deriveServiceKeys(ctx context.Context) error {
	handle, err := v.serviceKey(ctx, pseudonymName)
	if err != nil {
		return err
	}
	derive, err := prf.NewPRFSet(handle)
	if err != nil {
		return fmt.Errorf("couldn't use a service key: %w", err)
	}
	for use, key := range map[string]*[]byte{pseudonymName: &v.pseudonym, blindName: &v.blind} {
		if *key, err = derive.ComputePrimaryPRF(joined(use), sha256.Size); err != nil {
			return fmt.Errorf("couldn't derive from a service key: %w", err)
		}
	}
	return nil
}

// serviceKey fetches a service key. Where there is none it makes one, but only in a database without cases: later a missing key was
// lost, and a new one in its place would hide that.
func (v *Vault) serviceKey(ctx context.Context, name string) (*keyset.Handle, error) {
	fresh, err := keyset.NewHandle(prf.HKDFSHA256PRFKeyTemplate())
	if err != nil {
		return nil, fmt.Errorf("couldn't make a service key: %w", err)
	}
	wrapped, err := v.kek.wrap(fresh, v.kek.serviceData(name))
	if err != nil {
		return nil, err
	}
	if _, err := v.pool.Exec(ctx, insertServiceKey, name, v.kek.kind, v.kek.id, wrapped); err != nil {
		return nil, queryError("store a service key", err)
	}
	var kekType KEKType
	var kekID string
	err = v.pool.QueryRow(ctx, `select kek_type, kek_id, wrapped from service_keys where name = $1`, name).Scan(&kekType, &kekID, &wrapped)
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return nil, fmt.Errorf("couldn't fetch the service key %q: %w", name, ErrNoKey)
	case err != nil:
		return nil, queryError("read a service key", err)
	}
	if err := v.kek.covers(kekType, kekID); err != nil {
		return nil, fmt.Errorf("couldn't open the keys of this database: %w", err)
	}
	return v.kek.unwrap(wrapped, v.kek.serviceData(name))
}

const insertServiceKey = `
	insert into service_keys (name, kek_type, kek_id, wrapped)
	select $1, $2, $3, $4::bytea where not exists (select from case_keys)
	on conflict (name) do nothing`
