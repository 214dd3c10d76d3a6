package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/term"

	"songtor/domain"
	"songtor/internal/identity"
	"songtor/schemas"
)

// userCmd keeps accounts. There is no account to begin with: the first is added here.
type userCmd struct {
	Add      userAddCmd      `cmd:"" help:"Add an account."`
	Password userPasswordCmd `cmd:"" help:"Set an account's password and end its sessions."`
	Disable  userDisableCmd  `cmd:"" help:"Shut an account and end its sessions."`
	List     userListCmd     `cmd:"" help:"List the accounts."`
}

type userTask struct {
	Action   string      `json:"action"`
	Username string      `json:"username"`
	Password string      `json:"password"`
	Role     domain.Role `json:"role"`
	Agency   string      `json:"agency"`
}

type userAddCmd struct {
	storeFlags `embed:""`

	Username string `arg:""`
	Role     string `required:"" enum:"responder,casemanager,team,shelter,committee,auditor,admin" help:"One of ${enum}."`
	Agency   string `required:"" help:"Code of the agency."`
}

// Run adds the account with a password read from the terminal or from standard input.
func (c *userAddCmd) Run(ctx context.Context, out io.Writer) error {
	if _, known := schemas.Agency(c.Agency); !known {
		return errors.New("there is no agency with this code; GET /api/v1/codes/agencies lists them")
	}
	password, err := readPassword(out)
	if err != nil {
		return err
	}
	return perform(ctx, c.storeFlags, task{User: &userTask{
		Action: "add", Username: c.Username, Password: password, Role: domain.Role(c.Role), Agency: c.Agency,
	}}, out)
}

type userPasswordCmd struct {
	storeFlags `embed:""`

	Username string `arg:""`
}

// Run sets the password.
func (c *userPasswordCmd) Run(ctx context.Context, out io.Writer) error {
	password, err := readPassword(out)
	if err != nil {
		return err
	}
	return perform(ctx, c.storeFlags, task{User: &userTask{Action: "password", Username: c.Username, Password: password}}, out)
}

type userDisableCmd struct {
	storeFlags `embed:""`

	Username string `arg:""`
}

// Run shuts the account.
func (c *userDisableCmd) Run(ctx context.Context, out io.Writer) error {
	return perform(ctx, c.storeFlags, task{User: &userTask{Action: "disable", Username: c.Username}}, out)
}

type userListCmd struct {
	storeFlags `embed:""`
}

// Run lists the accounts.
func (c *userListCmd) Run(ctx context.Context, out io.Writer) error {
	return perform(ctx, c.storeFlags, task{User: &userTask{Action: "list"}}, out)
}

// readPassword asks at a terminal, where it does not show what is typed, and reads one line elsewhere. A password is never taken
// from the command line, where other users of the machine could see it.
func readPassword(out io.Writer) (string, error) {
	if !term.IsTerminal(int(os.Stdin.Fd())) {
		line, err := bufio.NewReader(os.Stdin).ReadString('\n')
		if err != nil && !errors.Is(err, io.EOF) {
			return "", fmt.Errorf("couldn't read the password: %w", err)
		}
		return strings.TrimRight(line, "\r\n"), nil
	}
	fmt.Fprint(out, "Password: ")
	b, err := term.ReadPassword(int(os.Stdin.Fd()))
	fmt.Fprintln(out)
	if err != nil {
		return "", fmt.Errorf("couldn't read the password: %w", err)
	}
	return string(b), nil
}

func (o *operator) user(ctx context.Context, t userTask, tell func(progress)) error {
	switch t.Action {
	case "add":
		account, err := o.identity.CreateAccount(ctx, identity.NewAccount{Username: t.Username, Password: t.Password, Role: t.Role, Agency: t.Agency})
		if err != nil {
			return err
		}
		tell(progress{Message: "added " + account.Username})
	case "password":
		if err := o.identity.SetPassword(ctx, t.Username, t.Password); err != nil {
			return err
		}
		tell(progress{Message: "set the password and ended the sessions of " + t.Username})
	case "disable":
		if err := o.identity.Disable(ctx, t.Username); err != nil {
			return err
		}
		tell(progress{Message: "shut " + t.Username})
	case "list":
		accounts, err := o.identity.List(ctx)
		if err != nil {
			return err
		}
		for _, a := range accounts {
			tell(progress{Message: fmt.Sprintf("%-24s %-12s %-24s active=%t", a.Username, a.Role, a.Agency, a.Active)})
		}
	default:
		return errors.New("this build knows no such task")
	}
	return nil
}
