package testenv

import (
	"testing"
	"time"
)

// Eventually returns when the condition holds and fails the test when it does
// not within the time. It is for what happens in another process or server and
// cannot be waited for in any other way.
func Eventually(tb testing.TB, within time.Duration, condition func() bool) {
	tb.Helper()
	deadline := time.Now().Add(within)
	for pause := time.Millisecond; !condition(); pause = min(2*pause, 50*time.Millisecond) {
		if time.Now().After(deadline) {
			tb.Fatalf("the condition did not hold within %v", within)
		}
		time.Sleep(pause)
	}
}
