package projections

import "time"

// BuildInChunks makes a log count as long, and chunks small, for tests that cannot wait for a really long one.
func (r *Runner) BuildInChunks(bulk uint64, chunk int) { r.bulk, r.chunk = bulk, chunk }

// WithoutLock makes a runner believe that it is the only one, for tests of what holds nevertheless.
func (r *Runner) WithoutLock() {
	for _, g := range r.groups {
		g.lock = installing + "/" + g.name + "/nobody else's"
	}
}

// TryAgainAfter makes a runner try again soon what has stopped.
func (r *Runner) TryAgainAfter(pause time.Duration) { r.again = retries{first: pause, most: pause} }
