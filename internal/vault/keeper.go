package vault

import (
	"context"
	"crypto/ed25519"

	"songtor/domain"
)

// Keeper is what the service needs of its keys: a Vault in the same process, or a Client of one that runs as a process and a user of
// its own. Its methods may be called concurrently. All fail with ErrUnavailable where the keys cannot be reached; the call may then be
// repeated.
type Keeper interface {
	// Create makes the keys of a case and returns when they are kept for good. Where the case has keys it returns those, and existed is
	// true. It fails with ErrDestroyed where they were destroyed.
	Create(ctx context.Context, caseID string, g Grant) (keys *CaseKeys, existed bool, err error)
	// Extend makes the key of a scope for which the case has none yet, and returns the case's keys for what a command may seal.
	Extend(ctx context.Context, caseID string, g Grant, scope domain.Scope) (*CaseKeys, error)
	// Keys unwraps the keys of a case for the scopes named and no others. A scope for which the case has no key yet is left out.
	// It fails with ErrDestroyed, with ErrNoKey where there is no trace of any, and as Grant says.
	Keys(ctx context.Context, caseID string, g Grant, scopes ...domain.Scope) (*CaseKeys, error)
	// KeysFor unwraps the keys of one scope for many cases. There is an entry for every case asked for; where the keys were destroyed
	// it says so itself. One case without a trace of keys fails the call with ErrNoKey.
	KeysFor(ctx context.Context, g Grant, scope domain.Scope, caseIDs []string) (map[string]*CaseKeys, error)
	// Destroy destroys the keys of a case for ever. Repeating it changes nothing.
	Destroy(ctx context.Context, caseID, reason string) error
	// Erasures tells of which cases the keys were destroyed.
	Erasures(ctx context.Context) (Erasures, error)
	// Recorded notes that what the log says up to a position has been carried out here, and that it says of these cases that their keys
	// were destroyed.
	Recorded(ctx context.Context, through uint64, caseIDs ...string) error

	// Blind makes the blind index of each term, in the order given.
	Blind(ctx context.Context, terms ...Term) ([][]byte, error)
	// Exclusion makes the digest by which a case names an agency or an account that may not know of it, such as "agency:datip". Every
	// request needs two of them, so their key is given to the process that asks; it finds agencies and accounts and no person.
	Exclusion(who string) []byte
	// Pseudonyms names cases, or other things with an id, in the statistics, in the order given.
	Pseudonyms(ctx context.Context, ids ...string) ([][]byte, error)

	// Coins makes the key of the coins that are tossed for one release of the statistics. Whoever has it could replay why counts were
	// withheld, so that it is given to the process that builds the release and kept nowhere.
	Coins(ctx context.Context, release string) ([]byte, error)

	// FormKey is the public key of an id to which devices seal finished forms. It fails with ErrNoKey where there is none of that id.
	FormKey(ctx context.Context, keyID string) ([]byte, error)
	// OpenForm opens what a device sealed. It fails with ErrNoKey, and with ErrNotAuthentic where it was not sealed under this key for
	// this screening.
	OpenForm(ctx context.Context, f SealedForm) ([]byte, error)

	// SealSecret encrypts a secret of the service itself under the key of a use; place is where it is kept and is needed to open it.
	SealSecret(ctx context.Context, use ServiceUse, place string, plain []byte) ([]byte, error)
	// OpenSecret decrypts what SealSecret made for the same use and place. It fails with ErrNotAuthentic.
	OpenSecret(ctx context.Context, use ServiceUse, place string, sealed []byte) ([]byte, error)
	// Sign signs a message with the signing key of a use, which never leaves the keeper. Equal messages have equal signatures.
	Sign(ctx context.Context, use ServiceUse, message []byte) ([]byte, error)
	// PublicKey is the other half of that signing key.
	PublicKey(ctx context.Context, use ServiceUse) (ed25519.PublicKey, error)

	// Type says of which type the key-encryption key is; KEKDev is that of a demonstration.
	Type() KEKType
	// Ping reports whether keys could be given out now.
	Ping(ctx context.Context) error
}

var _ Keeper = (*Vault)(nil)

// Term is a value of a kind of which a blind index is made.
type Term struct {
	Kind  string `json:"kind"`
	Value string `json:"value"`
}

// ServiceUse names what a key of the service itself is for.
type ServiceUse string

// The uses.
const (
	SecondFactors ServiceUse = "second factors" // sealing the secrets of one-time codes
	LogCases      ServiceUse = "log cases"      // signing checkpoints of the tree of cases
	LogAccess     ServiceUse = "log access"     // signing checkpoints of the tree of the access record
	LogReceipts   ServiceUse = "log receipts"   // signing receipts and bundles
	Backups       ServiceUse = "backups"        // signing what a backup says of itself
	ReleaseProofs ServiceUse = "release proofs" // sealing certificates of releases that tell in which combinations people are
)
