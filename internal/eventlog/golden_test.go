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
	}
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
	known := map[string]bool{}
	for _, e := range goldenEvents() {
		name := goldenName(e)
		known[name] = true
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			want := goldenCommit(e)
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
		if !known[goldenName(e)] {
			t.Errorf("%s has no golden file", goldenName(e))
		}
	}
}

// A file without an event in goldenEvents would be a version that nobody checks any more.
func TestEveryGoldenFileIsRead(t *testing.T) {
	t.Parallel()
	known := map[string]bool{}
	for _, e := range goldenEvents() {
		known[goldenName(e)] = true
	}
	files, err := filepath.Glob("testdata/events/*")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if !known[filepath.Base(f)] {
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
