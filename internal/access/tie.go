package access

import (
	"slices"

	"songtor/domain"
)

// tie is a set of what may hold between a subject's agency and a case, one bit each, by its place in tieNames.
//
// A case is assigned to somebody of the agency that is responsible for it, so that being assigned is no tie of its own: it would only
// keep somebody who has left the agency.
type tie uint16

const (
	responsible      tie = 1 << iota // the agency is responsible for the case now
	opener                           // the agency opened it
	sending                          // a referral by the agency waits for an answer
	sent                             // a referral by the agency was answered or taken back
	asked                            // a referral to the agency waits for its answer
	receiver                         // a referral to the agency was accepted
	served                           // a referral to the agency was accepted and is done
	told                             // the agency has yet to acknowledge a withdrawal of consent
	houses                           // the person has shelter with the agency
	inScreening                      // the case is in the screening stage
	inIdentification                 // the case is in the identification stage
	inProtection                     // the case is in the protection stage
)

// tieNames are the ties as the policies call them, in the order of their bits.
var tieNames = [...]string{
	"responsible", "opener", "sending", "sent", "asked", "receiver", "served", "told", "houses", "screening", "identification", "protection",
}

// party is every tie by which an agency has to do with a case. Who declined a referral, or was asked in vain, has none.
const party = responsible | opener | sending | sent | asked | receiver | served | told | houses

func tiesTo(agency string, c *Case) tie {
	ties := tieOfStage(c.Standing.Stage)
	if agency == "" {
		return ties
	}
	if c.Standing.Agency == agency {
		ties |= responsible
	}
	if c.OpenedBy == agency {
		ties |= opener
	}
	for _, r := range c.Referrals {
		ties |= tiesByReferral(agency, r)
	}
	for _, v := range c.Services {
		ties |= tiesByService(agency, v)
	}
	if c.Shelter == agency {
		ties |= receiver | houses
	}
	if slices.ContainsFunc(c.Withdrawn, func(w domain.Withdrawal) bool { return slices.Contains(w.Waiting, agency) }) {
		ties |= told
	}
	return ties
}

func tieOfStage(s domain.Stage) tie {
	switch s {
	case domain.Screening:
		return inScreening
	case domain.Identification:
		return inIdentification
	case domain.Protection:
		return inProtection
	case domain.Frontline:
	}
	return 0
}

func tiesByReferral(agency string, r domain.Referral) tie {
	var ties tie
	if r.To == agency {
		ties = tieOfReceiver(r.Status)
	}
	switch {
	case r.From != agency:
		return ties
	case r.Status == domain.Pending:
		return ties | sending
	}
	return ties | sent
}

func tieOfReceiver(s domain.ReferralStatus) tie {
	switch s {
	case domain.Pending:
		return asked
	case domain.Accepted:
		return receiver
	case domain.Done:
		return served
	case domain.Declined, domain.Revoked:
	}
	return 0
}

// tiesByService are those of a service: asking for one ties like a referral.
func tiesByService(agency string, v domain.Service) tie {
	var ties tie
	if v.Provider == agency {
		switch v.Status {
		case domain.ServicePending:
			ties |= asked
		case domain.ServiceTaken:
			ties |= receiver
		case domain.ServiceGiven:
			ties |= served
		case domain.ServiceUnavailable, domain.ServiceUnwanted, domain.ServiceReplaced:
		}
	}
	switch {
	case v.By != agency:
	case v.Status == domain.ServicePending:
		ties |= sending
	default:
		ties |= sent
	}
	return ties
}
