package projections

// BuildInChunks makes a log count as long, and chunks small, for tests that cannot wait for a really long one.
func (r *Runner) BuildInChunks(bulk uint64, chunk int) { r.bulk, r.chunk = bulk, chunk }
