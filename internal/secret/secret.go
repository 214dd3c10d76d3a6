// Package secret holds values that must not be printed: passwords, tokens, passphrases, addresses with a password in them.
//
// A Value prints as [redacted] whatever prints it: package fmt with any verb, log/slog, any encoder of JSON or text, and so every error
// that it is wrapped in. What is inside comes out by one method only, Expose, whose callers a test of internal/archtest lists.
package secret

import (
	"crypto/subtle"
	"fmt"
	"io"
	"log/slog"
)

// Redacted is what stands in the place of a secret wherever one would be printed.
const Redacted = "[redacted]"

// Value is a secret of any type. Its zero value holds nothing.
type Value[T any] struct {
	// A pointer, because fmt prints the fields of a struct without asking their methods where the field is not exported; of a pointer
	// inside a struct it prints the address.
	inside *T
}

// Of makes a secret of v.
func Of[T any](v T) Value[T] { return Value[T]{&v} }

// Expose returns what is inside, or the zero value where there is nothing.
func (v Value[T]) Expose() T {
	if v.inside == nil {
		var zero T
		return zero
	}
	return *v.inside
}

// String implements fmt.Stringer.
func (Value[T]) String() string { return Redacted }

// GoString implements fmt.GoStringer.
func (Value[T]) GoString() string { return Redacted }

// Format implements fmt.Formatter: every verb prints the same.
func (Value[T]) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, Redacted) }

// LogValue implements slog.LogValuer.
func (Value[T]) LogValue() slog.Value { return slog.StringValue(Redacted) }

// MarshalText implements encoding.TextMarshaler, which every encoder of JSON, XML and YAML asks.
func (Value[T]) MarshalText() ([]byte, error) { return []byte(Redacted), nil }

// MarshalJSON implements json.Marshaler.
func (Value[T]) MarshalJSON() ([]byte, error) { return []byte(`"` + Redacted + `"`), nil }

// GobEncode implements gob.GobEncoder.
func (Value[T]) GobEncode() ([]byte, error) { return []byte(Redacted), nil }

// Text is a secret text. It can be read from a flag, an environment variable, a file of configuration and a body of JSON.
type Text struct{ Value[string] }

// TextOf makes a secret of s.
func TextOf(s string) Text { return Text{Of(s)} }

// Empty reports whether the text has no characters.
func (t Text) Empty() bool { return t.Expose() == "" }

// Equal reports whether two texts are the same, in a time that does not tell where they differ.
func (t Text) Equal(other Text) bool {
	return subtle.ConstantTimeCompare([]byte(t.Expose()), []byte(other.Expose())) == 1
}

// UnmarshalText implements encoding.TextUnmarshaler.
func (t *Text) UnmarshalText(text []byte) error {
	*t = TextOf(string(text))
	return nil
}
