package main

import (
	"context"
	"fmt"
	"io"

	"github.com/nats-io/nats.go"

	"songtor/internal/eventlog"
)

// streamCmd prepares the log on an outside server. The service itself needs no right to create or change a stream.
type streamCmd struct {
	Create streamCreateCmd `cmd:"" help:"Create the streams of the log and of the access record with the settings that the service demands."`
}

type streamCreateCmd struct {
	natsFlags `embed:""`

	NATS     string `name:"nats" required:"" help:"URL with credentials that may create streams." placeholder:"URL"`
	Replicas int    `default:"3" help:"Copies of the log in the cluster."`
}

// Run creates the streams.
func (c *streamCreateCmd) Run(ctx context.Context, out io.Writer) error {
	private, err := c.natsFlags.options()
	if err != nil {
		return err
	}
	nc, err := nats.Connect(c.NATS, append(private, nats.Name("songtor stream create"))...)
	if err != nil {
		return fmt.Errorf("couldn't connect to NATS: %w", err)
	}
	defer nc.Close()
	if err := eventlog.CreateStream(ctx, nc, c.Replicas); err != nil {
		return err
	}
	fmt.Fprintf(out, "created the streams with %d replicas\n", c.Replicas)
	return nil
}
