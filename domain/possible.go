package domain

import "slices"

// Possible names the commands that the state allows somebody to give, by their addresses in the API. Whether the one who asks may
// give them, and whether what they say is right, is another matter.
func (s State) Possible() []string {
	names := []string{}
	for _, p := range possibilities() {
		if p.when(s) {
			names = append(names, p.command)
		}
	}
	slices.Sort(names)
	return names
}

// possibility is a command and the states that allow it.
type possibility struct {
	command string
	when    func(State) bool
}

func possibilities() []possibility {
	return slices.Concat(possibleAlways(), possibleInWork(), possibleOnReferrals(), possibleInStages(), possibleInProtection(),
		possibleToGuard())
}

func possibleAlways() []possibility {
	followed := func(s State) bool { return s.kept() && s.Standing.Status != ConsentDenied }
	return []possibility{
		{"add-note", followed},
		{"attach-file", followed},
		{"link", followed},
		{"undo-link", func(s State) bool { return followed(s) && len(s.Links) > 0 }},
		{"refuse-duplicate", followed},
		{"reopen", func(s State) bool { return s.Standing.Status == Closed }},
		{"request-reassessment", State.reassessable},
		{"withdraw-consent", func(s State) bool { return followed(s) && slices.ContainsFunc(s.Grants, given) }},
		{"acknowledge-withdrawal", func(s State) bool {
			return s.kept() && slices.ContainsFunc(s.Withdrawn, func(w Withdrawal) bool { return len(w.Waiting) > 0 })
		}},
	}
}

func given(g Grant) bool { return g.Answer == Given }

func (s State) kept() bool { return s.Exists && s.Standing.Status != Erased }

func (s State) inWork() bool { return s.Exists && s.Standing.Status.Open() }

func possibleInWork() []possibility {
	return []possibility{
		{"record-consent", State.inWork},
		{"record-screening", State.inWork},
		{"correct-screening", func(s State) bool { return s.inWork() && len(s.Screenings) > 0 }},
		{"record-needs", State.inWork},
		{"assess-safety", State.inWork},
		{"give-information", State.inWork},
		{"appoint-representative", State.inWork},
		{"assess-interests", State.inWork},
		{"set-hold", func(s State) bool { return s.inWork() && !s.Hold }},
		{"lift-hold", func(s State) bool { return s.inWork() && s.Hold && !s.Periods[Reflection].Running() }},
		{"assign", State.inWork},
		{"settle-disagreement", func(s State) bool {
			return s.kept() && s.Standing.Status != ConsentDenied && slices.ContainsFunc(s.Disputes, func(d Dispute) bool { return !d.Settled })
		}},
		{"close", State.inWork},
	}
}

func possibleOnReferrals() []possibility {
	referral := func(want ReferralStatus) func(State) bool {
		return func(s State) bool {
			return s.inWork() && slices.ContainsFunc(s.Referrals, func(r Referral) bool { return r.Status == want })
		}
	}
	asked := func(s State) bool {
		return s.inWork() && slices.ContainsFunc(s.Requests, func(q HandOverRequest) bool { return q.Status == Pending })
	}
	return []possibility{
		{"refer", func(s State) bool {
			return s.inWork() && len(s.Screenings) > 0 && s.goesSomewhere()
		}},
		{"accept", referral(Pending)},
		{"decline", referral(Pending)},
		{"revoke", referral(Pending)},
		{"complete", referral(Accepted)},
		{"request-hand-over", State.inWork},
		{"grant-hand-over", asked},
		{"refuse-hand-over", asked},
	}
}

func possibleInStages() []possibility {
	identifying := func(s State) bool { return s.inWork() && s.Standing.Stage == Identification }
	running := func(s State) bool {
		return s.inWork() && (s.Periods[Reflection].Running() || s.Periods[Section29].Running())
	}
	period := func(with func(Period) bool) func(State) bool {
		return func(s State) bool {
			return running(s) && slices.ContainsFunc(PeriodNames(), func(n PeriodName) bool {
				return s.Periods[n].Running() && with(s.Periods[n])
			})
		}
	}
	return []possibility{
		{"conclude-screening", func(s State) bool { return s.inWork() && s.Standing.Stage == Screening }},
		{"start-period", func(s State) bool {
			return s.inWork() && (!s.Periods[Section29].Running() || s.presumed() && !s.Periods[Reflection].Running())
		}},
		{"extend-period", period(func(p Period) bool { return !p.Paused() && p.EndsAt != nil })},
		{"pause-period", period(func(p Period) bool { return !p.Paused() })},
		{"resume-period", period(Period.Paused)},
		{"end-period", running},
		{"convene-team", identifying},
		{"hold-interview", identifying},
		{"give-finding", func(s State) bool { return identifying(s) && s.Team != nil }},
		{"decide-identification", identifying},
	}
}

func possibleInProtection() []possibility {
	service := func(want ServiceStatus) func(State) bool {
		return func(s State) bool {
			return s.inWork() && slices.ContainsFunc(s.Services, func(v Service) bool { return v.Status == want })
		}
	}
	presumed := func(s State) bool { return s.inWork() && s.presumed() }
	return []possibility{
		{"agree-plan", presumed},
		{"request-service", State.inWork},
		{"accept-service", service(ServicePending)},
		{"decline-service", service(ServicePending)},
		{"deliver-service", service(ServiceTaken)},
		{"refuse-service", func(s State) bool {
			return s.inWork() && slices.ContainsFunc(s.Services, func(v Service) bool { return v.Status.open() })
		}},
		{"place-in-shelter", func(s State) bool { return s.inWork() && s.Placement == nil }},
		{"leave-shelter", func(s State) bool { return s.inWork() && s.Placement != nil }},
		{"assess-risk", State.inWork},
		{"file-claim", func(s State) bool { return s.inWork() && s.identified() }},
		{"advance-claim", func(s State) bool {
			return s.inWork() && slices.ContainsFunc(s.Claims, func(c Claim) bool { return !c.Step.last() })
		}},
		{"arrange-return", func(s State) bool { return presumed(s) && s.Return != ReturnAgreed }},
		{"complete-return", func(s State) bool { return s.inWork() && s.Return == ReturnAgreed }},
		{"follow-up", presumed},
	}
}

// possibleToGuard are the commands on who may know of the case, and for how long.
func possibleToGuard() []possibility {
	followed := func(s State) bool { return s.kept() && s.Standing.Status != ConsentDenied }
	exclusion := func(asked bool) func(State) bool {
		return func(s State) bool {
			return s.kept() && slices.ContainsFunc(s.Exclusions, func(x Exclusion) bool { return (x.Lift != nil) == asked })
		}
	}
	glass := func(with func(Glass) bool) func(State) bool {
		return func(s State) bool { return s.kept() && slices.ContainsFunc(s.Glass, with) }
	}
	erasing := func(s State) bool { return s.kept() && s.Erasure != nil }
	return []possibility{
		{"exclude", followed},
		{"lift-exclusion", exclusion(false)},
		{"approve-lift-exclusion", exclusion(true)},
		{"break-glass", followed},
		{"approve-break-glass", glass(func(g Glass) bool { return !g.Approve.IsZero() && g.ApprovedBy == "" })},
		{"review-break-glass", glass(func(g Glass) bool { return g.ReviewedBy == "" })},
		{"set-legal-hold", func(s State) bool { return followed(s) && s.LegalHold == nil }},
		{"lift-legal-hold", func(s State) bool { return s.kept() && s.LegalHold != nil }},
		{"request-erasure", func(s State) bool { return s.kept() && s.Erasure == nil }},
		{"approve-erasure", func(s State) bool { return erasing(s) && s.LegalHold == nil }},
		{"refuse-erasure", func(s State) bool { return erasing(s) && s.Standing.Status != ConsentDenied }},
	}
}
