package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"songtor/internal/vault"
)

// turning is a keeper whose key is being turned over, or not.
type turning struct {
	keeper
	err error
}

func (turning) Epoch(context.Context) (vault.Epoch, error) { return vault.Epoch{Cases: 1}, nil }

func (k turning) Rotate(_ context.Context, tell func(int)) error {
	if k.err == nil {
		tell(1)
	}
	return k.err
}

// Who turns the key over while somebody else does is told so, and what to do. The control: otherwise it is turned over.
func TestKeysRotateTellsOfAnotherRotation(t *testing.T) {
	t.Parallel()
	var told []progress
	rotate := func(err error) error {
		return doKeys(t.Context(), turning{err: err}, keysTask{Rotate: true}, func(p progress) { told = append(told, p) })
	}
	err := rotate(fmt.Errorf("the key service answers: %w", vault.ErrRotating))
	if !errors.Is(err, vault.ErrRotating) || !strings.Contains(err.Error(), "songtor keys status") || len(told) > 0 {
		t.Errorf("told %v: %v", told, err)
	}
	if err := rotate(nil); err != nil || len(told) != 2 || !strings.Contains(told[1].Message, "wrapped anew") {
		t.Errorf("told %v: %v", told, err)
	}
}

// The key file does not open the backups of the keys from before a turn. Until there is one from after it nothing could be restored, which the
// operator has to be told, by the command and by the alarm.
func TestATurnOfTheKeyCallsForABackupOfTheKeys(t *testing.T) {
	t.Parallel()
	in := newInstallation(t)
	in.start(t)
	recipients := in.recipients(t)
	in.backUp(t, "save", recipients)
	in.backUp(t, "keys", recipients)
	out := in.songtor(t, "", "keys", "rotate", "--data", in.data, "--kek", in.kek)
	if !strings.Contains(out, "run `songtor backup keys` NOW") {
		t.Errorf("the turn says: %s", out)
	}
	if !in.saved(t, partData) || in.saved(t, partKeys) {
		t.Error("after the turn the backup of the keys counts that the key file does not open, or the other does not count")
	}
	in.backUp(t, "keys", recipients)
	if !in.saved(t, partKeys) {
		t.Error("the backup of the keys from after the turn does not count")
	}
}

// Whoever names a file for the passphrase gets a key that is sealed with it, or none. The control: with a passphrase there is one.
func TestAnEmptyPassphraseMakesNoKey(t *testing.T) {
	t.Parallel()
	in := newInstallation(t)
	kek, passphrase := filepath.Join(in.dir, "sealed.json"), filepath.Join(in.dir, "passphrase")
	create := func(text string) (string, error) {
		must(t, os.WriteFile(passphrase, []byte(text), 0o600))
		return in.try("", "keys", "create", kek, "--passphrase-file", passphrase)
	}
	for _, empty := range []string{"", "\n", "\r\n", "\na passphrase\n"} {
		out, err := create(empty)
		if _, lies := os.Lstat(kek); err == nil || lies == nil || !strings.Contains(out, "first line") {
			t.Errorf("with %q: %v: %s", empty, err, out)
		}
	}
	if out, err := create("a passphrase\n"); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	out, err := in.try("", "serve", "--data", in.data, "--kek", kek, "--listen", "127.0.0.1:0")
	if err == nil || !strings.Contains(out, "name its file with --kek-passphrase-file") {
		t.Errorf("without its passphrase: %v: %s", err, out)
	}
}
