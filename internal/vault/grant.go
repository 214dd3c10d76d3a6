package vault

import (
	"errors"
	"fmt"
	"slices"

	"songtor/domain"
)

// Use names what keys of cases are unwrapped for. The list is closed: what is not on it opens nothing.
type Use string

// The uses.
const (
	ToShow   Use = "show"   // something to a reader, of which the access record tells
	ToDecide Use = "decide" // a command on the case, and to seal what follows from it
	ToAmend  Use = "amend"  // a command that changes what a form says, and so rests on all that it said
	ToCount  Use = "count"  // the coarse categories of the statistics
	ToMatch  Use = "match"  // people of two cases that may be one
)

// Uses lists every use.
func Uses() []Use { return []Use{ToShow, ToDecide, ToAmend, ToCount, ToMatch} }

// Grant is why somebody is given keys. To show something it takes the access record that is already durable; for the service's own
// work the use alone, which opens fewer scopes. A grant that is not in order is refused with ErrGrant, and one of a demonstration's
// session with ErrDemo wherever the key-encryption key is not of type dev.
type Grant struct {
	Use      Use    `json:"use"`
	Record   string `json:"record,omitempty"`   // id of the access record, a UUID
	Position uint64 `json:"position,omitempty"` // at which that record stands in its log
	Purpose  string `json:"purpose,omitempty"`  // that the reader named
	Demo     bool   `json:"demo,omitempty"`     // the session is one of a demonstration
}

// ErrGrant says that keys were asked for without a reason that covers them: no access record, or scopes that the use does not open.
var ErrGrant = errors.New("no grant for these keys")

// ErrDemo says that a demonstration's session asked for keys that are none of a demonstration.
var ErrDemo = errors.New("a session of the demonstration opens the demonstration's keys only")

// opens lists the scopes that each use opens.
var opens = map[Use][]domain.Scope{
	ToShow:   domain.Scopes(),
	ToDecide: {domain.ScopeIdentity, domain.ScopeSensitive, domain.ScopeStatistics},
	ToAmend:  {domain.ScopeIdentity, domain.ScopeSensitive, domain.ScopeStatistics, domain.ScopeMedical},
	ToCount:  {domain.ScopeStatistics},
	ToMatch:  {domain.ScopeIdentity, domain.ScopeSensitive},
}

// check reports whether the grant covers scopes under a key-encryption key of a type.
func (g Grant) check(kind KEKType, scopes ...domain.Scope) error {
	if g.Demo && kind != KEKDev {
		return ErrDemo
	}
	allowed, known := opens[g.Use]
	if !known {
		return fmt.Errorf("%w: unknown use", ErrGrant)
	}
	if g.Use == ToShow && !g.recorded() {
		return fmt.Errorf("%w: no access record is named", ErrGrant)
	}
	for _, scope := range scopes {
		switch {
		case !slices.Contains(domain.Scopes(), scope):
			return ErrScope
		case !slices.Contains(allowed, scope):
			return fmt.Errorf("%w: to %s does not open scope %s", ErrGrant, g.Use, scope)
		}
	}
	return nil
}

// recorded reports whether an access record is named. Whether it says what is shown is for those who read the records.
func (g Grant) recorded() bool {
	_, err := parseUUID(g.Record)
	return err == nil && g.Position > 0
}
