package domain

import (
	"errors"
	"fmt"
	"time"
)

// Event is something that happened to a case. The set is closed: every event type is listed in eventTypes, by a name and a
// version that are never changed or used again once they have been written.
type Event interface {
	// EventType is the name on the wire, such as "screening.recorded".
	EventType() string
	// EventVersion is the version of the event's shape, from 1.
	EventVersion() int
	// Privates are the personal parts of the event, for sealing and opening in place.
	Privates() []*Private
}

// Fact is an event and when it happened.
type Fact struct {
	HappenedAt time.Time
	Event      Event
}

// Commit is everything that one command did to one case: the unit in which the log grows.
type Commit struct {
	ID          string // the command's id, chosen by the client: a repeated command finds itself here
	CaseID      string
	Number      int    // 1 for the first commit of the case
	Previous    string // digest of the case's previous commit; empty for the first
	Command     string
	Actor       Actor
	RecordedAt  time.Time // when it was written down, on a device perhaps long before the log saw it
	Standing    Standing  // how the case stands after it
	Fingerprint Private   // digest of the request, sealed: tells the same request from another with the same id
	Facts       []Fact

	Position   uint64    // place in the log; set by the log
	AcceptedAt time.Time // when the log had it on disk; set by the log
	Digest     string    // SHA-256 of the commit's bytes in the log, in hex; set by the log
}

// Privates are the personal parts of the commit and its events, in a fixed order.
func (c *Commit) Privates() []*Private {
	ps := []*Private{&c.Fingerprint}
	for _, f := range c.Facts {
		ps = append(ps, f.Event.Privates()...)
	}
	return ps
}

// ErrUnknownEvent says that an event's type or version is not known to this build. Who meets it stops: an event that is not
// understood is never stepped over.
var ErrUnknownEvent = errors.New("unknown event type or version")

type eventKey struct {
	name    string
	version int
}

var eventTypes = func() map[eventKey]func() Event {
	makers := []func() Event{
		func() Event { return new(CaseOpened) },
		func() Event { return new(UrgentNeedRecorded) },
		func() Event { return new(ConsentGiven) },
		func() Event { return new(ConsentRefused) },
		func() Event { return new(ConsentWithdrawn) },
		func() Event { return new(ScreeningRecorded) },
		func() Event { return new(ScreeningCorrected) },
		func() Event { return new(ScreeningConcluded) },
		func() Event { return new(ReferralSent) },
		func() Event { return new(ReferralAccepted) },
		func() Event { return new(ReferralDeclined) },
		func() Event { return new(ReferralRevoked) },
		func() Event { return new(ReferralDone) },
		func() Event { return new(IdentificationDecided) },
		func() Event { return new(CaseClosed) },
		func() Event { return new(KeysDestroyed) },
	}
	types := make(map[eventKey]func() Event, len(makers))
	for _, m := range makers {
		e := m()
		types[eventKey{e.EventType(), e.EventVersion()}] = m
	}
	return types
}()

// NewEvent returns an empty event of the type and version, ready for decoding. It fails with ErrUnknownEvent.
func NewEvent(name string, version int) (Event, error) {
	make, ok := eventTypes[eventKey{name, version}]
	if !ok {
		return nil, fmt.Errorf("%w: %s version %d", ErrUnknownEvent, name, version)
	}
	return make(), nil
}

// EventTypes returns an empty event of every type and version, in no order.
func EventTypes() []Event {
	events := make([]Event, 0, len(eventTypes))
	for _, make := range eventTypes {
		events = append(events, make())
	}
	return events
}
