package access

import (
	"slices"
	"time"

	"songtor/domain"
)

// Subject is who asks, and how surely it is that person.
type Subject struct {
	domain.Actor
	// Provinces are those of the account, nil for every one. They narrow lists and never open a case.
	Provinces []string
	Assurance Assurance
	Fresh     bool     // the person proved who they are within the last five minutes
	Demo      bool     // a demonstration account
	DevKeys   bool     // the keys of the cases are of type dev: the only ones that a demonstration account may touch
	Purpose   Purpose  // what the subject asks for; empty for what the role usually works for
	Tokens    []string // what stands for the subject in Standing.Excluded: the keyed digests of the agency and of the account
}

// Assurance says how surely a session is that of its person. The levels are those of identity.Assurance.
type Assurance int

// The levels.
const (
	PasswordOnly Assurance = iota // opens nothing of a case
	TwoFactors                    // own work in the field, never identified data
	Phishproof                    // identified data, and the work on cases
	DeviceBound                   // what cannot be taken back
)

// Purpose is what somebody opens a case for. The set is closed.
type Purpose string

// The purposes.
const (
	ForScreening     Purpose = "screening"
	ForProtection    Purpose = "protection"
	ForInvestigation Purpose = "investigation_support"
	ForHealth        Purpose = "health"
	ForLegal         Purpose = "legal"
	ForSupervision   Purpose = "supervision"
	ForStatistics    Purpose = "statistics"
	ForTechnical     Purpose = "technical"
)

// Purposes lists the purposes.
func Purposes() []Purpose {
	return []Purpose{
		ForScreening, ForProtection, ForInvestigation, ForHealth, ForLegal, ForSupervision, ForStatistics, ForTechnical,
	}
}

// KnownPurpose reports whether a name is that of a purpose.
func KnownPurpose(name string) bool { return slices.Contains(Purposes(), Purpose(name)) }

// Usual returns what a role works for where it does not say otherwise; empty for an unknown role.
func Usual(r domain.Role) Purpose {
	switch r {
	case domain.Responder:
		return ForScreening
	case domain.CaseManager, domain.Shelter:
		return ForProtection
	case domain.Team:
		return ForInvestigation
	case domain.Auditor:
		return ForSupervision
	case domain.Committee:
		return ForStatistics
	case domain.Admin:
		return ForTechnical
	}
	return ""
}

// Case is what the rules look at in a case.
type Case struct {
	Standing  domain.Standing
	OpenedBy  string // the agency that opened it; empty where not known
	Referrals []domain.Referral
	Services  []domain.Service
	Shelter   string // the agency where the person has shelter; empty where none
	Withdrawn []domain.Withdrawal
	Glass     []domain.Glass // who broke the glass to read it
	At        time.Time      // when it is asked about: a broken glass holds for a time
	Erased    bool           // two people agreed to its erasure, or its keys were destroyed
}
