package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"golang.org/x/term"

	"songtor/domain"
	"songtor/internal/identity"
	"songtor/schemas"
)

// userCmd keeps accounts. There is no account to begin with: the first two administrators are invited at the terminal.
type userCmd struct {
	First    userFirstCmd    `cmd:"" help:"Invite the first two administrators, where nobody has an account yet."`
	Invite   userInviteCmd   `cmd:"" help:"Invite somebody to an account."`
	Reset    userResetCmd    `cmd:"" name:"reset-factors" help:"Take every factor of an account away, so that its person can add others."`
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

type userInviteCmd struct {
	storeFlags `embed:""`

	Role   string `required:"" enum:"responder,casemanager,team,shelter,committee,auditor,admin" help:"One of ${enum}."`
	Agency string `required:"" help:"Code of the agency."`
}

// Run prints a code by which a person makes the account, with a password that nobody else learns.
func (c *userInviteCmd) Run(ctx context.Context, out io.Writer) error {
	if _, known := schemas.Agency(c.Agency); !known {
		return errors.New("there is no agency with this code; GET /api/v1/codes/agencies lists them")
	}
	return perform(ctx, c.storeFlags, task{User: &userTask{Action: "invite", Role: domain.Role(c.Role), Agency: c.Agency}}, out)
}

type userFirstCmd struct {
	storeFlags `embed:""`

	Agency string `default:"datip" help:"Code of the agency that keeps the service."`
}

// Run prints two codes, for two different people.
func (c *userFirstCmd) Run(ctx context.Context, out io.Writer) error {
	return perform(ctx, c.storeFlags, task{User: &userTask{Action: "first", Agency: c.Agency}}, out)
}

type userResetCmd struct {
	storeFlags `embed:""`

	Username string `arg:""`
}

// Run takes the factors away and ends the sessions.
func (c *userResetCmd) Run(ctx context.Context, out io.Writer) error {
	return perform(ctx, c.storeFlags, task{User: &userTask{Action: "reset-factors", Username: c.Username}}, out)
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
	say := func(format string, values ...any) { tell(progress{Message: fmt.Sprintf(format, values...)}) }
	switch t.Action {
	case "first":
		return o.inviteFirst(ctx, t.Agency, say)
	case "invite":
		made, err := o.identity.InviteAtTerminal(ctx, identity.Post{Role: t.Role, Agency: t.Agency})
		if err != nil {
			return err
		}
		say("hand this code to the person; it is good once, until %s: %s", made.ExpiresAt.Local().Format(time.DateTime), made.Code)
	case "add":
		account, err := o.identity.CreateAccount(ctx, identity.NewAccount{Username: t.Username, Password: t.Password, Role: t.Role, Agency: t.Agency})
		if err != nil {
			return err
		}
		say("added %s; it opens nothing until its person has signed in and added a factor, within a day", account.Username)
	case "password":
		if err := o.identity.SetPassword(ctx, t.Username, t.Password); err != nil {
			return err
		}
		say("set the password and ended the sessions of %s", t.Username)
	case "disable":
		if err := o.identity.Disable(ctx, t.Username); err != nil {
			return err
		}
		say("shut %s", t.Username)
	case "reset-factors":
		if err := o.identity.ResetFactors(ctx, t.Username); err != nil {
			return err
		}
		say("took the factors of %s away; others can be added on the password within a day", t.Username)
	case "list":
		return o.listUsers(ctx, say)
	default:
		return errors.New("this build knows no such task")
	}
	return nil
}

func (o *operator) listUsers(ctx context.Context, say func(string, ...any)) error {
	accounts, err := o.identity.List(ctx)
	if err != nil {
		return err
	}
	for _, a := range accounts {
		say("%-24s %-12s %-24s active=%t", a.Username, a.Role, a.Agency, a.Active)
	}
	return nil
}

// inviteFirst makes the invitations of the first two administrators and says them.
func (o *operator) inviteFirst(ctx context.Context, agency string, say func(string, ...any)) error {
	both, err := o.identity.InviteFirst(ctx, agency)
	if err != nil {
		return err
	}
	if both == nil {
		return errors.New("there are accounts already; an administrator invites others, or songtor user invite does")
	}
	say("Two people administer the service together. Give each one of these codes; they are good once, until %s:",
		both[0].ExpiresAt.Local().Format(time.DateTime))
	for _, invitation := range both {
		say("  %s", invitation.Code)
	}
	say("Each redeems the code on the page and adds a passkey. Administration begins when both have.")
	return nil
}
