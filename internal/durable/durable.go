// Package durable writes files whose content must be there after a power cut.
package durable

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// ErrLocked says that another process has what was to be locked.
var ErrLocked = errors.New("in use by another process")

// WriteFile replaces a file in one step, readable by its owner alone, and returns when the new content is on disk: after a power cut
// there is the old content or the new one, whole.
func WriteFile(file string, content []byte) error {
	f, err := os.CreateTemp(filepath.Dir(file), "."+filepath.Base(file)+"-")
	if err != nil {
		return fmt.Errorf("couldn't write a file: %w", err)
	}
	defer os.Remove(f.Name())
	_, err = f.Write(content)
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("couldn't write a file: %w", err)
	}
	if err := os.Rename(f.Name(), file); err != nil {
		return fmt.Errorf("couldn't write a file: %w", err)
	}
	return SyncFolder(filepath.Dir(file))
}

// Append adds to the end of a file, which it makes where there is none, and returns when that is on disk. Where it fails it takes back what
// a full disk left of it: the next one would stand behind a torn piece. One process appends to a file, one call at a time.
func Append(file string, content []byte) error {
	f, err := os.OpenFile(file, os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o600)
	if err != nil {
		return fmt.Errorf("couldn't append to a file: %w", err)
	}
	if err := errors.Join(grow(f, content), f.Close()); err != nil {
		return fmt.Errorf("couldn't append to a file: %w", err)
	}
	return nil
}

func grow(f *os.File, content []byte) error {
	before, err := f.Stat()
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	if err == nil {
		err = f.Sync()
	}
	if err != nil {
		return errors.Join(err, f.Truncate(before.Size()))
	}
	if before.Size() > 0 {
		return nil
	}
	return SyncFolder(filepath.Dir(f.Name())) // it may be new
}

// Lock takes a lock for this process alone until the file that it returns is closed, or the process ends. The file is made where there is
// none. It fails with ErrLocked where somebody else has it.
func Lock(file string) (*os.File, error) {
	f, err := os.OpenFile(file, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("couldn't lock: %w", err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		f.Close()
		if errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, fmt.Errorf("couldn't lock %s: %w", filepath.Base(file), ErrLocked)
		}
		return nil, fmt.Errorf("couldn't lock: %w", err)
	}
	return f, nil
}

// SyncTree puts every file below a folder on disk, and every name.
func SyncTree(folder string) error {
	err := filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.IsDir() && !d.Type().IsRegular() {
			return err
		}
		return SyncFolder(path) // a file is synced in the same way
	})
	if err != nil {
		return fmt.Errorf("couldn't put a folder on disk: %w", err)
	}
	return nil
}

// SyncFolder puts the names in a folder on disk: what was made, renamed or removed in it stays so after a power cut.
func SyncFolder(folder string) error {
	f, err := os.Open(folder)
	if err != nil {
		return fmt.Errorf("couldn't sync a folder: %w", err)
	}
	defer f.Close()
	if err := f.Sync(); err != nil {
		return fmt.Errorf("couldn't sync a folder: %w", err)
	}
	return nil
}
