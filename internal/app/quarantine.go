package app

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"songtor/domain"
	"songtor/internal/access"
	"songtor/internal/identity"
	"songtor/internal/quarantine"
)

// ErrHeldTooMany says that more forms of the account wait in quarantine than are kept.
var ErrHeldTooMany = errors.New("too many forms of the account are held")

// ErrDecided says that somebody has decided on the form otherwise, for good.
var ErrDecided = errors.New("the form was decided on")

// HoldFrom keeps a form that a device sends which was reported lost, or whose account was shut. Nothing is recorded by it: a person
// decides. The form has to open for its id, so that nobody fills the quarantine with what never was a form; nothing of it is kept in
// clear. The second result is false where the form was kept before.
func (s *Service) HoldFrom(ctx context.Context, from identity.RevokedDevice, id string, sealed SealedScreening) (quarantine.Form, bool, error) {
	return s.hold(ctx, sealed, quarantine.Arrival{
		Screening: id, Source: quarantine.FromDevice, Device: from.ID, Officer: from.Officer, Username: from.Username,
	})
}

// ImportForm keeps a form from the file that a phone has exported, in the name of the officer whose phone it is. It is released or rejected
// like one that came by itself. Errors: ErrNotFound where there is no such officer for the one who asks.
func (s *Service) ImportForm(ctx context.Context, p identity.Principal, officer, id string, sealed SealedScreening) (quarantine.Form, bool, error) {
	keeps, err := s.keeps(p)
	if err != nil {
		return quarantine.Form{}, false, err
	}
	account, err := s.accounts.ByUsername(ctx, officer)
	switch {
	case errors.Is(err, identity.ErrNoAccount):
		return quarantine.Form{}, false, ErrNotFound
	case err != nil:
		return quarantine.Form{}, false, unavailable("find the officer", err)
	case !keeps.All && account.Agency != keeps.Agency:
		return quarantine.Form{}, false, ErrNotFound
	}
	return s.hold(ctx, sealed, quarantine.Arrival{
		Screening: id, Source: quarantine.FromFile, BroughtBy: p.UserID, Username: account.Username,
		Officer: domain.Actor{User: account.ID, Agency: account.Agency, Role: account.Role},
	})
}

func (s *Service) hold(ctx context.Context, sealed SealedScreening, a quarantine.Arrival) (quarantine.Form, bool, error) {
	if _, err := s.openForm(ctx, a.Screening, sealed); err != nil {
		return quarantine.Form{}, false, err
	}
	a.Sealed = quarantine.Sealed(sealed)
	form, isNew, err := s.quarantine.Hold(ctx, a)
	return form, isNew, ofQuarantine(err)
}

// Quarantine lists the forms that wait for the caller's decision, and those that were decided on.
func (s *Service) Quarantine(ctx context.Context, p identity.Principal) ([]quarantine.Form, error) {
	keeps, err := s.keeps(p)
	if err != nil {
		return nil, err
	}
	forms, err := s.quarantine.List(ctx, keeps)
	return forms, ofQuarantine(err)
}

// ReleaseForm records a form that was held, as the officer's who filled it, with the caller as the one who released it. What stands against
// a form that is sent in the usual way stands against it here too. To release it again is no error: the log takes it once.
func (s *Service) ReleaseForm(ctx context.Context, p identity.Principal, id string) (quarantine.Form, error) {
	keeps, err := s.keeps(p)
	if err != nil {
		return quarantine.Form{}, err
	}
	form, sealed, err := s.quarantine.Get(ctx, keeps, id)
	switch {
	case err != nil:
		return quarantine.Form{}, ofQuarantine(err)
	case form.State == quarantine.Released:
		return form, nil
	case form.Bytes == 0: // it was rejected long ago
		return quarantine.Form{}, ErrErased
	}
	body, err := s.openForm(ctx, form.Screening, SealedScreening(sealed))
	if err != nil {
		return quarantine.Form{}, err
	}
	by := p.Actor()
	if _, _, err := s.submit(ctx, officerOf(form, p), form.Screening, body, &by); err != nil {
		return quarantine.Form{}, err
	}
	if err := s.quarantine.Release(ctx, id, p.UserID); err != nil {
		return quarantine.Form{}, ofQuarantine(err)
	}
	form, _, err = s.quarantine.Get(ctx, keeps, id)
	return form, ofQuarantine(err)
}

// officerOf is who filled a form. They are not here: how surely it was them is what the one who releases it answers for, whose sign-in
// counts.
func officerOf(f quarantine.Form, releasing identity.Principal) identity.Principal {
	return identity.Principal{
		UserID: f.Officer.User, Username: f.Username, Role: f.Officer.Role, Agency: f.Officer.Agency,
		AuthTime: releasing.AuthTime, Assurance: releasing.Assurance, Demo: releasing.Demo, Device: f.Device,
	}
}

// RejectForm notes that a form is not to be recorded, and why. Errors: ErrDecided where it is recorded.
func (s *Service) RejectForm(ctx context.Context, p identity.Principal, id string, reason quarantine.Reason) (quarantine.Form, error) {
	keeps, err := s.keeps(p)
	if err != nil {
		return quarantine.Form{}, err
	}
	if _, _, err := s.quarantine.Get(ctx, keeps, id); err != nil {
		return quarantine.Form{}, ofQuarantine(err)
	}
	if err := s.quarantine.Reject(ctx, id, p.UserID, reason); err != nil {
		return quarantine.Form{}, ofQuarantine(err)
	}
	form, _, err := s.quarantine.Get(ctx, keeps, id)
	return form, ofQuarantine(err)
}

// KeepQuarantine lets what is sealed of rejected forms go when its time is over, whether anybody looks at the list or not, until ctx ends.
func (s *Service) KeepQuarantine(ctx context.Context, log *slog.Logger) error {
	return keepAt(ctx, log, time.Hour, "rejected forms are let go later", s.quarantine.LetRejectedGo)
}

// keeps are the forms that somebody decides on: an administrator and the division that supervises the mechanism on all, another case
// manager on those of the own agency.
func (s *Service) keeps(p identity.Principal) (quarantine.Keeps, error) {
	if err := s.May(p, access.QuarantineKeep); err != nil {
		return quarantine.Keeps{}, err
	}
	return quarantine.Keeps{All: p.Role == domain.Admin || p.Agency == ministry, Agency: p.Agency}, nil
}

func ofQuarantine(err error) error {
	switch {
	case errors.Is(err, quarantine.ErrNone):
		return ErrNotFound
	case errors.Is(err, quarantine.ErrFull):
		return ErrHeldTooMany
	case errors.Is(err, quarantine.ErrDecided):
		return ErrDecided
	case errors.Is(err, quarantine.ErrUnavailable):
		return unavailable("use the quarantine", err)
	}
	return err
}
