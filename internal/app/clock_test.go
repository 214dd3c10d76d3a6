package app

import (
	"testing"
	"time"
)

// By a clock that was set forward nothing is held against anybody until it has run evenly for a while or was set back.
func TestPace(t *testing.T) {
	t.Parallel()
	start := time.Date(2026, time.March, 1, 8, 0, 0, 0, time.UTC)
	type look struct {
		passed, clock time.Duration // since the start
		steady        bool
	}
	for name, looks := range map[string][]look{
		"runs":             {{0, 0, true}, {5 * time.Second, 5 * time.Second, true}, {time.Hour, time.Hour, true}},
		"is slewed":        {{0, 0, true}, {time.Hour, time.Hour + 30*time.Second, true}},
		"is set forward":   {{0, 0, true}, {5 * time.Second, 3 * time.Hour, false}, {5 * time.Minute, 3*time.Hour + 5*time.Minute, false}, {11 * time.Minute, 3*time.Hour + 11*time.Minute, true}},
		"and back":         {{0, 0, true}, {5 * time.Second, 3 * time.Hour, false}, {10 * time.Second, 10 * time.Second, true}},
		"is set back":      {{0, 0, true}, {5 * time.Second, -3 * time.Hour, true}},
		"forward, forward": {{0, 0, true}, {5 * time.Second, 3 * time.Hour, false}, {6 * time.Minute, 9 * time.Hour, false}, {12 * time.Minute, 9*time.Hour + 6*time.Minute, false}},
	} {
		var p pace
		for _, l := range looks {
			if steady := p.steady(start.Add(l.clock), start.Add(l.passed)); steady != l.steady {
				t.Errorf("a clock that %s: steady is %v after %v", name, steady, l.passed)
			}
		}
	}
}
