package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"songtor/internal/app"
	"songtor/internal/identity"
	"songtor/internal/release"
	"songtor/internal/secret"
)

// releaseCmd publishes statistics: what one person builds, another publishes.
type releaseCmd struct {
	Plan    releasePlanCmd    `cmd:"" help:"Print what is published of a half-year and why, and which half-years can be."`
	Build   releaseBuildCmd   `cmd:"" help:"Count a closed half-year, withhold what must not be told, and propose the result."`
	Verify  releaseVerifyCmd  `cmd:"" help:"Check releases that are published or proposed against their certificates, those under seal too."`
	Publish releasePublishCmd `cmd:"" help:"Publish what another person has built."`
	Protect protectCmd        `cmd:"" help:"Withhold from tables of any records what must not be told, and print the rest."`
	Audit   auditCmd          `cmd:"" help:"Tell of cells, whatever made them, what anybody can prove of those that are withheld."`
	Check   checkCmd          `cmd:"" help:"Check the certificate of songtor release protect."`
}

// accountFlags say who asks. A token is that of a session, as POST /api/v1/session answers with it.
type accountFlags struct {
	Account string      `help:"Username of whoever asks; the password is asked for, or read from the standard input." placeholder:"NAME"`
	Token   secret.Text `env:"SONGTOR_TOKEN" help:"Token of a session, in the place of username and password." placeholder:"TOKEN"`
}

// releaseTask is what is asked about releases.
type releaseTask struct {
	Action   string `json:"action"`
	Period   string `json:"period,omitempty"`
	Digest   string `json:"digest,omitempty"`
	Weak     bool   `json:"weak,omitempty"`
	Dry      bool   `json:"dry,omitempty"`
	Account  string `json:"account,omitempty"`
	Password string `json:"password,omitempty"`
	Token    string `json:"token,omitempty"`
}

// as adds to a task who asks for it.
func (f accountFlags) as(t releaseTask, out io.Writer) (task, error) {
	t.Account, t.Token = f.Account, f.Token.Expose()
	if t.Account != "" && t.Token == "" {
		var err error
		if t.Password, err = readPassword(out); err != nil {
			return task{}, err
		}
	}
	return task{Release: &t}, nil
}

type releasePlanCmd struct {
	storeFlags   `embed:""`
	accountFlags `embed:""`
}

// Run prints the rules with their reasons, and the periods.
func (c *releasePlanCmd) Run(ctx context.Context, out io.Writer) error {
	t, err := c.as(releaseTask{Action: "plan"}, out)
	if err != nil {
		return err
	}
	return perform(ctx, c.storeFlags, t, out)
}

type releaseBuildCmd struct {
	storeFlags   `embed:""`
	accountFlags `embed:""`

	Period string `arg:"" help:"Half-year, such as 2026-H1."`
	DryRun bool   `name:"dry-run" help:"Propose nothing, and tell what would be published."`
	Weak   bool   `name:"protect-less-than-recommended" help:"Accept a threshold below 11. The release is marked as weak for ever."`
}

// Run builds a release, with progress.
func (c *releaseBuildCmd) Run(ctx context.Context, out io.Writer) error {
	t, err := c.as(releaseTask{Action: "build", Period: c.Period, Weak: c.Weak, Dry: c.DryRun}, out)
	if err != nil {
		return err
	}
	return perform(ctx, c.storeFlags, t, out)
}

type releaseVerifyCmd struct {
	storeFlags `embed:""`

	Period string `arg:"" optional:"" help:"Half-year, such as 2026-H1; all that is published or proposed where not given."`
}

// Run checks the certificates with a program that shares nothing with the one that made them.
func (c *releaseVerifyCmd) Run(ctx context.Context, out io.Writer) error {
	return perform(ctx, c.storeFlags, task{Release: &releaseTask{Action: "verify", Period: c.Period}}, out)
}

type releasePublishCmd struct {
	storeFlags   `embed:""`
	accountFlags `embed:""`

	Period string `arg:"" help:"Half-year, such as 2026-H1."`
	Digest string `required:"" help:"Digest of the proposal, as songtor release build printed it." placeholder:"SHA256"`
}

// Run publishes a proposal.
func (c *releasePublishCmd) Run(ctx context.Context, out io.Writer) error {
	t, err := c.as(releaseTask{Action: "publish", Period: c.Period, Digest: c.Digest}, out)
	if err != nil {
		return err
	}
	return perform(ctx, c.storeFlags, t, out)
}

// release does what is asked about releases, as the account that asks.
func (o *operator) release(ctx context.Context, t releaseTask, tell func(progress)) error {
	say := func(format string, values ...any) { tell(progress{Message: fmt.Sprintf(format, values...)}) }
	if t.Action == "verify" {
		return o.verifyReleases(ctx, t.Period, say)
	}
	who, leave, err := o.whoAsks(ctx, t)
	if err != nil {
		return err
	}
	defer leave()
	switch t.Action {
	case "plan":
		plan, err := o.app.PlanReleases(ctx, who)
		if err != nil {
			return err
		}
		printPlan(plan, say)
		return nil
	case "build":
		return o.buildRelease(ctx, who, t, tell)
	case "publish":
		published, err := o.app.PublishRelease(ctx, who, t.Period, t.Digest)
		if err != nil {
			return err
		}
		say("%s is published, at position %d of the log; nothing changes it any more", published.Release.ID, published.Place)
		return nil
	}
	return errors.New("this build knows no such task")
}

// whoAsks is the account that a task is for.
func (o *operator) whoAsks(ctx context.Context, t releaseTask) (identity.Principal, func(), error) {
	nothing := func() {}
	token := t.Token
	if token == "" {
		if t.Account == "" {
			return identity.Principal{}, nothing, errors.New("say who asks, with --account or with a session's token in SONGTOR_TOKEN")
		}
		account, methods, err := o.identity.SignIn(ctx, identity.Credentials{Username: t.Account, Password: t.Password})
		if err != nil {
			return identity.Principal{}, nothing, err
		}
		session, err := o.identity.Start(ctx, account, identity.Evidence{Methods: methods})
		if err != nil {
			return identity.Principal{}, nothing, err
		}
		token = session.Token
		nothing = func() { _ = o.identity.End(context.WithoutCancel(ctx), token) } // it ends by itself too
	}
	p, err := o.identity.Resolve(ctx, token)
	return p, nothing, err
}

func (o *operator) buildRelease(ctx context.Context, who identity.Principal, t releaseTask, tell func(progress)) error {
	start, last := time.Now(), ""
	proposal, err := o.app.BuildRelease(ctx, who, app.Building{
		Period: t.Period, Weak: t.Weak, Dry: t.Dry,
		Report: func(p release.Progress) {
			if now := p.Universe + ": " + p.Step; now != last {
				last = now
				tell(progress{Message: now})
			}
			tell(progress{Done: uint64(max(0, p.Done)), Total: uint64(max(0, p.Total))})
		},
	})
	if err != nil {
		return err
	}
	say := func(format string, values ...any) { tell(progress{Message: fmt.Sprintf(format, values...)}) }
	for _, table := range proposal.Release.Tables {
		shown := 0
		for _, c := range table.Cells {
			if c.Count != nil {
				shown++
			}
		}
		say("%-32s %d of %d cells", table.ID, shown, len(table.Cells))
	}
	took := time.Since(start).Round(time.Millisecond)
	if t.Dry {
		say("%s could be published like this; nothing was written (%s)", t.Period, took)
		return nil
	}
	return o.sayProposed(ctx, who, t.Period, took, say)
}

func (o *operator) sayProposed(ctx context.Context, who identity.Principal, period string, took time.Duration, say func(string, ...any)) error {
	waiting, err := o.app.Proposals(ctx, who)
	if err != nil {
		return err
	}
	for _, p := range waiting {
		if p.Release.ID == period {
			say("%s waits for another person to publish it (%s); digest %s", period, took, p.Digest)
		}
	}
	return nil
}

func (o *operator) verifyReleases(ctx context.Context, period string, say func(string, ...any)) error {
	book, err := o.app.Book(ctx)
	if err != nil {
		return err
	}
	found := 0
	check := func(p *release.Proposed, state string) error {
		if period != "" && p.Release.ID != period {
			return nil
		}
		checked, err := o.app.VerifyRelease(ctx, p)
		if err != nil {
			return fmt.Errorf("%s: %w", p.Release.ID, err)
		}
		found++
		sayChecked(p, state, checked, say)
		return nil
	}
	for _, p := range book.Published() {
		if err := check(&p.Proposed, "published"); err != nil {
			return err
		}
	}
	for _, p := range book.Proposals() {
		if err := check(p, "proposed"); err != nil {
			return err
		}
	}
	if found == 0 {
		say("nothing is published or proposed")
	}
	return nil
}

// sayChecked tells what was found right, and of whole numbers and linear bounds which proves what. How many combinations have people is not
// told, since it follows from no published count.
func sayChecked(p *release.Proposed, state string, c release.Checked, say func(string, ...any)) {
	say("%s (%s) VERIFIED: %d cells in %d blocks; nobody can prove any group with somebody in it to be below %d", p.Release.ID, state, c.Cells, c.Blocks, p.Release.Bound)
	if c.Covered > 0 {
		say("  %d blocks: each of %d combinations by whole numbers; %d of the certificates lie under seal", c.Blocks-c.Occupied, c.Covered, c.Sealed-c.Occupied)
	}
	if c.Occupied > 0 {
		say("  %d blocks: of %d combinations each that has people by whole numbers, from certificates under seal; the others by linear bounds when it was built", c.Occupied, c.Bounded)
	}
}

// printPlan prints the choices with their reasons.
func printPlan(plan app.ReleasePlan, say func(string, ...any)) {
	p := plan.Rules.Protection
	say("k = %d. %s", p.K, p.KReason)
	say("coalition = %d, so that K = %d. %s", p.Coalition, plan.Rules.Policy().Bound(), p.CoalitionReason)
	say("extra = %g. %s", p.Extra, p.ExtraReason)
	say("open dimensions: %s. %s", orNone(p.Open), p.OpenReason)
	say("whole = %d. %s", p.Whole, p.WholeReason)
	say("sealed = %d. %s", p.Sealed, p.SealedReason)
	say("grace = %d days. %s", p.GraceDays, p.GraceReason)
	say("draft wording counted: %t. %s", plan.Rules.DraftWording, plan.Rules.DraftWordingReason)
	for _, u := range plan.Rules.Universes {
		say("\n%s (%s, by the day %s). %s", u.ID, u.Unit, u.Basis, u.About)
		for _, a := range u.Apart {
			say("  withheld where %s and %s differ by few. %s", a.Of, a.But, a.Reason)
		}
		for _, b := range u.Blocks {
			var tables []string
			for _, t := range b.Tables {
				tables = append(tables, t.ID)
			}
			say("  %s: %s", strings.Join(tables, ", "), b.Reason)
		}
	}
	say("")
	for _, s := range plan.Periods {
		say("%s %s, closed since %s", s.Period.ID, s.State, s.ClosedAt.Format(time.DateOnly))
	}
}

func orNone(list []string) string {
	if len(list) == 0 {
		return "none"
	}
	return strings.Join(list, ", ")
}
