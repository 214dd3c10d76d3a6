package domain

import "slices"

// safeguard is a rule that protects the person, held against every event that a decision would make, whichever command asks for it.
// Each is written down here and nowhere else.
type safeguard struct {
	rule   string
	kind   Kind
	breaks func(s State, r Request, e Event) bool
}

// safeguards lists the rules. Two more are kept by what the commands do not ask: no service depends on cooperation with a
// prosecution, and urgent services never wait for a decision.
func safeguards() []safeguard {
	return []safeguard{
		{"consent.nothing_is_kept", Refused, followsRefusal},
		{"consent.not_all_told", Refused, leavesRecipientUntold},
		{"referral.consent_withdrawn", Refused, reachesAfterWithdrawal},
		{"referral.no_consent", Refused, reachesWithoutConsent},
		{"referral.beyond_consent", Refused, sendsMoreThanAllowed},
		{"screening.child_needs_no_means", Invalid, deniesChildForMeans},
		{"child.guardian_first", Refused, decidesWithoutGuardian},
		{"child.interests_first", Refused, decidesWithoutInterests},
		{"identification.no_grounds_yet", Refused, identifiesWithoutScreening},
		{"reflection.no_adverse_step", Refused, turnsAgainstReflection},
		{"return.not_voluntary", Refused, returnsAgainstWish},
		{"claim.same_person", Refused, approvesOwnAmounts},
		{"deadline.no_source", Refused, setsSourcelessDeadline},
		{unknownCase, Missing, actsThoughAccused},
		{"exclusion.excluded", Refused, reachesAccused},
		{"exclusion.same_person", Refused, liftsAlone},
		{"glass.same_person", Refused, approvesOwnGlass},
		{"glass.same_line", Refused, reviewsOwnLine},
		{"erasure.same_person", Refused, erasesAlone},
		{"erasure.legal_hold", Refused, erasesHeld},
		{"erasure.not_approved", Refused, destroysUnapproved},
	}
}

func guard(rules []safeguard, s State, r Request, e Event) error {
	for _, g := range rules {
		if g.breaks(s, r, e) {
			err := &Error{Kind: g.kind, Rule: g.rule}
			if g.kind == Refused {
				err.Possible = s.Possible()
			}
			return err
		}
	}
	return nil
}

// followsRefusal: of an adult who refused to be screened nothing more is written down, but that whoever held data gives word.
func followsRefusal(s State, _ Request, e Event) bool {
	if s.Standing.Status != ConsentDenied {
		return false
	}
	switch e.(type) {
	case *NoticeLeft, *WithdrawalAcknowledged, *DeadlineMissed, *KeysDestroyed, *ErasureRequested, *ErasureApproved,
		*GlassReviewed, *LegalHoldLifted, *LiftRequested, *ExclusionLifted:
		return false
	}
	return true
}

// leavesRecipientUntold: a withdrawal reaches every agency that holds data and that the case does not accuse, and what any of them holds
// beyond what a consent names is taken back before it.
func leavesRecipientUntold(s State, _ Request, e Event) bool {
	var concerned, told []string
	switch e := e.(type) {
	case *ConsentWithdrawn:
		concerned, told = s.withoutAccusedOf(s.concerned(e)), e.Recipients
	case *ConsentGiven:
		concerned = s.losing(e.Purpose, e.Recipient, e.Data)
	}
	return slices.ContainsFunc(concerned, func(a string) bool { return !slices.Contains(told, a) })
}

// reached is the agency before which an event brings the case.
func reached(e Event) (agency string, ok bool) {
	switch e := e.(type) {
	case *ReferralSent:
		return e.To, true
	case *CaseTransferred:
		return e.To, true
	}
	return "", false
}

func reachesAfterWithdrawal(s State, r Request, e Event) bool {
	to, ok := reached(e)
	return ok && len(s.Allowed(to, r.HappenedAt)) == 0 && s.answerTo(ToReferral, to) == Withdrawn
}

// reachesWithoutConsent: an adult's case goes to nobody without the person's consent.
func reachesWithoutConsent(s State, r Request, e Event) bool {
	to, ok := reached(e)
	return ok && len(s.Allowed(to, r.HappenedAt)) == 0
}

// sendsMoreThanAllowed: no kind of data goes along that the person did not agree to.
func sendsMoreThanAllowed(s State, r Request, e Event) bool {
	var to string
	var data []DataClass
	switch e := e.(type) {
	case *ReferralSent:
		to, data = e.To, e.Data
	case *ServiceRequested:
		to, data = e.Provider, e.Data
	}
	return beyond(data, s.Allowed(to, r.HappenedAt))
}

// deniesChildForMeans: means are no element where the person may be a child (s.6 (2) of the Act).
func deniesChildForMeans(s State, _ Request, e Event) bool {
	c, ok := e.(*ScreeningConcluded)
	if !ok || c.Grounds != GroundsNo || s.adult() {
		return false
	}
	var reasons Reasons
	return c.Reasons.Reveal(&reasons) == nil && reasons.onlyMeansAbsent()
}

// decidesWithoutGuardian: nothing is decided on a person who may be a child while nobody stands by them.
func decidesWithoutGuardian(s State, _ Request, e Event) bool {
	return aboutChildsFuture(s, e) && !s.Guardian
}

// decidesWithoutInterests: a child's best interests come before the decision.
func decidesWithoutInterests(s State, _ Request, e Event) bool {
	return aboutChildsFuture(s, e) && !s.BestInterests
}

func aboutChildsFuture(s State, e Event) bool {
	switch e.(type) {
	case *IdentificationDecided, *ReturnArranged:
		return !s.adult()
	}
	return false
}

// identifiesWithoutScreening: screening and identification are two decisions, and the first comes first.
func identifiesWithoutScreening(s State, _ Request, e Event) bool {
	if _, ok := e.(*IdentificationDecided); !ok {
		return false
	}
	last := s.last(OnConclusion)
	return last == nil || last.Result != string(GroundsYes)
}

// turnsAgainstReflection: no step against the person while a reflection period runs.
func turnsAgainstReflection(s State, _ Request, e Event) bool {
	if !s.Periods[Reflection].Running() {
		return false
	}
	switch e := e.(type) {
	case *ScreeningConcluded:
		return e.Grounds == GroundsNo
	case *IdentificationDecided:
		return e.Result == NotIdentified
	case *ReturnArranged:
		return !e.Own
	case *CaseClosed:
		return e.Reason != PersonLeft && e.Reason != OpenedInError
	case *HoldLifted:
		return true
	}
	return false
}

// returnsAgainstWish: an adult returns at their own wish or not at all; a child by what is best for the child.
func returnsAgainstWish(s State, _ Request, e Event) bool {
	returned, ok := e.(*ReturnArranged)
	return ok && s.adult() && !returned.Own
}

// approvesOwnAmounts: who set the amounts of a claim does not approve them.
func approvesOwnAmounts(s State, _ Request, e Event) bool {
	advanced, ok := e.(*ClaimAdvanced)
	return ok && advanced.Step == ClaimApproved && slices.ContainsFunc(s.Claims, func(c Claim) bool {
		return c.ID == advanced.Claim && c.Step == AmountsSet && c.By == advanced.User
	})
}

// unknownCase is how a case looks that is not there, and to whom it accuses.
const unknownCase = "case.unknown"

// actsThoughAccused: whom the case accuses does nothing in it, and does not learn why.
func actsThoughAccused(s State, r Request, _ Event) bool {
	return s.ExcludesAgency(r.By.Agency) || s.excludesAccount(r.By.User)
}

// reachesAccused: nothing of a case comes before whom it accuses.
func reachesAccused(s State, _ Request, e Event) bool {
	agencies, accounts := []string{}, []string{}
	switch e := e.(type) {
	case *ReferralSent:
		agencies = append(agencies, e.To)
	case *CaseTransferred:
		agencies = append(agencies, e.To)
	case *ServiceRequested:
		agencies = append(agencies, e.Provider)
	case *ShelterPlaced:
		agencies = append(agencies, e.Provider)
	case *CaseAssigned:
		accounts = append(accounts, e.Assignee)
	case *ExclusionSet:
		agencies = append(agencies, e.Responsible)
	case *TeamConvened:
		for _, m := range e.Members {
			agencies, accounts = append(agencies, m.Agency), append(accounts, m.User)
		}
	case *GlassBroken:
		agencies = append(agencies, e.Reviewer)
	}
	return slices.ContainsFunc(agencies, s.ExcludesAgency) || slices.ContainsFunc(accounts, s.excludesAccount)
}

// liftsAlone: an exclusion is lifted by two people.
func liftsAlone(s State, _ Request, e Event) bool {
	lifted, ok := e.(*ExclusionLifted)
	return ok && !slices.ContainsFunc(s.Exclusions, func(x Exclusion) bool {
		return x.ID == lifted.Exclusion && x.Lift != nil && x.Lift.By != lifted.User
	})
}

// approvesOwnGlass: what is sealed is opened by two people.
func approvesOwnGlass(s State, _ Request, e Event) bool {
	approved, ok := e.(*GlassApproved)
	return ok && slices.ContainsFunc(s.Glass, func(g Glass) bool { return g.ID == approved.Glass && g.User == approved.User })
}

// reviewsOwnLine: a broken glass is looked at by somebody who had no part in it, from another agency.
func reviewsOwnLine(s State, _ Request, e Event) bool {
	reviewed, ok := e.(*GlassReviewed)
	return ok && slices.ContainsFunc(s.Glass, func(g Glass) bool {
		return g.ID == reviewed.Glass && (g.User == reviewed.User || g.Agency == reviewed.Agency || g.ApprovedBy == reviewed.User)
	})
}

// erasesAlone: two people agree to an erasure, of different roles or agencies.
func erasesAlone(s State, _ Request, e Event) bool {
	approved, ok := e.(*ErasureApproved)
	if !ok || s.Erasure == nil {
		return ok
	}
	others := s.Erasure.people()
	return approved.By.Role == "" || approved.Final && len(others) == 0 || slices.ContainsFunc(others, func(a Actor) bool {
		return a.User == approved.By.User || a.Role == approved.By.Role && a.Agency == approved.By.Agency
	})
}

// erasesHeld: nothing is erased that a proceeding needs.
func erasesHeld(s State, _ Request, e Event) bool {
	switch e := e.(type) {
	case *ErasureApproved:
		return s.LegalHold != nil
	case *KeysDestroyed:
		return s.LegalHold != nil && !e.Ledger
	case *ErasureRequested:
		return s.LegalHold != nil && e.By.Role == ""
	}
	return false
}

// destroysUnapproved: keys are destroyed when two people have agreed, unless nobody real is behind them or they are gone already.
func destroysUnapproved(s State, _ Request, e Event) bool {
	destroyed, ok := e.(*KeysDestroyed)
	return ok && !destroyed.Synthetic && !destroyed.Ledger && (s.Erasure == nil || !s.Erasure.Approved || s.Erasure.ID != destroyed.Erasure)
}

// setsSourcelessDeadline: a time limit without a source is nobody's limit.
func setsSourcelessDeadline(_ State, _ Request, e Event) bool {
	due, source := deadlineOf(e)
	return due && source == ""
}

func deadlineOf(e Event) (due bool, source string) {
	switch e := e.(type) {
	case *ScreeningRecorded:
		return e.DueAt != nil, e.Source
	case *ScreeningConcluded:
		return e.DueAt != nil, e.Source
	case *ReferralSent:
		return e.DueAt != nil, e.Source
	case *HandOverRequested:
		return e.DueAt != nil, e.Source
	case *ConsentWithdrawn:
		return e.DueAt != nil, e.Source
	case *ExclusionLifted:
		return e.DueAt != nil, e.Source
	case *PeriodStarted:
		return e.EndsAt != nil, e.Source
	case *ReassessmentRequested:
		return e.DueAt != nil, e.Source
	case *PlanAgreed:
		return e.DueAt != nil, e.Source
	case *ServiceRequested:
		return e.DueAt != nil, e.Source
	case *RiskAssessed:
		return e.DueAt != nil, e.Source
	case *ReturnCompleted:
		return e.DueAt != nil, e.Source
	case *FollowedUp:
		return e.DueAt != nil, e.Source
	case *GlassBroken:
		return true, e.Source
	}
	return false, ""
}
