package domain_test

import (
	"slices"
	"testing"
	"time"

	"songtor/domain"
)

// glass is a grant that somebody of a hospital took a day after noon.
func glass(scopes ...domain.Scope) *domain.GlassBroken {
	e := &domain.GlassBroken{
		Glass: "b1", User: "u5", Agency: "hospital", Scopes: scopes, Reason: domain.MedicalEmergency,
		Until: now.Add(time.Hour), ReviewBy: now.Add(3 * day), Source: mine, Reviewer: "ministry",
	}
	if slices.ContainsFunc(scopes, domain.Scope.Sealed) {
		e.ApproveBy = new(now.Add(10 * time.Minute))
	}
	return e
}

func taken(scopes ...domain.Scope) domain.State {
	return domain.Fold(given(opened()), []domain.Fact{{HappenedAt: now, Event: glass(scopes...)}})
}

func TestBreakingTheGlass(t *testing.T) {
	t.Parallel()
	c := domain.BreakGlass{Scopes: []domain.Scope{domain.ScopeIdentity}, Reason: domain.DangerToLife, Text: "t", Reviewer: "ministry"}
	with := func(change func(*domain.BreakGlass)) domain.BreakGlass {
		other := c
		change(&other)
		return other
	}
	missed := []domain.Event{opened(), &domain.GlassBroken{Glass: "b0", User: "u1", Agency: "hospital", ReviewBy: now, Reviewer: "ministry"}}
	unset := testLimits()
	delete(unset.Times, domain.LimitGlass)
	run(t, []scenario{
		{name: "opens the case", given: []domain.Event{opened()}, by: "hospital", when: c, then: []string{"glass.broken"}},
		{name: "also one that has ended", given: ended, by: "hospital", when: c, then: []string{"glass.broken"}},
		{name: "not one that is erased", given: []domain.Event{opened(), &domain.KeysDestroyed{}}, when: c, rule: "case.erased"},
		{name: "not without an end", given: []domain.Event{opened()}, limits: &unset, when: c, rule: "glass.no_limit"},
		{name: "of named parts", given: []domain.Event{opened()}, when: with(func(c *domain.BreakGlass) { c.Scopes = nil }), rule: "glass.unknown_scope", kind: domain.Invalid},
		{name: "that can be opened", given: []domain.Event{opened()}, when: with(func(c *domain.BreakGlass) { c.Scopes = []domain.Scope{domain.ScopeStatistics} }), rule: "glass.unknown_scope", kind: domain.Invalid},
		{name: "for a reason of the list", given: []domain.Event{opened()}, when: with(func(c *domain.BreakGlass) { c.Reason = "curious" }), rule: "glass.unknown_reason", kind: domain.Invalid},
		{name: "that is told", given: []domain.Event{opened()}, when: with(func(c *domain.BreakGlass) { c.Text = "" }), rule: "glass.incomplete", kind: domain.Invalid},
		{name: "not while a review was missed elsewhere", given: []domain.Event{opened()}, when: with(func(c *domain.BreakGlass) { c.Suspended = true }), rule: "glass.review_missed"},
		{name: "nor here", given: missed, when: c, rule: "glass.review_missed"},
		{name: "which holds for nobody else", given: missed, user: "u2", when: c, then: []string{"glass.broken"}},
		{name: "the right comes back with the review", given: append(slices.Clip(missed), &domain.GlassReviewed{Glass: "b0", User: "u9"}), when: c, then: []string{"glass.broken"}},
	})
}

func TestABrokenGlassOpensWhatItNamesForAWhile(t *testing.T) {
	t.Parallel()
	g := taken(domain.ScopeIdentity).Glass[0]
	for name, tt := range map[string]struct {
		user  string
		scope domain.Scope
		at    time.Time
		want  bool
	}{
		"at once":               {"u5", domain.ScopeIdentity, now, true},
		"to its last second":    {"u5", domain.ScopeIdentity, now.Add(time.Hour - 1), true},
		"not at its end":        {"u5", domain.ScopeIdentity, now.Add(time.Hour), false},
		"not before":            {"u5", domain.ScopeIdentity, now.Add(-1), false},
		"not to another":        {"u6", domain.ScopeIdentity, now, false},
		"nothing it is not for": {"u5", domain.ScopeSensitive, now, false},
	} {
		if got := g.Opens(tt.user, tt.scope, tt.at); got != tt.want {
			t.Errorf("%s: opens %v", name, got)
		}
	}
}

func TestWhatIsSealedTakesASecondPerson(t *testing.T) {
	t.Parallel()
	s := taken(domain.ScopeIdentity, domain.ScopeMedical)
	approve := func(user string, at time.Time) domain.Request {
		r := request("police", domain.ApproveBreakGlass{Glass: "b1"})
		r.By.User, r.HappenedAt = user, at
		return r
	}
	if s.Glass[0].Opens("u5", domain.ScopeMedical, now) || !s.Glass[0].Opens("u5", domain.ScopeIdentity, now) {
		t.Fatal("what is sealed opens for one person alone")
	}
	_, err := domain.Decide(s, approve("u5", now))
	mustRefuse(t, err, "glass.same_person", domain.Refused)
	_, err = domain.Decide(s, approve("u1", now.Add(10*time.Minute)))
	mustRefuse(t, err, "glass.approval_too_late", domain.Refused)
	facts, err := domain.Decide(s, approve("u1", now.Add(9*time.Minute)))
	must(t, err)
	after := domain.Fold(s, facts)
	if g := after.Glass[0]; !g.Opens("u5", domain.ScopeMedical, now.Add(9*time.Minute)) || g.Opens("u5", domain.ScopeMedical, now.Add(time.Hour)) {
		t.Fatalf("the approved grant is %+v", g)
	}
	_, err = domain.Decide(after, approve("u2", now.Add(9*time.Minute)))
	mustRefuse(t, err, "glass.nothing_to_approve", domain.Refused)
	_, err = domain.Decide(taken(domain.ScopeIdentity), approve("u1", now))
	mustRefuse(t, err, "glass.nothing_to_approve", domain.Refused)
}

func TestReviewingABrokenGlass(t *testing.T) {
	t.Parallel()
	broken := []domain.Event{opened(), glass(domain.ScopeMedical), &domain.GlassApproved{Glass: "b1", User: "u2"}}
	review := domain.ReviewBreakGlass{Glass: "b1", Verdict: domain.NotJustified, Text: "t"}
	run(t, []scenario{
		{name: "by somebody of another line", given: broken, by: "ministry", user: "u9", when: review, then: []string{"glass.reviewed"}},
		{name: "not by who took it", given: broken, by: "ministry", user: "u5", when: review, rule: "glass.same_line"},
		{name: "not by their agency", given: broken, by: "hospital", user: "u9", when: review, rule: "glass.same_line"},
		{name: "not by who approved it", given: broken, by: "ministry", user: "u2", when: review, rule: "glass.same_line"},
		{name: "once", given: append(slices.Clip(broken), &domain.GlassReviewed{Glass: "b1", User: "u9"}), by: "ministry", user: "u9", when: review, rule: "glass.reviewed_already"},
		{name: "late is better than never", given: broken, at: now.Add(30 * day), by: "ministry", user: "u9", when: review, then: []string{"glass.reviewed"}},
		{name: "of a grant that is there", given: broken, when: domain.ReviewBreakGlass{Glass: "b9", Verdict: domain.Justified, Text: "t"}, rule: "glass.unknown", kind: domain.Missing},
		{name: "with a verdict", given: broken, when: domain.ReviewBreakGlass{Glass: "b1", Text: "t"}, rule: "glass.unknown_verdict", kind: domain.Invalid},
		{name: "and the reason for it", given: broken, when: domain.ReviewBreakGlass{Glass: "b1", Verdict: domain.Justified}, rule: "glass.incomplete", kind: domain.Invalid},
	})
	unjustified := domain.Fold(taken(domain.ScopeIdentity), []domain.Fact{{HappenedAt: now.Add(time.Minute), Event: &domain.GlassReviewed{Glass: "b1", User: "u9", Verdict: domain.NotJustified}}})
	if unjustified.Glass[0].Opens("u5", domain.ScopeIdentity, now.Add(2*time.Minute)) {
		t.Fatal("a grant that was found unjustified goes on")
	}
}

// The owner is told at once, and somebody has to look at it.
func TestABrokenGlassWaitsForItsReview(t *testing.T) {
	t.Parallel()
	kinds := func(s domain.State) (of []string) {
		for _, task := range s.Standing.Tasks {
			if task.Kind == domain.TaskGlassNotice || task.Kind == domain.TaskGlassReview {
				of = append(of, string(task.Kind)+" at "+task.Agency)
			}
		}
		return of
	}
	s := taken(domain.ScopeIdentity)
	if got := kinds(s); !slices.Equal(got, []string{"glass_broken at police", "glass_to_review at ministry"}) {
		t.Fatalf("waits for %v", got)
	}
	if s.Standing.DueAt != nil {
		t.Fatal("the review is the person's deadline")
	}
	reviewed := domain.Fold(s, []domain.Fact{{HappenedAt: now, Event: &domain.GlassReviewed{Glass: "b1", User: "u9", Verdict: domain.Justified}}})
	if got := kinds(reviewed); len(got) > 0 {
		t.Fatalf("still waits for %v", got)
	}
}
