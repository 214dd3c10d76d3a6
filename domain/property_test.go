package domain_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"songtor/domain"
)

const movesEach = 60 // commands in a sequence

// sequence is a case that was played to its end.
type sequence struct {
	steps  []step
	broken []string // rules that the last step broke
}

// play makes a case go through random commands and asks the oracle after each of them.
func play(w world, c choose) sequence {
	var seq sequence
	g, o := newGame(w, c), newOracle(w)
	for i := range movesEach {
		st := g.play()
		seq.steps = append(seq.steps, st)
		seq.broken = append(seq.broken, o.watch(st)...)
		if len(seq.broken) > 0 || i > 0 && !g.s.Exists {
			break
		}
	}
	return seq
}

func (s sequence) facts() []domain.Fact {
	var facts []domain.Fact
	for _, st := range s.steps {
		facts = append(facts, st.facts...)
	}
	return facts
}

// String tells the story of a sequence, for whoever has to understand why a rule was broken.
func (s sequence) String() string {
	var b strings.Builder
	for i, st := range s.steps {
		outcome := fmt.Sprint(types(st.facts))
		if st.err != nil {
			outcome = st.err.Error()
		}
		fmt.Fprintf(&b, "%3d %s %s %s: %s\n", i, st.request.HappenedAt.Format(time.DateTime), st.request.By.Agency, describe(plainCommand(st)), outcome)
	}
	return b.String()
}

func describe(c domain.Command) string {
	text := fmt.Sprintf("%+v", c)
	return strings.TrimPrefix(fmt.Sprintf("%T", c), "domain.") + text[:min(len(text), 160)]
}

// The main property. More sequences: go test ./domain -run TestNoReachableStateBreaksARule -rapid.checks=10000
func TestNoReachableStateBreaksARule(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		seq := play(realWorld(), func(n int) int { return rapid.IntRange(0, n-1).Draw(t, "choice") })
		if len(seq.broken) > 0 {
			t.Fatalf("broken: %v\n%s", seq.broken, seq)
		}
		mustFoldAsKept(t, seq)
		mustDecode(t, seq)
	})
}

// mustFoldAsKept: the state that was kept along the way is the one that follows from the facts, and no later step reached back into it.
func mustFoldAsKept(t *rapid.T, seq sequence) {
	t.Helper()
	var s domain.State
	for i, st := range seq.steps {
		if st.err == nil {
			s = domain.Fold(s, st.facts)
		}
		if !reflect.DeepEqual(s, st.after) {
			t.Fatalf("the state after step %d is not what was kept\n%s", i, seq)
		}
	}
	if all := domain.Fold(domain.State{}, seq.facts()); len(seq.facts()) > 0 && !reflect.DeepEqual(all, s) {
		t.Fatalf("the state from all facts together is another\n%s", seq)
	}
}

// mustDecode: what is written can be read, and the case is the same when it has been.
func mustDecode(t *rapid.T, seq sequence) {
	t.Helper()
	var back []domain.Fact
	for _, f := range seq.facts() {
		e, wire, err := throughTheLog(f.Event)
		if err != nil {
			t.Fatalf("%s: %v", f.Event.EventType(), err)
		}
		if strings.Contains(wire, planted) {
			t.Fatalf("%s says in clear what somebody said", f.Event.EventType())
		}
		back = append(back, domain.Fact{HappenedAt: f.HappenedAt, Event: e})
	}
	was, err := json.Marshal(domain.Fold(domain.State{}, seq.facts()))
	if err != nil {
		t.Fatal(err)
	}
	is, err := json.Marshal(domain.Fold(domain.State{}, back))
	if err != nil {
		t.Fatal(err)
	}
	if string(was) != string(is) {
		t.Fatalf("read back is\n%s\nwritten was\n%s", is, was)
	}
}

// throughTheLog seals a copy of an event, writes it, reads it and opens it.
func throughTheLog(e domain.Event) (back domain.Event, wire string, err error) {
	sealed := reflect.New(reflect.TypeOf(e).Elem())
	sealed.Elem().Set(reflect.ValueOf(e).Elem())
	out, ok := sealed.Interface().(domain.Event)
	if !ok {
		return nil, "", fmt.Errorf("%T is no event", sealed.Interface())
	}
	for _, p := range out.Privates() {
		if err := p.Seal(func(_ domain.Scope, b []byte) (domain.Sealed, error) {
			return domain.Sealed{KeyID: "k", Ciphertext: b}, nil
		}); err != nil {
			return nil, "", err
		}
	}
	written, err := json.Marshal(out)
	if err != nil {
		return nil, "", err
	}
	if back, err = domain.NewEvent(e.EventType(), e.EventVersion()); err != nil {
		return nil, "", err
	}
	if err := json.Unmarshal(written, back); err != nil {
		return nil, "", err
	}
	for _, p := range back.Privates() {
		if err := p.Open(func(_ domain.Scope, s domain.Sealed) ([]byte, error) { return s.Ciphertext, nil }); err != nil {
			return nil, "", err
		}
	}
	return back, string(written), nil
}

// seeded is a choice that is the same in every run.
func seeded(seed uint64) choose {
	r := rand.New(rand.NewPCG(seed, 1))
	return r.IntN
}

func TestTheGeneratorReachesEveryEventAndStatus(t *testing.T) {
	t.Parallel()
	seen := map[string]int{}
	for seed := range uint64(600) {
		for _, st := range play(realWorld(), seeded(seed)).steps {
			for _, name := range append(types(st.facts), string(st.after.Standing.Status)) {
				seen[name]++
			}
		}
	}
	for _, e := range domain.EventTypes() {
		if seen[e.EventType()] == 0 {
			t.Errorf("no sequence has %s", e.EventType())
		}
	}
	for _, status := range []domain.Status{
		domain.FirstContact, domain.ConsentDenied, domain.ToConclude, domain.Unclear, domain.NoGrounds, domain.AwaitingDecision, domain.Undetermined,
		domain.Reassessing, domain.NotIdentified, domain.InProtection, domain.Closed, domain.Erased,
	} {
		if seen[string(status)] == 0 {
			t.Errorf("no sequence comes to %s", status)
		}
	}
}

// control is a world in which one rule does not hold, and the rule that the oracle has to find broken.
type control struct {
	name  string
	world world
	rule  string
}

const controlSequences = 1000

// The oracle finds each safeguard that is missing, each wrong rule that is added and each way to lose something: what it does not
// find in the real world is not there.
func TestTheOracleCatchesABrokenRule(t *testing.T) {
	t.Parallel()
	for _, c := range slices.Concat(withoutOneSafeguard(), withWrongRules(), withBrokenMemory()) {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			for seed := range uint64(controlSequences) {
				if slices.Contains(play(c.world, seeded(seed)).broken, c.rule) {
					t.Logf("caught in sequence %d", seed)
					return
				}
			}
			t.Fatalf("not caught in %d sequences", controlSequences)
		})
	}
}

func withoutOneSafeguard() []control {
	var controls []control
	for _, rule := range domain.SafeguardRules() {
		controls = append(controls, control{
			"without " + rule, world{decide: domain.DecideWithout(rule), fold: domain.Fold, tamper: secondLocks()[rule]}, rule,
		})
	}
	return controls
}

// secondLocks are the safeguards that no command of today comes up against, because the command itself asks the same. They are tried
// with commands that do something else than they should.
func secondLocks() map[string]func([]domain.Event) []domain.Event {
	return map[string]func([]domain.Event) []domain.Event{
		"consent.not_all_told": func(events []domain.Event) []domain.Event {
			for _, e := range events {
				if w, ok := e.(*domain.ConsentWithdrawn); ok {
					w.Recipients = w.Recipients[min(1, len(w.Recipients)):]
				}
			}
			return events
		},
		"identification.no_grounds_yet": func(events []domain.Event) []domain.Event {
			if _, ok := events[0].(*domain.ScreeningConcluded); ok {
				return []domain.Event{&domain.IdentificationDecided{Result: domain.InProtection}}
			}
			return events
		},
	}
}

// A second lock holds where the command does not.
func TestASafeguardHoldsWhereACommandFails(t *testing.T) {
	t.Parallel()
	for rule, tamper := range secondLocks() {
		t.Run(rule, func(t *testing.T) {
			t.Parallel()
			stopped := 0
			for seed := range uint64(150) {
				seq := play(world{decide: domain.Decide, fold: domain.Fold, tamper: tamper}, seeded(seed))
				if slices.Contains(seq.broken, rule) {
					t.Fatalf("broken in sequence %d\n%s", seed, seq)
				}
				stopped += count(seq, rule)
			}
			if stopped == 0 {
				t.Fatal("the rule was never asked")
			}
		})
	}
}

func count(seq sequence, rule string) int {
	n := 0
	for _, st := range seq.steps {
		if st.err != nil && strings.HasSuffix(st.err.Error(), rule) {
			n++
		}
	}
	return n
}

func withWrongRules() []control {
	tied := func(s domain.State, _ domain.Request, e domain.Event) bool {
		_, ok := e.(*domain.ServiceRequested)
		return ok && s.Consents[domain.ToCooperation] != domain.Given
	}
	waiting := func(s domain.State, _ domain.Request, e domain.Event) bool {
		v, ok := e.(*domain.ServiceRequested)
		return ok && v.Urgent && s.Standing.Stage != domain.Protection
	}
	held := func(s domain.State, _ domain.Request, e domain.Event) bool {
		_, ok := e.(*domain.ShelterPlaced)
		return ok && s.Consents[domain.ToCooperation] == domain.Denied
	}
	return []control{
		{"with services tied to cooperation", world{decide: domain.DecideWith("bad", tied), fold: domain.Fold}, "service.tied_to_cooperation"},
		{"with shelter tied to cooperation", world{decide: domain.DecideWith("bad", held), fold: domain.Fold}, "service.tied_to_cooperation"},
		{"with urgent services that wait", world{decide: domain.DecideWith("bad", waiting), fold: domain.Fold}, "service.urgent_waits"},
	}
}

func withBrokenMemory() []control {
	lose := func(loses func(*domain.State)) world {
		return world{decide: domain.Decide, fold: func(s domain.State, facts []domain.Fact) domain.State {
			s = domain.Fold(s, facts)
			loses(&s)
			return s
		}}
	}
	return []control{
		{"with an earlier decision dropped", lose(func(s *domain.State) { s.Decisions = s.Decisions[max(0, len(s.Decisions)-1):] }), "decision.never_deleted"},
		{"with an unanswered withdrawal forgotten", lose(func(s *domain.State) {
			s.Standing.Tasks = slices.DeleteFunc(slices.Clone(s.Standing.Tasks), func(t domain.Task) bool { return t.Kind == domain.TaskAcknowledge })
		}), "consent.not_all_told"},
		{"with a disagreement out of sight", lose(func(s *domain.State) {
			s.Standing.Tasks = slices.DeleteFunc(slices.Clone(s.Standing.Tasks), func(t domain.Task) bool { return t.Kind == domain.TaskDisagreement })
		}), "disagreement.unseen"},
		{"with a deadline that follows a wrong clock", world{decide: domain.Decide, fold: foldByAnyClock}, "deadline.moved_earlier"},
	}
}

// foldByAnyClock lets every fact set the dates of all tasks anew.
func foldByAnyClock(s domain.State, facts []domain.Fact) domain.State {
	s = domain.Fold(s, facts)
	s.Standing.Tasks = slices.Clone(s.Standing.Tasks)
	for i, t := range s.Standing.Tasks {
		if t.DueAt != nil {
			s.Standing.Tasks[i].DueAt = new(facts[len(facts)-1].HappenedAt.Add(10 * day))
		}
	}
	return s
}
