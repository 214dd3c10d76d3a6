package domain

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"time"
)

// Event is something that happened to a case. The set is closed: every event type is listed in eventTypes, by a name and a
// version that are never changed or used again once they have been written.
type Event interface {
	// EventType is the name on the wire, such as "screening.recorded".
	EventType() string
	// EventVersion is the version of the event's shape, from 1.
	EventVersion() int
	// Privates are the personal parts of the event, for sealing and opening in place. Their order is never changed once they have been
	// written; those of grown come last.
	Privates() []*Private
}

// grown is an event that has been given personal parts after it had been written without them: the last of its Privates.
type grown interface {
	// later is how many.
	later() int
}

// v1 is embedded in the events of version 1.
type v1 struct{}

// EventVersion implements Event.
func (v1) EventVersion() int { return 1 }

// open is embedded in the events of version 1 that have no personal parts.
type open struct{ v1 }

// Privates implements Event.
func (open) Privates() []*Private { return nil }

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

// Privates are the personal parts of the commit and its events, in a fixed order: each is sealed for its place in it, and opens at no
// other. What events were given later stands behind everything, so that what was sealed before keeps its place.
func (c *Commit) Privates() []*Private {
	ps := []*Private{&c.Fingerprint}
	var later []*Private
	for _, f := range c.Facts {
		own := f.Event.Privates()
		first := len(own)
		if g, ok := f.Event.(grown); ok {
			first -= g.later()
		}
		ps, later = append(ps, own[:first]...), append(later, own[first:]...)
	}
	return append(ps, later...)
}

// Apart returns the commit with events of its own: what is opened or sealed in the one stays as it is in the other.
func (c *Commit) Apart() Commit {
	own := *c
	own.Facts = slices.Clone(c.Facts)
	for i, f := range own.Facts {
		event := reflect.New(reflect.TypeOf(f.Event).Elem())
		event.Elem().Set(reflect.ValueOf(f.Event).Elem())
		own.Facts[i].Event, _ = event.Interface().(Event)
	}
	return own
}

// ErrUnknownEvent says that an event's type or version is not known to this build. Who meets it stops: an event that is not
// understood is never stepped over.
var ErrUnknownEvent = errors.New("unknown event type or version")

// maker makes an empty event of a type.
func maker[E any, P interface {
	*E
	Event
}]() func() Event {
	return func() Event { return P(new(E)) }
}

func caseEvents() []func() Event {
	return []func() Event{
		maker[CaseOpened](), maker[CaseAssigned](), maker[HandOverRequested](), maker[HandOverRefused](), maker[CaseTransferred](),
		maker[CaseLinked](), maker[LinkUndone](), maker[DuplicateRefused](), maker[NoteAdded](), maker[FileAttached](),
		maker[DisagreementNoted](), maker[DisagreementSettled](), maker[DeadlineMissed](),
		maker[CaseClosed](), maker[CaseReopened](),
	}
}

// guardEvents are about who may know of the case, and for how long.
func guardEvents() []func() Event {
	return []func() Event{
		maker[ExclusionSet](), maker[LiftRequested](), maker[ExclusionLifted](), maker[GlassBroken](), maker[GlassApproved](),
		maker[GlassReviewed](), maker[LegalHoldSet](), maker[LegalHoldLifted](), maker[ErasureRequested](), maker[ErasureApproved](),
		maker[ErasureRefused](), maker[KeysDestroyed](),
	}
}

func contactEvents() []func() Event {
	return []func() Event{
		maker[UrgentNeedRecorded](), maker[SafetyAssessed](), maker[InformationGiven](), maker[NoticeLeft](),
		maker[RepresentativeAppointed](), maker[InterestsAssessed](), maker[HoldSet](), maker[HoldLifted](),
	}
}

func consentEvents() []func() Event {
	return []func() Event{
		maker[ConsentGiven](), maker[ConsentRefused](), maker[ConsentWithdrawn](), maker[WithdrawalAcknowledged](),
		maker[ReferralSent](), maker[ReferralAccepted](), maker[ReferralDeclined](), maker[ReferralRevoked](), maker[ReferralDone](),
	}
}

func decisionEvents() []func() Event {
	return []func() Event{
		maker[ScreeningRecorded](), maker[ScreeningCorrected](), maker[ScreeningConcluded](),
		maker[PeriodStarted](), maker[PeriodExtended](), maker[PeriodPaused](), maker[PeriodResumed](), maker[PeriodEnded](),
		maker[TeamConvened](), maker[InterviewHeld](), maker[FindingGiven](), maker[IdentificationDecided](), maker[ReassessmentRequested](),
	}
}

func protectionEvents() []func() Event {
	return []func() Event{
		maker[PlanAgreed](), maker[ServiceRequested](), maker[ServiceAccepted](), maker[ServiceDeclined](), maker[ServiceDelivered](),
		maker[ServiceRefusedByPerson](), maker[ServiceWithdrawn](), maker[ShelterPlaced](), maker[ShelterLeft](), maker[RiskAssessed](),
		maker[ClaimFiled](), maker[ClaimAdvanced](), maker[ReturnArranged](), maker[ReturnCompleted](), maker[FollowedUp](),
	}
}

type eventKey struct {
	name    string
	version int
}

var eventTypes = func() map[eventKey]func() Event {
	types := map[eventKey]func() Event{}
	for _, make := range slices.Concat(caseEvents(), contactEvents(), consentEvents(), decisionEvents(), protectionEvents(), guardEvents()) {
		e := make()
		types[eventKey{e.EventType(), e.EventVersion()}] = make
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
