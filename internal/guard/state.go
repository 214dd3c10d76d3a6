package guard

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// Reason says why nothing is taken in. The list is closed: the page has words for each, and the figures a series.
type Reason string

// The reasons.
const (
	LogShort       Reason = "log_short"       // the log ends before what the second copy has or a read model applied
	LogDiffers     Reason = "log_differs"     // a message of the log is missing, unreadable, or other than the second copy's
	SignedMissing  Reason = "signed_missing"  // the log ends before what was signed, or is not what was signed
	ArchiveDamaged Reason = "archive_damaged" // the second copy is not what it was
	ArchiveAway    Reason = "archive_away"    // the second copy does not follow the log
	DiskLow        Reason = "disk_low"        // too little space is left
	DiskFull       Reason = "disk_full"       // so little that not even the access record is written
)

// Reasons lists them.
func Reasons() []Reason {
	return []Reason{LogShort, LogDiffers, SignedMissing, ArchiveDamaged, ArchiveAway, DiskLow, DiskFull}
}

var (
	// ErrReadOnly says that nothing is taken in for now. The error is a *ReadOnly.
	ErrReadOnly = errors.New("nothing is taken in for now")
	// ErrBusy says that so much is on its way already that more would only wait. The error is a *Busy.
	ErrBusy = errors.New("too much is on its way")
)

// ReadOnly is why nothing is taken in, and when asking again may help.
type ReadOnly struct {
	Reasons    []Reason // sorted
	RetryAfter time.Duration
}

func (e *ReadOnly) Error() string {
	words := make([]string, len(e.Reasons))
	for i, r := range e.Reasons {
		words[i] = string(r)
	}
	return "nothing is taken in for now: " + strings.Join(words, ", ")
}

// Is makes errors.Is find ErrReadOnly.
func (e *ReadOnly) Is(target error) bool { return target == ErrReadOnly }

// Busy is when asking again may help.
type Busy struct{ RetryAfter time.Duration }

func (e *Busy) Error() string { return ErrBusy.Error() }

// Is makes errors.Is find ErrBusy.
func (e *Busy) Is(target error) bool { return target == ErrBusy }

// When asking again may help: space comes back within moments of somebody making some, and an operator needs minutes.
const (
	soon  = 10 * time.Second
	later = 2 * time.Minute
	// moment is for a queue, which is empty a moment after its burst.
	moment = time.Second
)

// State is whether something may be written. It is asked before every append and never waits. Its zero value is writable and without
// bounds; its methods may be called concurrently.
type State struct {
	refusing atomic.Pointer[ReadOnly] // nil while writing is allowed
	closed   atomic.Bool              // not even the access record is written
	behind   atomic.Bool              // the read models are too far behind
	inside   atomic.Int64             // operations between Enter and leave
	most     atomic.Int64             // of them; 0 for no bound
	refused  atomic.Int64
	shed     atomic.Int64
	silent   silence

	mu      sync.Mutex
	reasons map[Reason]string
	changed chan struct{} // closed at the next change of the reasons
}

// Writable returns nil where an append is allowed, and a *ReadOnly where it is not.
func (s *State) Writable() error {
	if e := s.refusing.Load(); e != nil {
		s.refused.Add(1)
		return e
	}
	return nil
}

// Recordable returns nil where the access record may be written, which goes on for longer than anything else: without it nothing is shown.
func (s *State) Recordable() error {
	if !s.closed.Load() {
		return nil
	}
	if e := s.refusing.Load(); e != nil {
		return e
	}
	return nil
}

// Enter admits an operation that somebody asks for and that will append, until leave is called. It fails with a *ReadOnly, and with a
// *Busy where too many operations are under way or the read models are too far behind.
func (s *State) Enter() (leave func(), err error) {
	if err := s.Writable(); err != nil {
		return nil, err
	}
	leave = func() { s.inside.Add(-1) }
	most := s.most.Load()
	if inside := s.inside.Add(1); s.behind.Load() || most > 0 && inside > most {
		leave()
		s.shed.Add(1)
		return nil, &Busy{moment}
	}
	return leave, nil
}

// Refuse makes the service read-only for a reason, and reports whether that is new. The words are for the operator: what was found and
// what is to be done, without anything of a case.
func (s *State) Refuse(r Reason, words string) bool {
	return s.change(func(reasons map[Reason]string) bool {
		_, known := reasons[r]
		reasons[r] = words
		return !known
	})
}

// Allow takes a reason back, and reports whether it stood. Writing goes on once none is left.
func (s *State) Allow(r Reason) bool {
	return s.change(func(reasons map[Reason]string) bool {
		_, known := reasons[r]
		delete(reasons, r)
		return known
	})
}

func (s *State) change(how func(map[Reason]string) bool) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.reasons == nil {
		s.reasons = map[Reason]string{}
	}
	if !how(s.reasons) {
		return false
	}
	s.publish()
	if s.changed != nil {
		close(s.changed)
		s.changed = nil
	}
	return true
}

// publish makes of the reasons what is asked before each append. The caller holds the lock.
func (s *State) publish() {
	shut := false
	var e *ReadOnly
	if len(s.reasons) > 0 {
		e = &ReadOnly{Reasons: slices.Sorted(maps.Keys(s.reasons)), RetryAfter: soon}
	}
	for r := range s.reasons {
		switch r {
		case DiskFull:
			shut = true
		case LogShort, LogDiffers, SignedMissing, ArchiveDamaged:
			e.RetryAfter = later
		case ArchiveAway, DiskLow:
		}
	}
	s.refusing.Store(e)
	s.closed.Store(shut)
}

// Standing is why nothing is taken in, in the operator's words by reason; empty where everything is. The channel is closed at the next change.
func (s *State) Standing() (map[Reason]string, <-chan struct{}) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.changed == nil {
		s.changed = make(chan struct{})
	}
	return maps.Clone(s.reasons), s.changed
}

// Explain is what an operator reads where nothing is taken in, and empty where everything is.
func (s *State) Explain() string {
	standing, _ := s.Standing()
	var lines []string
	for _, r := range slices.Sorted(maps.Keys(standing)) {
		lines = append(lines, fmt.Sprintf("%s: %s", r, standing[r]))
	}
	return strings.Join(lines, "; ")
}
