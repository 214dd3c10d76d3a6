package identity

import (
	"context"
	"errors"
	"slices"

	"songtor/domain"
)

// DemoPassword is the password of every demo account. It is on the list of passwords that no other account can have.
const DemoPassword = "demo-only" //nolint:gosec // it is published, and opens nothing outside demo mode

// DemoAccount is what a demo account is made from.
type DemoAccount struct {
	Username string
	Role     domain.Role
	Agency   string
}

// DemoAccounts lists the accounts of the demo, one for each role and named after it.
func DemoAccounts() []DemoAccount {
	return []DemoAccount{
		{"responder", domain.Responder, "immigration-bureau"},
		{"casemanager", domain.CaseManager, "datip"},
		{"team", domain.Team, "sdhs-bangkok"},
		{"shelter", domain.Shelter, "shelter-women-central"},
		{"committee", domain.Committee, "nrm-committee"},
		{"auditor", domain.Auditor, "datip"},
		{"admin", domain.Admin, "datip"},
	}
}

// CreateDemoAccount makes an account with DemoPassword that may sign in only in demo mode. Errors: ErrDemoRefused outside demo
// mode, and those of CreateAccount.
func (s *Service) CreateDemoAccount(ctx context.Context, d DemoAccount) (Account, error) {
	if !s.options.AllowDemo {
		return Account{}, ErrDemoRefused
	}
	hash, err := s.hasher.hash(ctx, DemoPassword)
	if err != nil {
		return Account{}, err
	}
	return s.insertDemo(ctx, d, hash)
}

func (s *Service) insertDemo(ctx context.Context, d DemoAccount, hash string) (Account, error) {
	n := NewAccount{Username: d.Username, Role: d.Role, Agency: d.Agency}
	username, err := n.check()
	if err != nil {
		return Account{}, err
	}
	n.Username = username
	return s.insert(ctx, n, hash, true)
}

// EnsureDemo makes those of DemoAccounts that are missing and leaves the others as they are. One hash is that of them all: everybody knows
// their password, and each further one would cost a third of a second of the first start. Errors: ErrDemoRefused outside demo mode,
// ErrBusy, ErrUnavailable.
func (s *Service) EnsureDemo(ctx context.Context) error {
	if !s.options.AllowDemo {
		return ErrDemoRefused
	}
	missing, err := s.missingDemo(ctx)
	if err != nil || len(missing) == 0 {
		return err
	}
	hash, err := s.hasher.hash(ctx, DemoPassword)
	if err != nil {
		return err
	}
	for _, d := range missing {
		if _, err := s.insertDemo(ctx, d, hash); err != nil && !errors.Is(err, ErrUsernameTaken) { // by another process that starts now
			return err
		}
	}
	return nil
}

func (s *Service) missingDemo(ctx context.Context) ([]DemoAccount, error) {
	existing, err := s.List(ctx)
	if err != nil {
		return nil, err
	}
	there := map[string]bool{}
	for _, a := range existing {
		there[a.Username] = true
	}
	return slices.DeleteFunc(DemoAccounts(), func(d DemoAccount) bool { return there[d.Username] }), nil
}
