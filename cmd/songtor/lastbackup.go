package main

import (
	"fmt"
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

// backedUp is the file whose time of change says when a part was last handed over to a backup. It says nothing else.
func (s *stores) backedUp(part string) string {
	return filepath.Join(filepath.Dir(s.book), "backed-up-"+part)
}

// noteBackup remembers that a part was handed over whole.
func (s *stores) noteBackup(part string) error {
	if err := os.WriteFile(s.backedUp(part), nil, 0o600); err != nil {
		return fmt.Errorf("the backup is complete, but couldn't note its time: %w", err)
	}
	now := time.Now()
	return os.Chtimes(s.backedUp(part), now, now)
}

// backupAge is how long ago a part was last handed over, in seconds; infinite where it never was.
func (s *stores) backupAge(part string) float64 {
	info, err := os.Stat(s.backedUp(part))
	if err != nil {
		return math.Inf(1)
	}
	return max(0, time.Since(info.ModTime())).Seconds()
}

// backupParts are the parts that this process can hand over: a key service has the keys to itself.
func (s *stores) backupParts() []string {
	if s.keys == nil {
		return []string{partData}
	}
	return []string{partData, partKeys}
}
