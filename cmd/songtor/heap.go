package main

import (
	"context"
	"runtime/debug"
	"runtime/metrics"
	"time"
)

// How far the heap grows before it is collected, in hundredths of what is live.
const (
	gcMost  = 300       // the live heap is small for the most part, and every form leaves much garbage
	gcLeast = 50        // what is live has come to more than twice the garbage below
	garbage = 512 << 20 // bytes by which it grows at most in between
	gcLook  = time.Second
)

// keepHeap lets the heap grow by three times what is live, and by no more than half a GiB, until ctx ends: for a service as for a command
// that reads the whole log, to which a collection costs as much. Where old cases are read one after the other, hundreds of MiB are live
// for moments: the log server holds whole blocks of its files, of 8 MiB each.
func keepHeap(ctx context.Context) {
	look := time.NewTicker(gcLook)
	defer look.Stop()
	for set := 0; ; {
		if percent := gcPercent(liveBytes()); percent != set {
			debug.SetGCPercent(percent)
			set = percent
		}
		select {
		case <-ctx.Done():
			return
		case <-look.C:
		}
	}
}

// gcPercent is by how much a heap with so much live in it may grow.
func gcPercent(live uint64) int {
	return int(min(gcMost, max(gcLeast, 100*garbage/max(1, live))))
}

// liveBytes is what the last collection found in use.
func liveBytes() uint64 {
	sample := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	metrics.Read(sample)
	return sample[0].Value.Uint64()
}
