package identity

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"songtor/domain"
)

// Invite makes an invitation to an account of this post. One of a grave role is a first step only: the account begins as a responder,
// and another administrator confirms the rest. Errors: ErrRole, ErrAgency, ErrUnavailable.
func (s *Service) Invite(ctx context.Context, by Principal, post Post) (Invitation, error) {
	return s.invite(ctx, post, by.UserID, invitationTime)
}

// SetActive opens or shuts an account; shutting ends its sessions. Nobody shuts themselves out. Errors: ErrNoAccount, ErrOwnAccount,
// ErrUnavailable.
func (s *Service) SetActive(ctx context.Context, by Principal, account string, active bool) error {
	a, err := s.other(ctx, by, account)
	if err != nil {
		return err
	}
	return s.changeAccount(ctx, a.ID, "open or shut an account", func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, "update identity.account set active = $2 where id = $1", a.ID, active)
		return err
	})
}

// SetPost gives an account another role or place. It counts at once, in open sessions too; a grave role counts when another
// administrator has confirmed it, and SetPost then reports that it waits. Errors: ErrNoAccount, ErrOwnAccount, ErrRole, ErrAgency,
// ErrUnavailable.
func (s *Service) SetPost(ctx context.Context, by Principal, account string, post Post) (waits bool, err error) {
	if err := post.check(); err != nil {
		return false, err
	}
	a, err := s.other(ctx, by, account)
	if err != nil {
		return false, err
	}
	if slices.Contains(graveRoles(), post.Role) && post.Role != a.Role {
		return true, s.askForConfirmation(ctx, by, a, post)
	}
	return false, s.post(ctx, a.ID, post)
}

func (s *Service) askForConfirmation(ctx context.Context, by Principal, a Account, post Post) error {
	_, err := s.db.Exec(ctx, `
		insert into identity.grant_request (account, role, agency, provinces, asked_by, asked_at) values ($1, $2, $3, $4, $5, $6)
		on conflict (account) do update set role = $2, agency = $3, provinces = $4, asked_by = $5, asked_at = $6`,
		a.ID, post.Role, post.Agency, post.Provinces, by.UserID, s.now())
	if err != nil {
		return couldNot("ask for a confirmation", err)
	}
	return nil
}

// post moves an account, ending no session: each looks again at whose it is.
func (s *Service) post(ctx context.Context, account string, post Post) error {
	return s.endingSessions(ctx, "change the role of an account", change{account: account}, func(tx pgx.Tx) error {
		return setPost(ctx, tx, account, post)
	})
}

func setPost(ctx context.Context, tx pgx.Tx, account string, post Post) error {
	_, err := tx.Exec(ctx, "update identity.account set role = $2, agency = $3, provinces = $4 where id = $1",
		account, post.Role, post.Agency, post.Provinces)
	return err
}

// Confirm gives an account the grave role that another administrator has asked for. Errors: ErrNoAccount where nothing waits,
// ErrOwnAccount where the one who confirms is the one who asked or the one who gets it, ErrUnavailable.
func (s *Service) Confirm(ctx context.Context, by Principal, account string) error {
	if uuid.Validate(account) != nil {
		return ErrNoAccount
	}
	var refused error
	err := s.endingSessions(ctx, "confirm a role", change{account: account}, func(tx pgx.Tx) error {
		var post Post
		var asked string
		err := tx.QueryRow(ctx, `
			select role, agency, provinces, asked_by from identity.grant_request where account = $1 for update`, account).Scan(
			&post.Role, &post.Agency, &post.Provinces, &asked)
		switch {
		case errors.Is(err, pgx.ErrNoRows):
			refused = ErrNoAccount
			return nil
		case err != nil:
			return err
		case asked == by.UserID || account == by.UserID:
			refused = ErrOwnAccount
			return nil
		}
		if _, err := tx.Exec(ctx, "delete from identity.grant_request where account = $1", account); err != nil {
			return err
		}
		return setPost(ctx, tx, account, post)
	})
	return errors.Join(refused, err)
}

// ResetFactorsOf takes every factor away from another's account, ends its sessions and opens enrolment. Errors: ErrNoAccount,
// ErrOwnAccount, ErrUnavailable.
func (s *Service) ResetFactorsOf(ctx context.Context, by Principal, account string) error {
	a, err := s.other(ctx, by, account)
	if err != nil {
		return err
	}
	return s.ResetFactors(ctx, a.Username)
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
