package domain

import "fmt"

// Kind says what sort of refusal an Error is; api maps each kind to one HTTP status.
type Kind int

// The kinds of refusal.
const (
	Refused Kind = iota + 1 // the state of the case does not allow it
	Invalid                 // the command itself is wrong, whatever the state
	Missing                 // there is no such case, screening or referral
)

// Error is a command refused. Rule is a stable name such as "referral.no_consent"; texts for people belong to the
// application's catalogues and are found by it. An Error never carries data of the case.
type Error struct {
	Kind Kind
	Rule string
	// Possible names the commands that the state allows now, so that a caller can say what to do next.
	Possible []string
}

func (e *Error) Error() string { return fmt.Sprintf("refused by rule %s", e.Rule) }

// Is reports whether target is an *Error with the same rule, so that errors.Is(err, &Error{Rule: ...}) works.
func (e *Error) Is(target error) bool {
	t, ok := target.(*Error)
	return ok && t.Rule == e.Rule
}

func refused(s State, rule string) error {
	return &Error{Kind: Refused, Rule: rule, Possible: s.Possible()}
}

func invalid(rule string) error { return &Error{Kind: Invalid, Rule: rule} }

func missing(rule string) error { return &Error{Kind: Missing, Rule: rule} }
