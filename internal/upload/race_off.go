//go:build !race

package upload

// raced says that the race detector is on, whose own memory is beyond every limit.
const raced = false
