package eventlog

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"songtor/domain"
)

// -update writes the files that are missing. It never changes one: what was written once lies in logs for ever.
var update = flag.Bool("update", false, "create missing golden files")

// goldenEvents is one filled event of every type and version.
func goldenEvents() []domain.Event {
	due := noon.Add(15 * 24 * time.Hour)
	answers := sealed(domain.ScopeSensitive, []byte("answers"))
	return []domain.Event{
		&domain.CaseOpened{Reference: "0123-4567-89AB-CDEF", Agency: "police", Province: "TH-10", Incident: "i1"},
		&domain.UrgentNeedRecorded{Needs: sealed(domain.ScopeSensitive, []byte("needs"))},
		&domain.ConsentGiven{Purpose: domain.ToReferral, Details: sealed(domain.ScopeSensitive, []byte("details"))},
		&domain.ConsentRefused{Purpose: domain.ToScreening, Stops: true, Details: sealed(domain.ScopeSensitive, []byte("details"))},
		&domain.ConsentWithdrawn{Purpose: domain.ToReferral, Recipients: []string{"shelter", "hospital"}},
		&domain.ScreeningRecorded{
			Screening: "s1", Form: "screening", FormVersion: 1, FormHash: "abc", Answers: answers,
			Identity: sealed(domain.ScopeIdentity, []byte("identity")), Categories: sealed(domain.ScopeStatistics, []byte("categories")),
			Findings: sealed(domain.ScopeSensitive, []byte("findings")),
		},
		&domain.ScreeningCorrected{
			Screening: "s1", Form: "screening", FormVersion: 1, FormHash: "abc", Reason: domain.WrongEntry, Answers: answers,
			Identity: sealed(domain.ScopeIdentity, []byte("identity")), Categories: sealed(domain.ScopeStatistics, []byte("categories")),
			Findings: sealed(domain.ScopeSensitive, []byte("findings")),
		},
		&domain.ScreeningConcluded{Grounds: domain.GroundsYes, DueAt: &due, Source: "report", Reasons: sealed(domain.ScopeSensitive, []byte("reasons"))},
		&domain.ReferralSent{Referral: "r1", From: "police", To: "shelter", Services: []string{"shelter_temp", "medical"}, HandOver: true, Note: sealed(domain.ScopeSensitive, []byte("note"))},
		&domain.ReferralAccepted{Referral: "r1", From: "police", To: "shelter"},
		&domain.ReferralDeclined{Referral: "r1", From: "police", To: "shelter", Reason: "no_capacity", Note: sealed(domain.ScopeSensitive, []byte("note"))},
		&domain.ReferralRevoked{Referral: "r1", From: "police", To: "shelter", Reason: domain.SentInError},
		&domain.ReferralDone{Referral: "r1", From: "police", To: "shelter", Outcome: sealed(domain.ScopeSensitive, []byte("outcome"))},
		&domain.IdentificationDecided{Result: domain.InProtection, Finding: sealed(domain.ScopeSensitive, []byte("finding"))},
		&domain.CaseClosed{Reason: domain.SupportComplete},
		&domain.KeysDestroyed{Reason: "retention"},
		&domain.CaseReopened{Reason: domain.NewFacts, Note: secret("note")},
		&domain.CaseAssigned{Agency: "police", Assignee: "u2"},
		&domain.HandOverRequested{Request: "q1", By: "ngo", From: "police", DueAt: &due, Source: "rule", Reason: secret("reason")},
		&domain.HandOverRefused{Request: "q1", By: "ngo", Reason: "no_capacity"},
		&domain.CaseTransferred{From: "police", To: "ngo", Request: "q1"},
		&domain.CaseLinked{Link: "l1", Other: "c2", Kind: domain.Family},
		&domain.LinkUndone{Link: "l1"},
		&domain.DuplicateRefused{Other: "c2"},
		&domain.NoteAdded{Audience: domain.ForAgency, Agency: "police", Text: secret("text")},
		&domain.FileAttached{File: "f1", Size: 12, Details: secret("details")},
		&domain.DisagreementNoted{Disagreement: "d1", Subject: domain.OnConsent, Two: secret("two")},
		&domain.DisagreementSettled{Disagreement: "d1", Kept: domain.KeepOther, Reason: secret("reason")},
		&domain.DeadlineMissed{Task: "t1", Kind: domain.TaskDecide, Agency: "police", DueAt: noon, Level: 2, Rung: domain.ToProvince},
		&domain.SafetyAssessed{Urgent: true, Assessment: secret("assessment")},
		&domain.InformationGiven{Topics: []string{"rights"}, How: secret("how")},
		&domain.NoticeLeft{Purpose: domain.ToScreening, Province: "TH-10"},
		&domain.RepresentativeAppointed{Kind: secret("kind"), Who: sealed(domain.ScopeIdentity, []byte("who"))},
		&domain.InterestsAssessed{Assessment: secret("assessment")},
		&domain.HoldSet{Basis: secret("basis")},
		&domain.HoldLifted{Authority: secret("authority"), Reason: secret("reason")},
		&domain.WithdrawalAcknowledged{Withdrawal: "w1", Agency: "shelter"},
		&domain.PeriodStarted{Period: domain.Section29, EndsAt: &due, Source: "law", Authority: secret("authority")},
		&domain.PeriodExtended{Period: domain.Section29, EndsAt: due, Authority: secret("authority")},
		&domain.PeriodPaused{Period: domain.Reflection, Reason: domain.InHospital},
		&domain.PeriodResumed{Period: domain.Reflection, EndsAt: &due},
		&domain.PeriodEnded{Period: domain.Reflection, Reason: domain.PeriodOver},
		&domain.TeamConvened{Team: "m1", Members: []domain.Member{{Agency: "ngo", User: "u3", Kind: "ngo"}}, MeetsAt: &due, Source: "rule"},
		&domain.InterviewHeld{Interview: "i1", Details: secret("details")},
		&domain.FindingGiven{Team: "m1", Agency: "ngo", User: "u3", Finding: secret("finding")},
		&domain.ReassessmentRequested{Of: domain.OnIdentification, Reason: domain.AskedByPerson, DueAt: &due, Source: "rule", Note: secret("note")},
		&domain.PlanAgreed{Plan: "p1", DueAt: &due, Source: "plan", Agreed: secret("plan")},
		&domain.ServiceRequested{
			Service: "v1", By: "police", Provider: "shelter", Urgent: true, Replaces: "v0", Data: []domain.DataClass{domain.DataHealth},
			DueAt: &due, Source: "rule", Code: sealed(domain.ScopeStatistics, []byte("code")), Note: secret("note"),
		},
		&domain.ServiceAccepted{Service: "v1", Provider: "shelter"},
		&domain.ServiceDeclined{Service: "v1", Provider: "shelter", Reason: "no_capacity", Note: secret("note")},
		&domain.ServiceDelivered{Service: "v1", Provider: "shelter", Outcome: secret("outcome")},
		&domain.ServiceRefusedByPerson{Service: "v1", Reason: secret("reason")},
		&domain.ShelterPlaced{Placement: "h1", Provider: "shelter", Location: sealed(domain.ScopeLocation, []byte("location"))},
		&domain.ShelterLeft{Placement: "h1", Reason: domain.OwnWish},
		&domain.RiskAssessed{Assessment: "a1", DueAt: &due, Source: "assessment", Risk: secret("risk")},
		&domain.ClaimFiled{Claim: "k1", Kind: domain.FromFund, User: "u1", Details: secret("details")},
		&domain.ClaimAdvanced{Claim: "k1", Step: domain.AmountsSet, User: "u2", Details: secret("details")},
		&domain.ReturnArranged{Own: true, Details: secret("details")},
		&domain.ReturnCompleted{DueAt: &due, Source: "rule", Note: secret("note")},
		&domain.FollowedUp{FollowUp: "g1", DueAt: &due, Source: "assessment", How: secret("how")},
		&domain.ServiceWithdrawn{Service: "v1", Provider: "shelter"},
		&domain.ExclusionSet{Exclusion: "x1", Token: "t1", Responsible: "datip", Accused: secret("accused"), Reason: legal("reason")},
		&domain.LiftRequested{Exclusion: "x1", User: "u1", Reason: legal("reason")},
		&domain.ExclusionLifted{Exclusion: "x1", User: "u2"},
		&domain.GlassBroken{
			Glass: "b1", User: "u1", Agency: "police", Scopes: []domain.Scope{domain.ScopeIdentity, domain.ScopeMedical}, Reason: domain.DangerToLife,
			Until: due, ApproveBy: &due, ReviewBy: due, Source: "rule", Reviewer: "datip", Text: secret("text"),
		},
		&domain.GlassApproved{Glass: "b1", User: "u2"},
		&domain.GlassReviewed{Glass: "b1", User: "u3", Agency: "datip", Verdict: domain.Justified, Text: secret("text")},
		&domain.LegalHoldSet{Hold: "h1", User: "u1", Basis: legal("basis")},
		&domain.LegalHoldLifted{Hold: "h1", User: "u2", Reason: legal("reason")},
		&domain.ErasureRequested{Erasure: "e1", Reason: domain.ErasureAsked, By: domain.Actor{User: "u1", Agency: "datip", Role: domain.CaseManager}},
		&domain.ErasureApproved{Erasure: "e1", By: domain.Actor{User: "u2", Agency: "datip", Role: domain.Auditor}, Final: true},
		&domain.ErasureRefused{Erasure: "e1", By: domain.Actor{User: "u2", Agency: "datip", Role: domain.Auditor}, Note: secret("note")},
	}
}

func legal(word string) domain.Private { return sealed(domain.ScopeLegal, []byte(word)) }

// goldenLater are the events that got members once more.
func goldenLater() []domain.Event {
	due, health := noon.Add(24*time.Hour), sealed(domain.ScopeMedical, []byte("health"))
	return []domain.Event{
		&domain.ScreeningRecorded{Screening: "s1", Form: "screening", FormVersion: 1, FormHash: "abc", Answers: secret("answers"), Health: health},
		&domain.ScreeningCorrected{
			Screening: "s1", Form: "screening", FormVersion: 1, FormHash: "abc", Reason: domain.WrongEntry, Answers: secret("answers"), Health: health,
		},
		&domain.KeysDestroyed{Reason: "retention", Erasure: "e1", Synthetic: true},
		&domain.ConsentWithdrawn{
			Withdrawal: "w1", Purpose: domain.ToReferral, Left: []domain.DataClass{domain.DataContact}, Recipients: []string{"shelter"}, Details: secret("details"),
		},
		&domain.ExclusionLifted{Exclusion: "x1", User: "u2", Told: "shelter", DueAt: &due, Source: "rule"},
	}
}

func secret(word string) domain.Private { return sealed(domain.ScopeSensitive, []byte(word)) }

// goldenAdditions are the events that got members after they had first been written, with those filled. What was added is optional:
// the events as they were written before still read.
func goldenAdditions() []domain.Event {
	due := noon.Add(24 * time.Hour)
	return []domain.Event{
		&domain.CaseOpened{Reference: "0123-4567-89AB-CDEF", Agency: "police", Province: "TH-10", Incident: "i1", Entry: 17},
		&domain.ConsentGiven{
			Purpose: domain.ToReferral, Recipient: "shelter", Data: []domain.DataClass{domain.DataContact}, Until: &due, Details: secret("details"),
		},
		&domain.ConsentRefused{Purpose: domain.ToReferral, Recipient: "shelter", Details: secret("details")},
		&domain.ConsentWithdrawn{
			Withdrawal: "w1", Purpose: domain.ToReferral, Recipient: "shelter", Recipients: []string{"shelter"}, DueAt: &due, Source: "rule",
			Details: secret("details"),
		},
		&domain.ScreeningRecorded{
			Screening: "s1", Form: "screening", FormVersion: 1, FormHash: "abc", DueAt: &due, Source: "rule", Answers: secret("answers"),
			Identity: sealed(domain.ScopeIdentity, []byte("identity")), Categories: sealed(domain.ScopeStatistics, []byte("categories")),
			Findings: secret("findings"),
		},
		&domain.ReferralSent{
			Referral: "r1", From: "police", To: "shelter", Services: []string{"medical"}, Data: []domain.DataClass{domain.DataHealth},
			DueAt: &due, Source: "rule", Note: secret("note"),
		},
		&domain.IdentificationDecided{
			Result: domain.InProtection, Team: "m1", Finding: secret("finding"), Category: sealed(domain.ScopeStatistics, []byte("category")),
		},
	}
}

// goldenFiles are the events by the names of their files.
func goldenFiles() map[string]domain.Event {
	files := map[string]domain.Event{}
	for _, e := range goldenEvents() {
		files[goldenName(e)] = e
	}
	for _, e := range goldenAdditions() {
		files["more."+goldenName(e)] = e
	}
	for _, e := range goldenLater() {
		files["later."+goldenName(e)] = e
	}
	return files
}

// goldenCommit is the commit that a golden file holds: every member is filled, so that none can change unnoticed.
func goldenCommit(e domain.Event) domain.Commit {
	due := noon.Add(time.Hour)
	return domain.Commit{
		ID: "11111111-2222-4333-8444-555555555555", CaseID: "66666666-7777-4888-9999-000000000000", Number: 2,
		Previous: Digest([]byte("previous")), Command: "command",
		Actor:      domain.Actor{User: "u1", Agency: "police", Role: domain.Responder},
		RecordedAt: noon,
		Standing: domain.Standing{
			Reference: "0123-4567-89AB-CDEF", Stage: domain.Screening, Status: domain.ToConclude, Agency: "police", Province: "TH-10",
			Incident: "i1", Urgent: true, Since: noon, DueAt: &due,
		},
		Fingerprint: sealed(domain.ScopeSensitive, []byte("fingerprint")),
		Facts:       []domain.Fact{{HappenedAt: noon.Add(-time.Hour), Event: e}},
	}
}

func TestEveryEventEverWrittenStillReads(t *testing.T) {
	t.Parallel()
	files := goldenFiles()
	for name, e := range files {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			want := goldenCommit(e)
			if strings.HasPrefix(name, "more.") {
				want.Standing = fullStanding()
			}
			if strings.HasPrefix(name, "later.") {
				want.Standing = fullStanding()
				want.Standing.Excluded = []string{"t1", "t2"}
			}
			data := golden(t, name, &want)
			want.Digest = Digest(data)
			got, err := Decode(data)
			if err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(got, want) {
				t.Fatalf("the file reads as another commit: %+v, event %+v", got, got.Facts)
			}
			again, err := Encode(&got)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(again, data) {
				t.Fatalf("encodes differently:\n%s\n%s", again, data)
			}
		})
	}
	for _, e := range domain.EventTypes() {
		if files[goldenName(e)] == nil {
			t.Errorf("%s has no golden file", goldenName(e))
		}
	}
}

// fullStanding has every member filled.
func fullStanding() domain.Standing {
	due := noon.Add(time.Hour)
	return domain.Standing{
		Reference: "0123-4567-89AB-CDEF", Stage: domain.Screening, Status: domain.ToConclude, Agency: "police", Province: "TH-10",
		Incident: "i1", Urgent: true, Since: noon, DueAt: &due, OpenedAt: noon.Add(-time.Hour), Entry: 17, After: noon.Add(-time.Minute), Assignee: "u2",
		Tasks: []domain.Task{{
			ID: "referral_to_answer:r1", Kind: domain.TaskAnswer, Agency: "shelter", Assignee: "u3", Ref: "r1", Other: "police", Since: noon,
			DueAt: &due, Source: "rule", Missed: 2, Rung: domain.ToSupervisor,
		}},
	}
}

// A file without an event in goldenEvents would be a version that nobody checks any more.
func TestEveryGoldenFileIsRead(t *testing.T) {
	t.Parallel()
	known := goldenFiles()
	files, err := filepath.Glob("testdata/events/*")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if known[filepath.Base(f)] == nil {
			t.Errorf("%s is read by no test", f)
		}
	}
}

func goldenName(e domain.Event) string {
	return fmt.Sprintf("%s.v%d.json", e.EventType(), e.EventVersion())
}

func golden(t *testing.T, name string, c *domain.Commit) []byte {
	t.Helper()
	path := filepath.Join("testdata", "events", name)
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) && *update {
		if data, err = Encode(c); err != nil {
			t.Fatal(err)
		}
		return create(t, path, data)
	}
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func create(t *testing.T, path string, data []byte) []byte {
	t.Helper()
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Write(data); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	return data
}
