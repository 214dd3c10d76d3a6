package domain_test

import (
	"slices"

	"songtor/domain"
)

// guarded is what the oracle remembers of who may know of the case, and for how long.
type guarded struct {
	agencies map[string]bool           // that the case accuses
	accounts map[string]bool           // of persons that it accuses
	whom     map[string]domain.Accused // by exclusion
	lifts    map[string]string         // exclusion -> account of the person who asked to lift it

	broken    map[string]domain.GlassBroken
	approvers map[string]string // glass -> account

	held     bool
	erasure  string
	agreed   []domain.Actor // persons who want the erasure
	approved bool
}

func newGuarded() guarded {
	return guarded{
		agencies: map[string]bool{}, accounts: map[string]bool{}, whom: map[string]domain.Accused{}, lifts: map[string]string{},
		broken: map[string]domain.GlassBroken{}, approvers: map[string]string{},
	}
}

// accused reports whether the case accuses one of those concerned.
func (g *guarded) accused(by domain.Actor, agencies ...string) bool {
	return g.accounts[by.User] || slices.ContainsFunc(append(agencies, by.Agency), func(a string) bool { return g.agencies[a] })
}

// mayGuard: no fact breaks a rule about who may know of the case, and for how long.
func (o *oracle) mayGuard(st step, f domain.Fact) {
	g := &o.guarded
	by := st.request.By
	o.must(!g.accused(by), "case.unknown")
	_, destroyed := f.Event.(*domain.KeysDestroyed)
	o.must(!g.approved || destroyed, "case.erased")
	o.must(!slices.ContainsFunc(reachedBy(f.Event), func(a string) bool { return g.agencies[a] || g.accounts[a] }), "exclusion.excluded")
	switch e := f.Event.(type) {
	case *domain.ExclusionLifted:
		asker, asked := g.lifts[e.Exclusion]
		o.must(asked && asker != by.User, "exclusion.same_person")
	case *domain.GlassBroken:
		limits := st.request.Limits
		o.must(e.Until.Sub(f.HappenedAt) == limits.Times[domain.LimitGlass].Duration && e.Until.After(f.HappenedAt), "glass.no_limit")
	case *domain.GlassApproved:
		o.must(g.broken[e.Glass].User != by.User, "glass.same_person")
	case *domain.GlassReviewed:
		broken := g.broken[e.Glass]
		o.must(broken.User != by.User && broken.Agency != by.Agency && g.approvers[e.Glass] != by.User, "glass.same_line")
	case *domain.ErasureApproved:
		o.must(!g.held, "erasure.legal_hold")
		o.must(g.isAnother(by) && e.Final == (len(g.agreed) > 0), "erasure.same_person")
	case *domain.ErasureRequested:
		o.must(!g.held || by.Role != "", "erasure.legal_hold")
	case *domain.KeysDestroyed:
		o.must(!g.held || e.Ledger, "erasure.legal_hold")
		o.must(e.Synthetic || e.Ledger || g.approved && e.Erasure == g.erasure, "erasure.not_approved")
	}
}

// isAnother: somebody who agrees to an erasure is a person, not one who has agreed already, nor one of the same role and agency.
func (g *guarded) isAnother(by domain.Actor) bool {
	same := func(a domain.Actor) bool { return a.User == by.User || a.Role == by.Role && a.Agency == by.Agency }
	return by.Role != "" && !slices.ContainsFunc(g.agreed, same)
}

// reachedBy are the agencies and accounts before which an event brings the case.
func reachedBy(e domain.Event) []string {
	switch e := e.(type) {
	case *domain.ReferralSent:
		return []string{e.To}
	case *domain.CaseTransferred:
		return []string{e.To}
	case *domain.ServiceRequested:
		return []string{e.Provider}
	case *domain.ShelterPlaced:
		return []string{e.Provider}
	case *domain.CaseAssigned:
		return []string{e.Assignee}
	case *domain.ExclusionSet:
		return []string{e.Responsible}
	case *domain.GlassBroken:
		return []string{e.Reviewer}
	case *domain.TeamConvened:
		var all []string
		for _, m := range e.Members {
			all = append(all, m.Agency, m.User)
		}
		return all
	}
	return nil
}

// accusedSeesNothing: the case says by token whom it hides from, and nothing of it waits for them or is theirs.
func (o *oracle) accusedSeesNothing(s domain.State) {
	g := &o.guarded
	o.must(len(s.Standing.Excluded) == len(g.whom), "exclusion.token_lost")
	for _, a := range g.whom {
		o.must(slices.Contains(s.Standing.Excluded, "token of "+a.Agency+a.Account), "exclusion.token_lost")
	}
	o.must(!g.agencies[s.Standing.Agency] && !g.accounts[s.Standing.Assignee], "exclusion.excluded")
	for _, t := range s.Standing.Tasks {
		o.must(!g.agencies[t.Agency] && !g.accounts[t.Assignee], "exclusion.excluded")
	}
	for _, r := range s.Referrals {
		o.must(!g.agencies[r.To] || r.Status != domain.Pending && r.Status != domain.Accepted, "exclusion.excluded")
	}
}

func (o *oracle) rememberGuards(f domain.Fact) {
	g := &o.guarded
	switch e := f.Event.(type) {
	case *domain.ExclusionSet:
		var a domain.Accused
		if e.Accused.Reveal(&a) == nil {
			g.whom[e.Exclusion] = a
		}
		g.recount()
	case *domain.LiftRequested:
		g.lifts[e.Exclusion] = e.User
	case *domain.ExclusionLifted:
		delete(g.whom, e.Exclusion)
		delete(g.lifts, e.Exclusion)
		g.recount()
	case *domain.GlassBroken:
		g.broken[e.Glass] = *e
	case *domain.GlassApproved:
		g.approvers[e.Glass] = e.User
	case *domain.LegalHoldSet:
		g.held = true
	case *domain.LegalHoldLifted:
		g.held = false
	case *domain.ErasureRequested:
		g.erasure, g.agreed = e.Erasure, nil
		if e.By.Role != "" {
			g.agreed = []domain.Actor{e.By}
		}
	case *domain.ErasureApproved:
		g.agreed = append(g.agreed, e.By)
		g.approved = len(g.agreed) > 1
	case *domain.ErasureRefused:
		g.erasure, g.agreed = "", nil
	}
}

func (g *guarded) recount() {
	g.agencies, g.accounts = map[string]bool{}, map[string]bool{}
	for _, a := range g.whom {
		if a.Agency != "" {
			g.agencies[a.Agency] = true
		}
		if a.Account != "" {
			g.accounts[a.Account] = true
		}
	}
}
