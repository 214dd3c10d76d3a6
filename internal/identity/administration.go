package identity

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"songtor/domain"
)

// Invite makes an invitation to an account of this post. One of a grave role is a first step only: the account begins as a responder,
// and another administrator confirms the rest. Errors: ErrRole, ErrAgency, ErrNoAdministrator, ErrUnavailable.
func (s *Service) Invite(ctx context.Context, by Principal, post Post) (Invitation, error) {
	return s.invite(ctx, post, by.UserID, invitationTime)
}

// SetActive opens or shuts an account; shutting ends its sessions, and nothing waits for it any more, nor for what its person has asked
// for. Nobody shuts themselves out. Errors: ErrNoAccount, ErrOwnAccount, ErrNoAdministrator, ErrUnavailable.
func (s *Service) SetActive(ctx context.Context, by Principal, account string, active bool) error {
	return s.changeOther(ctx, by, account, "open or shut an account", func(tx pgx.Tx, _ Post) error {
		if !active {
			return shut(ctx, tx, account)
		}
		return open(ctx, tx, account)
	})
}

// SetPost gives an account another role or place. It counts at once, in open sessions too; what gives a grave role, or more of one,
// counts when another administrator has confirmed it, and SetPost then reports that it waits. Either way nothing is left of what waited
// before. Errors: ErrNoAccount, ErrOwnAccount, ErrNoAdministrator, ErrRole, ErrAgency, ErrUnavailable.
func (s *Service) SetPost(ctx context.Context, by Principal, account string, post Post) (waits bool, err error) {
	if err := post.check(); err != nil {
		return false, err
	}
	err = s.changeOther(ctx, by, account, "change the role of an account", func(tx pgx.Tx, held Post) error {
		if waits = post.graverThan(held); waits {
			return s.askForConfirmation(ctx, tx, by, account, post)
		}
		return setPost(ctx, tx, account, held, post)
	})
	return waits, err
}

// changeOther does something to another's account, ending no session but what it does itself. The accounts of both are locked, so that
// of two administrators who take each other's right away one remains, and so that nobody decides on what another is about to change.
func (s *Service) changeOther(ctx context.Context, by Principal, account, what string, do func(tx pgx.Tx, held Post) error) error {
	a, err := s.other(ctx, by, account)
	if err != nil {
		return err
	}
	var refused error
	err = s.endingSessions(ctx, what, change{account: a.ID}, func(tx pgx.Tx) error {
		held, administers, err := lockBoth(ctx, tx, by.UserID, a.ID)
		switch {
		case err != nil:
			return err
		case !administers:
			refused = ErrNoAdministrator
			return nil
		}
		return do(tx, held)
	})
	return errors.Join(refused, err)
}

// lockBoth returns what an account is, and whether another one administers, and keeps both so until the transaction ends.
func lockBoth(ctx context.Context, tx pgx.Tx, by, account string) (held Post, administers bool, err error) {
	rows, _ := tx.Query(ctx, `
		select id, role, agency, provinces, active from identity.account where id = any($1::uuid[]) order by id for no key update`,
		[]string{by, account})
	var id string
	var found Post
	var active bool
	_, err = pgx.ForEachRow(rows, []any{&id, &found.Role, &found.Agency, &found.Provinces, &active}, func() error {
		if id == by {
			administers = active && found.Role == domain.Admin
		} else {
			held = found
		}
		return nil
	})
	return held, administers, err
}

func (s *Service) askForConfirmation(ctx context.Context, tx pgx.Tx, by Principal, account string, post Post) error {
	_, err := tx.Exec(ctx, `
		insert into identity.grant_request (account, role, agency, provinces, asked_by, asked_at) values ($1, $2, $3, $4, $5, $6)
		on conflict (account) do update set role = $2, agency = $3, provinces = $4, asked_by = $5, asked_at = $6`,
		account, post.Role, post.Agency, post.Provinces, by.UserID, s.now())
	return err
}

// setPost moves an account, ending no session: each looks again at whose it is. What waited was asked of the account as it was.
func setPost(ctx context.Context, tx pgx.Tx, account string, held, post Post) error {
	if err := lockRequests(ctx, tx, account); err != nil {
		return err
	}
	if err := dropRequest(ctx, tx, account); err != nil {
		return err
	}
	if held.Role != post.Role {
		if err := dropAsked(ctx, tx, account); err != nil {
			return err
		}
	}
	_, err := tx.Exec(ctx, "update identity.account set role = $2, agency = $3, provinces = $4 where id = $1",
		account, post.Role, post.Agency, post.Provinces)
	return err
}

// shut lets nobody sign in to an account. What waited for it would otherwise count when it is opened again.
func shut(ctx context.Context, tx pgx.Tx, account string) error {
	for _, statement := range []string{
		"update identity.account set active = false where id = $1",
		"delete from identity.session where account = $1",
	} {
		if _, err := tx.Exec(ctx, statement, account); err != nil {
			return err
		}
	}
	if err := lockRequests(ctx, tx, account); err != nil {
		return err
	}
	if err := dropAsked(ctx, tx, account); err != nil {
		return err
	}
	return dropRequest(ctx, tx, account)
}

func open(ctx context.Context, tx pgx.Tx, account string) error {
	_, err := tx.Exec(ctx, "update identity.account set active = true where id = $1", account)
	return err
}

// lockRequests keeps what waits for an account, and what it has asked for, until the transaction ends. What one has asked for waits for
// another: whoever takes several takes them in this order, so that no two wait for each other.
func lockRequests(ctx context.Context, tx pgx.Tx, account string) error {
	_, err := tx.Exec(ctx, "select from identity.grant_request where account = $1 or asked_by = $1 order by account for update", account)
	return err
}

// dropAsked takes back what somebody has asked for and handed out by a right that they do not have any more.
func dropAsked(ctx context.Context, tx pgx.Tx, account string) error {
	for _, statement := range []string{
		"delete from identity.invitation where invited_by = $1",
		"delete from identity.grant_request where asked_by = $1",
		"delete from identity.ticket where issued_by = $1",
	} {
		if _, err := tx.Exec(ctx, statement, account); err != nil {
			return err
		}
	}
	return nil
}

func dropRequest(ctx context.Context, tx pgx.Tx, account string) error {
	_, err := tx.Exec(ctx, "delete from identity.grant_request where account = $1", account)
	return err
}

// Confirm gives an account the grave role that another administrator has asked for. The digest is that of Waiting which was looked at: who
// asks could otherwise put something else in its place before it is confirmed. Errors: ErrNoAccount where nothing waits, ErrOwnAccount
// where the one who confirms is the one who asked or the one who gets it, ErrOtherRequest where something else waits,
// ErrNoAdministrator, ErrUnavailable.
func (s *Service) Confirm(ctx context.Context, by Principal, account, digest string) error {
	var refused error
	err := s.changeOther(ctx, by, account, "confirm a role", func(tx pgx.Tx, held Post) error {
		asked, err := lockRequest(ctx, tx, account)
		if err != nil {
			return err
		}
		if refused = asked.refusal(by, digest); refused != nil {
			return nil
		}
		return setPost(ctx, tx, account, held, asked.Post)
	})
	return errors.Join(refused, err)
}

// lockRequest returns what waits for an account, nil for nothing, and keeps it so, as lockRequests does.
func lockRequest(ctx context.Context, tx pgx.Tx, account string) (*Waiting, error) {
	if err := lockRequests(ctx, tx, account); err != nil {
		return nil, err
	}
	var w Waiting
	err := tx.QueryRow(ctx, `
		select role, agency, provinces, asked_by, asked_at from identity.grant_request where account = $1`, account).Scan(
		&w.Post.Role, &w.Post.Agency, &w.Post.Provinces, &w.AskedBy, &w.AskedAt)
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return nil, nil
	case err != nil:
		return nil, err
	}
	return &w, nil
}

// refusal is why somebody may not confirm what waits, having looked at what has the digest; nil where they may.
func (w *Waiting) refusal(by Principal, digest string) error {
	switch {
	case w == nil:
		return ErrNoAccount
	case w.AskedBy == by.UserID:
		return ErrOwnAccount
	case w.Digest() != digest:
		return ErrOtherRequest
	}
	return nil
}

// ResetFactorsOf takes every factor away from another's account, ends its sessions and opens enrolment. Errors: ErrNoAccount,
// ErrOwnAccount, ErrNoAdministrator, ErrUnavailable.
func (s *Service) ResetFactorsOf(ctx context.Context, by Principal, account string) error {
	return s.changeOther(ctx, by, account, "reset the factors", func(tx pgx.Tx, _ Post) error { return s.resetFactors(ctx, tx, account) })
}

// other finds an account that is not the caller's own.
func (s *Service) other(ctx context.Context, by Principal, account string) (Account, error) {
	if account == by.UserID {
		return Account{}, ErrOwnAccount
	}
	return s.ByID(ctx, account)
}

// Listed is an account as administrators see it.
type Listed struct {
	Account
	Strongest Assurance // that it can reach
	Waiting   *Waiting  // a role that is to be confirmed
}

// Waiting is a role that waits for a second administrator.
type Waiting struct {
	Post    Post
	AskedBy string // account
	AskedAt time.Time
}

// Digest names what waits, in hex: what the account would be, who asked for it and when.
func (w *Waiting) Digest() string {
	said := []string{string(w.Post.Role), w.Post.Agency, w.AskedBy, w.AskedAt.UTC().Format(time.RFC3339Nano)}
	sum := sha256.Sum256(fmt.Appendf(nil, "%q", append(said, w.Post.Provinces...)))
	return hex.EncodeToString(sum[:])
}

// Accounts returns all accounts by username. Errors: ErrUnavailable.
func (s *Service) Accounts(ctx context.Context) ([]Listed, error) {
	rows, err := s.db.Query(ctx, `
		select a.id, a.username, a.role, a.agency, a.provinces, a.active, a.demo, a.created_at, a.password_changed_at,
			case
				when exists (select from identity.passkey k where k.account = a.id and k.device_bound and not k.locked) then 3
				when exists (select from identity.passkey k where k.account = a.id and not k.locked) then 2
				when exists (select from identity.code_secret c where c.account = a.id and c.confirmed_at is not null) then 1
				else 0
			end,
			g.role, g.agency, g.provinces, g.asked_by, g.asked_at
		from identity.account a left join identity.grant_request g on g.account = a.id
		order by a.username`)
	if err != nil {
		return nil, couldNot("list the accounts", err)
	}
	listed, err := pgx.CollectRows(rows, scanListed)
	if err != nil {
		return nil, couldNot("list the accounts", err)
	}
	return listed, nil
}

func scanListed(row pgx.CollectableRow) (Listed, error) {
	var l Listed
	var role, agency, by *string
	var provinces []string
	var at *time.Time
	err := row.Scan(&l.ID, &l.Username, &l.Role, &l.Agency, &l.Provinces, &l.Active, &l.Demo, &l.CreatedAt, &l.PasswordChangedAt,
		&l.Strongest, &role, &agency, &provinces, &by, &at)
	if role != nil {
		l.Waiting = &Waiting{Post{domain.Role(*role), *agency, provinces}, *by, *at}
	}
	return l, err
}

// openAdministration notes that administration has begun, once two administrators can sign in by passkeys that cannot be copied: a
// single person must never be able to give themselves company.
func (s *Service) openAdministration(ctx context.Context) error {
	_, err := s.db.Exec(ctx, `
		insert into identity.administration (open_at)
		select $1 where 2 <= (
			select count(distinct a.id) from identity.account a join identity.passkey k on k.account = a.id
			where a.role = $2 and a.active and not a.demo and k.device_bound and not k.locked)
		on conflict do nothing`, s.now(), domain.Admin)
	if err != nil {
		return couldNot("open administration", err)
	}
	return nil
}
