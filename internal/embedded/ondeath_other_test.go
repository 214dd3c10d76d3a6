//go:build !linux

package embedded

const hasSignalOnDeath = false
