package upload

import (
	"fmt"
	"runtime/debug"
	"time"

	"golang.org/x/sys/unix"
)

// limitProcess bounds what this process may use from here on: memory, time of the processor, files that it writes, and files
// that it opens. It leaves no core behind, and can gain no right by running something else.
func limitProcess() error {
	limits := map[int]uint64{
		unix.RLIMIT_CPU: uint64(workerTime / time.Second), unix.RLIMIT_FSIZE: 0, unix.RLIMIT_CORE: 0, unix.RLIMIT_NOFILE: 8,
	}
	if !raced {
		limits[unix.RLIMIT_DATA] = workerMemory
	}
	for resource, most := range limits {
		if err := unix.Setrlimit(resource, &unix.Rlimit{Cur: most, Max: most}); err != nil {
			return fmt.Errorf("couldn't limit the worker: %w", err)
		}
	}
	debug.SetMemoryLimit(workerMemory / 2)
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return fmt.Errorf("couldn't limit the worker: %w", err)
	}
	return nil
}
