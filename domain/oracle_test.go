package domain_test

import (
	"errors"
	"reflect"
	"slices"
	"time"

	"songtor/domain"
)

// oracle says which rules a step breaks. It remembers what the facts said and knows nothing of how the domain keeps its rules: the
// names of the rules are all that they share.
type oracle struct {
	world   world
	exists  bool
	stopped bool // by an adult's refusal
	erased  bool
	branch  domain.AgeBranch // empty before the first form

	grants    map[domain.Purpose]map[string]domain.Grant
	holders   []string                      // agencies that have been given data
	asked     map[string]string             // referral or service that waits for an answer -> agency
	open      map[string][]domain.DataClass // what went along to an agency and was not taken back
	unaware   map[string][]string
	disputes  map[string]bool
	decisions []domain.Decision
	amounts   map[string]string // claim -> who set its amounts

	guarded guarded

	guardian, interests, reflection bool
	latest                          time.Time
	broken                          []string
}

func newOracle(w world) *oracle {
	return &oracle{
		world: w, grants: map[domain.Purpose]map[string]domain.Grant{}, asked: map[string]string{}, unaware: map[string][]string{},
		open:     map[string][]domain.DataClass{},
		disputes: map[string]bool{}, amounts: map[string]string{}, guarded: newGuarded(),
	}
}

func (o *oracle) must(ok bool, rule string) {
	if !ok {
		o.broken = append(o.broken, rule)
	}
}

// watch returns the rules that a step breaks.
func (o *oracle) watch(st step) []string {
	o.broken = nil
	o.answersWell(st)
	o.servicesAreFree(st)
	o.doubtIsSeen(st)
	o.otherFactsStand(st)
	o.refusalIsAnonymous(st)
	for _, f := range st.facts {
		o.mayHappen(st, f)
		o.mayGuard(st, f)
		o.remember(f)
		o.rememberGuards(f)
	}
	if st.err == nil {
		o.accusedSeesNothing(st.after)
		o.clockTakesNothing(st)
		o.nothingIsLost(st.after)
	}
	o.latest = latest(o.latest, st.request.HappenedAt)
	return o.broken
}

func latest(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// answersWell: what was done was possible, and what was refused is refused for the reason that is so.
func (o *oracle) answersWell(st step) {
	if st.err == nil {
		stale := st.request.Seen != nil && slices.ContainsFunc(st.facts, isDisagreement)
		o.must(st.name == "" || stale || slices.Contains(st.before.Possible(), st.name), "possible.incomplete")
		return
	}
	var refusal *domain.Error
	ok := errors.As(st.err, &refusal)
	o.must(ok && refusal.Rule != "" && refusal.Kind >= domain.Refused && refusal.Kind <= domain.Missing, "error.unnamed")
	if refer, isRefer := plainCommand(st).(domain.Refer); ok && isRefer && refusal.Rule == "referral.no_consent" {
		o.must(o.grant(domain.ToReferral, refer.To).Answer != domain.Withdrawn, "referral.consent_withdrawn")
	}
}

func plainCommand(st step) domain.Command {
	if t, ok := st.request.Command.(domain.Tampered); ok {
		return t.Command
	}
	return st.request.Command
}

func isDisagreement(f domain.Fact) bool {
	_, ok := f.Event.(*domain.DisagreementNoted)
	return ok
}

// servicesAreFree: help depends neither on cooperation with a prosecution nor, where it is urgent, on any decision.
func (o *oracle) servicesAreFree(st step) {
	switch c := plainCommand(st).(type) {
	case domain.RequestService:
		misconfigured := st.request.Limits.Times[domain.LimitService].Source == "" && st.request.Limits.Times[domain.LimitService].Duration > 0
		plain := len(c.Data) == 0 && c.Replaces == "" && !misconfigured && !o.guarded.accused(st.request.By, c.Provider)
		o.must(st.err == nil || !c.Urgent || !plain || !st.before.Exists || !st.before.Standing.Status.Open(), "service.urgent_waits")
	case domain.AcceptService, domain.DeliverService, domain.PlaceInShelter, domain.AgreePlan, domain.FileClaim, domain.AdvanceClaim,
		domain.ArrangeReturn, domain.FollowUp, domain.RecordNeeds, domain.AssessSafety, domain.Refer:
	default:
		return
	}
	for _, e := range []domain.Event{
		&domain.ConsentGiven{Purpose: domain.ToCooperation}, &domain.ConsentRefused{Purpose: domain.ToCooperation},
	} {
		other := domain.Evolve(st.before, domain.Fact{HappenedAt: st.request.HappenedAt, Event: e})
		facts, err := o.world.decide(other, st.request)
		o.must((err == nil) == (st.err == nil) && slices.Equal(types(facts), types(st.facts)), "service.tied_to_cooperation")
	}
}

func types(facts []domain.Fact) []string {
	var names []string
	for _, f := range facts {
		names = append(names, f.Event.EventType())
	}
	return names
}

// doubtIsSeen: two answers to one question, given independently, become a disagreement, and a consent in doubt is none.
func (o *oracle) doubtIsSeen(st step) {
	if st.err != nil || st.request.Seen == nil {
		return
	}
	noted := slices.ContainsFunc(st.facts, isDisagreement)
	switch c := plainCommand(st).(type) {
	case domain.ConcludeScreening:
		o.must(noted == o.decidedSince(st, domain.OnConclusion, string(c.Grounds)), "disagreement.unseen")
	case domain.DecideIdentification:
		o.must(noted == o.decidedSince(st, domain.OnIdentification, string(result(c.Outcome))), "disagreement.unseen")
	case domain.RecordConsent:
		before, now := grantIn(st.request.Seen.Grants, c.Purpose, c.Recipient), o.grant(c.Purpose, c.Recipient)
		if before.Answer != now.Answer && (now.Answer == domain.Given) != c.Agreed {
			o.must(noted && grantIn(st.after.Grants, c.Purpose, c.Recipient).Answer != domain.Given, "disagreement.unseen")
		}
		if before.Answer != domain.Given && now.Answer == domain.Given && now.Recipient == c.Recipient && c.Agreed {
			same := slices.Equal(now.Data, c.Data) && (now.Until == nil) == (c.Until == nil) && (now.Until == nil || now.Until.Equal(*c.Until))
			o.must(noted != same, "disagreement.unseen")
		}
	}
}

// otherFactsStand: what answers no question that somebody else may have answered stands, whatever its author had seen.
func (o *oracle) otherFactsStand(st step) {
	if st.request.Seen == nil {
		return
	}
	switch plainCommand(st).(type) {
	case domain.RecordConsent, domain.RecordScreening, domain.ConcludeScreening, domain.DecideIdentification, domain.Assign:
		return
	}
	knowing := st.request
	knowing.Seen = nil
	facts, err := o.world.decide(st.before, knowing)
	o.must((err == nil) == (st.err == nil) && slices.Equal(types(facts), types(st.facts)), "offline.fact_lost")
}

func (o *oracle) decidedSince(st step, on domain.Subject, result string) bool {
	seen := 0
	for _, d := range st.request.Seen.Decisions {
		if d.On == on {
			seen++
		}
	}
	var now []string
	for _, d := range o.decisions {
		if d.On == on {
			now = append(now, d.Result)
		}
	}
	return len(now) > seen && now[len(now)-1] != result
}

func result(outcome domain.Outcome) domain.Status {
	switch outcome {
	case domain.NotAVictim:
		return domain.NotIdentified
	case domain.CannotTell:
		return domain.Undetermined
	}
	return domain.InProtection
}

// refusalIsAnonymous: the commit of an adult's refusal says nothing of who it was, not even sealed.
func (o *oracle) refusalIsAnonymous(st step) {
	if !slices.ContainsFunc(st.facts, stops) {
		return
	}
	o.must(slices.ContainsFunc(st.facts, func(f domain.Fact) bool { _, ok := f.Event.(*domain.NoticeLeft); return ok }), "consent.no_notice")
	for _, f := range st.facts {
		opened, ok := f.Event.(*domain.CaseOpened)
		o.must(!ok || opened.Entry == 0, "consent.refusal_tells")
		o.must(!slices.ContainsFunc(f.Event.Privates(), func(p *domain.Private) bool { return !p.Empty() }), "consent.refusal_tells")
	}
}

func stops(f domain.Fact) bool {
	refused, ok := f.Event.(*domain.ConsentRefused)
	return ok && refused.Stops
}

// mayHappen: no fact breaks a rule about what may come after what came before.
func (o *oracle) mayHappen(st step, f domain.Fact) {
	_, opens := f.Event.(*domain.CaseOpened)
	o.must(opens != o.exists, "case.out_of_nothing")
	o.must(!o.erased, "case.erased")
	o.must(!o.stopped || followsStop(f.Event), "consent.nothing_is_kept")
	o.must(sourced(st.request.Limits, f.Event), "deadline.no_source")
	o.mayDecide(st, f)
	o.maySend(f)
	switch e := f.Event.(type) {
	case *domain.ScreeningRecorded:
		adult := branchOf(e.Findings) == domain.AdultBranch
		o.must(!adult || o.grant(domain.ToScreening, "").Answer == domain.Given, "screening.no_consent")
	case *domain.ConsentRefused:
		o.must(o.grant(e.Purpose, e.Recipient).Answer != domain.Given, "consent.withdraw_instead")
	case *domain.ConsentGiven:
		o.must(len(o.losing(e.Purpose, e.Recipient, e.Data)) == 0, "consent.not_all_told") // they are told before
	case *domain.ConsentWithdrawn:
		for _, a := range o.concerned(e) {
			o.must(slices.Contains(e.Recipients, a) != o.guarded.agencies[a], "consent.not_all_told")
		}
	case *domain.ClaimAdvanced:
		o.must(e.Step != domain.ClaimApproved || o.amounts[e.Claim] != e.User, "claim.same_person")
	}
}

func followsStop(e domain.Event) bool {
	switch e.(type) {
	case *domain.NoticeLeft, *domain.WithdrawalAcknowledged, *domain.DeadlineMissed, *domain.KeysDestroyed, *domain.ErasureRequested,
		*domain.ErasureApproved, *domain.GlassReviewed, *domain.LegalHoldLifted, *domain.LiftRequested, *domain.ExclusionLifted:
		return true
	}
	return false
}

// sourced: a date that a clock sets names a source that was configured, or the people who agreed on it.
func sourced(l domain.Limits, e domain.Event) bool {
	v := reflect.ValueOf(e).Elem()
	source := v.FieldByName("Source")
	for _, name := range []string{"DueAt", "EndsAt"} {
		due := v.FieldByName(name)
		if !due.IsValid() || due.Kind() != reflect.Pointer || due.IsNil() || !source.IsValid() {
			continue
		}
		configured := source.String() == "set in the assessment" || source.String() == "agreed in the plan"
		for _, limit := range l.Times {
			configured = configured || limit.Source == source.String() && limit.Source != ""
		}
		if !configured {
			return false
		}
	}
	return true
}

// mayDecide: decisions and steps against the person.
func (o *oracle) mayDecide(st step, f domain.Fact) {
	child := o.branch != domain.AdultBranch
	against := false
	switch e := f.Event.(type) {
	case *domain.ScreeningConcluded:
		var reasons domain.Reasons
		onlyMeans := e.Reasons.Reveal(&reasons) == nil && reasons.Elements[domain.Means] == domain.Absent && reasons.Elements[domain.Act] != domain.Absent
		o.must(!child || e.Grounds != domain.GroundsNo || !onlyMeans, "screening.child_needs_no_means")
		against = e.Grounds == domain.GroundsNo
	case *domain.IdentificationDecided:
		o.must(o.last(domain.OnConclusion) == string(domain.GroundsYes), "identification.no_grounds_yet")
		o.must(len(st.facts) == 1, "identification.with_screening")
		o.childFirst(child)
		against = e.Result == domain.NotIdentified
	case *domain.ReturnArranged:
		o.must(child || e.Own, "return.not_voluntary")
		o.childFirst(child)
		against = !e.Own
	case *domain.CaseClosed:
		against = e.Reason != domain.PersonLeft && e.Reason != domain.OpenedInError
	case *domain.HoldLifted:
		against = true
	}
	o.must(!o.reflection || !against, "reflection.no_adverse_step")
}

func (o *oracle) childFirst(child bool) {
	o.must(!child || o.guardian, "child.guardian_first")
	o.must(!child || o.interests, "child.interests_first")
}

func (o *oracle) last(on domain.Subject) string {
	for _, d := range slices.Backward(o.decisions) {
		if d.On == on {
			return d.Result
		}
	}
	return ""
}

// maySend: nothing goes to an agency that the person's consent does not cover.
func (o *oracle) maySend(f domain.Fact) {
	var to string
	var data []domain.DataClass
	reaches := true
	switch e := f.Event.(type) {
	case *domain.ReferralSent:
		to, data = e.To, e.Data
	case *domain.CaseTransferred:
		to = e.To
	case *domain.ServiceRequested:
		to, data, reaches = e.Provider, e.Data, false
	default:
		return
	}
	grant := o.grant(domain.ToReferral, to)
	inForce := grant.Answer == domain.Given && (grant.Until == nil || f.HappenedAt.Before(*grant.Until))
	if o.branch != domain.AdultBranch {
		inForce, grant.Data = grant.Answer != domain.Withdrawn, nil
	}
	switch {
	case reaches && !inForce && grant.Answer == domain.Withdrawn:
		o.must(false, "referral.consent_withdrawn")
	case reaches && !inForce:
		o.must(false, "referral.no_consent")
	}
	for _, d := range data {
		o.must(inForce && (len(grant.Data) == 0 || slices.Contains(grant.Data, d)), "referral.beyond_consent")
	}
}

// clockTakesNothing: a command that carries an earlier time than another before it makes no deadline earlier than it would have done
// with the right time.
func (o *oracle) clockTakesNothing(st step) {
	if !st.request.HappenedAt.Before(o.latest) {
		return
	}
	onTime := st.request
	onTime.HappenedAt = o.latest
	facts, err := o.world.decide(st.before, onTime)
	if err != nil {
		return
	}
	right := o.world.fold(st.before, facts)
	for _, was := range st.before.Standing.Tasks {
		is, stays := task(st.after, was.ID)
		better, _ := task(right, was.ID)
		if stays && earlier(is.DueAt, was.DueAt) {
			o.must(!earlier(is.DueAt, better.DueAt), "deadline.moved_earlier")
		}
	}
}

func earlier(a, b *time.Time) bool { return a != nil && b != nil && a.Before(*b) }

func task(s domain.State, id string) (domain.Task, bool) {
	i := slices.IndexFunc(s.Standing.Tasks, func(t domain.Task) bool { return t.ID == id })
	if i < 0 {
		return domain.Task{}, false
	}
	return s.Standing.Tasks[i], true
}

// nothingIsLost: the state says what the facts said.
func (o *oracle) nothingIsLost(s domain.State) {
	same := func(a, b domain.Decision) bool { return a.On == b.On && a.Result == b.Result && a.At.Equal(b.At) }
	o.must(slices.EqualFunc(s.Decisions, o.decisions, same), "decision.never_deleted")
	for _, t := range s.Standing.Tasks {
		o.must(t.Agency != "" && (t.DueAt == nil || t.Source != ""), "deadline.no_source")
	}
	for _, r := range s.Referrals {
		o.must(len(among(r.Data, o.open[r.To])) == len(r.Data), "referral.beyond_consent")
		o.must(r.Status != domain.Pending || o.stopped || o.grant(domain.ToReferral, r.To).Answer != domain.Withdrawn, "referral.pending_after_withdrawal")
	}
	for _, v := range s.Services {
		o.must(len(among(v.Data, o.open[v.Provider])) == len(v.Data), "referral.beyond_consent")
	}
	if o.erased || o.guarded.approved {
		return
	}
	for id, agencies := range o.unaware {
		for _, a := range agencies {
			if o.guarded.agencies[a] {
				continue // whom the case accuses learns nothing of it
			}
			waits := func(t domain.Task) bool { return t.Kind == domain.TaskAcknowledge && t.Ref == id && t.Agency == a }
			o.must(slices.ContainsFunc(s.Standing.Tasks, waits), "consent.not_all_told")
		}
	}
	for id := range o.disputes {
		_, waits := task(s, string(domain.TaskDisagreement)+":"+id)
		o.must(waits || o.stopped, "disagreement.unseen")
	}
}

func branchOf(p domain.Private) domain.AgeBranch {
	var f domain.Findings
	if p.Reveal(&f) != nil {
		return ""
	}
	return f.Branch
}

// grant is the answer that stands for a purpose and an agency.
func (o *oracle) grant(p domain.Purpose, agency string) domain.Grant {
	if own, ok := o.grants[p][agency]; ok {
		return own
	}
	return o.grants[p][""]
}

func grantIn(grants []domain.Grant, p domain.Purpose, agency string) domain.Grant {
	o := newOracle(world{})
	for _, g := range grants {
		o.answered(g)
	}
	return o.grant(p, agency)
}

func (o *oracle) answered(g domain.Grant) {
	if o.grants[g.Purpose] == nil || g.Answer == domain.Withdrawn && g.Recipient == "" {
		o.grants[g.Purpose] = map[string]domain.Grant{}
	}
	o.grants[g.Purpose][g.Recipient] = g
}

// reached are the agencies, or the one named, that have been given data or are being asked to take some.
func (o *oracle) reached(only string) []string {
	var agencies []string
	for _, a := range o.holders {
		if only == "" || only == a {
			agencies = append(agencies, a)
		}
	}
	for _, a := range o.asked {
		if only == "" || only == a {
			agencies = append(agencies, a)
		}
	}
	return agencies
}

// losing are those of them that a consent to referral is about and that were let have more than it names.
func (o *oracle) losing(p domain.Purpose, recipient string, kinds []domain.DataClass) []string {
	if p != domain.ToReferral || len(kinds) == 0 {
		return nil
	}
	var agencies []string
	for _, a := range o.reached(recipient) {
		if o.isAbout(a, recipient) && len(among(o.open[a], kinds)) < len(o.open[a]) {
			agencies = append(agencies, a)
		}
	}
	return agencies
}

// concerned are the agencies that a withdrawal is about, whether or not the case accuses them.
func (o *oracle) concerned(e *domain.ConsentWithdrawn) []string {
	if len(e.Left) > 0 {
		return o.losing(e.Purpose, e.Recipient, e.Left)
	}
	return o.reached(e.Recipient)
}

// isAbout reports whether an agency goes by a consent to referral for a recipient, or for all where none is named.
func (o *oracle) isAbout(agency, recipient string) bool {
	_, own := o.grants[domain.ToReferral][agency]
	return recipient == agency || recipient == "" && !own
}

func among(all, some []domain.DataClass) []domain.DataClass {
	return slices.DeleteFunc(slices.Clone(all), func(d domain.DataClass) bool { return !slices.Contains(some, d) })
}

func (o *oracle) remember(f domain.Fact) {
	o.rememberConsent(f)
	o.rememberHolders(f)
	switch e := f.Event.(type) {
	case *domain.CaseOpened:
		o.exists = true
	case *domain.KeysDestroyed:
		o.erased = true
	case *domain.ScreeningRecorded:
		o.branch = branchOf(e.Findings)
	case *domain.ScreeningCorrected:
		o.branch = branchOf(e.Findings)
	case *domain.ScreeningConcluded:
		o.decisions = append(o.decisions, domain.Decision{On: domain.OnConclusion, Result: string(e.Grounds), At: f.HappenedAt})
	case *domain.IdentificationDecided:
		o.decisions = append(o.decisions, domain.Decision{On: domain.OnIdentification, Result: string(e.Result), At: f.HappenedAt})
	case *domain.RepresentativeAppointed:
		var kind domain.RepresentativeKind
		o.guardian = o.guardian || e.Kind.Reveal(&kind) == nil && kind != domain.SupportPerson
	case *domain.InterestsAssessed:
		o.interests = true
	case *domain.PeriodStarted:
		o.reflection = o.reflection || e.Period == domain.Reflection
	case *domain.PeriodEnded:
		o.reflection = o.reflection && e.Period != domain.Reflection
	case *domain.DisagreementNoted:
		o.disputes[e.Disagreement] = true
	case *domain.DisagreementSettled:
		delete(o.disputes, e.Disagreement)
	case *domain.ClaimAdvanced:
		if e.Step == domain.AmountsSet {
			o.amounts[e.Claim] = e.User
		}
	}
}

func (o *oracle) rememberConsent(f domain.Fact) {
	switch e := f.Event.(type) {
	case *domain.ConsentGiven:
		o.answered(domain.Grant{Purpose: e.Purpose, Recipient: e.Recipient, Data: e.Data, Until: e.Until, Answer: domain.Given})
		for a, open := range o.open {
			if e.Purpose == domain.ToReferral && len(e.Data) > 0 && o.isAbout(a, e.Recipient) {
				o.open[a] = among(open, e.Data)
			}
		}
	case *domain.ConsentRefused:
		o.stopped = o.stopped || e.Stops
		if o.grant(e.Purpose, e.Recipient).Answer != domain.Withdrawn { // which says more than a refusal
			o.answered(domain.Grant{Purpose: e.Purpose, Recipient: e.Recipient, Answer: domain.Denied})
		}
	case *domain.ConsentWithdrawn:
		o.unaware[e.Withdrawal] = o.concerned(e) // whom the case accuses gives word when it no longer does
		if len(e.Left) == 0 {
			o.answered(domain.Grant{Purpose: e.Purpose, Recipient: e.Recipient, Answer: domain.Withdrawn})
		}
		for _, a := range o.unaware[e.Withdrawal] {
			if e.Purpose == domain.ToReferral || e.Purpose == domain.ToSharing {
				o.open[a] = among(o.open[a], e.Left)
			}
		}
	case *domain.WithdrawalAcknowledged:
		o.unaware[e.Withdrawal] = slices.DeleteFunc(o.unaware[e.Withdrawal], func(a string) bool { return a == e.Agency })
	}
}

func (o *oracle) rememberHolders(f domain.Fact) {
	switch e := f.Event.(type) {
	case *domain.ReferralSent:
		o.asked[e.Referral] = e.To
		o.open[e.To] = append(o.open[e.To], e.Data...)
	case *domain.ServiceRequested:
		o.asked[e.Service] = e.Provider
		o.open[e.Provider] = append(o.open[e.Provider], e.Data...)
	case *domain.ReferralAccepted:
		delete(o.asked, e.Referral)
		o.holders = append(o.holders, e.To)
	case *domain.ServiceAccepted:
		delete(o.asked, e.Service)
		o.holders = append(o.holders, e.Provider)
	case *domain.ShelterPlaced:
		o.holders = append(o.holders, e.Provider)
	case *domain.CaseTransferred:
		o.holders = append(o.holders, e.To)
	case *domain.ReferralDeclined:
		delete(o.asked, e.Referral)
	case *domain.ReferralRevoked:
		delete(o.asked, e.Referral)
	case *domain.ServiceDeclined:
		delete(o.asked, e.Service)
	case *domain.ServiceRefusedByPerson:
		delete(o.asked, e.Service)
	case *domain.ServiceWithdrawn:
		delete(o.asked, e.Service)
	}
}
