package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"songtor/internal/backup"
	"songtor/internal/vault"
)

// restoreCmd fills empty stores from backups.
type restoreCmd struct {
	All  restoreAllCmd  `cmd:"" default:"withargs" help:"Restore everything, with the keys where this process is to hold them."`
	Keys restoreKeysCmd `cmd:"" help:"Restore the keys alone, as the user of a key service and before everything else."`
}

// restoreFlags say what opens the backups, and which erasures hold.
type restoreFlags struct {
	Identity       []string `env:"SONGTOR_BACKUP_IDENTITY" required:"" type:"existingfile" help:"File of an identity that opens the backups (age); may be repeated." placeholder:"FILE"`
	LedgerCopy     string   `name:"ledger-copy" type:"existingfile" help:"The latest copy of the file of erasures, to be put in its place." placeholder:"FILE"`
	LedgerOfBackup bool     `name:"ledger-of-backup" help:"Only where every later copy of the file of erasures is lost: take the one in the backup. What was erased since can be read again."`
}

type restoreAllCmd struct {
	storeFlags   `embed:""`
	restoreFlags `embed:""`

	File        string `arg:"" type:"existingfile" help:"The backup."`
	KeysFile    string `name:"keys-file" type:"existingfile" help:"The backup of the keys, made after it. None where a key service (--keys) has been given them." placeholder:"FILE"`
	Differences bool   `name:"accept-differences" help:"Finish although read models have other rows than they had, as they do after a change of time limits or of the bounds of alerts."`
}

// Run restores, and returns nil only where everything is as it was saved.
func (c *restoreAllCmd) Run(ctx context.Context, out io.Writer) error {
	if err := c.check(); err != nil {
		return err
	}
	start := time.Now()
	r := &restoring{restoreAllCmd: c, tell: printer(out)}
	if err := r.read(); err != nil {
		return err
	}
	if err := r.begin(); err != nil {
		return err
	}
	err := r.fill(ctx)
	if err == nil {
		err = r.check(ctx)
	}
	if errors.Is(err, backup.ErrNotEmpty) { // found before anything was written
		return errors.Join(err, os.Remove(filepath.Join(c.Data, unfinishedName)))
	}
	if err != nil {
		return fmt.Errorf("%w\n%s is not to be used: remove what was restored, and what is in outside stores, before you restore again", err, c.Data)
	}
	if err := os.Remove(filepath.Join(c.Data, unfinishedName)); err != nil {
		return fmt.Errorf("couldn't finish the restore: %w", err)
	}
	r.say("RESTORED in %s: songtor serve --data %s goes on from here", time.Since(start).Round(time.Millisecond), c.Data)
	return nil
}

// unfinishedName is the file that says of a data folder that a restore into it has not come to its end.
const unfinishedName = "restore.unfinished"

// finished refuses a data folder that holds half a restore.
func finished(data string) error {
	switch _, err := os.Lstat(filepath.Join(data, unfinishedName)); {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return fmt.Errorf("couldn't look into the data folder: %w", err)
	}
	return fmt.Errorf("a restore into %s has not come to its end: remove what it left there and restore again", data)
}

// erasures is the file of erasures that holds after a restore.
type erasures struct {
	vault.LedgerCopy

	path  string
	there bool // in its place already
}

// put puts it into its place.
func (e erasures) put() error {
	if e.there {
		return nil
	}
	return e.Place(e.path)
}

// choose finds the file of erasures. It must list whatever the backups list: an older one would bring erased people back.
func (f *restoreFlags) choose(path string, backups ...saved) (erasures, error) {
	var of *saved
	var kept vault.LedgerCopy
	for i := range backups {
		if backups[i].ledger == nil {
			continue
		}
		ledger, err := vault.ParseLedger(backups[i].ledger)
		if err != nil {
			return erasures{}, fmt.Errorf("couldn't read the file of erasures in %s: %w", backups[i].name(), err)
		}
		if of == nil || len(ledger.Entries) > len(kept.Entries) {
			of, kept = &backups[i], ledger
		}
	}
	ledger, there, err := f.ledger(path, kept)
	if err != nil {
		return erasures{}, err
	}
	if of != nil {
		if n := ledger.Missing(kept); n > 0 {
			return erasures{}, fmt.Errorf("%w: it does not list %d of the erasures that %s lists. Name the latest copy", vault.ErrLedger, n, of.name())
		}
	}
	return erasures{ledger, path, there}, nil
}

// ledger reads the file of erasures from where it is: its place, a copy, or the backup.
func (f *restoreFlags) ledger(path string, kept vault.LedgerCopy) (l vault.LedgerCopy, there bool, err error) {
	switch _, err := os.Lstat(path); {
	case err == nil:
		l, err = vault.ReadLedger(path)
		return l, true, err
	case !errors.Is(err, fs.ErrNotExist):
		return l, false, fmt.Errorf("couldn't look for the file of erasures: %w", err)
	case f.LedgerCopy != "":
		l, err = vault.ReadLedger(f.LedgerCopy)
		return l, false, err
	case f.LedgerOfBackup && kept.ID != "":
		return kept, false, nil
	}
	return l, false, fmt.Errorf("%w: there is no %s. Name the latest copy with --ledger-copy: without it people who were erased could be read again. "+
		"Where every copy is lost, --ledger-of-backup takes the one in the backup", vault.ErrLedger, path)
}

type restoreKeysCmd struct {
	keyFlags     `embed:""`
	restoreFlags `embed:""`

	File string `arg:"" type:"existingfile" help:"The backup of the keys."`
}

// Run restores the keys and applies the erasures to them.
func (c *restoreKeysCmd) Run(ctx context.Context, out io.Writer) error {
	if c.KeysDatabase.Empty() || c.Ledger == "" {
		return errors.New("name the key service's database with --keys-database and its file of erasures with --erasure-ledger")
	}
	identities, err := backup.Identities(c.Identity...)
	if err != nil {
		return err
	}
	from, err := readSaved(c.File, identities, backup.KindKeys, backup.Visitor{})
	if err != nil {
		return err
	}
	ledger, err := c.choose(c.Ledger, from)
	if err != nil {
		return err
	}
	kek, err := c.kek()
	if err != nil {
		return err
	}
	pool, err := c.pool(ctx)
	if err != nil {
		return err
	}
	defer pool.Close()
	if err := fillKeys(ctx, pool, from, identities); err != nil {
		return err
	}
	if err := ledger.put(); err != nil {
		return err
	}
	v, err := vault.Open(ctx, pool, kek, vault.NewLedger(c.Ledger, false))
	if err != nil {
		return err
	}
	defer v.Close()
	if err := signedBy(ctx, v, from); err != nil {
		return err
	}
	return tellEpoch(ctx, v, printer(out))
}
