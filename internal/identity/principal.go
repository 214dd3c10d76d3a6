package identity

import (
	"time"

	"songtor/domain"
)

// Principal is the signed-in person of a request.
type Principal struct {
	UserID    string // the account's id
	Username  string
	Role      domain.Role
	Agency    string
	Provinces []string // nil for all; shared with other requests, so not to be changed
	SessionID string
	AuthTime  time.Time // when the person last proved who they are
	Assurance Assurance // how surely it is that person
	Demo      bool      // a demonstration account: it may only touch what a key of type dev wraps
	Device    string    // id of the enrolled device that the session is bound to; empty for none
	Purpose   string    // what the request says that it is for (access.Purpose); empty for the role's usual one
}

// Actor returns the principal as it enters the log: without the username.
func (p Principal) Actor() domain.Actor {
	return domain.Actor{User: p.UserID, Agency: p.Agency, Role: p.Role}
}
