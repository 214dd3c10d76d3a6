package domain_test

import (
	"slices"
	"testing"

	"songtor/domain"
)

var (
	manager = domain.Actor{User: "u1", Agency: "ministry", Role: domain.CaseManager}
	auditor = domain.Actor{User: "u2", Agency: "ministry", Role: domain.Auditor}
	timer   = domain.Actor{User: "keeper-of-retention"}
)

func TestAnErasureTakesTwoPeople(t *testing.T) {
	t.Parallel()
	asked := func(by domain.Actor) []domain.Event {
		return []domain.Event{opened(), &domain.ErasureRequested{Erasure: "e1", Reason: domain.ErasureAsked, By: by}}
	}
	once := append(asked(timer), &domain.ErasureApproved{Erasure: "e1", By: manager})
	for name, tt := range map[string]struct {
		given []domain.Event
		by    domain.Actor
		rule  string
		final bool
	}{
		"another person of another role":      {asked(manager), auditor, "", true},
		"or of another agency":                {asked(manager), domain.Actor{User: "u3", Agency: "ngo", Role: domain.CaseManager}, "", true},
		"not who asked":                       {asked(manager), manager, "erasure.same_person", false},
		"not under another role":              {asked(manager), domain.Actor{User: "u1", Agency: "ngo", Role: domain.Auditor}, "erasure.same_person", false},
		"not of the same role":                {asked(manager), domain.Actor{User: "u3", Agency: "ministry", Role: domain.CaseManager}, "erasure.same_person", false},
		"not a program":                       {asked(manager), timer, "erasure.same_person", false},
		"what a program asked takes two more": {asked(timer), manager, "", false},
		"of whom each counts once":            {once, manager, "erasure.same_person", false},
		"and the second is the last":          {once, auditor, "", true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := request("", domain.ApproveErasure{Erasure: "e1"})
			r.By = tt.by
			s := given(tt.given...)
			facts, err := domain.Decide(s, r)
			if tt.rule != "" {
				mustRefuse(t, err, tt.rule, domain.Refused)
				return
			}
			must(t, err)
			if got := domain.Fold(s, facts); got.Erasure.Approved != tt.final || (got.Standing.Status == domain.Erased) != tt.final {
				t.Fatalf("approved %v, status %s", got.Erasure.Approved, got.Standing.Status)
			}
		})
	}
}

func TestErasingACase(t *testing.T) {
	t.Parallel()
	asked := []domain.Event{opened(), &domain.ErasureRequested{Erasure: "e1", Reason: domain.ErasureAsked, By: auditor}}
	approved := append(slices.Clip(asked), &domain.ErasureApproved{Erasure: "e1", By: manager, Final: true})
	held := []domain.Event{opened(), &domain.LegalHoldSet{Hold: "h1"}}
	refuse := domain.RefuseErasure{Erasure: "e1", Note: "n"}
	run(t, []scenario{
		{name: "is asked for", given: ended, when: domain.RequestErasure{Reason: domain.ErasureAsked}, then: []string{"erasure.requested"}},
		{name: "also of who refused to be screened", given: []domain.Event{opened(), &domain.ConsentRefused{Purpose: domain.ToScreening, Stops: true}}, when: domain.RequestErasure{Reason: domain.RetentionOver}, then: []string{"erasure.requested"}},
		{name: "once", given: asked, when: domain.RequestErasure{Reason: domain.ErasureAsked}, rule: "erasure.requested_already"},
		{name: "for a reason of the list", given: ended, when: domain.RequestErasure{Reason: "tidy"}, rule: "erasure.unknown_reason", kind: domain.Invalid},
		{name: "is refused", given: asked, when: refuse, then: []string{"erasure.refused"}},
		{name: "with a reason", given: asked, when: domain.RefuseErasure{Erasure: "e1"}, rule: "erasure.no_reason", kind: domain.Invalid},
		{name: "which is no word for ever", given: append(slices.Clip(asked), &domain.ErasureRefused{Erasure: "e1"}), when: domain.RequestErasure{Reason: domain.ErasureAsked}, then: []string{"erasure.requested"}},
		{name: "is the one that was asked for", given: asked, when: domain.ApproveErasure{Erasure: "e9"}, rule: "erasure.unknown", kind: domain.Missing},
		{name: "is not approved while a proceeding needs the case", given: append(slices.Clip(asked), &domain.LegalHoldSet{Hold: "h1"}), by: "ngo", when: domain.ApproveErasure{Erasure: "e1"}, rule: "erasure.legal_hold"},
		{name: "nor while somebody has to look at who looked", given: append(slices.Clip(asked), glass(domain.ScopeIdentity)), by: "ngo", when: domain.ApproveErasure{Erasure: "e1"}, rule: "erasure.glass_not_reviewed"},
		{name: "cannot be stopped any more", given: approved, when: refuse, rule: "case.erased"},
		{name: "nothing else is written down then", given: approved, when: domain.AddNote{Audience: domain.ForCase, Text: "t"}, rule: "case.erased"},
		{name: "no hold is set then", given: approved, when: domain.SetLegalHold{Basis: "b"}, rule: "case.erased"},
		{name: "the keys go", given: approved, when: domain.DestroyKeys{}, then: []string{"case.keys_destroyed"}},
		{name: "once", given: append(slices.Clip(approved), &domain.KeysDestroyed{Erasure: "e1"}), when: domain.DestroyKeys{}, rule: "case.erased"},
		{name: "not before", given: asked, when: domain.DestroyKeys{Reason: domain.ErasureAsked}, rule: "erasure.not_approved"},
		{name: "not of a case that nobody asked to erase", given: ended, when: domain.DestroyKeys{Reason: domain.ErasureAsked}, rule: "erasure.not_approved"},
		{name: "unless nobody real is behind them", given: ended, when: domain.DestroyKeys{Reason: domain.ErasureAsked, Synthetic: true}, then: []string{"case.keys_destroyed"}},
		{name: "or they are gone already", given: ended, when: domain.DestroyKeys{Reason: domain.ErasureAsked, Ledger: true}, then: []string{"case.keys_destroyed"}},
		{name: "or the ledger says that it was done", given: held, when: domain.DestroyKeys{Reason: domain.ErasureAsked, Ledger: true}, then: []string{"case.keys_destroyed"}},
		{name: "and not while they are held even then", given: held, when: domain.DestroyKeys{Reason: domain.ErasureAsked, Synthetic: true}, rule: "erasure.legal_hold"},
	})
}

func TestALegalHold(t *testing.T) {
	t.Parallel()
	held := []domain.Event{opened(), &domain.LegalHoldSet{Hold: "h1"}}
	run(t, []scenario{
		{name: "is set on a basis", given: ended, when: domain.SetLegalHold{Basis: "b"}, then: []string{"legal_hold.set"}},
		{name: "that is named", given: ended, when: domain.SetLegalHold{}, rule: "legal_hold.no_basis", kind: domain.Invalid},
		{name: "once", given: held, when: domain.SetLegalHold{Basis: "b"}, rule: "legal_hold.set_already"},
		{name: "is lifted for a reason", given: held, when: domain.LiftLegalHold{Reason: "r"}, then: []string{"legal_hold.lifted"}},
		{name: "that is told", given: held, when: domain.LiftLegalHold{}, rule: "legal_hold.no_reason", kind: domain.Invalid},
		{name: "where it is set", given: ended, when: domain.LiftLegalHold{Reason: "r"}, rule: "legal_hold.not_set"},
		{name: "lets a person ask for an erasure all the same", given: held, when: domain.RequestErasure{Reason: domain.ErasureAsked}, then: []string{"erasure.requested"}},
	})
	r := request("", domain.RequestErasure{Reason: domain.RetentionOver})
	r.By = timer
	_, err := domain.Decide(given(held...), r)
	mustRefuse(t, err, "erasure.legal_hold", domain.Refused)
}
