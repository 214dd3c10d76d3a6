package domain

import (
	"maps"
	"slices"
	"time"
)

// Command is something asked of a case. The set is closed.
type Command interface {
	decide(State, Request) ([]Event, error)
}

// Request is a command with the circumstances that a decision may depend on.
type Request struct {
	ID         string // of the command, chosen by the client; what the command makes is named by it
	By         Actor
	HappenedAt time.Time
	Limits     Limits
	Command    Command
	// Seen is the case as the caller knew it, nil where that is the case as it is. It matters for what was written down offline: facts
	// that do not touch each other both stand, and two answers to one question become a disagreement that a person settles.
	Seen *State
}

// Decide answers a request with what follows from it, or with an *Error. It is pure. No event leaves it that breaks a safeguard.
func Decide(s State, r Request) ([]Fact, error) { return decideUnder(safeguards(), s, r) }

func decideUnder(rules []safeguard, s State, r Request) ([]Fact, error) {
	events, err := r.Command.decide(s, r)
	if err != nil {
		return nil, err
	}
	facts := make([]Fact, len(events))
	for i, e := range events {
		if err := guard(rules, s, r, e); err != nil {
			return nil, err
		}
		facts[i] = Fact{HappenedAt: r.HappenedAt, Event: e}
		s = Evolve(s, facts[i])
	}
	return facts, nil
}

// due is when a limit that starts with the request is over. A clock that was set back does not make a deadline earlier: none starts
// before the case came into its stage.
func (r Request) due(s State, name LimitName) (*time.Time, string) {
	return r.Limits.Due(name, later(s.Standing.Since, r.HappenedAt))
}

// dueOr is the time that a person set, where they did, else the limit's.
func (r Request) dueOr(s State, name LimitName, set *time.Time, source string) (*time.Time, string, error) {
	if set == nil {
		due, source := r.due(s, name)
		return due, source, nil
	}
	if !set.After(r.HappenedAt) {
		return nil, "", invalid("deadline.not_ahead")
	}
	return set, source, nil
}

// Fold returns the state after all facts, with the tasks that follow from it.
func Fold(s State, facts []Fact) State {
	for _, f := range facts {
		s = Evolve(s, f)
	}
	return s.settle()
}

// Evolve returns the state after a fact, with the tasks of the state before. It never fails: what has happened has happened.
func Evolve(s State, f Fact) State {
	switch e := f.Event.(type) {
	case *CaseOpened:
		s.Exists = true
		s.Standing.Reference, s.Standing.Agency = e.Reference, e.Agency
		s.Standing.Province, s.Standing.Incident = e.Province, e.Incident
		s.Standing.OpenedAt, s.Standing.Entry = f.HappenedAt, e.Entry
		return s.enter(Frontline, FirstContact, f.HappenedAt)
	case *CaseClosed:
		s.beforeEnd = s.Standing.Status
		return s.enter(s.Standing.Stage, Closed, f.HappenedAt)
	case *CaseReopened:
		return s.enter(s.Standing.Stage, s.beforeEnd, f.HappenedAt)
	case *DeadlineMissed:
		return s.withMissed(e)
	case *DisagreementNoted:
		return s.disputed(e, f.HappenedAt)
	case *DisagreementSettled:
		return s.settled(e.Disagreement)
	}
	for _, evolve := range []func(State, Fact) (State, bool){
		evolveContact, evolveConsent, evolveReferral, evolveCourse, evolvePeriod, evolveDecision, evolveService, evolveProtection,
		evolveExclusion, evolveGlass, evolveErasure,
	} {
		if next, known := evolve(s, f); known {
			return next
		}
	}
	return s
}

func evolveContact(s State, f Fact) (State, bool) {
	switch e := f.Event.(type) {
	case *UrgentNeedRecorded:
		s.Standing.Urgent = true
	case *SafetyAssessed:
		s.Standing.Urgent = e.Urgent
	case *RepresentativeAppointed:
		s.Guardian = s.Guardian || e.represented()
	case *InterestsAssessed:
		s.BestInterests = true
	case *HoldSet:
		s.Hold = true
	case *HoldLifted:
		s.Hold = false
	case *InformationGiven, *NoticeLeft:
	default:
		return s, false
	}
	return s, true
}

func evolveConsent(s State, f Fact) (State, bool) {
	switch e := f.Event.(type) {
	case *ConsentGiven:
		return s.agreed(Grant{Purpose: e.Purpose, Recipient: e.Recipient, Data: e.Data, Until: e.Until, Answer: Given}), true
	case *ConsentRefused:
		s = s.withAnswer(Grant{Purpose: e.Purpose, Recipient: e.Recipient, Answer: s.refusal(e)})
		if e.Stops {
			s = s.enter(Frontline, ConsentDenied, f.HappenedAt)
		}
		return s, true
	case *ConsentWithdrawn:
		return s.withdrawn(e, s.Standing.Agency, f.HappenedAt), true
	case *WithdrawalAcknowledged:
		return s.acknowledged(e), true
	}
	return s, false
}

func evolveReferral(s State, f Fact) (State, bool) {
	switch e := f.Event.(type) {
	case *ReferralSent:
		s.Referrals = append(slices.Clip(s.Referrals), Referral{
			ID: e.Referral, From: e.From, To: e.To, Services: e.Services, HandOver: e.HandOver, Data: e.Data, Status: Pending,
			Answer: Deadline{Since: f.HappenedAt, DueAt: e.DueAt, Source: e.Source},
		})
	case *ReferralAccepted:
		s = s.answered(e.Referral, Accepted, f.HappenedAt).held(e.To)
		if r := s.find(e.Referral); r != nil && r.HandOver {
			s = s.handed(r.To)
		}
	case *ReferralDeclined:
		s = s.answered(e.Referral, Declined, f.HappenedAt)
	case *ReferralRevoked:
		s = s.answered(e.Referral, Revoked, f.HappenedAt)
	case *ReferralDone:
		s = s.answered(e.Referral, Done, f.HappenedAt)
	default:
		return s, false
	}
	return s, true
}

// evolveCourse is about who has the case and what belongs to it.
func evolveCourse(s State, f Fact) (State, bool) {
	switch e := f.Event.(type) {
	case *CaseAssigned:
		s.Standing.Assignee = e.Assignee
	case *HandOverRequested:
		s.Requests = append(slices.Clip(s.Requests), HandOverRequest{
			ID: e.Request, By: e.By, Status: Pending, Answer: Deadline{Since: f.HappenedAt, DueAt: e.DueAt, Source: e.Source},
		})
	case *HandOverRefused:
		s = s.withRequest(e.Request, Declined)
	case *CaseTransferred:
		s = s.withRequest(e.Request, Accepted).handed(e.To).held(e.To)
	case *CaseLinked:
		s.Links = append(slices.Clip(s.Links), Link{ID: e.Link, Other: e.Other, Kind: e.Kind})
	case *LinkUndone:
		s.Links = slices.DeleteFunc(slices.Clone(s.Links), func(l Link) bool { return l.ID == e.Link })
	case *DuplicateRefused:
		s.Refused = append(slices.Clip(s.Refused), e.Other)
	case *FileAttached:
		s.Files = append(slices.Clip(s.Files), e.File)
	case *NoteAdded:
	default:
		return s, false
	}
	return s, true
}

func evolvePeriod(s State, f Fact) (State, bool) {
	change := func(name PeriodName, to func(Period) Period) (State, bool) {
		s.Periods = maps.Clone(s.Periods)
		if s.Periods == nil {
			s.Periods = map[PeriodName]Period{}
		}
		s.Periods[name] = to(s.Periods[name])
		return s, true
	}
	switch e := f.Event.(type) {
	case *PeriodStarted:
		return change(e.Period, func(p Period) Period { return p.started(e, f.HappenedAt) })
	case *PeriodExtended:
		return change(e.Period, func(p Period) Period { return p.extended(e) })
	case *PeriodPaused:
		return change(e.Period, func(p Period) Period { p.PausedAt = f.HappenedAt; return p })
	case *PeriodResumed:
		return change(e.Period, func(p Period) Period { p.PausedAt, p.EndsAt = time.Time{}, e.EndsAt; return p })
	case *PeriodEnded:
		return change(e.Period, func(p Period) Period { p.EndedAt, p.PausedAt = f.HappenedAt, time.Time{}; return p })
	}
	return s, false
}

func evolveDecision(s State, f Fact) (State, bool) {
	switch e := f.Event.(type) {
	case *ScreeningRecorded:
		return s.screened(e, f.HappenedAt), true
	case *ScreeningCorrected:
		s.Findings = revealFindings(e.Findings)
	case *ScreeningConcluded:
		return s.concludedAs(e, f.HappenedAt), true
	case *TeamConvened:
		s.Team = &MeetingTeam{ID: e.Team, Since: f.HappenedAt, Members: e.Members, Opinions: map[string]Opinion{}}
	case *FindingGiven:
		return s.heard(e), true
	case *IdentificationDecided:
		return s.identifiedAs(e, f.HappenedAt), true
	case *ReassessmentRequested:
		return s.reassessing(e, f.HappenedAt), true
	case *InterviewHeld:
	default:
		return s, false
	}
	return s, true
}

func evolveService(s State, f Fact) (State, bool) {
	switch e := f.Event.(type) {
	case *ServiceRequested:
		return s.requested(e, f.HappenedAt), true
	case *ServiceAccepted:
		return s.serviced(e.Service, ServiceTaken, f.HappenedAt).held(e.Provider), true
	case *ServiceDeclined:
		return s.serviced(e.Service, ServiceUnavailable, f.HappenedAt), true
	case *ServiceDelivered:
		return s.serviced(e.Service, ServiceGiven, f.HappenedAt), true
	case *ServiceRefusedByPerson:
		return s.serviced(e.Service, ServiceUnwanted, f.HappenedAt), true
	case *ServiceWithdrawn:
		return s.serviced(e.Service, ServiceTakenBack, f.HappenedAt), true
	case *ClaimFiled:
		s.Claims = append(slices.Clip(s.Claims), Claim{ID: e.Claim, Kind: e.Kind, Step: ClaimMade, By: e.User, Since: f.HappenedAt})
		return s, true
	case *ClaimAdvanced:
		return s.advanced(e, f.HappenedAt), true
	}
	return s, false
}

func evolveProtection(s State, f Fact) (State, bool) {
	next := func(id string, due *time.Time, source string) *Review {
		return &Review{ID: id, Next: Deadline{Since: f.HappenedAt, DueAt: due, Source: source}}
	}
	switch e := f.Event.(type) {
	case *PlanAgreed:
		s.Plan = next(e.Plan, e.DueAt, e.Source)
	case *RiskAssessed:
		s.Risk = next(e.Assessment, e.DueAt, e.Source)
	case *ReturnArranged:
		s.Return = ReturnAgreed
	case *ReturnCompleted:
		first := next("", e.DueAt, e.Source)
		if s.FollowUp != nil && s.FollowUp.ID == first.ID { // a second return, before anybody asked after the first
			first.Next = s.FollowUp.Next.renewed(first.Next)
		}
		s.Return, s.FollowUp = ReturnDone, first
	case *FollowedUp:
		s.FollowUp = next(e.FollowUp, e.DueAt, e.Source)
	case *ShelterPlaced:
		s.Placement = &Placement{ID: e.Placement, Provider: e.Provider, Since: f.HappenedAt}
		s = s.held(e.Provider)
	case *ShelterLeft:
		s.Placement = nil
	default:
		return s, false
	}
	return s, true
}

// screened takes a new screening in. A case that is already past screening keeps its stage: a later form adds to what is known
// and does not undo a decision.
func (s State) screened(e *ScreeningRecorded, at time.Time) State {
	s.Screenings = append(slices.Clip(s.Screenings), e.Screening)
	s.Findings = revealFindings(e.Findings)
	if s.Standing.Stage == Frontline || s.Standing.Stage == Screening {
		s = s.enter(Screening, ToConclude, at)
		s.concluded = s.concluded.renewed(Deadline{Since: s.Standing.Since, DueAt: e.DueAt, Source: e.Source})
	}
	return s
}

func revealFindings(p Private) *Findings {
	var f Findings
	if p.Reveal(&f) != nil {
		return nil
	}
	return &f
}

func (s State) concludedAs(e *ScreeningConcluded, at time.Time) State {
	s = s.decided(OnConclusion, string(e.Grounds), at)
	switch e.Grounds {
	case GroundsYes:
		s = s.enter(Identification, AwaitingDecision, at)
		s.decide = Deadline{Since: s.Standing.Since, DueAt: e.DueAt, Source: e.Source}
	case GroundsNo:
		s = s.enter(Screening, NoGrounds, at)
	case GroundsUnclear:
		s = s.enter(Screening, Unclear, at)
	}
	return s
}

func (s State) withMissed(e *DeadlineMissed) State {
	s.missed = maps.Clone(s.missed)
	if s.missed == nil {
		s.missed = map[string]miss{}
	}
	s.missed[e.Task] = miss{due: e.DueAt, level: e.Level, rung: e.Rung}
	return s
}
