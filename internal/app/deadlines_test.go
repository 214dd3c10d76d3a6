package app_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"songtor/domain"
	"songtor/internal/access"
	"songtor/internal/app"
	"songtor/internal/limits"
	"songtor/internal/vault"
	"songtor/projections/deadlines"
)

// presumed is a case whose identification is due 15 days after its screening was concluded.
func (b *bench) presumed(t *testing.T, seed uint64) app.Receipt {
	t.Helper()
	receipt, _ := b.screened(t, seed)
	receipt, _, err := b.Execute(t.Context(), manager, receipt.CaseID, call(access.ConcludeScreening, domain.ConcludeScreening{
		Grounds: domain.GroundsYes, Reasons: domain.Reasons{Narrative: "n"},
	}))
	must(t, err)
	return receipt
}

func misses(t *testing.T, b *bench, caseID string) []*domain.DeadlineMissed {
	t.Helper()
	commits, err := b.log.Load(t.Context(), caseID)
	must(t, err)
	var missed []*domain.DeadlineMissed
	for _, c := range commits {
		for _, f := range c.Facts {
			if e, ok := f.Event.(*domain.DeadlineMissed); ok {
				missed = append(missed, e)
			}
		}
	}
	return missed
}

// Several processes look at the same moment, and again: every step of the ladder is appended exactly once.
func TestAMissedDeadlineIsRecordedOnceAtEachStepOfTheLadder(t *testing.T) {
	t.Parallel()
	b := setUp(t)
	receipt := b.presumed(t, 31)
	due := time.Now().Add(15 * 24 * time.Hour)
	for i, step := range []struct {
		after time.Duration
		rung  domain.Rung
	}{{time.Minute, domain.ToAssignee}, {25 * time.Hour, domain.ToSupervisor}, {49 * time.Hour, domain.ToProvince}, {73 * time.Hour, domain.ToMinistry}} {
		at := func() time.Time { return due.Add(step.after) }
		keepers := []*app.Service{serveAt(t, b, at), serveAt(t, b, at), serveAt(t, b, at)}
		var keeping sync.WaitGroup
		for _, k := range keepers {
			keeping.Go(func() {
				for range 2 {
					if _, err := k.Timeline(t.Context(), manager, receipt.CaseID, time.Time{}); err != nil { // waits for the latest commit
						t.Errorf("waiting: %v", err)
					}
					if _, err := k.RecordMissed(t.Context()); err != nil {
						t.Errorf("a keeper: %v", err)
					}
				}
			})
		}
		keeping.Wait()
		missed := misses(t, b, receipt.CaseID)
		if len(missed) != i+1 || missed[i].Level != i+1 || missed[i].Rung != step.rung || missed[i].Kind != domain.TaskDecide {
			t.Fatalf("after %s: %d recorded, the last %+v", step.after, len(missed), missed[len(missed)-1])
		}
	}
}

// Anybody who works on a case can work out under which id the service will record something of it, and give a note that id. It is recorded all
// the same, and once.
func TestAnIDThatSomebodyHasTakenKeepsNothingFromTheLog(t *testing.T) {
	t.Parallel()
	b := setUp(t)
	receipt := b.presumed(t, 31)
	view, err := b.Case(t.Context(), officer, receipt.CaseID, time.Time{})
	must(t, err)
	taken := 0
	for _, task := range view.Tasks {
		if task.DueAt == nil {
			continue
		}
		note := call(access.AddNote, domain.AddNote{Audience: domain.ForCase, Text: "n"})
		note.ID = app.MissID(deadlines.Deadline{CaseID: receipt.CaseID, Task: task.ID, DueAt: *task.DueAt, Missed: task.Missed})
		_, _, err = b.Execute(t.Context(), officer, receipt.CaseID, note)
		must(t, err)
		taken++
	}
	if taken == 0 {
		t.Fatal("nothing is due: the test shows nothing")
	}
	late := serveAt(t, b, func() time.Time { return time.Now().Add(15*24*time.Hour + time.Minute) })
	for range 2 {
		_, err = late.Timeline(t.Context(), manager, receipt.CaseID, time.Time{})
		must(t, err)
		_, err = late.RecordMissed(t.Context())
		must(t, err)
	}
	if missed := misses(t, b, receipt.CaseID); len(missed) != 1 {
		t.Errorf("%d steps were recorded, want 1", len(missed))
	}
}

// oneLost is a keeper that has lost the keys of one case.
type oneLost struct {
	vault.Keeper

	caseID string
}

func (k oneLost) Keys(ctx context.Context, caseID string, g vault.Grant, scopes ...domain.Scope) (*vault.CaseKeys, error) {
	if caseID == k.caseID {
		return nil, vault.ErrWrongKey
	}
	return k.Keeper.Keys(ctx, caseID, g, scopes...)
}

// A case whose keys are damaged keeps the service from no other: neither its missed deadlines nor the queue. The accused make the service
// open the case before it records anything.
func TestADamagedCaseKeepsNothingFromTheOthers(t *testing.T) {
	t.Parallel()
	b := setUp(t)
	damaged := b.presumed(t, 31)
	_, err := does(b.Service, manager, time.Now(), damaged.CaseID, access.Exclude, domain.Exclude{
		Accused: domain.Accused{Agency: "dlpw"}, Reason: "the person says so",
	})
	must(t, err)
	good := b.presumed(t, 32)
	late := serveOn(t, b, oneLost{b.vault, damaged.CaseID}, func() time.Time { return time.Now().Add(16 * 24 * time.Hour) })
	_, err = late.Timeline(t.Context(), manager, good.CaseID, time.Time{})
	must(t, err)
	if _, err := late.RecordMissed(t.Context()); !errors.Is(err, app.ErrDamaged) {
		t.Errorf("of the damaged case the keeper says %v", err)
	}
	if n := len(misses(t, b, good.CaseID)); n != 1 {
		t.Errorf("%d missed deadlines were recorded of the other case, want 1", n)
	}
	first, second := b.handedOver(t, 42), b.handedOver(t, 41)
	serve := serveOn(t, b, oneLost{b.vault, first.CaseID}, nil)
	taken, _, err := serve.TakeNext(t.Context(), manager, domain.Screening, app.StageQuery{After: second.Position}, call("", nil).ID)
	if err != nil || taken.CaseID != second.CaseID {
		t.Errorf("the next case: %+v, %v", taken, err)
	}
	if _, _, err := serve.TakeNext(t.Context(), manager, domain.Screening, app.StageQuery{After: taken.Position}, call("", nil).ID); !errors.Is(err, app.ErrDamaged) {
		t.Errorf("with only the damaged case left: %v", err)
	}
}

// A ladder that comes into force after a task fell due is for later ones: every step of the ladder of the day is recorded.
func TestAMissIsRecordedByTheLadderOfItsDay(t *testing.T) {
	t.Parallel()
	b := setUp(t)
	receipt := b.presumed(t, 31)
	due := time.Now().Add(15 * 24 * time.Hour)
	next := due.In(domain.Thailand).AddDate(0, 0, 1).Format(time.DateOnly)
	path := filepath.Join(t.TempDir(), "limits.json")
	must(t, os.WriteFile(path, []byte(`{"entries": [
		{"limit": "identification", "province": "*", "from": "2022-11-01", "hours": 360, "source": "s", "confidence": "V"},
		{"escalation": [{"to": "assignee", "after_hours": 0}, {"to": "supervisor", "after_hours": 24}, {"to": "ministry", "after_hours": 48}],
			"province": "*", "from": "2008-06-05", "until": "`+due.In(domain.Thailand).Format(time.DateOnly)+`", "source": "s", "confidence": "V"},
		{"escalation": [{"to": "assignee", "after_hours": 0}, {"to": "supervisor", "after_hours": 240}],
			"province": "*", "from": "`+next+`", "source": "s", "confidence": "V"}]}`), 0o600))
	var err error
	b.limits, err = limits.Load(path)
	must(t, err)
	for i, after := range []time.Duration{time.Minute, 25 * time.Hour, 49 * time.Hour} {
		late := serveAt(t, b, func() time.Time { return due.Add(after) })
		_, err := late.Timeline(t.Context(), manager, receipt.CaseID, time.Time{})
		must(t, err)
		_, err = late.RecordMissed(t.Context())
		must(t, err)
		if missed := misses(t, b, receipt.CaseID); len(missed) != i+1 {
			t.Errorf("%s after the deadline %d steps are recorded, want %d", after, len(missed), i+1)
		}
	}
}

func TestADeadlineThatWasKeptIsNotMissed(t *testing.T) {
	t.Parallel()
	b := setUp(t)
	receipt := b.presumed(t, 32)
	_, _, err := b.Execute(t.Context(), team, receipt.CaseID, call(access.DecideIdentification, domain.DecideIdentification{
		Finding: domain.Finding{Outcome: domain.VictimOfTrafficking, Grounds: "g"},
	}))
	must(t, err)
	late := serveAt(t, b, func() time.Time { return time.Now().Add(30 * 24 * time.Hour) })
	_, err = late.Timeline(t.Context(), manager, receipt.CaseID, time.Time{})
	must(t, err)
	_, err = late.RecordMissed(t.Context())
	must(t, err)
	if missed := misses(t, b, receipt.CaseID); len(missed) != 0 {
		t.Fatalf("recorded %+v", missed[0])
	}
}

// Two people who take the next case at the same moment get two cases.
func TestTheNextCaseIsTakenByOnePerson(t *testing.T) {
	t.Parallel()
	b := setUp(t)
	const cases = 6
	var last app.Receipt
	for i := range cases {
		last = b.handedOver(t, uint64(40+i))
	}
	_, err := b.StageCases(t.Context(), manager, domain.Screening, app.StageQuery{After: last.Position})
	must(t, err)
	taken := make([]string, cases)
	var taking sync.WaitGroup
	for i := range taken {
		taking.Go(func() {
			p := manager
			p.UserID = "u-manager-" + string(rune('a'+i))
			receipt, _, err := b.TakeNext(t.Context(), p, domain.Screening, app.StageQuery{}, call("", nil).ID)
			if err != nil {
				t.Errorf("person %d: %v", i, err)
			}
			taken[i] = receipt.CaseID
		})
	}
	taking.Wait()
	seen := map[string]bool{}
	for _, id := range taken {
		if seen[id] {
			t.Fatalf("a case was taken twice: %v", taken)
		}
		seen[id] = true
	}
}

// handedOver is a screened case for which the ministry is responsible.
func (b *bench) handedOver(t *testing.T, seed uint64) app.Receipt {
	t.Helper()
	receipt, _ := b.screened(t, seed)
	referral := call(access.Refer, nil)
	referral.Command = domain.Refer{Referral: referral.ID, To: manager.Agency, Services: []string{"legal_info"}, HandOver: true}
	_, _, err := b.Execute(t.Context(), officer, receipt.CaseID, referral)
	must(t, err)
	receipt, _, err = b.Execute(t.Context(), manager, receipt.CaseID, call(access.Accept, domain.AcceptReferral{Referral: referral.ID}))
	must(t, err)
	return receipt
}
