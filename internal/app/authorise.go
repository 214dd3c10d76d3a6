package app

import (
	"encoding/hex"
	"errors"
	"sync"
	"time"

	"songtor/domain"
	"songtor/internal/access"
	"songtor/internal/identity"
)

// May asks for an action that names no case.
func (s *Service) May(p identity.Principal, action access.Action) error {
	return deniedAs(ErrDenied, s.policies.Decide(s.subject(p), action, nil))
}

// mayOnCase asks for an action on a case. A case that may not be seen looks like one that is not there.
func (s *Service) mayOnCase(p identity.Principal, action access.Action, h *history) error {
	about := aboutCase(h)
	about.Referrals, about.Services, about.Withdrawn = h.state.Referrals, h.state.Services, h.state.Withdrawn
	if h.state.Placement != nil {
		about.Shelter = h.state.Placement.Provider
	}
	return deniedAs(ErrNotFound, s.policies.Decide(s.subject(p), action, about))
}

// mayWithoutReceiving asks whether somebody could read the case if nobody had ever sent it to them.
func (s *Service) mayWithoutReceiving(p identity.Principal, h *history) error {
	return deniedAs(ErrNotFound, s.policies.Decide(s.subject(p), access.CaseReadSensitive, aboutCase(h)))
}

func aboutCase(h *history) *access.Case {
	return &access.Case{
		Standing: h.state.Standing, OpenedBy: h.commits[0].Actor.Agency, Erased: h.state.Standing.Status == domain.Erased,
	}
}

func deniedAs(denied, err error) error {
	if errors.Is(err, access.ErrDenied) {
		return denied
	}
	return err
}

// freshness is how long ago somebody may have proved who they are for what cannot be taken back.
const freshness = 5 * time.Minute

func (s *Service) subject(p identity.Principal) access.Subject {
	return access.Subject{
		Actor: p.Actor(), Provinces: p.Provinces, Assurance: access.Assurance(p.Assurance), Fresh: s.now().Sub(p.AuthTime) <= freshness,
		Demo: p.Demo, DevKeys: s.devKeys, Device: p.Device, Purpose: access.Purpose(p.Purpose), Tokens: s.tokens(p),
	}
}

// digests are the keyed digests by which a case names the agencies and accounts that may not know of it. They are kept once made: there
// is one for each agency and account that asks.
type digests struct {
	name func(who string) []byte
	made sync.Map // by value, as a string
}

// of returns the digests of an agency and of an account.
func (d *digests) of(agency, account string) []string {
	return []string{d.digest("agency:" + agency), d.digest("user:" + account)}
}

func (d *digests) digest(value string) string {
	if made, ok := d.made.Load(value); ok {
		return made.(string) //nolint:errcheck // nothing else is kept
	}
	digest := hex.EncodeToString(d.name(value))
	d.made.Store(value, digest)
	return digest
}
