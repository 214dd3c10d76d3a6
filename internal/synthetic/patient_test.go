package synthetic

import (
	"errors"
	"testing"

	"songtor/internal/app"
)

func TestACallIsRepeatedWhileTheServiceIsAway(t *testing.T) {
	t.Parallel()
	calls := 0
	got, _, err := repeated(t.Context(), func() (int, bool, error) {
		if calls++; calls < 3 {
			return 0, false, app.ErrUnavailable
		}
		return 7, true, nil
	})
	if got != 7 || err != nil || calls != 3 {
		t.Errorf("got %d, %v after %d calls", got, err, calls)
	}
}

func TestARefusalIsNotRepeated(t *testing.T) {
	t.Parallel()
	calls := 0
	_, _, err := repeated(t.Context(), func() (int, bool, error) { calls++; return 0, false, app.ErrNotFound })
	if !errors.Is(err, app.ErrNotFound) || calls != 1 {
		t.Errorf("%v after %d calls", err, calls)
	}
}
