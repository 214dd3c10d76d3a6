package domain

import (
	"slices"
	"time"
)

// PeriodName names a protected period: a clock that runs for the person and not against them.
type PeriodName string

// The protected periods. They are two clocks that run side by side and are never merged: temporary protection under s.29 of the
// Anti-Trafficking in Persons Act (24 hours and at most 7 days more), and the reflection period of the mechanism (up to 15 days).
const (
	Section29  PeriodName = "section_29"
	Reflection PeriodName = "reflection"
)

// PeriodNames lists the protected periods.
func PeriodNames() []PeriodName { return []PeriodName{Reflection, Section29} }

func (n PeriodName) limits() (length, more LimitName) {
	if n == Section29 {
		return LimitSection29, LimitSection29Ext
	}
	return LimitReflection, LimitReflectMore
}

// Period is how a protected period stands. The zero Period never started.
type Period struct {
	StartedAt time.Time
	EndsAt    *time.Time // nil where no limit is set
	Source    string
	Extended  time.Duration // by all extensions together
	PausedAt  time.Time     // zero while it is not paused
	EndedAt   time.Time     // zero while it has not ended
}

// Running reports whether the period has started and not ended. A paused one runs.
func (p Period) Running() bool { return !p.StartedAt.IsZero() && p.EndedAt.IsZero() }

// Paused reports whether the period is paused.
func (p Period) Paused() bool { return !p.PausedAt.IsZero() }

// PauseReason says why a period was paused.
type PauseReason string

// The reasons for a pause.
const (
	InHospital     PauseReason = "hospital"
	NoInterpreter  PauseReason = "no_interpreter"
	ByCourt        PauseReason = "court_order"
	PersonAbsent   PauseReason = "person_absent"
	PersonNotReady PauseReason = "person_not_ready"
)

// PauseReasons lists the reasons for a pause.
func PauseReasons() []PauseReason {
	return []PauseReason{InHospital, NoInterpreter, ByCourt, PersonAbsent, PersonNotReady}
}

// EndReason says why a period ended.
type EndReason string

// The reasons for an end. A period that is over by its clock still ends by a person's word, so that nothing against the person
// begins unseen.
const (
	PeriodOver   EndReason = "over"
	PersonWishes EndReason = "person_wishes"
	PersonGone   EndReason = "person_left"
	StartedWrong EndReason = "started_in_error"
)

// EndReasons lists the reasons for an end.
func EndReasons() []EndReason { return []EndReason{PeriodOver, PersonWishes, PersonGone, StartedWrong} }

// Authority is who ordered or permitted something, with the number of the paper. Who may extend protection under s.29 was not found
// in any public text, so nothing more is asked.
type Authority struct {
	Name      string `json:"name"`
	Reference string `json:"reference"`
}

// PeriodStarted says that a protected period began.
type PeriodStarted struct {
	v1
	Period    PeriodName `json:"period"`
	EndsAt    *time.Time `json:"ends_at,omitempty"`
	Source    string     `json:"limit_source,omitempty"`
	Authority Private    `json:"authority,omitzero"` // Authority
}

// PeriodExtended says that a period ends later than was said before.
type PeriodExtended struct {
	v1
	Period    PeriodName `json:"period"`
	EndsAt    time.Time  `json:"ends_at"`
	Authority Private    `json:"authority,omitzero"` // Authority
}

// PeriodPaused says that a period's clock was stopped.
type PeriodPaused struct {
	open
	Period PeriodName  `json:"period"`
	Reason PauseReason `json:"reason"`
}

// PeriodResumed says that the clock goes on: the end moves by the length of the pause.
type PeriodResumed struct {
	open
	Period PeriodName `json:"period"`
	EndsAt *time.Time `json:"ends_at,omitempty"`
}

// PeriodEnded says that a period is over.
type PeriodEnded struct {
	open
	Period PeriodName `json:"period"`
	Reason EndReason  `json:"reason"`
}

// EventType implements Event.
func (*PeriodStarted) EventType() string { return "period.started" }

// Privates implements Event.
func (e *PeriodStarted) Privates() []*Private { return []*Private{&e.Authority} }

// EventType implements Event.
func (*PeriodExtended) EventType() string { return "period.extended" }

// Privates implements Event.
func (e *PeriodExtended) Privates() []*Private { return []*Private{&e.Authority} }

// EventType implements Event.
func (*PeriodPaused) EventType() string { return "period.paused" }

// EventType implements Event.
func (*PeriodResumed) EventType() string { return "period.resumed" }

// EventType implements Event.
func (*PeriodEnded) EventType() string { return "period.ended" }

// StartPeriod begins a protected period. It takes no authority for a reflection period: the person is entitled to it.
type StartPeriod struct {
	Period    PeriodName
	Authority *Authority
}

func (c StartPeriod) decide(s State, r Request) ([]Event, error) {
	if err := s.mustBeOpen(); err != nil {
		return nil, err
	}
	switch {
	case !slices.Contains(PeriodNames(), c.Period):
		return nil, invalid("period.unknown")
	case s.Periods[c.Period].Running():
		return nil, refused(s, "period.running")
	case c.Period == Reflection && !s.presumed():
		return nil, refused(s, "period.not_presumed")
	}
	length, _ := c.Period.limits()
	ends, source := r.due(s, length)
	return []Event{&PeriodStarted{Period: c.Period, EndsAt: ends, Source: source, Authority: optional(c.Authority)}}, nil
}

// ExtendPeriod moves the end of a period to a later time.
type ExtendPeriod struct {
	Period    PeriodName
	Until     time.Time
	Authority Authority
}

func (c ExtendPeriod) decide(s State, r Request) ([]Event, error) {
	p, err := s.period(c.Period)
	if err != nil {
		return nil, err
	}
	_, more := c.Period.limits()
	limit := r.Limits.Times[more].Duration
	switch {
	case p.Paused():
		return nil, refused(s, "period.paused")
	case p.EndsAt == nil:
		return nil, refused(s, "period.no_end")
	case !c.Until.After(*p.EndsAt):
		return nil, invalid("period.not_later")
	case c.Authority.Name == "" || c.Authority.Reference == "":
		return nil, invalid("period.no_authority")
	case limit > 0 && p.Extended+c.Until.Sub(*p.EndsAt) > limit:
		return nil, refused(s, "period.beyond_limit")
	}
	return []Event{&PeriodExtended{Period: c.Period, EndsAt: c.Until, Authority: private(ScopeSensitive, c.Authority)}}, nil
}

// PausePeriod stops a period's clock.
type PausePeriod struct {
	Period PeriodName
	Reason PauseReason
}

func (c PausePeriod) decide(s State, _ Request) ([]Event, error) {
	p, err := s.period(c.Period)
	switch {
	case err != nil:
		return nil, err
	case p.Paused():
		return nil, refused(s, "period.paused")
	case !slices.Contains(PauseReasons(), c.Reason):
		return nil, invalid("period.unknown_reason")
	}
	return []Event{&PeriodPaused{Period: c.Period, Reason: c.Reason}}, nil
}

// ResumePeriod lets a paused clock go on.
type ResumePeriod struct{ Period PeriodName }

func (c ResumePeriod) decide(s State, r Request) ([]Event, error) {
	p, err := s.period(c.Period)
	switch {
	case err != nil:
		return nil, err
	case !p.Paused():
		return nil, refused(s, "period.not_paused")
	}
	resumed := &PeriodResumed{Period: c.Period, EndsAt: p.EndsAt}
	if p.EndsAt != nil && r.HappenedAt.After(p.PausedAt) {
		resumed.EndsAt = new(p.EndsAt.Add(r.HappenedAt.Sub(p.PausedAt)))
	}
	return []Event{resumed}, nil
}

// EndPeriod ends a period. "Over" can be said only when the clock says so too.
type EndPeriod struct {
	Period PeriodName
	Reason EndReason
}

func (c EndPeriod) decide(s State, r Request) ([]Event, error) {
	p, err := s.period(c.Period)
	switch {
	case err != nil:
		return nil, err
	case !slices.Contains(EndReasons(), c.Reason):
		return nil, invalid("period.unknown_reason")
	case c.Reason == PeriodOver && (p.Paused() || p.EndsAt == nil || r.HappenedAt.Before(*p.EndsAt)):
		return nil, refused(s, "period.not_over")
	}
	return []Event{&PeriodEnded{Period: c.Period, Reason: c.Reason}}, nil
}

func (s State) period(name PeriodName) (Period, error) {
	if err := s.mustBeOpen(); err != nil {
		return Period{}, err
	}
	switch p := s.Periods[name]; {
	case !slices.Contains(PeriodNames(), name):
		return Period{}, invalid("period.unknown")
	case !p.Running():
		return Period{}, refused(s, "period.not_running")
	default:
		return p, nil
	}
}

func (p Period) started(e *PeriodStarted, at time.Time) Period {
	return Period{StartedAt: at, EndsAt: e.EndsAt, Source: e.Source}
}

func (p Period) extended(e *PeriodExtended) Period {
	if p.EndsAt != nil {
		p.Extended += e.EndsAt.Sub(*p.EndsAt)
	}
	p.EndsAt = &e.EndsAt
	return p
}
