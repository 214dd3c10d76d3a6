package identity

import (
	"fmt"
	"slices"
	"time"
)

// Assurance says how surely a session is that of its person, after the levels of NIST SP 800-63B-4.
type Assurance int

// The levels.
const (
	PasswordOnly Assurance = iota // a password alone: good for adding another factor and for nothing else
	TwoFactors                    // password and one-time code: own work, never identified data
	Phishproof                    // a passkey with user verification, or a provider that vouches for as much
	DeviceBound                   // a passkey that cannot leave its device, for what cannot be taken back
)

// assuranceNames are how the levels are called outside the program.
func assuranceNames() []string {
	return []string{"password_only", "two_factors", "phishproof", "device_bound"}
}

// String returns the name of the level.
func (a Assurance) String() string {
	if names := assuranceNames(); a >= 0 && int(a) < len(names) {
		return names[a]
	}
	return fmt.Sprintf("assurance %d", int(a))
}

// MarshalText gives the level its name in answers.
func (a Assurance) MarshalText() ([]byte, error) { return []byte(a.String()), nil }

// UnmarshalText reads the name of a level.
func (a *Assurance) UnmarshalText(text []byte) error {
	i := slices.Index(assuranceNames(), string(text))
	if i < 0 {
		return fmt.Errorf("there is no such level of assurance; there are %v", assuranceNames())
	}
	*a = Assurance(i)
	return nil
}

// FreshFor is how long after a person has shown who they are this counts for what cannot be taken back.
const FreshFor = 5 * time.Minute

// Fresh reports whether the principal has shown who they are just before the time given.
func (p Principal) Fresh(now time.Time) bool { return now.Sub(p.AuthTime) <= FreshFor }

// StepUp is the error of an act that the person may do, but for which the session does not show surely or lately enough that it is
// theirs. Signing in again, by a stronger factor or anew, mends it.
type StepUp struct {
	Need  Assurance
	Fresh bool // the person has to have shown it within FreshFor
}

// Error implements error.
func (e *StepUp) Error() string {
	if e.Fresh {
		return fmt.Sprintf("this needs a sign-in of level %v that is not older than %v", e.Need, FreshFor)
	}
	return fmt.Sprintf("this needs a sign-in of level %v", e.Need)
}

// Require returns a *StepUp where the principal's session is not of the level, or not fresh where that is asked.
func (p Principal) Require(need Assurance, fresh bool, now time.Time) error {
	if p.Assurance < need || fresh && !p.Fresh(now) {
		return &StepUp{Need: need, Fresh: fresh}
	}
	return nil
}

// Method is one way in which a person showed who they are.
type Method string

// The methods. Their names are those of RFC 8176 where it has one.
const (
	ByPassword      Method = "pwd"
	ByCode          Method = "otp" // a one-time code by the time (RFC 6238)
	ByRecoveryCode  Method = "recovery"
	ByPasskey       Method = "swk" // a passkey that its provider copies to other devices
	ByDevicePasskey Method = "hwk" // a passkey that cannot leave its device
	ByProvider      Method = "oidc"
)

// Client is the kind of program that a session is used from, as far as a person needs it to tell their sessions apart.
type Client string

// The kinds.
const (
	Browser Client = "browser"
	Phone   Client = "phone"
	Program Client = "program"
)

// Evidence is how a person showed who they are, and from where.
type Evidence struct {
	Methods []Method
	Client  Client // Program where empty
	Device  string // id of the enrolled device that the session is bound to; empty for none

	// Of a sign-in at an outside provider: what its word is worth, and what it calls the person and the session.
	vouched                     Assurance
	issuer, subject, providerID string
}

// assurance is what the evidence amounts to.
func (e Evidence) assurance() Assurance {
	has := func(m Method) bool { return slices.Contains(e.Methods, m) }
	switch {
	case has(ByProvider):
		return e.vouched
	case has(ByDevicePasskey):
		return DeviceBound
	case has(ByPasskey):
		return Phishproof
	case has(ByPassword) && (has(ByCode) || has(ByRecoveryCode)):
		return TwoFactors
	}
	return PasswordOnly
}
