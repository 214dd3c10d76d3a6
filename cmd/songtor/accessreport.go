package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"time"

	"songtor/internal/accesslog"
)

// accessReportCmd prints what somebody opened, for whoever has to say how far a breach reaches.
type accessReportCmd struct {
	storeFlags `embed:""`

	Account string    `help:"Id of the account (songtor user list)." xor:"whose" placeholder:"ID"`
	Device  string    `help:"Id of the enrolled device." xor:"whose" placeholder:"ID"`
	Session string    `help:"Id of the session." xor:"whose" placeholder:"ID"`
	Agency  string    `help:"Code of the agency." xor:"whose" placeholder:"CODE"`
	From    time.Time `required:"" help:"First moment of the period, as in 2026-11-28T00:00:00Z." placeholder:"TIME"`
	Until   time.Time `help:"Moment at which the period is over; now where not given." placeholder:"TIME"`
}

type accessReportTask struct {
	Scope accesslog.Scope `json:"scope"`
}

// Run prints a JSON line for each thing that was opened, in the order of time. The report itself is in the record.
func (c *accessReportCmd) Run(ctx context.Context, out io.Writer) error {
	scope := accesslog.Scope{Account: c.Account, Device: c.Device, Session: c.Session, Agency: c.Agency, From: c.From, Until: c.Until}
	if scope.Until.IsZero() {
		scope.Until = time.Now()
	}
	if _, err := scope.Kind(); err != nil {
		return err
	}
	return perform(ctx, c.storeFlags, task{AccessReport: &accessReportTask{scope}}, out)
}

// openingLine is a line of the report.
type openingLine struct {
	At      time.Time         `json:"at"`
	Account string            `json:"account_id"`
	Agency  string            `json:"agency"`
	Role    string            `json:"role"`
	Session string            `json:"session_id"`
	Device  string            `json:"device_id,omitempty"`
	Purpose string            `json:"purpose,omitempty"`
	CaseID  string            `json:"case_id,omitempty"`
	Action  string            `json:"action"`
	Object  string            `json:"object,omitempty"`
	Classes []string          `json:"classes"`
	Count   int               `json:"count,omitempty"`
	Outcome accesslog.Outcome `json:"outcome"`
}

func (o *operator) accessReport(ctx context.Context, t accessReportTask, tell func(progress)) error {
	if err := o.openings.CatchUp(ctx); err != nil {
		return err
	}
	return o.app.OperatorReport(ctx, t.Scope, func(r *accesslog.Row) error {
		line, err := json.Marshal(openingLine{
			r.At, r.Account, r.Agency, r.Role, r.Session, r.Device, r.Purpose, r.Case, r.Action, r.Object, r.Classes, r.Count, r.Outcome,
		})
		if err != nil {
			return fmt.Errorf("couldn't encode a line: %w", err)
		}
		tell(progress{Message: string(line)})
		return nil
	})
}

// honeyCmd keeps the list of cases that nobody has a reason to open.
type honeyCmd struct {
	Add    honeyAddCmd    `cmd:"" help:"Tell the auditor of whoever opens a case, as one that nobody has a reason to open."`
	Remove honeyRemoveCmd `cmd:"" help:"Take that back."`
	List   honeyListCmd   `cmd:"" help:"List those cases."`
}

type honeyTask struct {
	Add    []string `json:"add,omitempty"`
	Remove []string `json:"remove,omitempty"`
}

type honeyAddCmd struct {
	storeFlags `embed:""`

	Cases []string `arg:"" help:"Ids of cases."`
}

// Run adds the cases.
func (c *honeyAddCmd) Run(ctx context.Context, out io.Writer) error {
	return perform(ctx, c.storeFlags, task{Honey: &honeyTask{Add: c.Cases}}, out)
}

type honeyRemoveCmd struct {
	storeFlags `embed:""`

	Cases []string `arg:"" help:"Ids of cases."`
}

// Run removes the cases.
func (c *honeyRemoveCmd) Run(ctx context.Context, out io.Writer) error {
	return perform(ctx, c.storeFlags, task{Honey: &honeyTask{Remove: c.Cases}}, out)
}

type honeyListCmd struct {
	storeFlags `embed:""`
}

// Run lists the cases.
func (c *honeyListCmd) Run(ctx context.Context, out io.Writer) error {
	return perform(ctx, c.storeFlags, task{Honey: &honeyTask{}}, out)
}

// honey changes the list and tells what is on it then.
func (o *operator) honey(ctx context.Context, t honeyTask, tell func(progress)) error {
	for _, id := range t.Add {
		if err := o.app.SetHoney(ctx, id, true); err != nil {
			return fmt.Errorf("couldn't add %s: %w", id, err)
		}
	}
	for _, id := range t.Remove {
		if err := o.app.SetHoney(ctx, id, false); err != nil {
			return fmt.Errorf("couldn't remove %s: %w", id, err)
		}
	}
	if err := o.openings.CatchUp(ctx); err != nil {
		return err
	}
	cases, err := o.app.HoneyCases(ctx)
	if err != nil {
		return err
	}
	for _, id := range cases {
		tell(progress{Message: id})
	}
	return nil
}
