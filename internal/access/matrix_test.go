package access

import (
	"fmt"
	"io/fs"
	"iter"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	cedar "github.com/cedar-policy/cedar-go"
	cedarast "github.com/cedar-policy/cedar-go/ast"
	"github.com/cedar-policy/cedar-go/types"
	"github.com/cedar-policy/cedar-go/x/exp/ast"
	"github.com/cedar-policy/cedar-go/x/exp/schema/validate"

	"songtor/domain"
)

// cell is one question of the matrix.
type cell struct {
	subject Subject
	action  Action
	about   *Case
	name    string // of the relation
}

func (c cell) String() string {
	stage := domain.Stage("no case")
	if c.about != nil {
		stage = c.about.Standing.Stage
	}
	return fmt.Sprintf("%s of %s %s, case in %q with relation %s, %+v %+v", c.subject.Role, c.subject.Agency, c.action, stage, c.name, c.subject, c.about)
}

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// relations are what an agency can have to do with a case, each a way to make it so.
var relations = []struct {
	name string
	make func(c *Case, agency string)
}{
	{"none", func(*Case, string) {}},
	{"responsible", func(c *Case, a string) { c.Standing.Agency = a }},
	{"opened", func(c *Case, a string) { c.OpenedBy = a }},
	{"sent, pending", referral("", domain.Pending)},
	{"sent, accepted", referral("", domain.Accepted)},
	{"sent, declined", referral("", domain.Declined)},
	{"sent, revoked", referral("", domain.Revoked)},
	{"sent, done", referral("", domain.Done)},
	{"received, pending", referral("to", domain.Pending)},
	{"received, accepted", referral("to", domain.Accepted)},
	{"received, declined", referral("to", domain.Declined)},
	{"received, revoked", referral("to", domain.Revoked)},
	{"received, done", referral("to", domain.Done)},
	{"asked a service, pending", service("", domain.ServicePending)},
	{"asked a service, taken", service("", domain.ServiceTaken)},
	{"was asked a service, pending", service("to", domain.ServicePending)},
	{"was asked a service, taken", service("to", domain.ServiceTaken)},
	{"was asked a service, given", service("to", domain.ServiceGiven)},
	{"was asked a service, declined", service("to", domain.ServiceUnavailable)},
	{"shelter", func(c *Case, a string) { c.Shelter = a }},
	{"told of a withdrawal", func(c *Case, a string) { c.Withdrawn = []domain.Withdrawal{{Waiting: []string{"AG-X", a}}} }},
	{"everything", func(c *Case, a string) {
		c.Standing.Agency, c.OpenedBy, c.Shelter = a, a, a
		c.Referrals = []domain.Referral{{From: a, To: "AG-X", Status: domain.Pending}, {From: "AG-X", To: a, Status: domain.Pending}}
	}},
}

func referral(direction string, status domain.ReferralStatus) func(*Case, string) {
	return func(c *Case, agency string) {
		r := domain.Referral{From: agency, To: "AG-X", Status: status}
		if direction == "to" {
			r.From, r.To = "AG-X", agency
		}
		c.Referrals = []domain.Referral{r}
	}
}

func service(direction string, status domain.ServiceStatus) func(*Case, string) {
	return func(c *Case, agency string) {
		v := domain.Service{By: agency, Provider: "AG-X", Status: status}
		if direction == "to" {
			v.By, v.Provider = "AG-X", agency
		}
		c.Services = []domain.Service{v}
	}
}

// The settings of a question that have nothing to do with the relation of the agency to the case. The first of each has nothing against
// the question and stands there more often, so that most questions meet one or two things that speak against them and not all at once.
var (
	levels     = []Assurance{DeviceBound, DeviceBound, DeviceBound, PasswordOnly, TwoFactors, Phishproof}
	fresh      = []bool{true, true, true, false}
	purposes   = slices.Concat([]Purpose{"", "", "", ForProtection, ForProtection}, Purposes(), []Purpose{"curiosity"})
	exclusions = [][]string{nil, nil, nil, nil, {"d-agency"}, {"d-other", "d-user"}, {"d-other"}}
	demos      = []struct{ demo, dev bool }{{}, {}, {}, {true, true}, {true, false}, {false, true}}
	erasures   = []bool{false, false, false, true}
	glasses    = [][]domain.Glass{
		nil, nil, nil, nil,
		{glass("u", true, domain.GlassScopes()...)},
		{glass("u", false, domain.GlassScopes()...)},
		{glass("another", true, domain.GlassScopes()...)},
		{past(glass("u", true, domain.GlassScopes()...))},
		{glass("u", false, domain.ScopeIdentity)},
		{glass("u", false, domain.ScopeSensitive)},
		{glass("u", true, domain.ScopeLocation)},
		{glass("u", true, domain.ScopeMedical)},
		{glass("u", true, domain.ScopeLegal)},
		{glass("u", false, domain.ScopeLegal)},
	}
)

func glass(user string, approved bool, scopes ...domain.Scope) domain.Glass {
	g := domain.Glass{User: user, Scopes: scopes, Since: noon.Add(-time.Minute), Until: noon.Add(time.Minute)}
	if approved {
		g.ApprovedBy = "second"
	}
	return g
}

func past(g domain.Glass) domain.Glass {
	g.Since, g.Until = noon.Add(-time.Hour), noon
	return g
}

// with applies the n-th of all settings.
func (c cell) with(n int) cell {
	pick := func(of int) int { i := n % of; n /= of; return i }
	c.subject.Assurance, c.subject.Fresh = levels[pick(len(levels))], fresh[pick(len(fresh))]
	c.subject.Purpose = purposes[pick(len(purposes))]
	demo := demos[pick(len(demos))]
	c.subject.Demo, c.subject.DevKeys = demo.demo, demo.dev
	if c.about == nil {
		return c
	}
	about := *c.about
	about.Standing.Excluded = exclusions[pick(len(exclusions))]
	about.Glass, about.Erased = glasses[pick(len(glasses))], erasures[pick(len(erasures))]
	c.about = &about
	return c
}

// settings is how many there are.
var settings = len(levels) * len(fresh) * len(purposes) * len(demos) * len(exclusions) * len(glasses) * len(erasures)

// variations is how many settings each question of role, relation, stage and action is asked in. One has nothing against the question;
// the others walk through all settings, so that every setting is met by many questions.
const variations = 4

// cells are the questions of the matrix.
func cells() iter.Seq[cell] {
	return func(yield func(cell) bool) {
		n := 0
		for base := range questions() {
			for v := range variations {
				c := base.with(0)
				if v > 0 {
					n++
					c = base.with(n * 7919 % settings)
				}
				if !yield(c) {
					return
				}
			}
		}
	}
}

// questions are the questions of every role, agency, relation, stage and action, in the setting that has nothing against them.
func questions() iter.Seq[cell] {
	return func(yield func(cell) bool) {
		for _, role := range domain.Roles() {
			for _, agency := range []string{"AG-OURS", "datip", ""} {
				for _, action := range Actions() {
					for c := range abouts(agency) {
						c.action = action
						c.subject = Subject{
							Actor:  domain.Actor{User: "u", Agency: agency, Role: role},
							Tokens: []string{"d-agency", "d-user"},
						}
						if !yield(c) {
							return
						}
					}
				}
			}
		}
	}
}

// abouts are the cases of every stage and relation, and none.
func abouts(agency string) iter.Seq[cell] {
	return func(yield func(cell) bool) {
		if !yield(cell{name: "no case"}) {
			return
		}
		for _, stage := range domain.Stages() {
			for _, r := range relations {
				about := &Case{Standing: domain.Standing{Stage: stage, Agency: "AG-Y"}, OpenedBy: "AG-Y", At: noon}
				r.make(about, agency)
				if !yield(cell{name: r.name, about: about}) {
					return
				}
			}
		}
	}
}

// The policies and the oracle give the same answer to every question.
func TestAccessMatrix(t *testing.T) {
	t.Parallel()
	p, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	asked, allowed, different := 0, 0, 0
	for c := range cells() {
		asked++
		got := p.Decide(c.subject, c.action, c.about) == nil
		if got {
			allowed++
		}
		if want := expected(c); got != want {
			if different++; different <= 10 {
				t.Errorf("%v: allowed=%v, want %v", c, got, want)
			}
		}
	}
	t.Logf("%d cells, %d allowed, %d differences", asked, allowed, different)
	if asked < 50_000 || allowed < asked/50 {
		t.Errorf("the matrix has %d cells of which %d are allowed: too few to show anything", asked, allowed)
	}
	if n := p.Faults(); n != 0 {
		t.Errorf("%d questions could not be answered", n)
	}
}

// askedAsAnother reports whether the action is taken for another one: a first form on a case that is there is a further form.
func (c cell) askedAsAnother() bool {
	return c.about != nil && (c.action == ScreeningSubmit || c.action == CaseOpen)
}

// expected is the oracle's answer to a cell.
func expected(c cell) bool {
	action := c.action
	if c.askedAsAnother() {
		action = RecordScreening
	}
	return oracle(c.subject, action, c.about)
}

// The matrix would notice any change of any policy: one left out, one turned round, one without its condition, one whose list lacks an
// entry, one whose number is another.
func TestAccessMatrixCatchesEveryMutant(t *testing.T) {
	t.Parallel()
	p, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	var all []*mutant
	for _, original := range p.all {
		all = append(all, mutants(t, original)...)
	}
	p.catch(all)
	caught, kinds := 0, map[string]int{}
	for _, m := range all {
		kinds[m.kind]++
		if !m.caught {
			t.Errorf("nothing notices that %s %s", m.original.id, m.what)
			continue
		}
		caught++
	}
	t.Logf("%d mutants caught, of kinds %v", caught, kinds)
}

// catch asks every question of the matrix until each mutant has answered one otherwise than the oracle.
func (p *Policies) catch(all []*mutant) {
	concerned := map[question][]*mutant{}
	for c := range cells() {
		if c.askedAsAnother() {
			continue
		}
		q := question{c.subject.Role, c.action}
		if _, known := concerned[q]; !known {
			concerned[q] = slices.DeleteFunc(slices.Clone(all), func(m *mutant) bool { return !m.concerns(q, p.actions) })
		}
		concerned[q] = slices.DeleteFunc(concerned[q], func(m *mutant) bool { return m.caught })
		if len(concerned[q]) == 0 {
			continue
		}
		asked, originals := p.About(c.subject, c.about), map[types.PolicyID]answer{}
		for _, m := range concerned[q] {
			said, known := originals[m.original.id]
			if !known {
				said = asked.answerOf(ruleList{m.original}, c.action)
				originals[m.original.id] = said
			}
			// Where the mutant says what the original says, all of them together say what they said.
			m.caught = asked.answerOf(m.rules, c.action) != said && m.differs(asked, c)
		}
	}
}

// mutant is a policy with one change; its rules are none where it is left out, else one.
type mutant struct {
	kind, what string
	original   rule
	rules      ruleList
	caught     bool
}

func (m *mutant) concerns(q question, actions types.EntityMap) bool {
	return slices.ContainsFunc(append(ruleList{m.original}, m.rules...), func(r rule) bool { return r.concerns(q, actions) })
}

// differs reports whether the policies with the mutant among them answer a question otherwise than the oracle.
func (m *mutant) differs(asked *Inquiry, c cell) bool {
	others := slices.DeleteFunc(slices.Clone(asked.policies.all), func(r rule) bool { return r.id == m.original.id })
	return (asked.evaluate(append(others, m.rules...), c.action) == nil) != expected(c)
}

// answer is what rules say to a question, apart from which of them say it.
type answer struct {
	decision        types.Decision
	reasons, errors int
}

func (q *Inquiry) answerOf(rules ruleList, a Action) answer {
	decision, diagnostic := q.authorize(rules, a)
	return answer{decision, len(diagnostic.Reasons), len(diagnostic.Errors)}
}

func mutants(t *testing.T, r rule) []*mutant {
	t.Helper()
	var all []*mutant
	add := func(kind, what string, rules ...rule) {
		all = append(all, &mutant{kind: kind, what: what, original: r, rules: rules})
	}
	add("left out", "is left out")
	turned := *(*ast.Policy)(r.policy.AST())
	turned.Effect = !turned.Effect
	add("turned round", "is turned round", made(r, &turned))
	tree := (*ast.Policy)(r.policy.AST())
	for i := range tree.Conditions {
		bare := *tree
		bare.Conditions = slices.Delete(slices.Clone(tree.Conditions), i, i+1)
		add("without its condition", "loses a condition", made(r, &bare))
	}
	text := string(r.policy.MarshalCedar())
	for _, at := range listEntry.FindAllStringIndex(text, -1) {
		entry := text[at[0]:at[1]]
		shorter := text[:at[0]]
		if strings.HasPrefix(entry, "[") {
			shorter += "["
		}
		add("with a shorter list", "lacks "+strings.Trim(entry, "[, "), parsed(t, r, shorter+text[at[1]:]))
	}
	for _, at := range number.FindAllStringIndex(text, -1) {
		add("with another number", "has another number", parsed(t, r, text[:at[0]]+"< 9"+text[at[1]:]))
	}
	return all
}

// listEntry is an entry of a list of more than one: the first with the comma behind it, any other with the one before it.
var (
	listEntry = regexp.MustCompile(`\[[A-Z][a-z]+::"[^"]+", |, [A-Z][a-z]+::"[^"]+"`)
	number    = regexp.MustCompile(`< \d`)
)

func made(r rule, tree *ast.Policy) rule {
	return rule{r.id, cedar.NewPolicyFromAST((*cedarast.Policy)(tree))}
}

func parsed(t *testing.T, r rule, text string) rule {
	t.Helper()
	var policy cedar.Policy
	if err := policy.UnmarshalCedar([]byte(text)); err != nil {
		t.Fatalf("the mutant of %s cannot be read: %v\n%s", r.id, err, text)
	}
	return rule{r.id, &policy}
}

// Choosing the policies beforehand by role and action changes no decision.
func TestChoosingPoliciesBeforehandChangesNoDecision(t *testing.T) {
	t.Parallel()
	p, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	asked := 0
	for c := range cells() {
		if asked++; asked%5 != 0 {
			continue
		}
		if c.askedAsAnother() {
			continue
		}
		q := p.About(c.subject, c.about)
		chosen, all := q.Decide(c.action), q.evaluate(p.all, c.action)
		if (chosen == nil) != (all == nil) {
			t.Fatalf("%v: %v of those chosen, %v of all", c, chosen, all)
		}
	}
}

func validator(t *testing.T) *validate.Validator {
	t.Helper()
	files, err := fs.Sub(bundle, "policies")
	if err != nil {
		t.Fatal(err)
	}
	shape, err := readSchema(files)
	if err != nil {
		t.Fatal(err)
	}
	return validate.New(shape)
}

// What Decide shows the policies fits the schema that they were held against.
func TestEntitiesFitTheSchema(t *testing.T) {
	t.Parallel()
	v := validator(t)
	p, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for c := range cells() {
		if n++; n%501 != 0 || c.about == nil || c.subject.Purpose == "curiosity" {
			continue
		}
		for _, e := range []types.Entity{c.subject.entity(), p.entityOf(c.about, c.subject, tiesTo(c.subject.Agency, c.about)), mechanism} {
			if err := v.Entity(e); err != nil {
				t.Fatalf("%v: %v", c, err)
			}
		}
	}
}

func BenchmarkDecide(b *testing.B) {
	p, err := Load()
	if err != nil {
		b.Fatal(err)
	}
	by := Subject{
		Actor: domain.Actor{User: "u", Agency: "AG-OURS", Role: domain.Responder}, Assurance: DeviceBound, Tokens: []string{"d-agency", "d-user"},
	}
	c := &Case{Standing: domain.Standing{Stage: domain.Screening, Agency: "AG-Y", Excluded: []string{"d-other"}}, At: noon}
	referral("to", domain.Accepted)(c, "AG-OURS")
	for b.Loop() {
		if err := p.Decide(by, CaseReadSensitive, c); err != nil {
			b.Fatal(err)
		}
	}
}
