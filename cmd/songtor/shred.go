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
)

// shredCmd carries out the erasure of one case: where two people have agreed to it, or at once in the demonstration.
type shredCmd struct {
	storeFlags `embed:""`

	Case   string `arg:"" help:"The case's id or reference."`
	Reason string `default:"erasure_request" enum:"erasure_request,retention,opened_in_error" help:"Why, in the demonstration: ${enum}. Elsewhere the reason is the one of the request."`
	Yes    bool   `help:"Do not ask."`
}

type shredTask struct {
	Case   string `json:"case"`
	Reason string `json:"reason"`
}

// Run destroys the keys, after asking where a person sits at a terminal.
func (c *shredCmd) Run(ctx context.Context, out io.Writer) error {
	if !c.Yes && term.IsTerminal(int(os.Stdin.Fd())) {
		fmt.Fprintf(out, "This cannot be undone by anybody. Type %s again to destroy its keys: ", c.Case)
		answer, err := bufio.NewReader(os.Stdin).ReadString('\n')
		if err != nil || strings.TrimSpace(answer) != c.Case {
			return errors.New("nothing was destroyed")
		}
	}
	return perform(ctx, c.storeFlags, task{Shred: &shredTask{Case: c.Case, Reason: c.Reason}}, out)
}

func (o *operator) shred(ctx context.Context, t shredTask, tell func(progress)) error {
	position, synthetic, err := o.app.Shred(ctx, t.Case, t.Reason)
	if err != nil {
		return err
	}
	if synthetic {
		tell(progress{Message: "these keys are of type dev and seal invented people only, so nobody else has to agree"})
	}
	tell(progress{Message: fmt.Sprintf("the keys of the case are destroyed; recorded at position %d", position)})
	return nil
}
