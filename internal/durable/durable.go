// Package durable writes files whose content must be there after a power cut.
package durable

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

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
	return syncFolder(filepath.Dir(file))
}

// Append adds to the end of a file, which it makes where there is none, and returns when that is on disk.
func Append(file string, content []byte) error {
	_, err := os.Stat(file)
	fresh := errors.Is(err, os.ErrNotExist)
	f, err := os.OpenFile(file, os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o600)
	if err != nil {
		return fmt.Errorf("couldn't append to a file: %w", err)
	}
	_, err = f.Write(content)
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("couldn't append to a file: %w", err)
	}
	if fresh {
		return syncFolder(filepath.Dir(file))
	}
	return nil
}

// syncFolder puts the names in a folder on disk.
func syncFolder(folder string) error {
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
