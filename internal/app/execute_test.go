package app

import (
	"errors"
	"testing"
)

// A server of the log that was cut off from the others may hold a commit that never was. Whoever came second to it is to try again, and is
// not to be told that there is no such case: a phone would put the form aside.
func TestWhatCameFirstAndIsGoneIsAReasonToTryAgain(t *testing.T) {
	t.Parallel()
	if err := afterConflict(ErrNotFound); !errors.Is(err, ErrUnavailable) || errors.Is(err, ErrNotFound) {
		t.Errorf("the sender is told %v", err)
	}
	other := errors.New("something else")
	if err := afterConflict(other); !errors.Is(err, other) {
		t.Errorf("another error became %v", err)
	}
}
