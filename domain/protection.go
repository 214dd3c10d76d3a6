package domain

import "slices"

// CloseCase ends the work on a case. Nothing is deleted by it.
type CloseCase struct{ Reason CloseReason }

func (c CloseCase) decide(s State, _ Request) ([]Event, error) {
	if err := s.mustBeOpen(); err != nil {
		return nil, err
	}
	switch {
	case !slices.Contains(CloseReasons(), c.Reason):
		return nil, invalid("case.unknown_reason")
	case slices.ContainsFunc(s.Referrals, func(r Referral) bool { return r.Status == Pending }):
		return nil, refused(s, "case.referral_pending")
	}
	return []Event{&CaseClosed{Reason: c.Reason}}, nil
}

// DestroyKeys records that the keys of the case were destroyed. It is allowed in every state of a case that exists.
type DestroyKeys struct{ Reason string }

func (c DestroyKeys) decide(s State, _ Request) ([]Event, error) {
	switch {
	case !s.Exists:
		return nil, missing("case.unknown")
	case s.Standing.Status == Erased:
		return nil, refused(s, "case.erased")
	case c.Reason == "":
		return nil, invalid("case.no_reason")
	}
	return []Event{&KeysDestroyed{Reason: c.Reason}}, nil
}
