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
	AuthTime  time.Time // when the password was given
}

// Actor returns the principal as it enters the log: without the username.
func (p Principal) Actor() domain.Actor {
	return domain.Actor{User: p.UserID, Agency: p.Agency, Role: p.Role}
}
