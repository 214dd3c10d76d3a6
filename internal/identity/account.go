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

// Account is one person of one agency who may sign in.
type Account struct {
	ID        string // an opaque UUID; it is what enters the log as the actor
	Username  string
	Role      domain.Role
	Agency    string   // code
	Provinces []string // codes of the provinces to which lists are narrowed; nil for all
	Active    bool
	Demo      bool // made by CreateDemoAccount: signs in only in demo mode

	CreatedAt         time.Time
	PasswordChangedAt time.Time
}

// NewAccount is what an account is made from.
type NewAccount struct {
	Username  string // made lower case
	Password  string
	Role      domain.Role
	Agency    string
	Provinces []string
}

// CreateAccount makes an account that may sign in at once. That the agency exists is for the caller to check. The first
// administrator is made in the same way: there is no account to begin with.
//
// Errors: ErrUsername, ErrUsernameTaken, ErrRole, ErrAgency, ErrPasswordTooShort, ErrPasswordTooLong, ErrPasswordCommon, ErrBusy,
// ErrUnavailable.
func (s *Service) CreateAccount(ctx context.Context, n NewAccount) (Account, error) {
	username, err := n.check()
	if err != nil {
		return Account{}, err
	}
	password, err := checkPassword(username, n.Password)
	if err != nil {
		return Account{}, err
	}
	hash, err := s.hasher.hash(ctx, password)
	if err != nil {
		return Account{}, err
	}
	n.Username = username
	return s.insert(ctx, n, hash, false)
}

func (n NewAccount) check() (username string, err error) {
	username, ok := canonicalUsername(n.Username)
	switch {
	case !ok:
		return "", ErrUsername
	case !slices.Contains(domain.Roles(), n.Role):
		return "", ErrRole
	case n.Agency == "":
		return "", ErrAgency
	}
	return username, nil
}

func (s *Service) insert(ctx context.Context, n NewAccount, hash string, demo bool) (Account, error) {
	rows, _ := s.db.Query(ctx, `
		insert into identity.account (username, password_hash, role, agency, provinces, demo, created_at, password_changed_at, enrol_until)
		values ($1, $2, $3, $4, $5, $6, $7, $7, $8)
		returning `+accountColumns,
		n.Username, hash, n.Role, n.Agency, n.Provinces, demo, s.now(), s.now().Add(enrolmentTime))
	a, err := pgx.CollectExactlyOneRow(rows, scanAccount)
	switch {
	case violates(err, "account_username_key"):
		return Account{}, ErrUsernameTaken
	case err != nil:
		return Account{}, couldNot("create the account", err)
	}
	return a, nil
}

// SetPassword gives an account another password and ends all its sessions. Errors: ErrNoAccount, those of CreateAccount for the
// password, ErrBusy, ErrUnavailable.
func (s *Service) SetPassword(ctx context.Context, username, password string) error {
	a, err := s.ByUsername(ctx, username)
	if err != nil {
		return err
	}
	password, err = checkPassword(a.Username, password)
	if err != nil {
		return err
	}
	hash, err := s.hasher.hash(ctx, password)
	if err != nil {
		return err
	}
	return s.changeAccount(ctx, a.ID, "set the password", func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, "update identity.account set password_hash = $2, password_changed_at = $3 where id = $1", a.ID, hash, s.now())
		return err
	})
}

// Disable shuts an account and ends all its sessions; nothing waits for it any more. To disable a disabled account is no error.
// Errors: ErrNoAccount, ErrUnavailable.
func (s *Service) Disable(ctx context.Context, username string) error {
	a, err := s.ByUsername(ctx, username)
	if err != nil {
		return err
	}
	return s.endingSessions(ctx, "disable the account", change{account: a.ID}, func(tx pgx.Tx) error { return shut(ctx, tx, a.ID) })
}

// changeAccount does something to an account and ends its sessions, both or neither.
func (s *Service) changeAccount(ctx context.Context, id, what string, do func(pgx.Tx) error) error {
	return s.endingSessions(ctx, what, change{account: id}, func(tx pgx.Tx) error {
		if err := do(tx); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, "delete from identity.session where account = $1", id)
		return err
	})
}

// endingMost is how often sessions are tried to be ended: each time the server has undone it, another was through.
const endingMost = 3

// endingSessions does something that ends sessions, and lets every process know. Those of a person, of an agency and of everybody are ended
// in different orders: where two meet so that PostgreSQL undoes one of them, it is done again once the other is through.
func (s *Service) endingSessions(ctx context.Context, what string, c change, do func(pgx.Tx) error) error {
	var err error
	for range endingMost {
		err = s.inTransaction(ctx, what, func(tx pgx.Tx) error {
			if err := do(tx); err != nil {
				return err
			}
			return tell(ctx, tx, c)
		})
		if !undoneForAnother(err) {
			break
		}
	}
	s.noticed(c) // even after an error: the commit may have been done before its answer was lost
	return err
}

// List returns all accounts by username.
func (s *Service) List(ctx context.Context) ([]Account, error) {
	rows, _ := s.db.Query(ctx, "select "+accountColumns+" from identity.account order by username")
	accounts, err := pgx.CollectRows(rows, scanAccount)
	if err != nil {
		return nil, couldNot("list the accounts", err)
	}
	return accounts, nil
}

// ByUsername returns the account of this name in any spelling of it. Errors: ErrNoAccount, ErrUnavailable.
func (s *Service) ByUsername(ctx context.Context, username string) (Account, error) {
	username, ok := canonicalUsername(username)
	if !ok {
		return Account{}, ErrNoAccount
	}
	return s.account(ctx, "username", username)
}

// ByID returns the account of this id. Errors: ErrNoAccount, ErrUnavailable.
func (s *Service) ByID(ctx context.Context, id string) (Account, error) {
	if uuid.Validate(id) != nil {
		return Account{}, ErrNoAccount
	}
	return s.account(ctx, "id", id)
}

func (s *Service) account(ctx context.Context, column, value string) (Account, error) {
	rows, _ := s.db.Query(ctx, "select "+accountColumns+" from identity.account where "+column+" = $1", value)
	a, err := pgx.CollectExactlyOneRow(rows, scanAccount)
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return Account{}, ErrNoAccount
	case err != nil:
		return Account{}, couldNot("find the account", err)
	}
	return a, nil
}

const accountColumns = "id, username, role, agency, provinces, active, demo, created_at, password_changed_at"

func scanAccount(row pgx.CollectableRow) (Account, error) {
	var a Account
	err := row.Scan(&a.ID, &a.Username, &a.Role, &a.Agency, &a.Provinces, &a.Active, &a.Demo, &a.CreatedAt, &a.PasswordChangedAt)
	return a, err
}
