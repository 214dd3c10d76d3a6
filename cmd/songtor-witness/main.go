// Command songtor-witness is the witness of a log: a small program that another organisation runs, with one file as its whole memory.
// It signs the state of a log where that continues the state which it signed last, and learns nothing of what is in the log.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/alecthomas/kong"

	"songtor/internal/transparency/witness"
)

type cli struct {
	New   newCmd   `cmd:"" help:"Make a witness: its key and its empty memory, in one file."`
	Key   keyCmd   `cmd:"" help:"Print the verifier key, for the service and for the policies of readers."`
	Serve serveCmd `cmd:"" help:"Cosign the checkpoints of logs."`
}

type newCmd struct {
	File string `arg:"" type:"path" help:"File of the witness. Never put an older copy of it back."`
	Name string `required:"" help:"Name of the witness, such as witness.example.org."`
}

// Run makes a witness.
func (c *newCmd) Run(out io.Writer) error {
	key, err := witness.Create(c.File, c.Name)
	if err != nil {
		return err
	}
	fmt.Fprintln(out, key)
	return nil
}

type keyCmd struct {
	File string `arg:"" type:"existingfile" help:"File of the witness."`
}

// Run prints the verifier key.
func (c *keyCmd) Run(out io.Writer) error {
	key, err := witness.Key(c.File)
	if err != nil {
		return err
	}
	fmt.Fprintln(out, key)
	return nil
}

type serveCmd struct {
	File   string   `arg:"" type:"existingfile" help:"File of the witness."`
	Log    []string `required:"" help:"Verifier key of a log that is cosigned, as songtor log keys prints it; may be repeated." placeholder:"KEY"`
	Listen string   `default:"localhost:8091" help:"Address to listen on. TLS ends at a proxy before it."`
}

// Run serves until ctx ends.
func (c *serveCmd) Run(ctx context.Context, out io.Writer) error {
	w, err := witness.Open(c.File, c.Log...)
	if err != nil {
		return err
	}
	defer w.Close()
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", c.Listen)
	if err != nil {
		return fmt.Errorf("couldn't listen: %w", err)
	}
	server := &http.Server{
		Handler: w.Handler(), ReadTimeout: 10 * time.Second, WriteTimeout: 10 * time.Second, IdleTimeout: time.Minute, MaxHeaderBytes: 8 << 10,
	}
	context.AfterFunc(ctx, func() { _ = server.Close() })
	fmt.Fprintf(out, "The witness is ready on http://%s\n", listener.Addr())
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("couldn't go on serving: %w", err)
	}
	return nil
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "songtor-witness:", err)
		os.Exit(1)
	}
}

// run carries out one command line.
func run(ctx context.Context, args []string, out io.Writer) error {
	parser, err := kong.New(new(cli), kong.Name("songtor-witness"), kong.Description("Cosign the checkpoints of a log."),
		kong.BindTo(ctx, (*context.Context)(nil)), kong.BindTo(out, (*io.Writer)(nil)))
	if err != nil {
		return fmt.Errorf("couldn't set up the command line: %w", err)
	}
	command, err := parser.Parse(args)
	if err != nil {
		return fmt.Errorf("%w (songtor-witness --help lists the commands)", err)
	}
	return command.Run()
}
