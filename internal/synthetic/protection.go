package synthetic

import (
	"time"

	"songtor/domain"
	"songtor/internal/access"
	"songtor/internal/app"
	"songtor/internal/identity"
)

// protect is the course of an identified victim: a plan, services, claims, a return for some, and the end of the case.
func (w *walk) protect() {
	w.days(1, 5)
	w.rest(domain.TaskPlan)
	review := w.plan()
	if w.rests != "" {
		w.restInProtection()
	}
	if !w.placed && w.placeable() && w.often(70) {
		w.place(true)
	}
	w.assessRisk()
	w.toShelter()
	for range 3 {
		if w.often(80) {
			w.serve()
		}
	}
	w.note(40)
	w.claim()
	w.secondThoughts(4)
	w.renew(review)
	w.goHome()
	w.close()
}

// restInProtection leaves the case waiting for another provider, for the risk to be looked at again, or for the next call after a return.
func (w *walk) restInProtection() {
	soon := w.now.Add(time.Duration(10+w.random.IntN(90)) * time.Hour)
	switch w.rests {
	case domain.TaskServiceAnew:
		o := pick(w.random, offers)
		id := w.do(w.clerk, access.RequestService, domain.RequestService{Code: "basic", Provider: o.providers[0]})
		w.do(w.providerOf(o.providers[0]), access.DeclineService, domain.DeclineService{Service: id, Reason: "no_capacity"})
	case domain.TaskRisk:
		w.do(w.clerk, access.AssessRisk, domain.AssessRisk{Safety: w.safety(), ReviewAt: &soon})
	case domain.TaskFollowUp:
		w.arrive()
		w.do(w.clerk, access.FollowUp, domain.FollowUp{How: "Synthetic account: stays with relatives.", Next: &soon})
	}
	w.ended = true
}

// plan is what is agreed with the person. It returns when it is to be reviewed, zero where no day was set.
func (w *walk) plan() (review time.Time) {
	agreed := domain.AgreePlan{Plan: domain.Plan{
		Goals: "Synthetic goals: a safe place and work.", Actions: "Synthetic actions: shelter, training, a claim.", Wishes: "Synthetic wishes: to send money home.",
	}}
	if w.chance(40) {
		review = w.at.Add(time.Duration(50+w.random.IntN(50)) * day)
		agreed.ReviewAt = &review
	}
	w.do(w.clerk, access.AgreePlan, agreed)
	return review
}

// renew reviews the plan in time, but for a few that are late.
func (w *walk) renew(review time.Time) {
	if review.IsZero() {
		return
	}
	late := -time.Duration(1+w.random.IntN(6)) * day
	if w.chance(6) {
		late = 8 * day
	}
	w.until(review.Add(late))
	w.do(w.clerk, access.AgreePlan, domain.AgreePlan{Plan: domain.Plan{
		Goals: "Synthetic goals: a place to live.", Actions: "Synthetic actions: work permit, savings.", Wishes: "Synthetic wishes: to see the family.",
	}})
}

// placeable tells the people whom the shelters of this caseload take.
func (w *walk) placeable() bool { return w.entry == 0 || w.victim }

// place gives the person shelter at an address that does not exist.
func (w *walk) place(longTerm bool) {
	w.after(1, 10)
	provider := w.providerOf(w.home())
	w.do(w.clerk, access.PlaceInShelter, domain.PlaceInShelter{
		Provider: provider.Agency, Location: "Synthetic house " + digits(w.random, 2) + ", No Such Lane, room " + digits(w.random, 1), LongTerm: longTerm,
	})
	w.placed = w.goesOn()
	w.hears(provider)
}

// home is the shelter for the person.
func (w *walk) home() string {
	switch {
	case !w.adult() && w.province == "TH-63":
		return "home-children-tak"
	case w.female || !w.adult():
		return w.shelter.Agency
	case w.province == "TH-90" || w.province == "TH-83":
		return "shelter-men-south"
	}
	return "shelter-men-central"
}

func (w *walk) assessRisk() {
	if !w.often(60) || !w.days(1, 3) {
		return
	}
	risk := domain.AssessRisk{Safety: w.safety()}
	if !w.chance(35) {
		w.do(w.clerk, access.AssessRisk, risk)
		return
	}
	again := w.at.Add(21 * day)
	risk.ReviewAt = &again
	w.do(w.clerk, access.AssessRisk, risk)
	w.until(again.Add(-time.Duration(1+w.random.IntN(3)) * day))
	w.do(w.clerk, access.AssessRisk, domain.AssessRisk{Safety: w.safety()})
}

// toShelter refers the person to a shelter for a part of the help, with a part of the data.
func (w *walk) toShelter() {
	if !w.shared || !w.often(60) || !w.days(1, 4) {
		return
	}
	to := w.providerOf(w.home())
	id := uuidFrom(w.random)
	w.call(w.clerk, app.Call{Action: access.Refer, ID: id, Command: domain.Refer{
		Referral: id, To: to.Agency, Services: []string{"shelter_long", "psychosocial"},
		Data: []domain.DataClass{domain.DataIdentity, domain.DataHealth}, Note: "Synthetic note: needs a quiet room.",
	}})
	w.after(6, 80)
	if w.chance(12) {
		w.do(to, access.Decline, domain.DeclineReferral{Referral: id, Reason: "no_capacity"})
		return
	}
	w.do(to, access.Accept, domain.AcceptReferral{Referral: id})
	w.hears(to)
	if w.chance(45) && w.days(6, 40) {
		w.do(to, access.Complete, domain.CompleteReferral{Referral: id, Outcome: "Synthetic outcome: the person has moved in."})
	}
}

// offer is a service and those who give it.
type offer struct {
	code      string
	providers []string // the second is asked where the first declines
}

var offers = []offer{
	{"psychosocial", []string{"shelter-women-central", "ngo-sapan-jai"}},
	{"medical", []string{"hospital-mae-sot", "health-samut-sakhon"}},
	{"legal_rep", []string{"ngo-yuttitham", "justice-tak"}},
	{"training", []string{"shelter-women-central", "ngo-ban-rom-yen"}},
	{"work_permit", []string{"labour-ranong", "dlpw"}},
	{"family_tracing", []string{"ngo-fang-talay", "ngo-rim-nam"}},
	{"shelter_temp", []string{"shelter-women-central", "ngo-rim-nam"}},
	{"interpretation", []string{"ngo-sapan-jai", "ngo-rim-nam"}},
	{"education", []string{"shelter-north", "ngo-ban-rom-yen"}},
}

// serve asks for a service. A provider who declines is replaced by another in most cases.
func (w *walk) serve() {
	if !w.helped || !w.days(1, 9) {
		return
	}
	o := pick(w.random, offers)
	first := w.providerOf(o.providers[0])
	id := w.ask(o.code, first, "")
	if w.chance(6) && w.after(2, 20) {
		w.do(w.clerk, access.RefuseService, domain.RefuseService{Service: id, Reason: "Synthetic reason: does not want it now."})
		return
	}
	if !w.chance(12) {
		w.given(id, first)
		return
	}
	w.after(6, 80)
	w.do(first, access.DeclineService, domain.DeclineService{Service: id, Reason: pick(w.random, []domain.DeclineReason{"no_capacity", "no_interpreter", "accommodation_missing"})})
	if w.chance(70) && w.days(1, 6) {
		second := w.providerOf(o.providers[1])
		w.given(w.ask(o.code, second, id), second)
	}
}

func (w *walk) ask(code string, provider identity.Principal, replaces string) string {
	return w.do(w.clerk, access.RequestService, domain.RequestService{Code: code, Provider: provider.Agency, Replaces: replaces})
}

// given is a service that the provider takes on and, for most, has given some days later.
func (w *walk) given(id string, provider identity.Principal) {
	w.after(6, 100)
	w.do(provider, access.AcceptService, domain.AcceptService{Service: id})
	w.hears(provider)
	if w.chance(60) && w.days(3, 25) {
		w.deliver(openService{id, provider})
		return
	}
	w.open = append(w.open, openService{id, provider})
}

func (w *walk) deliver(s openService) {
	w.do(s.by, access.DeliverService, domain.DeliverService{Service: s.id, Outcome: "Synthetic outcome."})
}

// claim asks for money. Who sets the amounts is not who approves them.
func (w *walk) claim() {
	if !w.often(70) || !w.days(2, 20) {
		return
	}
	kind := pick(w.random, []domain.ClaimKind{domain.FromFund, domain.FromFund, domain.FromFund, domain.WithheldWages, domain.ByProsecutor, domain.Restitution})
	items := []domain.ClaimItem{{Code: pick(w.random, []string{"living_costs", "medical", "lost_earnings", "return_home"}), Amount: int64(1+w.random.IntN(60)) * 50_000}}
	id := w.do(w.clerk, access.FileClaim, domain.FileClaim{Kind: kind, ClaimDetails: domain.ClaimDetails{Items: items}})
	advance := func(by identity.Principal, step domain.ClaimStep, details domain.ClaimDetails) {
		if w.chance(88) && w.days(4, 25) {
			w.do(by, access.AdvanceClaim, domain.AdvanceClaim{Claim: id, Step: step, ClaimDetails: details})
			return
		}
		id = ""
	}
	steps := []domain.ClaimStep{domain.ClaimSubmitted}
	if kind == domain.FromFund {
		steps = []domain.ClaimStep{domain.StatusChecked, domain.AmountsSet}
	}
	for _, step := range steps {
		if id != "" {
			advance(w.clerk, step, domain.ClaimDetails{Items: items})
		}
	}
	switch {
	case id == "":
	case w.chance(14):
		advance(w.superior, domain.ClaimRejected, domain.ClaimDetails{Note: "Synthetic reason: no proof of the costs."})
	default:
		if advance(w.superior, domain.ClaimApproved, domain.ClaimDetails{Items: items}); id != "" {
			advance(w.superior, domain.ClaimPaid, domain.ClaimDetails{Items: items})
		}
	}
}

// goHome is a return at the person's wish, and how they are afterwards.
func (w *walk) goHome() {
	if w.nationality == "XXA" || !w.chance(map[bool]int{true: 20, false: 45}[w.nationality == "THA"]) || !w.days(10, 60) {
		return
	}
	w.leave(domain.WentHome)
	w.arrive()
	if w.chance(65) && w.days(14, 35) {
		next := w.at.Add(30 * day)
		w.do(w.clerk, access.FollowUp, domain.FollowUp{How: "Synthetic account: works at a market.", Next: &next})
		w.until(next.Add(-time.Duration(w.random.IntN(4)) * day))
		w.do(w.clerk, access.FollowUp, domain.FollowUp{How: "Synthetic account: is well."})
	}
	w.returned = true
}

// arrive is a return from its arrangement to the arrival.
func (w *walk) arrive() {
	w.do(w.clerk, access.ArrangeReturn, domain.ArrangeReturn{Own: true, Return: domain.Return{
		Country: w.nationality, Place: "Synthetic place", ReceivedBy: "Synthetic relative", Assessment: "Synthetic assessment: the family waits, the recruiter is gone.",
	}})
	w.days(4, 25)
	w.do(w.clerk, access.CompleteReturn, domain.CompleteReturn{Note: "Synthetic note: arrived."})
}

func (w *walk) leave(reason domain.LeaveReason) {
	if w.placed {
		w.do(w.clerk, access.LeaveShelter, domain.LeaveShelter{Reason: reason})
		w.placed = false
	}
}

// close ends the case; a few are taken up again.
func (w *walk) close() {
	if !w.days(20, 180) || w.chance(12) {
		return
	}
	reason := domain.SupportComplete
	switch {
	case w.returned:
		reason = domain.Returned
	case w.chance(15):
		reason = pick(w.random, []domain.CloseReason{domain.PersonLeft, domain.TransferredOut, domain.OtherReason})
	}
	if reason == domain.SupportComplete {
		for _, s := range w.open {
			w.deliver(s)
		}
	}
	w.leave(pick(w.random, []domain.LeaveReason{domain.OwnWish, domain.Reintegrated, domain.MovedOn}))
	w.do(w.clerk, access.Close, domain.CloseCase{Reason: reason})
	if w.chance(20) && w.days(10, 60) {
		w.do(w.clerk, access.Reopen, domain.ReopenCase{Reason: pick(w.random, domain.ReopenReasons()), Note: "Synthetic note: the person called."})
	}
}
