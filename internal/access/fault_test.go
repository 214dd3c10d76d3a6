package access

import (
	"bytes"
	"log/slog"
	"slices"
	"strings"
	"testing"

	cedar "github.com/cedar-policy/cedar-go"
	"github.com/cedar-policy/cedar-go/types"
	"pgregory.net/rapid"

	"songtor/domain"
)

// torn is an inquiry from whose entities and surroundings some attributes were taken away.
func torn(t *rapid.T, q *Inquiry) *Inquiry {
	lose := func(r types.Record, label string) types.Record {
		left := types.RecordMap{}
		for name, value := range r.All() {
			if rapid.IntRange(0, 7).Draw(t, label+" loses "+string(name)) > 0 {
				left[name] = value
			}
		}
		return types.NewRecord(left)
	}
	less := *q
	less.scene.person.Attributes = lose(q.scene.person.Attributes, "the person")
	less.scene.resource.Attributes = lose(q.scene.resource.Attributes, "the case")
	less.around = lose(q.around, "what is around")
	return &less
}

// drawn is any question of the matrix in any setting.
func drawn(t *rapid.T, all []cell) cell {
	return rapid.SampledFrom(all).Draw(t, "question").with(rapid.IntRange(0, settings-1).Draw(t, "setting"))
}

// plainQuestions are the questions that are asked as they are.
func plainQuestions() []cell {
	return slices.DeleteFunc(slices.Collect(questions()), func(c cell) bool {
		return c.about != nil && (c.action == ScreeningSubmit || c.action == CaseOpen)
	})
}

// Whatever is missing of what a policy reads, nobody is let in whom the oracle, which sees all of it, keeps out. Cedar by itself would let
// some in: a policy that forbids and cannot be evaluated does not forbid.
func TestEvaluationErrorNeverOpens(t *testing.T) {
	t.Parallel()
	p, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	all, tried, opened, unwrapped := plainQuestions(), 0, 0, 0
	property := func(t *rapid.T, c cell) {
		q := torn(t, p.About(c.subject, c.about))
		tried++
		if q.Decide(c.action) == nil {
			opened++
			if !expected(c) {
				t.Fatalf("%v: let in without what was lost", c)
			}
		}
		if bare(q, c.action) && !expected(c) {
			unwrapped++
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		for range 200 { // of each of at least a hundred runs
			property(t, drawn(t, all))
		}
	})
	t.Logf("%d torn questions: %d allowed, none that the oracle denies; Cedar by itself would have opened %d of those; %d were errors",
		tried, opened, unwrapped, p.Faults())
	if tried < 10_000 || opened == 0 || unwrapped == 0 || p.Faults() == 0 {
		t.Error("nothing was lost that mattered: the test shows nothing")
	}
}

// bare reports what Cedar says by itself.
func bare(q *Inquiry, a Action) bool {
	decision, _ := cedar.Authorize(q.policies.chosen[question{q.role, a}], q.scene, types.Request{
		Principal: q.scene.person.UID, Action: actionUID(a), Resource: q.scene.resource.UID, Context: q.around,
	})
	return decision == types.Allow
}

// The one case that shows it: an agency that is responsible for a case which accuses it. Without the list of whom the case excludes Cedar
// by itself opens it.
func TestALostExclusionDeniesAndIsLogged(t *testing.T) {
	t.Parallel()
	p, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	p.LogFaults(slog.New(slog.NewTextHandler(&log, nil)))
	by := Subject{
		Actor:     domain.Actor{User: "u-secret", Agency: "AG-OURS", Role: domain.Responder},
		Assurance: DeviceBound, Tokens: []string{"d-agency"},
	}
	c := &Case{Standing: domain.Standing{Agency: "AG-OURS", Excluded: []string{"d-agency"}}, At: noon}
	q := p.About(by, c)
	if q.Decide(CaseRead) == nil || bare(q, CaseRead) {
		t.Error("who is excluded reads the case")
	}
	less := types.RecordMap{}
	for name, value := range q.scene.resource.Attributes.All() {
		if name != "excluded" {
			less[name] = value
		}
	}
	q.scene.resource.Attributes = types.NewRecord(less)
	if !bare(q, CaseRead) {
		t.Error("Cedar denies by itself: the wrapper shows nothing")
	}
	if q.Decide(CaseRead) == nil {
		t.Error("the case opened")
	}
	if p.Faults() != 1 || !strings.Contains(log.String(), "policies=excluded") {
		t.Errorf("%d faults, and the log says %q", p.Faults(), log.String())
	}
	if strings.Contains(log.String(), "u-secret") || strings.Contains(log.String(), "AG-OURS") || strings.Contains(log.String(), "d-agency") {
		t.Errorf("the log names who asked: %q", log.String())
	}
}
