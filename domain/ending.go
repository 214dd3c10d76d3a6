package domain

// Ending is how the work on a case ended, as far as that matters for how long it is kept.
type Ending string

// The endings.
const (
	EndedRefused       Ending = "refused_screening"      // an adult who refused to be screened: an anonymous notice is left
	EndedNoGrounds     Ending = "no_grounds"             // screened, without reasonable grounds
	EndedNotIdentified Ending = "not_identified"         // the team found no victim
	EndedBefore        Ending = "closed_before_decision" // closed before the team decided
	EndedVictim        Ending = "identified_and_closed"  // identified as a victim, and closed
)

// Endings lists the endings.
func Endings() []Ending {
	return []Ending{EndedRefused, EndedNoGrounds, EndedNotIdentified, EndedBefore, EndedVictim}
}

// Ending is how the case ended, empty for one that is open or erased.
func (s Standing) Ending() Ending {
	switch s.Status {
	case ConsentDenied:
		return EndedRefused
	case NoGrounds:
		return EndedNoGrounds
	case NotIdentified:
		return EndedNotIdentified
	case Closed:
		if s.Stage == Protection {
			return EndedVictim
		}
		return EndedBefore
	}
	return ""
}
