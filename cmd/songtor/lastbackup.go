package main

import (
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"time"
)

// The parts of a backup, as the figures name them.
const (
	partData = "data"
	partKeys = "keys"
)

// backedUp is the file in a data folder whose time of change says when a part was last saved. It says nothing else.
func backedUp(data, part string) string { return filepath.Join(data, "backed-up-"+part) }

// noteBackup remembers that a part was saved: its file has its name. Whoever made it says so, since the service sees only that it handed
// everything over. The note is made anew each time, so that neither who made the last one nor what lies in its place matters.
func noteBackup(data, part string) error {
	err := forgetBackup(data, part)
	if err == nil {
		var note *os.File
		if note, err = os.OpenFile(backedUp(data, part), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600); err == nil {
			err = note.Close()
		}
	}
	if err != nil {
		return fmt.Errorf("the backup is complete, but couldn't note its time: %w", err)
	}
	return nil
}

// forgetBackup forgets that a part was ever saved, as what was saved is of no use any more.
func forgetBackup(data, part string) error {
	if err := os.Remove(backedUp(data, part)); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// backupAge is how long ago a part was last saved, in seconds; infinite where it never was.
func (s *stores) backupAge(part string) float64 {
	info, err := os.Stat(backedUp(filepath.Dir(s.book), part))
	if err != nil {
		return math.Inf(1)
	}
	return max(0, time.Since(info.ModTime())).Seconds()
}

// backupParts are the parts that this process can hand over: a key service has the keys to itself, and whoever saves them there is not seen here.
func (s *stores) backupParts() []string {
	if s.keys == nil {
		return []string{partData}
	}
	return []string{partData, partKeys}
}
