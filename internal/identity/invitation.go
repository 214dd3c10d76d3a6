package identity

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"songtor/domain"
)

// How long a handed-over code is good. The first administrators sit beside the terminal; others get theirs by some messenger.
const (
	firstInvitationTime = 15 * time.Minute
	invitationTime      = 24 * time.Hour
)

// Invitation is a code that a person is handed to begin with. It is shown once and is good once.
type Invitation struct {
	Code      string
	ExpiresAt time.Time
}

// newCode makes a code of 80 bits, so that a plain hash of it tells nothing.
func newCode() (code string, hash []byte) {
	raw := make([]byte, recoveryBytes)
	rand.Read(raw) // never fails since Go 1.24
	plain := base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(raw)
	return grouped(plain), hashCode(plain)
}

func hashCode(code string) []byte {
	hash := sha256.Sum256([]byte(ungrouped(code)))
	return hash[:]
}

// Post is what an account is to be: its role, and where.
type Post struct {
	Role      domain.Role
	Agency    string
	Provinces []string // nil for all
}

func (p Post) check() error {
	switch {
	case !slices.Contains(domain.Roles(), p.Role):
		return ErrRole
	case p.Agency == "":
		return ErrAgency
	}
	return nil
}

// graveRoles see what others may not or say who does: a second administrator confirms that somebody gets one.
func graveRoles() []domain.Role {
	return []domain.Role{domain.Admin, domain.Auditor, domain.CaseManager, domain.Team}
}

// graverThan reports whether a second administrator has to confirm that somebody gets this post who has another. A grave role opens other
// cases at another agency, most of all at the one that supervises the mechanism, and its lists show more where there are more provinces.
func (p Post) graverThan(held Post) bool {
	return slices.Contains(graveRoles(), p.Role) && (p.Role != held.Role || p.Agency != held.Agency || p.listsMoreThan(held))
}

func (p Post) listsMoreThan(held Post) bool {
	beyond := func(province string) bool { return !slices.Contains(held.Provinces, province) }
	return len(held.Provinces) > 0 && (len(p.Provinces) == 0 || slices.ContainsFunc(p.Provinces, beyond))
}

// InviteAtTerminal makes an invitation to an account of this post. Whoever has the terminal has everything; nobody confirms it.
// Errors: ErrRole, ErrAgency, ErrUnavailable.
func (s *Service) InviteAtTerminal(ctx context.Context, post Post) (Invitation, error) {
	return s.invite(ctx, post, "", invitationTime)
}

func (s *Service) invite(ctx context.Context, post Post, by string, good time.Duration) (Invitation, error) {
	if err := post.check(); err != nil {
		return Invitation{}, err
	}
	return s.handOut(ctx, good, `
		insert into identity.invitation (kind, code_hash, role, agency, provinces, invited_by, expires_at)
		select 'account', $1::bytea, $3, $4, $5::text[], nullif($6, '')::uuid, $2::timestamptz where $6 = '' or `+administers("$6"),
		post.Role, post.Agency, post.Provinces, by)
}

// administers is the condition that an account may hand codes out still. Sessions are remembered for a while, and a request may be let in just
// before the account is shut: what it handed out then would outlive the right. The lock lets whoever shuts the account find the code.
func administers(account string) string {
	return `exists (select from identity.account where id = nullif(` + account + `, '')::uuid and active and role = 'admin' for share)`
}

// handOut keeps a code by a statement that takes its hash and its end first. Where that keeps nothing, whoever asks is no administrator.
func (s *Service) handOut(ctx context.Context, good time.Duration, keep string, args ...any) (Invitation, error) {
	code, hash := newCode()
	expires := s.now().Add(good)
	tag, err := s.db.Exec(ctx, keep, append([]any{hash, expires}, args...)...)
	switch {
	case err != nil:
		return Invitation{}, couldNot("keep an invitation", err)
	case tag.RowsAffected() == 0:
		return Invitation{}, ErrNoAdministrator
	}
	return Invitation{code, expires}, nil
}

// InviteFirst makes the invitations of the first two administrators, for two people, where nobody has an account yet, in the place
// of any that were made before. It returns none where somebody has. Errors: ErrUnavailable.
func (s *Service) InviteFirst(ctx context.Context, agency string) ([]Invitation, error) {
	var accounts int
	if err := s.db.QueryRow(ctx, "select count(*) from identity.account").Scan(&accounts); err != nil {
		return nil, couldNot("count the accounts", err)
	}
	if accounts > 0 {
		return nil, nil
	}
	if _, err := s.db.Exec(ctx, "delete from identity.invitation where invited_by is null and role = $1", domain.Admin); err != nil {
		return nil, couldNot("take back earlier invitations", err)
	}
	var both []Invitation
	for range 2 {
		made, err := s.invite(ctx, Post{Role: domain.Admin, Agency: agency}, "", firstInvitationTime)
		if err != nil {
			return nil, err
		}
		both = append(both, made)
	}
	return both, nil
}

// Redeem makes the account of an invitation, with the name and password that its person has chosen. Factors may be added to it for a
// while. An unknown invitation costs the address an attempt, as a wrong password does. Errors: ErrInvitation, *TooMany, and those of
// CreateAccount.
func (s *Service) Redeem(ctx context.Context, code string, n Credentials) (Account, error) {
	made := NewAccount{Username: n.Username, Password: n.Password, Role: domain.Responder, Agency: "-"}
	username, err := made.check()
	if err != nil {
		return Account{}, err
	}
	password, err := checkPassword(username, n.Password)
	if err != nil {
		return Account{}, err
	}
	var hash string
	err = s.limited("invitation "+string(hashCode(code)), n.From, func() error {
		if err := s.mustBeInvited(ctx, code); err != nil {
			return err
		}
		hash, err = s.hasher.hash(ctx, password)
		return err
	})
	if err != nil {
		return Account{}, err
	}
	var a Account
	err = s.inTransaction(ctx, "redeem an invitation", func(tx pgx.Tx) error {
		rows, _ := tx.Query(ctx, redeemInvitation, hashCode(code), username, hash, s.now(), s.now().Add(enrolmentTime), graveRoles(), domain.Responder)
		a, err = pgx.CollectExactlyOneRow(rows, scanAccount)
		return err
	})
	switch {
	case violates(err, "account_username_key"):
		return Account{}, ErrUsernameTaken
	case errors.Is(err, pgx.ErrNoRows):
		return Account{}, ErrInvitation
	}
	return a, err
}

// redeemInvitation takes the invitation $1 and makes its account. Where an administrator has invited somebody to a grave role, the account
// begins as a responder and the role waits for a second administrator.
const redeemInvitation = `
	with redeemed as (
		delete from identity.invitation where code_hash = $1 and kind = 'account' and expires_at > $4
		returning role, agency, provinces, invited_by
	), made as (
		insert into identity.account (username, password_hash, role, agency, provinces, demo, created_at, password_changed_at, enrol_until)
		select $2, $3, case when invited_by is not null and role = any($6) then $7 else role end, agency, provinces, false, $4, $4, $5
		from redeemed
		returning *
	), asked as (
		insert into identity.grant_request (account, role, agency, provinces, asked_by, asked_at)
		select made.id, redeemed.role, redeemed.agency, redeemed.provinces, redeemed.invited_by, $4
		from made, redeemed where made.role <> redeemed.role
	)
	select ` + accountColumns + ` from made`

// mustBeInvited fails with ErrInvitation where there is no such invitation to an account.
func (s *Service) mustBeInvited(ctx context.Context, code string) error {
	var invited bool
	err := s.db.QueryRow(ctx, `
		select exists (select from identity.invitation where code_hash = $1 and kind = 'account' and expires_at > $2)`,
		hashCode(code), s.now()).Scan(&invited)
	switch {
	case err != nil:
		return couldNot("find an invitation", err)
	case !invited:
		return fmt.Errorf("%w (%w)", ErrInvitation, ErrBadCredentials) // which counts as an attempt
	}
	return nil
}

// InviteProvider makes a code by which the person of an account, signed in to it, links who they are at the outside provider to it. Errors:
// ErrNoAccount, ErrNoAdministrator, ErrUnavailable.
func (s *Service) InviteProvider(ctx context.Context, by Principal, account string) (Invitation, error) {
	a, err := s.ByID(ctx, account)
	if err != nil {
		return Invitation{}, err
	}
	return s.handOut(ctx, invitationTime, `
		insert into identity.invitation (kind, code_hash, account, invited_by, expires_at)
		select 'provider', $1::bytea, $3::uuid, nullif($4, '')::uuid, $2::timestamptz where `+administers("$4"), a.ID, by.UserID)
}
