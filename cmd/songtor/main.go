// Command songtor is the whole service in one binary: what it serves, and what its operators do.
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"github.com/alecthomas/kong"
)

// cli are the commands. Every option can be given as a flag, as an environment variable (SONGTOR_DATA and so on) or in a
// YAML file; the first of these that has it counts.
type cli struct {
	Config kong.ConfigFlag `env:"SONGTOR_CONFIG" help:"YAML file with the same names as the flags." placeholder:"FILE"`

	Serve   serveCmd        `cmd:"" help:"Run the service."`
	Rebuild rebuildCmd      `cmd:"" help:"Build the read models anew from the log alone."`
	Backup  backupCmd       `cmd:"" help:"Save what cannot be made again, encrypted and checked; the keys by themselves."`
	Restore restoreCmd      `cmd:"" help:"Fill empty stores from a backup, build the read models from its log alone, and check everything."`
	Release releaseCmd      `cmd:"" help:"Publish statistics that cannot be turned back to people."`
	Shred   shredCmd        `cmd:"" help:"Destroy a case's keys: nothing of the person can be read again, from any copy."`
	Verify  verifyCmd       `cmd:"" help:"Check a case's bundle offline, or the whole log against its signed checkpoints."`
	Log     logCmd          `cmd:"" help:"Print by which keys the log is known."`
	Report  accessReportCmd `cmd:"" name:"access-report" help:"Print every case and field class that an account, a device, a session or an agency opened in a period."`
	Honey   honeyCmd        `cmd:"" help:"Keep the list of cases that nobody has a reason to open."`
	User    userCmd         `cmd:"" help:"Keep accounts."`
	Keys    keysCmd         `cmd:"" help:"Keep the key that wraps all case keys: make it, turn it over, tell how old it is."`
	Keeper  keyserviceCmd   `cmd:"" name:"keyservice" help:"Hold the keys in a process and a user of its own, which songtor serve asks with --keys."`
	Stream  streamCmd       `cmd:"" help:"Prepare the log on an outside NATS server."`
	Demo    demoCmd         `cmd:"" help:"Print synthetic screening forms."`
	Bench   benchCmd        `cmd:"" help:"Measure the service, or the log and the database alone."`
	Wgss    wgssCmd         `cmd:"" help:"Score Washington Group answers from a CSV file."`
	Picture pictureCmd      `cmd:"" name:"clean-picture" hidden:""`
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout, os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "songtor:", err)
		os.Exit(1)
	}
}

// run carries out one command line. It is main without the process around it, so that a test can run the whole program.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	parser, err := kong.New(new(cli),
		kong.Name("songtor"),
		kong.Description("Case referral and victim screening for a national referral mechanism."),
		kong.Configuration(readSettings),
		kong.Vars{"data": defaultData(), "demo_password": demoPassword},
		kong.Writers(stdout, stderr),
		kong.BindTo(ctx, (*context.Context)(nil)),
		kong.BindTo(stdout, (*io.Writer)(nil)),
	)
	if err != nil {
		return fmt.Errorf("couldn't set up the command line: %w", err)
	}
	command, err := parser.Parse(args)
	if err != nil {
		return fmt.Errorf("%w (songtor --help lists the commands)", err)
	}
	return command.Run()
}

// defaultData is the data folder where none is named.
func defaultData() string {
	if os.Geteuid() == 0 {
		return "/var/lib/songtor"
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return "songtor-data"
	}
	return filepath.Join(home, ".local", "share", "songtor")
}
