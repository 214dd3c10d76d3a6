package vault

import (
	"encoding/binary"
	"fmt"
	"slices"

	"songtor/domain"
)

// SealCommit seals the personal parts of a commit in place, each for its place in this commit. After an error the commit may be
// sealed in part; it still cannot be encoded, and its maker starts again.
func SealCommit(k *CaseKeys, c *domain.Commit) error {
	if err := sameCase(k, c); err != nil {
		return err
	}
	for i, p := range c.Privates() {
		err := p.Seal(func(scope domain.Scope, plain []byte) (domain.Sealed, error) {
			return k.Seal(scope, place(c, i), plain)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// OpenCommit opens the personal parts of a commit that belong to the given scopes, in place, and leaves the others closed. It fails
// as CaseKeys.Open does.
func OpenCommit(k *CaseKeys, c *domain.Commit, scopes ...domain.Scope) error {
	if err := sameCase(k, c); err != nil {
		return err
	}
	for i, p := range c.Privates() {
		if !slices.Contains(scopes, p.Scope) {
			continue
		}
		err := p.Open(func(scope domain.Scope, sealed domain.Sealed) ([]byte, error) {
			return k.Open(scope, place(c, i), sealed)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// sameCase keeps a mix-up of cases from looking like damage. Without keys there is nothing to compare: sealing then says why.
func sameCase(k *CaseKeys, c *domain.Commit) error {
	if k != nil && k.caseID != c.CaseID {
		return fmt.Errorf("%w: the keys are another case's", ErrWrongKey)
	}
	return nil
}

// place names the i-th personal part of a commit.
func place(c *domain.Commit, i int) []byte {
	return binary.BigEndian.AppendUint32(appendPart(nil, c.ID), uint32(i))
}
