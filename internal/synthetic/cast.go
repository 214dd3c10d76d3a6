package synthetic

import (
	"time"

	"songtor/domain"
	"songtor/internal/identity"
)

// Accounts finds the account of a person who does the work by its username, such as identity.DemoAccounts names them; false where there
// is none. Whoever signs in with such an account then finds cases in their own hands.
type Accounts func(username string) (identity.Principal, bool)

// cast is who does the work of the demonstration. The first five are those of the demonstration's accounts, where there are any.
type cast struct {
	responder, manager, team, shelter identity.Principal
	auditor                           identity.Principal // looks at what was done
	colleague                         identity.Principal // works beside the manager, in the same agency
	superior                          identity.Principal // approves what the manager has set
}

func newCast(accounts Accounts) *cast {
	find := func(username string, role domain.Role, agency string) identity.Principal {
		if accounts != nil {
			if p, ok := accounts(username); ok && p.Role == role {
				return p
			}
		}
		return as(role, agency)
	}
	c := &cast{
		responder: find("responder", domain.Responder, "immigration-bureau"),
		manager:   find("casemanager", domain.CaseManager, ministry),
		team:      find("team", domain.Team, "sdhs-bangkok"),
		shelter:   find("shelter", domain.Shelter, "shelter-women-central"),
		auditor:   find("auditor", domain.Auditor, ministry),
	}
	c.colleague, c.superior = as(domain.CaseManager, c.manager.Agency), as(domain.CaseManager, c.manager.Agency)
	c.colleague.UserID += "-colleague"
	c.superior.UserID += "-superior"
	return c
}

// ministry is the agency that most cases are handed to.
const ministry = "datip"

// as is somebody of an agency without an account.
func as(role domain.Role, agency string) identity.Principal {
	return SignedIn(identity.Principal{UserID: "synthetic-" + string(role) + "-" + agency, Role: role, Agency: agency})
}

// SignedIn is an account as if its person had just signed in to the demonstration in the surest way.
func SignedIn(p identity.Principal) identity.Principal {
	p.Assurance, p.AuthTime, p.Demo = identity.DeviceBound, time.Now(), true
	return p
}

// officerFor is who meets people in a province.
func (c *cast) officerFor(p person, n int) identity.Principal {
	local := map[string][]string{
		"TH-63": {"immigration-tak", "police-tak", "district-mae-sot"},
		"TH-27": {"immigration-sa-kaeo", "police-sa-kaeo"},
		"TH-57": {"police-chiang-rai"},
		"TH-90": {"police-songkhla", "labour-songkhla"},
		"TH-74": {"labour-samut-sakhon"},
		"TH-85": {"labour-ranong"},
		"TH-43": {"immigration-nong-khai"},
	}[p.province]
	agencies := append(local, "rtp-atpd", "ngo-sapan-jai")
	switch {
	case n%3 == 0:
		return c.responder
	case p.labour && n%2 == 0:
		return as(domain.Responder, "dlpw")
	}
	return as(domain.Responder, agencies[n%len(agencies)])
}

// managerOf is somebody who works the cases of a ministry's office.
func (c *cast) managerOf(agency string) identity.Principal {
	if agency == c.manager.Agency {
		return c.manager
	}
	return as(domain.CaseManager, agency)
}

// providerOf is somebody who answers for a service.
func (c *cast) providerOf(agency string) identity.Principal {
	if agency == c.shelter.Agency {
		return c.shelter
	}
	return as(domain.Shelter, agency)
}

// memberOf is somebody whom an agency sends into a team.
func (c *cast) memberOf(agency string) identity.Principal {
	if agency == c.team.Agency {
		return c.team
	}
	return as(domain.Team, agency)
}
