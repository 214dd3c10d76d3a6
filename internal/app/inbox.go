package app

import (
	"context"
	"errors"

	"songtor/internal/access"
	"songtor/internal/identity"
	"songtor/projections/inbox"
)

// Inbox lists what the caller's agency has to do, after waiting for a position where one is given.
func (s *Service) Inbox(ctx context.Context, p identity.Principal, f inbox.Filter, page inbox.Page, after uint64) (inbox.List, error) {
	if err := s.mayReadInbox(ctx, p, after); err != nil {
		return inbox.List{}, err
	}
	shown := listing{action: access.InboxRead, filters: filterKinds(f)}
	f.Agencies, f.Tokens, f.Now = []string{p.Agency}, s.tokens(p), s.now()
	if !f.AsOf.IsZero() {
		f.Now = f.AsOf
	}
	list, err := s.models.inbox.List(ctx, s.ofAgency(p), f, page)
	if err := inboxError(err); err != nil {
		return inbox.List{}, err
	}
	shown.count = len(list.Items)
	if err := s.discloseList(ctx, p, shown); err != nil {
		return inbox.List{}, err
	}
	return list, nil
}

func (s *Service) mayReadInbox(ctx context.Context, p identity.Principal, position uint64) error {
	if err := s.May(p, access.InboxRead); err != nil {
		return err
	}
	return s.waitFor(ctx, s.models.inbox.Name(), position)
}

func inboxError(err error) error {
	switch {
	case errors.Is(err, inbox.ErrCursor):
		return ErrCursor
	case errors.Is(err, inbox.ErrBox):
		return invalid("/box", "x-code")
	case err != nil:
		return unavailable("list the inbox", err)
	}
	return nil
}

// Referrals lists one of the boxes of the caller's agency: what it was asked, what it asked, and how that went.
func (s *Service) Referrals(ctx context.Context, p identity.Principal, f inbox.BoxFilter, page inbox.Page, after uint64) (inbox.Referrals, error) {
	if err := s.mayReadInbox(ctx, p, after); err != nil {
		return inbox.Referrals{}, err
	}
	shown := listing{action: access.InboxRead, object: string(f.Box), filters: filterKinds(f)}
	f.Agency, f.Tokens, f.Now = p.Agency, s.tokens(p), s.now()
	if !f.AsOf.IsZero() {
		f.Now = f.AsOf
	}
	list, err := s.models.inbox.Referrals(ctx, s.ofAgency(p), f, page)
	if err := inboxError(err); err != nil {
		return inbox.Referrals{}, err
	}
	shown.count = len(list.Items)
	if err := s.discloseList(ctx, p, shown); err != nil {
		return inbox.Referrals{}, err
	}
	return list, nil
}

// InboxCounts are the lengths of the inboxes of the caller's agency and of the caller, and of the agency's boxes of referrals.
type InboxCounts struct {
	Agency   inbox.Counts                             `json:"agency"`
	Me       inbox.Counts                             `json:"me"`
	Boxes    map[inbox.Box]map[inbox.ReferralKind]int `json:"boxes"`
	Position uint64                                   `json:"-"`
}

// InboxCounts counts what lies before the caller.
func (s *Service) InboxCounts(ctx context.Context, p identity.Principal, after uint64) (InboxCounts, error) {
	if err := s.mayReadInbox(ctx, p, after); err != nil {
		return InboxCounts{}, err
	}
	now, db, tokens := s.now(), s.ofAgency(p), s.tokens(p)
	agency, err1 := s.models.inbox.Counts(ctx, db, inbox.Whose{Agency: p.Agency, Tokens: tokens}, now)
	mine, err2 := s.models.inbox.Counts(ctx, db, inbox.Whose{Agency: p.Agency, Assignee: p.UserID, Tokens: tokens}, now)
	boxes, err3 := s.models.inbox.BoxCounts(ctx, db, p.Agency, tokens)
	if err := errors.Join(err1, err2, err3); err != nil {
		return InboxCounts{}, unavailable("count the inbox", err)
	}
	return InboxCounts{
		Agency: agency, Me: mine, Boxes: boxes.Boxes, Position: min(agency.Position, mine.Position, boxes.Position),
	}, nil
}
