package synthetic

import (
	"slices"
	"time"

	"songtor/domain"
	"songtor/internal/access"
	"songtor/internal/app"
	"songtor/internal/identity"
)

// run is the whole course of a person.
func (w *walk) run() {
	w.at = w.metAt
	w.officer = w.met
	w.holder, w.clerk = w.officer, w.manager
	if w.over {
		w.passThrough()
		return
	}
	if w.meet(); !w.goesOn() || w.refuses {
		return
	}
	w.helped = w.said("b_consent_support")
	w.shared = !w.adult() || w.said("b_consent_referral")
	w.firstDays()
	w.passOn()
	if w.screen() {
		w.identify()
	}
}

// meet is the first contact and the form. Who is on a list is entered first and heard in the days after.
func (w *walk) meet() {
	switch {
	case w.contactOnly:
		w.openCase(w.officer)
		w.ended = true
		return
	case w.entry > 0:
		w.openCase(w.officer)
		w.days(0, 4)
	case w.chance(10) || w.refuses && w.chance(50):
		w.openCase(w.officer, pick(w.random, domain.Needs()))
		w.after(1, 48)
	default:
		w.submitForm(w.officer)
		return
	}
	w.recordForm(w.officer)
}

// firstDays are what the first agency does at once: safety, information, what cannot wait, protection under s.29, who stands by a child.
func (w *walk) firstDays() {
	w.after(0, 3)
	if w.often(45) {
		w.do(w.officer, access.AssessSafety, domain.AssessSafety{Safety: w.safety()})
	}
	if w.often(55) {
		w.do(w.officer, access.GiveInformation, domain.GiveInformation{
			Topics:  []string{"protection_stages", "compensation_legal_aid", "non_punishment"},
			Telling: domain.Telling{Language: w.language, Understood: true},
		})
	}
	if w.often(12) {
		w.do(w.officer, access.RecordNeeds, domain.RecordNeeds{Needs: []domain.Need{pick(w.random, domain.Needs())}})
	}
	if w.victim && w.chance(map[bool]int{true: 35, false: 4}[w.criminal]) {
		w.held = w.do(w.officer, access.SetHold, domain.SetHold{Basis: "Synthetic basis: made to work in online fraud."}) != ""
	}
	if !w.adult() && w.chance(75) {
		w.standBy(w.officer)
	}
	if w.victim && w.entry == 0 && w.chance(9) {
		w.section29()
	}
	w.errors()
}

// often is true in so many of a hundred cases where everything was written down, and in a sixth of that in the others.
func (w *walk) often(percent int) bool {
	if !w.thorough {
		percent /= 6
	}
	return w.chance(percent)
}

func (w *walk) safety() domain.Safety {
	return domain.Safety{
		Danger: weighted(w.random, domain.Dangers(), func(d domain.Danger) int {
			return map[domain.Danger]int{domain.IsSafe: 60, domain.AtRisk: 32, domain.InDanger: 8}[d]
		}),
		From: []string{"employer"}, Measures: "Synthetic measures: stays at a place that others do not know.",
	}
}

// standBy gives a child somebody who stands by them, and weighs what is best for the child.
func (w *walk) standBy(by identity.Principal) {
	kind := pick(w.random, domain.RepresentativeKinds()[:2])
	name := map[domain.RepresentativeKind]string{domain.ParentOrGuardian: "Synthetic guardian", domain.AppointedByState: "Synthetic officer"}[kind]
	if !w.guarded {
		w.do(by, access.AppointRepresentative, domain.AppointRepresentative{Kind: kind, Representative: domain.Representative{Name: name}})
		w.guarded = true
	}
	if w.after(2, 30); w.weighed || !w.goesOn() {
		return
	}
	w.do(by, access.AssessInterests, domain.AssessInterests{Interests: domain.Interests{
		Summary: "Synthetic assessment: a safe place near the family comes first.", Views: "Synthetic views: wants to go to school.",
	}})
	w.weighed = true
}

// section29 is temporary protection: 24 hours, for some extended with a court's permission.
func (w *walk) section29() {
	began := w.at
	order := domain.Authority{Name: "Synthetic authority", Reference: "SYN-29/" + digits(w.random, 4)}
	w.do(w.officer, access.StartPeriod, domain.StartPeriod{Period: domain.Section29, Authority: &order})
	ends := began.Add(24 * time.Hour)
	if w.chance(50) && w.until(began.Add(20*time.Hour)) {
		ends = ends.Add(time.Duration(1+w.random.IntN(6)) * 24 * time.Hour)
		w.do(w.clerk, access.ExtendPeriod, domain.ExtendPeriod{Period: domain.Section29, Until: ends, Authority: order})
	}
	w.until(ends)
	w.do(w.clerk, access.EndPeriod, domain.EndPeriod{Period: domain.Section29, Reason: domain.PeriodOver})
}

// errors are forms that are corrected: by one person, or by two who did not know of each other and disagree.
func (w *walk) errors() {
	injury := func(answer string) map[string]any { return map[string]any{"c_injury": answered(answer)} }
	switch n := w.random.IntN(100); {
	case n < 3:
		w.after(1, 8)
		w.correct(w.officer, pick(w.random, []domain.CorrectionReason{domain.WrongEntry, domain.PersonCorrected, domain.Interpretation}), 0, injury("yes"))
	case n < 6:
		w.after(1, 8)
		w.correct(w.officer, domain.PersonCorrected, w.read, injury("yes"))
		disputed := w.correct(w.officer, domain.NewInformation, w.read, injury("no"))
		if w.chance(60) && w.after(5, 60) {
			w.settle(disputed)
		}
	}
}

func (w *walk) settle(disagreement string) {
	w.do(w.clerk, access.SettleDisagreement, domain.SettleDisagreement{
		Disagreement: disagreement, Keep: pick(w.random, []domain.Kept{domain.KeepStanding, domain.KeepOther}), Reason: "Synthetic reason: the person was asked again.",
	})
}

// passOn brings the case to a ministry's office, where the person agrees to that.
func (w *walk) passOn() {
	if !w.victim && (w.entry > 0 || w.chance(80)) {
		return // the office comes to them
	}
	if !w.shared && !w.agreesTo(ministry) {
		return
	}
	to := weighted(w.random, offices, func(o office) int { return o.weight }).agency
	if !w.shared {
		to = ministry
	}
	w.clerk = w.managerOf(to)
	if w.rests == domain.TaskHandOver || w.rests == "" && w.chance(12) {
		w.askedFor()
		return
	}
	w.referred(to)
}

// office takes cases on, and how often.
type office struct {
	agency string
	weight int
}

var offices = []office{{ministry, 76}, {"sdhs-bangkok", 9}, {"sdhs-tak", 9}, {"sdhs-chiang-mai", 6}}

// agreesTo asks an adult who refused referral again, for one recipient and no more than it needs. Some agree.
func (w *walk) agreesTo(agency string) bool {
	if !w.chance(40) || !w.after(12, 72) {
		return false
	}
	w.do(w.officer, access.RecordConsent, domain.RecordConsent{Answer: domain.Answer{
		Purpose: domain.ToReferral, Agreed: true, Recipient: agency, Data: []domain.DataClass{domain.DataIdentity, domain.DataAnswers, domain.DataDecisions},
		Until: new(w.at.AddDate(1, 0, 0)), Details: domain.ConsentDetails{Language: w.language},
	}})
	return w.goesOn()
}

// askedFor is a case that the office asks for by itself.
func (w *walk) askedFor() {
	w.after(2, 24)
	request := w.do(w.clerk, access.RequestHandOver, domain.RequestHandOver{Reason: "Synthetic reason: the office knows the family."})
	w.rest(domain.TaskHandOver)
	w.after(2, 70)
	if w.chance(35) {
		w.do(w.officer, access.RefuseHandOver, domain.RefuseHandOver{Request: request, Reason: "other"})
		w.clerk = w.manager // the division that supervises the mechanism works on what no office has
		return
	}
	w.do(w.officer, access.GrantHandOver, domain.GrantHandOver{Request: request})
	w.taken()
}

// referred is a case that the first agency sends. Some referrals are declined or taken back, and the next is accepted.
func (w *walk) referred(to string) {
	w.after(1, 20)
	switch n := w.random.IntN(100); {
	case w.rests == domain.TaskReferAnew, n < 8 && w.shared:
		const first = "centre-don-mueang"
		id := w.refer(first)
		w.after(3, 40)
		w.do(w.managerOf(first), access.Decline, domain.DeclineReferral{Referral: id, Reason: pick(w.random, []domain.DeclineReason{"no_capacity", "outside_area"})})
		w.rest(domain.TaskReferAnew)
		w.after(4, 24)
	case n < 14:
		id := w.refer(to)
		w.after(3, 40)
		w.do(w.officer, access.Revoke, domain.RevokeReferral{Referral: id, Reason: pick(w.random, domain.RevokeReasons())})
		w.after(4, 24)
	}
	id := w.refer(to)
	w.after(2, 40)
	w.do(w.clerk, access.Accept, domain.AcceptReferral{Referral: id})
	w.taken()
}

// rest ends the course where it rests today.
func (w *walk) rest(at domain.TaskKind) {
	if w.rests == at {
		w.ended = true
	}
}

func (w *walk) refer(to string) string {
	id := uuidFrom(w.random)
	return w.call(w.officer, app.Call{Action: access.Refer, ID: id, Command: domain.Refer{
		Referral: id, To: to, Services: []string{"shelter_temp", "legal_info"}, HandOver: true,
	}})
}

// taken is the moment at which the office has the case: most are given to somebody, some wait to be taken.
func (w *walk) taken() {
	if !w.goesOn() {
		return
	}
	w.holder = w.clerk
	w.hears(w.clerk)
	if w.clerk.Agency == ministry && w.chance(35) {
		w.clerk = w.colleague
	}
	if w.chance(70) && w.after(0, 6) {
		w.do(w.clerk, access.Assign, domain.Assign{Assignee: app.Me})
	}
	w.note(40)
	w.secondThoughts(5)
}

// note writes something down for everybody who works on the case, or for the own agency.
func (w *walk) note(percent int) {
	if w.often(percent) {
		w.do(w.clerk, access.AddNote, domain.AddNote{Audience: pick(w.random, domain.Audiences()), Text: "Synthetic note: called, will call again on Monday."})
	}
}

// secondThoughts are consents that a person takes back. Every agency that holds data is asked to say that it knows.
func (w *walk) secondThoughts(percent int) {
	agreed := w.agreed()
	if w.tookBack != "" || len(agreed) == 0 || !w.chance(percent) || !w.after(5, 60) {
		return
	}
	w.tookBack = pick(w.random, agreed)
	id := w.do(w.officer, access.WithdrawConsent, domain.WithdrawConsent{
		Purpose: w.tookBack, Details: domain.ConsentDetails{Language: w.language, Reason: "fear_of_exploiters"},
	})
	w.shared = w.shared && w.tookBack != domain.ToReferral
	w.helped = w.helped && w.tookBack != domain.ToSupport
	for _, p := range w.told {
		if w.chance(60) && w.after(1, 30) {
			w.do(p, access.AcknowledgeWithdrawal, domain.AcknowledgeWithdrawal{Withdrawal: id})
		}
	}
}

// agreed lists what the person said yes to beside the screening; cooperation and sharing twice, because they are taken back more often.
func (w *walk) agreed() []domain.Purpose {
	all := []domain.Purpose{domain.ToReferral, domain.ToSupport, domain.ToCooperation, domain.ToCooperation, domain.ToSharing, domain.ToSharing}
	return slices.DeleteFunc(all, func(p domain.Purpose) bool { return !w.said("b_consent_" + string(p)) })
}
