package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"time"

	"songtor/internal/vault"
)

// keysCmd keeps the key-encryption key.
type keysCmd struct {
	Create keysCreateCmd `cmd:"" help:"Make a new key file. Whoever loses it loses every case; whoever copies it can open every case."`
	Place  keysPlaceCmd  `cmd:"" help:"Copy a key file to where a service turns it over, where there is none yet: for a file that is handed over as a secret."`
	Rotate keysRotateCmd `cmd:"" help:"Turn the key over: wrap every case's keys with a new version and destroy the versions before. The service goes on meanwhile."`
	Status keysStatusCmd `cmd:"" help:"Tell how old the key is and what it wraps."`
}

type keysCreateCmd struct {
	File       string `arg:"" type:"path" help:"The file to make; never one that exists."`
	Passphrase string `name:"passphrase-file" type:"path" help:"Seal the file with the passphrase on the first line of this one." placeholder:"FILE"`
}

// Run makes the key file.
func (c *keysCreateCmd) Run(out io.Writer) error {
	passphrase, err := readPassphrase(c.Passphrase)
	switch {
	case err != nil:
		return err
	case c.Passphrase != "" && len(passphrase) == 0: // without one the key would lie in the file in clear
		return fmt.Errorf("the first line of %s is empty: write the passphrase there before the key file is made", c.Passphrase)
	}
	if err := vault.CreateKEK(c.File, passphrase); err != nil {
		return err
	}
	fmt.Fprintf(out, "made %s; keep a copy where no backup of the databases lies\n", c.File)
	return nil
}

type keysPlaceCmd struct {
	From string `arg:"" type:"existingfile" help:"The key file."`
	To   string `arg:"" type:"path" help:"Where the service works with it; a file that is there already stays as it is."`
}

// Run copies the key file.
func (c *keysPlaceCmd) Run(out io.Writer) error {
	made, err := vault.PlaceKEK(c.From, c.To)
	if err != nil {
		return err
	}
	if made {
		fmt.Fprintf(out, "made %s; from now on it is the one to keep, and to copy after every turn\n", c.To)
	}
	return nil
}

type keysRotateCmd struct {
	storeFlags `embed:""`
}

type keysStatusCmd struct {
	storeFlags `embed:""`
}

// keysTask is asked of whoever holds the keys.
type keysTask struct {
	Rotate bool `json:"rotate"` // else tell how they stand
}

// Run turns the key over.
func (c *keysRotateCmd) Run(ctx context.Context, out io.Writer) error {
	return performKeys(ctx, c.storeFlags, keysTask{Rotate: true}, out)
}

// Run tells how the key stands.
func (c *keysStatusCmd) Run(ctx context.Context, out io.Writer) error {
	return performKeys(ctx, c.storeFlags, keysTask{}, out)
}

// performKeys asks the key service, where --keys names one, or whoever holds the data folder.
func performKeys(ctx context.Context, f storeFlags, t keysTask, out io.Writer) error {
	if f.Keys == "" {
		return perform(ctx, f, task{Keys: &t}, out)
	}
	path, ok := strings.CutPrefix(f.Keys, "unix:")
	if !ok {
		return errors.New("--keys must be unix: and the path of the key service's socket")
	}
	c, err := vault.Dial(ctx, path)
	if err != nil {
		return err
	}
	defer c.Close()
	return doKeys(ctx, c, t, printer(out))
}

// doKeys does it with the keys of the stores. A turn leaves no backup of theirs that could be restored, and the operator is told so until
// there is one.
func (o *operator) doKeys(ctx context.Context, t keysTask, tell func(progress)) error {
	if err := doKeys(ctx, o.keys, t, tell); err != nil || !t.Rotate {
		return err
	}
	return forgetBackup(filepath.Dir(o.stores.book), partKeys)
}

func doKeys(ctx context.Context, k keeper, t keysTask, tell func(progress)) error {
	if t.Rotate {
		return rotateKeys(ctx, k, tell)
	}
	return tellEpoch(ctx, k, tell)
}

func rotateKeys(ctx context.Context, k keeper, tell func(progress)) error {
	before, err := k.Epoch(ctx)
	if err != nil {
		return err
	}
	start, cases := time.Now(), 0
	err = k.Rotate(ctx, func(done int) {
		cases = done
		tell(progress{Done: uint64(done), Total: uint64(max(done, before.Cases))})
	})
	switch {
	case errors.Is(err, vault.ErrRotating):
		return fmt.Errorf("%w, by another command or another process. Let that end: `songtor keys status` shows when one version is left", err)
	case err != nil:
		return err
	}
	tell(progress{Message: fmt.Sprintf("the keys of %d cases are wrapped anew, and the versions before are destroyed; it took %s. "+
		"The key file does not open the backups of the keys that there are: run `songtor backup keys` NOW, and copy the key file. "+
		"Only then are copies of the key file from before yours to destroy; its file system may keep the former bytes until it uses them again",
		cases, time.Since(start).Round(time.Millisecond))})
	return nil
}

func tellEpoch(ctx context.Context, k keeper, tell func(progress)) error {
	e, err := k.Epoch(ctx)
	if err != nil {
		return err
	}
	for _, v := range e.Versions {
		tell(progress{Message: fmt.Sprintf("key %s of type %s, made %s, %d days ago: wraps the keys of %d cases",
			v.ID, e.Type, v.Made.Format(time.DateOnly), int(time.Since(v.Made).Hours()/24), v.Keysets)})
	}
	tell(progress{Message: fmt.Sprintf("%d cases have keys, those of %d are destroyed; keys given out since the start: %s", e.Cases, e.Erased, uses(e.Uses))})
	if e.Late(time.Now()) {
		tell(progress{Message: fmt.Sprintf("WARNING: turn the key over with `songtor keys rotate`. Copies of erased keys in backups end only with the version "+
			"that wrapped them; the promise of %d days needs a turn every %d", int(vault.EpochLimit.Hours()/24)+7, int(vault.EpochLimit.Hours()/24))})
	}
	return nil
}

// uses lists what keys were given out for.
func uses(counts map[vault.Use]uint64) string {
	var parts []string
	for _, use := range vault.Uses() {
		parts = append(parts, fmt.Sprintf("%d to %s", counts[use], use))
	}
	return strings.Join(parts, ", ")
}
