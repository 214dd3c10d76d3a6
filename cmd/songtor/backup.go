package main

import (
	"bufio"
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"songtor/internal/backup"
	"songtor/internal/database"
	"songtor/internal/transparency"
	"songtor/internal/vault"
)

// backupCmd saves the stores, beside a running service or without one.
type backupCmd struct {
	Save     backupSaveCmd     `cmd:"" default:"withargs" help:"Save everything but the keys: the log, and what of the databases does not follow from it."`
	Keys     backupKeysCmd     `cmd:"" help:"Save the wrapped keys, right after everything else and into another place. Kept for 7 days."`
	Verify   backupVerifyCmd   `cmd:"" help:"Read backups from end to end and check them."`
	Identity backupIdentityCmd `cmd:"" help:"Make a file with an identity that opens backups, and print its recipient."`
}

// backupFlags say where a backup goes and who can open it.
type backupFlags struct {
	To         string `arg:"" type:"path" help:"Folder, in which the backup gets a name with its time and position, or a file that does not exist."`
	Recipients string `env:"SONGTOR_BACKUP_RECIPIENTS" required:"" type:"existingfile" help:"File with the recipients that can open the backup (age), one a line." placeholder:"FILE"`
}

type backupSaveCmd struct {
	storeFlags  `embed:""`
	backupFlags `embed:""`
}

type backupKeysCmd struct {
	storeFlags  `embed:""`
	backupFlags `embed:""`
}

// backupTask is asked of whoever has the stores open. Its answer is the backup, in pieces and not yet encrypted: everything about people in
// it is sealed, or wrapped, already.
type backupTask struct {
	Keys bool `json:"keys,omitempty"` // the keys, else everything else
}

// Run saves everything but the keys.
func (c *backupSaveCmd) Run(ctx context.Context, out io.Writer) error {
	_, err := c.save(ctx, out, func(tell func(progress)) error {
		return carryOut(ctx, c.storeFlags, task{Backup: &backupTask{}}, tell)
	})
	if err != nil {
		return err
	}
	return noteBackup(c.Data, partData)
}

// Run saves the keys, and removes backups of them that are too old.
func (c *backupKeysCmd) Run(ctx context.Context, out io.Writer) error {
	w, err := c.save(ctx, out, func(tell func(progress)) error {
		if c.alone() {
			return c.saveAlone(ctx, tell)
		}
		return carryOut(ctx, c.storeFlags, task{Backup: &backupTask{Keys: true}}, tell)
	})
	if err != nil {
		return err
	}
	if !c.alone() {
		if err := noteBackup(c.Data, partKeys); err != nil {
			return err
		}
	}
	if w.File == c.To {
		return nil
	}
	removed, err := backup.RemoveOldKeys(c.To, w.MadeAt)
	for _, name := range removed {
		fmt.Fprintf(out, "removed %s: backups of the keys are kept for %d days\n", name, int(backup.KeysLife.Hours()/24))
	}
	return err
}

// alone reports whether the keys are those of a key service, whose user reaches nothing else.
func (c *backupKeysCmd) alone() bool {
	return c.Keys == "" && !c.KeysDatabase.Empty() && c.Database.Empty()
}

// saveAlone saves the keys beside a key service that keeps them in a database of its own.
func (c *backupKeysCmd) saveAlone(ctx context.Context, tell func(progress)) error {
	kek, err := c.kek()
	if err != nil {
		return err
	}
	pool, err := c.pool(ctx)
	if err != nil {
		return err
	}
	defer pool.Close()
	if err := mustBeBegun(ctx, pool); err != nil {
		return err
	}
	v, err := vault.Open(ctx, pool, kek, vault.NewLedger(c.ledgerPath(c.Data), false))
	if err != nil {
		return err
	}
	defer v.Close()
	return inPieces(tell, func(to io.Writer) error {
		_, err := backup.SaveKeys(ctx, to, backup.KeysSource{
			DB: pool, Signer: backupSigner{v}, Ledger: c.ledgerPath(c.Data), Program: program(),
		}, steps(tell))
		return err
	})
}

// mustBeBegun refuses a database without keys: opening it would make some, and a backup of those be taken for one of the service's.
func mustBeBegun(ctx context.Context, pool *pgxpool.Pool) error {
	switch begun, err := vault.Begun(ctx, pool); {
	case err != nil:
		return err
	case !begun:
		return errors.New("the database of the keys holds none: no service has been started with it, or --keys-database names another one than the service's")
	}
	return nil
}

// save writes a backup's file from the pieces that work tells.
func (f *backupFlags) save(ctx context.Context, out io.Writer, work func(tell func(progress)) error) (backup.Written, error) {
	recipients, err := backup.Recipients(f.Recipients)
	if err != nil {
		return backup.Written{}, err
	}
	start, show := time.Now(), printer(out)
	w, err := backup.WriteFile(f.To, recipients, func(to io.Writer) error {
		var failed error
		err := work(func(p progress) {
			if p.Data == nil {
				show(p)
				return
			}
			if failed == nil {
				_, failed = to.Write(p.Data)
			}
		})
		return errors.Join(failed, err)
	})
	if err != nil {
		return w, err
	}
	printBackup(out, w.Manifest)
	fmt.Fprintf(out, "wrote %s: %s, read back and whole, in %s\n", w.File, megabytes(w.Size), time.Since(start).Round(time.Millisecond))
	return w, ctx.Err()
}

// pieceSize is how much of a backup is sent at a time, in bytes.
const pieceSize = 256 << 10

// inPieces tells what fill writes.
func inPieces(tell func(progress), fill func(io.Writer) error) error {
	pieces := bufio.NewWriterSize(piecewise(tell), pieceSize)
	if err := fill(pieces); err != nil {
		return err
	}
	return pieces.Flush()
}

// piecewise is a writer that tells what is written to it.
type piecewise func(progress)

// Write implements io.Writer.
func (tell piecewise) Write(p []byte) (int, error) {
	for at := 0; at < len(p); at += pieceSize {
		tell(progress{Data: p[at:min(at+pieceSize, len(p))]})
	}
	return len(p), nil
}

// steps tells how the steps of a backup go.
func steps(tell func(progress)) backup.Tell {
	return func(step string, done, total uint64) { tell(progress{Step: step, Done: done, Total: total}) }
}

// backup saves what the stores hold, and tells it in pieces.
func (o *operator) backup(ctx context.Context, t backupTask, tell func(progress)) error {
	fill := o.backupData
	if t.Keys {
		fill = o.backupKeys
	}
	return inPieces(tell, func(to io.Writer) error { return fill(ctx, to, tell) })
}

func (o *operator) backupData(ctx context.Context, to io.Writer, tell func(progress)) error {
	s := o.stores
	pool, err := database.OpenPool(ctx, database.Backup, s.at.main(database.Backup))
	if err != nil {
		return err
	}
	defer pool.Close()
	_, err = backup.Save(ctx, to, backup.Source{
		Logs:  map[transparency.Tree]backup.Log{transparency.Cases: s.log, transparency.Access: s.trail},
		Trees: s.logKeys, Signer: backupSigner{s.vault}, DB: pool, Projector: s.pools.Projector, Audit: s.pools.Audit,
		Book: s.book, Ledger: s.ledger, Program: program(),
	}, steps(tell))
	return err
}

func (o *operator) backupKeys(ctx context.Context, to io.Writer, tell func(progress)) error {
	s := o.stores
	if s.keys == nil {
		return errors.New("a key service holds the keys: save them as its user, with --keys-database, --kek and --erasure-ledger as it has them")
	}
	_, err := backup.SaveKeys(ctx, to, backup.KeysSource{
		DB: s.keys, Signer: backupSigner{s.vault}, Ledger: s.ledger, Head: s.log.Head, Program: program(),
	}, steps(tell))
	return err
}

// backupSigner signs backups with a key of the vault.
type backupSigner struct{ keeper vault.Keeper }

// Public implements backup.Signer.
func (s backupSigner) Public(ctx context.Context) (ed25519.PublicKey, error) {
	return s.keeper.PublicKey(ctx, vault.Backups)
}

// Sign implements backup.Signer.
func (s backupSigner) Sign(ctx context.Context, message []byte) ([]byte, error) {
	return s.keeper.Sign(ctx, vault.Backups, message)
}

// program is what this program calls itself in a backup.
func program() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "songtor"
	}
	for _, setting := range info.Settings {
		if setting.Key == "vcs.revision" {
			return "songtor " + setting.Value[:min(12, len(setting.Value))]
		}
	}
	return "songtor"
}

// backupVerifyCmd checks backups without any store.
type backupVerifyCmd struct {
	Files    []string `arg:"" type:"existingfile" help:"The backups."`
	Identity []string `env:"SONGTOR_BACKUP_IDENTITY" required:"" type:"existingfile" help:"File of an identity that opens them (age); may be repeated." placeholder:"FILE"`
}

// Run reads them to the end.
func (c *backupVerifyCmd) Run(out io.Writer) error {
	identities, err := backup.Identities(c.Identity...)
	if err != nil {
		return err
	}
	for _, file := range c.Files {
		start := time.Now()
		m, _, err := backup.ReadFile(file, identities, backup.Visitor{})
		if err != nil {
			return fmt.Errorf("NOT WHOLE: %w", err)
		}
		printBackup(out, m)
		fmt.Fprintf(out, "WHOLE: %s, read in %s. That it is this service's own is checked with its keys, by a restore: it names the key %.16s\n",
			file, time.Since(start).Round(time.Millisecond), m.Signer)
	}
	return nil
}

// printBackup says what is in a backup.
func printBackup(out io.Writer, m *backup.Manifest) {
	fmt.Fprintf(out, "backup of the %s, made %s UTC by %s\n", m.Kind, m.MadeAt.UTC().Format(day), m.Program)
	for _, s := range m.Streams {
		fmt.Fprintf(out, "  stream %-8s to position %d, %s\n", s.Name, s.Position, megabytes(int64(s.Bytes)))
	}
	rows, size := uint64(0), uint64(0)
	for _, t := range m.Tables {
		rows, size = rows+t.Rows, size+t.Bytes
	}
	fmt.Fprintf(out, "  %d tables, %d rows, %s\n", len(m.Tables), rows, megabytes(int64(size)))
	if m.Kind == backup.KindKeys && m.Covers > 0 {
		fmt.Fprintf(out, "  has the keys of everything up to position %d of the log\n", m.Covers)
	}
}

func megabytes(bytes int64) string { return fmt.Sprintf("%.1f MB", float64(bytes)/1e6) }

// backupIdentityCmd makes an identity.
type backupIdentityCmd struct {
	File string `arg:"" type:"path" help:"The file to make. It opens backups: keep it where none of them lies, and not on the machine that makes them."`
}

// Run makes it and prints the line for the file of recipients.
func (c *backupIdentityCmd) Run(out io.Writer) error {
	recipient, err := backup.NewIdentity(c.File)
	if err != nil {
		return err
	}
	fmt.Fprintln(os.Stderr, "made", c.File+"; the line below belongs in the file of recipients")
	fmt.Fprintln(out, recipient)
	return nil
}
