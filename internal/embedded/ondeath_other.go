//go:build !linux

package embedded

import "syscall"

// signalOnDeath does nothing where the system knows no such signal. A server
// that outlives a killed service is then ended by the next start.
func signalOnDeath(*syscall.SysProcAttr, syscall.Signal) {}
