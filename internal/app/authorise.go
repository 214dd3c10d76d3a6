package app

import (
	"errors"

	"songtor/internal/access"
	"songtor/internal/identity"
)

// may asks for an action that names no case.
func may(p identity.Principal, action access.Action) error {
	return deniedAs(ErrDenied, access.Decide(subject(p), action, nil))
}

// mayOnCase asks for an action on a case. A case that may not be seen looks like one that is not there.
func mayOnCase(p identity.Principal, action access.Action, h *history) error {
	about := aboutCase(h)
	about.Referrals, about.Services, about.Withdrawn = h.state.Referrals, h.state.Services, h.state.Withdrawn
	if h.state.Placement != nil {
		about.Shelter = h.state.Placement.Provider
	}
	return deniedAs(ErrNotFound, access.Decide(subject(p), action, about))
}

// mayWithoutReceiving asks whether somebody could read the case if nobody had ever sent it to them.
func mayWithoutReceiving(p identity.Principal, h *history) error {
	return deniedAs(ErrNotFound, access.Decide(subject(p), access.CaseReadSensitive, aboutCase(h)))
}

func aboutCase(h *history) *access.Case {
	return &access.Case{Standing: h.state.Standing, OpenedBy: h.commits[0].Actor.Agency}
}

func deniedAs(denied, err error) error {
	if errors.Is(err, access.ErrDenied) {
		return denied
	}
	return err
}

func subject(p identity.Principal) access.Subject {
	return access.Subject{Actor: p.Actor(), Provinces: p.Provinces}
}
