package domain

import (
	"encoding/json"
	"errors"
	"fmt"
)

// Scope is a class of personal data with a key of its own in every case. Who may open which scope is decided outside the domain.
type Scope string

// The scopes.
const (
	ScopeIdentity   Scope = "identity"   // names, documents, contacts
	ScopeSensitive  Scope = "sensitive"  // answers, narrative, findings: data under s.26 of the Thai PDPA among them
	ScopeStatistics Scope = "statistics" // the few coarse categories that are counted
	ScopeLocation   Scope = "location"   // where a person has shelter: what a trafficker would look for
	ScopeMedical    Scope = "medical"    // injuries, illness, pregnancy and treatment; functioning is not among them: whoever meets the person adapts to it
	ScopeLegal      Scope = "legal"      // claims, legal advice, the grounds of holds and exclusions
)

// Scopes lists every scope.
func Scopes() []Scope {
	return []Scope{ScopeIdentity, ScopeSensitive, ScopeStatistics, ScopeLocation, ScopeMedical, ScopeLegal}
}

// Sealed is personal data as it lies in the log and in rows: a ciphertext and the name of the key that opens it.
type Sealed struct {
	KeyID      string `json:"key"`
	Ciphertext []byte `json:"ct"`
}

// ErrUnsealed says that somebody tried to write personal data in clear.
var ErrUnsealed = errors.New("personal data is not sealed")

// ErrClosed says that sealed data was asked for without having been opened.
var ErrClosed = errors.New("sealed data has not been opened")

// Private is personal data on its way into or out of an event. It is made in clear, sealed before it is written and opened
// after it is read; only the sealed form can be encoded, and no form prints.
type Private struct {
	Scope  Scope
	Sealed *Sealed
	plain  []byte
}

// NewPrivate makes a Private of v's JSON encoding.
func NewPrivate(scope Scope, v any) (Private, error) {
	plain, err := json.Marshal(v)
	if err != nil {
		return Private{}, errors.New("couldn't encode personal data")
	}
	return Private{Scope: scope, plain: plain}, nil
}

// PrivateJSON makes a Private of bytes that are JSON already.
func PrivateJSON(scope Scope, encoded []byte) Private { return Private{Scope: scope, plain: encoded} }

// Empty reports whether there is nothing in it, sealed or clear.
func (p Private) Empty() bool { return p.Sealed == nil && p.plain == nil }

// Plain returns the clear bytes, or nil where they have not been opened.
func (p Private) Plain() []byte { return p.plain }

// Reveal decodes the clear bytes into v. It fails with ErrClosed where they have not been opened.
func (p Private) Reveal(v any) error {
	if p.plain == nil {
		return ErrClosed
	}
	if err := json.Unmarshal(p.plain, v); err != nil {
		return errors.New("couldn't decode personal data")
	}
	return nil
}

// Seal replaces the clear bytes by what seal makes of them.
func (p *Private) Seal(seal func(Scope, []byte) (Sealed, error)) error {
	if p.plain == nil {
		return nil
	}
	sealed, err := seal(p.Scope, p.plain)
	if err != nil {
		return fmt.Errorf("couldn't seal %s data: %w", p.Scope, err)
	}
	p.Sealed, p.plain = &sealed, nil
	return nil
}

// Open fills in the clear bytes by means of open and keeps the sealed form.
func (p *Private) Open(open func(Scope, Sealed) ([]byte, error)) error {
	if p.Sealed == nil {
		return nil
	}
	plain, err := open(p.Scope, *p.Sealed)
	if err != nil {
		return fmt.Errorf("couldn't open %s data: %w", p.Scope, err)
	}
	p.plain = plain
	return nil
}

// String keeps personal data out of anything printed with %v or %s.
func (p Private) String() string { return "[private]" }

// GoString does the same for %#v.
func (p Private) GoString() string { return "[private]" }

type privateWire struct {
	Scope Scope `json:"scope"`
	Sealed
}

// MarshalJSON encodes the sealed form, and fails with ErrUnsealed where there is none.
func (p Private) MarshalJSON() ([]byte, error) {
	if p.Empty() {
		return []byte("null"), nil
	}
	if p.Sealed == nil {
		return nil, ErrUnsealed
	}
	return json.Marshal(privateWire{p.Scope, *p.Sealed})
}

// UnmarshalJSON reads the sealed form.
func (p *Private) UnmarshalJSON(b []byte) error {
	if string(b) == "null" {
		*p = Private{}
		return nil
	}
	var w privateWire
	if err := json.Unmarshal(b, &w); err != nil {
		return fmt.Errorf("couldn't decode a sealed value: %w", err)
	}
	*p = Private{Scope: w.Scope, Sealed: &w.Sealed}
	return nil
}

// private makes a Private of plain values, which always encode.
func private(scope Scope, v any) Private {
	plain, err := json.Marshal(v)
	if err != nil {
		panic("domain: a value that cannot be encoded: " + err.Error())
	}
	return PrivateJSON(scope, plain)
}

// optional is empty for nil.
func optional[T any](v *T) Private {
	if v == nil {
		return Private{}
	}
	return private(ScopeSensitive, *v)
}

func optionalNote(text string) Private {
	if text == "" {
		return Private{}
	}
	return private(ScopeSensitive, text)
}
