package app

import (
	"errors"
	"fmt"
	"time"

	"songtor/internal/guard"
	"songtor/internal/vault"
	"songtor/schemas"
)

// Errors that callers decide on. Refusals by the state of a case are *domain.Error.
var (
	// ErrNotFound says that there is no such thing, or that the caller may not know of it: the two look the same.
	ErrNotFound = errors.New("not found")
	// ErrDenied says that the caller's role does not include the action. It is used only where no case is named.
	ErrDenied = errors.New("denied")
	// ErrOtherContent says that the command's id has been used with another content.
	ErrOtherContent = errors.New("this id was used with other content")
	// ErrErased says that the case's keys were destroyed.
	ErrErased = errors.New("the case was erased")
	// ErrNothingToTake says that no case of the queue waits for somebody to take it.
	ErrNothingToTake = errors.New("nothing to take")
	// ErrTooManyOpened says that the account has opened more cases within an hour than anybody has a reason to.
	ErrTooManyOpened = errors.New("the account has opened too many cases")
	// ErrUnavailable says that the log or a database does not answer. Nothing is known to be written; the same call may be repeated.
	ErrUnavailable = errors.New("not available")
	// ErrReadOnly says that nothing is taken in for now and everything can be read.
	ErrReadOnly = guard.ErrReadOnly
	// ErrStale says that a list stays as it was while everything else goes on.
	ErrStale = errors.New("a list stays as it was")
	// ErrDamaged says that the keys of a case, or what was sealed under them, are not what they were, so that nothing of it can be shown or
	// decided. Whoever runs the service has to put the keys back from a backup; the same call succeeds then.
	ErrDamaged = errors.New("the case's keys or content are damaged")
	// ErrPredecessor says that a command was given after another which the log does not have yet. The device sends that one first.
	ErrPredecessor = errors.New("the command before this one has not arrived")
	// ErrConflict says that others kept changing the case while this command was decided. The same call may be repeated.
	ErrConflict = errors.New("the case kept changing")
)

// Invalid is input that no state of any case would make right.
type Invalid struct{ Violations []schemas.Violation }

func (e *Invalid) Error() string {
	return fmt.Sprintf("invalid input: %d violations", len(e.Violations))
}

func invalid(pointer, keyword string) error {
	return &Invalid{Violations: []schemas.Violation{{Pointer: pointer, Keyword: keyword}}}
}

// Stale says that the case has moved on since the caller last saw it. Position is that of its latest commit; both are empty for a caller who may
// not read the case.
type Stale struct {
	Position uint64
	Changes  []Meanwhile
}

// Meanwhile is an event that the caller had not seen.
type Meanwhile struct {
	Type       string    `json:"type"`
	Command    string    `json:"command"`
	Agency     string    `json:"agency"`
	HappenedAt time.Time `json:"happened_at"`
	AcceptedAt time.Time `json:"accepted_at"`
	Position   uint64    `json:"position"`
}

func (e *Stale) Error() string { return "the case changed meanwhile" }

// stale lists what came after a position.
func stale(h *history, position uint64) error {
	e := &Stale{Position: h.position()}
	for _, c := range h.commits {
		if c.Position <= position {
			continue
		}
		for _, f := range c.Facts {
			e.Changes = append(e.Changes, Meanwhile{
				Type: f.Event.EventType(), Command: c.Command, Agency: c.Actor.Agency,
				HappenedAt: f.HappenedAt, AcceptedAt: c.AcceptedAt, Position: c.Position,
			})
		}
	}
	return e
}

// within moves the pointers of a violation below another.
func within(pointer string, err error) error {
	var bad *Invalid
	if !errors.As(err, &bad) {
		return err
	}
	moved := &Invalid{}
	for _, v := range bad.Violations {
		v.Pointer = pointer + v.Pointer
		moved.Violations = append(moved.Violations, v)
	}
	return moved
}

func unavailable(doing string, err error) error {
	return fmt.Errorf("couldn't %s: %w: %w", doing, ErrUnavailable, err)
}

// damaged tells the caller of a case that its keys, or what they seal, are not what they were. It is counted, since somebody has to act.
func (s *Service) damaged(err error) error {
	for _, fault := range []error{vault.ErrNoKey, vault.ErrWrongKey, vault.ErrWrongKEK, vault.ErrNotAuthentic} {
		if errors.Is(err, fault) {
			s.measured.Damaged()
			return fmt.Errorf("%w: %w", ErrDamaged, err)
		}
	}
	return err
}
