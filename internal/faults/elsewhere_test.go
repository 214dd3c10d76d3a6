//go:build !linux

package faults

import "testing"

// TestFaults says that nothing is proven here: the tests kill, mount and part in the ways of Linux.
func TestFaults(t *testing.T) {
	t.Skip("NOT PROVEN: the fault programme runs on Linux only")
}
