package app

import (
	"encoding/hex"
	"errors"
	"sync"

	"songtor/domain"
	"songtor/internal/access"
	"songtor/internal/identity"
)

// May asks for an action that names no case. Where only the sign-in is too weak or too old for it, the error is an *identity.StepUp.
func (s *Service) May(p identity.Principal, action access.Action) error {
	by := s.subject(p)
	err := s.policies.Decide(by, action, nil)
	if !errors.Is(err, access.ErrDenied) {
		return err
	}
	if s.policies.Decide(surely(by), action, nil) == nil {
		return s.mustBeSure(p, action)
	}
	return ErrDenied
}

// mustBeSure returns an *identity.StepUp where the sign-in is too weak or too old for an action, whatever it is about. On a case it is
// asked before any case is looked at, so that the answer is the same where there is none.
func (s *Service) mustBeSure(p identity.Principal, action access.Action) error {
	level, fresh := s.policies.Needs(action)
	return p.Require(identity.Assurance(level), fresh, s.now())
}

// mayOnCase asks for an action on a case. A case that may not be seen looks like one that is not there.
func (s *Service) mayOnCase(p identity.Principal, action access.Action, h *history) error {
	return deniedAs(ErrNotFound, s.inquiry(s.subject(p), h).Decide(action))
}

// inquiry is a subject before a case as it is now.
func (s *Service) inquiry(by access.Subject, h *history) *access.Inquiry {
	about := s.aboutCase(h)
	about.Referrals, about.Services, about.Withdrawn = h.state.Referrals, h.state.Services, h.state.Withdrawn
	if h.state.Placement != nil {
		about.Shelter = h.state.Placement.Provider
	}
	return s.policies.About(by, about)
}

// asIfNotReceived is somebody before a case as if nobody had ever sent it to them.
func (s *Service) asIfNotReceived(p identity.Principal, h *history) *access.Inquiry {
	return s.policies.About(s.subject(p), s.aboutCase(h))
}

// aboutCase is what the policies see of a case apart from what was sent to others.
func (s *Service) aboutCase(h *history) *access.Case {
	return &access.Case{
		Standing: h.state.Standing, OpenedBy: h.commits[0].Actor.Agency, Glass: h.state.Glass, At: s.now(),
		Erased: h.state.Standing.Status == domain.Erased,
	}
}

func deniedAs(denied, err error) error {
	if errors.Is(err, access.ErrDenied) {
		return denied
	}
	return err
}

func (s *Service) subject(p identity.Principal) access.Subject {
	return access.Subject{
		Actor: p.Actor(), Provinces: p.Provinces, Assurance: access.Assurance(p.Assurance), Fresh: p.Fresh(s.now()),
		Demo: p.Demo, DevKeys: s.devKeys, Purpose: purposeOf(p), Tokens: s.tokens(p),
	}
}

// purposeOf is what somebody asks for: what they say, or what their role usually works for.
func purposeOf(p identity.Principal) access.Purpose {
	if p.Purpose == "" {
		return access.Usual(p.Role)
	}
	return access.Purpose(p.Purpose)
}

// surely is a subject as if they had just signed in in the surest way.
func surely(by access.Subject) access.Subject {
	by.Assurance, by.Fresh = access.DeviceBound, true
	return by
}

// renewed is a subject as if they had just signed in as they did. A sign-in that is only too old is soon renewed.
func renewed(by access.Subject) access.Subject {
	by.Fresh = true
	return by
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
