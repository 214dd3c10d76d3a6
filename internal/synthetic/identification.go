package synthetic

import (
	"time"

	"songtor/domain"
	"songtor/internal/access"
	"songtor/internal/app"
	"songtor/internal/identity"
)

const day = 24 * time.Hour

// screen concludes the screening and reports whether the person is presumed to be a victim.
func (w *walk) screen() bool {
	w.days(1, 7)
	if w.waits {
		w.until(w.now.Add(w.dueIn - limitOfDecision))
	}
	if !w.waits && w.chance(5) {
		w.conclude(domain.GroundsUnclear)
		if w.days(2, 9); w.chance(40) {
			w.correct(w.officer, domain.NewInformation, 0, map[string]any{"c_threats": answered("yes")})
		}
	}
	found := domain.GroundsNo
	if w.victim {
		found = domain.GroundsYes
	}
	before := w.conclude(found)
	if w.victim && w.chance(3) {
		w.disagree(before)
	}
	if !w.victim {
		return w.reconsidered(6) && w.conclude(domain.GroundsYes) != 0
	}
	return w.goesOn()
}

// conclude decides on reasonable grounds and returns the position of the decision, 0 where there was no time for it.
func (w *walk) conclude(g domain.Grounds) uint64 {
	if !w.goesOn() {
		return 0
	}
	found := map[domain.Grounds]domain.Assessment{
		domain.GroundsYes: domain.Present, domain.GroundsNo: domain.Absent, domain.GroundsUnclear: domain.NotClear,
	}[g]
	receipt, err := w.service.execute(w.clerk, w.caseID, app.Call{
		Action: access.ConcludeScreening, ID: uuidFrom(w.random), HappenedAt: w.at, RecordedAt: w.at,
		Command: domain.ConcludeScreening{Grounds: g, Reasons: domain.Reasons{
			Elements: map[domain.Element]domain.Assessment{domain.Act: found, domain.Exploiting: found}, Narrative: "Synthetic reasons.",
		}},
	})
	w.done(string(access.ConcludeScreening), receipt, err)
	w.concluded = w.at
	return receipt.Position
}

// disagree is another conclusion, written without knowing of the first.
func (w *walk) disagree(first uint64) {
	disputed := w.call(w.superior, app.Call{
		Action: access.ConcludeScreening, BasedOn: first - 1,
		Command: domain.ConcludeScreening{Grounds: domain.GroundsNo, Reasons: domain.Reasons{Narrative: "Synthetic reasons, written on a journey."}},
	})
	if w.chance(60) && w.after(4, 20) {
		w.do(w.clerk, access.SettleDisagreement, domain.SettleDisagreement{
			Disagreement: disputed, Keep: domain.KeepStanding, Reason: "Synthetic reason: both have read the form again.",
		})
	}
}

// reconsidered reports whether somebody asks for a decision to be made anew, and it is time to make it.
func (w *walk) reconsidered(percent int) bool {
	if !w.chance(percent) || !w.days(3, 30) {
		return false
	}
	w.do(w.clerk, access.RequestReassessment, domain.RequestReassessment{
		Reason: pick(w.random, domain.ReassessReasons()[:4]), Note: "Synthetic note: a witness was found.",
	})
	return w.days(4, 13)
}

// identify is the course from the presumption to the decision, and what follows from it.
func (w *walk) identify() {
	if w.waits {
		w.toDecide()
		return
	}
	if w.placeable() && w.often(30) {
		w.place(false)
	}
	if w.held && w.chance(30) {
		w.liftHold()
	}
	if w.often(80) {
		w.reflect()
	}
	w.prepareTeam()
	if w.chance(5) {
		w.decide(domain.CannotTell)
		w.days(1, 4)
	}
	outcome := w.outcome()
	w.decide(outcome)
	switch {
	case outcome == domain.NotAVictim && w.reconsidered(18):
		outcome = domain.VictimOfTrafficking
		w.decide(outcome)
	case outcome != domain.NotAVictim && w.reconsidered(4):
		outcome = pick(w.random, []domain.Outcome{domain.NotAVictim, outcome})
		w.decide(outcome)
	}
	if outcome != domain.NotAVictim {
		w.protect()
	}
}

// toDecide leaves the decision to whoever looks at the demonstration: with a reflection period that runs or is paused, a team that has
// been called together, or none of these.
func (w *walk) toDecide() {
	switch w.random.IntN(4) {
	case 0:
		w.do(w.clerk, access.StartPeriod, domain.StartPeriod{Period: domain.Reflection})
	case 1:
		w.do(w.clerk, access.StartPeriod, domain.StartPeriod{Period: domain.Reflection})
		w.days(1, 6)
		w.do(w.clerk, access.PausePeriod, domain.PausePeriod{Period: domain.Reflection, Reason: domain.InHospital})
	case 2:
		w.days(2, 9)
		w.convene()
	}
	w.ended = true
}

func (w *walk) outcome() domain.Outcome {
	switch n := w.random.IntN(100); {
	case n < 14:
		return domain.NotAVictim
	case w.labour && n < 42:
		return domain.VictimOfForcedLabour
	case w.labour && n < 58:
		return domain.VictimOfBoth
	}
	return domain.VictimOfTrafficking
}

// reflect is a reflection period: some end it before its time, some are ill for a part of it, some need longer.
func (w *walk) reflect() {
	w.after(0, 4)
	w.do(w.clerk, access.StartPeriod, domain.StartPeriod{Period: domain.Reflection})
	ends := w.at.Add(15 * day)
	if w.chance(18) && w.days(1, 5) {
		began := w.at
		w.do(w.clerk, access.PausePeriod, domain.PausePeriod{Period: domain.Reflection, Reason: pick(w.random, domain.PauseReasons())})
		w.days(1, 6)
		w.do(w.clerk, access.ResumePeriod, domain.ResumePeriod{Period: domain.Reflection})
		ends = ends.Add(w.at.Sub(began))
	}
	if w.chance(14) && w.until(ends.Add(-2*day)) {
		ends = ends.Add(10 * day)
		w.do(w.clerk, access.ExtendPeriod, domain.ExtendPeriod{
			Period: domain.Reflection, Until: ends, Authority: domain.Authority{Name: "Synthetic centre", Reference: "SYN-R/" + digits(w.random, 4)},
		})
	}
	reason := domain.PeriodOver
	if early := w.concluded.Add(time.Duration(4+w.random.IntN(7)) * day); w.chance(60) && early.After(w.at) && early.Before(ends) {
		reason, ends = domain.PersonWishes, early
	}
	w.until(ends)
	w.do(w.clerk, access.EndPeriod, domain.EndPeriod{Period: domain.Reflection, Reason: reason})
}

// prepareTeam convenes the agencies, hears the person and the members, up to the day of the decision: fifteen days after the
// conclusion, for a few later.
func (w *walk) prepareTeam() {
	within := time.Duration(5*24+w.random.IntN(9*24)) * time.Hour
	if w.chance(18) {
		within += 11 * day
	}
	decision := w.concluded.Add(within)
	w.until(decision.Add(-2 * day))
	if !w.adult() && !(w.guarded && w.weighed) {
		w.until(decision.Add(-day))
		w.standBy(w.clerk)
	}
	if w.often(70) {
		w.convene()
	}
	w.until(decision)
}

var partners = []string{"rtp-atpd", "dlpw", "ngo-sapan-jai", "oag-trafficking", "dsi"}

// convene calls together a multidisciplinary team: the ministry's people with the police and others. Not all of one mind.
func (w *walk) convene() {
	agencies := []string{w.team.Agency, partners[0], partners[1+w.random.IntN(len(partners)-1)]}
	members := make([]domain.Member, len(agencies))
	for i, a := range agencies {
		members[i] = domain.Member{Agency: a}
	}
	w.do(w.clerk, access.ConveneTeam, domain.ConveneTeam{Members: members, MeetsAt: new(w.at.Add(36 * time.Hour))})
	if w.chance(60) && w.after(2, 20) {
		w.interview()
	}
	for i, a := range agencies {
		if w.chance(82) || i == 0 {
			w.after(1, 5)
			w.opine(w.memberOf(a), w.chance(12))
		}
	}
}

func (w *walk) interview() {
	var adjustments []string
	if w.chance(10) {
		adjustments = []string{"short_sessions", "companion"}
	}
	w.do(w.team, access.HoldInterview, domain.HoldInterview{Interview: domain.Interview{
		Language: w.language, Interpreter: "Synthetic interpreter", Place: "Synthetic room",
		Notes: "Synthetic notes: the person tells of the journey and of the work.", Adjustments: adjustments,
	}})
}

func (w *walk) opine(member identity.Principal, otherwise bool) {
	o := domain.Opinion{
		Outcome: domain.VictimOfTrafficking, Reasons: "Synthetic finding.",
		Elements: map[domain.Element]domain.Assessment{domain.Act: domain.Present, domain.Exploiting: domain.Present},
	}
	if w.adult() {
		o.Elements[domain.Means] = domain.Present
	}
	if otherwise {
		o.Outcome, o.Reasons = domain.NotAVictim, "Synthetic finding: the person could have left."
		o.Elements[domain.Act] = domain.NotClear
	}
	w.do(member, access.GiveFinding, domain.GiveFinding{Opinion: o})
}

// decide is the team's decision. Who is no victim leaves the shelter before the case ends.
func (w *walk) decide(o domain.Outcome) {
	if o == domain.NotAVictim {
		w.leave(domain.MovedOn)
	}
	w.do(w.team, access.DecideIdentification, domain.DecideIdentification{Finding: domain.Finding{Outcome: o, Grounds: "Synthetic grounds."}})
}

// liftHold is an authority's word that nothing is held against the person any more, so that the hold is not needed.
func (w *walk) liftHold() {
	w.after(2, 20)
	w.do(w.clerk, access.LiftHold, domain.LiftHold{
		Authority: domain.Authority{Name: "Synthetic prosecutor", Reference: "SYN-P/" + digits(w.random, 4)}, Reason: "Synthetic reason.",
	})
}
