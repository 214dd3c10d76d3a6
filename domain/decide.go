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
	By         Actor
	HappenedAt time.Time
	Limits     Limits
	Command    Command
}

// Decide answers a request with what follows from it, or with an *Error. It is pure.
func Decide(s State, r Request) ([]Fact, error) {
	events, err := r.Command.decide(s, r)
	if err != nil {
		return nil, err
	}
	facts := make([]Fact, len(events))
	for i, e := range events {
		facts[i] = Fact{HappenedAt: r.HappenedAt, Event: e}
	}
	return facts, nil
}

// Evolve returns the state after a fact. It never fails: what has happened has happened.
func Evolve(s State, f Fact) State {
	switch e := f.Event.(type) {
	case *CaseOpened:
		s.Exists = true
		s.Standing.Reference, s.Standing.Agency = e.Reference, e.Agency
		s.Standing.Province, s.Standing.Incident = e.Province, e.Incident
		return s.enter(Frontline, FirstContact, f.HappenedAt)
	case *UrgentNeedRecorded:
		s.Standing.Urgent = true
	case *ConsentGiven:
		return s.withConsent(e.Purpose, Given)
	case *ConsentRefused:
		s = s.withConsent(e.Purpose, Denied)
		if e.Stops {
			return s.enter(Frontline, ConsentDenied, f.HappenedAt)
		}
	case *ConsentWithdrawn:
		return s.withConsent(e.Purpose, Withdrawn)
	case *ScreeningRecorded:
		return s.screened(e.Screening, e.Findings, f.HappenedAt)
	case *ScreeningCorrected:
		s.Findings = revealFindings(e.Findings)
	case *ScreeningConcluded:
		return s.concluded(e, f.HappenedAt)
	case *ReferralSent:
		s.Referrals = append(slices.Clip(s.Referrals), Referral{
			ID: e.Referral, From: e.From, To: e.To, Services: e.Services, HandOver: e.HandOver, Status: Pending,
		})
	case *ReferralAccepted:
		return s.accepted(e)
	case *ReferralDeclined:
		return s.withReferral(e.Referral, Declined)
	case *ReferralRevoked:
		return s.withReferral(e.Referral, Revoked)
	case *ReferralDone:
		return s.withReferral(e.Referral, Done)
	case *IdentificationDecided:
		return s.identified(e, f.HappenedAt)
	case *CaseClosed:
		return s.enter(s.Standing.Stage, Closed, f.HappenedAt)
	case *KeysDestroyed:
		s.Findings = nil
		return s.enter(s.Standing.Stage, Erased, f.HappenedAt)
	}
	return s
}

// Fold returns the state after all facts.
func Fold(s State, facts []Fact) State {
	for _, f := range facts {
		s = Evolve(s, f)
	}
	return s
}

func (s State) withConsent(p Purpose, c Consent) State {
	s.Consents = maps.Clone(s.Consents)
	if s.Consents == nil {
		s.Consents = map[Purpose]Consent{}
	}
	s.Consents[p] = c
	return s
}

// screened takes a new screening in. A case that is already past screening keeps its stage: a later form adds to what is known
// and does not undo a decision.
func (s State) screened(id string, findings Private, at time.Time) State {
	s.Screenings = append(slices.Clip(s.Screenings), id)
	s.Findings = revealFindings(findings)
	if s.Standing.Stage == Frontline || s.Standing.Stage == Screening {
		return s.enter(Screening, ToConclude, at)
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

func (s State) concluded(e *ScreeningConcluded, at time.Time) State {
	switch e.Grounds {
	case GroundsYes:
		s = s.enter(Identification, AwaitingDecision, at)
		s.Standing.DueAt = e.DueAt
		return s
	case GroundsNo:
		return s.enter(Screening, NoGrounds, at)
	case GroundsUnclear:
		return s.enter(Screening, Unclear, at)
	}
	return s
}

func (s State) accepted(e *ReferralAccepted) State {
	s = s.withReferral(e.Referral, Accepted)
	if r := s.find(e.Referral); r != nil && r.HandOver {
		s.Standing.Agency = r.To
	}
	return s
}

func (s State) identified(e *IdentificationDecided, at time.Time) State {
	if e.Result == InProtection {
		return s.enter(Protection, InProtection, at)
	}
	due := s.Standing.DueAt
	s = s.enter(Identification, e.Result, at)
	if e.Result == Undetermined {
		s.Standing.DueAt = due
	}
	return s
}

func (s State) mustBeOpen() error {
	switch {
	case !s.Exists:
		return missing("case.unknown")
	case !s.Standing.Status.Open():
		return refused(s, "case.ended")
	}
	return nil
}

// Possible names the commands that the state allows, by their addresses in the API.
func (s State) Possible() []string {
	if !s.Exists || !s.Standing.Status.Open() {
		return []string{}
	}
	commands := []string{"record-consent", "record-screening", "close"}
	if len(s.Screenings) > 0 {
		commands = append(commands, "correct-screening")
		if !s.adult() || s.Consents[ToReferral] == Given {
			commands = append(commands, "refer")
		}
	}
	for _, c := range s.Consents {
		if c == Given {
			commands = append(commands, "withdraw-consent")
			break
		}
	}
	switch s.Standing.Stage {
	case Screening:
		commands = append(commands, "conclude-screening")
	case Identification:
		commands = append(commands, "decide-identification")
	}
	for _, r := range s.Referrals {
		switch r.Status {
		case Pending:
			commands = append(commands, "accept", "decline", "revoke")
		case Accepted:
			commands = append(commands, "complete")
		}
	}
	slices.Sort(commands)
	return slices.Compact(commands)
}
