package app_test

import (
	"sync"
	"testing"
	"time"

	"songtor/domain"
	"songtor/internal/access"
	"songtor/internal/app"
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
