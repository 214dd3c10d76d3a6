package domain

import "time"

// Limit is a time limit with the place it comes from. Time limits of the mechanism differ by year and province and few are
// published, so each is configuration with a source; a limit of zero is not set and never makes a deadline.
type Limit struct {
	Duration time.Duration
	Source   string
}

// Limits are the time limits in force when a command is decided.
type Limits struct {
	// Identification is the time from reasonable grounds to the team's decision: the shelter and basic services that a presumed
	// victim may have before the identification interview.
	Identification Limit
	// AcceptReferral is the time a receiving agency has to answer a referral.
	AcceptReferral Limit
}

// DefaultLimits are the limits for which a source was found. The time to answer a referral is not among them.
func DefaultLimits() Limits {
	return Limits{Identification: Limit{
		Duration: 15 * 24 * time.Hour,
		Source:   "US Department of State, Trafficking in Persons Report 2023, Thailand: up to 15 days before the identification interview",
	}}
}

func (l Limit) after(t time.Time) *time.Time {
	if l.Duration == 0 {
		return nil
	}
	due := t.Add(l.Duration)
	return &due
}
