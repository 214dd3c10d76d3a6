package main

import "testing"

func TestTheHeapGrowsByHalfAGiBAtMost(t *testing.T) {
	const mib = 1 << 20
	for _, c := range []struct {
		live    uint64
		percent int
	}{{0, 300}, {60 * mib, 300}, {512 * mib, 100}, {800 * mib, 64}, {4096 * mib, 50}} {
		if got := gcPercent(c.live); got != c.percent {
			t.Errorf("with %d MiB live it grows by %d percent, want %d", c.live/mib, got, c.percent)
		}
	}
	if liveBytes() == 0 {
		t.Error("nothing is live")
	}
}
