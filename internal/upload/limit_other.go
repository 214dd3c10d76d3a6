//go:build !linux

package upload

import "runtime/debug"

// limitProcess bounds the heap alone where the system has no limits that Go's own library sets.
func limitProcess() error {
	debug.SetMemoryLimit(workerMemory / 2)
	return nil
}
