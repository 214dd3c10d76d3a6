package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"songtor/internal/transparency"
)

// verifyCmd checks a case's bundle offline, or the whole log of a data folder.
type verifyCmd struct {
	storeFlags `embed:""`

	Bundle  string    `arg:"" optional:"" type:"existingfile" help:"File of GET /cases/{id}/proof. Without it the whole log of the data folder is compared with its checkpoints."`
	Policy  string    `type:"existingfile" help:"Whom you trust: lines log, receipts, witness, group and quorum (C2SP tlog-policy)." placeholder:"FILE"`
	Receipt string    `type:"existingfile" help:"A receipt of the case, as the service answered it: is what it promises in the bundle?" placeholder:"FILE"`
	Since   time.Time `help:"The witnesses must have cosigned at this time or later (RFC 3339)." placeholder:"TIME"`
}

// Run verifies, and fails where anything is not as it should be.
func (c *verifyCmd) Run(ctx context.Context, out io.Writer) error {
	if c.Bundle == "" {
		return perform(ctx, c.storeFlags, task{Verify: true}, out)
	}
	if c.Policy == "" {
		return errors.New("name with --policy whom you trust; the log cannot vouch for itself")
	}
	q, err := c.question()
	if err != nil {
		return err
	}
	found, err := transparency.Verify(q)
	if err != nil {
		return fmt.Errorf("NOT VERIFIED: %w", err)
	}
	printFindings(out, found)
	return nil
}

func (c *verifyCmd) question() (transparency.Question, error) {
	q := transparency.Question{Since: c.Since}
	policy, err := os.ReadFile(c.Policy)
	if err != nil {
		return q, fmt.Errorf("couldn't read the policy: %w", err)
	}
	if q.Policy, err = transparency.ParsePolicy(policy); err != nil {
		return q, err
	}
	if q.Bundle, err = os.ReadFile(c.Bundle); err != nil {
		return q, fmt.Errorf("couldn't read the bundle: %w", err)
	}
	if c.Receipt != "" {
		if q.Receipt, err = os.ReadFile(c.Receipt); err != nil {
			return q, fmt.Errorf("couldn't read the receipt: %w", err)
		}
	}
	return q, nil
}

// day is how times are printed for people, in UTC.
const day = "2006-01-02 15:04:05"

// printFindings says in plain words what a bundle shows.
func printFindings(out io.Writer, f *transparency.Findings) {
	fmt.Fprintf(out, "VERIFIED: case %s\n", f.Case)
	fmt.Fprintf(out, "  Messages 1 to %d follow from each other without a gap, and each is in the log %s of size %d.\n", f.Messages, f.Origin, f.Size)
	for _, w := range f.Witnesses {
		fmt.Fprintf(out, "  Cosigned by %s at %s UTC.\n", w.Witness, w.At.Format(day))
	}
	if len(f.Witnesses) == 0 {
		fmt.Fprintln(out, "  No witness cosigned it: your policy asks for none, so the log could show others another history.")
	}
	if f.Withheld > 0 {
		fmt.Fprintf(out, "  Withheld from whoever asked for the bundle: %d. They are in the log, and what they say is not shown.\n", f.Withheld)
	}
	fmt.Fprintf(out, "  %d sealed values, which only the case's keys open; %d values whose keys were destroyed.\n", f.Sealed, f.Erased)
	if f.Receipt {
		fmt.Fprintln(out, "  The receipt is good: what it promises is there.")
	}
	fmt.Fprintln(out, "  That nothing came after the last event below is the service's signed word; a later receipt would contradict it.")
	for _, e := range f.Events {
		fmt.Fprintf(out, "  %8d  accepted %s  %-34s %s\n", e.Position, e.AcceptedAt.UTC().Format(day), e.Type, e.Agency)
	}
}

func (o *operator) verify(ctx context.Context, tell func(progress)) error {
	for _, tree := range transparency.Trees() {
		start := time.Now()
		found, err := o.trees.Verify(ctx, tree, func(done, total uint64) { tell(progress{Done: done, Total: total}) })
		if err != nil {
			return fmt.Errorf("NOT VERIFIED, tree %s: %w", tree, err)
		}
		tell(progress{Message: fmt.Sprintf("verified the tree %s: %d messages agree with %d checkpoints, in %s",
			tree, found.Messages, found.Checkpoints, time.Since(start).Round(time.Millisecond))})
	}
	return nil
}
