package vault

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"songtor/internal/durable"
)

// writeNew writes a file that does not exist yet. The name appears with the whole content on disk or not at all.
func writeNew(path string, content []byte) error {
	temporary, err := writeTemporary(path, content)
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(temporary) }()
	if err := os.Link(temporary, path); err != nil { // refuses a name that is taken
		return err
	}
	return durable.SyncFolder(filepath.Dir(path))
}

// writeTemporary writes a file beside path and returns its name when the content is on disk.
func writeTemporary(path string, content []byte) (name string, err error) {
	f, err := os.CreateTemp(filepath.Dir(path), ".new-*") // mode 0600
	if err != nil {
		return "", err
	}
	_, err = f.Write(content)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		_ = os.Remove(f.Name())
		return "", err
	}
	return f.Name(), nil
}

// retired is the name that the former content of a key file has until it is wiped.
func (f keyFile) retired() string { return f.path + ".retired" }

// replace gives the key file a new content and destroys the one before. At every moment the name holds one of the two whole; should
// the process die in between, the former lies under the name of retired, and opening the key wipes it.
func (f keyFile) replace(content []byte) error {
	err := f.wipeRetired()
	if err != nil {
		return err
	}
	temporary, err := writeTemporary(f.path, content)
	if err == nil {
		defer func() { _ = os.Remove(temporary) }()
		err = os.Link(f.path, f.retired())
	}
	if err == nil {
		err = os.Rename(temporary, f.path)
	}
	if err == nil {
		err = durable.SyncFolder(filepath.Dir(f.path))
	}
	if err != nil {
		return fmt.Errorf("couldn't replace the key file %s: %w", f.path, err)
	}
	return f.wipeRetired()
}

// wipeRetired overwrites the former content of the key file and removes it. That is as much as a program can do: a file system that
// writes elsewhere than it is told (copies on write, a journal of data, a snapshot, the spare blocks of a flash disk) keeps the former
// bytes until they are used again, and so does every backup.
func (f keyFile) wipeRetired() error {
	switch same, err := sameFile(f.retired(), f.path); {
	case err != nil:
		return err
	case same: // the rename had not come: this is the living content under a second name
		return os.Remove(f.retired())
	}
	old, err := os.OpenFile(f.retired(), os.O_RDWR, 0)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("couldn't destroy a former key: %w", err)
	}
	info, err := old.Stat()
	if err == nil {
		_, err = io.CopyN(old, rand.Reader, info.Size())
	}
	err = errors.Join(err, old.Sync(), old.Close())
	if err == nil {
		err = errors.Join(os.Remove(f.retired()), durable.SyncFolder(filepath.Dir(f.path)))
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) { // another process may have been first
		return fmt.Errorf("couldn't destroy a former key: %w", err)
	}
	return nil
}

// sameFile reports whether two names are one file. A name that is not there is none.
func sameFile(a, b string) (bool, error) {
	first, err := os.Stat(a)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("couldn't look at a former key: %w", err)
	}
	second, err := os.Stat(b)
	if err != nil {
		return false, fmt.Errorf("couldn't look at the key file: %w", err)
	}
	return os.SameFile(first, second), nil
}
