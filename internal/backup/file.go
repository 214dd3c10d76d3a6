package backup

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"songtor/internal/durable"
)

// The names of files in a folder of backups: what they are, when they were made in UTC, and how far they reach.
const (
	dataPrefix = "songtor-"
	keysPrefix = "songtor-keys-"
	suffix     = ".backup"
	stamp      = "20060102T150405Z"
)

// Written is a backup on disk.
type Written struct {
	*Manifest

	File string
	Size int64 // bytes, encrypted
}

// WriteFile makes the file of a backup: in the folder to, or as the file to, which must not exist. What fill writes is encrypted to the
// recipients, put on disk, read back from there, decrypted and checked. Only then has the file its name: one with a name is whole.
func WriteFile(to string, recipients []Recipient, fill func(io.Writer) error) (w Written, err error) {
	if len(recipients) == 0 {
		return w, errors.New("a backup needs somebody who can open it: name a file of recipients")
	}
	folder := to
	info, err := os.Stat(to)
	switch {
	case err == nil && !info.IsDir():
		return w, fmt.Errorf("couldn't make the backup: %w: %s", fs.ErrExist, to)
	case err != nil:
		folder = filepath.Dir(to)
	}
	identity, own, err := passing(recipients)
	if err != nil {
		return w, err
	}
	f, err := os.CreateTemp(folder, ".songtor-backup-*.partial") // mode 0600
	if err != nil {
		return w, fmt.Errorf("couldn't make the backup: %w", err)
	}
	defer os.Remove(f.Name())
	defer f.Close()
	if err := write(f, append([]Recipient{own}, recipients...), fill); err != nil {
		return w, err
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return w, fmt.Errorf("couldn't read the backup back: %w", err)
	}
	if w.Manifest, _, err = ReadSealed(f, []Identity{identity}, Visitor{}); err != nil {
		return w, fmt.Errorf("couldn't read the backup back: %w", err)
	}
	if info, err = f.Stat(); err != nil {
		return w, fmt.Errorf("couldn't read the backup back: %w", err)
	}
	w.File, w.Size = to, info.Size()
	if folder == to {
		w.File = filepath.Join(to, nameOf(w.Manifest))
	}
	if err := name(f.Name(), w.File); err != nil {
		return w, fmt.Errorf("couldn't name the backup: %w", err)
	}
	return w, durable.SyncFolder(folder)
}

// name gives a whole file its name, and refuses one that is taken.
func name(from, to string) error {
	err := os.Link(from, to)
	if err == nil || errors.Is(err, fs.ErrExist) {
		return err
	}
	if _, err := os.Lstat(to); !errors.Is(err, fs.ErrNotExist) { // a file system without links
		return fs.ErrExist
	}
	return os.Rename(from, to)
}

func write(f *os.File, recipients []Recipient, fill func(io.Writer) error) error {
	buffered := bufio.NewWriterSize(f, 1<<20)
	sealed, err := Seal(buffered, recipients)
	if err != nil {
		return err
	}
	if err := fill(sealed); err != nil {
		return err
	}
	if err := errors.Join(sealed.Close(), buffered.Flush(), f.Sync()); err != nil {
		return fmt.Errorf("couldn't write the backup: %w", err)
	}
	return nil
}

func nameOf(m *Manifest) string {
	if m.Kind == KindKeys {
		return keysPrefix + m.MadeAt.UTC().Format(stamp) + suffix
	}
	return fmt.Sprintf("%s%s-%d%s", dataPrefix, m.MadeAt.UTC().Format(stamp), m.Streams[0].Position, suffix)
}

// ReadFile reads a backup as Read does.
func ReadFile(file string, identities []Identity, v Visitor) (*Manifest, Signature, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, Signature{}, fmt.Errorf("couldn't read the backup: %w", err)
	}
	defer f.Close()
	m, s, err := ReadSealed(f, identities, v)
	if err != nil {
		return nil, Signature{}, fmt.Errorf("%s: %w", filepath.Base(file), err)
	}
	return m, s, nil
}

// ReadSealed reads an encrypted backup as Read does.
func ReadSealed(in io.Reader, identities []Identity, v Visitor) (*Manifest, Signature, error) {
	plain, err := Open(bufio.NewReaderSize(in, 1<<20), identities)
	if err != nil {
		return nil, Signature{}, err
	}
	return Read(plain, v)
}

// KeysLife is how long backups of the keys are kept: with the turns of the key-encryption key, nothing opens 37 days after an erasure.
const KeysLife = 7 * 24 * time.Hour

// RemoveOldKeys removes the backups of keys in a folder that are older than KeysLife, and returns their names.
func RemoveOldKeys(folder string, now time.Time) ([]string, error) {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return nil, fmt.Errorf("couldn't look for old backups of the keys: %w", err)
	}
	var removed []string
	for _, e := range entries {
		named, found := strings.CutPrefix(e.Name(), keysPrefix)
		named, whole := strings.CutSuffix(named, suffix)
		made, err := time.Parse(stamp, named)
		if !found || !whole || err != nil || now.Sub(made) <= KeysLife {
			continue
		}
		if err := os.Remove(filepath.Join(folder, e.Name())); err != nil {
			return removed, fmt.Errorf("couldn't remove an old backup of the keys: %w", err)
		}
		removed = append(removed, e.Name())
	}
	if len(removed) == 0 {
		return nil, nil
	}
	return removed, durable.SyncFolder(folder)
}
