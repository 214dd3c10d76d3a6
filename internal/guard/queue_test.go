package guard

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"songtor/internal/testenv"
)

// Read models that are too far behind keep new commands out until they have caught up with half of it; those that do not answer do not.
func TestNothingMoreIsTakenInWhileTheReadModelsAreFarBehind(t *testing.T) {
	t.Parallel()
	var lag atomic.Uint64
	var away atomic.Bool
	s := new(State)
	q := &Queue{State: s, Inside: 3, Behind: 4000, Lag: func(context.Context) (uint64, error) {
		if away.Load() {
			return 0, errors.New("the database does not answer")
		}
		return lag.Load(), nil
	}}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { q.Run(ctx); close(ended) }()
	defer func() { stop(); <-ended }()
	admits := func() bool {
		leave, err := s.Enter()
		if err == nil {
			leave()
			return true
		}
		var busy *Busy
		if !errors.As(err, &busy) || busy.RetryAfter < time.Second {
			t.Errorf("refused with %v", err)
		}
		return false
	}
	becomes := func(what string, behind uint64, admitted bool) {
		t.Helper()
		lag.Store(behind)
		testenv.Eventually(t, 20*time.Second, func() bool { return admits() == admitted })
		for range 3 { // and stays so
			time.Sleep(askEvery)
			if admits() != admitted {
				t.Errorf("%s: admitted is not %v", what, admitted)
			}
		}
	}
	becomes("a usual lag", 3999, true)
	becomes("too far behind", 4001, false)
	becomes("still more than half of it", 2001, false)
	becomes("caught up", 1999, true)
	becomes("behind again", 5000, false)
	away.Store(true)
	becomes("the database is away", 5000, true)
	if counts := s.Counts(); counts.Busy == 0 || counts.ReadOnly != 0 || counts.Inside != 0 {
		t.Errorf("counted %+v", counts)
	}
}
