package app_test

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"songtor/domain"
	"songtor/internal/access"
	"songtor/internal/app"
	"songtor/internal/retention"
	"songtor/internal/synthetic"
	"songtor/internal/testenv"
)

// kept is how long the case of an adult who refused is kept by the rules that come with the service, with the days of grace.
const kept = 60 * 24 * time.Hour

// refused is a case that ended with an adult's refusal to be screened.
func (b *bench) refused(t *testing.T, seed uint64) app.Receipt {
	t.Helper()
	for ; ; seed += 1000 {
		f := synthetic.Forms(seed, 1, time.Now().UTC())[0]
		agrees, _ := f.Answers["b_consent_screening"].(map[string]any)
		under18, _ := f.Answers["d_under_18"].(map[string]any)
		if agrees["value"] != "no" || under18["value"] != "no" {
			continue
		}
		body, err := f.Body()
		must(t, err)
		receipt, _, err := b.SubmitScreening(t.Context(), officer, f.ID, body)
		must(t, err)
		return receipt
	}
}

// requests are the requests for the erasure of a case.
func requests(t *testing.T, b *bench, caseID string) []*domain.ErasureRequested {
	t.Helper()
	commits, err := b.log.Load(t.Context(), caseID)
	must(t, err)
	var asked []*domain.ErasureRequested
	for _, c := range commits {
		for _, f := range c.Facts {
			if e, ok := f.Event.(*domain.ErasureRequested); ok {
				asked = append(asked, e)
			}
		}
	}
	return asked
}

// looks lets a keeper look for what is due when its read models show what the log holds of a case, and returns how many it found.
func looks(t *testing.T, k *app.Service, caseID string) int {
	t.Helper()
	if _, err := k.Timeline(t.Context(), manager, caseID, time.Time{}); err != nil { // waits for the latest commit
		t.Errorf("waiting: %v", err)
	}
	n, err := k.RequestDue(t.Context())
	if err != nil {
		t.Errorf("a keeper: %v", err)
	}
	return n
}

// Several processes look at the same moment, again, and after a restart: the erasure is asked for once, when the days of grace are over,
// and it stays a request until two people have agreed.
func TestTheKeeperOfRetentionAsksOnceAndNeverAgrees(t *testing.T) {
	t.Parallel()
	b := setUp(t)
	receipt := b.refused(t, 51)
	start := time.Now()
	at := func(after time.Duration) func() time.Time { return func() time.Time { return start.Add(after) } }
	if n := looks(t, serveAt(t, b, at(kept-time.Hour)), receipt.CaseID); n != 0 || len(requests(t, b, receipt.CaseID)) != 0 {
		t.Fatalf("within the days of grace %d are due", n)
	}
	for range 2 { // the second time as after a restart
		keepers := []*app.Service{serveAt(t, b, at(kept+time.Hour)), serveAt(t, b, at(kept+time.Hour)), serveAt(t, b, at(kept+2*time.Hour))}
		var keeping sync.WaitGroup
		for _, k := range keepers {
			keeping.Go(func() {
				looks(t, k, receipt.CaseID)
				looks(t, k, receipt.CaseID)
			})
		}
		keeping.Wait()
	}
	asked := requests(t, b, receipt.CaseID)
	if len(asked) != 1 || asked[0].Reason != domain.RetentionOver || asked[0].By.Role != "" {
		t.Fatalf("asked for: %d, %+v", len(asked), asked)
	}
	mustStand := func(want domain.ErasureStage) {
		t.Helper()
		_, err := b.FinishErasures(t.Context())
		must(t, err)
		erasure, err := b.Erasure(t.Context(), manager, receipt.CaseID)
		must(t, err)
		if erasure.Stage != want {
			t.Fatalf("the erasure is %s, want %s", erasure.Stage, want)
		}
	}
	mustStand(domain.ErasureWaits)
	agree := domain.ApproveErasure{Erasure: asked[0].Erasure}
	_, err := does(b.Service, auditor, time.Now(), receipt.CaseID, access.ApproveErasure, agree)
	must(t, err)
	mustStand(domain.ErasureWaits) // the keeper's word is none
	_, err = does(b.Service, signedIn("u-second-auditor", domain.Auditor, "nrm-committee"), time.Now(), receipt.CaseID, access.ApproveErasure, agree)
	must(t, err)
	mustStand(domain.ErasureDone)
}

// dismissed is a case in which no grounds were found.
func (b *bench) dismissed(t *testing.T, seed uint64) app.Receipt {
	t.Helper()
	receipt := newCase(t, b, seed)
	receipt, err := does(b.Service, manager, time.Now(), receipt.CaseID, access.ConcludeScreening, domain.ConcludeScreening{
		Grounds: domain.GroundsNo, Reasons: domain.Reasons{Narrative: "n"},
	})
	must(t, err)
	return receipt
}

// keeps makes the services keep cases in which no grounds were found as long as those of adults who refused; no other rule is set.
func (b *bench) keeps(t *testing.T) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "retention.json")
	must(t, os.WriteFile(path, []byte(`{"entries": [
		{"ending": "no_grounds", "from": "2020-01-01", "days": 50, "grace_days": 10, "source": "s", "confidence": "D"},
		{"ending": "closed_before_decision", "from": "2020-01-01", "unset": "nobody has decided", "source": "none", "confidence": "?"}
	]}`), 0o600))
	var err error
	b.keeping, err = retention.Load(path)
	must(t, err)
}

// What is open, what a proceeding needs, what somebody has asked for already and what no rule is set for is never due, however late it is.
// The control beside them is.
func TestWhatMustBeKeptIsNeverDue(t *testing.T) {
	t.Parallel()
	b := setUp(t)
	b.keeps(t)
	now := time.Now()
	open, closed, reopened := newCase(t, b, 52), newCase(t, b, 53), b.dismissed(t, 59)
	held, asked, control := b.dismissed(t, 54), b.dismissed(t, 55), b.dismissed(t, 56)
	for _, step := range []struct {
		caseID string
		action access.Action
		give   domain.Command
	}{
		{closed.CaseID, access.Close, domain.CloseCase{Reason: domain.PersonLeft}},
		{reopened.CaseID, access.RequestReassessment, domain.RequestReassessment{Reason: domain.ReassessReasons()[0], Note: "n"}},
		{asked.CaseID, access.RequestErasure, domain.RequestErasure{Reason: domain.ErasureAsked}},
		{held.CaseID, access.SetLegalHold, domain.SetLegalHold{Basis: "black case 12/2569"}},
	} {
		_, err := does(b.Service, manager, now, step.caseID, step.action, step.give)
		must(t, err)
	}
	late := serveAt(t, b, func() time.Time { return now.Add(50 * 365 * 24 * time.Hour) })
	if n := looks(t, late, held.CaseID); n != 1 {
		t.Errorf("%d are due, want the control alone", n)
	}
	for name, c := range map[string]struct {
		caseID string
		want   int
	}{
		"open": {open.CaseID, 0}, "closed": {closed.CaseID, 0}, "open again": {reopened.CaseID, 0}, "held": {held.CaseID, 0},
		"asked for": {asked.CaseID, 1}, "the control": {control.CaseID, 1},
	} {
		if n := len(requests(t, b, c.caseID)); n != c.want {
			t.Errorf("%s: asked for %d times, want %d", name, n, c.want)
		}
	}
	_, err := does(b.Service, manager, now, held.CaseID, access.LiftLegalHold, domain.LiftLegalHold{Reason: "the judgment is final"})
	must(t, err)
	if n := looks(t, late, held.CaseID); n != 1 || len(requests(t, b, held.CaseID)) != 1 {
		t.Errorf("the hold is lifted and %d are due: it was not what kept the case", n)
	}
}

// A case that people decide to keep is due again when its time is over anew, counted from their decision.
func TestACaseThatPeopleKeptIsDueAnew(t *testing.T) {
	t.Parallel()
	b := setUp(t)
	b.keeps(t)
	receipt := b.dismissed(t, 57)
	w := newWatch()
	w.advance(kept + time.Hour)
	k := serveAt(t, b, w.now)
	looks(t, k, receipt.CaseID)
	first := requests(t, b, receipt.CaseID)
	if len(first) != 1 {
		t.Fatalf("asked for %d times", len(first))
	}
	_, err := does(b.Service, auditor, time.Now(), receipt.CaseID, access.RefuseErasure, domain.RefuseErasure{
		Erasure: first[0].Erasure, Note: "an appeal is on its way",
	})
	must(t, err)
	w.at.Store(time.Now().Add(kept - time.Hour).UnixNano())
	if n := looks(t, k, receipt.CaseID); n != 0 {
		t.Fatalf("%d are due before the time is over again", n)
	}
	w.advance(2 * time.Hour)
	looks(t, k, receipt.CaseID)
	if again := requests(t, b, receipt.CaseID); len(again) != 2 || again[1].Erasure == first[0].Erasure {
		t.Fatalf("asked for %d times", len(again))
	}
}

// The keeper looks as soon as it begins and ends with its context.
func TestTheKeeperOfRetentionLooksWhenItBegins(t *testing.T) {
	t.Parallel()
	b := setUp(t)
	receipt := b.refused(t, 58)
	k := serveAt(t, b, func() time.Time { return time.Now().Add(kept + time.Hour) })
	_, err := k.Timeline(t.Context(), manager, receipt.CaseID, time.Time{})
	must(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- k.KeepRetention(ctx, slog.New(slog.DiscardHandler)) }()
	testenv.Eventually(t, time.Minute, func() bool { return len(requests(t, b, receipt.CaseID)) == 1 })
	cancel()
	must(t, <-ended)
}
