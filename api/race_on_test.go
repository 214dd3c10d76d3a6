//go:build race

package api

// raced says that the race detector is on, beside which times tell little.
const raced = true
