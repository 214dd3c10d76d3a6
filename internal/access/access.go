// Package access decides who may do what. It is the one place with the rules: callers ask Decide before they act and ListScope
// before they list, and hold no rules of their own.
//
// The rules are policies in Cedar, in the folder policies: a file for each role, and one for what nothing lifts. A policy permits an
// action to a role under the ties that the agency of who asks has to a case; others forbid, and a forbid always wins. Default is no: a
// role, an action or a tie that no policy names is denied. What Cedar would let pass as an error in one policy is denied here as well.
// The policies see only what lies in clear of a case. The domain checks again, on the case as it is when a command is decided, that a
// referral is answered by its receiver and taken back by its sender.
package access

import (
	"errors"
	"iter"
	"log/slog"
	"sync/atomic"

	cedar "github.com/cedar-policy/cedar-go"
	"github.com/cedar-policy/cedar-go/types"

	"songtor/domain"
)

// ErrDenied says that the subject may not. About a case it has to look like a case that is not there (404), so that nobody learns
// by asking whether there is one.
var ErrDenied = errors.New("access denied")

// Policies are the rules as they are loaded. Its methods may be called concurrently.
type Policies struct {
	hash    string
	actions types.EntityMap
	all     ruleList
	chosen  map[question]ruleList // those that concern a role and an action
	ties    *tieSets
	faults  atomic.Uint64
	log     atomic.Pointer[slog.Logger]
}

// Hash names the rules: a digest, in hex, over all of them. It enters every record of an access, so that it can be said later by which
// rules somebody was let in.
func (p *Policies) Hash() string { return p.hash }

// Faults counts the questions that a policy could not answer. Each was denied; one is one too many.
func (p *Policies) Faults() uint64 { return p.faults.Load() }

// LogFaults makes every question that a policy could not answer a line of a log. The line names the policies and the action, and
// nobody.
func (p *Policies) LogFaults(log *slog.Logger) { p.log.Store(log) }

// Decide returns nil where the subject may take the action, else ErrDenied. The case is nil for an action that names none; an
// action that needs one is denied without it. ScreeningSubmit and CaseOpen on a case that exists already are asked as
// RecordScreening.
func (p *Policies) Decide(s Subject, a Action, c *Case) error { return p.About(s, c).Decide(a) }

// Inquiry is a subject before one case, or before none: what is asked of it several times is worked out once.
type Inquiry struct {
	policies *Policies
	role     domain.Role
	onCase   bool
	scene    scene
	around   types.Record
}

// About returns the inquiry of a subject about a case; nil for none.
func (p *Policies) About(s Subject, c *Case) *Inquiry {
	if c == nil {
		return p.inquiry(s, mechanism)
	}
	q := p.inquiry(s, p.entityOf(c, s, tiesTo(s.Agency, c)))
	q.onCase = true
	return q
}

func (p *Policies) inquiry(s Subject, about types.Entity) *Inquiry {
	return &Inquiry{policies: p, role: s.Role, scene: scene{s.entity(), about, p.actions}, around: s.surroundings()}
}

// Decide answers as Policies.Decide does.
func (q *Inquiry) Decide(a Action) error {
	if q.onCase && (a == ScreeningSubmit || a == CaseOpen) {
		a = RecordScreening
	}
	return q.evaluate(q.policies.chosen[question{q.role, a}], a)
}

// evaluate asks the given policies. An error in one of them denies, whatever the others say.
func (q *Inquiry) evaluate(rules ruleList, a Action) error {
	decision, diagnostic := q.authorize(rules, a)
	switch {
	case len(diagnostic.Errors) > 0:
		q.policies.fault(a, diagnostic.Errors)
		return ErrDenied
	case decision != types.Allow:
		return ErrDenied
	}
	return nil
}

func (q *Inquiry) authorize(rules ruleList, a Action) (types.Decision, types.Diagnostic) {
	return cedar.Authorize(rules, q.scene, types.Request{
		Principal: q.scene.person.UID, Action: actionUID(a), Resource: q.scene.resource.UID, Context: q.around,
	})
}

func (p *Policies) fault(a Action, errors []types.DiagnosticError) {
	p.faults.Add(1)
	if log := p.log.Load(); log != nil {
		log.Error("an access policy could not be evaluated, so the action was denied",
			slog.String("action", string(a)), slog.String("policies", names(errors)), slog.String("hash", p.hash))
	}
}

// ruleList are policies that Cedar is given to evaluate.
type ruleList []rule

// All implements cedar.PolicyIterator.
func (l ruleList) All() iter.Seq2[cedar.PolicyID, *cedar.Policy] {
	return func(yield func(cedar.PolicyID, *cedar.Policy) bool) {
		for _, r := range l {
			if !yield(r.id, r.policy) {
				return
			}
		}
	}
}

// Scope says which cases a list shows. At most one of All, None and Agencies is set.
type Scope struct {
	All  bool
	None bool
	// Agencies are those whose cases the list shows. It never shows a case of which Decide denies CaseRead.
	Agencies []string
	// Provinces narrow the list further; nil for every province.
	Provinces []string
}

// ListScope returns what the subject sees in the list of a stage: the cases that it may read by the stage alone, or those that its agency
// has to do with.
func (p *Policies) ListScope(s Subject, stage domain.Stage) Scope {
	if p.Decide(s, StageList, nil) != nil {
		return Scope{None: true}
	}
	reads := func(ties tie) bool {
		return p.inquiry(s, p.entityOf(&Case{}, s, ties)).Decide(CaseRead) == nil
	}
	switch of := tieOfStage(stage); {
	case reads(of):
		return Scope{All: true, Provinces: s.Provinces}
	case s.Agency != "" && reads(of|party):
		return Scope{Agencies: []string{s.Agency}, Provinces: s.Provinces}
	}
	return Scope{None: true}
}
